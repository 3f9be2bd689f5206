"""The database's own guards over findings: none is deleted, and what it asks of stays."""

from cunwu.org.triggers import Trigger

TRIGGERS = {
    "finding_no_delete": Trigger("DELETE", "cunwu_finding", "findings are never deleted"),
    "finding_fixed": Trigger(
        "UPDATE",
        "cunwu_finding",
        "what a finding asks of stays",
        of=("rule", "contract_id", "organization_id", "first_seen"),
    ),
}
