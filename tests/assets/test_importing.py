"""Ledgers as villages really have them: taken in whole, or refused with every fault at its cell; nothing guessed in silence."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from assets.ledgers import HEADER, ROWS, workbook
from conftest import Village
from cunwu.assets import importing
from cunwu.assets.areas import mu_text
from cunwu.assets.importing import Preview
from cunwu.assets.ledger_rows import Choices
from cunwu.assets.models import MU, Asset, Contract, LedgerImport, Receivable
from cunwu.assets.receivables import receive
from cunwu.documents.headers import recognise
from cunwu.documents.imports import doubts
from cunwu.documents.tables import read_tables
from cunwu.errors import Invalid, NotAllowed, NotReady
from documents.test_headers import SETS, drawn

CHOSEN = Choices("other_contracting", "reserve_land", date(2025, 12, 31))


def look(
    village: Village, now: datetime, data: bytes, purpose: str = "contracts", choices: Choices = CHOSEN
) -> Preview:
    """The preview that the clerk sees."""
    return importing.preview_ledger(
        village.clerk, village.collective, purpose, data, "台账.xlsx", choices=choices, now=now
    )


def codes(faults: tuple[importing.ImportFault, ...]) -> set[str]:
    """What is said, by code."""
    return {fault.code for fault in faults}


def changed(row: int, **values: Any) -> bytes:
    """The ledger with some cells of one row changed, by the header's beginning."""
    rows = [list(each) for each in ROWS]
    for name, value in values.items():
        rows[row][next(i for i, header in enumerate(HEADER) if header.startswith(name))] = value
    return workbook(rows)


def test_a_ledger_is_taken_in_whole_and_undone_whole(village: Village, now: datetime) -> None:
    preview = look(village, now, workbook(ROWS))
    assert [fault.sentence("zh") for fault in preview.faults] == []
    assert codes(preview.warnings) == {
        "headers.not_used", "ledger.term_read_as", "ledger.rent_without_day", "contract.party_without_number",
    }  # fmt: skip
    done = importing.import_ledger(village.clerk, preview, now=now)
    pond, field, slope = Contract.objects.order_by("number").filter(source=done).order_by("source_row")
    assert (pond.from_day, pond.until_day) == (date(2019, 3, 1), date(2029, 3, 1))
    assert (field.from_day, field.until_day) == (date(2020, 1, 1), date(2025, 1, 1))
    assert (slope.open_ended, slope.rents.count(), slope.rent_as_written) == (True, 0, "2000")
    assert pond.parties.get().identity_index
    assert pond.rents.get().amount == 600_000
    assert {a.name: a.area for a in Asset.objects.all()} == {
        "东坑塘": 12 * MU, "南洼地": 30_500_000, "西岭荒坡": 40 * MU,
    }  # fmt: skip
    assert pond.next_due == date(2027, 3, 1), "what fell due before is not made up"
    importing.undo_ledger(village.clerk, done, now=now)
    assert not Contract.objects.exists()
    assert not Asset.objects.exists()
    with pytest.raises(NotReady, match="已经撤销"):
        importing.undo_ledger(village.clerk, done, now=now)
    importing.import_ledger(village.clerk, look(village, now, workbook(ROWS)), now=now)
    assert Contract.objects.count() == 3


def test_who_may_and_the_same_file_once(village: Village, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        importing.preview_ledger(
            village.zhao, village.collective, "contracts", workbook(ROWS), "台账.xlsx", now=now
        )
    file = workbook(ROWS)
    importing.import_ledger(village.clerk, look(village, now, file), now=now)
    again = look(village, now, file)
    assert "import.same_file" in codes(again.faults)
    with pytest.raises(Invalid):
        importing.import_ledger(village.clerk, again, now=now)
    other = look(village, now, workbook(ROWS, title="另一张表"))
    assert codes(other.faults) == {"ledger.number_taken"}, "the numbers are in the ledger already"
    assert LedgerImport.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "values", "code", "severity", "words"),
    [
        (0, {"合同期限": "见合同"}, "ledger.term_as_written", "warning", "按原文保留"),
        (0, {"合同期限": "2029.3.1-2019.3.1"}, "contract.ends_before_it_begins", "fault", "却在"),
        (0, {"面积": "约12亩"}, "cell.area", "fault", "不是面积"),
        (0, {"面积": "12亩3分"}, "cell.area", "fault", "不是面积"),
        (0, {"年租金": 6500}, "ledger.does_not_multiply", "warning", "面积乘单价是6,000.00元"),
        (0, {"年租金": "六千元整"}, "", "", ""),
        (0, {"年租金": "面议"}, "ledger.rent_as_written", "warning", "按原文保留，不生成应收款"),
        (0, {"年租金": "每年每亩稻谷700斤"}, "", "", ""),
        (0, {"身份证": "370725196201010019"}, "identity.check", "fault", "校验"),
        (0, {"承包方": ""}, "contract.no_party", "fault", "没有写对方是谁"),
        (0, {"用途": "养鱼，联系人370725196201010018"}, "redaction.identity", "fault", "用途"),
        (1, {"合同编号": "2019-01"}, "ledger.number_taken", "fault", "在表里出现了两次"),
        (1, {"项目": "东坑塘"}, "ledger.overlap", "warning", "是不是重复发包"),
        (0, {"年租金": 10**13}, "cell.money_too_large", "fault", "超出一万亿元"),
        (0, {"年租金": 2 * 10**9}, "contract.rent_out_of_range", "fault", "元还是万元"),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(
    village: Village, now: datetime, row: int, values: dict[str, Any], code: str, severity: str, words: str
) -> None:
    preview = look(village, now, changed(row, **values))
    if not code:
        assert preview.faults == ()
        return
    told = preview.faults if severity == "fault" else preview.warnings
    (found,) = [fault for fault in told if fault.code == code]
    assert found.row == row + 3, "row 1 is the title, row 2 the header"
    assert words in found.sentence("zh")
    assert found.column is not None
    if severity == "fault":
        with pytest.raises(Invalid):
            importing.import_ledger(village.clerk, preview, now=now)
        assert not Contract.objects.exists()
        assert not Asset.objects.exists(), "imported never half"
        marked = CalamineWorkbook.from_filelike(BytesIO(importing.annotated_ledger(preview)))
        assert "导入说明" in marked.sheet_names


def test_what_no_column_says_is_asked_not_guessed(village: Village, now: datetime) -> None:
    preview = look(village, now, workbook(ROWS), choices=Choices())
    assert codes(preview.faults) == {"ledger.no_kind"}
    header = (
        "单位或个人",
        "项目",
        "承包起止日期",
        "应交承包金",
        "本期已交承包金",
        "累计已交承包金",
        "应交未交金额",
        "备注",
    )
    data = workbook([("马国良", "东坑塘", "2019.3-2029.3", 6000, 3000, 3000, 3000, "")], header)
    unsaid = look(village, now, data, choices=Choices("other_contracting", "water"))
    assert codes(unsaid.faults) == {"ledger.owed_without_day"}
    preview = look(village, now, data)
    assert {"headers.uncertain", "ledger.numbered_here", "headers.not_used"} <= codes(preview.warnings)
    importing.import_ledger(village.clerk, preview, now=now)
    owed = Receivable.objects.get()
    assert (owed.amount, owed.due_day, owed.contract) == (300_000, date(2025, 12, 31), Contract.objects.get())


def test_a_price_a_square_metre_is_no_price_a_mu(village: Village, now: datetime) -> None:
    header = ("合同编号", "名称", "承租方", "面积（平方米）", "租金（元/平方米）", "起始日期", "到期日期")
    data = workbook([("F-1", "门面房", "刘春生", 120, 15, "2024-01-01", "2026-12-31")], header)
    preview = look(village, now, data, choices=Choices("lease", "building"))
    assert preview.faults == ()
    (entry,) = preview.contracts
    assert entry.rents[0].amount == 180_000
    assert mu_text(entry.lets[0].area or 0) == "0.18"
    assert "ledger.rent_by_area" in codes(preview.warnings)


def test_an_amount_a_thousand_times_too_large_is_asked_about(village: Village, now: datetime) -> None:
    rows = [
        (
            f"2021-{n}",
            f"{n}号地",
            "马国良",
            "",
            "",
            10,
            "",
            4000 if n else 4_000_000,
            "2021.1-2026.1",
            "种粮",
            "",
        )
        for n in range(6)
    ]
    preview = look(village, now, workbook(rows))
    (found,) = [fault for fault in preview.warnings if fault.code == "ledger.rent_out_of_line"]
    assert "1000倍" in found.zh
    assert found.row == 3


def test_rows_of_another_village_and_a_file_that_means_nothing(village: Village, now: datetime) -> None:
    header = ("村", *HEADER)
    preview = look(village, now, workbook([("石桥村", *ROWS[0]), ("云溪村", *ROWS[1])], header))
    (fault,) = preview.faults
    assert (fault.code, fault.row) == ("ledger.other_village", 3)
    nothing = look(village, now, workbook([("晴", "好")], ("天气", "心情")))
    assert codes(nothing.faults) == {"headers.missing"}
    with pytest.raises(Invalid, match="党员名册"):
        look(village, now, workbook([("甲", "2001-01-01")], ("党组织名称", "入党时间")))


def test_a_registered_asset_is_found_by_number_or_name(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    importing.import_ledger(village.clerk, look(village, now, workbook(ROWS)), now=now)
    assert Contract.objects.get(number="2019-01").lets.get().asset == assets["Z-01"]
    assert Asset.objects.count() == 4, "only the slope is new"


def test_what_is_in_use_is_not_undone(village: Village, now: datetime) -> None:
    header = ("欠款人", "事由", "欠款金额（万元）", "应交日期")
    data = workbook([("马国良", "塘租", 0.36, "2024年3月1日")], header)
    done = importing.import_ledger(village.clerk, look(village, now, data, "receivables"), now=now)
    owed = Receivable.objects.get()
    assert owed.amount == 360_000
    receive(village.wang, owed, 100, date(2026, 10, 1), now=now)
    with pytest.raises(NotReady, match="已经在用"):
        importing.undo_ledger(village.clerk, done, now=now)
    assert Receivable.objects.exists()


def test_assets_of_an_inventory(village: Village, now: datetime) -> None:
    header = ("编号", "资产名称", "类别", "存放地点", "原值（元）", "村自用", "购置时间")
    rows = [
        ("G-1", "旋耕机", "农机具", "机库", 68_000, "是", "2021.5.6"),
        ("G-2", "旧校舍", "房屋", "村北", 120_000, "", ""),
    ]
    preview = look(village, now, workbook(rows, header), "assets")
    assert preview.faults == ()
    importing.import_ledger(village.clerk, preview, now=now)
    tractor, school = Asset.objects.order_by("number")
    assert (tractor.kind, tractor.value, tractor.self_used) == ("equipment", 6_800_000, True)
    assert (school.kind, school.self_used) == ("building", False)


EXPECTED = {
    "contract_ledger": {"单位或个人": "party", "项目": "title", "承包起止日期": "term", "应交承包金": "rent", "应交未交金额": "owed"},
    "land": {
        "姓名": "party", "户主姓名": "party", "户名": "party", "主体名称": "party", "身份证号码": "party_number",
        "身份证号": "party_number", "承包地面积": "area", "面积/亩": "area", "村": "village", "所属村": "village",
        "四至范围": "location",
    },
}  # fmt: skip
LEDGERS = [entry for entry in SETS if entry["kind"] in EXPECTED]


@pytest.mark.parametrize("entry", LEDGERS, ids=[f"{i}-{e['kind']}" for i, e in enumerate(LEDGERS)])
def test_no_column_of_a_real_header_is_misunderstood_unannounced(entry: dict[str, Any]) -> None:
    """Every column is read as what it means, or its reading is announced as uncertain, or it is named as not used."""
    (table,) = read_tables(drawn(entry), "表.xlsx")
    mapping = recognise(table, "contracts")
    expected = EXPECTED[str(entry["kind"])]
    announced = {fault.column for fault in doubts(table, mapping, "表.xlsx")}
    not_used = {column.index for column in mapping.unknown()}
    for column in mapping.columns:
        if column.field is None:
            assert column.index in announced | not_used
        elif column.index not in announced:
            assert column.field == (expected.get(column.header) or expected[column.header.rpartition("/")[2]])


@pytest.mark.parametrize("entry", LEDGERS, ids=[f"{i}-{e['kind']}" for i, e in enumerate(LEDGERS)])
def test_a_workbook_with_a_real_header_is_imported_or_says_what_it_lacks(
    village: Village, now: datetime, entry: dict[str, Any]
) -> None:
    values = {
        "party": "马国良",
        "term": "2019.3-2029.3",
        "village": "云溪村",
        "title": "东坑塘",
        "location": "村东",
        "party_number": "",
    }
    (table,) = read_tables(drawn(entry), "表.xlsx")
    mapping = recognise(table, "contracts")
    row = [values.get(column.field or "", 12) for column in mapping.columns]
    preview = look(village, now, workbook([row], [f"{h}" for h in table.headers]))
    if mapping.missing():
        assert codes(preview.faults) == {"headers.missing"}
        return
    assert preview.faults == ()
    importing.import_ledger(village.clerk, preview, now=now)
    contract = Contract.objects.get()
    assert contract.parties.get().name == "马国良"
