"""The database's own guards over receipts and write-offs: written once; a receivable's amount stays once it was paid on."""

from cunwu.org.triggers import Trigger

_FIXED = "receipts and write-offs are never changed"

TRIGGERS = {
    "receipt_no_update": Trigger("UPDATE", "cunwu_receipt", _FIXED),
    "receipt_no_delete": Trigger("DELETE", "cunwu_receipt", _FIXED),
    "writeoff_no_update": Trigger("UPDATE", "cunwu_writeoff", _FIXED),
    "writeoff_no_delete": Trigger("DELETE", "cunwu_writeoff", _FIXED),
    "receivable_amount_fixed": Trigger(
        "UPDATE",
        "cunwu_receivable",
        "the receivable was paid on: its amount stays",
        of=("amount", "organization_id", "contract_id"),
        when="EXISTS (SELECT 1 FROM cunwu_receipt WHERE receivable_id = OLD.id)",
    ),
}
