"""The database's own guards over what was decided: pinned rules, steps that were taken, meetings that were closed."""

TRIGGERS = {
    "pinned_rule_no_update": """
    BEFORE UPDATE ON cunwu_pinnedrule
    BEGIN SELECT RAISE(ABORT, 'pinned rules are never changed'); END""",
    "pinned_rule_no_delete": """
    BEFORE DELETE ON cunwu_pinnedrule
    BEGIN SELECT RAISE(ABORT, 'pinned rules are never deleted'); END""",
    "matter_rule_fixed": """
    BEFORE UPDATE OF organization_id, power, title, amount_fen, rule_id, opened_at, opened_by_id ON cunwu_matter
    BEGIN SELECT RAISE(ABORT, 'a matter ends under the rules and terms that it began with'); END""",
    "matter_no_delete": """
    BEFORE DELETE ON cunwu_matter
    BEGIN SELECT RAISE(ABORT, 'matters are never deleted'); END""",
    "step_done_fixed": """
    BEFORE UPDATE OF state, done_on, done_at, done_by_id, text, amount_fen, reference ON cunwu_step
    WHEN OLD.state = 'done'
    BEGIN SELECT RAISE(ABORT, 'a step that was taken is never changed'); END""",
    "meeting_closed_fixed": """
    BEFORE UPDATE ON cunwu_meeting WHEN OLD.state <> 'called'
    BEGIN SELECT RAISE(ABORT, 'a meeting that was closed is never changed'); END""",
    "meeting_no_delete": """
    BEFORE DELETE ON cunwu_meeting
    BEGIN SELECT RAISE(ABORT, 'meetings are never deleted'); END""",
    "attendance_fixed": """
    BEFORE UPDATE ON cunwu_attendance
    BEGIN SELECT RAISE(ABORT, 'attendance is never changed'); END""",
    "attendance_no_delete": """
    BEFORE DELETE ON cunwu_attendance
    BEGIN SELECT RAISE(ABORT, 'attendance is never deleted'); END""",
    "agenda_item_decided_fixed": """
    BEFORE UPDATE ON cunwu_agendaitem WHEN OLD.in_favour IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a vote that was counted is never changed'); END""",
}
