"""The database's own guards over what was decided: pinned rules, steps that were taken, meetings that were closed."""

from cunwu.org.triggers import Trigger

_BEGUN_WITH = ("organization_id", "power", "title", "amount_fen", "rule_id", "opened_at", "opened_by_id")
_TAKEN = ("state", "done_on", "done_at", "done_by_id", "text", "amount_fen", "reference")

TRIGGERS = {
    "pinned_rule_no_update": Trigger("UPDATE", "cunwu_pinnedrule", "pinned rules are never changed"),
    "pinned_rule_no_delete": Trigger("DELETE", "cunwu_pinnedrule", "pinned rules are never deleted"),
    "matter_rule_fixed": Trigger(
        "UPDATE",
        "cunwu_matter",
        "a matter ends under the rules and terms that it began with",
        of=_BEGUN_WITH,
    ),
    "matter_no_delete": Trigger("DELETE", "cunwu_matter", "matters are never deleted"),
    "step_done_fixed": Trigger(
        "UPDATE", "cunwu_step", "a step that was taken is never changed", "OLD.state = 'done'", _TAKEN
    ),
    "meeting_closed_fixed": Trigger(
        "UPDATE", "cunwu_meeting", "a meeting that was closed is never changed", "OLD.state <> 'called'"
    ),
    "meeting_no_delete": Trigger("DELETE", "cunwu_meeting", "meetings are never deleted"),
    "attendance_fixed": Trigger("UPDATE", "cunwu_attendance", "attendance is never changed"),
    "attendance_no_delete": Trigger("DELETE", "cunwu_attendance", "attendance is never deleted"),
    "agenda_item_decided_fixed": Trigger(
        "UPDATE", "cunwu_agendaitem", "a vote that was counted is never changed", "OLD.in_favour IS NOT NULL"
    ),
}
