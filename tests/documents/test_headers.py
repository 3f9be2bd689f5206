"""Columns by meaning, on invented voucher layouts and on headers that villages really use."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from cunwu.documents import cells
from cunwu.documents.headers import Mapping, field_names, read_rows, recognise, require_complete
from cunwu.documents.kinds import what_is_it
from cunwu.documents.tables import Table, read_tables
from cunwu.errors import Invalid

Build = Callable[..., bytes]
SETS = json.loads((Path(__file__).parent / "headers.json").read_text())


def table_of(data: bytes) -> Table:
    (table,) = read_tables(data, "九月.xlsx")
    return table


def one_row(workbook: Build, *headers: str, unit: str = "") -> Table:
    rows = [[f"单位：{unit}"]] if unit else []
    return table_of(workbook([*rows, list(headers), ["甲"] * len(headers)]))


def test_a_long_list_is_understood_whole(long_list: bytes) -> None:
    table = table_of(long_list)
    mapping = recognise(table)
    assert mapping.missing() == ()
    assert mapping.unknown() == ()
    assert [c.field for c in mapping.columns] == [
        "date", "word", "number", "summary", "account_code", "account_name", "debit", "credit",
        "attachments", "handler", "approver", "witness", "public_summary",
    ]  # fmt: skip
    lines = read_rows(table, mapping)
    assert lines[1].values["credit"] == 326.5
    assert "debit" not in lines[1].values
    assert all(not line.carried for line in lines)


def test_two_header_rows_are_understood_by_their_levels(two_rows: bytes) -> None:
    table = table_of(two_rows)
    mapping = recognise(table)
    assert mapping.missing() == ()
    assert [c.field for c in mapping.columns] == [
        "date", "word", "number", "summary", "account_name", "sub_account", "debit", "credit", "attachments", "counterpart",
    ]  # fmt: skip
    assert mapping.unit_of("debit") == "元"
    line = read_rows(table, mapping)[2]
    assert cells.parse_money(line.values["debit"], mapping.unit_of("debit")) == 123_450


def test_what_a_voucher_says_once_is_carried_down(down_the_side: bytes) -> None:
    table = table_of(down_the_side)
    mapping = recognise(table)
    assert mapping.missing() == ()
    lines = read_rows(table, mapping)
    assert [line.values["word_number"] for line in lines] == ["记-12"] * 3 + ["记-13"] * 2
    assert [line.values["date"] for line in lines] == ["9月3日"] * 3 + ["9月12日"] * 2
    assert [line.values["summary"] for line in lines] == [
        "发放环卫工资",
        "发放环卫工资",
        "代扣款",
        "提现",
        "提现",
    ]
    assert [line.values["attachments"] for line in lines] == [3.0, 3.0, 3.0, 1.0, 1.0]
    assert "attachments" in lines[1].carried
    assert "summary" in lines[1].carried
    assert [line.values.get("debit") for line in lines] == [4200.0, None, None, 500.0, None]


def test_a_new_voucher_inherits_nothing(workbook: Build) -> None:
    rows = [
        ["日期", "凭证号", "摘要", "科目", "借方", "贷方", "附件数", "经手人"],
        ["9月1日", 1, "电费", "管理费用", 5, "", 2, "王芳"],
        ["", 2, "水费", "管理费用", 6, "", "", ""],
        ["9月2日", "", "租金", "管理费用", 7, "", "", ""],
    ]
    table = table_of(workbook(rows))
    second, third = read_rows(table, recognise(table))[1:]
    assert set(second.values) == {"number", "summary", "account_name", "debit"}
    assert "number" not in third.values


def test_amount_and_side_serve_for_debit_and_credit(workbook: Build) -> None:
    mapping = recognise(one_row(workbook, "日期", "凭证号", "摘要", "科目名称", "方向", "金额(万元)"))
    assert mapping.missing() == ()
    assert mapping.unit_of("amount") == "万元"
    both = recognise(one_row(workbook, "日期", "凭证号", "摘要", "科目名称", "借方", "贷方", "金额"))
    assert [c.how for c in both.columns][-1] == "unneeded"


def test_the_unit_comes_from_the_header_or_the_line_above_it(workbook: Build) -> None:
    headers = ("日期", "凭证号", "摘要", "科目名称", "借方金额", "贷方金额（元）")
    mapping = recognise(one_row(workbook, *headers, unit="万元"))
    assert (mapping.unit_of("debit"), mapping.unit_of("credit")) == ("万元", "元")
    assert recognise(one_row(workbook, *headers)).unit_of("debit") == "元"


def test_two_columns_that_could_be_the_same_are_left_to_a_person(workbook: Build) -> None:
    table = one_row(workbook, "日期", "日期", "凭证号", "摘要", "科目名称", "借方", "贷方", "天气")
    mapping = recognise(table)
    assert [c.index for c in mapping.ambiguous()] == [0, 1]
    assert mapping.missing() == ("date",)
    assert [c.header for c in mapping.unknown()] == ["日期", "日期", "天气"]
    with pytest.raises(Invalid) as refusal:
        require_complete(table, mapping)
    assert refusal.value.code == "headers.missing"
    assert "日期" in refusal.value.zh
    assert "第1行" in refusal.value.zh
    chosen = mapping.with_column(0, "date")
    assert chosen.missing() == ()
    assert len(read_rows(table, chosen)) == 1


def test_a_header_understood_by_a_part_is_said_to_be_uncertain(workbook: Build) -> None:
    mapping = recognise(one_row(workbook, "银行到账日期", "凭证号", "摘要", "科目名称", "借方", "贷方"))
    assert [c.header for c in mapping.uncertain()] == ["银行到账日期"]


def test_a_person_moves_a_field_and_frees_a_column(workbook: Build) -> None:
    mapping = recognise(one_row(workbook, "日期", "凭证号", "摘要", "科目名称", "借方", "贷方", "公示内容"))
    moved = mapping.with_column(6, "summary")
    assert moved.index_of("summary") == 6
    assert moved.columns[2].field is None
    assert moved.with_column(6, None).missing() == ("summary",)
    with pytest.raises(Invalid):
        mapping.with_column(0, "colour")
    with pytest.raises(Invalid):
        mapping.with_column(99, "date")


def test_a_mapping_is_remembered_as_plain_data(two_rows: bytes) -> None:
    mapping = recognise(table_of(two_rows)).with_column(9, None)
    stored = json.loads(json.dumps(mapping.as_dict(), ensure_ascii=False))
    assert Mapping.from_dict(stored) == mapping
    for spoilt in (
        {},
        {**stored, "format": "x"},
        {**stored, "purpose": "x"},
        {**stored, "columns": [{"index": 1}]},
    ):
        with pytest.raises(Invalid) as refusal:
            Mapping.from_dict(spoilt)
        assert refusal.value.code == "headers.mapping"
    twice = {**stored, "columns": [stored["columns"][0], stored["columns"][0]]}
    with pytest.raises(Invalid):
        Mapping.from_dict(twice)


def test_a_mapping_of_another_shape_is_refused(long_list: bytes, two_rows: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_rows(table_of(long_list), recognise(table_of(two_rows)))
    assert refusal.value.code == "headers.other_shape"


def test_every_field_has_a_name_in_both_languages() -> None:
    assert all(zh and en for zh, en in field_names("vouchers").values())


def drawn(entry: dict[str, object]) -> bytes:
    target = io.BytesIO()
    header_rows: list[list[str]] = entry["header_rows"]  # type: ignore[assignment]
    merged: list[str] = entry["merged"]  # type: ignore[assignment]
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for area in merged:
            page.merge_range(area, "")
        for r, row in enumerate(header_rows):
            for c, header in enumerate(row):
                if header:
                    page.write_string(r, c, header)
        for c in range(len(header_rows[0])):
            page.write_number(len(header_rows), c, c + 0.5)
    return target.getvalue()


@pytest.mark.parametrize("entry", SETS, ids=[f"{i}-{e['kind']}" for i, e in enumerate(SETS)])
def test_every_real_set_of_headers_is_told_what_it_is(entry: dict[str, object]) -> None:
    table = table_of(drawn(entry))
    assert len(table.headers) == len(entry["header_rows"][0])  # type: ignore[index]
    assert len(table.rows) == 1
    assert what_is_it(table.headers) == entry["kind"]
    with pytest.raises(Invalid) as refusal:
        recognise(table)
    assert refusal.value.code == "headers.other_table"
    assert "不是凭证列表" in refusal.value.zh


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (
            ("科目代码", "科目名称", "期初余额", "本期借方发生额", "本期贷方发生额", "期末余额"),
            "trial_balance",
        ),
        (("日期", "凭证号", "摘要", "借方", "贷方", "方向", "余额"), "account_ledger"),
        (("天气", "心情"), "unknown"),
    ],
)
def test_other_tables_of_bookkeeping_are_told_apart(headers: tuple[str, ...], kind: str) -> None:
    assert what_is_it(headers) == kind


def test_a_contract_ledger_is_named_in_the_refusal(workbook: Build) -> None:
    with pytest.raises(Invalid) as refusal:
        recognise(one_row(workbook, "承包方", "合同编号", "承包金", "租期"))
    assert "承包合同台账" in refusal.value.zh
    assert "a contract ledger (承包合同台账), not a voucher list" in refusal.value.en


def test_statistics_with_years_for_headers_are_no_vouchers(continued: bytes) -> None:
    mapping = recognise(table_of(continued))
    assert set(mapping.missing()) >= {"date", "number", "summary"}
