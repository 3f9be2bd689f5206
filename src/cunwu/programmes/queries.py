"""Reading programmes: how far each village is, by what is cleared, and who answers for it. Nothing here was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from cunwu.assets.models import Asset, Let, Receipt
from cunwu.assets.queries import runs_on
from cunwu.org.models import Organization, Place
from cunwu.oversight.indicators import Indicators, indicators, together
from cunwu.procedures.models import Step
from cunwu.programmes.models import CaseItem, Charge, Participation, Programme, RedCard

_VOTED = Exists(Step.objects.filter(matter=OuterRef("matter"), kind="vote", state=Step.State.DONE))
STANDINGS: Mapping[str, Q] = {
    "found": Q(outcome="", plan=""),
    "planned": ~Q(plan="") & Q(outcome="", voted=False),
    "decided": ~Q(plan="") & Q(outcome="", voted=True),
    "settled": ~Q(outcome=""),
}
"""Where an item stands; of items as `items_of` gives them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Items of one kind of one village, or of several together."""

    found: int = 0
    planned: int = 0
    decided: int = 0
    settled: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.found + self.planned + self.decided + self.settled

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.found + other.found,
            self.planned + other.planned,
            self.decided + other.decided,
            self.settled + other.settled,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a village, or several together, have come: items by what is cleared, and what the ledgers say.

    `collected` is fen received since the programme began; `idle_before` counts what was idle on its first day.
    """

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    ledgers: Indicators = field(default_factory=Indicators)
    collected: int = 0
    idle_before: int = 0

    @property
    def items(self) -> Tally:
        """Items of every kind."""
        return sum(self.tallies.values(), Tally())


def items_of(participations: QuerySet[Participation] | Iterable[Participation]) -> QuerySet[CaseItem]:
    """The items of the files of these villages, each with `voted`."""
    found = CaseItem.objects.filter(file__participation__in=participations)
    return found.annotate(voted=_VOTED)


def standing_of(item: CaseItem) -> str:
    """Where an item, as `items_of` gives it, stands: a key of `STANDINGS`."""
    if item.outcome:
        return "settled"
    if not item.plan:
        return "found"
    return "decided" if getattr(item, "voted", False) else "planned"


def progress(programme: Programme, participations: QuerySet[Participation], on: date) -> dict[int, Progress]:
    """How far each of `participations` (its key) has come on `on`; eight queries, whatever their number."""
    bodies = dict(participations.order_by().values_list("pk", "organization"))
    organizations = Organization.objects.filter(pk__in=bodies.values())
    tallies = _tallies(participations)
    ledgers = indicators(organizations, on)
    collected = _collected(organizations, programme.began_day)
    idle = _idle(organizations, programme.began_day)
    return {
        key: Progress(
            tallies.get(key, {}),
            ledgers.get(body, Indicators()),
            collected.get(body, 0),
            idle.get(body, 0),
        )
        for key, body in bodies.items()
    }


def in_all(several: Iterable[Progress]) -> Progress:
    """The progress of several as one."""
    every = list(several)
    kinds = dict.fromkeys(kind for one in every for kind in one.tallies)
    return Progress(
        {kind: sum((one.tallies.get(kind, Tally()) for one in every), Tally()) for kind in kinds},
        together(one.ledgers for one in every),
        sum(one.collected for one in every),
        sum(one.idle_before for one in every),
    )


def chain(programme: Programme, place: Place, today: date) -> dict[str, Charge]:
    """Who answers for `place` on `today`, by level: of each level the nearest place above that has somebody in office. One
    query."""
    in_office = Q(appointment__until_day=None) | Q(appointment__until_day__gt=today)
    held = Charge.objects.filter(
        in_office, programme=programme, until_day=None, place__path__in=place.paths_to_root()
    ).select_related("appointment__person", "appointment__organization", "place")
    return {charge.level: charge for charge in held.order_by("place__path")}


def cards_of(programme: Programme, today: date) -> QuerySet[RedCard]:
    """Cards that are open or stand; those withdrawn or lapsed are no longer listed."""
    listed = Q(verdict="") | Q(verdict=RedCard.Verdict.UPHELD, stands_until__gte=today)
    cards = RedCard.objects.filter(listed, charge__programme=programme)
    return cards.select_related("charge__appointment__person", "charge__place").order_by("-issued_day", "-pk")


def _tallies(participations: QuerySet[Participation]) -> dict[int, dict[str, Tally]]:
    rows = items_of(participations.order_by()).order_by().values("file__participation", "clears")
    counted = rows.annotate(**{name: Count("pk", filter=where) for name, where in _COUNTED.items()})
    found: dict[int, dict[str, Tally]] = {}
    for key, clears, *counts in counted.values_list("file__participation", "clears", *_COUNTED):
        found.setdefault(key, {})[clears] = Tally(*counts)
    return found


_COUNTED = {f"n_{name}": where for name, where in STANDINGS.items()}


def _collected(organizations: QuerySet[Organization], since: date) -> dict[int, int]:
    received = Receipt.objects.filter(receivable__organization__in=organizations, day__gte=since)
    sums = received.order_by().values("receivable__organization").annotate(sum=Sum("amount"))
    return dict(sums.values_list("receivable__organization", "sum"))


def _idle(organizations: QuerySet[Organization], on: date) -> dict[int, int]:
    let = Let.objects.filter(runs_on(on, "contract__"), asset=OuterRef("pk"))
    held = Asset.objects.filter(Q(until_day=None) | Q(until_day__gt=on), organization__in=organizations)
    idle = held.annotate(let=Exists(let)).filter(let=False, self_used=False)
    return dict(
        idle.order_by().values("organization").annotate(n=Count("pk")).values_list("organization", "n")
    )
