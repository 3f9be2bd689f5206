"""Whatever a file or a cell holds: a value or a sentence, in bounded time and memory."""

from __future__ import annotations

import io
import math
import time as clock
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.documents import cells
from cunwu.documents.cells import Cell, Unreadable
from cunwu.documents.headers import PURPOSES, recognise
from cunwu.documents.kinds import what_is_it
from cunwu.documents.sheet_xml import MOST_MERGED
from cunwu.documents.tables import read_tables
from cunwu.documents.workbooks import MOST_FRAME
from cunwu.errors import Invalid
from hostile import LONG, answer, contents, many, texts

SHEET, FRAME = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
CSV = "云溪村\n单位：元\n日期,凭证号,摘要,借方金额,贷方金额\n2026-09-03,记-1,“电费”,326.50,\n9月4日,记-2,纸,,45\n合计,,,326.5,45\n"
ANYTHING: st.SearchStrategy[Cell] = (
    texts("1,234.50", "(5)", "贰拾伍万叁仟元整", "1.2万元", "2026年9月3日", "9/3", "记字第12号", "102 银行存款/农商行", "借", "-", "3张")
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
)  # fmt: skip
PARSERS: tuple[Callable[[Cell], object], ...] = (
    cells.parse_money,
    cells.parse_date,
    lambda cell: cells.parse_date(cell, month=date(2026, 9, 1)),
    cells.parse_int,
    cells.parse_word_number,
    cells.parse_side,
    cells.parse_account,
    *(lambda cell, unit=unit: cells.parse_money(cell, unit) for unit in cells.UNITS),
)


@cache
def parts() -> dict[str, bytes]:
    """The parts of a workbook as Excel writes them: texts, numbers, a day, merged cells."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("凭证")
        for r, row in enumerate(line.split(",") for line in CSV.splitlines()):
            page.write_row(r, 0, row)
        page.write_datetime(4, 0, date(2026, 9, 4), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(4, 4, 45.5)
        page.merge_range(7, 0, 8, 1, "制表：王芳")
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(changed: dict[str, bytes]) -> bytes:
    """The workbook with some parts changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts() | changed).items():
            archive.writestr(name, part)
    return target.getvalue()


def within(data: bytes, seconds: float = 5) -> str:
    """The code of the refusal, which comes without long thought."""
    began = clock.process_time()
    with pytest.raises(Invalid) as refused:
        read_tables(data, "九月.xlsx")
    assert clock.process_time() - began < seconds
    return refused.value.code


@many
@given(
    contents(CSV.encode(), CSV.encode("gb18030"), CSV.encode("utf-16"), packed({})),
    st.sampled_from(["a.csv", "a.xlsx", "", "a"]),
)
def test_any_bytes_are_tables_or_refused(data: bytes, name: str) -> None:
    for table in answer(lambda: read_tables(data, name)) or ():
        assert all(len(row.cells) == len(table.headers) for row in table.rows)
        what_is_it(table.headers)
        for purpose in PURPOSES:
            answer(lambda purpose=purpose, table=table: recognise(table, purpose))


@many
@given(st.data(), st.sampled_from(sorted(parts())))
def test_a_workbook_with_a_changed_part_is_read_or_refused(data: st.DataObject, name: str) -> None:
    changed = packed({name: data.draw(contents(parts()[name]))})
    answer(lambda: read_tables(changed, "九月.xlsx"))


@many
@given(ANYTHING)
@example(LONG)
@example("负" + LONG)
@example("1." + "0" * 40 + "1")
@example(math.nan)
@example(10**400)
@example(datetime.max.replace(tzinfo=UTC))
@example(time.max)
@example(timedelta.max)
def test_any_cell_is_a_value_or_unreadable(cell: Cell) -> None:
    for parse in PARSERS:
        answer(lambda parse=parse: parse(cell), Unreadable)
    cells.shown(cell)


def test_parts_of_a_fen_are_refused_however_small() -> None:
    for digits in (5, 30, 40, 400):
        with pytest.raises(Unreadable):
            cells.parse_money("1." + "0" * digits + "1")


def test_a_tag_that_never_ends_costs_no_time() -> None:
    end = b"</sheetData>"
    for odd in (b"<c " * 300_000, b"<c" + b' a=""' * 100_000, b"<c" + b" " * 1_000_000, b"<c t=" * 200_000):
        assert within(packed({SHEET: parts()[SHEET].replace(end, odd + end)})) == "table.damaged"


def test_a_workbook_of_a_million_elements_is_not_built() -> None:
    many_tags = b"<a/>" * (MOST_FRAME + 1)
    assert (
        within(packed({FRAME: parts()[FRAME].replace(b"</workbook>", many_tags + b"</workbook>")}))
        == "table.damaged"
    )


def test_merged_cells_are_counted_before_they_are_read() -> None:
    merged = b'<mergeCell ref="A1:A2"/>' * (MOST_MERGED + 1)
    assert (
        within(packed({SHEET: parts()[SHEET].replace(b"</mergeCells>", merged + b"</mergeCells>")}))
        == "table.damaged"
    )


def test_two_sheets_never_share_a_part() -> None:
    again = b'<sheet name="again" sheetId="2" r:id="rId1"/></sheets>'
    assert within(packed({FRAME: parts()[FRAME].replace(b"</sheets>", again)})) == "table.damaged"
