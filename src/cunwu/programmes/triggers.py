"""The database's own guards over programmes: files, items and cards are never deleted, and what they are about stays."""

from cunwu.org.triggers import Trigger

TRIGGERS = {
    "case_file_no_delete": Trigger("DELETE", "cunwu_casefile", "case files are never deleted"),
    "case_item_no_delete": Trigger("DELETE", "cunwu_caseitem", "case items are never deleted"),
    "case_item_fixed": Trigger(
        "UPDATE",
        "cunwu_caseitem",
        "what a case item is about stays",
        of=("file_id", "clears", "contract_id", "receivable_id", "asset_id", "text", "opened_at"),
    ),
    "red_card_no_delete": Trigger("DELETE", "cunwu_redcard", "red cards are never deleted"),
    "red_card_fixed": Trigger(
        "UPDATE",
        "cunwu_redcard",
        "what a red card says stays",
        of=("charge_id", "fact", "issued_by_id", "issued_day"),
    ),
}
