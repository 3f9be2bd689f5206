"""Workbooks laid out as bookkeeping systems export them, all invented."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

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


def workbook(rows: Sequence[Row], header: Sequence[str] = LONG_LIST, title: str = "") -> bytes:
    """An .xlsx with one sheet 凭证: a title row if given, the header, the rows."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        # Else the file tells the second it was made in, and the same rows are not always the same bytes.
        book.set_properties({"created": datetime(2026, 10, 8, tzinfo=UTC)})
        sheet = book.add_worksheet("凭证")
        top = [(title,)] if title else []
        for i, row in enumerate([*top, header, *rows]):
            sheet.write_row(i, 0, row)
    return target.getvalue()
