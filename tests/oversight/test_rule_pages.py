"""docs/rules is what people read; every example in it is asked by the real rule, word for word."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from cunwu.org.authority import rules as packs
from cunwu.oversight.rule import Rule
from cunwu.oversight.rules import BY_NAME, RULES
from cunwu.oversight.screening import bound

DOCS = Path(__file__).parents[2] / "docs" / "rules"
DAY = date(2026, 10, 8)
TYPES = {bool: "BOOLEAN", int: "BIGINT", str: "TEXT", date: "DATE"}


def example(rule: Rule) -> dict[str, Any]:
    """The page's example."""
    (block,) = re.findall(r"```yaml\n(.*?)```", page(rule), re.DOTALL)
    told: dict[str, Any] = yaml.safe_load(block)
    return told


def page(rule: Rule) -> str:
    """The page as it is read."""
    return (DOCS / f"{rule.name}.md").read_text(encoding="utf-8")


def asks(rule: Rule, facts: dict[str, Any]) -> bool:
    """Whether DuckDB finds the condition true of one row with these facts; what is not given is null."""
    condition = bound(rule, DAY)
    columns = set(re.findall(r"[a-z_]+", condition)) - set(facts)
    with duckdb.connect() as engine:
        known = ", ".join(
            f"CAST(${name} AS {TYPES.get(type(value), 'BOOLEAN')}) AS {name}" for name, value in facts.items()
        )
        unknown = "".join(f", NULL AS {name}" for name in sorted(columns) if name not in {"date", "as"})
        query = f"SELECT COALESCE({condition}, FALSE) FROM (SELECT {known}{unknown})"  # noqa: S608  (rules of ours)
        row = engine.execute(query, facts).fetchone()
    return row is not None and bool(row[0])


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {path.stem for path in DOCS.glob("*.md")} - {"README"} == set(BY_NAME)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_is_asked_word_for_word_and_the_near_miss_is_not(rule: Rule) -> None:
    told = example(rule)
    assert asks(rule, told["asks"])
    assert not asks(rule, told["silent"])
    figures = {
        name: value.isoformat() if isinstance(value := told["asks"].get(name), date) else value
        for name in rule.figures
    }
    thresholds = packs().screening_rule(rule.name, DAY).thresholds
    assert {language: rule.ask(figures, thresholds, language) for language in ("zh", "en")} == told["says"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_page_gives_condition_thresholds_and_basis_as_they_are(rule: Rule) -> None:
    held, text = packs().screening_rule(rule.name, DAY), page(rule)
    assert " ".join(rule.expression.split()) in text
    assert held.provision.cite.en in text
    assert rule.answer.zh in text
    for name, number in held.thresholds.items():
        assert f"`{name}` {number}" in text
