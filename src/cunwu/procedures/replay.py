"""A procedure tried on what was done before: which past matters another rule would have refused, where and why.

Reads what is on record (meetings with attendance and votes, papers, quotes, days, who did what) and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from cunwu.errors import NotReady, Refused
from cunwu.law.procedures import PowerRule, StepRule
from cunwu.org.authority import local_day
from cunwu.procedures.facts import CAME, ballot_of, facts_of, hanging_since, held
from cunwu.procedures.guards import Facts, Posted, shortfalls
from cunwu.procedures.matters import not_the_office
from cunwu.procedures.models import AgendaItem, Matter, ResidentObjection, Step

NOT_ON_RECORD = frozenset({"higher_room"})
"""Guards that ask what a room above knows today; what it knew then is not kept, so they are left out."""


@dataclass(frozen=True, slots=True)
class WouldRefuse:
    """One step of a past matter that the rule would have refused."""

    matter: Matter
    rule: StepRule
    refusal: Refused


def matters_since(powers: Iterable[str], day: date) -> Iterator[Matter]:
    """Every matter of `powers` opened on or after `day`, the oldest first, but for those that were withdrawn."""
    found = Matter.objects.filter(power__in=list(powers)).exclude(state=Matter.State.WITHDRAWN)
    for matter in found.select_related("organization__place").order_by("opened_at", "id"):
        if local_day(matter.opened_at) >= day:
            yield matter


def replay(matter: Matter, power: PowerRule) -> list[WouldRefuse]:
    """What `power` would have refused of the matter: a step that it demands and that was not taken, an office, a guard.

    Of a matter that still runs only the steps that lie behind it are tried.
    """
    steps = {step.name: step for step in matter.steps.select_related("done_by__person").order_by("number")}
    for step in steps.values():
        step.matter = matter
    wanted = [rule for rule in power.steps if rule.applies_to(matter.amount_fen)]
    if matter.state == Matter.State.OPEN:
        reached = [at for at, rule in enumerate(wanted) if _taken(steps.get(rule.name))]
        wanted = wanted[: max(reached, default=-1) + 1]
    return [
        WouldRefuse(matter, rule, refusal)
        for rule in wanted
        for refusal in _refusals(steps.get(rule.name), rule)
    ]


def _taken(step: Step | None) -> bool:
    return step is not None and step.state == Step.State.DONE


def _refusals(step: Step | None, rule: StepRule) -> list[Refused]:
    if step is None or step.done_on is None:
        return [_not_taken(rule)]
    item = AgendaItem.objects.filter(step=step, carried=True).select_related("meeting").first()
    by_hand = item is None and step.done_by is not None
    wrong = not_the_office(rule, step.done_by) if by_hand and step.done_by is not None else None
    guards = tuple(guard for guard in rule.guards if guard.kind not in NOT_ON_RECORD)
    return ([wrong] if wrong else []) + shortfalls(guards, _as_it_was(step, rule, item, step.done_on))


def _as_it_was(step: Step, rule: StepRule, item: AgendaItem | None, day: date) -> Facts:
    """The facts of the step on the day it was done."""
    if item is None:
        actor = step.done_by.person if step.done_by is not None else None
        facts = facts_of(
            step, day, actor=actor, amount_fen=step.amount_fen, reference=step.reference, rule=rule
        )
        return replace(facts, posted=_posted_then(step, day))
    attendance = list(item.meeting.attendance.select_related("person"))
    aside = frozenset(item.recusals.values_list("person", flat=True))
    voters = [
        each.person for each in attendance if each.votes and each.mark in CAME and each.person_id not in aside
    ]
    facts = facts_of(
        step,
        day,
        meeting=held(item.meeting, attendance, aside),
        ballot=ballot_of(item),
        present=voters,
        rule=rule,
    )
    return replace(facts, posted=_posted_then(step, day))


def _posted_then(step: Step, day: date) -> Posted | None:
    """As `posted_before`, with the objections that had no answer on `day`."""
    earlier = Step.objects.filter(matter=step.matter_id, number__lte=step.number, publication__isnull=False)
    published = earlier.select_related("publication__organization").order_by("-number").first()
    if published is None or published.publication is None:
        return None
    waiting = Q(answered_at=None) | Q(answered_at__date__gt=day)
    objections = ResidentObjection.objects.filter(waiting, step=published, received_at__date__lte=day)
    return Posted(hanging_since(published.publication), objections.count())


def _not_taken(rule: StepRule) -> NotReady:
    return NotReady(
        "step.not_taken",
        f"这个流程要有“{rule.title.zh}”，当时没有办。",
        f"The procedure demands “{rule.title.en}”, which was not done.",
        basis=rule.basis.zh,
        basis_en=rule.basis.en,
    )
