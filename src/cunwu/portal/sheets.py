"""The pages of one publication: the sheet as residents read it, and what a scan of the paper shows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from cunwu.books.charts import chart
from cunwu.books.sheets import FORMAT
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice, Publication, Tombstone
from cunwu.disclosure.qr import leaf_name
from cunwu.disclosure.takedown import GROUNDS, LOST
from cunwu.org.authority import rules
from cunwu.org.models import Appointment, Place
from cunwu.portal import contracts, figures
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.queries import PublicationFacts
from cunwu.portal.rendering import fragment, render
from cunwu.portal.tables import table_of
from cunwu.portal.wording import say


@dataclass(frozen=True)
class Step:
    """A place on the way down to the page's own, for the chain at its head; `path` is below the site's root."""

    name: str
    path: str


def chain(place: Place, language: str) -> list[Step]:
    """The county, town and village from above down to `place` itself; what is above the county is left out."""
    steps = []
    node: Place | None = place
    shown = {Place.Level.COUNTY, Place.Level.TOWN, Place.Level.VILLAGE}
    while node is not None:
        if node.level in shown or node is place:
            steps.append(Step(node.name(language), f"{language}/p/{node.public_id}/"))
        node = node.parent
    return steps[::-1]


def pages(facts: PublicationFacts) -> dict[str, bytes]:
    """Path below the site's root to bytes: the sheet and the verify page, each in Chinese and in English."""
    files = {}
    for language in LANGUAGES:
        context = _context(facts, language) | _content(facts, language)
        sheet = f"{language}/d/{facts.publication.public_id}/index.html"
        verify = f"{context['verify']}index.html"
        files[sheet] = render("sheet.html", language, sheet, **context)
        files[verify] = render("verify.html", language, verify, **context)
    return files


def _context(facts: PublicationFacts, language: str) -> dict[str, Any]:
    """Everything but the content. Paths are below the site's root; the templates put the way to it in front."""
    shown = facts.publication
    place = shown.organization.place
    name = leaf_name(facts.entry)
    later = getattr(shown, "superseded_by", None)
    return {
        "facts": facts,
        "publication": shown,
        "entry": facts.entry,
        "title": title_of(shown, language),
        "place_name": place.name(language),
        "steps": chain(place, language),
        "organization": shown.organization.name(language),
        "state": facts.state,
        "gone": _gone(facts, language),
        "later": later,
        "later_on": figures.day(figures.local_day(later.published_at), language) if later is not None else "",
        "reviewers": [person(s.by, language, on_paper=s.on_paper) for s in facts.signatures],
        "published_by": person(shown.published_by, language)
        if shown.published_by is not None
        else say(language, "recovered"),
        "boards": [board(notice, language) for notice in facts.boards],
        "basis": shown.basis_zh if language == "zh" else shown.basis_en,
        "verify": f"{'' if language == 'zh' else 'en/'}v/{name}/",
        "fingerprint": log.fingerprint(),
        "checkable": facts.state in {"current", "superseded"},
        "address": name,
        "witnesses": _witnesses(language),
    }


def title_of(publication: Publication, language: str) -> str:
    """Its name: the catalogue's with the period; of a decision it names the matter already."""
    title = publication.title_zh if language == "zh" else publication.title_en
    if publication.about:
        return title
    return say(language, "sheet_title", period=figures.period(publication.period, language), title=title)


def _witnesses(language: str) -> str:
    """The witnesses that verify.js looks for, as JSON: their keys, and whose they are."""
    known = [
        {"key": w.key, "name": w.title_zh if language == "zh" else w.title_en, "independent": w.independent}
        for w in settings.CUNWU.witnesses
    ]
    return json.dumps(known, ensure_ascii=False)


def _content(facts: PublicationFacts, language: str) -> dict[str, Any]:
    """What was published, as both pages show it: a sheet with its table of lines, or a list."""
    if facts.content is None:
        return {}
    if facts.content.get("format") != FORMAT:
        return {"table": table_of(facts.content, language), "has_contracts": contracts.are_in(facts.content)}
    sheet = sheet_view(facts.content, language)
    return {"sheet": sheet, "lines": fragment("_lines.html", language, sheet=sheet)}


def _gone(facts: PublicationFacts, language: str) -> dict[str, str | bool] | None:
    """What the page says of a document that is gone: title and text, nothing of the content."""
    if facts.state != "taken_down":
        return None
    tombstone: Tombstone | None = getattr(facts.publication, "tombstone", None)
    if tombstone is None:
        return {"title": say(language, "taken_down_title"), "text": say(language, "erased_text")}
    lost = tombstone.reason_code == LOST
    title, text = ("lost_title", "lost_text") if lost else ("taken_down_title", "taken_down_text")
    return {
        "lost": lost,
        "title": say(language, title),
        "text": told_gone(tombstone, text, language),
    }


def told_gone(tombstone: Tombstone, key: str, language: str) -> str:
    """The sentence `key` about a document that is gone: day, who took it down, on which ground."""
    by = tombstone.by
    return say(
        language,
        key,
        day=figures.day(figures.local_day(tombstone.at), language),
        level=by.organization.name(language) if by is not None else say(language, "level_unknown"),
        reason=_ground(tombstone.reason_code, tombstone.reason_zh, language),
    )


def _ground(code: str, reason_zh: str, language: str) -> str:
    """The ground of a takedown in words, with the reason as it was written (in Chinese)."""
    words = GROUNDS[code].sentence(language) if code in GROUNDS else code
    if not reason_zh:
        return words
    return f"{words}（{reason_zh}）" if language == "zh" else f"{words} ({reason_zh})"


def person(appointment: Appointment, language: str, *, on_paper: bool = False) -> str:
    """An officer by organization, office and name: officers' names are public."""
    title = rules().office(appointment.office).title.sentence(language)
    name = appointment.person.name
    organization = appointment.organization.name(language)
    words = f"{organization} {title} {name}" if language == "zh" else f"{name}, {title}, {organization}"
    note = say(language, "on_paper") if on_paper else ""
    return f"{words}（{note}）" if note and language == "zh" else f"{words} ({note})" if note else words


def board(notice: BoardNotice, language: str) -> str:
    """Where and from when until when the paper hung; that it came down too early, if it did."""
    down = notice.taken_down_on
    key = "board_up" if down is None else "board_short" if down <= notice.stays_until else "board_down"
    return say(
        language,
        key,
        board=notice.board,
        from_day=figures.day(notice.put_up_on, language),
        until_day=figures.day(notice.stays_until, language),
        down_day=figures.day(down, language) if down is not None else "",
    )


def sheet_view(sheet: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The canonical sheet (docs/books.md) with account names, marks at corrected lines, and columns to compare."""
    corrections: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in sheet["corrections"]:
        corrections[each["line"]].append(each)
    return {
        **sheet,
        "count": len(sheet["lines"]),
        "lines": [
            {
                **line,
                "account_name": account_name(line["account"], language),
                "red": line["income"] < 0 or line["expense"] < 0,
                "corrections": corrections.get(line["id"], []),
            }
            for line in sheet["lines"]
        ],
        "other": [
            {**line, "account_name": account_name(line["account"], language)} for line in sheet["other"]
        ],
        "position": [_position(row, language) for row in sheet["position"]],
        "beside": _beside(sheet),
        "reconciliation": _reconciliation(sheet["reconciliation"], language),
    }


def _reconciliation(found: Mapping[str, Any] | None, language: str) -> dict[str, Any] | None:
    """The items told by who knows them already: one added on the bank's side stands in the books only."""
    if found is None:
        return None
    known = {"bank": "known_to_books", "books": "known_to_bank"}
    items = [{**item, "side": say(language, known[item["side"]])} for item in found["items"]]
    return {**found, "items_view": items}


def _beside(sheet: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    compared = [sheet["comparison"]["last_month"], sheet["comparison"]["last_year"]]
    rows = [row for row in compared if row is not None]
    return [sheet, *rows] if rows else []


def account_name(code: str, language: str) -> str:
    """The name of a first-level account in the chart of 2023; the code itself where the chart has none."""
    account = chart().get(code)
    if account is None:
        return code
    return account.name_zh if language == "zh" else f"{account.name_en[0].upper()}{account.name_en[1:]}"


def _position(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Balances on the account's own side: a liability of 100 is stored as -100 and shown as 100."""
    account = chart().get(row["account"])
    sign = 1 if account is None or account.debit_side else -1
    return {
        "code": row["account"],
        "name": account_name(row["account"], language),
        "opening": sign * row["opening"],
        "closing": sign * row["closing"],
    }
