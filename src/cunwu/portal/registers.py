"""What can be taken along of a village's matters: a calendar to subscribe to, the register of decisions as open data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from icalendar import Calendar, Event

from cunwu.documents.exports import write_csv
from cunwu.law.deadlines import SHANGHAI
from cunwu.org.models import Place
from cunwu.portal import figures
from cunwu.portal.wording import say
from cunwu.procedures.models import Matter, Meeting, Step
from cunwu.procedures.queries import Sitting, Standing, is_personal, public_title
from cunwu.procedures.rules import meeting_rule, power_of

RESIDENTS_MEETINGS = frozenset(
    {"voters", "villagers", "representatives", "members", "member_representatives"}
)
"""Rolls whose meetings residents take part in; meetings of bodies and of the Party are not in their calendar."""
KEPT_IN_CALENDAR = timedelta(days=120)
FORMAT = "cunwu-register/1"
COLUMNS = (
    "matter",
    "power",
    "power_title",
    "title",
    "amount_yuan",
    "state",
    "opened_on",
    "ended_on",
    "decided_on",
    "decided_by",
    "expected",
    "present",
    "in_favour",
    "against",
    "abstained",
    "publications",
)
"""The fields of the register, told one by one in docs/open-data.md."""


def register(
    place: Place, matters: Sequence[Matter], met: Mapping[int, Sequence[Sitting]], year: int
) -> dict[str, bytes]:
    """`decisions-2026.json` and `.csv`: every matter that is not about one person; of those only how many."""
    shown = [each for each in matters if not is_personal(power_of(each))]
    counts = Counter(power_of(each).name for each in matters if is_personal(power_of(each)))
    rows = [_entry(each, decided_by(each, met)) for each in shown]
    body = {
        "format": FORMAT,
        "year": year,
        "place": {"id": place.public_id, "name": place.name_zh},
        "matters": [dict(zip(COLUMNS, row, strict=True)) for row in rows],
        "personal": dict(sorted(counts.items())),
    }
    cells = [[*row[:-1], " ".join(row[-1])] for row in rows]
    return {
        f"decisions-{year}.json": json.dumps(body, ensure_ascii=False, indent=1).encode(),
        f"decisions-{year}.csv": write_csv(COLUMNS, cells, frozenset()),
    }


def decided_by(matter: Matter, met: Mapping[int, Sequence[Sitting]]) -> Sitting | None:
    """The meeting whose vote decided the matter: the last that was carried, a vote before a deliberation."""
    carried = [
        (step.kind == "vote", step.number, sitting)
        for step in matter.steps.all()
        for sitting in met.get(step.pk, ())
        if sitting.item.carried
    ]
    return max(carried, key=lambda each: each[:2])[2] if carried else None


def _entry(matter: Matter, decided: Sitting | None) -> list[Any]:
    power = power_of(matter)
    amount = None if matter.amount_fen is None else figures.money(matter.amount_fen).replace(",", "")
    ended = figures.local_day(matter.ended_at).isoformat() if matter.ended_at is not None else None
    return [
        matter.public_id,
        power.name,
        power.title.zh,
        matter.title,
        amount,
        str(matter.state),
        figures.local_day(matter.opened_at).isoformat(),
        ended,
        *_vote(decided),
        [step.publication.public_id for step in matter.steps.all() if step.publication is not None],
    ]


def _vote(decided: Sitting | None) -> list[str | int | None]:
    if decided is None:
        return [None] * 7
    item = decided.item
    return [
        decided.meeting.held_on.isoformat(),
        meeting_rule(decided.meeting).title.zh,
        decided.expected,
        decided.present,
        item.in_favour,
        item.against,
        item.abstained,
    ]


def calendar(place: Place, running: Iterable[Standing], today: date) -> bytes:
    """RFC 5545: meetings that residents take part in, and the ends of terms of matters under way; whole days.

    A meeting that was called off or failed stays in it and says so: a calendar that once showed it must take it back.
    """
    made = Calendar()
    made.add("prodid", "-//Cunwu//village affairs//ZH")
    made.add("version", "2.0")
    made.add("x-wr-calname", say("zh", "cal_name", village=place.name_zh))
    meetings = Meeting.objects.filter(organization__place=place, held_on__gte=today - KEPT_IN_CALENDAR)
    meetings = meetings.select_related("rule").prefetch_related("items__step__matter")
    for meeting in meetings.order_by("held_on", "id"):
        if meeting_rule(meeting).roll in RESIDENTS_MEETINGS:
            made.add_component(_meeting(meeting))
    for each in running:
        if each.hears_until is not None and each.step is not None and each.step.opened_on is not None:
            title = say("zh", "cal_hears", title=public_title(each.matter)[0])
            stamp = datetime.combine(each.step.opened_on, time(), SHANGHAI)
            made.add_component(_event(f"hears-{each.step.public_id}", title, each.hears_until, stamp, ""))
        if each.due_day is not None and each.step is not None and each.step.duty is not None:
            words = each.rule.title.zh if each.rule is not None else ""
            title = say("zh", "cal_deadline", title=public_title(each.matter)[0])
            stamp = each.step.duty.opened_at
            made.add_component(_event(f"step-{each.step.public_id}", title, each.due_day, stamp, words))
    return bytes(made.to_ical())


def _meeting(meeting: Meeting) -> Event:
    titles = "；".join(_subject(item.step, item.title) for item in meeting.items.all())
    failed = meeting.state == Meeting.State.FAILED
    title = meeting_rule(meeting).title.zh
    event = _event(
        f"meeting-{meeting.public_id}",
        say("zh", "cal_failed", title=title) if failed else title,
        meeting.held_on,
        meeting.closed_at or meeting.called_at,
        titles,
    )
    event.add("status", "CANCELLED" if meeting.state == Meeting.State.CANCELLED else "CONFIRMED")
    event.add("sequence", 0 if meeting.state == Meeting.State.CALLED else 1)
    if meeting.venue:
        event.add("location", meeting.venue)
    return event


def _subject(step: Step | None, title: str) -> str:
    return title if step is None else public_title(step.matter)[0]


def _event(uid: str, title: str, day: date, stamp: datetime, words: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@cunwu")
    event.add("summary", title)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("dtstamp", stamp)
    if words:
        event.add("description", words)
    return event
