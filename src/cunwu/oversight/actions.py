"""Asking the questions and resolving them: answered by the village, judged by somebody else, taken up as a matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from cunwu.assets.models import Contract
from cunwu.errors import Invalid, NotReady
from cunwu.org import audit
from cunwu.org.authority import Actor, Clock, local_day, require, require_other_person
from cunwu.org.models import Appointment, Organization, Place
from cunwu.oversight.models import Finding, Screening
from cunwu.oversight.screening import Hit, screen
from cunwu.procedures.models import Matter

ANSWER, REVIEW = "findings.answer", "findings.review"
MOST_TEXT = 500


def ask_every_day(clock: Clock, *, now: datetime) -> Screening | None:
    """The clock's screening of everything here, once a day; None where it was done today or there is no contract."""
    if Screening.objects.filter(place=None, day=local_day(now)).exists() or not Contract.objects.exists():
        return None
    return _ask(clock, None, now)


def ask(actor: Appointment, organization: Organization, *, now: datetime) -> Screening:
    """Screen what lies in the organization's place now. Raises NotAllowed."""
    require(actor, REVIEW, organization, now)
    return _ask(actor, organization.place, now)


def answer(actor: Appointment, finding: Finding, text: str, *, now: datetime) -> Finding:
    """The village's answer to a question; a later one replaces it until it is reviewed.

    Raises NotAllowed; Invalid `finding.no_text`; NotReady `finding.closed`, `finding.reviewed`.
    """
    require(actor, ANSWER, finding.organization, now)
    _require_open(finding)
    if finding.verdict:
        raise NotReady(
            "finding.reviewed",
            "这个疑点已经复核；请按复核意见办理。",
            "This question was reviewed already; act on the review.",
        )
    finding.reply, finding.replied_by, finding.replied_at = _text(text), actor, now
    return _keep(actor, "findings.answer", finding, ("reply", "replied_by", "replied_at"), now)


def review(actor: Appointment, finding: Finding, verdict: str, reason: str, *, now: datetime) -> Finding:
    """Say whether the fault is there, and why; not by who answered. A verdict may be changed by another review.

    Raises NotAllowed `authority.same_person`; Invalid `finding.no_text`, `finding.verdict`; NotReady `finding.closed`,
    `finding.taken_up` for dismissing what became a matter.
    """
    require(actor, REVIEW, finding.organization, now)
    _require_open(finding)
    if verdict not in Finding.Verdict.values:
        raise Invalid("finding.verdict", "请选择属实或者排除。", "Choose whether the fault is there or not.")
    if verdict == Finding.Verdict.DISMISSED and finding.matter_id is not None:
        raise NotReady(
            "finding.taken_up",
            "这个疑点已经转为整改事项，不能再排除；请先撤回那个事项。",
            "It became a matter and cannot be dismissed; withdraw the matter first.",
        )
    if finding.replied_by is not None:
        require_other_person(
            actor,
            finding.replied_by.person,
            doing_zh="答复和复核",
            doing_en="Answering and reviewing",
            basis="",
        )
    finding.verdict, finding.reason, finding.reviewed_by, finding.reviewed_at = (
        verdict,
        _text(reason),
        actor,
        now,
    )
    fields = ("verdict", "reason", "reviewed_by", "reviewed_at")
    return _keep(actor, "findings.review", finding, fields, now, verdict=verdict)


def take_up(actor: Appointment, finding: Finding, matter: Matter, *, now: datetime) -> Finding:
    """Let a matter of the village deal with it. Raises NotAllowed; NotReady `finding.closed`, `finding.dismissed`; Invalid
    `finding.matter_elsewhere`."""
    require(actor, ANSWER, finding.organization, now)
    _require_open(finding)
    if finding.verdict == Finding.Verdict.DISMISSED:
        raise NotReady("finding.dismissed", "这个疑点已经排除。", "This question was dismissed.")
    if matter.organization.place_id != finding.organization.place_id:
        raise Invalid(
            "finding.matter_elsewhere",
            f"《{matter.title}》是另一个村的事项。",
            f"{matter.title} is a matter of another village.",
        )
    finding.matter = matter
    return _keep(actor, "findings.take_up", finding, ("matter",), now, matter=matter.public_id)


def _ask(actor: Actor, place: Place | None, now: datetime) -> Screening:
    """Side effects in order, one transaction: new findings, figures of those still true, those gone, the run, the audit."""
    day = local_day(now)
    hits = {(hit.rule, hit.contract): hit for hit in screen(place, on=day)}
    with transaction.atomic():
        known = {(finding.rule, finding.contract_id): finding for finding in _live(place)}
        over = [finding.pk for key, finding in known.items() if key not in hits]
        _live(place).filter(pk__in=over).update(gone_day=day)
        still = _live(place).update(last_seen=day)
        _tell_new_figures(known, hits)
        made = _new(day, [hit for key, hit in hits.items() if key not in known])
        run = Screening.objects.create(
            place=place,
            day=day,
            at=now,
            by=actor if isinstance(actor, Appointment) else None,
            asked=len(made),
            gone=len(over),
        )
        target = f"place:{place.public_id}" if place else "place:all"
        audit.record(actor, "findings.screen", target, now=now, asked=len(made), gone=len(over), held=still)
    return run


def _live(place: Place | None) -> QuerySet[Finding]:
    live = Finding.objects.filter(gone_day=None)
    if place is None:
        return live
    return live.filter(
        organization__place__path__gte=place.path, organization__place__path__lt=place.path + "~"
    )


def _tell_new_figures(known: Mapping[tuple[str, int], Finding], hits: Mapping[tuple[str, int], Hit]) -> None:
    """A verdict was about the figures of its day: they stay beside it."""
    changed = []
    for key, finding in known.items():
        if key in hits and not finding.verdict and finding.figures != hits[key].figures:
            finding.figures = hits[key].figures
            changed.append(finding)
    Finding.objects.bulk_update(changed, ["figures"], batch_size=500)


def _new(day: date, hits: Sequence[Hit]) -> list[Finding]:
    owners = dict(
        Contract.objects.filter(pk__in={hit.contract for hit in hits}).values_list("pk", "organization")
    )
    return Finding.objects.bulk_create(
        [
            Finding(
                rule=hit.rule,
                contract_id=hit.contract,
                organization_id=owners[hit.contract],
                figures=hit.figures,
                first_seen=day,
                last_seen=day,
            )
            for hit in hits
        ],
        batch_size=1000,
    )


def _require_open(finding: Finding) -> None:
    if finding.gone_day is not None:
        raise NotReady(
            "finding.closed",
            f"这个疑点在{finding.gone_day}已经消除，不用再办。",
            f"Its reason was gone on {finding.gone_day}; nothing more is to be done.",
        )


def _text(text: str) -> str:
    if not text.strip():
        raise Invalid("finding.no_text", "请写明答复或者理由。", "Give the answer or the reason.")
    return text.strip()[:MOST_TEXT]


def _keep(
    actor: Appointment, action: str, finding: Finding, fields: tuple[str, ...], now: datetime, **details: str
) -> Finding:
    with transaction.atomic():
        finding.save(update_fields=fields)
        audit.record(
            actor,
            action,
            f"finding:{finding.public_id}",
            now=now,
            organization=finding.organization,
            **details,
        )
    return finding
