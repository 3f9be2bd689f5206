"""Workbooks as bookkeeping systems export them. Every village, person and figure in them is invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter

Rows = Sequence[Sequence[Any]]
THIRD, TENTH = (datetime.combine(date(2026, 9, day), time()) for day in (3, 10))
Build = Callable[..., bytes]


def build(
    rows: Rows, merged: Sequence[str] = (), sheet: str = "Sheet1", formulas: dict[str, str] | None = None
) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for area in merged:
            page.merge_range(area, "")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, str) and value:
                    page.write_string(r, c, value)
                elif isinstance(value, datetime):
                    page.write_datetime(r, c, value, day)
                elif value not in {None, ""}:
                    page.write(r, c, value)
        for cell, formula in (formulas or {}).items():
            page.write_formula(cell, formula, value=1)
    return target.getvalue()


def repacked(data: bytes, changes: dict[str, bytes]) -> bytes:
    """A workbook with some of its parts replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in changes:
                new.writestr(info.filename, old.read(info))
        for name, part in changes.items():
            new.writestr(name, part)
    return target.getvalue()


@pytest.fixture(scope="session")
def workbook() -> Build:
    return build


@pytest.fixture(scope="session")
def repack() -> Callable[[bytes, dict[str, bytes]], bytes]:
    return repacked


LONG_LIST: Rows = [
    ["云溪村股份经济合作社2026年9月凭证列表", *[""] * 12],
    ["核算单位：云溪村股份经济合作社", "", "", "", "", "", "", "单位：元", *[""] * 5],
    [],
    ["日期", "凭证字", "凭证号", "摘要", "科目编码", "科目名称", "借方金额", "贷方金额",
     "附单据数", "经手人", "审批人", "证明人", "公开摘要"],
    [THIRD, "记", 1, "购办公用品", "541", "管理费用", 326.5, "", 2, "王芳", "李建国", "赵立新", "办公用品"],
    [THIRD, "记", 1, "购办公用品", "101", "库存现金", "", 326.5, 2, "王芳", "李建国", "赵立新", "办公用品"],
    [TENTH, "记", 2, "收承包金", "102", "银行存款", 12000, "", 1, "王芳", "李建国", "赵立新", "东坡果园承包金"],
    [TENTH, "记", 2, "收承包金", "501", "经营收入", "", 12000, 1, "王芳", "李建国", "赵立新", "东坡果园承包金"],
    ["合计", "", "", "", "", "", 12326.5, 12326.5, 5],
    ["制表人：王芳", "", "", "审核：赵立新"],
]  # fmt: skip

TWO_ROWS: Rows = [
    ["云溪村记账凭证明细", *[""] * 9],
    ["日期", "凭证", "", "摘要", "会计科目", "", "金额（元）", "", "附件张数", "往来单位"],
    ["", "字", "号", "", "总账科目", "明细科目", "借方", "贷方", "", ""],
    ["2026.9.5", "收", "1", "收到果园承包金", "银行存款", "农商行", "8,000.00", "", "1", "青石果业"],
    ["2026.9.5", "收", "1", "收到果园承包金", "经营收入", "发包及上交", "", "8,000.00", "1", "青石果业"],
    ["2026.9.8", "付", "2", "付路灯电费", "公益支出", "路灯", "1,234.50", "", "1", ""],
    ["2026.9.8", "付", "2", "付路灯电费", "银行存款", "农商行", "", "1,234.50", "1", ""],
    ["本月合计", "", "", "", "", "", "9,234.50", "9,234.50", "", ""],
]
TWO_ROWS_MERGED = ("B2:C2", "E2:F2", "G2:H2", "A2:A3", "D2:D3", "I2:I3", "J2:J3")

DOWN_THE_SIDE: Rows = [
    ["2026年9月 记账凭证序时簿（单位：元）", *[""] * 7],
    ["日期", "凭证字号", "摘要", "科目", "借方", "贷方", "附件数", "制单"],
    ["9月3日", "记-12", "发放环卫工资", "241 应付工资", 4200, "", 3, "王芳"],
    ["", "", "〃", "102 银行存款/农商行", "", 4000, "", ""],
    ["", "", "代扣款", "241 应付款/代扣", "", 200, "", ""],
    ["9月12日", "记-13", "提现", "101 库存现金", 500, "", 1, "王芳"],
    ["", "", "提现", "102 银行存款/农商行", "", 500, "", ""],
    ["合  计", "", "", "", 4700, 4700, "", ""],
]
DOWN_MERGED = ("A3:A5", "B3:B5", "G3:G5", "H3:H5", "A6:A7", "B6:B7", "G6:G7", "H6:H7")


@pytest.fixture
def long_list() -> bytes:
    """One row per posting, everything repeated."""
    return build(LONG_LIST, merged=("A1:M1",), sheet="凭证列表")


@pytest.fixture
def two_rows() -> bytes:
    """A header of two rows, sub-accounts, amounts as text."""
    return build(TWO_ROWS, merged=("A1:J1", *TWO_ROWS_MERGED))


@pytest.fixture
def down_the_side() -> bytes:
    """Joined voucher number, stated with the date once per voucher in cells merged down the side."""
    return build(DOWN_THE_SIDE, merged=("A1:H1", *DOWN_MERGED))


@pytest.fixture
def two_rows_csv() -> str:
    return "\n".join(",".join(f'"{c}"' for c in row) for row in TWO_ROWS)


@pytest.fixture
def continued() -> bytes:
    """As statistics are printed: two header rows, districts down the side, on to the right, wrong sums."""
    header = ["片区", "沟渠", "问题件", "", ""]
    years = ["", "", "总计", 2026, 2025]
    left: Rows = [
        ["东片", "上沟", 5, 2, 3],
        ["", "下沟", 9, 4, 5],
        ["", "总计", 15, 6, 8],
        ["西片", "石渠", 1, 1, 0],
    ]
    right: Rows = [
        ["西片（续）", "土渠", 2, 1, 1],
        ["", "总计", 3, 3, 1],
        ["总计", "", 17, 8, 9],
    ]
    rows = [[*header, *header], [*years, *years]]
    rows += [[*a, *b] for a, b in zip(left, [*right, [""] * 5], strict=True)]
    merged = ["A3:A5", "F3:F4", "F5:G5"]
    for first, second, start, end in (("A", "B", "C", "E"), ("F", "G", "H", "J")):
        merged += [f"{first}1:{first}2", f"{second}1:{second}2", f"{start}1:{end}1"]
    return build(rows, merged=merged, sheet="调整")
