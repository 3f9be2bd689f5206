"""The county's months, done by the real actions at their own times, in the order in which they happened."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from cunwu.assets.receivables import make_receivables
from cunwu.demo import cleaning, collecting, decisions, holdings, steps, undertakings
from cunwu.demo.county import County, Extent, Village, join_town
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice, Draft, Publication
from cunwu.duties import actions as duties
from cunwu.law.periods import Period, periods_between
from cunwu.org.authority import CLOCK, local_day
from cunwu.oversight import actions as findings
from cunwu.programmes.models import Programme

SHANGHAI = ZoneInfo("Asia/Shanghai")
STAGES = ("none", "import", "close", "draft", "sign", "publish")
"""How far a month came: everything up to and with the named step was done."""
CLEANING = 240
"""Days before the demo's present on which the county's clean-up began."""
Month = tuple[int, int]
"""Village number, months before the newest."""


@dataclass(frozen=True)
class Fates:
    """What befalls which month of which village, where it is not simply published in time."""

    silent: frozenset[Month] = frozenset()
    """Closed and never published: the clock records the silence."""
    late: frozenset[Month] = frozenset()
    """Published after its due day: a silence, then its counter-entry."""
    corrected: frozenset[Month] = frozenset()
    """A wrong amount, reversed in red the month after; the corrected sheet supersedes."""
    taken_down: frozenset[Month] = frozenset()
    """Named somebody who was helped; superseded, and the first version taken down."""
    nil: frozenset[Month] = frozenset()
    newest: dict[int, str] = field(default_factory=dict)
    """Of the newest month, by village number: the last step done."""


@dataclass(order=True)
class _Step:
    at: datetime
    number: int
    do: Callable[..., None] = field(compare=False)
    sequences: bool = field(compare=False)
    """Whether it is the log's: that commits by itself, before the files are written."""


class History:
    """The agenda of everything that happens, worked off by time; what was drafted and published, by village and month."""

    def __init__(self, county: County, extent: Extent, last: Period, fates: Fates) -> None:
        self.county, self.extent, self.last, self.fates = county, extent, last, fates
        self.first = last.shifted(1 - max(extent.months))
        self.drafts: dict[tuple[int, Period], Draft] = {}
        self.today = last.next.first_day
        self.cleaning = last.next.first_day
        self.programme: Programme
        self.published: dict[tuple[int, Period], Publication] = {}
        self._hanging: dict[int, list[BoardNotice]] = {}
        self._agenda: list[_Step] = []
        self._order = count()

    def run(self, *, now: datetime, progress: Callable[[str], None]) -> None:
        """Do everything up to `now`. The log is sequenced twice a month; what lies between is one transaction."""
        self.today = local_day(now)
        self._plan()
        while self._agenda and self._agenda[0].at <= now:
            with transaction.atomic():
                while self._agenda and self._agenda[0].at <= now and not self._agenda[0].sequences:
                    self._do_next()
            if self._agenda and self._agenda[0].at <= now:
                progress(f"{self._agenda[0].at:%Y-%m-%d}: {len(self.published)} months published")
                self._do_next()

    def _do_next(self) -> None:
        step = heapq.heappop(self._agenda)
        step.do(now=step.at)

    def _plan(self) -> None:
        for town, months in enumerate(self.extent.months):
            began = self.last.shifted(1 - months)
            self._at(began.first_day, 8 * 60 + town, self._join, town, began)
        for period in periods_between(self.first, self.last):
            after = period.next
            self._at(after.first_day, 30, self._tick)
            self._at(after.first_day + timedelta(days=17), 23 * 60, self._sequence, sequences=True)
            self._at(after.last_day, 23 * 60, self._sequence, sequences=True)
        self._plan_clean_up()

    def _plan_clean_up(self) -> None:
        """The five clears begin eight months ago, or in the week after the county joined; five contracts are put right."""
        villages = range(len(self.extent.months) * self.extent.villages)
        begins = max(self.today - timedelta(days=CLEANING), self.first.first_day + timedelta(days=6))
        self.cleaning = begins
        self._at(begins, 16 * 60, self._start_clean_up, [n for n in villages if n < cleaning.PILOTS])
        later = [n for n in villages if n >= cleaning.PILOTS]
        if later:
            self._at(begins + timedelta(days=40), 16 * 60, self._join_clean_up, later)
        for number, asset in cleaning.REMEDIES:
            if number in villages:
                day = self.today - timedelta(days=60 - number)
                self._at(day, 16 * 60 + number, cleaning.put_right, self.county, number, asset)
        self._at(self.today - timedelta(days=21), 17 * 60, cleaning.plan_ahead, self.county)
        self._at(self.today - timedelta(days=20), 17 * 60, cleaning.settle_arrears, self.county)
        self._at(self.today - timedelta(days=20), 18 * 60, cleaning.settle_sound, self.county)
        for number in cleaning.PUBLISHED:
            if number in villages:
                day = self.today - timedelta(days=12)
                self._at(day, 17 * 60 + number, cleaning.publish, self.county, number)
                self._at(day, 23 * 60 + 30, self._sequence, sequences=True)

    def _start_clean_up(self, pilots: list[int], *, now: datetime) -> None:
        self.programme = cleaning.start(self.county, now=now)
        cleaning.join(self.county, self.programme, pilots, now=now)

    def _join_clean_up(self, later: list[int], *, now: datetime) -> None:
        findings.ask_every_day(CLOCK, now=now)
        cleaning.join(self.county, self.programme, later, now=now)

    def _collect(self, village: Village, number: int, *, now: datetime) -> None:
        begun = local_day(now) >= self.cleaning
        collecting.collect(village, number, cleaning=begun, now=now)

    def _join(self, town: int, began: Period, *, now: datetime) -> None:
        """A town joins: its villages open their books, and their months are planned."""
        for number in join_town(self.county, town, self.extent, now=now):
            village = self.county.villages[number]
            steps.open_books(village, began, now=now)
            for entry in holdings.take_in(village, number, today=self.today, now=now):
                self._at(entry.signed_day or self.today, 15 * 60 + number, holdings.sign, village, entry)
            if number in self.extent.decides:
                decisions.enter_rolls(village, now=now)
                self._plan_decisions(village)
                self._at(self.today - timedelta(days=4), 11 * 60, undertakings.build_canal, village)
                self._at(self.today - timedelta(days=4), 12 * 60, undertakings.found_cooperative, village)
            for period in periods_between(began, self.last):
                self._at(period.last_day, 10 * 60 + number, self._collect, village, number)
            for back, period in enumerate(reversed(list(periods_between(began, self.last)))):
                self._plan_month(number, village, period, back)

    def _plan_decisions(self, village: Village) -> None:
        for event in decisions.agenda(self.county, village):
            day = self.today - timedelta(days=event.days)
            self._at(day, 14 * 60, event.act)
            if event.logged:
                self._at(day, 23 * 60 + 30, self._sequence, sequences=True)

    def _plan_month(self, number: int, village: Village, period: Period, back: int) -> None:
        month, day = (number, back), period.next.first_day + timedelta(days=2 + number % 5)
        stage = self.fates.newest.get(number, "publish") if back == 0 else "publish"
        reached = STAGES.index("close" if month in self.fates.silent else stage)
        minute = 9 * 60 + number * 4
        if reached >= STAGES.index("import") and month not in self.fates.nil:
            self._at(day, minute, steps.take_in, village, period)
            self._plan_mistakes(month, village, period, day)
        if reached >= STAGES.index("close"):
            self._at(day, minute + 2, steps.close, village, period, nil=month in self.fates.nil)
        if reached >= STAGES.index("draft"):
            self._at(day, minute + 3, self._draft, number, period)
        if reached >= STAGES.index("sign"):
            self._at(day + timedelta(days=1 + number % 3), minute, self._sign, number, period)
        if reached >= STAGES.index("publish"):
            late = month in self.fates.late
            published = day + timedelta(days=(34 if late else 3) + number % 4)
            self._at(published, 15 * 60 + number * 4, self._publish, number, period)
            posted = Period.month(published).first_day + timedelta(days=18)
            self._at(posted, 10 * 60 + number * 4, self._post, number, period)

    def _plan_mistakes(self, month: Month, village: Village, period: Period, day: date) -> None:
        number, back = month
        if month in self.fates.taken_down:
            self._at(day, 9 * 60 + number * 4 + 1, steps.name_somebody, village, period)
            self._at(day, 14 * 60, self._let_pass, number, period)
            self._at(day + timedelta(days=19), 9 * 60, steps.unname, village, period)
            self._plan_correction(number, period, day + timedelta(days=19), "公开摘要不应写明受助人姓名")
            self._at(day + timedelta(days=23), 9 * 60, self._take_down, number, period)
        wrong = (number, back + 1)
        if wrong in self.fates.corrected and period.number != 1:  # an earlier year is not reversed in red
            minute = 9 * 60 + number * 4 + 1
            self._at(day, minute, steps.correct_wrong_voucher, village, period.previous, day=period.last_day)
            self._plan_correction(number, period.previous, day, "办公用品金额录错，已红字冲销并更正")

    def _plan_correction(self, number: int, period: Period, day: date, reason_zh: str) -> None:
        self._at(day, 11 * 60 + number, self._draft, number, period, reason_zh=reason_zh)
        self._at(day + timedelta(days=1), 16 * 60, self._sign, number, period)
        self._at(day + timedelta(days=2), 16 * 60, self._publish, number, period)

    def _at(
        self,
        on: date,
        minute: int,
        step: Callable[..., Any],
        *arguments: object,
        sequences: bool = False,
        **more: object,
    ) -> None:
        at = datetime.combine(on, time(minute // 60, minute % 60), SHANGHAI)
        heapq.heappush(
            self._agenda, _Step(at, next(self._order), partial(step, *arguments, **more), sequences)
        )

    def _draft(self, number: int, period: Period, *, reason_zh: str = "", now: datetime) -> None:
        village = self.county.villages[number]
        self.drafts[number, period] = steps.draft(village, period, reason_zh=reason_zh, now=now)

    def _let_pass(self, number: int, period: Period, *, now: datetime) -> None:
        steps.let_pass(self.county.villages[number], self.drafts[number, period], now=now)

    def _sign(self, number: int, period: Period, *, now: datetime) -> None:
        steps.sign(self.county.villages[number], self.drafts[number, period], now=now)

    def _publish(self, number: int, period: Period, *, now: datetime) -> None:
        village = self.county.villages[number]
        publication = steps.meet_and_publish(village, self.drafts[number, period], now=now)
        self.published[number, period] = publication

    def _post(self, number: int, period: Period, *, now: datetime) -> None:
        village, hanging = self.county.villages[number], self._hanging.get(number, [])
        self._hanging[number] = steps.post(village, self.published[number, period], hanging, now=now)

    def _take_down(self, number: int, period: Period, *, now: datetime) -> None:
        corrected = self.published[number, period]
        steps.take_down(self.county, self.county.villages[number], corrected, now=now)

    def _tick(self, *, now: datetime) -> None:
        duties.open_duties(CLOCK, now=now)
        for duty in duties.mark_late(CLOCK, now=now):
            if duty.catalogue_item and duty.read_in_source:
                disclosure.record_silence(CLOCK, duty, now=now)
        disclosure.record_audit_root(CLOCK, now=now)
        make_receivables(CLOCK, now=now)
        if local_day(now) > self.cleaning:
            findings.ask_every_day(CLOCK, now=now)

    def _sequence(self, *, now: datetime) -> None:
        log.sequence(now=now)
