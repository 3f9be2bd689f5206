"""Books opened in September 2026, and workbooks laid out as bookkeeping systems export them (all invented)."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from cunwu.books import actions
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.books.models import Voucher
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
OPENING = {"101": 50_000, "银行存款/农商行": 1_200_000, "固定资产": 8_000_000, "收益分配": -9_250_000}
LONG_LIST = (
    "日期",
    "凭证字号",
    "摘要",
    "科目代码",
    "科目名称",
    "借方金额",
    "贷方金额",
    "附单据数",
    "经手人",
    "审批人",
    "证明人",
)

Row = tuple[Any, ...]
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


def workbook(rows: Sequence[Row], header: Sequence[str] = LONG_LIST, title: str = "") -> bytes:
    """An .xlsx with one sheet 凭证: a title row if given, the header, the rows."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("凭证")
        top = [(title,)] if title else []
        for i, row in enumerate([*top, header, *rows]):
            sheet.write_row(i, 0, row)
    return target.getvalue()
