"""Working days of the mainland, from the State Council's yearly notices (`packs/cn/calendar/YEAR.yaml`).

A year that is not announced yet is provisional: weekends, and the public holidays that follow from the
Measures for Public Holidays (全国年节及纪念日放假办法) alone, without exchanged days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cunwu.errors import NotFound
from cunwu.law.entries import CiteData, Confidence, FaultAt
from cunwu.law.texts import Text


class DaysOff(BaseModel):
    """One holiday with the days off around it, both ends counted in."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: Text
    from_: date = Field(alias="from")
    to: date


class CalendarYear(BaseModel):
    """One year's file: days off, and the weekend days worked in exchange (调休)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: Text
    reviewed: date | None
    confidence: Confidence
    note: Text | None = None
    cite: CiteData
    provisional: bool
    off: list[DaysOff] = Field(min_length=1)
    work: list[date]

    def faults_within(self, year: int) -> Iterator[FaultAt]:
        """Days of another year, holidays that end before they begin, days both off and worked."""
        off = {day for holiday in self.off for day in _days(holiday)}
        for index, holiday in enumerate(self.off):
            for key, day in (("from", holiday.from_), ("to", holiday.to)):
                if day.year != year:
                    yield ("off", index, key), "outside_year", {"found": day, "known": year}
            if holiday.to < holiday.from_:
                yield ("off", index, "to"), "order", {"found": holiday.to, "known": holiday.from_}
        for index, day in enumerate(self.work):
            if day.year != year:
                yield ("work", index), "outside_year", {"found": day, "known": year}
            elif day.weekday() < 5:
                yield ("work", index), "weekday", {"found": day}
            elif day in off:
                yield ("work", index), "off_and_worked", {"found": day}


@dataclass(frozen=True)
class Calendar:
    """Which days are working days, for the years that are loaded."""

    years: Mapping[int, CalendarYear]
    _off: frozenset[date]
    _work: frozenset[date]

    @classmethod
    def of(cls, years: Mapping[int, CalendarYear]) -> Calendar:
        """The calendar of these years."""
        off = frozenset(day for year in years.values() for holiday in year.off for day in _days(holiday))
        work = frozenset(day for year in years.values() for day in year.work)
        return cls(dict(years), off, work)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`. Raises `NotFound` (law.calendar_year) for a year without data."""
        self._year(day)
        return day in self._work or (day.weekday() < 5 and day not in self._off)

    def is_provisional(self, day: date) -> bool:
        """Whether the State Council may still change `day`.

        It may if the year is not announced, and for the last days of a year whose next is not announced
        (the notice for 2019 exchanged days of December 2018).

        Raises `NotFound` (law.calendar_year) for a year without data.
        """
        if self._year(day).provisional:
            return True
        following = self.years.get(day.year + 1)
        return day.month == 12 and day.day >= 25 and (following is None or following.provisional)

    def kind_of(self, day: date) -> Literal["working", "exchanged", "weekend", "holiday"]:
        """Why `day` is or is not worked: "exchanged" is a weekend day worked for a holiday (调休上班)."""
        if self.is_working_day(day):
            return "exchanged" if day in self._work else "working"
        return "holiday" if day in self._off else "weekend"

    def _year(self, day: date) -> CalendarYear:
        year = self.years.get(day.year)
        if year is None:
            known = ", ".join(str(known) for known in sorted(self.years))
            raise NotFound(
                "law.calendar_year",
                f"没有 {day.year} 年的放假安排（已有：{known}），不能计算工作日；"
                f"请在 packs/cn/calendar/ 补上 {day.year}.yaml。",
                f"There is no calendar for {day.year} (there are: {known}), so working days cannot be counted; "
                f" add packs/cn/calendar/{day.year}.yaml.",
                year=day.year,
            )
        return year


def _days(holiday: DaysOff) -> list[date]:
    first, last = holiday.from_.toordinal(), holiday.to.toordinal()
    return [date.fromordinal(ordinal) for ordinal in range(first, last + 1)]
