"""What the invented collectives own and have let: each spoilt contract is there, each other one is sound."""

from __future__ import annotations

from datetime import datetime

import pytest

from cunwu.assets.models import Asset, Contract, Receivable
from cunwu.demo import faults
from cunwu.demo.build import build
from cunwu.programmes.models import Participation, Programme
from cunwu.programmes.queries import chain, in_all, progress

pytestmark = pytest.mark.slow

NOVEMBER = datetime.fromisoformat("2026-11-21T22:00:00+08:00")


def test_the_villages_have_let_what_they_own(db: None) -> None:
    """Six things let in each of three villages, three kept; what was signed later is registered later."""
    demo = build("test", now=NOVEMBER, progress=lambda _: None)
    assert Asset.objects.count() == 3 * 9 + 1, "and the canal that a project left"
    assert Contract.objects.count() == 3 * 6
    spoilt = {(f.village, f.asset): f for f in faults.KNOWN if f.village < 3}
    for number, village in enumerate(demo.county.villages):
        for contract in Contract.objects.filter(organization=village.books).prefetch_related("lets__asset"):
            (let,) = contract.lets.all()
            fault = spoilt.get((number, let.asset.number))
            recipe = fault.recipe if fault else ""
            assert (contract.written is False) == (recipe == "oral")
            assert contract.runs_on(NOVEMBER.date()) == (recipe != "expired_in_use")
            assert contract.signed_day is not None
            assert (
                contract.registered_at.date() >= contract.signed_day
                or contract.signed_day < demo.first.first_day
            )
    unpaid = [
        r for r in Receivable.objects.select_related("contract") if r.owed and r.due_day < NOVEMBER.date()
    ]
    assert {r.contract.title for r in unpaid if r.contract} <= {"老果园承包合同"}
    assert Receivable.objects.filter(received__gt=0).exists()


def test_the_county_cleans_up(db: None) -> None:
    """The five clears run: villages have taken stock, somebody answers at each level, two contracts are planned for."""
    demo = build("test", now=NOVEMBER, progress=lambda _: None)
    (programme,) = Programme.objects.all()
    parts = Participation.objects.filter(programme=programme)
    far = in_all(progress(programme, parts, NOVEMBER.date()).values())
    assert parts.count() == len(demo.county.villages)
    assert far.items.total == 9
    assert far.tallies["contracts"].planned == 2
    levels = chain(programme, demo.county.villages[0].place, NOVEMBER.date())
    assert set(levels) == {"district", "street", "community", "village"}


def test_each_recipe_is_used_and_each_fault_is_named_once() -> None:
    """A recipe that no contract is spoilt by tells nothing about a rule."""
    assert {f.recipe for f in faults.KNOWN} == set(faults.RECIPES)
    assert len({(f.village, f.asset) for f in faults.KNOWN}) == len(faults.KNOWN)
