"""A village whose September went from vouchers to a published, logged sheet (all invented)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django import Settings

from cunwu.books import actions as books
from cunwu.books import sheets
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Draft, Publication
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
LINES = (
    (3, "东沟鱼塘租金（2026年）", "银行存款/农商行", "经营收入", 2_400_000),
    (11, "村内道路养护<王家沟段>", "管理费用", "银行存款/农商行", 1_860_000),
    (20, "光伏电站三季度结算", "银行存款/农商行", "经营收入", 9_645_000),
    (26, "临时救助（姓名不公开）", "公益支出", "库存现金", 200_000),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    """A data folder, and so a site and a log, of the test's own."""
    settings.HOME = tmp_path / "var"
    settings.HOME.mkdir()
    return Path(settings.HOME)


@pytest.fixture
def site(home: Path) -> Path:
    """Where the pages are baked."""
    return home / "site"


@pytest.fixture
def drafted(village: Village, now: datetime) -> Draft:
    """September entered, closed, drafted and agreed upon."""
    return draft_month(village, now)


@pytest.fixture
def published(village: Village, drafted: Draft, now: datetime) -> Publication:
    """September published and in the log; nothing baked yet."""
    publication = sheets.publish_sheet(village.xiulan, drafted, now=now)
    log.sequence(now=now)
    return publication


def draft_month(village: Village, now: datetime, lines: tuple[tuple[Any, ...], ...] = LINES) -> Draft:
    """The month of `lines` (day, purpose, debit, credit, fen), signed and decided."""
    collective = village.collective
    opening = {"101": 5_000_000, "银行存款/农商行": 49_767_078, "收益分配": -54_767_078}
    books.open_books(village.wang, collective, SEPTEMBER, opening, now=now)
    for day, purpose, debit, credit, fen in lines:
        postings = (PostingEntry(debit, purpose, debit=fen), PostingEntry(credit, purpose, credit=fen))
        books.enter_voucher(village.wang, collective, VoucherEntry(date(2026, 9, day), postings), now=now)
    books.close_month(village.wang, collective, SEPTEMBER, nil=not lines, now=now)
    return agree(village, sheets.draft_sheet(village.wang, collective, SEPTEMBER, now=now), now)


def agree(village: Village, draft: Draft, now: datetime) -> Draft:
    """Signed by the supervision committee's head, decided by the joint meeting."""
    disclosure.sign(village.zhao, draft, now=now)
    disclosure.record_joint_meeting(
        village.clerk,
        draft,
        held_on=now.date(),
        chaired_by="李建国",
        present=7,
        expected=9,
        in_favour=6,
        now=now,
    )
    return draft


@pytest.fixture
def read(site: Path) -> Callable[[str], str]:
    """The text of a baked page."""
    return lambda path: (site / path).read_text(encoding="utf-8")
