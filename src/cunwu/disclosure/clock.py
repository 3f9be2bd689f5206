"""What the law makes happen by itself when a day is over: silence, the end of personal lists, the audit's root."""

from __future__ import annotations

import json
from datetime import datetime

import rfc8785
from django.db import transaction
from django.db.models import OuterRef, Subquery

from cunwu.disclosure.drafting import JSON, LIST_FORMAT
from cunwu.disclosure.entries import mark_stale, publication_entry, subject, write_entry
from cunwu.disclosure.models import Expiry, LogEntry, Publication, Salt
from cunwu.disclosure.takedown import erase_shown
from cunwu.documents import actions as documents
from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.errors import NotReady
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, rules
from cunwu.org.models import AuditEntry
from cunwu.tlog.commitment import commit, new_salt
from cunwu.tlog.tree import leaf_hash, root_hash

EXPIRED = "expired"


def meet_published(clock: Clock, *, now: datetime) -> int:
    """Meet the duties whose publication was there before they were opened, as of when it was made; returns how many.

    Runs between opening duties and finding them late: who publishes early is neither reminded nor accused.
    """
    made = Publication.objects.filter(
        organization__place=OuterRef("organization__place"),
        item=OuterRef("catalogue_item"),
        period=OuterRef("period"),
    )
    early = Duty.disclosures.filter(met_at=None).annotate(
        first=Subquery(made.order_by("published_at", "id").values("pk")[:1])
    )
    met = 0
    for duty in early.exclude(first=None):
        publication = Publication.objects.select_related("organization").get(pk=duty.first)
        by = f"publication:{publication.public_id}"
        with transaction.atomic():
            done = duties.meet(
                publication.organization,
                publication.item,
                publication.period,
                by,
                now=publication.published_at,
            )
            if done is not None:
                audit.record(
                    clock,
                    "disclosure.meet",
                    f"duty:{done.public_id}",
                    now=now,
                    organization=publication.organization,
                )
                mark_stale([publication.organization.place], [], now=now)
                met += 1
    return met


def record_silence(clock: Clock, duty: Duty, *, now: datetime) -> LogEntry | None:
    """Put into the log that nothing was published by the due day; None where that was recorded before.

    Only of a duty that the clock found late, that nothing met, and whose provision a person read in its source: an
    office is not accused on law that nobody has read. Raises NotReady `disclosure.not_late`, `.was_published`,
    `.not_read_in_source`.
    """
    with transaction.atomic():
        duty = Duty.objects.select_related("organization__place").get(pk=duty.pk)
        if LogEntry.objects.filter(duty=duty, kind=LogEntry.Kind.SILENCE).exists():
            return None
        _require_silent(duty)
        cite = rules().duty(duty.name, local_day(duty.opened_at)).provision.cite
        entry = write_entry(
            LogEntry.Kind.SILENCE,
            {
                **subject(duty.organization, duty.catalogue_item, duty.period),
                "duty": duty.name,
                "due": duty.due_day.isoformat(),
                "provision": f"{cite.source.name}:{cite.article}",
                "pack": duty.pack_digest,
            },
            now=now,
            duty=duty,
        )
        mark_stale([duty.organization.place], [], now=now)
        audit.record(
            clock, "disclosure.silence", f"duty:{duty.public_id}", now=now, organization=duty.organization
        )
    return entry


def expire_lists(clock: Clock, *, now: datetime) -> list[Expiry]:
    """Reduce every personal list whose time is over to its totals; the list and its salt are erased.

    The totals get a salt of their own and are committed to by the expiry's entry. One transaction for each list.
    """
    over = Publication.objects.filter(
        expires_on__lt=local_day(now), expiry=None, tombstone=None, document__erased_at=None
    )
    done: list[Expiry] = []
    for publication in over.select_related("organization__place", "document"):
        with transaction.atomic():
            if not Expiry.objects.filter(publication=publication).exists():  # another clock's, meanwhile
                done.append(_expire(clock, publication, now))
    return done


def record_audit_root(clock: Clock, *, now: datetime) -> LogEntry | None:
    """Put the RFC 6962 root over all audit leaves so far into the log, once a day in China; None if done today."""
    if _has_root(now):
        return None
    with transaction.atomic():
        if _has_root(now):  # another clock's, meanwhile
            return None
        leaves = AuditEntry.objects.order_by("id").values_list("leaf", flat=True)
        size = leaves.count()
        root = root_hash(leaf_hash(leaf.encode()) for leaf in leaves.iterator())
        entry = write_entry(LogEntry.Kind.AUDIT_ROOT, {"size": size, "root": root.hex()}, now=now)
        audit.record(clock, "disclosure.audit_root", f"log_entry:{entry.leaf_hash[:24]}", now=now, size=size)
    return entry


def _has_root(now: datetime) -> bool:
    last = LogEntry.objects.filter(kind=LogEntry.Kind.AUDIT_ROOT).order_by("-id").first()
    return last is not None and local_day(last.created_at) >= local_day(now)


def _require_silent(duty: Duty) -> None:
    basis = duty.basis_zh
    if duty.late_at is None or duty.met_at is not None:
        raise NotReady(
            "disclosure.not_late",
            f"“{duty.title_zh}”{duty.period}没有逾期未办（期限{duty.due_day:%Y-%m-%d}），不能存证为到期未公开。",
            f"“{duty.title_en}” for {duty.period} is not late (due {duty.due_day:%Y-%m-%d}); no silence to record.",
            basis=basis,
        )
    published = Publication.objects.filter(
        organization__place=duty.organization.place_id, item=duty.catalogue_item, period=duty.period
    )
    if published.exists():
        raise NotReady(
            "disclosure.was_published",
            f"{duty.organization.name_zh}{duty.period}的“{duty.title_zh}”其实已经公布，不能存证为到期未公开。",
            f"What “{duty.title_en}” asks for {duty.period} was published; no silence to record.",
            basis=basis,
        )
    if not duty.read_in_source:
        raise NotReady(
            "disclosure.not_read_in_source",
            f"“{duty.title_zh}”的依据还没有人对照原文核过，只在页面上写“未公开”，不作存证；请先核对规则包。",
            f"Nobody has compared the provision behind “{duty.title_en}” with its source, so the page says “not yet” "
            "and the log says nothing; review the pack first.",
            basis=basis,
        )


def _expire(clock: Clock, publication: Publication, now: datetime) -> Expiry:
    tree = json.loads(documents.read(publication.document))
    if tree.get("format") != LIST_FORMAT:
        raise RuntimeError(f"publication {publication.public_id} expires but is no {LIST_FORMAT} document")
    totals = {"format": LIST_FORMAT, "publication": publication.public_id, "totals": tree["totals"]}
    data = rfc8785.dumps(totals)
    others = Publication.objects.filter(document=publication.document_id, expiry=None, tombstone=None)
    still_shown = others.exclude(pk=publication.pk).exists()
    with transaction.atomic():
        erase_shown(clock, publication, EXPIRED, keep_document=still_shown, now=now)
        salt = new_salt()
        Salt.objects.create(publication=publication, value=salt)
        expiry = Expiry.objects.create(
            publication=publication, totals=documents.store(data, JSON, now=now), at=now
        )
        write_entry(
            LogEntry.Kind.EXPIRY,
            {
                **subject(publication.organization, publication.item, publication.period),
                "about": publication_entry(publication).leaf_hash,
                "size": len(data),
                "pack": rules().digest,
                "commitment": commit(data, salt),
            },
            now=now,
            publication=publication,
        )
        mark_stale([publication.organization.place], [publication], now=now)
        audit.record(
            clock,
            "disclosure.expire",
            f"publication:{publication.public_id}",
            now=now,
            organization=publication.organization,
        )
    return expiry
