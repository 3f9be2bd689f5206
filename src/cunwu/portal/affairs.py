"""What residents see of matters: those under way and who holds them, what was decided by year, rights with their numbers;
a calendar to subscribe to, and the register of decisions as open data.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from cunwu.documents.exports import write_csv
from cunwu.org.authority import rules
from cunwu.org.models import Organization, Place
from cunwu.portal import figures
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.rendering import render
from cunwu.portal.sheets import chain
from cunwu.portal.wording import say
from cunwu.procedures.models import JointRequest, Matter, Meeting, Step
from cunwu.procedures.queries import Standing, is_personal, public_title, standings, with_steps
from cunwu.procedures.requests import support
from cunwu.procedures.roll import on_roll
from cunwu.procedures.rules import meeting_rule, power_of, right_of

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
    "publications",
)


@dataclass(frozen=True)
class Line:
    """One matter as a line: title, address of the picture, tag with its mark, notes."""

    title: str
    power: str
    power_title: str
    mark: str
    tag: str
    notes: list[str]
    href: str = ""


def affairs_pages(place: Place, *, every_year: bool = False, now: datetime) -> dict[str, bytes]:
    """Path to bytes: the village's pages of matters in both languages, its calendar, its registers.

    What ended is told by year; without `every_year` only this year's and last year's pages and registers are made, for
    those before no longer change.
    """
    today = figures.local_day(now)
    found = Matter.objects.filter(organization__place=place)
    running = standings(found.filter(state=Matter.State.OPEN).order_by("-opened_at", "-id"), today)
    years = sorted(
        {each.year for each in found.datetimes("ended_at", "year", tzinfo=figures.SHANGHAI)} | {today.year}
    )
    files = {f"p/{place.public_id}/calendar.ics": _calendar(place, running, now)}
    for year in years if every_year else [y for y in years if y >= today.year - 1]:
        ended = with_steps(found.filter(ended_at__year=year).order_by("-ended_at", "-id"))
        for name, data in _register(place, ended, running if year == today.year else [], year).items():
            files[f"p/{place.public_id}/{name}"] = data
        known = _known(place, ended, year, years, today) | _of_today(place, running, year, today)
        for language in LANGUAGES:
            path = _path(place, language, year, today.year)
            files[path] = render("matters.html", language, path, **_in(language, known))
    return files


def _known(
    place: Place, ended: Sequence[Matter], year: int, years: Sequence[int], today: date
) -> dict[str, Any]:
    """What the page of one year says, each told by language where it is a function of it."""
    return {
        "place": place,
        "name": place.name,
        "steps": lambda language: chain(place, language),
        "decided": lambda language: [_ended_line(each, language) for each in ended],
        "personal": sum(is_personal(power_of(each)) for each in ended),
        "year": year,
        "years": lambda language: [
            (each, _path(place, language, each, today.year).removesuffix("index.html"))
            for each in years[::-1]
        ],
    }


def _of_today(place: Place, running: Sequence[Standing], year: int, today: date) -> dict[str, Any]:
    """What only the newest page says: matters under way, rights with their numbers, requests being signed."""
    if year != today.year:
        return {"running": None}
    rights = _rights(place, today)
    requests = list(JointRequest.objects.filter(organization__place=place, answered_at=None).order_by("id"))
    return {
        "running": lambda language: [running_line(each, language) for each in running],
        "rights": lambda language: [_right(each, language) for each in rights],
        "requests": lambda language: [_request(each, language, today) for each in requests],
    }


def _in(language: str, known: dict[str, Any]) -> dict[str, Any]:
    return {name: value(language) if callable(value) else value for name, value in known.items()}


def running_line(each: Standing, language: str) -> Line:
    """A matter under way: the step, who holds it, how long it may take. Officers act in public; parties are not named."""
    zh, en = public_title(each.matter)
    notes = [say(language, "matter_since", day=_day(figures.local_day(each.matter.opened_at), language))]
    if each.rule is not None and each.rule.meeting is not None:
        notes.append(say(language, "matter_meeting", meeting=each.rule.meeting.title.sentence(language)))
    elif each.rule is not None and each.rule.kind == "objection":
        notes.append(say(language, "matter_clock"))
    elif each.holders:
        names = "、".join(dict.fromkeys(who.person.name for who in each.holders[:3]))
        notes.append(say(language, "matter_holder", names=names))
    if each.due_day is not None:
        key = "matter_late" if each.overdue else "matter_left"
        notes.append(say(language, key, day=_day(each.due_day, language)))
    return Line(
        zh if language == "zh" else en,
        each.power.name,
        each.power.title.sentence(language),
        "late" if each.overdue else "due",
        each.rule.title.sentence(language) if each.rule is not None else "",
        notes,
    )


def _ended_line(matter: Matter, language: str) -> Line:
    zh, en = public_title(matter)
    power = power_of(matter)
    day = _day(figures.local_day(matter.ended_at or matter.opened_at), language)
    done = matter.state == Matter.State.DONE
    note = (
        say(language, "decided_on", day=day)
        if done
        else say(language, "withdrawn_on", day=day, reason="" if is_personal(power) else matter.ended_because)
    )
    published = [s.publication.public_id for s in matter.steps.all() if s.publication is not None]
    href = f"{language}/d/{published[-1]}/" if published else ""
    title = zh if language == "zh" else en
    tag = power.title.sentence(language)
    return Line(title, power.name, tag, "ok" if done else "none", tag, [note], href)


def _day(day: date, language: str) -> str:
    return figures.day(day, language)


def _path(place: Place, language: str, year: int, this_year: int) -> str:
    folder = "" if year == this_year else f"{year}/"
    return f"{language}/p/{place.public_id}/matters/{folder}index.html"


def _rights(place: Place, today: date) -> list[tuple[Any, list[tuple[Any, int, int]]]]:
    """Each right with its ways: what counts, how many must sign by the roll of today, how many are on the roll."""
    body = Organization.objects.filter(place=place).first()
    if body is None:
        return []
    counted: dict[str, int] = {}
    found = []
    for right in rules().rights(today):
        ways = []
        for backing in right.backing:
            if backing.of not in counted:
                counted[backing.of] = on_roll(body, backing.of, today).values("person").distinct().count()
            ways.append((backing, backing.limit.needed_of(counted[backing.of]), counted[backing.of]))
        found.append((right, ways))
    return found


def _right(right: tuple[Any, list[tuple[Any, int, int]]], language: str) -> dict[str, Any]:
    rule, ways = right
    told = [
        backing.limit.title.sentence(language)
        + ("：" if language == "zh" else ": ")
        + (say(language, "right_way", needed=needed, roll=roll) if roll else say(language, "right_no_roll"))
        for backing, needed, roll in ways
    ]
    return {
        "title": rule.title.sentence(language),
        "ways": told,
        "follows": say(language, "right_follows", follows=rule.follows.sentence(language)),
        "basis": rule.basis.zh if language == "zh" else rule.basis.en,
    }


def _request(request: JointRequest, language: str, today: date) -> str:
    signed = max((way.signed for way in support(request, today)), default=0)
    return say(language, "requests_running", title=right_of(request).title.sentence(language), signed=signed)


def _register(
    place: Place, ended: Sequence[Matter], running: Sequence[Standing], year: int
) -> dict[str, bytes]:
    """`decisions-2026.json` and `.csv`: every matter that is not about one person; of those only how many."""
    every = [each.matter for each in running] + list(ended)
    shown = [each for each in every if not is_personal(power_of(each))]
    counts = Counter(power_of(each).name for each in every if is_personal(power_of(each)))
    rows = [_entry(each) for each in shown]
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


def _entry(matter: Matter) -> list[Any]:
    power = power_of(matter)
    amount = None if matter.amount_fen is None else figures.money(matter.amount_fen).replace(",", "")
    ended = figures.local_day(matter.ended_at).isoformat() if matter.ended_at is not None else None
    published = [s.publication.public_id for s in matter.steps.all() if s.publication is not None]
    opened = figures.local_day(matter.opened_at).isoformat()
    return [
        matter.public_id,
        power.name,
        power.title.zh,
        matter.title,
        amount,
        str(matter.state),
        opened,
        ended,
        published,
    ]


def _calendar(place: Place, running: Iterable[Standing], now: datetime) -> bytes:
    """RFC 5545: meetings that residents take part in, and the ends of terms of matters under way; whole days."""
    calendar = Calendar()
    calendar.add("prodid", "-//Cunwu//village affairs//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", say("zh", "cal_name", village=place.name_zh))
    today = figures.local_day(now)
    meetings = Meeting.objects.filter(
        organization__place=place,
        held_on__gte=today - KEPT_IN_CALENDAR,
        state__in=(Meeting.State.CALLED, Meeting.State.HELD),
    ).select_related("organization", "rule")
    for meeting in meetings.prefetch_related("items__step__matter__organization").order_by("held_on", "id"):
        rule = meeting_rule(meeting)
        if rule.roll in RESIDENTS_MEETINGS:
            titles = "；".join(_subject(item.step, item.title) for item in meeting.items.all())
            calendar.add_component(
                _event(
                    f"meeting-{meeting.public_id}",
                    rule.title.zh,
                    meeting.held_on,
                    stamp=meeting.called_at,
                    words=titles,
                    venue=meeting.venue,
                )
            )
    for each in running:
        if each.due_day is not None and each.step is not None and each.step.duty is not None:
            title = say("zh", "cal_deadline", title=public_title(each.matter)[0])
            words = each.rule.title.zh if each.rule is not None else ""
            calendar.add_component(
                _event(
                    f"step-{each.step.public_id}",
                    title,
                    each.due_day,
                    stamp=each.step.duty.opened_at,
                    words=words,
                )
            )
    return bytes(calendar.to_ical())


def _subject(step: Step | None, title: str) -> str:
    return title if step is None else public_title(step.matter)[0]


def _event(uid: str, title: str, day: date, *, stamp: datetime, words: str, venue: str = "") -> Event:
    event = Event()
    event.add("uid", f"{uid}@cunwu")
    event.add("summary", title)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("dtstamp", stamp)
    if words:
        event.add("description", words)
    if venue:
        event.add("location", venue)
    return event
