"""Which periods of a contract rent is owed for, and by when each falls due. Pure: no rows, no clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
LAST_DAY = 31
"""A due day that means the last of the month."""


@dataclass(frozen=True)
class Terms:
    """One rent step: from a day, how often, how much (fen each time; None: in kind), and the day of the year or month."""

    from_day: date
    every: str
    amount: int | None
    until_day: date | None = None
    due_month: int | None = None
    due_day: int | None = None


@dataclass(frozen=True)
class Span:
    """What is paid for at once: half-open days, the day it falls due, fen (None: in kind), and the step it comes from."""

    from_day: date
    until_day: date | None
    due_day: date
    amount: int | None
    step: int


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def spans(steps: Sequence[Terms], end: date | None, last_due: date, since: date = date.min) -> Iterator[Span]:
    """The spans that fall due from `since` to `last_due`, in order; `end` is the first day on which the contract no longer
    runs.

    Spans never overlap and leave no day between the first step and the end uncovered. A step holds until its own end, the
    next step or the end of the contract. A span that is cut short is owed in proportion to its days, parts of a fen dropped.
    """
    ordered = sorted(enumerate(steps), key=lambda pair: pair[1].from_day)
    for position, (number, step) in enumerate(ordered):
        limits = [step.until_day, end]
        if position + 1 < len(ordered):
            limits.append(ordered[position + 1][1].from_day)
        until = min((day for day in limits if day is not None), default=None)
        for span in _of_step(step, number, until, since):
            # a span is due within itself, so that no later one of the step can fall due before it begins
            if span.from_day > last_due:
                break
            if since <= span.due_day <= last_due:
                yield span


def _of_step(step: Terms, number: int, until: date | None, since: date) -> Iterator[Span]:
    if until is not None and until <= step.from_day:
        return
    if step.every == "once":
        yield Span(step.from_day, until, _due(step, step.from_day, until), step.amount, number)
        return
    # a span is due within itself: those that end before `since` are passed over
    passed = (since.year - step.from_day.year) * 12 + since.month - step.from_day.month
    count = max(0, passed // MONTHS[step.every] - 1)
    while True:
        begins = add_months(step.from_day, count * MONTHS[step.every])
        ends = add_months(step.from_day, (count + 1) * MONTHS[step.every])
        if until is not None and begins >= until:
            return
        cut = until is not None and until < ends
        last = until if cut else ends
        yield Span(begins, last, _due(step, begins, last), _share(step.amount, begins, ends, last), number)
        count += 1


def _share(amount: int | None, begins: date, ends: date, last: date | None) -> int | None:
    if amount is None or last is None or last == ends:
        return amount
    return amount * (last - begins).days // (ends - begins).days


def _due(step: Terms, begins: date, ends: date | None) -> date:
    """The agreed day within the span, or its last day where that comes too late; where none was agreed its first."""
    if step.due_day is None and step.due_month is None:
        return begins
    agreed = _agreed(step, begins)
    return agreed if ends is None else min(agreed, ends - timedelta(days=1))


def _agreed(step: Terms, begins: date) -> date:
    day = step.due_day or 1
    candidate = begins.replace(day=1)
    for _ in range(14):
        found = candidate.replace(day=min(day, monthrange(candidate.year, candidate.month)[1]))
        yearly = step.every in {"year", "once"} and step.due_month is not None
        if found >= begins and (not yearly or candidate.month == step.due_month):
            return found
        candidate = (candidate + timedelta(days=32)).replace(day=1)
    raise AssertionError((step, begins))
