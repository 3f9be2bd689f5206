"""The pages of places: how a village stands, how a town's villages stand, and where to find one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cunwu.disclosure.models import LogEntry, Publication
from cunwu.disclosure.takedown import LOST
from cunwu.duties.models import Duty
from cunwu.law.terms import CatalogueItem
from cunwu.org.authority import rules
from cunwu.org.models import Place
from cunwu.portal import figures
from cunwu.portal.affairs import affairs_pages, running_line
from cunwu.portal.charts import Bar, month_chart
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.queries import (
    RECENT,
    CountyFacts,
    PlaceStanding,
    VillageFacts,
    standings,
    state,
    village,
    village_in,
)
from cunwu.portal.rendering import render
from cunwu.portal.sheets import board, chain, title_of, told_gone
from cunwu.portal.wording import say

RUNNING = 5
"""So many matters under way stand on the village's own page; all of them on the page of its matters."""

VILLAGES_ON_FRONT = 300
"""Up to so many villages stand on the front page itself; a larger county's stand on the pages of its towns."""


@dataclass(frozen=True)
class Item:
    """Something published or owed: what, of which period, how it stands (`mark` is a class of the style), and notes.
    `href` is below the site's root."""

    title: str
    href: str
    mark: str
    tag: str
    notes: list[str]
    period: str


@dataclass(frozen=True)
class Demand:
    """A line of the catalogue: what must be disclosed, how often, by which clause, whether that is done here."""

    title: str
    frequency: str
    basis: str
    handled: bool
    read: bool


def place_pages(place: Place, *, every_year: bool = False, now: datetime) -> dict[str, bytes]:
    """Path to bytes of the pages of a place: a village's own, or what lies below a town, county or higher.

    With `every_year` also the pages of years which no longer change: of what was published, of matters that ended.
    """
    if place.level in {Place.Level.VILLAGE, Place.Level.GROUP, Place.Level.NATURAL_VILLAGE}:
        today = figures.local_day(now)
        facts = village(place, today)
        files = affairs_pages(place, every_year=every_year, now=now)
        for year in _earlier(facts, _items(facts, LANGUAGES[0])):
            if every_year or year >= today.year - 1:
                files |= year_pages(place, year)
        return files | {
            path: render("village.html", language, path, **_village_context(facts, language, now))
            for language, path in _paths(place)
        }
    below = standings(place)
    return {
        path: render("town.html", language, path, **_town_context(place, below, language))
        for language, path in _paths(place)
    }


def year_pages(place: Place, year: int) -> dict[str, bytes]:
    """Path to bytes: everything that a village published or owes for the periods of one year, in both languages."""
    facts = village_in(place, year)
    return {
        path: render("year.html", language, path, **_year_context(facts, year, language))
        for language, path in _paths(place, f"{year}/")
    }


def front_pages(facts: CountyFacts, *, now: datetime) -> dict[str, bytes]:
    """The front page in both languages, and the list of places that its search reads."""
    places = [
        [child.public_id, child.name_zh, town.name_zh, child.sort_key]
        for town, children in facts.towns
        for child in children
    ] + [[town.public_id, town.name_zh, "", town.sort_key] for town, _ in facts.towns]
    files = {"places.json": json.dumps(places, ensure_ascii=False, separators=(",", ":")).encode()}
    for language in LANGUAGES:
        path = f"{language}/index.html"
        files[path] = render(
            "front.html",
            language,
            path,
            county=facts,
            listed=[
                (town.public_id, town.name(language), [(c.public_id, c.name(language)) for c in children])
                for town, children in facts.towns
            ],
            villages_here=facts.villages <= VILLAGES_ON_FRONT,
            moment=figures.moment(now, language),
        )
    return files


def _paths(place: Place, below: str = "") -> list[tuple[str, str]]:
    return [(language, f"{language}/p/{place.public_id}/{below}index.html") for language in LANGUAGES]


def _earlier(facts: VillageFacts, items: Sequence[Item]) -> list[int]:
    """The years of which not everything stands among the first `items`, the newest first."""
    last = int(items[:RECENT][-1].period[:4]) if items else 0
    whole = len(items) <= RECENT or items[RECENT].period[:4] != items[RECENT - 1].period[:4]
    return [year for year in facts.years if year < last or (year == last and not whole)]


def _year_context(facts: VillageFacts, year: int, language: str) -> dict[str, Any]:
    return {
        "place": facts.place,
        "name": facts.place.name(language),
        "year": year,
        "steps": chain(facts.place, language),
        "items": _items(facts, language),
    }


def _town_context(place: Place, below: list[PlaceStanding], language: str) -> dict[str, Any]:
    return {
        "place": place,
        "name": place.name(language),
        "steps": chain(place, language)[:-1],
        "is_town": place.level == Place.Level.TOWN,
        "below": [(standing.place.name(language), standing) for standing in below],
    }


def _village_context(facts: VillageFacts, language: str, now: datetime) -> dict[str, Any]:
    items = _items(facts, language)
    today = figures.local_day(now)
    handled = {rule.publication for rule in rules().duties(today) if rule.publication is not None}
    return {
        "place": facts.place,
        "name": facts.place.name(language),
        "steps": chain(facts.place, language)[:-1],
        "money": _money(facts, language),
        "items": items[:RECENT],
        "earlier": _earlier(facts, items),
        "boards": _boards(facts, language),
        "running": [running_line(each, facts.sittings, language) for each in facts.running[:RUNNING]],
        "running_count": len(facts.running),
        "running_late": sum(each.overdue for each in facts.running),
        "catalogue": [_demand(item, handled, language) for item in rules().catalogue(today)],
    }


def _boards(facts: VillageFacts, language: str) -> list[str]:
    """Where the papers of the three newest publications hang or hung."""
    return [
        say(
            language,
            "board_of",
            period=figures.period(publication.period, language),
            words=board(notice, language),
        )
        for publication in facts.publications[:3]
        for notice in facts.boards_of.get(publication.pk, [])
    ]


def _demand(item: CatalogueItem, handled: Iterable[str], language: str) -> Demand:
    return Demand(
        item.provision.title.sentence(language),
        say(language, f"frequency_{item.frequency}"),
        item.provision.cite.sentence(language),
        item.name in handled,
        item.provision.read_in_source,
    )


def _money(facts: VillageFacts, language: str) -> dict[str, Any] | None:
    """The newest month's sums, how they compare, and the twelve months before as a chart; None without a sheet."""
    if not facts.sheets:
        return None
    publication, sheet = facts.sheets[0]
    months = [content for _, content in reversed(facts.sheets)]
    first, last = (figures.period(content["period"], language) for content in (months[0], months[-1]))
    return {
        "sheet": sheet,
        "period": figures.period(sheet["period"], language),
        "href": f"{language}/d/{publication.public_id}/",
        "comparisons": [
            sentence
            for which in ("last_month", "last_year")
            if (sentence := comparison(sheet, which, language))
        ],
        "months": months[::-1],
        "chart": month_chart(
            [Bar(str(int(m["period"][5:])), m["income"], m["expense"]) for m in months],
            say(language, "chart", first=first, last=last),
        )
        if len(months) > 1
        else "",
    }


def comparison(sheet: Mapping[str, Any], which: str, language: str) -> str:
    """One sentence on income and expenses against another month; empty where that month is not in the books."""
    other = sheet["comparison"][which]
    if other is None:
        return ""
    income, expense = sheet["income"] - other["income"], sheet["expense"] - other["expense"]
    start = "more_in" if income > 0 else "less_in" if income < 0 else "same_in"
    joint = "as" if income == 0 else "than"
    less = "more" if expense > 0 else "less" if expense < 0 else "same"
    return say(
        language,
        f"{start}_{joint}_{which}",
        income=figures.money(abs(income)),
        expense=say(language, less, amount=figures.money(abs(expense))),
    )


def _items(facts: VillageFacts, language: str) -> list[Item]:
    """Duties and publications as one list, newest period first; a correction stands beside what it corrected."""
    met = {duty.met_by: duty for duty in facts.duties if duty.met_by}
    rows: list[tuple[str, int, Item]] = []
    seen: set[tuple[str, str]] = set()
    for publication in facts.publications:
        key = (publication.item, publication.period)
        became = state(publication)
        duty = met.get(f"publication:{publication.public_id}")
        if became in {"current", "expired"}:
            seen.add(key)
        order = 1 if became == "current" else 0
        rows.append((_sortable(publication.period), order, _published(facts, publication, duty, language)))
    rows += [
        (_sortable(duty.period), 2, _owed(facts, duty, language))
        for duty in facts.duties
        if duty.met_at is None and (duty.catalogue_item, duty.period) not in seen
    ]
    rows.sort(key=lambda row: row[:2], reverse=True)
    return [item for _, _, item in rows]


def _sortable(period: str) -> str:
    """Periods of all kinds by their last month: a quarter after that month, then a half-year, then the year."""
    if "Q" in period:
        return f"{period[:4]}-{int(period[5:]) * 3:02}Q"
    if "H" in period:
        return f"{period[:4]}-{int(period[5:]) * 6:02}R"
    return period if "-" in period else f"{period}-12Y"


def _title(title_zh: str, title_en: str, period: str, language: str) -> str:
    title = title_zh if language == "zh" else title_en
    return say(language, "sheet_title", period=figures.period(period, language), title=title)


def _published(facts: VillageFacts, publication: Publication, duty: Duty | None, language: str) -> Item:
    became = state(publication)
    mark, tag = {
        "current": ("ok", "tag_published"),
        "superseded": ("none", "tag_superseded"),
        "taken_down": ("late", "tag_taken_down"),
        "expired": ("none", "tag_expired"),
    }[became]
    day = figures.local_day(publication.published_at)
    entry = facts.entry_of.get(publication.pk)
    notes = [say(language, "published_on", day=figures.day(day, language)), _log_note(entry, language)]
    if duty is not None and publication.published_at >= duty.due_at:
        notes.append(say(language, "published_late", day=figures.day(duty.due_day, language)))
        notes += _silence_notes(facts, duty, language)
    notes += _afterwards(publication, became, language)
    return Item(
        title_of(publication, language),
        f"{language}/d/{publication.public_id}/" if entry is not None and entry.sequenced_at else "",
        mark,
        say(language, tag),
        notes,
        publication.period,
    )


def _log_note(entry: LogEntry | None, language: str) -> str:
    if entry is None or entry.sequenced_at is None:
        return say(language, "being_logged")
    return say(language, "log_number", index=entry.index)


def _afterwards(publication: Publication, became: str, language: str) -> list[str]:
    if became == "superseded":
        later = publication.superseded_by
        day = figures.day(figures.local_day(later.published_at), language)
        return [say(language, "superseded_note", day=day, reason=later.reason_zh)]
    if became == "taken_down":
        tombstone = getattr(publication, "tombstone", None)
        if tombstone is None:
            return [say(language, "erased_note")]
        lost = tombstone.reason_code == LOST
        return [told_gone(tombstone, "lost_note" if lost else "taken_down_note", language)]
    if became == "expired":
        return [
            say(language, "expired_note", day=figures.day(figures.local_day(publication.expiry.at), language))
        ]
    return []


def _owed(facts: VillageFacts, duty: Duty, language: str) -> Item:
    """Something due: not yet, or late. Lateness under law that nobody read is told without the accusation."""
    title = _title(*_owed_title(duty), duty.period, language)
    basis = say(language, "basis", basis=duty.basis_zh if language == "zh" else duty.basis_en)
    if duty.late_at is None:
        notes = [say(language, "due_until", day=figures.day(duty.due_day, language)), basis]
        if duty.provisional:
            notes.append(say(language, "due_provisional"))
        return Item(title, "", "none", say(language, "tag_running"), notes, duty.period)
    notes = [say(language, "late_since", day=figures.day(duty.due_day, language)), basis]
    if duty.next_level is not None:
        notes.append(say(language, "told", level=duty.next_level.name(language)))
    if not duty.read_in_source:
        notes.append(say(language, "not_read"))
        return Item(title, "", "due", say(language, "tag_late_unread"), notes, duty.period)
    notes += _silence_notes(facts, duty, language)
    return Item(title, "", "late", say(language, "tag_late"), notes, duty.period)


def _owed_title(duty: Duty) -> tuple[str, str]:
    """What is owed, by the name that it bears once it is published."""
    if not duty.catalogue_item:
        return duty.title_zh, duty.title_en
    title = rules().catalogue_item(duty.catalogue_item, figures.local_day(duty.opened_at)).provision.title
    return title.zh, title.en


def _silence_notes(facts: VillageFacts, duty: Duty, language: str) -> list[str]:
    logged = (
        ("silence_logged", facts.silence_of.get(duty.pk)),
        ("counter_logged", facts.counter_of.get(duty.pk)),
    )
    return [
        say(language, key, index=entry.index)
        for key, entry in logged
        if entry is not None and entry.sequenced_at is not None
    ]
