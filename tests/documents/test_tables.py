"""What villages send, read; what nobody should read, refused with a sentence."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter.exceptions import OverlappingRange

from cunwu.documents import exports, sheet_xml, workbooks
from cunwu.documents.tables import read_tables
from cunwu.errors import Invalid

Build = Callable[..., bytes]
Repack = Callable[[bytes, dict[str, bytes]], bytes]
SHEET = "xl/worksheets/sheet1.xml"
ROWS = [["日期", "摘要", "金额"], ["2026-09-03", "电费", 100]]


def refused(data: bytes, name: str = "九月.xlsx") -> Invalid:
    with pytest.raises(Invalid) as refusal:
        read_tables(data, name)
    assert name.removesuffix(".xlsx") in refusal.value.zh
    assert refusal.value.en
    return refusal.value


def test_a_long_list_is_read_between_title_and_footer(long_list: bytes) -> None:
    (table,) = read_tables(long_list, "九月.xlsx")
    assert table.sheet == "凭证列表"
    assert table.headers[:4] == ("日期", "凭证字", "凭证号", "摘要")
    assert (table.header_rows, table.first_row_number, table.unit) == ((4,), 5, "元")
    assert table.preamble[0].startswith("云溪村")
    assert [row.number for row in table.rows] == [5, 6, 7, 8]
    assert table.rows[0].cells[0] == date(2026, 9, 3)
    assert table.rows[0].cells[6] == 326.5
    assert [row.number for row in table.totals] == [9]
    assert table.footers == ("制表人:王芳 审核:赵立新".replace(":", "："),)
    assert table.cell_name(table.rows[1], 7) == "H6"


def test_a_header_of_two_rows_is_joined(two_rows: bytes) -> None:
    (table,) = read_tables(two_rows, "九月.xlsx")
    assert table.headers == (
        "日期", "凭证/字", "凭证/号", "摘要", "会计科目/总账科目", "会计科目/明细科目",
        "金额（元）/借方", "金额（元）/贷方", "附件张数", "往来单位",
    )  # fmt: skip
    assert table.header_rows == (2, 3)
    assert len(table.rows) == 4
    assert len(table.totals) == 1


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_csv_gives_the_same_table_in_any_encoding(two_rows: bytes, two_rows_csv: str, encoding: str) -> None:
    (from_excel,) = read_tables(two_rows, "九月.xlsx")
    (table,) = read_tables(two_rows_csv.encode(encoding), "九月.csv")
    assert table.headers == from_excel.headers
    assert table.shape == from_excel.shape
    assert [r.cells for r in table.rows] == [r.cells for r in from_excel.rows]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_may_be_cut_by_comma_tab_or_semicolon(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["日期", "摘要", "金额"], ["2026-09-03", "电费", "100"]))
    (table,) = read_tables(text.encode(), "九月.csv")
    assert table.rows[0].cells == ("2026-09-03", "电费", "100")


def test_csv_text_that_looks_like_a_formula_stays_text() -> None:
    (table,) = read_tables('日期,摘要,金额\n2026-09-03,"=cmd|1",-5\n'.encode(), "九月.csv")
    assert table.rows[0].cells == ("2026-09-03", "=cmd|1", "-5")


def test_merged_text_is_filled_down_and_merged_numbers_are_not(down_the_side: bytes) -> None:
    (table,) = read_tables(down_the_side, "九月.xlsx")
    assert [row.cells[1] for row in table.rows] == ["记-12"] * 3 + ["记-13"] * 2
    assert [row.cells[6] for row in table.rows] == [3.0, "", "", 1.0, ""]
    assert table.unit == "元"


def test_a_table_that_goes_on_to_the_right_becomes_one(continued: bytes) -> None:
    (table,) = read_tables(continued, "调整.xlsx")
    assert table.headers == ("片区", "沟渠", "问题件/总计", "问题件/2026", "问题件/2025")
    assert [row.cells[:3] for row in table.rows] == [
        ("东片", "上沟", 5.0),
        ("东片", "下沟", 9.0),
        ("西片", "石渠", 1.0),
        ("西片", "土渠", 2.0),
    ]
    assert [(row.number, row.cells[2]) for row in table.totals] == [(5, 15.0), (4, 3.0), (5, 17.0)]
    assert table.cell_name(table.rows[3], 0) == "F3"


def test_headers_printed_again_on_each_page_and_carried_sums_are_no_rows(workbook: Build) -> None:
    title = ["云溪村2026年9月"]
    head = ["日期", "凭证号", "摘要", "金额"]
    rows = [title, head, ["9月3日", 1, "电费", 5], ["过次页", "", "", 5], title, head]
    rows += [["承前页", "", "", 5], ["9月4日", 2, "水费", 6], ["第1页 共2页"]]
    (table,) = read_tables(workbook(rows), "九月.xlsx")
    assert [row.number for row in table.rows] == [3, 8]
    assert [row.number for row in table.totals] == [4, 7]


def test_a_row_that_only_numbers_the_columns_belongs_to_the_header(workbook: Build) -> None:
    (table,) = read_tables(
        workbook([["日期", "摘要", "金额"], [1, 2, 3], ["9月1日", "电费", 5]]), "九月.xlsx"
    )
    assert table.header_rows == (1, 2)
    assert len(table.rows) == 1


def test_a_header_without_rows_is_a_table_of_none(workbook: Build) -> None:
    (table,) = read_tables(workbook([["日期", "凭证号", "摘要", "金额"]]), "九月.xlsx")
    assert table.rows == []


def test_merged_cells_outside_the_table_do_no_harm(workbook: Build) -> None:
    merged = ("F1:H2", "A9:C12", "E2:E9")
    (table,) = read_tables(
        workbook([["日期", "摘要", "金额"], ["9月1日", "电费", 5]], merged=merged), "九月.xlsx"
    )
    assert len(table.rows) == 1


@given(st.text(st.sampled_from("日期摘要金额合计单位：，,\t\n\"'=;1234567890.-（）() 元"), max_size=200))
def test_any_text_is_a_table_or_a_refusal(text: str) -> None:
    with contextlib.suppress(Invalid):
        for table in read_tables(text.encode(), "九月.csv"):
            assert all(len(row.cells) == len(table.headers) for row in table.rows)


@given(st.lists(st.lists(st.sampled_from(["", "日期", "金额", "合计", "9月", 5, 2026, "制表："]), min_size=4, max_size=4), max_size=8),
       st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 9), st.integers(0, 5)), max_size=4))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_grid_with_any_merges_is_a_table_or_a_refusal(
    rows: list[list[Any]], corners: list[tuple[int, int, int, int]]
) -> None:
    data = drawn(rows, corners)
    with contextlib.suppress(Invalid):
        for table in read_tables(data, "九月.xlsx"):
            assert all(len(row.cells) == len(table.headers) for row in table.rows)
            assert exports.annotate(data, "九月.xlsx", [exports.Fault(2, 1, "错", "wrong")])


def drawn(rows: list[list[Any]], corners: list[tuple[int, int, int, int]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for r1, c1, r2, c2 in corners:
            if r1 <= r2 and c1 <= c2 and (r1, c1) != (r2, c2):
                with contextlib.suppress(OverlappingRange):
                    page.merge_range(r1, c1, r2, c2, "")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                page.write(r, c, value)
    return target.getvalue()


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_workbook_is_read_or_refused(long_list: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(long_list)
    for place in data.draw(st.lists(st.integers(0, len(long_list) - 1), min_size=1, max_size=6)):
        spoilt[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Invalid):
        read_tables(bytes(spoilt), "九月.xlsx")


def test_an_account_called_accumulated_is_no_total(workbook: Build) -> None:
    rows = [["摘要", "科目", "借方"], ["提折旧", "累计折旧", 5], ["合计金额补差", "管理费用", 6]]
    (table,) = read_tables(workbook(rows), "九月.xlsx")
    assert len(table.rows) == 2


def test_the_shape_is_of_headers_and_unit_only(workbook: Build) -> None:
    first = read_tables(workbook([["日 期", "摘要", "金额"], ["1", "甲", 5]]), "a.xlsx")[0]
    other = read_tables(workbook([["八月"], ["日期", "摘要", "金额"], ["2", "乙", 7]]), "b.xlsx")[0]
    in_ten_thousands = read_tables(
        workbook([["单位：万元"], ["日期", "摘要", "金额"], ["2", "乙", 7]]), "c.xlsx"
    )[0]
    assert first.shape == other.shape
    assert in_ten_thousands.unit == "万元"
    assert in_ten_thousands.shape != first.shape


def test_hidden_sheets_are_not_read() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name in ("凭证", "草稿"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["日期", "摘要", "金额"])
            page.write_row(1, 0, ["2026-09-03", name, 5])
        book.get_worksheet_by_name("草稿").hide()
        book.get_worksheet_by_name("草稿").write_formula("C9", "=1")
    assert [table.sheet for table in read_tables(target.getvalue(), "九月.xlsx")] == ["凭证"]


def test_a_cell_whose_place_is_written_oddly_is_refused(workbook: Build, repack: Repack) -> None:
    data = workbook(ROWS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(SHEET)
    for odd in (
        b'<c t="&gt;" s=">" r="XFD9"><v>1</v></c>',
        b'<c r = "XFD9"><v>1</v></c>',
        b'<c r="refA2"><v>1</v></c>',
    ):
        far = sheet.replace(b"</sheetData>", b'<row r="9">' + odd + b"</row></sheetData>")
        assert refused(repack(data, {SHEET: far})).code == "table.damaged"
    small = sheet.replace(b"</sheetData>", b'<row r="9"><c r="xfd9"><v>1</v></c></row></sheetData>')
    assert refused(repack(data, {SHEET: small})).code == "table.too_wide"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table.empty_file"),
        (b"  \n", "table.empty_file"),
        (b"x" * (workbooks.LARGEST_FILE + 1), "table.file_too_large"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"Workbook", "table.legacy_format"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "table.encrypted"),
        (b"PK\x03\x04 nothing", "table.damaged"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "table.not_excel"),
        (b"date,amount\n1,2\n", "table.not_excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "table.encoding"),
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_csv_that_cannot_be_read_is_refused() -> None:
    assert refused('日期,摘要,金额\n1,"未完,2\n'.encode(), "九月.csv").code == "table.damaged"
    assert refused(b"\x00\x01\x02\x03" * 50, "九月.csv").code == "table.encoding"
    assert refused("只有一句话\n".encode(), "九月.csv").code == "table.no_header"


def test_a_formula_is_named_by_its_cell(workbook: Build) -> None:
    refusal = refused(workbook([["日期", "摘要", "金额"]], formulas={"C7": "=SUM(C2:C6)"}, sheet="九月"))
    assert refusal.code == "table.formula"
    assert "C7" in refusal.zh
    assert "“九月”" in refusal.zh
    assert "选择性粘贴" in refusal.zh


def test_a_formula_into_another_file_says_so(workbook: Build) -> None:
    assert refused(workbook(ROWS, formulas={"C3": "='[旧账.xlsx]Sheet1'!A1"})).code == "table.external_link"


def test_an_error_value_is_named(workbook: Build, repack: Repack) -> None:
    data = workbook(ROWS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(SHEET).replace(b'<c r="C2"><v>100</v></c>', b'<c r="C2" t="e"><v>#REF!</v></c>')
    refusal = refused(repack(data, {SHEET: sheet}))
    assert refusal.code == "table.error_value"
    assert "C2" in refusal.zh


def test_macros_are_refused_by_name_or_by_content(workbook: Build, repack: Repack) -> None:
    assert refused(workbook(ROWS), "九月.xlsm").code == "table.macros"
    assert refused(repack(workbook(ROWS), {"xl/vbaProject.bin": b"x"})).code == "table.macros"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(workbook: Build, repack: Repack) -> None:
    big = repack(workbook(ROWS), {"xl/media/image1.png": b"\0" * (workbooks.LARGEST_FILE + 1)})
    assert refused(big).code == "table.zip_bomb"


def test_a_bomb_that_lies_about_its_size_is_refused(workbook: Build, repack: Repack) -> None:
    data = bytearray(repack(workbook(ROWS), {SHEET: b" " * 5_000_000}))
    true, lie = (5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert true in data
    assert refused(bytes(data.replace(true, lie))).code == "table.damaged"


def test_entities_and_other_encodings_in_the_xml_are_refused(workbook: Build, repack: Repack) -> None:
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
    assert refused(repack(workbook(ROWS), {SHEET: doctype})).code == "table.damaged"
    utf16 = '<?xml version="1.0" encoding="utf-16"?><worksheet/>'.encode("utf-16")
    assert refused(repack(workbook(ROWS), {SHEET: utf16})).code == "table.damaged"


def test_one_cell_in_the_far_corner_costs_no_memory(workbook: Build, repack: Repack) -> None:
    data = workbook(ROWS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(SHEET)
    far = sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert refused(repack(data, {SHEET: far})).code == "table.too_many_rows"
    wide = sheet.replace(b"</sheetData>", b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>')
    assert refused(repack(data, {SHEET: wide})).code == "table.too_wide"
    styled = sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    assert len(read_tables(repack(data, {SHEET: styled}), "九月.xlsx")[0].rows) == 1


def test_too_many_rows_are_refused() -> None:
    text = "日期,摘要,金额\n" + "9月3日,电费,1\n" * (sheet_xml.MOST_ROWS + 200)
    assert refused(text.encode(), "九月.csv").code == "table.too_many_rows"


def test_a_sheet_without_a_header_is_refused(workbook: Build) -> None:
    rows = [["2026-09-03", "123", 5], ["2026-09-04", "124", 6], ["2026-09-05", "125", 7]]
    assert refused(workbook(rows)).code == "table.no_header"


def test_excel_columns_have_their_names() -> None:
    assert [workbooks.column_name(i) for i in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
