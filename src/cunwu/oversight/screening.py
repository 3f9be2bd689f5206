"""The rules asked of the live ledgers, by DuckDB in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from cunwu.org.authority import rules as packs
from cunwu.org.models import Place
from cunwu.oversight.engine import said, statement
from cunwu.oversight.facts import tables
from cunwu.oversight.rule import Figure, Rule
from cunwu.oversight.rules import BY_NAME, RULES


@dataclass(frozen=True, slots=True)
class Hit:
    """One contract (its key) of which one rule asks, and the figures that the question shows."""

    rule: str
    contract: int
    figures: dict[str, Figure]


def screen(place: Place | None, *, on: date, rules: Sequence[str] | None = None) -> list[Hit]:
    """Every question that the rules, as the packs have them on `on`, ask of the contracts in `place` (None: all).

    `rules` names some of them, also such as the packs have switched off (a dry run). By contract, then rule; nothing is
    stored. Raises NotFound `law.unknown` for a rule that no pack has.
    """
    asked = asked_of(on, rules)
    conditions = {rule.name: bound(rule, on) for rule in asked}
    figures = list(dict.fromkeys(name for rule in asked for name in rule.figures))
    if not asked:
        return []
    marks = ", ".join(f"({condition}) AS ask_{name}" for name, condition in conditions.items())
    any_of = " OR ".join(f"({condition})" for condition in conditions.values())
    wanted = statement(f"contract, {', '.join(figures)}, {marks}", any_of, values(on), "duckdb")
    with duckdb.connect() as engine:
        for name, table in tables(place, on).items():
            engine.register(name, table)
        rows = engine.execute(wanted).fetchall()
    return sorted(_hits(rows, asked, figures), key=lambda hit: hit.contract)


def asked_of(on: date, names: Sequence[str] | None = None) -> list[Rule]:
    """The rules that the packs have switched on on `on`, or those named, in their order."""
    wanted = packs().screening_rules(on) if names is None else [packs().screening_rule(n, on) for n in names]
    held = {rule.name for rule in wanted}
    return [rule for rule in RULES if rule.name in held]


def bound(rule: Rule, on: date) -> str:
    """The rule's condition with the thresholds of `on`, in DuckDB's SQL."""
    return said(rule.expression, {**packs().screening_rule(rule.name, on).thresholds, "today": on}, "duckdb")


def values(on: date) -> dict[str, int | date]:
    """What the facts themselves need: the day, and what counts as a split sum."""
    split = packs().screening_rule("split_amount", on).thresholds
    return {"today": on, "split_days": split["days"], "split_line": split["line_yuan"] * 100}


def question(hit: Hit, language: str, on: date) -> str:
    """What is asked about the contract, in words."""
    return BY_NAME[hit.rule].ask(hit.figures, packs().screening_rule(hit.rule, on).thresholds, language)


def _hits(rows: Sequence[tuple[object, ...]], asked: Sequence[Rule], figures: Sequence[str]) -> Iterator[Hit]:
    """Rows of contract, figures, and whether each rule asks; rules keep their order within a contract."""
    place = {name: number for number, name in enumerate(figures, 1)}
    for row in rows:
        for rule, asks in zip(asked, row[len(figures) + 1 :], strict=True):
            if asks:
                shown = {name: _plain(row[place[name]]) for name in rule.figures}
                yield Hit(rule.name, int(str(row[0])), shown)


def _plain(value: object) -> Figure:
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return round(value if isinstance(value, float | Decimal) else float(str(value)))
