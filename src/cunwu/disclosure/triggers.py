"""The database's own guards over what was published and logged."""

from cunwu.org.triggers import Trigger

_DRAFT = (
    "organization_id",
    "item",
    "period",
    "about",
    "heading",
    "document_id",
    "digest",
    "prepared_by_id",
    "supersedes_id",
)
_LEAF = ("kind", "leaf", "leaf_hash", "created_at", "publication_id", "duty_id")

TRIGGERS = {
    # What was signed is what is published: neither the bytes of a draft nor who agreed to them change afterwards.
    "draft_content_fixed": Trigger(
        "UPDATE", "cunwu_draft", "what a draft says is never changed, only replaced", of=_DRAFT
    ),
    "draft_keeper_no_update": Trigger(
        "UPDATE", "cunwu_draft_kept_by", "who kept the books behind a draft is never changed"
    ),
    "draft_keeper_no_delete": Trigger(
        "DELETE", "cunwu_draft_kept_by", "who kept the books behind a draft is never forgotten"
    ),
    "signature_fixed": Trigger(
        "UPDATE",
        "cunwu_signature",
        "a signature is never changed",
        of=("draft_id", "by_id", "digest", "on_paper", "entered_by_id"),
    ),
    "publication_no_update": Trigger(
        "UPDATE", "cunwu_publication", "publications are never changed, only superseded"
    ),
    "publication_no_delete": Trigger("DELETE", "cunwu_publication", "publications are never deleted"),
    "log_entry_no_delete": Trigger("DELETE", "cunwu_logentry", "log entries are never deleted"),
    "log_entry_leaf_fixed": Trigger("UPDATE", "cunwu_logentry", "a leaf is never changed", of=_LEAF),
    "log_entry_index_fixed": Trigger(
        "UPDATE",
        "cunwu_logentry",
        "a place in the log is never changed",
        'OLD."index" IS NOT NULL AND NEW."index" IS DISTINCT FROM OLD."index"',
        ("index",),
    ),
    "tombstone_no_update": Trigger("UPDATE", "cunwu_tombstone", "tombstones are never changed"),
    "tombstone_no_delete": Trigger("DELETE", "cunwu_tombstone", "tombstones are never deleted"),
}
