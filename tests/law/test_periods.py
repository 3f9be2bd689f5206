"""Periods: written and read back, next and previous, counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.errors import Invalid
from cunwu.law.periods import Period, periods_between

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
kinds = st.sampled_from(["month", "quarter", "half", "year"])


@given(kinds, days)
def test_a_period_is_written_and_read_back(kind, day):
    period = Period.containing(kind, day)
    assert Period.parse(str(period)) == period
    assert day in period


@given(kinds, days)
def test_periods_follow_each_other_without_gap(kind, day):
    period = Period.containing(kind, day)
    assert period.next.first_day == period.last_day + timedelta(days=1)
    assert period.next.previous == period
    assert period.shifted(12).shifted(-12) == period
    assert period < period.next


@given(kinds, days)
def test_the_same_period_last_year(kind, day):
    period = Period.containing(kind, day)
    assert period.same_last_year == period.shifted(-{"month": 12, "quarter": 4, "half": 2, "year": 1}[kind])


def test_first_and_last_days():
    assert (Period.parse("2024-02").first_day, Period.parse("2024-02").last_day) == (
        date(2024, 2, 1),
        date(2024, 2, 29),
    )
    assert Period.parse("2026Q3").last_day == date(2026, 9, 30)
    assert (Period.parse("2026H1").first_day, Period.parse("2026H2").first_day) == (
        date(2026, 1, 1),
        date(2026, 7, 1),
    )
    assert Period.parse("2026H1").last_day == date(2026, 6, 30)
    assert Period.parse("2026").last_day == date(2026, 12, 31)


def test_periods_are_said_in_both_languages():
    assert (Period.parse("2026-09").zh, Period.parse("2026-09").en) == ("2026年9月", "September 2026")
    assert (Period.parse("2026Q3").zh, Period.parse("2026Q3").en) == (
        "2026年第3季度",
        "third quarter of 2026",
    )
    assert (Period.parse("2026H1").zh, Period.parse("2026H1").en) == ("2026年上半年", "first half of 2026")
    assert (Period.parse("2026H2").zh, Period.parse("2026H2").en) == ("2026年下半年", "second half of 2026")
    assert (Period.parse("2026").zh, Period.parse("2026").en) == ("2026年", "2026")


def test_periods_between_counts_both_ends():
    found = [str(p) for p in periods_between(Period.parse("2025-11"), Period.parse("2026-02"))]
    assert found == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert list(periods_between(Period.parse("2026-02"), Period.parse("2026-01"))) == []


def test_periods_of_two_kinds_are_not_counted_together():
    with pytest.raises(Invalid) as refused:
        list(periods_between(Period.parse("2026-02"), Period.parse("2026Q2")))
    assert refused.value.code == "law.period"


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-00", "2026Q5", "2026Q0", "2026H0", "2026H3", "26-09", "2026-9", "0000", "2026-０9"],
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(Invalid) as refused:
        Period.parse(text)
    assert refused.value.code == "law.period"
