"""Books opened in September 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cunwu.books import actions
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.books.models import Voucher
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
OPENING = {"101": 50_000, "银行存款/农商行": 1_200_000, "固定资产": 8_000_000, "收益分配": -9_250_000}
Pay = Callable[..., Voucher]


@pytest.fixture
def books(village: Village, now: datetime) -> Village:
    """The village with its collective's books open since September 2026."""
    actions.open_books(village.wang, village.collective, SEPTEMBER, OPENING, now=now)
    return village


@pytest.fixture
def enter(books: Village, now: datetime) -> Pay:
    """Enters a voucher of two lines: `debit` and `credit` accounts, fen."""

    def entered(
        day: date, summary: str, debit: str, credit: str, fen: int, *, at: datetime | None = None, **more: Any
    ) -> Voucher:
        lines = (PostingEntry(debit, summary, debit=fen), PostingEntry(credit, summary, credit=fen))
        entry = VoucherEntry(day, lines, **more)
        return actions.enter_voucher(books.wang, books.collective, entry, now=at or now)

    return entered
