"""What we hand out opens in Excel and runs nothing; what was wrong comes back marked."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date

import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from cunwu.documents.exports import Fault, Sheet, annotate, harmless, sheet_name, write_csv, write_workbook
from cunwu.documents.headers import read_rows, recognise
from cunwu.documents.tables import NOTES_SHEET, read_tables

Build = Callable[..., bytes]


def parts_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_money_is_written_as_numbers_in_yuan_and_read_back() -> None:
    sheet = Sheet(
        "收支",
        ["日期", "摘要", "金额"],
        [[date(2026, 9, 3), "电费", 123_456], [None, "红字", -5]],
        frozenset({2}),
        unit="元",
    )
    data = write_workbook([sheet])
    (table,) = read_tables(data, "收支.xlsx")
    assert [row.cells[2] for row in table.rows] == [1234.56, -0.05]
    assert table.rows[0].cells[0] == date(2026, 9, 3)
    assert table.unit == "元"
    assert "#,##0.00" in parts_of(data)["xl/styles.xml"]


def test_nothing_that_is_written_is_a_formula_or_a_link() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://example.org", "mailto:a@example.org", "\tx"]
    parts = parts_of(write_workbook([Sheet("甲", texts, [texts], title="=2", unit="=3")]))
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "=1+1" in parts["xl/sharedStrings.xml"]


def test_the_header_is_frozen() -> None:
    assert (
        'state="frozen"'
        in parts_of(write_workbook([Sheet("甲", ["乙"], [["丙"]])]))["xl/worksheets/sheet1.xml"]
    )


@given(st.text(max_size=10))
def test_csv_text_never_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert harmless(text).removeprefix("'") == text.removeprefix("'") or harmless(text) == text


def test_csv_keeps_figures_and_chinese() -> None:
    data = write_csv(
        ["摘要", "=金额"], [["=cmd|' /C calc'!A0", -123_456], ["@x", 5], [" -1", 0]], frozenset({1})
    )
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [
        ["摘要", "'=金额"],
        ["'=cmd|' /C calc'!A0", "-1234.56"],
        ["'@x", "0.05"],
        ["' -1", "0.00"],
    ]


def test_faults_come_back_in_the_same_workbook(down_the_side: bytes) -> None:
    faults = [
        Fault(4, 4, "金额不能为空", "the amount is missing"),
        Fault(6, None, "凭证不平", "the voucher does not balance"),
    ]
    data = annotate(down_the_side, "九月.xlsx", faults)
    parts = parts_of(data)
    assert "金额不能为空" in parts["xl/comments1.xml"]
    assert 'ref="E4"' in parts["xl/comments1.xml"]
    assert "FFFFD9D9" in parts["xl/styles.xml"]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    notes = book.get_sheet_by_name(NOTES_SHEET).to_python()
    assert [row[0] for row in notes] == ["位置 Cell", "E4", "第6行"]
    (before,), (after,) = read_tables(down_the_side, "九月.xlsx"), read_tables(data, "九月.xlsx")
    assert [line.values for line in read_rows(after, recognise(after))] == [
        line.values for line in read_rows(before, recognise(before))
    ]
    assert annotate(data, "九月.xlsx", []).startswith(b"PK")


def test_a_csv_comes_back_as_a_workbook() -> None:
    data = annotate("日期,摘要,金额\n9月3日,=x,5\n".encode("gbk"), "九月.csv", [Fault(2, 1, "错", "wrong")])
    (table,) = read_tables(data, "九月.xlsx")
    assert table.rows[0].cells == ("9月3日", "=x", "5")


def test_sheet_names_are_what_excel_accepts() -> None:
    assert sheet_name("收/支:[九月]") == "收·支··九月·"
    assert sheet_name("长" * 40) == "长" * 31
    assert sheet_name("") == "表"
