"""Two counties' exports asked at once: by DuckDB as each by itself, and by a real Spark the same."""

from __future__ import annotations

import os
import sys
from collections import Counter
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from assets.conftest import FIELD, POND, SHOP, lease
from cunwu.assets import actions
from cunwu.assets.entries import ContractEntry, LetEntry, PartyEntry
from cunwu.assets.models import MU
from cunwu.oversight import many_counties
from cunwu.oversight.engine import statement
from cunwu.oversight.screening import asked_of, bound, screen, values
from oversight.spark import can_run, cluster

if TYPE_CHECKING:
    from conftest import Village

TODAY = date(2026, 10, 8)
COUNTIES = ("370001", "370002")


def faulty() -> list[ContractEntry]:
    """One contract for every few rules: oral, too long, handed on, in others' hands twice, to one holder thrice."""
    company = PartyEntry("示范农业公司", kind="organization")
    return [
        lease("1", written=False, until_day=date(2052, 3, 1), kind="lease"),
        lease("2", lets=(LetEntry("Z-01", 12 * MU, measured=14 * MU),), sublet="unconsented"),
        lease(
            "3", lets=(LetEntry("Z-02", 30 * MU),), pays_at_end=True, prepaid_months=72, parties=(company,)
        ),
        lease("4", lets=(LetEntry("Z-03"),), kind="lease", until_day=date(2042, 3, 1), total=9_900_00),
        lease("5", lets=(), from_day=date(2016, 1, 1), until_day=date(2020, 1, 1), in_use_after=True),
    ]


@pytest.fixture
def folder(village: Village, now: datetime, tmp_path: Path) -> Path:
    """The same ledgers exported as two counties."""
    actions.register_assets(village.clerk, village.collective, [POND, FIELD, SHOP], now=now)
    actions.register_contracts(village.clerk, village.collective, faulty(), now=now)
    for county in COUNTIES:
        many_counties.export(tmp_path, county, on=TODAY)
    return tmp_path


def test_counts_of_two_counties_are_twice_those_of_one(folder: Path) -> None:
    alone = Counter(hit.rule for hit in screen(None, on=TODAY))
    assert len(alone) >= 8
    found = many_counties.counts(folder, many_counties.by_duckdb, on=TODAY)
    whole = found.rows[0]
    assert whole[:3] == (None, None, None)
    for rule in found.rules:
        assert found.of(whole, rule) == 2 * alone[rule], rule
    counties = [row for row in found.rows if row[0] and not row[1]]
    assert [row[0][:6] for row in counties] == list(COUNTIES)
    villages = [row for row in found.rows if row[2]]
    assert sum(found.of(row, "oral_contract") for row in villages) == found.of(whole, "oral_contract")


def test_what_leaves_the_county_names_nobody(folder: Path) -> None:
    for path in sorted((folder / COUNTIES[0]).iterdir()):
        table = pq.read_table(path)
        assert "马国良" not in str(table.to_pylist()), path.name
        assert not {"name", "identity", "credit_code"} & set(table.column_names)
    keys = [
        set(pq.read_table(folder / county / "contracts.parquet")["contract"].to_pylist())
        for county in COUNTIES
    ]
    assert not keys[0] & keys[1]


def test_only_what_a_rule_needs_is_joined() -> None:
    (oral,) = asked_of(TODAY, ["oral_contract"])
    query = statement("contract", bound(oral, TODAY), values(TODAY), "duckdb")
    assert " JOIN " not in query
    (unpaid,) = asked_of(TODAY, ["unpaid"])
    assert statement("contract", bound(unpaid, TODAY), values(TODAY), "duckdb").count(" JOIN ") == 1


@pytest.mark.slow
@pytest.mark.skipif(not can_run(), reason="no Java on this machine")
def test_spark_answers_as_duckdb_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A master and two workers; the session runs on them, not in this process."""
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.delenv("SPARK_HOME", raising=False)
    assert os.environ.get("SPARK_HOME") is None
    work = folder.parent / "spark"
    work.mkdir(exist_ok=True)
    with cluster(work) as master, many_counties.spark_session(master) as session:
        assert session.sparkContext.master == master
        run = partial(many_counties.by_spark, session)
        by_spark = many_counties.counts(folder, run, on=TODAY, dialect="spark")
    assert by_spark == many_counties.counts(folder, many_counties.by_duckdb, on=TODAY)
