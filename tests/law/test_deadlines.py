"""Deadlines against a naive stepper, and the cases of the Civil Code, articles 201 to 203."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.law.deadlines import (
    PROVISIONAL,
    ROLLING_UNKNOWN,
    DueRule,
    Rule,
    day_begins_at,
    day_ends_at,
    deadline,
    due_day,
    local_day,
)
from cunwu.law.periods import Period

ONE = timedelta(days=1)


class Invented:
    """A calendar in which any set of days may be off, and everything from a day on is provisional."""

    def __init__(self, off: set[date], provisional_from: date):
        self.off = off
        self.provisional_from = provisional_from

    def is_working_day(self, day: date) -> bool:
        return day not in self.off

    def is_provisional(self, day: date) -> bool:
        return day >= self.provisional_from


starts = st.dates(date(2023, 1, 1), date(2027, 12, 31))
calendars = st.builds(
    lambda start, off, after: Invented({start + ONE * n for n in off}, start + ONE * after),
    starts,
    st.sets(st.integers(0, 120), max_size=60),
    st.integers(0, 150),
)


def stepped(start, rule, calendar):
    """The same rule, one day at a time: the day, whether a provisional day was looked at."""
    looked = []
    count, day = 0, start - ONE
    while count < rule.days:
        day += ONE
        if day == start and not rule.first_day_counted:
            continue
        if rule.counting == "working":
            looked.append(day)
        if rule.counting == "calendar" or calendar.is_working_day(day):
            count += 1
    if rule.counting == "calendar" and rule.rolls == "yes":
        looked.append(day)
        while not calendar.is_working_day(day):
            day += ONE
            looked.append(day)
    return day, any(calendar.is_provisional(seen) for seen in looked)


@given(
    starts,
    st.builds(
        Rule,
        days=st.integers(1, 45),
        counting=st.sampled_from(["calendar", "working"]),
        first_day_counted=st.booleans(),
        rolls=st.sampled_from(["yes", "no", "unknown"]),
    ),
    calendars,
)
def test_days_agree_with_the_stepper(start, rule, calendar):
    found = deadline(start, rule, calendar)
    assert (found.day, found.provisional) == stepped(start, rule, calendar)


@given(starts, st.integers(1, 36), st.booleans())
def test_months_agree_with_the_stepper(start, months, first_day_counted):
    found = deadline(
        start, Rule(months=months, first_day_counted=first_day_counted, rolls="no"), Invented(set(), date.max)
    ).day
    month, day = Period.month(start).shifted(months), start
    while Period.month(day) != month:
        day += ONE
    while day.day < start.day and Period.month(day + ONE) == month:
        day += ONE
    corresponds = day.day == start.day
    assert found == (day - ONE if first_day_counted and corresponds else day)


def test_the_first_day_is_counted_or_not():
    none_off = Invented(set(), date.max)
    assert deadline(date(2026, 10, 1), Rule(days=15, rolls="no"), none_off).day == date(2026, 10, 16)
    assert deadline(
        date(2026, 10, 1), Rule(days=15, first_day_counted=True, rolls="no"), none_off
    ).day == date(2026, 10, 15)


def test_a_month_without_the_corresponding_day_ends_on_its_last():
    none_off = Invented(set(), date.max)
    assert deadline(date(2026, 1, 31), Rule(months=1, rolls="no"), none_off).day == date(2026, 2, 28)
    assert deadline(date(2024, 1, 31), Rule(months=1, rolls="no"), none_off).day == date(2024, 2, 29)


def test_a_rolled_deadline_says_from_where():
    off = Invented({date(2026, 10, 3), date(2026, 10, 4)}, date.max)
    found = deadline(date(2026, 9, 28), Rule(days=5, rolls="yes"), off)
    assert (found.day, found.rolled_from, found.remarks) == (date(2026, 10, 5), date(2026, 10, 3), [])


def test_unknown_rolling_does_not_roll_and_says_so():
    found = deadline(date(2026, 9, 28), Rule(days=5), Invented({date(2026, 10, 3)}, date.max))
    assert (found.day, found.remarks) == (date(2026, 10, 3), [ROLLING_UNKNOWN])


def test_a_provisional_deadline_says_so():
    found = deadline(date(2026, 12, 28), Rule(days=5, counting="working"), Invented(set(), date(2027, 1, 1)))
    assert (found.provisional, found.remarks) == (True, [PROVISIONAL])


def test_a_day_ends_at_midnight_in_shanghai():
    assert day_ends_at(date(2026, 10, 31)) == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert day_begins_at(date(2026, 10, 31)) == datetime(2026, 10, 30, 16, tzinfo=UTC)
    found = deadline(date(2026, 10, 1), Rule(days=1), Invented(set(), date.max))
    assert found.ends_at == datetime(2026, 10, 2, 16, tzinfo=UTC)


@given(starts, st.times())
def test_an_instant_lies_in_its_local_day(day, at):
    now = datetime.combine(day, at, UTC)
    assert day_begins_at(local_day(now)) <= now < day_ends_at(local_day(now))


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime.combine(date(2026, 1, 1), time.min))


@pytest.mark.parametrize(
    ("period", "rule", "day"),
    [
        ("2026-09", DueRule(1, "last"), date(2026, 10, 31)),
        ("2025-12", DueRule(1, "last"), date(2026, 1, 31)),
        ("2026-01", DueRule(1, "last"), date(2026, 2, 28)),
        ("2026-09", DueRule(0, "last"), date(2026, 9, 30)),
        ("2026-09", DueRule(1, 10), date(2026, 10, 10)),
        ("2026Q3", DueRule(1, 20), date(2026, 10, 20)),
        ("2026Q4", DueRule(3, "last"), date(2027, 3, 31)),
        ("2026", DueRule(1, "last"), date(2027, 1, 31)),
    ],
)
def test_due_days_of_periods(period, rule, day):
    assert due_day(Period.parse(period), rule) == day


@pytest.mark.parametrize(
    "wrong", [{}, {"days": 0}, {"days": 5, "months": 1}, {"months": 0}, {"months": 1, "counting": "working"}]
)
def test_a_rule_that_counts_nothing_or_two_things_is_our_own_mistake(wrong):
    with pytest.raises(ValueError, match="count"):
        Rule(**wrong)
