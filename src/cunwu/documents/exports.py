"""Workbooks and CSV that we hand out: figures as figures, text as text, and nothing that runs.

Text is written as text whatever it begins with, so no export carries a live formula; in CSV, where text
cannot say that it is text, a leading = + - @ tab or return is put behind an apostrophe.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange

from cunwu.documents.cells import Cell, money_text, plain_text
from cunwu.documents.tables import NOTES_SHEET
from cunwu.documents.workbooks import Range, column_name, open_grids

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_FONT = {"font_name": "宋体", "font_size": 11}


@dataclass(frozen=True)
class Sheet:
    """A sheet to write. `money` names the columns (0-based) whose integers are fen, shown in yuan.

    `title` stands above the header, with `unit` ("元") under it where given.
    """

    name: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell | None]]
    money: frozenset[int] = field(default_factory=frozenset)
    title: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell of an imported table; `row` as Excel numbers it, `column` 0-based.

    `column` None means the row as a whole.
    """

    row: int
    column: int | None
    zh: str
    en: str
    sheet: str = ""


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx with the given sheets: header frozen and bold, widths by content, money as numbers in yuan."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        formats = _formats(book)
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet_name(sheet.name)), sheet, formats)
    return target.getvalue()


def sheet_name(name: str) -> str:
    """A name that Excel accepts for a sheet: without []:*?/\\ and at most 31 characters."""
    clean = "".join("·" if c in "[]:*?/\\" else c for c in name).strip("'") or "表"
    return clean[:31]


def _formats(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({**_FONT, "bold": True, "font_size": 14}),
        "header": book.add_format(
            {**_FONT, "bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}
        ),
        "text": book.add_format({**_FONT, "num_format": "@"}),
        "number": book.add_format(_FONT),
        "money": book.add_format({**_FONT, "num_format": "#,##0.00;-#,##0.00"}),
        "date": book.add_format({**_FONT, "num_format": "yyyy-mm-dd"}),
        "fault": book.add_format({**_FONT, "bg_color": "#FFD9D9", "border": 1, "border_color": "#C00000"}),
        "fault_date": book.add_format(
            {
                **_FONT,
                "bg_color": "#FFD9D9",
                "border": 1,
                "border_color": "#C00000",
                "num_format": "yyyy-mm-dd",
            }
        ),
        "wrap": book.add_format({**_FONT, "text_wrap": True, "valign": "top"}),
    }


def _write_sheet(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    top = 0
    for line in (sheet.title, f"单位：{sheet.unit}" if sheet.unit else ""):
        if line:
            page.write_string(top, 0, line, formats["title" if top == 0 and sheet.title else "number"])
            top += 1
    for c, header in enumerate(sheet.headers):
        page.write_string(top, c, header, formats["header"])
    for r, row in enumerate(sheet.rows, top + 1):
        for c, value in enumerate(row):
            _write_cell(page, r, c, value, formats, as_money=c in sheet.money)
    page.freeze_panes(top + 1, 0)
    for c, header in enumerate(sheet.headers):
        sample = [header, *(_shown(row[c], c in sheet.money) for row in sheet.rows[:200] if c < len(row))]
        page.set_column(c, c, min(60, 2 + max(map(_width, sample))))


def _write_cell(
    page: Any,
    r: int,
    c: int,
    value: Cell | None,
    formats: dict[str, Any],
    *,
    as_money: bool = False,
    fault: bool = False,
) -> None:
    mark = "fault" if fault else ""
    if value is None or value == "":
        page.write_blank(r, c, None, formats[mark or "number"])
    elif isinstance(value, bool):
        page.write_boolean(r, c, value, formats[mark or "number"])
    elif isinstance(value, date | datetime):
        page.write_datetime(r, c, value, formats["fault_date" if fault else "date"])
    elif isinstance(value, int) and as_money:
        page.write_number(r, c, value / 100, formats[mark or "money"])
    elif isinstance(value, int | float) and abs(value) < 10**15:
        page.write_number(r, c, value, formats[mark or "number"])
    else:
        page.write_string(r, c, plain_text(value)[:32_767], formats[mark or "text"])


def _shown(value: Cell | None, as_money: bool) -> str:
    return money_text(value) if as_money and isinstance(value, int) else plain_text(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def annotate(data: bytes, name: str, faults: Sequence[Fault]) -> bytes:
    """The workbook that was sent (`data`, `name`) back as .xlsx, faulty cells coloured with a comment.

    A sheet 导入说明 in front lists every fault with its cell, in Chinese and English; the file can be corrected
    and imported again as it is. A fault without a column colours the row's first cell. Raises what
    `workbooks.open_grids` raises.
    """
    grids = [grid for grid in open_grids(data, name) if grid.sheet != NOTES_SHEET]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        formats = _formats(book)
        _write_notes(book.add_worksheet(NOTES_SHEET), faults, formats)
        for grid in grids:
            page = book.add_worksheet(sheet_name(grid.sheet))
            marked = _by_cell([f for f in faults if f.sheet in {"", grid.sheet}])
            _merge_again(page, grid.merged)
            for r, row in enumerate(grid.rows):
                for c, value in enumerate(row):
                    if value != "" or (r, c) in marked:
                        _write_cell(page, r, c, value, formats, fault=(r, c) in marked)
            for (r, c), text in marked.items():
                page.write_comment(r, c, text, {"x_scale": 2})
    return target.getvalue()


def _merge_again(page: Any, merged: Sequence[Range]) -> None:
    for (r1, c1), (r2, c2) in merged:
        if (r1, c1) != (r2, c2):
            try:
                page.merge_range(r1, c1, r2, c2, "")
            except OverlappingRange:  # a damaged workbook may hold such; only the look is lost
                continue


def _by_cell(faults: Sequence[Fault]) -> Mapping[tuple[int, int], str]:
    marked: dict[tuple[int, int], str] = {}
    for fault in faults:
        place = (fault.row - 1, fault.column or 0)
        marked[place] = f"{marked[place]}\n{fault.zh}" if place in marked else fault.zh
    return marked


def _write_notes(page: Any, faults: Sequence[Fault], formats: dict[str, Any]) -> None:
    lines: list[tuple[str, str, str]] = [("位置 Cell", "问题", "What is wrong")]
    for fault in faults:
        cell = f"第{fault.row}行" if fault.column is None else f"{column_name(fault.column)}{fault.row}"
        lines.append((f"{fault.sheet} {cell}".strip(), fault.zh, fault.en))
    for r, line in enumerate(lines):
        for c, text in enumerate(line):
            page.write_string(r, c, text, formats["header" if r == 0 else "wrap"])
    page.set_column(0, 0, 18)
    page.set_column(1, 2, 60)
    page.freeze_panes(1, 0)


def write_csv(
    headers: Sequence[str], rows: Sequence[Sequence[Cell | None]], money: frozenset[int] = frozenset()
) -> bytes:
    """CSV in UTF-8 with a mark (so that Excel reads the Chinese), money columns (fen) in yuan, text made harmless."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([harmless(h) for h in headers])
    for row in rows:
        writer.writerow([_csv_cell(value, as_money=c in money) for c, value in enumerate(row)])
    return target.getvalue().encode("utf-8-sig")


def _csv_cell(value: Cell | None, *, as_money: bool) -> str:
    if as_money and isinstance(value, int):
        return money_text(value).replace(",", "")
    return harmless(value) if isinstance(value, str) else plain_text(value)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: behind an apostrophe where it begins like one."""
    return f"'{text}" if text.startswith(_DANGEROUS) or text.lstrip().startswith(_DANGEROUS[:4]) else text
