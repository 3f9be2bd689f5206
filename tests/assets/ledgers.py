"""Ledgers as villages keep them, with invented people and fields."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEADER = (
    "合同编号", "项目", "承包方", "身份证号码", "坐落四至", "面积（亩）", "单价（元/亩）", "年租金（元）", "合同期限", "用途", "联系电话",
)  # fmt: skip
NUMBER = "370725196201010018"
ROWS: Sequence[Sequence[Any]] = (
    ("2019-01", "东坑塘", "马国良", NUMBER, "村东", 12, 500, 6000, "2019.3-2029.3", "养鱼", "13900000000"),
    ("2020-02", "南洼地", "刘春生", "", "村南", 30.5, 400, 12200, "2020年1月1日至2024年12月31日", "种粮", ""),
    ("2005-03", "西岭荒坡", "田守义", "", "村西", "四十亩", 50, 2000, "长期", "造林", ""),
)


def workbook(
    rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER, title: str = "云溪村承包合同台账"
) -> bytes:
    """One sheet with a title over it."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("台账")
        page.merge_range(0, 0, 0, len(header) - 1, title)
        for r, row in enumerate((header, *rows), 1):
            page.write_row(r, 0, row)
    return target.getvalue()
