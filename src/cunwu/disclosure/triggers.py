"""The database's own guards over what was published and logged."""

TRIGGERS = {
    "publication_no_update": """
    BEFORE UPDATE ON cunwu_publication
    BEGIN SELECT RAISE(ABORT, 'publications are never changed, only superseded'); END""",
    "publication_no_delete": """
    BEFORE DELETE ON cunwu_publication
    BEGIN SELECT RAISE(ABORT, 'publications are never deleted'); END""",
    "log_entry_no_delete": """
    BEFORE DELETE ON cunwu_logentry
    BEGIN SELECT RAISE(ABORT, 'log entries are never deleted'); END""",
    "log_entry_leaf_fixed": """
    BEFORE UPDATE OF kind, leaf, leaf_hash, created_at, publication_id, duty_id ON cunwu_logentry
    BEGIN SELECT RAISE(ABORT, 'a leaf is never changed'); END""",
    "log_entry_index_fixed": """
    BEFORE UPDATE OF "index" ON cunwu_logentry WHEN OLD."index" IS NOT NULL AND NEW."index" IS NOT OLD."index"
    BEGIN SELECT RAISE(ABORT, 'a place in the log is never changed'); END""",
    "tombstone_no_update": """
    BEFORE UPDATE ON cunwu_tombstone
    BEGIN SELECT RAISE(ABORT, 'tombstones are never changed'); END""",
    "tombstone_no_delete": """
    BEFORE DELETE ON cunwu_tombstone
    BEGIN SELECT RAISE(ABORT, 'tombstones are never deleted'); END""",
}
