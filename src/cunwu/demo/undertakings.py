"""A few invented projects and co-operatives: works begun and accepted, shares, a dividend."""

from __future__ import annotations

from datetime import datetime, timedelta

from cunwu.assets.entries import AssetEntry
from cunwu.assets.projects import (
    Accepted,
    Progress,
    ProjectEntry,
    accept_project,
    become_asset,
    record_progress,
    register_project,
)
from cunwu.assets.ventures import DividendEntry, HoldingEntry, VentureEntry, record_dividend, register_venture
from cunwu.demo.county import Village
from cunwu.org.authority import local_day

WAN = 1_000_000
"""Ten thousand yuan in fen, as villages count."""


def build_canal(village: Village, *, now: datetime) -> None:
    """A canal, accepted and entered as an asset; a bridge that is half done."""
    today = local_day(now)
    funds = {"county": 20 * WAN, "collective": 8 * WAN}
    entry = ProjectEntry(
        "南洼U型渠", 28 * WAN, funds, today - timedelta(days=150), today - timedelta(days=60)
    )
    canal = register_project(village.clerk, village.books, entry, now=now)
    half, done = today - timedelta(days=100), today - timedelta(days=65)
    record_progress(village.clerk, canal, Progress(half, 50, 13 * WAN), now=now)
    record_progress(village.clerk, canal, Progress(done, 100, 27 * WAN, "完工清场"), now=now)
    found = Accepted(
        today - timedelta(days=55), "镇农业办、村务监督委员会联合验收，合格", people=42, yearly_income=3 * WAN
    )
    accept_project(village.clerk, canal, found, now=now)
    left = AssetEntry("Z-10", "南洼U型渠", "other", "南洼", value=27 * WAN, self_used=True)
    become_asset(village.clerk, canal, left, now=now)
    bridge = ProjectEntry(
        "村东桥维修", 9 * WAN, {"township": 5 * WAN, "donation": 4 * WAN}, today - timedelta(days=40)
    )
    works = register_project(village.clerk, village.books, bridge, now=now)
    record_progress(village.clerk, works, Progress(today - timedelta(days=10), 45, 4 * WAN), now=now)


def found_cooperative(village: Village, *, now: datetime) -> None:
    """A co-operative led by the Party branch, and what it distributed for the last year."""
    today = local_day(now)
    holdings = {
        "collective": HoldingEntry(300, 30 * WAN),
        "members": HoldingEntry(700, 70 * WAN, holders=36),
    }
    entry = VentureEntry(
        "cooperative",
        f"{village.place.name_zh}果蔬专业合作社",
        today.replace(year=today.year - 3, month=5, day=1),
        holdings,
        lead=village.party_secretary.organization,
        product="云溪红薯",
    )
    venture = register_venture(village.clerk, village.books, entry, now=now)
    paid = DividendEntry(today.year - 1, 12 * WAN, 36 * WAN // 10, today - timedelta(days=5))
    record_dividend(village.clerk, venture, paid, now=now)
