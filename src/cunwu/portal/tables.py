"""Every kind of published document as one table: what pages, paper and workbooks show of all that is no monthly sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cunwu.assets import publishing as holdings
from cunwu.portal import figures
from cunwu.portal.wording import say
from cunwu.procedures import publishing, supervision
from cunwu.procedures.telling import told
from cunwu.programmes import publishing as clean_up

LISTED = {holdings.FORMAT: holdings.told, clean_up.FORMAT: clean_up.told}
"""What is told as facts and lines: the collective's holdings, the result of a clean-up."""


@dataclass(frozen=True)
class Table:
    """Facts above, rows below, totals under them; any of the three may be empty."""

    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    totals: Sequence[tuple[str, str]]


def table_of(content: Mapping[str, Any], language: str) -> Table:
    """The document in `language`: a decision, a supervisory report, one of `LISTED`, or a list as it was written."""
    if content.get("format") == publishing.FORMAT:
        return _decision(content, language)
    if content.get("format") == supervision.FORMAT:
        return _report(content, language)
    if (reader := LISTED.get(content.get("format", ""))) is not None:
        told_of = reader(content, language)
        return Table(told_of.facts, told_of.columns, told_of.rows, [])
    return Table(
        [],
        [str(name) for name in content.get("columns", [])],
        [[str(cell) for cell in row] for row in content.get("rows", [])],
        [(str(name), str(value)) for name, value in sorted(content.get("totals", {}).items())],
    )


def _decision(content: Mapping[str, Any], language: str) -> Table:
    decision = told(content, language)
    facts = [
        (say(language, "decision_title"), decision.title),
        (say(language, "decision_text"), decision.text),
        (say(language, "power"), decision.power.title.sentence(language)),
        (say(language, "amount_yuan"), decision.amount),
        (say(language, "settled_yuan"), decision.settled),
        (say(language, "parties"), "、".join(decision.parties)),
    ]
    rows = [
        [
            step.title,
            figures.day(step.day, language) if step.day is not None else "",
            (" " if language == "en" else "").join(step.lines),
        ]
        for step in decision.steps
    ]
    columns = [say(language, key) for key in ("step", "date", "what_was_done")]
    return Table([fact for fact in facts if fact[1]], columns, rows, [])


def _report(content: Mapping[str, Any], language: str) -> Table:
    rows = [
        [supervision.FIGURES[name].sentence(language), str(count)]
        for name, count in content["figures"].items()
    ]
    columns = [say(language, key) for key in ("what", "count_head")]
    return Table([(say(language, "findings"), content["text"])], columns, rows, [])
