"""The rules against the demonstration's known list: what was spoilt is asked about, what is sound is not."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import pytest

from cunwu.assets.models import Contract
from cunwu.demo import faults
from cunwu.demo.build import build
from cunwu.oversight.rules import BY_NAME
from cunwu.oversight.screening import question, screen

pytestmark = pytest.mark.slow

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
