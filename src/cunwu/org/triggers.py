"""The database's own guard over the audit: written once, never changed."""

TRIGGERS = {
    f"audit_no_{verb.lower()}": f"""
    BEFORE {verb} ON cunwu_auditentry
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END"""
    for verb in ("UPDATE", "DELETE")
}
