"""The database's own guards over the books: entered vouchers balance, closed months are shut, for every program."""

from cunwu.org.triggers import Trigger

_CLOSED = "(SELECT closed_at FROM cunwu_month WHERE id = {row}.month_id) IS NOT NULL"
_ENTERED = "(SELECT entered FROM cunwu_voucher WHERE id = {row}.voucher_id)"
_SHUT = "the month is closed"
_FIXED = "the voucher is entered: its postings are fixed"
_SAID = ("voucher_id", "line", "line_id", "account_id", "summary", "counterpart", "debit", "credit")
_OLD_CLOSED, _NEW_CLOSED = _CLOSED.format(row="OLD"), _CLOSED.format(row="NEW")
_OLD_ENTERED, _NEW_ENTERED = _ENTERED.format(row="OLD"), _ENTERED.format(row="NEW")

TRIGGERS = {
    "voucher_insert_closed": Trigger("INSERT", "cunwu_voucher", _SHUT, _NEW_CLOSED),
    "voucher_update_closed": Trigger("UPDATE", "cunwu_voucher", _SHUT, _OLD_CLOSED),
    "voucher_move_closed": Trigger("UPDATE", "cunwu_voucher", _SHUT, _NEW_CLOSED, ("month_id",)),
    "voucher_delete_closed": Trigger("DELETE", "cunwu_voucher", _SHUT, _OLD_CLOSED),
    "balance_insert_closed": Trigger("INSERT", "cunwu_balance", _SHUT, _NEW_CLOSED),
    "balance_update_closed": Trigger("UPDATE", "cunwu_balance", _SHUT, _OLD_CLOSED),
    "balance_delete_closed": Trigger("DELETE", "cunwu_balance", _SHUT, _OLD_CLOSED),
    "posting_insert_entered": Trigger("INSERT", "cunwu_posting", _FIXED, _NEW_ENTERED),
    "posting_update_entered": Trigger("UPDATE", "cunwu_posting", _FIXED, _OLD_ENTERED, _SAID),
    "posting_delete_entered": Trigger("DELETE", "cunwu_posting", _FIXED, _OLD_ENTERED),
    "voucher_insert_entered": Trigger(
        "INSERT", "cunwu_voucher", "a voucher is entered after its postings are there", "NEW.entered"
    ),
    "voucher_enter_balanced": Trigger(
        "UPDATE",
        "cunwu_voucher",
        "the voucher does not balance",
        "NEW.entered AND NOT OLD.entered AND (SELECT count(*) < 2 OR sum(debit) <> sum(credit)"
        " FROM cunwu_posting WHERE voucher_id = NEW.id)",
        ("entered",),
    ),
    "voucher_entered_fixed": Trigger(
        "UPDATE", "cunwu_voucher", "the voucher is entered: it is fixed", "OLD.entered AND NEW.entered"
    ),
    "voucher_entered_kept": Trigger(
        "DELETE", "cunwu_voucher", "the voucher is entered: it is not deleted", "OLD.entered"
    ),
    "month_close_entered": Trigger(
        "UPDATE",
        "cunwu_month",
        "a voucher of the month is not entered",
        "NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL"
        " AND EXISTS (SELECT 1 FROM cunwu_voucher WHERE month_id = NEW.id AND NOT entered)",
        ("closed_at",),
    ),
    "month_published_closed": Trigger(
        "UPDATE",
        "cunwu_month",
        "the month is published: it stays closed",
        "OLD.publication_id IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at",
        ("closed_at",),
    ),
    "month_published_stays": Trigger(
        "UPDATE",
        "cunwu_month",
        "the month is published",
        "OLD.publication_id IS NOT NULL AND NEW.publication_id IS NULL",
        ("publication_id",),
    ),
    "month_delete_closed": Trigger("DELETE", "cunwu_month", _SHUT, "OLD.closed_at IS NOT NULL"),
}
