"""Accounts found by name; the township's extended chart of 2004 as it was really used (codes and names only)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cunwu.books.accounts import AccountBook, resolve_account
from cunwu.books.actions import add_account
from cunwu.books.models import Account
from cunwu.errors import Invalid

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Village

# A township's chart: codes of 3, 6, 8 and 9 digits, blank names, brackets of its own. (code, name)
TOWNSHIP = """101 现金|102 银行存款|111 短期投资|112 应收款|112001 单位|112001001 合作基金会|112002 个人|112003 其它应收款
113 内部往来|121 库存物资|131 牲畜【禽】资产|131001 产役畜|131002 幼畜及育肥畜|132 林木资产|132001 经济林木|132002 非经济林木
141 长期投资|151 固定资产|152 累计折旧|153 固定资产清理|154 在建工程|161 无形资产|201 短期借款|202 应付款|202001 单位
202001001 |202001002 |202002 个人|202003 其它应付款|211 应付工资|212 应付福利费|221 长期借款及应付款|231 一事一议资金
241 专项应付款|301 资本|311 公积公益金|321 本年收益|322 收益分配|322001 未分配收益|322002 各项分配|32200201 提取公积公益金
32200202 提取应付福利费|32200203 外来投资分利|32200204 农户分配|32200205 其他|401 生产【劳务】成本|501 经营收入
501001 农产品销售收入|501002 物资销售收入|501003 租赁收入|501004 服务收入|501005 劳务收入|502 经营支出
502001 销售农产品成本及费用|502002 销售物资成本及费用|502003 租赁成本及费用|502004 提供服务的成本|502005 对外提供劳务成本
511 发包及上交收入|511001 土地承包收入|511002 果园承包收入|511003 村办企业上交利润|521 农业税附加返还收入|522 补助收入"""
DECIDED = {
    "131": "牲畜(禽)资产",
    "132": "林木资产",
    "212": "应付福利费",
    "511": "发包及上交收入",
    "521": "农业税附加返还收入",
}


def township() -> list[tuple[str, str]]:
    rows = [row.partition(" ") for line in TOWNSHIP.splitlines() for row in line.split("|")]
    return [(code, name.strip()) for code, _, name in rows]


def resolved(book: AccountBook, code: str, name: str) -> str:
    try:
        return book.resolve(code, name).code
    except Invalid as refused:
        return refused.code


def test_the_townships_chart_maps_but_for_names_that_split(books: Village) -> None:
    book = AccountBook(books.collective, written_in="2004")
    found = {code: resolved(book, code, name) for code, name in township()}
    undecided = {code for code, got in found.items() if got == "account.undecided"}
    assert undecided == {code for code, _ in township() if code[:3] in DECIDED}
    assert all(got.isdigit() for code, got in found.items() if code not in undecided)
    assert (found["101"], found["153"], found["154"], found["202"]) == ("101", "154", "153", "211")
    assert (found["202001001"], found["202003"]) == ("211001001", "211003")
    assert (found["112001001"], found["32200201"], found["502003"]) == ("112001001", "32200201", "511003")
    book.save_new()
    assert Account.objects.get(organization=books.collective, code="211001001").name == "202001001"
    assert Account.objects.get(organization=books.collective, code="112003").name == "其他应收款"
    child = Account.objects.get(organization=books.collective, code="32200201")
    assert child.parent is not None
    assert (child.parent.code, child.debit_side) == ("322002", False)


def test_a_decision_is_made_by_a_sub_account_of_the_old_name(books: Village, now: datetime) -> None:
    chart = {a.code: a for a in books.collective.accounts.all()}
    for head, name in zip(("131", "132", "211", "501", "503"), DECIDED.values(), strict=True):
        add_account(books.wang, books.collective, chart[head], name, now=now)
    book = AccountBook(books.collective, written_in="2004")
    found = {code: resolved(book, code, name) for code, name in township()}
    assert [(code, got) for code, got in found.items() if not got.isdigit()] == []
    assert (found["511"], found["511001"], found["212"]) == ("501901", "501901001", "211901")


@pytest.mark.parametrize(
    ("code", "name", "sub", "account"),
    [
        ("", "管理费用", "", "513"),
        ("541", "管理费用", "", "513"),
        ("1002", "银行存款", "", "102"),
        ("102", "银行存款", "农商行", "102901"),
        ("", "银行存款/农商行", "", "102901"),
        ("", "102-农商行", "", "102901"),
        ("102-农商行", "", "", "102901"),
        ("102901", "", "", "102901"),
        ("102001", "农商行", "", "102901"),
        ("102.001", "银行存款：农商行", "", "102901"),
        ("", "农商行", "", "102901"),
        ("101", "", "", "101"),
        ("102", "", "农商行", "102901"),
        ("", "", "银行存款", "102"),
    ],
)
def test_a_row_names_its_account_in_many_ways(
    books: Village, code: str, name: str, sub: str, account: str
) -> None:
    book = AccountBook(books.collective)
    assert book.resolve(code, name, sub).code == account
    assert not book.new


@pytest.mark.parametrize(
    ("code", "name", "refusal", "says"),
    [
        ("501", "管理费用", "account.code_contradicts", "经营收入"),
        ("511", "经营收入", "account.code_contradicts", "发包及上交收入"),
        ("102901", "银行存款/信用社", "account.code_contradicts", "农商行"),
        ("502", "", "account.code_ambiguous", "投资收益"),
        ("502001", "", "account.code_ambiguous", "经营支出"),
        ("", "应付福利费", "account.undecided", "应付款"),
        ("", "管理费", "account.unknown", "管理费用"),
        ("999", "", "account.unknown", "999"),
        ("", "", "account.blank", "科目"),
    ],
)
def test_what_cannot_be_told_is_refused_with_both_readings(
    books: Village, code: str, name: str, refusal: str, says: str
) -> None:
    with pytest.raises(Invalid) as caught:
        AccountBook(books.collective).resolve(code, name)
    assert caught.value.code == refusal
    assert says in caught.value.zh


def test_new_sub_accounts_take_the_code_of_the_file_or_the_next_free_one(books: Village) -> None:
    assert resolve_account(books.collective, "513002", "管理费用/办公费").code == "513002"
    assert resolve_account(books.collective, "", "管理费用/水电费").code == "513901"
    assert resolve_account(books.collective, "", "管理费用/办公费").code == "513002"
    assert resolve_account(books.collective, "", "应收款/单位/供销社").code == "112901901"
    assert not resolve_account(books.collective, "", "累计折旧/房屋").debit_side


def test_a_sub_account_needs_a_name_and_a_free_code(books: Village, now: datetime) -> None:
    bank = books.collective.accounts.get(code="102")
    for name, code, refusal in (
        ("", "", "account.name"),
        ("农商行", "", "account.name"),
        ("信用社", "102901", "account.code_contradicts"),
    ):
        with pytest.raises(Invalid) as caught:
            add_account(books.wang, books.collective, bank, name, code=code, now=now)
        assert caught.value.code == refusal


def test_a_code_that_stood_beside_a_name_means_it_again_without(books: Village) -> None:
    book = AccountBook(books.collective)
    assert book.resolve("102001", "农商行").code == "102901"
    assert book.resolve("102001", "").code == "102901"
    assert str(book.resolve("102001", "")) == "102901 农商行"


def test_levels_and_codes_below_an_account_come_to_an_end(books: Village) -> None:
    book = AccountBook(books.collective)
    with pytest.raises(Invalid) as deep:
        book.resolve("", "应收款/单位/甲/乙/丙/丁/戊")
    assert deep.value.code == "account.too_deep"
    households = [book.resolve("", f"内部往来/第{number}户").code for number in range(1, 1000)]
    assert len(set(households)) == 999
    with pytest.raises(Invalid) as many:
        book.resolve("", "内部往来/第1000户")
    assert many.value.code == "account.too_many"
    assert "内部往来" in many.value.zh


def test_a_first_level_code_beside_many_sub_accounts_contradicts_none_of_them(books: Village) -> None:
    book = AccountBook(books.collective)
    found = [book.resolve("511", f"经营支出/{name}").code for name in ("电费", "水费", "维修费")]
    assert found == ["511901", "511902", "511903"]
    assert book.resolve("511", "经营支出").code == "511"
