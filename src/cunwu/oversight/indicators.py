"""What the record says of a county's, town's or village's ledgers in a few figures: each read from the ledgers, none typed.

The rate of contracts in order, what was collected and how it compares with a year ago, arrears by age, what lies idle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from cunwu.assets.ageing import Aged, ageing, in_all
from cunwu.assets.models import Asset, Contract, Let, Receipt
from cunwu.assets.queries import runs_on
from cunwu.assets.schedules import add_months
from cunwu.org.models import Organization
from cunwu.oversight.models import Finding


@dataclass(frozen=True, slots=True)
class Indicators:
    """Of one organization or of several together. Money is fen; areas are millionths of a mu.

    A contract is in order where it runs or expired unattended and no question about it stands that was not dismissed.
    `collected` is what came in from the first of January until the day, `collected_before` in the same days a year ago.
    """

    contracts: int = 0
    in_order: int = 0
    collected: int = 0
    collected_before: int = 0
    assets: int = 0
    idle: int = 0
    idle_area: int = 0
    aged: Aged = field(default_factory=Aged)

    @property
    def per_mille(self) -> int | None:
        """Contracts in order of a thousand found (standardisation rate), rounded; None where none was found."""
        return (self.in_order * 2000 + self.contracts) // (2 * self.contracts) if self.contracts else None

    @property
    def growth(self) -> int | None:
        """By how many of a hundred more (or fewer) was collected than a year ago; None where nothing was collected then."""
        if not self.collected_before:
            return None
        more = (self.collected - self.collected_before) * 200 + self.collected_before
        return more // (2 * self.collected_before)


def indicators(organizations: QuerySet[Organization], on: date) -> dict[int, Indicators]:
    """The figures of each organization (its key) that has a ledger; five queries, whatever their number."""
    counted = _contracts(organizations, on)
    collected, before = _collected(organizations, on), _collected(organizations, add_months(on, -12))
    assets, aged = _assets(organizations, on), ageing(organizations, on)
    found = {}
    for key in sorted({*counted, *collected, *before, *assets, *aged}):
        contracts, in_order = counted.get(key, (0, 0))
        held, idle, idle_area = assets.get(key, (0, 0, 0))
        found[key] = Indicators(
            contracts,
            in_order,
            collected.get(key, 0),
            before.get(key, 0),
            held,
            idle,
            idle_area,
            aged.get(key, Aged()),
        )
    return found


def together(several: Iterable[Indicators]) -> Indicators:
    """The figures of several as one."""
    every = list(several)
    numbers = {
        each.name: sum(getattr(one, each.name) for one in every)
        for each in fields(Indicators)
        if each.name != "aged"
    }
    return Indicators(**numbers, aged=in_all(one.aged for one in every))


def _contracts(organizations: QuerySet[Organization], on: date) -> dict[int, tuple[int, int]]:
    asked = Finding.objects.filter(contract=OuterRef("pk"), gone_day=None).exclude(verdict="dismissed")
    found = Contract.objects.filter(organization__in=organizations, ended_day=None)
    found = found.filter(Q(from_day=None) | Q(from_day__lte=on)).annotate(asked=Exists(asked)).order_by()
    rows = found.values("organization").annotate(all=Count("pk"), sound=Count("pk", filter=Q(asked=False)))
    return {key: (every, sound) for key, every, sound in rows.values_list("organization", "all", "sound")}


def _collected(organizations: QuerySet[Organization], on: date) -> dict[int, int]:
    received = Receipt.objects.filter(
        receivable__organization__in=organizations, day__gte=date(on.year, 1, 1), day__lte=on
    )
    sums = received.order_by().values("receivable__organization").annotate(sum=Sum("amount"))
    return dict(sums.values_list("receivable__organization", "sum"))


def _assets(organizations: QuerySet[Organization], on: date) -> dict[int, tuple[int, int, int]]:
    let = Let.objects.filter(runs_on(on, "contract__"), asset=OuterRef("pk"))
    held = Asset.objects.filter(Q(until_day=None) | Q(until_day__gt=on), organization__in=organizations)
    idle = Q(let=False, self_used=False)
    rows = held.annotate(let=Exists(let)).order_by().values("organization")
    rows = rows.annotate(all=Count("pk"), idle=Count("pk", filter=idle), idle_area=Sum("area", filter=idle))
    found = rows.values_list("organization", "all", "idle", "idle_area")
    return {key: (every, unused, area or 0) for key, every, unused, area in found}
