"""The database's own guards over the books: entered vouchers balance, closed months are shut, for every program."""

_CLOSED = "(SELECT closed_at FROM cunwu_month WHERE id = {row}.month_id) IS NOT NULL"
_ENTERED = "(SELECT entered FROM cunwu_voucher WHERE id = {row}.voucher_id) = 1"
_SHUT = "BEGIN SELECT RAISE(ABORT, 'the month is closed'); END"
_FIXED = "BEGIN SELECT RAISE(ABORT, 'the voucher is entered: its postings are fixed'); END"


def _guard(verb: str, table: str, row: str, condition: str, refusal: str) -> str:
    return f"\n    BEFORE {verb} ON {table} WHEN {condition.format(row=row)}\n    {refusal}"


TRIGGERS = {
    "voucher_insert_closed": _guard("INSERT", "cunwu_voucher", "NEW", _CLOSED, _SHUT),
    "voucher_update_closed": _guard("UPDATE", "cunwu_voucher", "OLD", _CLOSED, _SHUT),
    "voucher_move_closed": _guard("UPDATE OF month_id", "cunwu_voucher", "NEW", _CLOSED, _SHUT),
    "voucher_delete_closed": _guard("DELETE", "cunwu_voucher", "OLD", _CLOSED, _SHUT),
    "balance_insert_closed": _guard("INSERT", "cunwu_balance", "NEW", _CLOSED, _SHUT),
    "balance_update_closed": _guard("UPDATE", "cunwu_balance", "OLD", _CLOSED, _SHUT),
    "balance_delete_closed": _guard("DELETE", "cunwu_balance", "OLD", _CLOSED, _SHUT),
    "posting_insert_entered": _guard("INSERT", "cunwu_posting", "NEW", _ENTERED, _FIXED),
    "posting_update_entered": _guard(
        "UPDATE OF voucher_id, line, line_id, account_id, summary, counterpart, debit, credit",
        "cunwu_posting",
        "OLD",
        _ENTERED,
        _FIXED,
    ),
    "posting_delete_entered": _guard("DELETE", "cunwu_posting", "OLD", _ENTERED, _FIXED),
    "voucher_insert_entered": """
    BEFORE INSERT ON cunwu_voucher WHEN NEW.entered = 1
    BEGIN SELECT RAISE(ABORT, 'a voucher is entered after its postings are there'); END""",
    "voucher_enter_balanced": """
    BEFORE UPDATE OF entered ON cunwu_voucher WHEN NEW.entered = 1 AND OLD.entered = 0
    BEGIN SELECT CASE WHEN
        (SELECT count(*) < 2 OR sum(debit) <> sum(credit) FROM cunwu_posting WHERE voucher_id = NEW.id)
        THEN RAISE(ABORT, 'the voucher does not balance') END; END""",
    "voucher_entered_fixed": """
    BEFORE UPDATE ON cunwu_voucher WHEN OLD.entered = 1 AND NEW.entered = 1
    BEGIN SELECT RAISE(ABORT, 'the voucher is entered: it is fixed'); END""",
    "voucher_entered_kept": """
    BEFORE DELETE ON cunwu_voucher WHEN OLD.entered = 1
    BEGIN SELECT RAISE(ABORT, 'the voucher is entered: it is not deleted'); END""",
    "month_close_entered": """
    BEFORE UPDATE OF closed_at ON cunwu_month WHEN NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL
    BEGIN SELECT CASE WHEN EXISTS (SELECT 1 FROM cunwu_voucher WHERE month_id = NEW.id AND entered = 0)
        THEN RAISE(ABORT, 'a voucher of the month is not entered') END; END""",
    "month_published_closed": """
    BEFORE UPDATE OF closed_at ON cunwu_month WHEN OLD.publication_id IS NOT NULL AND NEW.closed_at IS NOT OLD.closed_at
    BEGIN SELECT RAISE(ABORT, 'the month is published: it stays closed'); END""",
    "month_published_stays": """
    BEFORE UPDATE OF publication_id ON cunwu_month WHEN OLD.publication_id IS NOT NULL AND NEW.publication_id IS NULL
    BEGIN SELECT RAISE(ABORT, 'the month is published'); END""",
    "month_delete_closed": """
    BEFORE DELETE ON cunwu_month WHEN OLD.closed_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'the month is closed'); END""",
}
