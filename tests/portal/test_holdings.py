"""What the collective owns and has let, from the ledger to the residents' page, the paper and the workbook."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook

from assets.conftest import assets
from assets.test_publishing import ledgers
from cunwu.assets.publishing import draft_holdings
from cunwu.disclosure import actions, log
from cunwu.portal import bake

if TYPE_CHECKING:
    from conftest import Village

pytestmark = pytest.mark.slow

__all__ = ["assets", "ledgers"]


def test_residents_read_what_is_let_and_owed(
    village: Village, ledgers: None, now: datetime, site: Path, read: Callable[[str], str]
) -> None:
    draft = draft_holdings(village.wang, village.collective, now=now)
    actions.sign(village.zhao, draft, now=now)
    publication = actions.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    bake.bake_all(now=now)
    page = read(f"zh/d/{publication.public_id}/index.html")
    for told in (
        "集体资产资源和合同情况",
        "东坑塘（水面）",
        "马某",
        "6,000.00",
        "2027-02-28",
        "3,600.00",
        "示范农业有限公司",
        "闲置",
    ):
        assert told in page
    assert "马国良" not in page
    assert "对哪一行有疑问" in page
    assert '<tr id="line-1">' in page, "a line can be asked about by its own address"
    assert 'href="#line-1"' in page
    english = read(f"en/d/{publication.public_id}/index.html")
    assert "What the collective owns and has let" in english
    assert "used by the collective" in english
    assert publication.public_id in read(f"zh/p/{village.place.public_id}/index.html")
    rows = CalamineWorkbook.from_filelike(
        io.BytesIO((site / f"d/{publication.public_id}/sheet.xlsx").read_bytes())
    )
    assert any("马某" in row for row in rows.get_sheet_by_index(0).to_python())
    assert (site / f"d/{publication.public_id}/notice-a3.pdf").read_bytes()[:5] == b"%PDF-"
