"""Figures of the ledgers, counted twice: by the database, and row by row from what it states; to the byte."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from assets.conftest import lease
from conftest import build_village
from cunwu.assets import actions as ledgers
from cunwu.assets import receivables
from cunwu.assets.ageing import BANDS, band_of
from cunwu.assets.entries import DebtEntry, LetEntry
from cunwu.assets.models import MU, Asset, Receivable
from cunwu.errors import Invalid
from cunwu.org.models import Organization
from cunwu.oversight import actions
from cunwu.oversight.recomputing import figures, recomputed, stated_inputs

if TYPE_CHECKING:
    from conftest import Village

TODAY = date(2026, 10, 8)


@pytest.fixture
def ledger(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """Contracts of every sort, debts of every age, receipts of both years, in two villages."""
    entries = [
        lease(),
        lease("2", lets=(LetEntry("Z-02", 30 * MU),), from_day=date(2027, 1, 1), until_day=None),
        lease("3", lets=(LetEntry("Z-03"),), until_day=date(2026, 10, 8), written=False),
    ]
    ledgers.register_contracts(village.clerk, village.collective, entries, now=now)
    for number, days in enumerate((0, 1, 90, 91, 365, 366, 800, 2000)):
        debt = DebtEntry("马国良", "塘租", 1000 + number, TODAY - timedelta(days=days))
        receivables.register_receivables(village.clerk, village.collective, [debt], now=now)
    for day in (date(2025, 5, 1), date(2025, 10, 9), date(2026, 5, 1)):
        debt = Receivable.objects.filter(received=0).earliest("pk")
        receivables.receive(village.wang, debt, debt.amount // 2, day, now=now)
    other = build_village(now, "石桥村", village.town)
    elsewhere = DebtEntry("张满仓", "借款", 500, date(2026, 1, 1))
    receivables.register_receivables(other.clerk, other.collective, [elsewhere], now=now)
    actions.ask(village.chen, village.township, now=now)


def test_both_ways_come_to_the_same_bytes(village: Village, ledger: None) -> None:
    for reach in (Organization.objects.all(), Organization.objects.filter(pk=village.collective.pk)):
        inputs = stated_inputs(reach, TODAY)
        told = figures(reach, TODAY, inputs)
        assert recomputed(inputs) == told
        assert "马国良" not in inputs.decode()
    found = json.loads(told)["all"]
    assert found["contracts"] == 2, "the one of next year has not begun"
    assert (found["assets"], found["idle"]) == (3, 2)
    assert found["collected"] > 0
    assert found["collected_before"] > 0
    assert all(found["owed_by_age"]), "a debt of every age"


def test_what_was_changed_is_noticed(village: Village, ledger: None) -> None:
    reach = Organization.objects.all()
    inputs = stated_inputs(reach, TODAY)
    rows = json.loads(inputs)
    rows["receivables"][0][3] += 1
    assert recomputed(json.dumps(rows).encode()) != figures(reach, TODAY, inputs)
    for broken in (b"", b"{}", b'{"format": "x", "day": "2026-10-08"}'):
        with pytest.raises(Invalid, match="不是指标的输入文件"):
            recomputed(broken)


def test_the_command_writes_checks_and_refuses(
    village: Village, ledger: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("recompute", str(tmp_path), "--export")
    call_command("recompute", str(tmp_path))
    assert "The same bytes" in capsys.readouterr().out
    path = tmp_path / "figures.json"
    path.write_bytes(path.read_bytes().replace(b'"idle":2', b'"idle":1'))
    with pytest.raises(SystemExit):
        call_command("recompute", str(tmp_path))
    assert "Other bytes" in capsys.readouterr().out
    path.unlink()
    with pytest.raises(Invalid, match=r"读不到figures\.json"):
        call_command("recompute", str(tmp_path))


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.dates(date(2000, 1, 1), date(2030, 1, 1)))
def test_bands_are_in_the_order_of_age(due: date, today: date) -> None:
    band = band_of(due, today)
    assert 0 <= band < len(BANDS)
    assert (band == 0) == (due >= today)
    assert band_of(due - timedelta(days=1), today) >= band
