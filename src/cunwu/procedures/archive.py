"""The archive list of a village (归档文件目录): everything of a year that is kept, written from the record and never typed.

A meeting's minutes are filed when its result is recorded, a step's papers when the step is done, a publication when it
is published. The number within the year follows that moment, so that nothing filed later moves one that was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Min

from cunwu.disclosure.models import Publication
from cunwu.law.deadlines import SHANGHAI
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization, Place
from cunwu.procedures.models import Meeting, Step, StepPaper
from cunwu.procedures.rules import meeting_rule, step_rule

KINDS = {
    "minutes": Text(zh="会议记录", en="Minutes"),
    "paper": Text(zh="办事材料", en="Paper of a matter"),
    "publication": Text(zh="公开件", en="Publication"),
}


@dataclass(frozen=True, slots=True)
class Filed:
    """One entry. `key` names the row that it was made from: a meeting, a step's paper, a publication."""

    at: datetime
    kind: str
    title: Text
    responsible: Organization
    day: date
    key: str
    sha256: str = ""
    number: int = 0

    @property
    def mark(self) -> str:
        """档号: the year and the number within it."""
        return f"{local_day(self.at).year}-{self.number:04d}"


def archive_of(place: Place, year: int) -> list[Filed]:
    """What was filed for the village in `year`, by its number, which begins at 1; three queries and those of rules."""
    since, until = _year(year), _year(year + 1)
    found = [
        *_minutes(place, since, until),
        *_papers(place, since, until),
        *_publications(place, since, until),
    ]
    found.sort(key=lambda filed: (filed.at, filed.kind, filed.key))
    return [replace(filed, number=number) for number, filed in enumerate(found, 1)]


def years_of(place: Place, now: datetime) -> list[int]:
    """From this year back to the first in which something was filed."""
    firsts = (
        Meeting.objects.filter(organization__place=place).aggregate(first=Min("closed_at"))["first"],
        Step.objects.filter(matter__organization__place=place).aggregate(first=Min("done_at"))["first"],
        Publication.objects.filter(organization__place=place).aggregate(first=Min("published_at"))["first"],
    )
    today = local_day(now).year
    first = min((local_day(moment).year for moment in firsts if moment is not None), default=today)
    return list(range(today, first - 1, -1))


def _year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=SHANGHAI)


def _minutes(place: Place, since: datetime, until: datetime) -> Iterator[Filed]:
    closed = Meeting.objects.filter(organization__place=place, closed_at__gte=since, closed_at__lt=until)
    for meeting in closed.exclude(state=Meeting.State.CANCELLED).select_related("organization__place"):
        title = meeting_rule(meeting).title
        failed = meeting.state == Meeting.State.FAILED
        told = Text(zh=f"{title.zh}记录", en=f"Minutes: {title.en}")
        if failed:
            told = Text(zh=f"{title.zh}记录（流会）", en=f"Minutes: {title.en} (failed for want of a quorum)")
        yield Filed(
            meeting.closed_at or since,
            "minutes",
            told,
            meeting.organization,
            meeting.held_on,
            meeting.public_id,
        )


def _papers(place: Place, since: datetime, until: datetime) -> Iterator[Filed]:
    done = StepPaper.objects.filter(
        step__matter__organization__place=place, step__done_at__gte=since, step__done_at__lt=until
    )
    for paper in done.select_related("step__matter__organization__place"):
        step = paper.step
        name = next((each.title for each in step_rule(step).papers if each.name == paper.name), None)
        matter = step.matter.title
        yield Filed(
            step.done_at or since,
            "paper",
            Text(zh=f"{matter}：{name.zh}", en=f"{matter}: {name.en}")
            if name
            else Text(zh=matter, en=matter),
            step.matter.organization,
            local_day(paper.added_at),
            str(paper.pk),
            paper.document_id,
        )


def _publications(place: Place, since: datetime, until: datetime) -> Iterator[Filed]:
    published = Publication.objects.filter(
        organization__place=place, published_at__gte=since, published_at__lt=until
    )
    for each in published.select_related("organization__place"):
        period = "" if each.about else f"（{each.period}）"
        yield Filed(
            each.published_at,
            "publication",
            Text(zh=f"{each.title_zh}{period}", en=f"{each.title_en} {period}".strip()),
            each.organization,
            local_day(each.published_at),
            each.public_id,
            each.document_id,
        )
