"""Publishing, correcting by superseding, and counting the days that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import rfc8785
from django.db import transaction

from cunwu.disclosure.drafting import propose, terms
from cunwu.disclosure.entries import mark_stale, publication_entry, subject, write_entry
from cunwu.disclosure.missing import missing_steps
from cunwu.disclosure.models import Draft, LogEntry, Publication, Salt, Tombstone
from cunwu.documents import actions as documents
from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.errors import NotReady, Refused
from cunwu.law.deadlines import deadline
from cunwu.law.terms import CatalogueItem
from cunwu.org import audit
from cunwu.org.authority import local_day, require, rules
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert, select
from cunwu.tlog.commitment import commit, new_salt

_OF_PERIOD = """
    SELECT 1 FROM cunwu_publication
    WHERE organization_id = %s AND item = %s AND period = %s AND about = %s LIMIT 1
"""


def publish(actor: Appointment, draft: Draft, *, now: datetime) -> Publication:
    """Make the draft public: what exactly these people agreed to, and nothing else.

    One transaction, in this order: the publication with title, basis and days copied from the packs of today; its
    salt; the log entry; of a correction the supersession's entry; the duty met, and where its silence is in the log
    the counter-entry; the pages to render; the audit. The entry is pending until `log.sequence` has run.
    Raises NotAllowed; NotReady with the first of `publication_obstacles` (`details["missing"]` has all their codes);
    NotFound `document.erased`.
    """
    require(actor, "disclosure.publish", draft.organization, now)
    with transaction.atomic():
        draft.document.refresh_from_db()
        _require_nothing_missing(publication_obstacles(draft, now))
        publication = _create(actor, draft, now)
        entry = _commit(publication, draft, now)
        shown = [publication]
        if draft.supersedes is not None:
            shown.append(draft.supersedes)
            corrected = publication_entry(draft.supersedes)
            _write_reference(LogEntry.Kind.SUPERSESSION, corrected, entry, publication, now=now)
        duty = duties.meet(
            draft.organization, draft.item, draft.period, f"publication:{publication.public_id}", now=now
        )
        if duty is not None:
            _counter_silence(duty, entry, publication, now)
        mark_stale([draft.organization.place], shown, now=now)
        audit.record(
            actor,
            "disclosure.publish",
            f"publication:{publication.public_id}",
            now=now,
            organization=draft.organization,
            leaf=entry.leaf_hash,
        )
    return publication


def publication_obstacles(draft: Draft, now: datetime) -> list[Refused]:
    """The missing steps, and what the line of earlier publications of the same item and period forbids.

    Codes beside those of `missing_steps`: `disclosure.period_published`, `.not_the_newest`.
    """
    obstacles = missing_steps(draft, now)
    wrong_line = (
        None if any(o.code == "disclosure.published_already" for o in obstacles) else _check_line(draft)
    )
    return obstacles + ([wrong_line] if wrong_line else [])


def newest(organization: Organization, item: str, period: str, about: str = "") -> Publication | None:
    """The last publication of this item and period, which nothing supersedes; it may have been taken down."""
    line = Publication.objects.filter(
        organization=organization, item=item, period=period, about=about, superseded_by=None
    )
    return line.order_by("-published_at", "-id").first()


def propose_for(
    actor: Appointment,
    organization: Organization,
    item: str,
    period: str,
    content: Mapping[str, Any],
    *,
    reason_zh: str = "",
    now: datetime,
) -> Draft:
    """Propose what a period has one of; where it is published already, as its correction, which needs `reason_zh`.

    For callers that have asked for `actor`'s right themselves. Raises what `propose` refuses.
    """
    published = newest(organization, item, period)
    return propose(
        actor,
        organization,
        item,
        period,
        rfc8785.dumps(dict(content)),
        supersedes=published,
        reason_zh=reason_zh.strip() if published is not None else "",
        now=now,
    )


def days_after(start: date, value: str | None, on: date) -> date | None:
    """The last day of the term named `value` in the packs, counted from `start`; None where the item has none."""
    return deadline(start, rules().rule(value, on), rules().calendar).day if value else None


def _check_line(draft: Draft) -> Refused | None:
    if draft.supersedes_id is None and not select(
        _OF_PERIOD, draft.organization_id, draft.item, draft.period, draft.about
    ):
        return None
    there = newest(draft.organization, draft.item, draft.period, draft.about)
    if draft.supersedes_id is None:
        if there is None or Tombstone.objects.filter(publication=there).exists():
            return None
        return NotReady(
            "disclosure.period_published",
            f"{draft.organization.name_zh}{draft.period}的“{there.title_zh}”已经公布过，不能再公布一次；有错请办理更正公布。",
            f"“{there.title_en}” of {draft.organization.name('en')} for {draft.period} is published already; "
            "correct it by a publication that supersedes it.",
            basis=there.basis_zh,
            basis_en=there.basis_en,
        )
    if there is None or there.pk != draft.supersedes_id:
        return NotReady(
            "disclosure.not_the_newest",
            f"要更正的不是{draft.organization.name_zh}{draft.period}同一事项现行的公布件；请对最新的一份重新拟订。",
            f"What this corrects is not the newest publication of this item for {draft.period}; "
            "prepare the correction of the newest one.",
        )
    return None


def _require_nothing_missing(obstacles: list[Refused]) -> None:
    if obstacles:
        first = obstacles[0]
        codes = [refused.code for refused in obstacles]
        raise type(first)(
            first.code,
            first.zh,
            first.en,
            basis=first.basis,
            basis_en=first.basis_en,
            **{**first.details, "missing": codes},
        )


def _create(actor: Appointment, draft: Draft, now: datetime) -> Publication:
    today = local_day(now)
    item = terms(draft)
    return insert(
        Publication(
            organization=draft.organization,
            item=draft.item,
            **titles(item, draft.heading),
            period=draft.period,
            about=draft.about,
            draft=draft,
            document=draft.document,
            published_at=now,
            published_by=actor,
            supersedes=draft.supersedes,
            reason_zh=draft.reason_zh,
            pack_digest=rules().digest,
            **what_follows(item, today),
        )
    )


def titles(item: CatalogueItem, heading: str) -> dict[str, str]:
    """`title_zh` and `title_en` of a publication: the catalogue's, and what it is about where it has a heading."""
    title = item.provision.title
    return {
        "title_zh": f"{title.zh}：{heading}" if heading else title.zh,
        "title_en": f"{title.en}: {heading}" if heading else title.en,
    }


def what_follows(item: CatalogueItem, day: date) -> dict[str, Any]:
    """The clause and the days that a publication of `item` made on `day` has, by the packs, as its fields."""
    return {
        "basis_zh": item.provision.cite.zh,
        "basis_en": item.provision.cite.en,
        "board_days": rules().days(item.board_days, day) if item.board_days else 0,
        "objection_until": days_after(day, item.objection_days, day),
        "expires_on": days_after(day, item.expires_days, day),
    }


def _commit(publication: Publication, draft: Draft, now: datetime) -> LogEntry:
    salt = new_salt()
    data = documents.read(draft.document)
    insert(Salt(publication=publication, value=salt))
    earlier = draft.supersedes
    return write_entry(
        LogEntry.Kind.PUBLICATION,
        {
            **subject(publication.organization, publication.item, publication.period),
            "size": len(data),
            "supersedes": publication_entry(earlier).leaf_hash if earlier else None,
            "pack": publication.pack_digest,
            "commitment": commit(data, salt),
        },
        now=now,
        publication=publication,
    )


def _counter_silence(duty: Duty, entry: LogEntry, publication: Publication, now: datetime) -> None:
    if duty.late_at is None:
        return
    silence = LogEntry.objects.filter(duty=duty, kind=LogEntry.Kind.SILENCE).first()
    if silence is not None:
        _write_reference(LogEntry.Kind.COUNTER, silence, entry, publication, now=now, duty=duty)


def _write_reference(
    kind: LogEntry.Kind,
    about: LogEntry,
    by: LogEntry,
    publication: Publication,
    *,
    now: datetime,
    duty: Duty | None = None,
) -> None:
    """Write that `by`, the entry of `publication`, supersedes or counters `about`."""
    fields = subject(publication.organization, publication.item, publication.period)
    write_entry(
        kind,
        {**fields, "about": about.leaf_hash, "by": by.leaf_hash, "pack": publication.pack_digest},
        now=now,
        publication=publication,
        duty=duty,
    )
