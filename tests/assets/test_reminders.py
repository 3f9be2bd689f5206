"""A contract's end, a rent day and the end of a limitation are told ahead, once, and met by what deals with them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from assets.conftest import lease
from cunwu.assets import actions, receivables
from cunwu.assets.entries import DebtEntry
from cunwu.assets.models import Asset, Contract
from cunwu.assets.reminders import remind
from cunwu.duties.models import Duty
from cunwu.org.authority import CLOCK

if TYPE_CHECKING:
    from conftest import Village


def names() -> dict[str, date]:
    """What is open, by name, and when it is due."""
    return dict(
        Duty.objects.filter(met_at=None, catalogue_item="", meeting_kind="").values_list("name", "due_day")
    )


@pytest.fixture
def pond(village: Village, assets: dict[str, Asset], now: datetime) -> Contract:
    """The pond's lease: until the end of February 2027, 144 days from now."""
    (made,) = actions.register_contracts(village.clerk, village.collective, [lease()], now=now)
    return made


def test_the_end_of_a_contract_is_told_180_days_ahead_and_met_by_ending_it(
    village: Village, pond: Contract, now: datetime
) -> None:
    assert remind(CLOCK, now=now - timedelta(days=40)) == 0
    assert remind(CLOCK, now=now) == 1
    assert remind(CLOCK, now=now + timedelta(days=1)) == 0, "once"
    assert names() == {"contract_ending": date(2027, 2, 28)}
    actions.end_contract(village.clerk, pond, date(2027, 3, 1), "returned", now=now)
    assert names() == {}
    assert remind(CLOCK, now=now + timedelta(days=2)) == 0


def test_a_rent_day_is_met_by_paying(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    longer = lease(until_day=date(2035, 3, 1), lets=())
    actions.register_contracts(village.clerk, village.collective, [longer], now=now)
    february = now.replace(year=2027, month=2, day=10)
    receivables.make_receivables(CLOCK, now=february)
    remind(CLOCK, now=february)
    assert names() == {"rent_day": date(2027, 3, 1)}
    owed = village.collective.receivables.get()
    receivables.receive(village.wang, owed, owed.amount, february.date(), now=february)
    assert names() == {}


def test_the_end_of_a_limitation_is_met_by_asking_and_told_again_years_later(
    village: Village, now: datetime
) -> None:
    entry = DebtEntry("马国良", "塘租", 100_000, date(2024, 3, 1))
    (owed,) = receivables.register_receivables(village.clerk, village.collective, [entry], now=now)
    remind(CLOCK, now=now)
    assert names() == {"limitation_ending": date(2027, 3, 1)}
    receivables.acknowledge(village.clerk, owed, date(2026, 10, 8), now=now)
    assert names() == {}
    assert remind(CLOCK, now=now) == 0
    later = now.replace(year=2029, month=6)
    assert remind(CLOCK, now=later) == 1
    assert names() == {"limitation_ending": date(2029, 10, 8)}
