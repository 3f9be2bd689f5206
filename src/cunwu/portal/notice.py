"""The paper for the notice board: A4 and A3 PDF from the published bytes, with the code that verifies them.

Typst lays it out (notice.typ) with the Noto CJK fonts. The same publication gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from cunwu.books.sheets import FORMAT
from cunwu.disclosure import log
from cunwu.disclosure.qr import qr_svg, verify_address
from cunwu.errors import NotReady
from cunwu.org.authority import rules
from cunwu.portal import figures
from cunwu.portal.queries import PublicationFacts
from cunwu.portal.sheets import account_name, person, title_of
from cunwu.portal.tables import table_of
from cunwu.portal.wording import say

TEMPLATE = Path(__file__).with_name("notice.typ")
FONT = "Noto Sans CJK SC"
PAPERS = ("a4", "a3")
_GROUP = 13


def notices(facts: PublicationFacts) -> dict[str, bytes]:
    """File name to PDF, A4 and A3. Nothing for what was taken down.

    Raises NotReady `portal.fonts_missing` on a machine without the Chinese fonts.
    """
    if facts.content is None:
        return {}
    compiler = _compiler()
    known = _words(facts)
    made = {}
    for paper in PAPERS:
        data = json.dumps(known | {"paper": paper}, ensure_ascii=False)
        at = int(facts.publication.published_at.timestamp())
        # Untagged: eight times faster, and the page is what a screen reader reads.
        pdf = compiler.compile(format="pdf", sys_inputs={"data": data}, timestamp=at, pdf_tags=False)
        if not isinstance(pdf, bytes):
            raise TypeError("a PDF is one file")
        made[f"notice-{paper}.pdf"] = pdf
    return made


def fonts_are_there() -> bool:
    """Whether the notice can be set: the Chinese font is installed."""
    return FONT in _fonts().families()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


@cache
def _compiler() -> typst.Compiler:
    if not fonts_are_there():
        raise NotReady(
            "portal.fonts_missing",
            "这台机器没有中文字体，不能排印公告；请以管理员身份运行 apt-get install fonts-noto-cjk 后再试。",
            "This machine has no Chinese fonts and cannot set the notice; as root run apt-get install fonts-noto-cjk.",
        )
    return typst.Compiler(TEMPLATE, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={})


def _words(facts: PublicationFacts) -> dict[str, Any]:
    publication = facts.publication
    place = publication.organization.place
    title = title_of(publication, "zh")
    return {
        "title": title,
        "village": say("zh", "notice_village", village=place.name_zh),
        "demo": say("zh", "demo") if settings.CUNWU.demo else "",
        "foot": say("zh", "notice_foot", village=place.name_zh, title=title),
        "pages": say("zh", "notice_pages", page="{page}", pages="{pages}"),
        "facts": _facts(facts),
        "qr": qr_svg(facts.entry, title=title),
        "address": verify_address(facts.entry),
        "scan": say("zh", "notice_scan"),
        "proof": _proof(facts),
        **_table(facts),
    }


def _table(facts: PublicationFacts) -> dict[str, Any]:
    content = facts.content or {}
    if content.get("format") == FORMAT:
        return _sheet_table(content)
    table = table_of(content, "zh")
    return {
        "sums": [list(pair) for pair in table.totals],
        "headers": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "total": [],
        "figures": [],
        "wide": len(table.columns) - 1 if table.facts else 0,
        "beside": [],
        "beside_title": "",
        "nothing": "",
        "about": [list(fact) for fact in table.facts],
    }


def _sheet_table(sheet: Mapping[str, Any]) -> dict[str, Any]:
    def blank(fen: int) -> str:
        return figures.money(fen) if fen else ""

    headers = [say("zh", key) for key in ("date", "notice_voucher", "what", "income", "expense", "balance")]
    rows = [
        [
            figures.short_day(line["day"], "zh"),
            line["ref"],
            f"{line['summary']}（{account_name(line['account'], 'zh')}）",
            blank(line["income"]),
            blank(line["expense"]),
            figures.money(line["balance"]),
        ]
        for line in sheet["lines"]
    ]
    sums = ("opening", "income", "expense", "closing")
    total = [
        "",
        "",
        say("zh", "total"),
        *(figures.money(sheet[key]) for key in ("income", "expense", "closing")),
    ]
    nothing = say("zh", "nil_month" if sheet["nil"] else "no_lines")
    return {
        "sums": [[say("zh", key), figures.money(sheet[key])] for key in sums],
        "headers": [*headers[:-1], f"{headers[-1]}（元）"],
        "rows": rows,
        "total": total if rows else [],
        "figures": [3, 4, 5],
        "wide": 2,
        "beside": _beside(sheet),
        "beside_title": say("zh", "beside"),
        "nothing": "" if rows else nothing,
        "about": [],
    }


def _beside(sheet: Mapping[str, Any]) -> list[list[str]]:
    others = [row for row in (sheet["comparison"]["last_month"], sheet["comparison"]["last_year"]) if row]
    if not others:
        return []
    head = [say("zh", key) for key in ("month", "income", "expense", "closing")]
    return [head] + [
        [
            figures.period(row["period"], "zh"),
            *(figures.money(row[key]) for key in ("income", "expense", "closing")),
        ]
        for row in (sheet, *others)
    ]


def _facts(facts: PublicationFacts) -> list[list[str]]:
    """Who published and reviewed it, how long it hangs, how to object: each with its clause."""
    publication = facts.publication
    day = figures.local_day(publication.published_at)
    item = rules().catalogue_item(publication.item, day)
    lines = [
        [say("zh", "publisher"), f"{publication.organization.name_zh}　{figures.day(day, 'zh')}"],
        [say("zh", "reviewed_by"), "；".join(person(s.by, "zh") for s in facts.signatures)],
        [say("zh", "legal_basis"), publication.basis_zh],
    ]
    if facts.meeting is not None:
        meeting = facts.meeting
        words = say(
            "zh", "joint_meeting_was", day=figures.day(meeting.held_on, "zh"), chair=meeting.chaired_by,
            expected=meeting.expected, present=meeting.present, favour=meeting.in_favour,
        )  # fmt: skip
        lines.insert(2, [say("zh", "joint_meeting"), words])
    if item.board_days and publication.board_days:
        cite = rules().value(item.board_days, day).cite.zh
        lines.append(
            [say("zh", "notice_board"), say("zh", "notice_hangs", days=publication.board_days, cite=cite)]
        )
    if item.objection_days and publication.objection_until is not None:
        provision = rules().value(item.objection_days, day)
        words = say("zh", "notice_objection", days=provision.value, cite=provision.cite.zh)
        lines.append([say("zh", "objection"), words])
    return [line for line in lines if line[1]]


def _proof(facts: PublicationFacts) -> list[list[str]]:
    address = verify_address(facts.entry)
    start, _, name = address.rpartition("/")
    groups = " ".join(name[at : at + _GROUP] for at in range(0, len(name), _GROUP))
    return [
        [say("zh", "notice_address"), f"{start}/ {groups}"],
        [say("zh", "log_place"), say("zh", "log_number", index=facts.entry.index)],
        [say("zh", "key_fingerprint"), log.fingerprint()],
        [say("zh", "notice_bytes"), f"SHA-256 {facts.publication.document_id[:16]}…"],
    ]
