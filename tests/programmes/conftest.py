"""A county that runs the five clears: 云溪村 let its pond without a paper, is owed for it, and has an empty shop."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from assets.conftest import assets, lease
from cunwu.assets import actions as ledgers
from cunwu.assets.entries import DebtEntry
from cunwu.assets.models import Asset, Contract
from cunwu.assets.receivables import register_receivables
from cunwu.org import actions as org
from cunwu.org.models import Appointment
from cunwu.oversight import actions as findings
from cunwu.programmes import actions
from cunwu.programmes.models import Participation, Programme
from procedures.conftest import hall, home

if TYPE_CHECKING:
    from conftest import Village

__all__ = ["assets", "hall", "home"]


@pytest.fixture
def oral(village: Village, assets: dict[str, Asset], now: datetime) -> Contract:
    """The pond, let by word of mouth; 3,600 yuan of it are overdue."""
    entry = lease(
        written=False,
        breach_terms=True,
        increase_terms=True,
        decision_day=date(2022, 2, 1),
        in_favour=30,
        entitled=36,
    )
    (pond,) = ledgers.register_contracts(village.clerk, village.collective, [entry], now=now)
    debt = DebtEntry("马国良", "塘租", 360_000, date(2026, 3, 1), contract=pond.pk)
    register_receivables(village.clerk, village.collective, [debt], now=now)
    findings.ask(village.chen, village.township, now=now)
    return pond


@pytest.fixture
def su(village: Village, now: datetime) -> Appointment:
    """苏志远 of the county's bureau."""
    bureau = org.create_organization(None, village.county, "county_bureau", "示范县农业农村局", now=now)
    person = org.register_person(None, "苏志远", now=now)
    return org.appoint(None, person, "county_officer", bureau, date(2022, 1, 1), now=now)


@pytest.fixture
def clears(village: Village, su: Appointment, now: datetime) -> Programme:
    """The five clears, run by the county."""
    return actions.start_programme(su, "five_clears", now=now)


@pytest.fixture
def part(village: Village, clears: Programme, su: Appointment, now: datetime) -> Participation:
    """云溪村 as a pilot."""
    (joined,) = actions.join(su, clears, [village.collective], "pilot", now=now)
    return joined
