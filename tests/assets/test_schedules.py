"""Periods of rent: disjoint, without a gap, due within themselves, and never after the end."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cunwu.assets.schedules import MONTHS, Span, Terms, add_months, spans

DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
FAR = date(2100, 1, 1)


@st.composite
def contracts(draw: st.DrawFn) -> tuple[list[Terms], date]:
    """One to three steps that follow each other, and the end of the contract."""
    begins = draw(DAYS)
    steps = []
    for _ in range(draw(st.integers(1, 3))):
        every = draw(st.sampled_from(sorted(MONTHS)))
        due_day = draw(st.none() | st.integers(1, 31))
        due_month = draw(st.integers(1, 12)) if due_day and every == "year" else None
        steps.append(Terms(begins, every, draw(st.integers(1, 10**9)), None, due_month, due_day))
        begins += timedelta(days=draw(st.integers(1, 1500)))
    return steps, begins


@given(contracts())
def test_spans_cover_the_term_once(drawn: tuple[list[Terms], date]) -> None:
    """From the first step to the end: no gap, no day twice, whatever the steps."""
    steps, end = drawn
    found = list(spans(steps, end, FAR))
    assert found[0].from_day == steps[0].from_day
    assert found[-1].until_day == end
    assert all(one.until_day == two.from_day for one, two in pairwise(found))
    assert all(span.amount is not None and 0 <= span.amount <= steps[span.step].amount for span in found)


@given(contracts(), DAYS)
def test_what_is_asked_for_by_a_day_is_what_falls_due_by_it(
    drawn: tuple[list[Terms], date], day: date
) -> None:
    """Asking later adds, and takes nothing away."""
    steps, end = drawn
    everything = list(spans(steps, end, FAR))
    assert list(spans(steps, end, day)) == [s for s in everything if s.due_day <= day]
    assert all(s.from_day <= s.due_day < (s.until_day or FAR) for s in everything)


def test_a_year_of_rent_in_march() -> None:
    """Agreed for 1 March each year, on a contract that began in April: due the next March."""
    steps = [Terms(date(2024, 4, 1), "year", 600_000, due_month=3, due_day=1)]
    found = list(spans(steps, date(2026, 10, 1), FAR))
    assert found == [
        Span(date(2024, 4, 1), date(2025, 4, 1), date(2025, 3, 1), 600_000, 0),
        Span(date(2025, 4, 1), date(2026, 4, 1), date(2026, 3, 1), 600_000, 0),
        Span(date(2026, 4, 1), date(2026, 10, 1), date(2026, 9, 30), 300_821, 0),
    ]


def test_the_thirty_first_is_the_last_of_the_month() -> None:
    """And a contract that began on 31 January goes on by ends of months."""
    steps = [Terms(date(2024, 1, 31), "month", 100, due_day=31)]
    found = list(spans(steps, date(2024, 5, 31), FAR))
    assert [s.due_day for s in found] == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
    ]
    assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)


def test_once_is_once() -> None:
    """A sum for the whole term, also without an end."""
    steps = [Terms(date(2020, 1, 1), "once", 5_000_000)]
    assert list(spans(steps, None, FAR)) == [Span(date(2020, 1, 1), None, date(2020, 1, 1), 5_000_000, 0)]
