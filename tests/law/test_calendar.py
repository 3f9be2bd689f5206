"""Working days as the State Council announced them, and what the packs do not know."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from cunwu.errors import NotFound
from cunwu.law.packs import load

CALENDAR = load(["cn"], Path(__file__).parents[2] / "packs").calendar

EXCHANGED = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
    2027: "",
}
OFF_ON_WEEKDAYS = {
    2024: "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 "
    "10-03 10-04 10-07",
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 "
    "10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 "
    "10-05 10-06 10-07",
    2027: "01-01 02-05 02-08 04-05 06-09 09-15 10-01",
}


def days_of(year):
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def written(year, text):
    return [date.fromisoformat(f"{year}-{day}") for day in text.split()]


@pytest.mark.parametrize("year", sorted(EXCHANGED))
def test_every_weekend_day_that_is_worked(year):
    worked = [day for day in days_of(year) if CALENDAR.is_working_day(day) and day.weekday() >= 5]
    assert worked == written(year, EXCHANGED[year])
    assert all(CALENDAR.kind_of(day) == "exchanged" for day in worked)


@pytest.mark.parametrize("year", sorted(OFF_ON_WEEKDAYS))
def test_every_weekday_that_is_off(year):
    off = [day for day in days_of(year) if not CALENDAR.is_working_day(day) and day.weekday() < 5]
    assert off == written(year, OFF_ON_WEEKDAYS[year])
    assert all(CALENDAR.kind_of(day) == "holiday" for day in off)


def test_plain_days_and_weekends():
    assert CALENDAR.kind_of(date(2026, 11, 20)) == "working"
    assert CALENDAR.kind_of(date(2026, 11, 21)) == "weekend"


@pytest.mark.parametrize("year", sorted(EXCHANGED))
def test_thirteen_days_off_in_law_or_more_with_exchanges(year):
    """Exchanging days moves them: the weekdays off less the weekend days worked, plus holidays on weekends."""
    statutory = {2024: 11, 2025: 13, 2026: 13, 2027: 13}[year]
    balance = len(written(year, OFF_ON_WEEKDAYS[year])) - len(written(year, EXCHANGED[year]))
    on_weekends = {2024: 0, 2025: 0, 2026: 0, 2027: 6}[year]
    assert balance + on_weekends == statutory


def test_only_the_year_not_announced_is_provisional():
    assert not CALENDAR.is_provisional(date(2025, 12, 31))
    assert not CALENDAR.is_provisional(date(2026, 12, 24))
    assert CALENDAR.is_provisional(date(2026, 12, 25))
    assert CALENDAR.is_provisional(date(2027, 6, 1))


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2028, 1, 1)])
def test_a_year_without_data_is_refused_with_the_remedy(day):
    with pytest.raises(NotFound) as refused:
        CALENDAR.is_working_day(day)
    assert refused.value.code == "law.calendar_year"
    assert f"{day.year}.yaml" in refused.value.zh
    assert f"{day.year}.yaml" in refused.value.en
