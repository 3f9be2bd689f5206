"""Looks at personal data: for which purposes they are allowed, how one goes on record, and which did."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from cunwu.errors import Invalid
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.models import Appointment, AuditEntry, Organization

ACTIONS = ("org.read_identity", "org.read_relations")
"""Every action that opens something sealed about a person for somebody else."""


class Purpose(StrEnum):
    """Why somebody looks; a closed list, so that the record of looks holds no personal data of its own."""

    RECUSAL = "recusal"
    INSPECTION = "inspection"
    COMPLAINT = "complaint"
    REQUEST = "request"

    @property
    def words(self) -> Text:
        """The purpose in two languages."""
        return _WORDS[self]


_WORDS = {
    Purpose.RECUSAL: Text(zh="核对回避", en="to check a recusal"),
    Purpose.INSPECTION: Text(zh="监督检查", en="for an inspection"),
    Purpose.COMPLAINT: Text(zh="核实反映的问题", en="to check what was reported"),
    Purpose.REQUEST: Text(zh="本人要求", en="at the person's own request"),
}


def purpose(told: str) -> Purpose:
    """The purpose of this name. Raises Invalid `read.purpose`."""
    if told not in set(Purpose):
        raise Invalid(
            "read.purpose",
            "请选择为什么查看；查看个人信息要有明确的目的，并留下记录。",
            "Say why you look: personal data are read for a stated purpose, and the look is recorded.",
            basis="《个人信息保护法》第六条",
            basis_en="Personal Information Protection Law, Article 6",
        )
    return Purpose(told)


def record_read(
    actor: Appointment, action: str, target: str, why: Purpose, organization: Organization, *, now: datetime
) -> AuditEntry:
    """One look on record, inside the caller's transaction; `organization` is whose people are looked at.

    Raises ValueError for an action that `ACTIONS` does not name: its looks would be on no list.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action} is not among the reads of personal data")
    return audit.record(actor, action, target, now=now, organization=organization, purpose=why.value)


def purpose_of(entry: AuditEntry) -> Purpose | None:
    """Why it was looked at; None for looks from before a purpose was asked."""
    told = json.loads(entry.leaf)["details"].get("purpose")
    return Purpose(told) if told else None


def reads_in(reach: QuerySet[Organization], why: Purpose | None = None) -> QuerySet[AuditEntry]:
    """Looks at people of the organizations in `reach`, and looks that their officers took elsewhere; of one purpose."""
    keys = reach.order_by().values("pk")
    found = AuditEntry.objects.filter(
        Q(organization__in=keys) | Q(actor__organization__in=keys), action__in=ACTIONS
    ).select_related("actor__person", "actor__organization__place", "organization__place")
    # The leaf is canonical JSON: no spaces, keys in order.
    return found.filter(leaf__contains=f'"purpose":"{why}"') if why else found
