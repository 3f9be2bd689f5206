"""Decisions made public: the draft written from the record, never typed; the steps that publishing and time take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction

from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import Draft, Publication
from cunwu.errors import Invalid, Refused
from cunwu.law.periods import Period
from cunwu.org.authority import Clock, local_day, rules
from cunwu.org.models import Appointment, Organization, Person
from cunwu.procedures.facts import facts_of
from cunwu.procedures.guards import shortfalls
from cunwu.procedures.kinds import MEETING_KINDS
from cunwu.procedures.matters import Done, finish, may_take
from cunwu.procedures.models import AgendaItem, Matter, Meeting, Step
from cunwu.procedures.queries import is_personal, public_title
from cunwu.procedures.rules import power_of, step_rule

FORMAT = "cunwu-decision/1"


def draft_decision(actor: Appointment, step: Step, *, now: datetime) -> Draft:
    """Draft what the open step publishes, from the record of the matter; then it goes the way of every disclosure.

    Who took a step of the matter is shown by it and may not review it. Raises NotAllowed (also `step.office`); NotReady
    `step.not_open`, `step.done_already`; Invalid `step.publishes_nothing`; the first guard of the step that is not
    passed; and what `disclosure.propose` refuses.
    """
    rule = step_rule(step)
    refused = may_take(step, actor, now=now)
    if refused is not None:
        raise refused
    publisher = _publisher(step, now)
    for refusal in shortfalls(rule.guards, facts_of(step, local_day(now), actor=actor.person)):
        raise refusal
    with transaction.atomic():
        draft = disclosure.propose(
            actor,
            publisher,
            str(rule.item),
            str(Period.month(local_day(now))),
            rfc8785.dumps(decision(step.matter)),
            about=f"step:{step.public_id}",
            heading=public_title(step.matter)[0],
            kept_by=_doers(step.matter, str(rule.item), now),
            now=now,
        )
        Step.objects.filter(pk=step.pk).update(draft=draft)
    step.refresh_from_db()
    return draft


def decision(matter: Matter) -> dict[str, Any]:
    """The record of a matter as canonical content: figures and ids, no language but the matter's own words.

    Titles of steps and powers are looked up in the pinned rule, whose digest is in it. Of a matter that is about one
    person neither title nor words nor parties are told, nor any sum or number by which it could be found out.
    """
    personal = is_personal(power_of(matter))
    taken = matter.steps.filter(state=Step.State.DONE).order_by("number")
    steps = taken.select_related("done_by__person", "publication").prefetch_related("objections")
    items = {
        item.step_id: item
        for item in AgendaItem.objects.filter(step__matter=matter, carried=True).select_related("meeting")
    }
    return {
        "format": FORMAT,
        "matter": matter.public_id,
        "organization": matter.organization.public_id,
        "power": matter.power,
        "rule": matter.rule_id,
        "title": "" if personal else matter.title,
        "text": "" if personal else matter.text,
        "unit": "fen",
        "amount": None if personal else matter.amount_fen,
        "parties": [] if personal else list(matter.parties.order_by("id").values_list("name", flat=True)),
        "steps": [_step_content(step, items.get(step.pk), personal) for step in steps],
    }


def advance(clock: Clock, *, draft: Draft | None = None, now: datetime) -> int:
    """Take the steps that take themselves: what was to be published is, the time for objections is over and all are
    answered. With `draft` only the step that it publishes. Returns how many. Idempotent; one transaction for each step."""
    taken = 0
    waiting = Step.objects.filter(
        state=Step.State.OPEN, matter__state=Matter.State.OPEN, kind__in=("disclosure", "objection")
    )
    if draft is not None:
        waiting = waiting.filter(draft=draft)
    for step in waiting.select_related("matter__organization__place", "draft").order_by("id"):
        with transaction.atomic():
            taken += _publish(step, now) if step.kind == "disclosure" else _time_is_over(clock, step, now)
    return taken


def _publish(step: Step, now: datetime) -> bool:
    publication = Publication.objects.filter(draft=step.draft_id).first() if step.draft_id else None
    if publication is None:
        return False
    Step.objects.filter(pk=step.pk).update(publication=publication)
    finish(publication.published_by, step, Done(local_day(publication.published_at)), now=now)
    return True


def _time_is_over(clock: Clock, step: Step, now: datetime) -> bool:
    today = local_day(now)
    refused: list[Refused] = shortfalls(step_rule(step).guards, facts_of(step, today))
    if refused:
        return False
    finish(clock, step, Done(today), now=now)
    return True


def _doers(matter: Matter, item: str, now: datetime) -> list[Person]:
    """Who took a step, but for those who did so for the body that reviews: a check of theirs is no work of their own."""
    reviewer = rules().catalogue_item(item, local_day(now)).reviewer
    steps = matter.steps.exclude(done_by=None).exclude(done_by__organization__kind=reviewer)
    return list(Person.objects.filter(pk__in=steps.values("done_by__person")))


def _publisher(step: Step, now: datetime) -> Organization:
    rule = step_rule(step)
    if rule.item is None:
        raise Invalid(
            "step.publishes_nothing",
            f"“{rule.title.zh}”不是公开步骤。",
            f"“{rule.title.en}” publishes nothing.",
        )
    kinds = rules().catalogue_item(rule.item, local_day(now)).publisher
    found = Organization.objects.filter(
        place=step.matter.organization.place_id, kind__in=kinds, until_day=None
    )
    own = step.matter.organization_id
    ranked = sorted(found.select_related("place"), key=lambda each: (each.pk != own, kinds.index(each.kind)))
    if not ranked:
        raise Invalid(
            "step.publishes_nothing",
            f"本村没有负责公布“{power_of(step.matter).title.zh}”的单位；请先登记。",
            f"The village has no body that publishes “{power_of(step.matter).title.en}”; register it first.",
        )
    return ranked[0]


def _step_content(step: Step, item: AgendaItem | None, personal: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": step.name,
        "kind": step.kind,
        "on": step.done_on.isoformat() if step.done_on else None,
        "text": "" if personal else step.text,
        "amount": None if personal else step.amount_fen,
        "reference": "" if personal else step.reference,
        "by": _by(step),
    }
    if step.publication is not None:
        content["publication"] = step.publication.public_id
        content["objections"] = _heard(step)
    if item is not None:
        marks = item.meeting.attendance.filter(votes=True)
        content["meeting"] = {
            "kind": item.meeting.kind,
            "expected": marks.count(),
            "present": marks.filter(mark__in=("present", "online", "proxy")).count(),
            "in_favour": item.in_favour,
            "against": item.against,
            "abstained": item.abstained,
            "recused": item.recusals.count(),
            "appraised": _appraisals(item.meeting),
        }
    return content


def _heard(step: Step) -> dict[str, int]:
    """How many objected to what the step published, and were answered; not who, and not what they said."""
    received = list(step.objections.all())
    return {"received": len(received), "answered": sum(each.answered_at is not None for each in received)}


def _by(step: Step) -> dict[str, str] | None:
    """The officer who took it, whose work is public; of what a meeting decides the meeting says who."""
    if step.done_by is None or step.kind in MEETING_KINDS:
        return None
    return {"office": step.done_by.office, "name": step.done_by.person.name}


def _appraisals(meeting: Meeting) -> list[dict[str, Any]]:
    """The totals of each secret ballot: competent, fair, incompetent. Of officers only, whose work is public."""
    counted = meeting.items.filter(appraised__isnull=False, in_favour__isnull=False).order_by("number")
    return [
        {
            "office": officer.office,
            "name": officer.person.name,
            "competent": item.in_favour,
            "fair": item.abstained,
            "incompetent": item.against,
            "ended": officer.until_day is not None and officer.until_day <= meeting.held_on,
        }
        for item in counted.select_related("appraised__person")
        if (officer := item.appraised) is not None
    ]
