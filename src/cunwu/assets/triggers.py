"""The database's own guards over receipts and write-offs: written once; a receivable's amount stays once it was paid on."""

_FIXED = "BEGIN SELECT RAISE(ABORT, 'receipts and write-offs are never changed'); END"

TRIGGERS = {
    f"{table}_no_{verb.lower()}": f"\n    BEFORE {verb} ON cunwu_{table}\n    {_FIXED}"
    for table in ("receipt", "writeoff")
    for verb in ("UPDATE", "DELETE")
} | {
    "receivable_amount_fixed": """
    BEFORE UPDATE OF amount, organization_id, contract_id ON cunwu_receivable
    WHEN EXISTS (SELECT 1 FROM cunwu_receipt WHERE receivable_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'the receivable was paid on: its amount stays'); END""",
}
