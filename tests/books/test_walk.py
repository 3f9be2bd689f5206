"""A month from opening the books to the sheet."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from cunwu.books import actions, sheets
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)


def test_a_month_becomes_a_sheet_that_adds_up(village: Village, now: datetime) -> None:
    actions.open_books(
        village.wang,
        village.collective,
        SEPTEMBER,
        {"101": 50_000, "银行存款/农商行": 1_200_000, "收益分配": -1_250_000},
        now=now,
    )
    actions.enter_voucher(
        village.wang,
        village.collective,
        VoucherEntry(
            date(2026, 9, 3),
            (
                PostingEntry("102-农商行", "收鱼塘承包费", debit=300_000),
                PostingEntry("经营收入", "收鱼塘承包费", credit=300_000),
            ),
        ),
        now=now,
    )
    actions.close_month(village.wang, village.collective, SEPTEMBER, now=now)
    sheet = sheets.build_sheet(village.collective, SEPTEMBER)
    assert (sheet["opening"], sheet["income"], sheet["expense"], sheet["closing"]) == (
        1_250_000,
        300_000,
        0,
        1_550_000,
    )
    assert [line["summary"] for line in sheet["lines"]] == ["收鱼塘承包费"]
    draft = sheets.draft_sheet(village.wang, village.collective, SEPTEMBER, now=now)
    assert draft.item == "finance_monthly"
