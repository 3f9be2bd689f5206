"""The database's own guards over what was published and logged."""

TRIGGERS = {
    # What was signed is what is published: neither the bytes of a draft nor who agreed to them change afterwards.
    "draft_content_fixed": """
    BEFORE UPDATE OF organization_id, item, period, document_id, digest, prepared_by_id, supersedes_id ON cunwu_draft
    BEGIN SELECT RAISE(ABORT, 'what a draft says is never changed, only replaced'); END""",
    "draft_keeper_no_update": """
    BEFORE UPDATE ON cunwu_draft_kept_by
    BEGIN SELECT RAISE(ABORT, 'who kept the books behind a draft is never changed'); END""",
    "draft_keeper_no_delete": """
    BEFORE DELETE ON cunwu_draft_kept_by
    BEGIN SELECT RAISE(ABORT, 'who kept the books behind a draft is never forgotten'); END""",
    "signature_fixed": """
    BEFORE UPDATE OF draft_id, by_id, digest, on_paper, entered_by_id ON cunwu_signature
    BEGIN SELECT RAISE(ABORT, 'a signature is never changed'); END""",
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
