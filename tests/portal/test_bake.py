"""From stale rows to files, and back to nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785

from conftest import Village
from cunwu.disclosure import log
from cunwu.disclosure.models import Publication, StalePage
from cunwu.law.periods import Period
from cunwu.portal import bake
from disclosure import steps


def test_a_publication_becomes_pages_and_downloads(
    published: Publication, site: Path, now: datetime, read: Callable[[str], str]
) -> None:
    assert bake.bake_stale(now=now) > 0
    assert not StalePage.objects.exists()
    for name in (
        "document.json",
        "salt.txt",
        "entry.json",
        "proof.txt",
        "bundle.json",
        "sheet.xlsx",
        "sheet.csv",
        "notice-a4.pdf",
        "notice-a3.pdf",
    ):
        assert (site / "d" / published.public_id / name).exists(), name


def publish(village: Village, now: datetime, period: Period, **correction: Any) -> Publication:
    """A month without a single voucher, made public; of a correction with another opening balance."""
    money = dict.fromkeys(("income", "expense"), 0) | dict.fromkeys(("opening", "closing"), len(correction))
    parts = {key: [] for key in ("lines", "other", "position", "corrections")}
    sheet = {
        "format": "cunwu-sheet/1",
        "organization": {"id": village.collective.public_id, "name": village.collective.name_zh},
        "place": {"id": village.place.public_id, "name": village.place.name_zh},
        "period": str(period),
        "unit": "fen",
        "nil": True,
        "comparison": {"last_month": None, "last_year": None},
        "reconciliation": None,
    }
    data = rfc8785.dumps(sheet | money | parts)
    return steps.publish(village, now, data, period=str(period), **correction)


def test_a_village_tells_its_newest_items_and_links_a_page_for_each_year_before(
    village: Village, site: Path, now: datetime, read: Callable[[str], str]
) -> None:
    for first in "2024-01", "2025-03":
        for number in range(10):
            publish(village, now, Period.parse(first).shifted(number))
    log.sequence(now=now)
    bake.bake_all(now=now, papers=False)
    here = f"zh/p/{village.place.public_id}"
    assert read(f"{here}/index.html").count('class="tag ok"') >= 15
    assert '<a href="2024/">2024</a>' in read(f"{here}/index.html")
    assert '<a href="2025/">' not in read(f"{here}/index.html")
    assert read(f"{here}/2024/index.html").count("/d/") == 10
    assert not (site / here / "2025").exists()


def test_a_correction_of_an_old_month_renders_the_page_of_its_year_and_no_other(
    village: Village, site: Path, now: datetime, read: Callable[[str], str]
) -> None:
    first = publish(village, now, Period.parse("2022-05"))
    publish(village, now, Period.parse("2023-05"))
    for number in range(15):
        publish(village, now, Period.parse("2025-01").shifted(number))
    log.sequence(now=now)
    bake.bake_all(now=now, papers=False)
    here = site / f"zh/p/{village.place.public_id}"
    before = (here / "2023" / "index.html").stat()
    later = now + timedelta(days=1)
    publish(village, later, Period.parse("2022-05"), supersedes=first, reason_zh="金额录错")
    log.sequence(now=later)
    bake.bake_stale(now=later)
    assert "已更正" in read(f"zh/p/{village.place.public_id}/2022/index.html")
    after = (here / "2023" / "index.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
