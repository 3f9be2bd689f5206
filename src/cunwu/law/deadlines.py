"""From a day and a rule of law to the day by which something must be done. Pure; no clock is read.

Counting follows Civil Code (民法典) articles 201 to 204 in its choices: the first day counted or not, months
end on the corresponding day or the last of the month, a day ends at 24:00 in Asia/Shanghai. Whether a
last day that is a holiday moves on is said by each provision; where nobody knows, it does not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from cunwu.law.periods import Period
from cunwu.law.texts import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE = timedelta(days=1)

Counting = Literal["calendar", "working"]
Rolls = Literal["yes", "no", "unknown"]

ROLLING_UNKNOWN = Text(
    zh="条文没有写明最后一日遇节假日是否顺延，按不顺延计算。",
    en="The provision does not say whether a last day on a holiday moves on; it is counted as not moving.",
)
PROVISIONAL = Text(
    zh="国务院办公厅尚未公布有关年份的放假安排，此日期为暂定，公布后重新计算。",
    en="The State Council has not announced that year's holidays; the day is provisional.",
)


class WorkingDays(Protocol):
    """What a deadline asks of a calendar."""

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`."""
        ...

    def is_provisional(self, day: date) -> bool:
        """Whether that may still change."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """How a provision counts. Exactly one of `days` and `months` is given, and is 1 or more.

    Working days and `rolls` exclude each other in effect: a count of working days ends on one.
    """

    days: int | None = None
    months: int | None = None
    counting: Counting = "calendar"
    first_day_counted: bool = False
    rolls: Rolls = "unknown"

    def __post_init__(self) -> None:
        amount = self.days if self.months is None else self.months
        if amount is None or amount < 1 or (self.days is not None and self.months is not None):
            raise ValueError("a rule counts either days or months, 1 or more")
        if self.months is not None and self.counting == "working":
            raise ValueError("months are not counted in working days")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day, both while it is provisional and after.

    `rolled_from` is the day before it moved over holidays; `rolling_unknown`: the law leaves it open.
    """

    day: date
    provisional: bool = False
    rolled_from: date | None = None
    rolling_unknown: bool = False

    @property
    def ends_at(self) -> datetime:
        """The instant at which the day is over: 24:00 in Asia/Shanghai, as UTC."""
        return day_ends_at(self.day)

    @property
    def remarks(self) -> list[Text]:
        """What a page must say beside the day."""
        return [PROVISIONAL] * self.provisional + [ROLLING_UNKNOWN] * self.rolling_unknown


@dataclass(frozen=True, slots=True)
class DueRule:
    """By when a period's duty is due: on `day` of the month `months_after` months after the period's last.

    `months_after=1, day="last"` for September is 31 October; for the third quarter too.
    """

    months_after: int
    day: int | Literal["last"]


def deadline(start: date, rule: Rule, calendar: WorkingDays) -> Deadline:
    """The last day of a term that begins with an event on `start`.

    The calendar is asked only for working days and for rolling, so a plain count of calendar days never needs
    a year's data; where it is asked and the year is missing, its error passes through.
    """
    if rule.counting == "working" and rule.days is not None:
        return _count_working(start, rule.days, rule.first_day_counted, calendar)
    end = _plain_end(start, rule)
    if rule.rolls == "yes":
        return _roll(end, calendar)
    return Deadline(end, rolling_unknown=rule.rolls == "unknown")


def due_day(period: Period, rule: DueRule) -> date:
    """The last day on which `period`'s duty is done in time."""
    month = Period.month(period.last_day).shifted(rule.months_after)
    return month.last_day if rule.day == "last" else month.first_day.replace(day=rule.day)


def day_ends_at(day: date) -> datetime:
    """24:00 of `day` in Asia/Shanghai, as an aware UTC datetime."""
    return datetime.combine(day + _ONE, time.min, SHANGHAI).astimezone(UTC)


def day_begins_at(day: date) -> datetime:
    """00:00 of `day` in Asia/Shanghai, as an aware UTC datetime."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def local_day(now: datetime) -> date:
    """The day in Asia/Shanghai on which the aware instant `now` lies. Raises ValueError if `now` is naive."""
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    return now.astimezone(SHANGHAI).date()


def _plain_end(start: date, rule: Rule) -> date:
    if rule.days is not None:
        return start + timedelta(days=rule.days - int(rule.first_day_counted))
    month = Period.month(start).shifted(rule.months or 0)
    if start.day > month.last_day.day:
        return month.last_day
    end = month.first_day.replace(day=start.day)
    return end - _ONE if rule.first_day_counted else end


def _count_working(start: date, days: int, first_day_counted: bool, calendar: WorkingDays) -> Deadline:
    day = start if first_day_counted else start + _ONE
    provisional = False
    while True:
        provisional = provisional or calendar.is_provisional(day)
        if calendar.is_working_day(day):
            days -= 1
            if days == 0:
                return Deadline(day, provisional)
        day += _ONE


def _roll(end: date, calendar: WorkingDays) -> Deadline:
    day = end
    provisional = calendar.is_provisional(day)
    while not calendar.is_working_day(day):
        day += _ONE
        provisional = provisional or calendar.is_provisional(day)
    return Deadline(day, provisional, rolled_from=end if day != end else None)
