"""The rules against the demonstration's known list: what was spoilt is asked about, what is sound is not."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import pytest

from cunwu.assets.models import Contract
from cunwu.demo import faults
from cunwu.demo.build import build
from cunwu.demo.measuring import measured
from cunwu.org.authority import CLOCK
from cunwu.oversight import actions as oversight
from cunwu.oversight.models import Finding
from cunwu.oversight.rules import BY_NAME
from cunwu.oversight.screening import question, screen
from procedures.conftest import home

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("home")]

__all__ = ["home"]

NOVEMBER = datetime.fromisoformat("2026-11-21T22:00:00+08:00")


def test_the_spoilt_contracts_of_the_small_county_are_found(db: None) -> None:
    """Each fault raises its flags; no flagged question is asked of a contract that nobody spoilt."""
    demo = build("test", now=NOVEMBER, progress=lambda _: None)
    number = {village.books.pk: index for index, village in enumerate(demo.county.villages)}
    asked: dict[tuple[int, str], set[str]] = defaultdict(set)
    for hit in screen(None, on=NOVEMBER.date()):
        contract = Contract.objects.get(pk=hit.contract)
        asset = contract.lets.select_related("asset").get().asset.number
        asked[number[contract.organization_id], asset].add(BY_NAME[hit.rule].flag)
        for language in ("zh", "en"):
            assert "{" not in question(hit, language, NOVEMBER.date())
    for fault in faults.KNOWN:
        if fault.village < len(number) and fault.recipe != "unpaid":
            assert fault.flags <= asked.pop((fault.village, fault.asset)), fault
    assert {flag for flags in asked.values() for flag in flags} <= {"", "F5"}, dict(asked)


def test_precision_and_recall_are_told_by_rule(db: None) -> None:
    """Of the small county: what was spoilt is found by the rule that it was spoilt for; what was paid late is not held wrong."""
    build("test", now=NOVEMBER, progress=lambda _: None)
    oversight.ask_every_day(CLOCK, now=NOVEMBER)
    told = {each.rule: each for each in measured()}
    assert set(told) == set(BY_NAME)
    for rule, known in (
        ("oral_contract", 1),
        ("over_long_term", 1),
        ("long_term", 2),
        ("low_rent", 1),
        ("unpaid", 1),
    ):
        assert (told[rule].known, told[rule].recall, told[rule].precision) == (known, 1.0, 1.0), told[rule]
    assert (told["many_contracts"].precision, told["many_contracts"].recall) == (None, None)
    (contract,) = Contract.objects.filter(written=False)
    Finding.objects.filter(contract=contract, rule="oral_contract").update(gone_day=NOVEMBER.date())
    assert {each.rule: each for each in measured()}["oral_contract"].recall == 1.0, (
        "found, and put right since"
    )
