"""Projects from the budget to the asset that they leave; co-operatives with shares, dividends, an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from conftest import build_village
from cunwu.assets.entries import AssetEntry
from cunwu.assets.models import Asset, Dividend, Project, Venture
from cunwu.assets.projects import (
    Accepted,
    Progress,
    ProjectEntry,
    accept_project,
    become_asset,
    record_progress,
    register_project,
)
from cunwu.assets.ventures import (
    DividendEntry,
    HoldingEntry,
    VentureEntry,
    end_venture,
    record_dividend,
    register_venture,
    stake_of,
)
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.org.models import AuditEntry
from cunwu.procedures.matters import open_matter

if TYPE_CHECKING:
    from conftest import Village

CANAL = ProjectEntry(
    "南洼U型渠",
    30_000_000,
    {"county": 20_000_000, "collective": 10_000_000},
    date(2026, 3, 1),
    date(2026, 9, 1),
)
COOPERATIVE = VentureEntry(
    "cooperative",
    "云溪果蔬专业合作社",
    date(2024, 5, 1),
    {"collective": HoldingEntry(300, 3_000_000), "members": HoldingEntry(700, 7_000_000, holders=36)},
    product="沿丰果蔬",
)


@pytest.fixture
def canal(village: Village, now: datetime) -> Project:
    """Begun in March, half done in June."""
    project = register_project(village.clerk, village.collective, CANAL, now=now)
    record_progress(village.clerk, project, Progress(date(2026, 6, 1), 50, 14_000_000), now=now)
    return project


@pytest.fixture
def cooperative(village: Village, now: datetime) -> Venture:
    """Three tenths the collective's, led by the branch."""
    entry = replace(COOPERATIVE, lead=village.party)
    return register_venture(village.clerk, village.collective, entry, now=now)


def test_a_project_ends_as_an_asset(village: Village, canal: Project, now: datetime) -> None:
    with pytest.raises(NotReady, match="还没有验收"):
        become_asset(village.clerk, canal, AssetEntry("Z-09", "南洼渠", "other"), now=now)
    record_progress(
        village.clerk, canal, Progress(date(2026, 8, 30), 100, 29_500_000, photo=b"jpeg"), now=now
    )
    found = Accepted(
        date(2026, 9, 5), "镇农业办、村监督委员会验收，合格", people=180, yearly_income=20_000_000
    )
    accept_project(village.clerk, canal, found, now=now)
    asset = become_asset(
        village.clerk, canal, AssetEntry("Z-09", "南洼渠", "other", value=29_500_000), now=now
    )
    assert Asset.objects.get(project=canal) == asset
    assert list(canal.progress.values_list("percent", flat=True)) == [50, 100]
    with pytest.raises(NotReady, match="已在2026-09-05验收"):
        record_progress(village.clerk, canal, Progress(date(2026, 9, 6), 100, 29_600_000), now=now)
    with pytest.raises(NotReady, match="验收"):
        accept_project(village.clerk, canal, found, now=now)
    assert AuditEntry.objects.filter(action__startswith="projects.").count() == 5


def test_what_a_project_cannot_be(village: Village, now: datetime) -> None:
    other = build_village(now, "石桥村", village.town)
    theirs = open_matter(other.xiulan, other.committee, "lease_land", "发包", now=now)
    for entry, said in (
        (replace(CANAL, name=" "), "项目名称"),
        (replace(CANAL, name="王某370725196201010018的渠"), "身份证"),
        (replace(CANAL, budget=0), "预算要大于零"),
        (replace(CANAL, funds={"county": 30_000_001}), r"合计300,000\.01元，超过预算300,000\.00元"),
        (replace(CANAL, funds={"bank": 1}), "资金来源"),
        (replace(CANAL, planned_end=date(2026, 2, 1)), "不能早于开工"),
        (replace(CANAL, matter=theirs), "另一个村"),
    ):
        with pytest.raises(Invalid, match=said):
            register_project(village.clerk, village.collective, entry, now=now)
    register_project(village.clerk, village.collective, CANAL, now=now)
    with pytest.raises(NotReady, match="已经登记过"):
        register_project(village.clerk, village.collective, CANAL, now=now)
    with pytest.raises(NotAllowed):
        register_project(village.zhao, village.collective, CANAL, now=now)
    assert Project.objects.count() == 1


def test_what_progress_cannot_be(village: Village, canal: Project, now: datetime) -> None:
    good = Progress(date(2026, 7, 1), 60, 15_000_000)
    for stated, said in (
        (replace(good, percent=101), "0到100"),
        (replace(good, spent=30_000_001), "不能超过预算"),
        (replace(good, day=date(2026, 5, 1)), "日期2026-05-01不对"),
        (replace(good, day=date(2026, 10, 9)), "日期2026-10-09不对"),
        (replace(good, percent=40), "请写明原因"),
        (replace(good, spent=1), "请写明原因"),
    ):
        with pytest.raises(Invalid, match=said):
            record_progress(village.clerk, canal, stated, now=now)
    record_progress(village.clerk, canal, replace(good, percent=40, note="一段返工"), now=now)
    with pytest.raises(Invalid, match="谁验收"):
        accept_project(village.clerk, canal, Accepted(date(2026, 9, 1), " "), now=now)
    with pytest.raises(Invalid, match="日期2026-06-01不对"):
        accept_project(village.clerk, canal, Accepted(date(2026, 6, 1), "合格"), now=now)
    idea = register_project(
        village.clerk, village.collective, replace(CANAL, name="村桥", begun_day=None), now=now
    )
    with pytest.raises(NotReady, match="还没有登记开工"):
        accept_project(village.clerk, idea, Accepted(date(2026, 9, 1), "合格"), now=now)


def test_dividends_follow_the_shares_or_say_why(
    village: Village, cooperative: Venture, now: datetime
) -> None:
    assert stake_of(cooperative) == (300, 1000)
    year = DividendEntry(2025, 10_000_000, 3_000_000, date(2026, 1, 20))
    with pytest.raises(Invalid, match=r"村集体应得30,000\.00元"):
        record_dividend(village.clerk, cooperative, replace(year, to_collective=2_000_000), now=now)
    record_dividend(village.clerk, cooperative, replace(year, to_collective=3_000_050), now=now)
    with pytest.raises(NotReady, match="2025年度的分红已经登记过"):
        record_dividend(village.clerk, cooperative, year, now=now)
    unequal = replace(year, year=2024, to_collective=2_000_000, why="社员大会决定先补足风险金")
    record_dividend(village.clerk, cooperative, unequal, now=now)
    for stated, said in (
        (replace(year, total=0), "大于零"),
        (replace(year, to_collective=10_000_001), "不能超过总额"),
        (replace(year, day=date(2024, 1, 1)), "分红日期"),
        (replace(year, day=date(2027, 1, 1)), "分红日期"),
    ):
        with pytest.raises(Invalid, match=said):
            record_dividend(village.clerk, cooperative, replace(stated, year=2023), now=now)
    assert Dividend.objects.count() == 2


def test_what_a_venture_cannot_be(village: Village, cooperative: Venture, now: datetime) -> None:
    other = build_village(now, "石桥村", village.town)
    new = replace(COOPERATIVE, name="云溪农业公司")
    for entry, said in (
        (replace(new, kind="shop"), "类别"),
        (replace(new, name=""), "名称"),
        (replace(new, holdings={"members": HoldingEntry(1, 1)}), "村集体的股份"),
        (replace(new, holdings={"collective": HoldingEntry(0, 1)}), "大于零"),
        (replace(new, lead=village.committee), "不是党组织"),
        (replace(new, lead=other.party), "别处"),
        (replace(new, credit_code="123"), "18位"),
    ):
        with pytest.raises(Invalid, match=said):
            register_venture(village.clerk, village.collective, entry, now=now)
    with pytest.raises(NotReady, match="已经登记过"):
        register_venture(village.clerk, village.collective, COOPERATIVE, now=now)
    with pytest.raises(NotAllowed):
        register_venture(village.zhao, village.collective, new, now=now)
    with pytest.raises(Invalid, match="成立之后"):
        end_venture(village.clerk, cooperative, date(2024, 5, 1), now=now)
    end_venture(village.clerk, cooperative, date(2026, 9, 1), now=now)
    with pytest.raises(NotReady, match="已在2026-09-01"):
        end_venture(village.clerk, cooperative, date(2026, 9, 2), now=now)
