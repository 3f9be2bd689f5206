"""Taking down: the page says so for ever, the bytes are gone from every copy, and the leaf means nothing any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cunwu.disclosure.drafting import required_text
from cunwu.disclosure.entries import mark_stale, publication_entry, subject, write_entry
from cunwu.disclosure.models import LogEntry, Publication, Salt, Tombstone
from cunwu.documents import actions as documents
from cunwu.documents.models import Document
from cunwu.documents.redaction import scan
from cunwu.errors import Invalid, NotReady
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import Actor, require, require_other_person, rules
from cunwu.org.models import Appointment

GROUNDS: dict[str, Text] = {
    "personal_data": Text(zh="含有不应公开的个人信息", en="It held personal data that may not be public"),
    "third_party_right": Text(zh="侵犯他人合法权益", en="It infringed a right of somebody else"),
    "court_order": Text(zh="依生效法律文书撤下", en="A court or authority ordered it"),
    "published_by_mistake": Text(zh="不应公布而误予公布", en="It was published by mistake"),
}
LOST = "lost"
"""The code of what nobody takes down: a document that no copy held any more when an installation was brought back."""


def take_down(
    actor: Appointment, publication: Publication, *, reason_code: str, reason_zh: str, now: datetime
) -> Tombstone:
    """Take the publication down and erase its bytes, its salt, its totals and the photographs of its paper.

    One transaction: tombstone, log entry, erasure manifest, pages to render, audit; the files are removed right
    after the commit. Every publication of the same bytes goes with it, so that the actor needs the right for
    each; other versions of the same period stay: a leak in them is taken down by itself. `reason_code` is one of
    `GROUNDS`; `reason_zh` is shown on the page for ever. Raises NotAllowed (also for who published it); NotReady
    `disclosure.taken_down_already`; Invalid `disclosure.ground`, `.reason_missing`, `.reason_tells`.
    """
    require(actor, "disclosure.take_down", publication.organization, now)
    if publication.published_by is not None:
        require_other_person(
            actor,
            publication.published_by.person,
            doing_zh="公布和撤下同一份公开内容",
            doing_en="Publishing and taking down the same publication",
            basis="",
        )
    reason = _check_reason(reason_code, reason_zh)
    with transaction.atomic():
        if Tombstone.objects.filter(publication=publication).exists():
            raise NotReady(
                "disclosure.taken_down_already",
                "这份公开内容已经撤下。",
                "This publication was taken down already.",
            )
        same_bytes = Publication.objects.filter(document=publication.document_id, tombstone=None)
        tombstones = {
            each.pk: _entomb(actor, each, reason_code, reason, now)
            for each in same_bytes.select_related("organization__place", "document")
        }
    return tombstones[publication.pk]


def _entomb(
    actor: Appointment, publication: Publication, reason_code: str, reason: str, now: datetime
) -> Tombstone:
    require(actor, "disclosure.take_down", publication.organization, now)
    tombstone = Tombstone.objects.create(
        publication=publication, reason_code=reason_code, reason_zh=reason, by=actor, at=now
    )
    write_entry(
        LogEntry.Kind.TOMBSTONE,
        {
            **subject(publication.organization, publication.item, publication.period),
            "about": publication_entry(publication).leaf_hash,
            "reason": reason_code,
            "pack": rules().digest,
        },
        now=now,
        publication=publication,
    )
    erase_shown(actor, publication, reason_code, now=now)
    line = Publication.objects.filter(Q(superseded_by=publication) | Q(supersedes=publication))
    mark_stale([publication.organization.place], [publication, *line], now=now)
    audit.record(
        actor,
        "disclosure.take_down",
        f"publication:{publication.public_id}",
        now=now,
        organization=publication.organization,
        reason=reason_code,
    )
    return tombstone


def erase_shown(
    actor: Actor, publication: Publication, reason_code: str, *, keep_document: bool = False, now: datetime
) -> None:
    """Erase everything that shows what the publication said, inside the caller's transaction.

    `keep_document` where another publication still shows the same bytes by right.
    """
    Salt.objects.filter(publication=publication).delete()
    shown = [] if keep_document else [publication.document]
    shown += Document.objects.filter(pk__in=publication.board_notices.exclude(photo=None).values("photo"))
    expiry = getattr(publication, "expiry", None)
    if expiry is not None:
        shown.append(expiry.totals)
    for document in shown:
        documents.erase(actor, document, reason_code, now=now)


def _check_reason(reason_code: str, reason_zh: str) -> str:
    if reason_code not in GROUNDS:
        listed_zh = "、".join(ground.zh for ground in GROUNDS.values())
        raise Invalid(
            "disclosure.ground",
            f"没有“{reason_code}”这种撤下理由，请从下列理由中选择：{listed_zh}。",
            f"There is no ground called “{reason_code}”; choose one of: {', '.join(GROUNDS)}.",
        )
    reason = required_text(reason_zh, "撤下的理由", "why it is taken down")
    if scan(reason, "撤下的理由"):
        raise Invalid(
            "disclosure.reason_tells",
            "撤下的理由会一直公开，里面不能再写出个人信息；请改写。",
            "The reason stays public for ever and may not repeat personal data; word it differently.",
        )
    return reason
