"""A few figures of the ledgers: rate in order, collected against last year, arrears by age, idle; each from the record."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.conftest import lease
from conftest import build_village
from cunwu.assets import actions as ledgers
from cunwu.assets import receivables
from cunwu.assets.ageing import BANDS, Aged, ageing, in_all
from cunwu.assets.entries import DebtEntry
from cunwu.assets.models import MU, Asset
from cunwu.org.models import Organization
from cunwu.oversight import actions
from cunwu.oversight.indicators import Indicators, indicators, together
from cunwu.oversight.models import Finding

if TYPE_CHECKING:
    from conftest import Village

TODAY = date(2026, 10, 8)


def owe(village: Village, now: datetime, amount: int, due: date) -> None:
    """A debt to the village's collective."""
    entry = DebtEntry("马国良", "承包费", amount, due)
    receivables.register_receivables(village.clerk, village.collective, [entry], now=now)


def test_every_debt_is_in_one_band_by_whole_years(village: Village, now: datetime) -> None:
    days = [
        (TODAY, 0), (TODAY - timedelta(days=1), 1), (TODAY - timedelta(days=90), 1), (TODAY - timedelta(days=91), 2),
        (date(2025, 10, 8), 2), (date(2025, 10, 7), 3), (date(2024, 10, 8), 3), (date(2024, 10, 7), 4),
        (date(2023, 10, 8), 4), (date(2023, 10, 7), 5), (date(2001, 1, 1), 5),
    ]  # fmt: skip
    expected = [0] * len(BANDS)
    for number, (due, band) in enumerate(days):
        owe(village, now, 10**number, due)
        expected[band] += 10**number
    reach = Organization.objects.filter(pk=village.collective.pk)
    assert ageing(reach, TODAY) == {village.collective.pk: Aged(tuple(expected))}


@given(st.lists(st.lists(st.integers(0, 10**12), min_size=len(BANDS), max_size=len(BANDS)), max_size=5))
def test_sums_of_several_are_the_sums(several: list[list[int]]) -> None:
    whole = in_all(Aged(tuple(bands)) for bands in several)
    assert whole.total == sum(map(sum, several))
    assert whole.overdue == sum(sum(bands[1:]) for bands in several)


def test_contracts_in_order_collected_and_idle(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    sound = {
        "breach_terms": True,
        "increase_terms": True,
        "decision_day": date(2022, 2, 1),
        "in_favour": 30,
        "entitled": 36,
    }
    oral = lease("2", lets=(), written=False)
    ledgers.register_contracts(village.clerk, village.collective, [lease(**sound), oral], now=now)
    actions.ask(village.chen, village.township, now=now)
    Finding.objects.exclude(rule="oral_contract").update(
        verdict="dismissed", reason="已核", reviewed_by=village.chen, reviewed_at=now
    )
    for amount, day in ((60_000, date(2025, 5, 1)), (103_200, date(2026, 5, 1)), (1, date(2025, 12, 1))):
        owe(village, now, amount, day)
        debt = village.collective.receivables.latest("pk")
        receivables.receive(village.wang, debt, amount, day, now=now)
    reach = Organization.objects.filter(pk=village.collective.pk)
    found = indicators(reach, TODAY)[village.collective.pk]
    assert (found.contracts, found.in_order, found.per_mille) == (2, 1, 500)
    assert (found.collected, found.collected_before, found.growth) == (103_200, 60_000, 72)
    assert (found.assets, found.idle, found.idle_area) == (3, 2, 30 * MU)


def test_villages_together_and_nothing_at_all(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    other = build_village(now, "石桥村", village.town)
    owe(other, now, 500, date(2026, 1, 1))
    found = indicators(Organization.objects.all(), TODAY)
    whole = together(found.values())
    assert (whole.assets, whole.aged.total, whole.per_mille, whole.growth) == (3, 500, None, None)
    assert together([]) == Indicators()


@pytest.mark.parametrize("villages", [1, 3])
def test_it_costs_the_same_for_one_village_and_three(
    village: Village, now: datetime, django_assert_num_queries: object, villages: int
) -> None:
    for number in range(villages):
        one = village if number == 0 else build_village(now, f"第{number}村", village.town)
        owe(one, now, 500, date(2026, 1, 1))
    with django_assert_num_queries(5):  # type: ignore[operator]
        assert len(indicators(Organization.objects.all(), TODAY)) == villages
