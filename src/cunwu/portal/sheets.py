"""The pages of one publication: the sheet as residents read it, and what a scan of the paper shows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from cunwu.books.charts import chart
from cunwu.books.sheets import FORMAT
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice
from cunwu.disclosure.qr import leaf_name
from cunwu.disclosure.takedown import GROUNDS
from cunwu.org.authority import rules
from cunwu.org.models import Appointment, Place
from cunwu.portal import figures
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.queries import PublicationFacts
from cunwu.portal.rendering import render
from cunwu.portal.wording import say


@dataclass(frozen=True)
class Step:
    """A place above the page's own, for the chain at its head. The whole country above the county is left out."""

    name: str
    href: str


@dataclass(frozen=True)
class Link:
    """A link with its words."""

    words: str
    href: str


def chain(place: Place, language: str, root: str) -> list[Step]:
    """The county, town and village from above down to `place` itself."""
    steps = []
    node: Place | None = place
    shown = {Place.Level.COUNTY, Place.Level.TOWN, Place.Level.VILLAGE}
    while node is not None:
        if node.level in shown or node is place:
            steps.append(Step(node.name(language), f"{root}{language}/p/{node.public_id}/"))
        node = node.parent
    return steps[::-1]


def pages(facts: PublicationFacts) -> dict[str, bytes]:
    """Path below the site's root to bytes: the sheet and the verify page, each in Chinese and in English."""
    name = leaf_name(facts.entry)
    files = {}
    for language in LANGUAGES:
        sheet_path = f"{language}/d/{facts.publication.public_id}/index.html"
        verify_path = f"{'' if language == 'zh' else 'en/'}v/{name}/index.html"
        files[sheet_path] = render(
            "sheet.html", language, sheet_path, **_context(facts, language, "../../../")
        )
        up = "../../" if language == "zh" else "../../../"
        context = _context(facts, language, up) | _verification(facts, language)
        files[verify_path] = render("verify.html", language, verify_path, **context)
    return files


def _context(facts: PublicationFacts, language: str, root: str) -> dict[str, Any]:
    shown = facts.publication
    place = shown.organization.place
    title = shown.title_zh if language == "zh" else shown.title_en
    words = say(language, "sheet_title", period=figures.period(shown.period, language), title=title)
    is_sheet = facts.content is not None and facts.content.get("format") == FORMAT
    later = getattr(shown, "superseded_by", None)
    context: dict[str, Any] = {
        "facts": facts,
        "publication": shown,
        "entry": facts.entry,
        "title": words,
        "place_name": place.name(language),
        "steps": chain(place, language, root),
        "organization": shown.organization.name(language),
        "state": facts.state,
        "gone": _gone(facts, language),
        "later": Link("", f"{root}{language}/d/{later.public_id}/") if later is not None else None,
        "later_on": figures.day(figures.local_day(later.published_at), language) if later is not None else "",
        "later_reason": later.reason_zh if later is not None else "",
        "earlier": f"{root}{language}/d/{shown.supersedes.public_id}/"
        if shown.supersedes is not None
        else "",
        "reviewers": [person(s.by, language, on_paper=s.on_paper) for s in facts.signatures],
        "published_by": person(shown.published_by, language),
        "boards": [board(notice, language) for notice in facts.boards],
        "basis": shown.basis_zh if language == "zh" else shown.basis_en,
        "verify": f"{root}{'' if language == 'zh' else 'en/'}v/{leaf_name(facts.entry)}/",
        "here": f"{root}{language}/d/{shown.public_id}/",
        "files": f"{root}d/{shown.public_id}/",
        "fingerprint": log.fingerprint(),
    }
    if is_sheet and facts.content is not None:
        context["sheet"] = sheet_view(facts.content, language)
    elif facts.content is not None:
        context["table"] = list_view(facts.content)
    return context


def _gone(facts: PublicationFacts, language: str) -> dict[str, str] | None:
    """Ground, level and day of a takedown; nothing of the content."""
    if facts.state != "taken_down":
        return None
    tombstone = facts.publication.tombstone
    return {
        "day": figures.day(figures.local_day(tombstone.at), language),
        "level": tombstone.by.organization.name(language),
        "reason": ground(tombstone.reason_code, tombstone.reason_zh, language),
    }


def ground(code: str, reason_zh: str, language: str) -> str:
    """The ground of a takedown in words, with the reason as it was written (in Chinese)."""
    words = GROUNDS[code].sentence(language) if code in GROUNDS else code
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
    return account.name_zh if language == "zh" else account.name_en


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


def list_view(content: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """A published list (`cunwu-list/1`): its columns and rows; of an expired one only the totals."""
    return {
        "columns": content.get("columns", []),
        "rows": content.get("rows", []),
        "totals": sorted(content.get("totals", {}).items()),
    }


def _verification(facts: PublicationFacts, language: str) -> dict[str, Any]:
    """What verify.js needs: where the bundle lies, which witnesses to look for, and whose they are."""
    witnesses = [
        {"key": w.key, "name": w.title_zh if language == "zh" else w.title_en, "independent": w.independent}
        for w in settings.CUNWU.witnesses
    ]
    checkable = facts.state in {"current", "superseded"}
    return {
        "checkable": checkable,
        "address": leaf_name(facts.entry),
        "witnesses": json.dumps(witnesses, ensure_ascii=False),
    }
