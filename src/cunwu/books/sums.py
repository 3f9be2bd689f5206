"""What a sheet is reckoned from, read by plain statements: lines by voucher, turnover, what the accounts hold.

Each sheet asks for all of it twice, when it is drafted and when it is published, of this month and of two others;
composing these joins anew each time took longer than answering them.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import NamedTuple

from cunwu.books.models import Month, Voucher
from cunwu.org.rows import select

MONEY = ("101", "102")
"""库存现金 and 银行存款."""
_BUSINESS = (Voucher.Kind.ORDINARY.value, Voucher.Kind.REVERSAL.value)

_ROWS = """
    SELECT v.id, v.day, v.word, v.number, p.line_id, p.public_summary, a.code, p.debit, p.credit
    FROM cunwu_voucher v
    JOIN cunwu_posting p ON p.voucher_id = v.id
    JOIN cunwu_account a ON a.id = p.account_id
    WHERE v.month_id = %s AND v.kind IN (%s, %s)
    ORDER BY v.day, v.word, v.number, p.line
"""
_TURNOVER = """
    SELECT COALESCE(SUM(p.credit), 0), COALESCE(SUM(p.debit), 0)
    FROM cunwu_voucher v
    JOIN cunwu_posting p ON p.voucher_id = v.id
    JOIN cunwu_account a ON a.id = p.account_id
    WHERE v.month_id = %s AND v.kind IN (%s, %s) AND SUBSTR(a.code, 1, 3) NOT IN (%s, %s)
        AND EXISTS (
            SELECT 1 FROM cunwu_posting m JOIN cunwu_account b ON b.id = m.account_id
            WHERE m.voucher_id = v.id AND SUBSTR(b.code, 1, 3) IN (%s, %s)
        )
"""
_HELD = """
    SELECT SUBSTR(a.code, 1, 3) AS first_level, SUM(b.opening), SUM(b.closing)
    FROM cunwu_balance b JOIN cunwu_account a ON a.id = b.account_id
    WHERE b.month_id = %s
    GROUP BY first_level ORDER BY first_level
"""


class Row(NamedTuple):
    """A posting with what the sheet shows of its voucher and account."""

    voucher: int
    day: date
    word: str
    number: int
    line_id: str
    public_summary: str
    account: str
    debit: int
    credit: int

    @property
    def is_money(self) -> bool:
        """Whether it stands on a money account."""
        return self.account[:3] in MONEY


class Turnover(NamedTuple):
    """What came in and went out over a month, fen: the other side of every voucher that moves money."""

    income: int
    expense: int


class Held(NamedTuple):
    """What an account holds at the beginning and at the end of a month, fen, debit positive."""

    opening: int
    closing: int


def rows_by_voucher(month: Month) -> list[list[Row]]:
    """The postings of each ordinary or reversing voucher, in the order of the sheet."""
    rows = (Row(*row) for row in select(_ROWS, month.pk, *_BUSINESS))
    return [list(held) for _, held in groupby(rows, key=lambda row: row.voucher)]


def turnover(month: Month) -> Turnover:
    """Income and expense of a month."""
    ((income, expense),) = select(_TURNOVER, month.pk, *_BUSINESS, *MONEY, *MONEY)
    return Turnover(int(income), int(expense))


def held_by_first_level(month: Month) -> dict[str, Held]:
    """What closing wrote of a closed month, by first-level account, in the order of the codes."""
    return {code: Held(int(opening), int(closing)) for code, opening, closing in select(_HELD, month.pk)}
