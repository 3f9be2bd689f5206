"""What can be taken home of a publication: the published bytes, the proof, tables for Excel."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from cunwu.books.sheets import FORMAT
from cunwu.disclosure.entries import Shown, shown
from cunwu.disclosure.queries import bundle_of
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet, write_csv, write_workbook
from cunwu.portal.queries import PublicationFacts
from cunwu.portal.sheets import account_name
from cunwu.portal.tables import table_of
from cunwu.portal.wording import say
from cunwu.procedures.publishing import FORMAT as DECISION
from cunwu.procedures.rules import pinned_bytes

ERASED_FILES = (
    "document.json",
    "salt.txt",
    "bundle.json",
    "rule.json",
    "sheet.xlsx",
    "sheet.csv",
    "ocds.json",
    "notice-a4.pdf",
    "notice-a3.pdf",
)
"""What must go from `d/ID/` when a publication is taken down; `entry.json` and `proof.txt` tell nothing by then."""

_HEADERS = ("date", "what", "account", "income", "expense", "balance")
_MONEY = frozenset({3, 4, 5})


def proof_files(facts: PublicationFacts) -> dict[str, bytes]:
    """File name to bytes: the document, its salt, the entry, the tlog-proof, and all of them as one bundle; of a decision
    the pinned rule, whose SHA-256 the document names and which knows the titles of its steps."""
    packed = bundle_of(_shown(facts))
    decided = (facts.content or {}).get("format") == DECISION
    rule = {"rule.json": pinned_bytes((facts.content or {})["rule"])} if decided else {}
    return rule | {
        "document.json": b64decode(packed["document"]),
        "salt.txt": f"{packed['salt']}\n".encode(),
        "entry.json": b64decode(packed["entry"]),
        "proof.txt": packed["proof"].encode(),
        "bundle.json": json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode(),
    }


def _shown(facts: PublicationFacts) -> Shown:
    """What commits to what is shown: read along with the facts, of an expired list its totals' own."""
    if facts.state == "expired" or not hasattr(facts.publication, "salt"):
        return shown(facts.publication)
    return Shown(facts.publication.document, facts.entry, bytes(facts.publication.salt.value))


def tables(facts: PublicationFacts) -> dict[str, bytes]:
    """File name to bytes: the sheet's lines as a workbook and as CSV; of a list its rows; nothing of other documents."""
    content = facts.content
    if content is None:
        return {}
    if content.get("format") != FORMAT:
        table = table_of(content, "zh")
        return _files("公开", table.columns, table.rows, frozenset()) if table.columns and table.rows else {}
    title = f"{content['place']['name']} {facts.publication.title_zh} {content['period']}"
    return _files(title, [say("zh", key) for key in _HEADERS], _rows(content), _MONEY)


def _files(
    title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell | None]], money: frozenset[int]
) -> dict[str, bytes]:
    page = Sheet(title, headers, rows, money, title=title, unit="元" if money else "")
    return {"sheet.xlsx": write_workbook([page]), "sheet.csv": write_csv(headers, rows, money)}


def _rows(sheet: Mapping[str, Any]) -> list[list[Cell | None]]:
    opening: list[Cell | None] = ["", say("zh", "opening"), "", None, None, sheet["opening"]]
    lines: list[list[Cell | None]] = [
        [
            line["day"],
            line["summary"],
            account_name(line["account"], "zh"),
            line["income"] or None,
            line["expense"] or None,
            line["balance"],
        ]
        for line in sheet["lines"]
    ]
    total: list[Cell | None] = [
        "",
        say("zh", "total"),
        "",
        sheet["income"],
        sheet["expense"],
        sheet["closing"],
    ]
    return [opening, *lines, total]
