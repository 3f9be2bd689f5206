"""Villages by what their books say they took in over a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import build_village
from cunwu.books import actions as books
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.books.income import income_of
from cunwu.law.periods import Period
from cunwu.org.models import Organization
from cunwu.oversight.income_bands import cut, income_bands, lines_of

if TYPE_CHECKING:
    from conftest import Village

Counting = Callable[..., Any]
SEPTEMBER = Period("month", 2026, 9)


def take_in(village: Village, fen: int, now: datetime, account: str = "501") -> None:
    """Money of September on an account of income."""
    lines = (PostingEntry("102", "收承包费", debit=fen), PostingEntry(account, "收承包费", credit=fen))
    books.enter_voucher(village.wang, village.collective, VoucherEntry(date(2026, 9, 3), lines), now=now)


@pytest.fixture
def villages(village: Village, now: datetime) -> list[Village]:
    """云溪村 and two others, each with its books open."""
    every = [village, build_village(now, "石桥村", village.town), build_village(now, "北塘村", village.town)]
    for each in every:
        books.open_books(each.wang, each.collective, SEPTEMBER, {}, now=now)
    return every


def test_income_is_what_the_books_have_on_its_accounts(villages: list[Village], now: datetime) -> None:
    first, second, _ = villages
    take_in(first, 4_999_999, now)
    take_in(second, 6_000_000, now)
    take_in(second, 4_000_000, now, "503")
    lines = (PostingEntry("521", "付电费", debit=700), PostingEntry("102", "付电费", credit=700))
    books.enter_voucher(first.wang, first.collective, VoucherEntry(date(2026, 9, 4), lines), now=now)
    found = income_of(Organization.objects.all(), 2026)
    assert found == {first.collective.pk: 4_999_999, second.collective.pk: 10_000_000}
    assert income_of(Organization.objects.all(), 2025) == {}
    low, middle, high = income_bands(Organization.objects.order_by("id"), 2026, now.date())
    assert [len(band.villages) for band in (low, middle, high)] == [1, 0, 1]
    assert (low.title.zh, middle.title.zh, high.title.zh) == ("不到5万元", "5万元至不到10万元", "10万元以上")
    assert high.title.en == "100,000 yuan and more"
    assert high.total == 10_000_000
    assert lines_of(now.date()) == [5_000_000, 10_000_000]


@given(
    st.lists(st.integers(-(10**9), 10**9), max_size=30),
    st.lists(st.integers(1, 10**8), unique=True, max_size=4),
)
def test_every_village_is_in_one_band(incomes: list[int], lines: list[int]) -> None:
    bodies: Any = list(enumerate(incomes))
    bands = cut(bodies, sorted(lines))
    assert sorted(pair for band in bands for pair in band.villages) == sorted(bodies)
    assert len(bands) == len(lines) + 1


@pytest.mark.parametrize("many", [1, 3])
def test_it_costs_the_same_for_one_and_three(
    villages: list[Village], now: datetime, django_assert_num_queries: Counting, many: int
) -> None:
    for each in villages[:many]:
        take_in(each, 100, now)
    with django_assert_num_queries(2):
        assert (
            sum(len(band.villages) for band in income_bands(Organization.objects.all(), 2026, now.date()))
            == many
        )
