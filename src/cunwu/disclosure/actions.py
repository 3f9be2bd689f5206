"""Every write of this room, by name; each is written in the file of its noun."""

from cunwu.disclosure.approval import (
    confirm_signature,
    record_joint_meeting,
    record_paper_signature,
    sign,
)
from cunwu.disclosure.clock import expire_lists, meet_published, record_audit_root, record_silence
from cunwu.disclosure.drafting import open_hits, overrule, prepare, propose
from cunwu.disclosure.missing import missing_steps
from cunwu.disclosure.notices import post_notice, take_down_notice
from cunwu.disclosure.objections import answer_objection, object_to
from cunwu.disclosure.publishing import publication_obstacles, publish
from cunwu.disclosure.takedown import GROUNDS, take_down

__all__ = [
    "GROUNDS",
    "answer_objection",
    "confirm_signature",
    "expire_lists",
    "meet_published",
    "missing_steps",
    "object_to",
    "open_hits",
    "overrule",
    "post_notice",
    "prepare",
    "propose",
    "publication_obstacles",
    "publish",
    "record_audit_root",
    "record_joint_meeting",
    "record_paper_signature",
    "record_silence",
    "sign",
    "take_down",
    "take_down_notice",
]
