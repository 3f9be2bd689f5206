"""The rules are closed, plain, documented, and each asks in both languages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlglot import exp

from assets.conftest import lease
from cunwu.assets import actions
from cunwu.assets.entries import LetEntry, PartyEntry
from cunwu.assets.models import MU, Asset, Contract
from cunwu.law.screening import THRESHOLDS
from cunwu.org import relations
from cunwu.org.authority import rules as packs
from cunwu.oversight.engine import require_plain, said
from cunwu.oversight.facts_sql import FACTS
from cunwu.oversight.rule import Rule
from cunwu.oversight.rules import RULES
from cunwu.oversight.screening import screen

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Village

TODAY = date(2026, 10, 8)
PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "README.md").read_text(encoding="utf-8")
COLUMNS = {each.alias_or_name for each in exp.maybe_parse(FACTS, dialect="duckdb").selects}


def test_code_and_packs_know_the_same_rules() -> None:
    """And the national pack states each of them."""
    assert [rule.name for rule in RULES] == list(THRESHOLDS)
    assert {rule.name for rule in packs().screening_rules(TODAY)} == set(THRESHOLDS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_plain_and_documented(rule: Rule) -> None:
    """Comparisons over columns that there are, thresholds that the pack gives, a question that can be asked."""
    tree = require_plain(rule.expression)
    used = {node.name for node in tree.find_all(exp.Placeholder)}
    assert used - {"today"} <= set(THRESHOLDS[rule.name])
    assert {node.name for node in tree.find_all(exp.Column)} <= COLUMNS
    assert set(rule.figures) <= COLUMNS
    thresholds = packs().screening_rule(rule.name, TODAY).thresholds
    for language in ("zh", "en"):
        asked = rule.ask(dict.fromkeys(rule.figures, 1), thresholds, language)
        assert asked.rstrip().endswith(("？", "?"))
        assert "{" not in asked
    assert f"`{rule.name}`" in PAGE


def test_every_column_stands_in_the_page() -> None:
    """What a rule may look at is known to everybody."""
    assert set(re.findall(r"^\| `(\w+)` \| column", PAGE, re.MULTILINE)) == COLUMNS


@pytest.mark.parametrize(
    "hostile",
    [
        "1 = 1; DROP TABLE facts",
        "(SELECT count(*) FROM contracts) > 0",
        "read_csv('/etc/passwd') IS NULL",
        "getenv('HOME') = ''",
        "worth > (SELECT 1)",
        "CAST(worth AS VARCHAR) LIKE '%'",
        "EXISTS (FROM officers)",
        "(" * 300 + "runs" + ")" * 300,
        "runs AND",
    ],
)
def test_nothing_else_gets_through(hostile: str) -> None:
    """A condition compares; it calls nothing and asks nobody."""
    with pytest.raises(ValueError, match=r"not allowed|not a condition|characters at most"):
        require_plain(hostile)


def test_the_facts_are_said_to_spark() -> None:
    """The same text in the other engine's words, days and lines bound."""
    values: dict[str, int | date] = {"today": TODAY, "split_days": 31, "split_line": 1_000_000}
    spark = said(FACTS, values, "spark")
    assert "CAST('2026-10-08' AS DATE)" in spark
    assert ":today" not in spark


def asked_of(contract: Contract) -> set[str]:
    """The rules that ask of one contract."""
    return {hit.rule for hit in screen(None, on=TODAY) if hit.contract == contract.pk}


SOUND = {
    "breach_terms": True,
    "increase_terms": True,
    "decision_day": date(2022, 1, 20),
    "in_favour": 22,
    "entitled": 25,
    "parties": (PartyEntry("马国良", member=True, identity="11010519491231002X"),),
}


def test_a_sound_lease_is_asked_only_about_the_trade(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    """30,000 yuan over five years is above the line of 10,000, and no trade is on record."""
    (contract,) = actions.register_contracts(village.clerk, village.collective, [lease(**SOUND)], now=now)
    assert asked_of(contract) == {"not_traded"}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"written": False}, "oral_contract"),
        ({"decision_day": None}, "no_decision"),
        ({"in_favour": 12}, "no_decision"),
        ({"use": ""}, "incomplete"),
        ({"pays_at_end": True}, "pays_at_end"),
        ({"prepaid_months": 61}, "prepaid_beyond_term"),
        ({"valuation": 1_000_000}, "low_rent"),
        ({"sublet": "unconsented"}, "other_use"),
        ({"until_day": date(2039, 1, 1)}, "long_term"),
        ({"lets": (LetEntry("Z-01", 12 * MU, 13 * MU),)}, "area_mismatch"),
        ({"until_day": date(2026, 3, 1), "in_use_after": True}, "expired_in_use"),
    ],
)
def test_what_is_wrong_is_asked_about(
    village: Village, assets: dict[str, Asset], now: datetime, changed: dict[str, object], rule: str
) -> None:
    """One thing changed, one question more."""
    entry = lease(**(SOUND | changed))
    (contract,) = actions.register_contracts(village.clerk, village.collective, [entry], now=now)
    assert asked_of(contract) - {"not_traded"} == {rule}


@pytest.mark.parametrize(
    "changed",
    [
        {"prepaid_months": 60},
        {"valuation": 923_000},
        {"in_favour": 13},
        {"lets": (LetEntry("Z-01", 100 * MU, 105 * MU),)},
        {"until_day": date(2036, 12, 1)},
    ],
)
def test_near_misses_are_not(
    village: Village, assets: dict[str, Asset], now: datetime, changed: dict[str, object]
) -> None:
    """The line itself is not over the line."""
    entry = lease(**(SOUND | changed))
    (contract,) = actions.register_contracts(village.clerk, village.collective, [entry], now=now)
    assert asked_of(contract) == {"not_traded"}


def test_a_declared_relative_is_asked_about_by_no_name(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    """The secretary declared 马国良; the question names nobody."""
    relations.declare_relation(village.li, "sibling", "马国良", now=now)
    (contract,) = actions.register_contracts(village.clerk, village.collective, [lease(**SOUND)], now=now)
    assert "officer_is_party" in asked_of(contract)
    hits = screen(village.place, on=TODAY, rules=["officer_is_party"])
    assert [hit.figures for hit in hits] == [{"signed_day": "2022-02-20"}]
