"""What pages ask about matters: where each stands, who holds it, how long that may take; in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet

from cunwu.disclosure.models import Publication
from cunwu.law.deadlines import deadline
from cunwu.law.procedures import GuardRule, PowerRule, StepRule
from cunwu.org.authority import capabilities, reaches, rules
from cunwu.org.models import Appointment, Place
from cunwu.org.relations import conflicts
from cunwu.procedures.facts import CAME, hanging
from cunwu.procedures.models import AgendaItem, Matter, Meeting, Step
from cunwu.procedures.rules import power_of

InOffice = dict[str, list[Appointment]]
"""Who holds an office, by its name."""

PERSONAL_AREAS = frozenset({"aid", "party"})
"""Areas whose matters are about one person's need or membership: residents see that they run, never about whom."""


@dataclass(frozen=True)
class Standing:
    """A matter with its rule, the step that it stands at (None: ended), and who in office may take that step today."""

    matter: Matter
    power: PowerRule
    step: Step | None
    rule: StepRule | None
    holders: tuple[Appointment, ...]
    today: date
    hears_until: date | None = None
    """Of a time for objections that has begun: its last day."""

    @property
    def due_day(self) -> date | None:
        """The last day of the step's term; None where it has none."""
        return self.step.duty.due_day if self.step is not None and self.step.duty is not None else None

    @property
    def days_left(self) -> int | None:
        """Days until the term ends; negative once it is over."""
        return (self.due_day - self.today).days if self.due_day is not None else None

    @property
    def overdue(self) -> bool:
        """Whether the term is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def done(self) -> int:
        """How many steps are behind it."""
        return sum(each.state == Step.State.DONE for each in self.matter.steps.all())


def is_personal(power: PowerRule) -> bool:
    """Whether a matter under this power is about one person, so that no title, party or sum of it is published."""
    return power.area in PERSONAL_AREAS


def public_title(matter: Matter) -> tuple[str, str]:
    """What residents read as its title, Chinese and English: the power's name where the matter is about one person."""
    power = power_of(matter)
    return (power.title.zh, power.title.en) if is_personal(power) else (matter.title, matter.title)


def matters_of(place: Place) -> QuerySet[Matter]:
    """Every matter of the bodies of a place, the newest first."""
    return Matter.objects.filter(organization__place=place).order_by("-opened_at", "-id")


def standings(matters: QuerySet[Matter] | Sequence[Matter], today: date) -> list[Standing]:
    """Where each of `matters` stands. Six queries however many there are (those of the page, not of the village), and one
    more where a time for objections runs."""
    found = with_steps(matters)
    offices = {office for matter in found for office in _offices(matter)}
    places = {matter.organization.place.path for matter in found}
    in_office = _in_office(offices, places, today)
    aside = _standing_aside(found, in_office, today)
    hears = _hears_until(found)
    return [_standing(matter, in_office, aside, hears, today) for matter in found]


def with_steps(matters: QuerySet[Matter] | Sequence[Matter]) -> list[Matter]:
    """`matters` with all that their pages show of them fetched along."""
    keys = [matter.pk for matter in matters]
    steps = Step.objects.select_related("duty", "done_by__person", "publication__organization").order_by(
        "number"
    )
    found = (
        Matter.objects.filter(pk__in=keys)
        .select_related("organization__place")
        .prefetch_related(Prefetch("steps", queryset=steps), "parties")
    )
    by_key = {matter.pk: matter for matter in found}
    for matter in by_key.values():
        for step in matter.steps.all():
            step.matter = matter
    return [by_key[key] for key in keys]


@dataclass(frozen=True)
class Sitting:
    """A meeting that was called for a step: how many should have come and came, and the item with its votes."""

    meeting: Meeting
    item: AgendaItem
    expected: int
    present: int


def sittings(matters: Iterable[Matter]) -> dict[int, list[Sitting]]:
    """The meetings called for the steps of `matters`, by the step's key, the earliest first. One query."""
    voting = Q(meeting__attendance__votes=True)
    items = (
        AgendaItem.objects.filter(step__matter__in=[matter.pk for matter in matters])
        .select_related("meeting")
        .annotate(
            expected=Count("meeting__attendance", filter=voting),
            present=Count("meeting__attendance", filter=voting & Q(meeting__attendance__mark__in=CAME)),
        )
    )
    found: dict[int, list[Sitting]] = defaultdict(list)
    for item in items.order_by("meeting__held_on", "meeting__called_at", "id"):
        if item.step_id is not None:
            found[item.step_id].append(Sitting(item.meeting, item, item.expected, item.present))
    return found


def _standing(
    matter: Matter,
    in_office: InOffice,
    aside: set[tuple[int, str]],
    hears: dict[int, date],
    today: date,
) -> Standing:
    power, step = power_of(matter), _open_step(matter)
    if step is None:
        return Standing(matter, power, None, None, (), today)
    rule = power.step(step.name)
    holders = _holders(matter, rule, in_office, aside, today)
    return Standing(matter, power, step, rule, holders, today, hears.get(matter.pk))


def _hears_until(matters: Iterable[Matter]) -> dict[int, date]:
    """The last day of each time for objections that runs, by the matter's key: from the day on which what was published
    last hung on every board."""
    about: dict[int, tuple[Publication, GuardRule]] = {}
    for matter in matters:
        step = _open_step(matter)
        if step is None or step.kind != "objection":
            continue
        before = [each for each in matter.steps.all() if each.number < step.number and each.publication]
        timed = [guard for guard in power_of(matter).step(step.name).guards if guard.days is not None]
        if before and before[-1].publication is not None and timed:
            about[matter.pk] = (before[-1].publication, timed[0])
    since = hanging([published for published, _ in about.values()]) if about else {}
    return {
        key: deadline(since[published.pk], guard.days.term, rules().calendar).day
        for key, (published, guard) in about.items()
        if published.pk in since and guard.days is not None
    }


def _open_step(matter: Matter) -> Step | None:
    return next((step for step in matter.steps.all() if step.state == Step.State.OPEN), None)


def _offices(matter: Matter) -> Collection[str]:
    step = _open_step(matter)
    return power_of(matter).step(step.name).by if step is not None else ()


def _holders(
    matter: Matter, rule: StepRule, in_office: InOffice, aside: set[tuple[int, str]], today: date
) -> tuple[Appointment, ...]:
    """Who may take the step: in one of its offices, which carries the right and reaches the matter's organization, and
    not barred by what they did before nor by a relation to a party."""
    barred = {
        step.done_by.person_id
        for guard in rule.guards
        if guard.kind == "separation"
        for step in matter.steps.all()
        if step.name in guard.others and step.done_by is not None
    }
    if any(guard.kind == "recusal" for guard in rule.guards):
        parties = matter.parties.all()
        names = {party.name.strip() for party in parties}
        barred |= {party.person_id for party in parties if party.person_id is not None}
        barred |= {person for person, name in aside if name in names}
    return tuple(
        each
        for office in rule.by
        for each in in_office[office]
        if each.person_id not in barred
        and reaches(each, matter.organization)
        and "matters.act" in capabilities(each, today)
    )


def _standing_aside(matters: Sequence[Matter], in_office: InOffice, today: date) -> set[tuple[int, str]]:
    """Which of those in office declared a relation to which party of which of the matters; one query."""
    parties = {party.name for matter in matters for party in matter.parties.all()}
    people = {each.person_id for held in in_office.values() for each in held}
    return conflicts(people, parties, today)


def _in_office(offices: Iterable[str], paths: Iterable[str], today: date) -> InOffice:
    """The holders of `offices` at the places of `paths` and above them; one query."""
    above = {path[:end] for path in paths for end in range(3, len(path) + 1, 3)}
    held = Appointment.objects.filter(
        Q(until_day=None) | Q(until_day__gt=today),
        from_day__lte=today,
        office__in=set(offices),
        organization__place__path__in=above,
    )
    found: dict[str, list[Appointment]] = defaultdict(list)
    for each in held.select_related("person", "organization__place").order_by("id"):
        found[each.office].append(each)
    return found
