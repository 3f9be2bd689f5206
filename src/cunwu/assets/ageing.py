"""How old the arrears are: what each organization is owed, by the time since it fell due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When

from cunwu.assets.models import Receivable
from cunwu.assets.queries import OWED
from cunwu.assets.schedules import add_months
from cunwu.law.texts import Text
from cunwu.org.models import Organization

BANDS = (
    Text(zh="未到期", en="not due yet"),
    Text(zh="逾期90天内", en="to 90 days"),
    Text(zh="91天至1年", en="91 days to 1 year"),
    Text(zh="1至2年", en="1 to 2 years"),
    Text(zh="2至3年", en="2 to 3 years"),
    Text(zh="3年以上", en="over 3 years"),
)
"""By the day on which it fell due; whole calendar years, as the limitation is counted."""


@dataclass(frozen=True, slots=True)
class Aged:
    """Fen owed in each of `BANDS`."""

    bands: tuple[int, ...] = (0,) * len(BANDS)

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.bands)

    @property
    def overdue(self) -> int:
        """What is past its day."""
        return sum(self.bands[1:])


def ageing(organizations: QuerySet[Organization] | Iterable[Organization], today: date) -> dict[int, Aged]:
    """What is owed to each organization (its key) by age; who is owed nothing is left out. One query over the open debts."""
    starts = _starts(today)
    band = Case(
        *(When(Q(due_day__gte=start), then=Value(number)) for number, start in enumerate(starts)),
        default=Value(len(starts)),
        output_field=IntegerField(),
    )
    open_debts = Receivable.objects.filter(
        organization__in=organizations, amount__gt=F("received") + F("written_off")
    )
    found: dict[int, list[int]] = {}
    sums = open_debts.order_by().annotate(band=band).values("organization", "band").annotate(left=Sum(OWED))
    for organization, number, left in sums.values_list("organization", "band", "left"):
        found.setdefault(organization, [0] * len(BANDS))[number] = left
    return {organization: Aged(tuple(bands)) for organization, bands in found.items()}


def band_of(due_day: date, today: date) -> int:
    """Which of `BANDS` something that fell due on `due_day` is in."""
    starts = _starts(today)
    return next((number for number, start in enumerate(starts) if due_day >= start), len(starts))


def in_all(aged: Iterable[Aged]) -> Aged:
    """The sums of several."""
    bands = [0] * len(BANDS)
    for each in aged:
        bands = [sum(pair) for pair in zip(bands, each.bands, strict=True)]
    return Aged(tuple(bands))


def _starts(today: date) -> tuple[date, ...]:
    """The first day of each band but the last: what fell due on it or later is in the band."""
    return (today, today - timedelta(days=90), *(add_months(today, -12 * years) for years in (1, 2, 3)))
