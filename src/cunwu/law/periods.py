"""Months, quarters, half-years and years as villages account for them: "2026-09", "2026Q3", "2026H1", "2026"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from cunwu.errors import Invalid

PeriodKind = Literal["month", "quarter", "half", "year"]

_FORM = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})|Q(?P<quarter>\d)|H(?P<half>\d))?", re.ASCII)
_MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month (number 1 to 12), a quarter (1 to 4), a half-year (1 or 2) or a year (1), in the Gregorian calendar.

    Periods of one kind sort by time.
    """

    kind: PeriodKind
    year: int
    number: int = 1

    def __post_init__(self) -> None:
        most = 12 // _MONTHS[self.kind]
        if not (1 <= self.year <= 9998 and 1 <= self.number <= most):
            raise Invalid(
                "law.period",
                f"没有 {self.year} 年第 {self.number} 期这样的期间；月份写 1 到 12，季度写 1 到 4，半年写 1 或 2。",
                f"There is no {self.kind} {self.number} of {self.year}; months run 1 to 12, quarters 1 to 4, halves 1 to 2.",
            )

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "2026-09", "2026Q3", "2026H1" or "2026". Raises `Invalid` (law.period) for anything else."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise Invalid(
                "law.period",
                f"“{text}”不是期间；请写成 2026-09（月）、2026Q3（季）、2026H1（半年）或 2026（年）。",
                f"“{text}” is not a period; write 2026-09 (month), 2026Q3 (quarter), 2026H1 (half-year) or 2026 (year).",
            )
        year = int(match["year"])
        if match["month"]:
            return cls("month", year, int(match["month"]))
        if match["quarter"]:
            return cls("quarter", year, int(match["quarter"]))
        if match["half"]:
            return cls("half", year, int(match["half"]))
        return cls("year", year)

    @classmethod
    def month(cls, day: date) -> Period:
        """The month in which `day` lies."""
        return cls("month", day.year, day.month)

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> Period:
        """The period of `kind` in which `day` lies."""
        return cls(kind, day.year, (day.month - 1) // _MONTHS[kind] + 1)

    def __str__(self) -> str:
        if self.kind == "month":
            return f"{self.year:04}-{self.number:02}"
        mark = {"quarter": f"Q{self.number}", "half": f"H{self.number}", "year": ""}[self.kind]
        return f"{self.year:04}{mark}"

    @property
    def zh(self) -> str:
        """2026年9月, 2026年第3季度, 2026年上半年, 2026年."""
        if self.kind == "month":
            return f"{self.year}年{self.number}月"
        if self.kind == "half":
            return f"{self.year}年{'上下'[self.number - 1]}半年"
        return f"{self.year}年第{self.number}季度" if self.kind == "quarter" else f"{self.year}年"

    @property
    def en(self) -> str:
        """September 2026, third quarter of 2026, first half of 2026, 2026."""
        if self.kind == "month":
            return f"{_NAMES[self.number - 1]} {self.year}"
        if self.kind == "quarter":
            return f"{('first', 'second', 'third', 'fourth')[self.number - 1]} quarter of {self.year}"
        if self.kind == "half":
            return f"{('first', 'second')[self.number - 1]} half of {self.year}"
        return str(self.year)

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return date(self.year, (self.number - 1) * _MONTHS[self.kind] + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day of the period, counted in."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> Period:
        """The period after this one."""
        return self.shifted(1)

    @property
    def previous(self) -> Period:
        """The period before this one."""
        return self.shifted(-1)

    @property
    def same_last_year(self) -> Period:
        """The same month, quarter, half-year or year, one year earlier."""
        return Period(self.kind, self.year - 1, self.number)

    def shifted(self, count: int) -> Period:
        """The period `count` after this one (before it, if negative)."""
        each_year = 12 // _MONTHS[self.kind]
        year, number = divmod(self.year * each_year + self.number - 1 + count, each_year)
        return Period(self.kind, year, number + 1)

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def periods_between(first: Period, last: Period) -> Iterator[Period]:
    """Every period from `first` to `last`, both counted in; nothing if `last` is earlier.

    Raises `Invalid` (law.period) if they are not of one kind.
    """
    if first.kind != last.kind:
        raise Invalid(
            "law.period",
            f"{first.zh}和{last.zh}不是同一种期间，不能连着数。",
            f"{first.en} and {last.en} are not of one kind and cannot be counted together.",
        )
    while first <= last:
        yield first
        first = first.next
