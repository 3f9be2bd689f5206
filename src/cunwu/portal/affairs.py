"""What residents see of matters: those under way and who holds them, what was decided by year, rights with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cunwu.law.procedures import PowerRule
from cunwu.org.authority import rules
from cunwu.org.models import Organization, Place
from cunwu.portal import figures
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.registers import calendar, decided_by, register
from cunwu.portal.rendering import render
from cunwu.portal.sheets import chain
from cunwu.portal.wording import say
from cunwu.procedures.models import JointRequest, Matter, Meeting
from cunwu.procedures.queries import (
    Sitting,
    Standing,
    is_personal,
    public_title,
    sittings,
    standings,
    with_steps,
)
from cunwu.procedures.requests import support
from cunwu.procedures.roll import on_roll
from cunwu.procedures.rules import meeting_rule, power_of, right_of

ENDED_ON_A_PAGE = 60
"""So many matters that ended stand on one page, which keeps it light; the rest of the year is one link away."""
NOT_AGAIN: Mapping[str, Any] = {"running": None, "rights": [], "requests": []}
"""What stands on the first page only."""
Sittings = Mapping[int, Sequence[Sitting]]


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
    lang: str = ""
    """The title's own language where it is not the page's: a matter is called as its officers wrote it."""


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
    files = {f"p/{place.public_id}/calendar.ics": calendar(place, running, today)}
    for year in years if every_year else [y for y in years if y >= today.year - 1]:
        ended = with_steps(found.filter(ended_at__year=year).order_by("-ended_at", "-id"))
        shown = running if year == today.year else []
        met = sittings([each.matter for each in shown] + ended)
        for name, data in register(place, [*(each.matter for each in shown), *ended], met, year).items():
            files[f"p/{place.public_id}/{name}"] = data
        known = _of_year(place, ended, year, years, today) | _of_today(place, shown, met, year, today)
        files |= _pages(place, known, ended, met, year=year, today=today)
    return files


def _pages(
    place: Place, known: dict[str, Any], ended: Sequence[Matter], met: Sittings, *, year: int, today: date
) -> dict[str, bytes]:
    """The pages of one year, in both languages; what is under way and may be asked for stands on the first only."""
    files = {}
    starts = range(0, max(len(ended), 1), ENDED_ON_A_PAGE)
    for language in LANGUAGES:
        told = _in(language, known)
        numbers = [
            (each, _href(place, language, year, today.year, each)) for each in range(1, len(starts) + 1)
        ]
        for number, start in enumerate(starts, 1):
            part = ended[start : start + ENDED_ON_A_PAGE]
            decided = [_ended_line(each, met, language) for each in part]
            path = _path(place, language, year, today.year, number)
            told |= {"number": number, "numbers": numbers, "decided": decided}
            files[path] = render("matters.html", language, path, **told)
            told |= NOT_AGAIN
    return files


def _of_year(
    place: Place, ended: Sequence[Matter], year: int, years: Sequence[int], today: date
) -> dict[str, Any]:
    """What the pages of one year say, each told by language where it is a function of it."""
    return {
        "place": place,
        "name": place.name,
        "steps": lambda language: chain(place, language),
        "personal": sum(is_personal(power_of(each)) for each in ended),
        "year": year,
        "years": lambda language: [(each, _href(place, language, each, today.year)) for each in years[::-1]],
    }


def _of_today(
    place: Place, running: Sequence[Standing], met: Sittings, year: int, today: date
) -> dict[str, Any]:
    """What only the newest page says: matters under way, rights with their numbers, requests being signed."""
    if year != today.year:
        return {"running": None}
    rights = _rights(place, today)
    waiting = JointRequest.objects.filter(village__place=place, answered_at=None).order_by("id")
    requests = [
        (right_of(each).title, max((way.signed for way in support(each, today)), default=0))
        for each in waiting
    ]
    return {
        "running": lambda language: [running_line(each, met, language) for each in running],
        "rights": lambda language: [_right(each, language) for each in rights],
        "requests": lambda language: [
            say(language, "requests_running", title=title.sentence(language), signed=signed)
            for title, signed in requests
        ],
    }


def _in(language: str, known: dict[str, Any]) -> dict[str, Any]:
    return {name: value(language) if callable(value) else value for name, value in known.items()}


def running_line(each: Standing, met: Sittings, language: str) -> Line:
    """A matter under way: the step, who holds it, how long it may take. Officers act in public; parties are not named."""
    zh, en = public_title(each.matter)
    notes = [say(language, "matter_since", day=_day(figures.local_day(each.matter.opened_at), language))]
    decided = decided_by(each.matter, met)
    if decided is not None and not is_personal(each.power):
        notes.append(_votes(decided, "vote_carried", language))
    notes += _waits_for(each, met, language)
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
        lang=_title_language(each.power, language),
    )


def _title_language(power: PowerRule, language: str) -> str:
    return "zh-Hans" if language == "en" and not is_personal(power) else ""


def _waits_for(each: Standing, met: Sittings, language: str) -> list[str]:
    """Who or what the open step waits for: a meeting and how the last one called for it went, time, or who holds it."""
    if each.rule is None or each.step is None:
        return []
    if each.rule.meeting is not None:
        called = met.get(each.step.pk, [])
        if called and called[-1].meeting.state == Meeting.State.CALLED:
            return [_meeting(called[-1], "meeting_called", language)]
        awaits = say(language, "matter_meeting", meeting=each.rule.meeting.title.sentence(language))
        return [*_in_vain(called, is_personal(each.power), language), awaits]
    if each.rule.kind == "objection":
        return [_hearing(each, language)]
    if each.holders:
        names = "、" if language == "zh" else ", "
        held = dict.fromkeys(who.person.name for who in each.holders[:3])
        return [say(language, "matter_holder", names=names.join(held))]
    return []


def _hearing(each: Standing, language: str) -> str:
    """Until which day residents may object; or that it is not on every board yet."""
    if each.hears_until is None:
        return say(language, "matter_clock")
    return say(language, "matter_hears", day=_day(each.hears_until, language))


def _in_vain(called: Sequence[Sitting], personal: bool, language: str) -> list[str]:
    """How the last meeting on a step that is still open ended; of a lost vote its figures, never who stood aside."""
    if not called:
        return []
    last = called[-1]
    if last.meeting.state == Meeting.State.FAILED:
        return [_meeting(last, "meeting_failed", language)]
    if last.meeting.state == Meeting.State.CANCELLED:
        return [_meeting(last, "meeting_cancelled", language)]
    if last.item.in_favour is not None and not personal:
        return [_votes(last, "vote_lost", language)]
    return []


def _meeting(sitting: Sitting, key: str, language: str) -> str:
    title = meeting_rule(sitting.meeting).title.sentence(language)
    return say(
        language,
        key,
        day=_day(sitting.meeting.held_on, language),
        meeting=title,
        expected=sitting.expected,
        present=sitting.present,
    )


def _votes(sitting: Sitting, key: str, language: str) -> str:
    item = sitting.item
    return say(
        language,
        key,
        day=_day(sitting.meeting.held_on, language),
        meeting=meeting_rule(sitting.meeting).title.sentence(language),
        favour=item.in_favour or 0,
        against=item.against or 0,
        abstained=item.abstained or 0,
    )


def _ended_line(matter: Matter, met: Sittings, language: str) -> Line:
    zh, en = public_title(matter)
    power = power_of(matter)
    day = _day(figures.local_day(matter.ended_at or matter.opened_at), language)
    done = matter.state == Matter.State.DONE
    if done:
        notes = [say(language, "decided_on", day=day)]
    elif is_personal(power):
        notes = [say(language, "withdrawn", day=day)]
    else:
        notes = [say(language, "withdrawn_on", day=day, reason=matter.ended_because)]
    decided = decided_by(matter, met)
    if decided is not None and not is_personal(power):
        notes.append(_votes(decided, "vote_carried", language))
    published = [s.publication.public_id for s in matter.steps.all() if s.publication is not None]
    return Line(
        zh if language == "zh" else en,
        power.name,
        power.title.sentence(language),
        "ok" if done else "none",
        say(language, "tag_done" if done else "tag_withdrawn"),
        notes,
        f"{language}/d/{published[-1]}/" if published else "",
        _title_language(power, language),
    )


def _day(day: date, language: str) -> str:
    return figures.day(day, language)


def _path(place: Place, language: str, year: int, this_year: int, number: int = 1) -> str:
    folder = f"{year}/{number}/" if number > 1 else "" if year == this_year else f"{year}/"
    return f"{language}/p/{place.public_id}/matters/{folder}index.html"


def _href(place: Place, language: str, year: int, this_year: int, number: int = 1) -> str:
    return _path(place, language, year, this_year, number).removesuffix("index.html")


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
