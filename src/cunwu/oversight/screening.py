"""The rules asked of the live ledgers, by DuckDB in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from cunwu.law.terms import ScreeningRule
from cunwu.org.authority import rules as packs
from cunwu.org.models import Place
from cunwu.oversight.engine import said
from cunwu.oversight.facts import tables
from cunwu.oversight.facts_sql import FACTS
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
    wanted = packs().screening_rules(on) if rules is None else [packs().screening_rule(n, on) for n in rules]
    held = {rule.name: rule for rule in wanted}
    split = packs().screening_rule("split_amount", on).thresholds
    values: dict[str, int | date] = {
        "today": on,
        "split_days": split["days"],
        "split_line": split["line_yuan"] * 100,
    }
    with duckdb.connect() as engine:
        for name, table in tables(place, on).items():
            engine.register(name, table)
        engine.execute(f"CREATE TABLE facts AS {said(FACTS, values, 'duckdb')}")
        asked = [rule for rule in RULES if rule.name in held]
        found = [hit for rule in asked for hit in _hits(engine, rule, held[rule.name], on)]
    order = {rule.name: number for number, rule in enumerate(RULES)}
    return sorted(found, key=lambda hit: (hit.contract, order[hit.rule]))


def question(hit: Hit, language: str, on: date) -> str:
    """What is asked about the contract, in words."""
    return BY_NAME[hit.rule].ask(hit.figures, packs().screening_rule(hit.rule, on).thresholds, language)


def _hits(engine: duckdb.DuckDBPyConnection, rule: Rule, held: ScreeningRule, on: date) -> list[Hit]:
    columns = ", ".join(("contract", *rule.figures))
    condition = said(rule.expression, {**held.thresholds, "today": on}, "duckdb")
    rows = engine.execute(f"SELECT {columns} FROM facts WHERE {condition}").fetchall()  # noqa: S608  (rules of ours)
    return [
        Hit(rule.name, contract, dict(zip(rule.figures, map(_plain, figures), strict=True)))
        for contract, *figures in rows
    ]


def _plain(value: object) -> Figure:
    if value is None or isinstance(value, int | str):
        return value
    return value.isoformat() if isinstance(value, date) else round(float(str(value)))
