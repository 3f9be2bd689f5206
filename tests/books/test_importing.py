"""Voucher workbooks: three invented layouts of bookkeeping systems, every fault named, all or nothing, undone."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from books.workbooks import LONG_LIST, Row, workbook
from cunwu.books import actions
from cunwu.books.importing import annotated_workbook, import_vouchers, preview_import, undo_import
from cunwu.books.models import Account, Month, Posting, Voucher, VoucherImport
from cunwu.documents.headers import recognise
from cunwu.documents.tables import read_tables
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
GOOD: list[Row] = [
    ("2026-09-03", "记-1", "收鱼塘承包费", "102", "银行存款/农商行", 3000, "", 1, "王芳", "李建国", "孙梅"),
    ("", "", "", "501", "经营收入/承包收入", "", 3000),
    (
        "2026-09-08",
        "记-2",
        "付张三临时救助",
        "541",
        "管理费用/救助",
        500.5,
        "",
        2,
        "周小雨",
        "李建国",
        "孙梅",
    ),
    ("", "", "", "101", "现金", "", 500.5),
]
"""Whole vouchers; the second one with the code and the name of the 2004 chart."""


def codes(faults: Any) -> list[tuple[str, int, str]]:
    return [(f.code, f.row, "" if f.column is None else "ABCDEFGHIJK"[f.column]) for f in faults]


def test_a_workbook_becomes_vouchers(books: Village, now: datetime) -> None:
    preview = preview_import(books.wang, books.collective, workbook(GOOD), "九月凭证.xlsx", now=now)
    assert (preview.faults, preview.warnings, preview.months) == ((), (), ("2026-09",))
    assert (len(preview.vouchers), preview.postings, preview.total) == (2, 4, 350_050)
    assert preview.new_accounts == ("501901 承包收入", "513901 救助")
    assert not Account.objects.filter(name="承包收入").exists()
    done = import_vouchers(books.wang, books.collective, workbook(GOOD), "九月凭证.xlsx", now=now)
    assert (done.vouchers, done.postings, done.total) == (2, 4, 350_050)
    first, second = Voucher.objects.filter(source=done)
    assert (first.entered, first.attachments, first.approver, first.witness) == (True, 1, "李建国", "孙梅")
    assert [p.public_summary for p in second.postings.all()] == ["临时救助（姓名不公开）"] * 2
    assert [p.summary for p in second.postings.all()] == ["付张三临时救助"] * 2
    assert [p.account.code for p in second.postings.all()] == ["513901", "101"]


def test_a_layout_with_one_amount_column_and_a_side(books: Village, now: datetime) -> None:
    rows: list[Row] = [
        (9, 3, "记", 1, "收承包费", "银行存款", "农商行", "借", "0.3"),
        (9, 3, "记", 1, "收承包费", "经营收入", "", "贷", "0.3"),
    ]
    header = ("月", "日", "凭证字", "凭证号", "摘要", "总账科目", "明细科目", "方向", "金额（万元）")
    data = workbook(rows, header, title="云溪村股份经济合作社2026年9月记账凭证")
    done = import_vouchers(books.wang, books.collective, data, "凭证.xlsx", now=now)
    assert (done.vouchers, done.total) == (1, 300_000)
    assert Voucher.objects.get(source=done).day == date(2026, 9, 3)


def test_a_layout_of_merged_cells_and_a_header_of_two_rows(
    books: Village, now: datetime, tmp_path: Any
) -> None:
    path = tmp_path / "凭证.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("记账凭证")
        for column, name in enumerate(("日期", "凭证字号", "摘要", "会计科目")):
            sheet.merge_range(0, column, 1, column, name)
        sheet.merge_range(0, 4, 0, 5, "金额")
        sheet.write_row(1, 4, ("借方", "贷方"))
        for column, value in enumerate(("2026-09-03", "记-1", "收承包费")):
            sheet.merge_range(2, column, 3, column, value)
        sheet.write_row(2, 3, ("102 银行存款-农商行", 3000))
        sheet.write_row(3, 3, ("501 经营收入", "", 3000))
        sheet.write_row(4, 2, ("合计", "", 3000, 3000))
    done = import_vouchers(books.wang, books.collective, path.read_bytes(), "凭证.xlsx", now=now)
    assert (done.vouchers, done.postings, done.total) == (1, 2, 300_000)


def test_every_fault_is_named_with_its_cell_and_nothing_is_imported(books: Village, now: datetime) -> None:
    rows: list[Row] = [
        ("2026-09-03", "记-1", "收承包费", "102", "银行存款", 1000, ""),
        ("", "", "", "501", "经营收入", "", 900),
        ("2026-09-31", "记-2", "付电费", "511", "经营支出", 5, ""),
        ("2026-12-03", "记-3", "付电费", "511", "经营支出", 5, ""),
        ("", "", "", "101", "库存现金", "", "5元1"),
        ("2026-09-05", "记-4", "付身份证11010519491231002X的工资", "501", "管理费用", 1.005, 1),
        ("2026-09-05", "第四号", "付工资", "513", "管理费用", 5, ""),
        ("2026-09-06", "记-5", "付水费", "511", "经营支出", 7, 7),
        ("", "", "", "101", "库存现金", "", ""),
    ]
    preview = preview_import(books.wang, books.collective, workbook(rows), "凭证.xlsx", now=now)
    assert codes(preview.faults) == [
        ("voucher.unbalanced", 2, ""),
        ("cell.date_impossible", 4, "A"),
        ("books.future_day", 5, "A"),
        ("cell.money", 6, "G"),
        ("redaction.identity", 7, "C"),
        ("account.code_contradicts", 7, "E"),
        ("cell.money_decimals", 7, "F"),
        ("cell.voucher_number", 8, "B"),
        ("posting.both_sides", 9, "G"),
        ("posting.no_amount", 10, "F"),
    ]
    unbalanced = preview.faults[0].sentence("zh")
    assert unbalanced == (
        "《凭证.xlsx》工作表“凭证”第2行：记-1 借方1,000.00，贷方900.00，差100.00元；请补正。（第2、3行）"
    )
    assert all("11010519491231002X" not in f.sentence("zh") + f.sentence("en") for f in preview.faults)
    with pytest.raises(Invalid) as refused:
        import_vouchers(books.wang, books.collective, workbook(rows), "凭证.xlsx", now=now)
    assert refused.value.code == "import.faults"
    assert len(refused.value.details["faults"]) == 10  # type: ignore[arg-type]
    assert not VoucherImport.objects.exists()
    assert not Voucher.objects.filter(kind="ordinary").exists()


def test_the_workbook_comes_back_with_its_faults_marked(books: Village, now: datetime) -> None:
    rows = [*GOOD, ("2026-09-09", "记-3", "付电费", "511", "电费", 5, "")]
    preview = preview_import(books.wang, books.collective, workbook(rows), "凭证.xlsx", now=now)
    marked = annotated_workbook(preview)
    again = read_tables(marked, "凭证.xlsx")
    assert again[0].headers == LONG_LIST
    assert marked[:2] == b"PK"


def test_the_same_file_and_the_same_vouchers_are_taken_once(books: Village, now: datetime) -> None:
    import_vouchers(books.wang, books.collective, workbook(GOOD), "九月.xlsx", now=now)
    with pytest.raises(Invalid) as same:
        import_vouchers(books.wang, books.collective, workbook(GOOD), "九月（改名）.xlsx", now=now)
    assert same.value.code == "import.same_file"
    other = [*GOOD, ("2026-09-09", "记-3", "付电费", "511", "", 5, ""), ("", "", "", "", "库存现金", "", 5)]
    preview = preview_import(books.wang, books.collective, workbook(other), "另一个.xlsx", now=now)
    assert codes(preview.faults)[:2] == [
        ("voucher.imported_already", 2, "B"),
        ("voucher.imported_already", 4, "B"),
    ]
    changed = [("2026-09-03", "记-1", "收果园承包费", *GOOD[0][3:]), *GOOD[1:2]]
    preview = preview_import(books.wang, books.collective, workbook(changed), "改过.xlsx", now=now)
    assert codes(preview.faults) == [("voucher.duplicate", 2, "B")]
    renumbered = [("2026-09-03", "记-9", *GOOD[0][2:]), *GOOD[1:2]]
    preview = preview_import(books.wang, books.collective, workbook(renumbered), "改号.xlsx", now=now)
    assert not preview.faults
    assert sorted(w.code for w in preview.warnings) == ["voucher.gap", "voucher.same_content"]


def test_an_import_may_span_months_but_not_skip_or_reopen_one(books: Village, now: datetime) -> None:
    rows = [*GOOD, ("2026-10-08", "记-1", *GOOD[0][2:]), *GOOD[1:2]]
    preview = preview_import(books.wang, books.collective, workbook(rows), "两个月.xlsx", now=now)
    assert (preview.faults, preview.months, preview.new_months) == ((), ("2026-09", "2026-10"), ("2026-10",))
    assert not Month.objects.filter(period="2026-10").exists()
    import_vouchers(books.wang, books.collective, workbook(rows), "两个月.xlsx", now=now)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    late = [("2026-09-30", "记-3", *GOOD[0][2:]), *GOOD[1:2]]
    preview = preview_import(books.wang, books.collective, workbook(late), "补记.xlsx", now=now)
    assert codes(preview.faults) == [("books.month_closed", 2, "A")]
    december = now.replace(month=12)
    skipping = [("2026-12-01", "记-1", *GOOD[0][2:]), *GOOD[1:2]]
    preview = preview_import(books.wang, books.collective, workbook(skipping), "十二月.xlsx", now=december)
    assert codes(preview.faults) == [("books.month_not_reached", 2, "A")]


def test_books_must_be_open(village: Village, now: datetime) -> None:
    with pytest.raises(NotReady) as refused:
        preview_import(village.wang, village.collective, workbook(GOOD), "九月.xlsx", now=now)
    assert refused.value.code == "books.not_open"


def test_cells_that_are_empty_are_named(books: Village, now: datetime) -> None:
    header = ("日期", "凭证号", "摘要", "会计科目", "方向", "金额", "附单据数")
    rows: list[Row] = [
        ("", 1, "收承包费", "银行存款", "借", 30, ""),
        ("2026-09-03", "", "收承包费", "银行存款", "借", 30, ""),
        ("2026-09-04", 2, "收承包费", "银行存款", "", 30, ""),
        ("2026-09-05", 3, "收承包费", "银行存款", "左", 30, "许多"),
        ("2026-09-06", 4, "收承包费", "银行存款", "借", "三十块", ""),
    ]
    preview = preview_import(books.wang, books.collective, workbook(rows, header), "凭证.xlsx", now=now)
    assert codes(preview.faults) == [
        ("voucher.no_date", 2, "A"),
        ("voucher.no_number", 3, "B"),
        ("posting.no_side", 4, "E"),
        ("cell.side", 5, "E"),
        ("cell.integer", 5, "G"),
        ("cell.money", 6, "F"),
    ]
    assert not Voucher.objects.filter(kind="ordinary").exists()


@pytest.mark.parametrize(
    ("month", "title", "day"),
    [
        ("2026年9月", "", date(2026, 9, 3)),
        ("9月", "2026年10月记账凭证", date(2026, 9, 3)),
        ("本月", "2026年9月记账凭证", date(2026, 9, 3)),
    ],
)
def test_a_day_belongs_to_the_month_beside_it_or_in_the_title(
    books: Village, now: datetime, month: str, title: str, day: date
) -> None:
    header = ("月", "日期", "凭证号", "摘要", "会计科目", "借方金额", "贷方金额")
    rows: list[Row] = [
        (month, 3, "记-1", "收承包费", "银行存款", 30, ""),
        (month, 3, "记-1", "收承包费", "经营收入", "", 30),
    ]
    data = workbook(rows, header, title=title)
    done = import_vouchers(books.wang, books.collective, data, "凭证.xlsx", now=now)
    assert Voucher.objects.get(source=done).day == day


def test_a_table_without_vouchers_says_so(books: Village, now: datetime) -> None:
    total: list[Row] = [("", "", "合计", "", "", 0, 0)]
    preview = preview_import(books.wang, books.collective, workbook(total), "凭证.xlsx", now=now)
    assert [fault.code for fault in preview.faults] == ["import.no_vouchers"]


def test_a_number_that_somebody_took_meanwhile_stops_the_whole_import(
    books: Village, enter: Any, now: datetime, meanwhile: Any
) -> None:
    meanwhile(lambda: enter(date(2026, 9, 2), "付电费", "511", "101", 500, number=2))
    with pytest.raises(NotReady) as refused:
        import_vouchers(books.wang, books.collective, workbook(GOOD), "九月.xlsx", now=now)
    assert refused.value.code == "import.meanwhile"
    assert [str(v) for v in Voucher.objects.filter(kind="ordinary")] == ["记-2"]
    assert not VoucherImport.objects.exists()
    assert not Account.objects.filter(name="承包收入").exists()


def test_a_voucher_with_two_dates_is_refused(books: Village, now: datetime) -> None:
    rows = [GOOD[0], ("2026-09-04", "记-1", "收鱼塘承包费", "501", "经营收入", "", 3000)]
    preview = preview_import(books.wang, books.collective, workbook(rows), "凭证.xlsx", now=now)
    assert codes(preview.faults) == [("voucher.two_days", 3, "A")]


def test_an_identity_number_in_the_file_name_is_never_repeated(books: Village, now: datetime) -> None:
    name = "王某11010519491231002X报账.xlsx"
    preview = preview_import(books.wang, books.collective, workbook(GOOD), name, now=now)
    assert [f.code for f in preview.faults] == ["redaction.identity"]
    with pytest.raises(Invalid) as refused:
        import_vouchers(books.wang, books.collective, workbook(GOOD), name, now=now)
    assert "11010519491231002X" not in f"{refused.value} {refused.value.en} {refused.value.details}"


def test_a_private_identity_number_under_a_mask_is_a_warning(books: Village, now: datetime) -> None:
    rows = [("2026-09-03", "记-1", "付张三临时救助11010519491231002X", *GOOD[2][3:]), GOOD[3]]
    preview = preview_import(books.wang, books.collective, workbook(rows), "凭证.xlsx", now=now)
    assert not preview.faults
    assert {w.code for w in preview.warnings} == {"redaction.identity"}


def test_another_kind_of_table_is_called_by_its_name(books: Village, now: datetime) -> None:
    header = (
        "合同编号",
        "合同名称",
        "承包方",
        "发包方",
        "面积（亩）",
        "承包起始日期",
        "承包终止日期",
        "年承包费（元）",
    )
    row = ("HT-1", "鱼塘承包合同", "张三", "云溪村", 12.5, "2024-01-01", "2029-01-01", 3000)
    with pytest.raises(Invalid) as refused:
        preview_import(books.wang, books.collective, workbook([row], header), "台账.xlsx", now=now)
    assert refused.value.code == "headers.other_table"
    assert "合同" in refused.value.zh


def test_a_column_that_a_person_names_is_remembered(books: Village, now: datetime) -> None:
    header = ("日期", "凭证字号", "说了什么", *LONG_LIST[3:])
    data = workbook(GOOD, header)
    preview = preview_import(books.wang, books.collective, data, "凭证.xlsx", now=now)
    assert [f.code for f in preview.faults] == ["headers.missing"]
    mapping = recognise(preview.table).with_column(2, "summary")
    done = import_vouchers(books.wang, books.collective, data, "凭证.xlsx", mapping=mapping, now=now)
    assert done.vouchers == 2
    undo_import(books.wang, done, now=now)
    assert not preview_import(books.wang, books.collective, data, "凭证.xlsx", now=now).faults


def test_undoing_takes_everything_back_and_leaves_the_fact(books: Village, now: datetime) -> None:
    done = import_vouchers(books.wang, books.collective, workbook(GOOD), "九月.xlsx", now=now)
    with pytest.raises(NotAllowed):
        undo_import(books.li, done, now=now)
    undo_import(books.wang, done, now=now)
    assert not Voucher.objects.filter(kind="ordinary").exists()
    assert not Posting.objects.filter(voucher__kind="ordinary").exists()
    done.refresh_from_db()
    assert done.undone_by == books.wang
    with pytest.raises(NotReady) as twice:
        undo_import(books.wang, done, now=now)
    assert twice.value.code == "import.undone_already"
    assert import_vouchers(books.wang, books.collective, workbook(GOOD), "九月.xlsx", now=now).vouchers == 2


def test_what_was_closed_or_reversed_is_not_undone(books: Village, now: datetime) -> None:
    done = import_vouchers(books.wang, books.collective, workbook(GOOD), "九月.xlsx", now=now)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    with pytest.raises(NotReady) as closed:
        undo_import(books.wang, done, now=now)
    assert closed.value.code == "import.month_closed"
    actions.reopen_month(books.wang, books.collective, SEPTEMBER, reason="漏记", now=now)
    voucher = Voucher.objects.get(source=done, number=1)
    actions.reverse_voucher(books.wang, voucher, day=date(2026, 9, 30), reason="记错", now=now)
    with pytest.raises(NotReady) as reversed_one:
        undo_import(books.wang, done, now=now)
    assert reversed_one.value.code == "import.reversed"


def test_a_stranger_may_not_even_preview(books: Village, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        preview_import(books.zhao, books.collective, workbook(GOOD), "九月.xlsx", now=now)
