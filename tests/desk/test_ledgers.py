"""The ledgers on the desk: what the collective owns, has let and is owed, entered, corrected and found again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from assets.conftest import FIELD, POND, SHOP, lease
from conftest import Village
from cunwu.assets import actions
from cunwu.assets.entries import AssetEntry, DebtEntry, PartyEntry, RentEntry
from cunwu.assets.models import MU, Asset, Contract, Receivable
from cunwu.assets.receivables import make_receivables, receive, register_receivables
from cunwu.assets.reminders import remind
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry
from desk.conftest import SignIn, keep_books

Counting = Callable[..., Any]


@pytest.fixture
def clerk(village: Village, sign_in: SignIn) -> Client:
    """周小雨's browser."""
    return sign_in(village.clerk)


@pytest.fixture
def pond(village: Village, now: datetime) -> Contract:
    """The pond's lease, on ledgers with a field that lies idle and a shop."""
    actions.register_assets(village.clerk, village.collective, [POND, FIELD, SHOP], now=now)
    (made,) = actions.register_contracts(village.clerk, village.collective, [lease()], now=now)
    return made


def debt(village: Village, now: datetime, amount: int = 360_000, due: date = date(2024, 3, 1)) -> Receivable:
    """What 马国良 owed already."""
    entry = DebtEntry("马国良", "鱼塘承包费", amount, due)
    (made,) = register_receivables(village.clerk, village.collective, [entry], now=now)
    return made


def rows_of(content: bytes) -> list[list[Any]]:
    """The rows of a downloaded workbook's only sheet."""
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def test_an_asset_is_registered_corrected_and_given_up(village: Village, clerk: Client) -> None:
    ledger = f"/assets/{village.collective.public_id}/"
    form = {
        "do": "register", "number": "Z-09", "name": "旧小学校舍", "kind": "building", "location": "村北",
        "area": "600平方米", "value": "12.5万", "from_day": "1998.9.1",
    }  # fmt: skip
    page = clerk.post(ledger, form, follow=True)
    assert "旧小学校舍" in page.text
    assert "0.9亩（600平方米）" in page.text
    made = Asset.objects.get()
    assert (made.area, made.value, made.from_day) == (900_000, 12_500_000, date(1998, 9, 1))
    address = f"/asset/{made.public_id}/"
    corrected = clerk.post(address, {**form, "do": "correct", "area": "610㎡"}, follow=True)
    assert "已更正" in corrected.text
    entry = AuditEntry.objects.get(action="assets.correct")
    assert "900000" in entry.leaf
    refused = clerk.post(address, {"do": "give_up", "until_day": "2026-10-08", "because": " "})
    assert refused.status_code == 422
    assert "请写明资产退出的原因" in refused.text
    clerk.post(address, {"do": "give_up", "until_day": "2026-10-08", "because": "拆除"})
    assert "没有登记资产" in re.sub(r"<[^>]+>", "", clerk.get(ledger).text)
    assert "不再属于集体" in clerk.get(address).text


def test_what_is_let_is_not_given_up(clerk: Client, pond: Contract) -> None:
    let = pond.lets.get().asset
    refused = clerk.post(
        f"/asset/{let.public_id}/", {"do": "give_up", "until_day": "2026-10-08", "because": "征收"}
    )
    assert refused.status_code == 409
    assert "还有合同在履行" in refused.text
    let.refresh_from_db()
    assert let.until_day is None


def test_the_list_of_assets_is_filtered_and_summed(village: Village, clerk: Client, pond: Contract) -> None:
    ledger = f"/assets/{village.collective.public_id}/"
    assert "共3项：出租1、闲置2、自用0；面积42亩（闲置30亩），价值300,000.00元" in clerk.get(ledger).text
    idle = clerk.get(f"{ledger}?state=idle").text
    assert "南洼地" in idle
    assert "东坑塘" not in idle
    assert "沿街门面房" not in clerk.get(f"{ledger}?kind=water").text
    assert "没有这样的资产" in clerk.get(f"{ledger}?q=戏台").text
    sheet = rows_of(clerk.get(f"{ledger}?state=let&as=xlsx").content)
    assert [row[1] for row in sheet if row[0] == "Z-01"] == ["东坑塘"]
    assert not any(row[0] == "Z-02" for row in sheet)


CONTRACT = {
    "do": "register", "number": "2026-07", "title": "南洼地租赁合同", "kind": "lease", "direction": "receives",
    "signed_day": "2026年9月20日", "from_day": "2026-10-01", "last_day": "2031-09-30", "use": "种植玉米",
    "party_0": "刘春生", "party_kind_0": "person", "party_member_0": "no", "asset_0": "Z-02 南洼地", "area_0": "30",
    "every_0": "year", "rent_0": "15000", "rent_from_1": "2029-10-01", "every_1": "year", "rent_1": "1.8万",
    "written": "yes", "breach_terms": "no", "decision_day": "2026-09-12", "decision_note": "村民代表会议",
    "in_favour": "31", "entitled": "36",
}  # fmt: skip


def test_a_contract_is_registered_by_hand_and_its_rents_come(
    village: Village, clerk: Client, pond: Contract
) -> None:
    form = f"/contracts/{village.collective.public_id}/new/"
    page = clerk.post(form, CONTRACT, follow=True)
    assert page.status_code == 200
    made = Contract.objects.get(number="2026-07")
    assert made.until_day == date(2031, 10, 1)
    assert [rent.amount for rent in made.rents.all()] == [1_500_000, 1_800_000]
    text = re.sub(r"<[^>]+>", "", page.text)
    assert "2026年10月1日 至 2031年9月30日" in text
    assert "缺证件号码" in text
    assert "31/36同意" in text
    assert "2029年10月1日 18,000.00" in text


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"last_day": "2026-09-30"}, 422, "却在"),
        ({"asset_0": "Z-77"}, 404, "没有编号为Z-77的资产资源"),
        ({"party_0": ""}, 422, "没有写对方是谁"),
        ({"rent_0": "一万五"}, 422, "租金"),
        ({"number": "2022-01"}, 409, "合同编号2022-01已经登记过"),
        ({"from_day": ""}, 422, "没有写从哪天起算"),
        ({"title": "刘春生370729197503124417的合同"}, 422, "合同"),
    ],
)
def test_a_refused_contract_leaves_nothing_and_keeps_what_was_typed(
    village: Village, clerk: Client, pond: Contract, change: dict[str, str], status: int, sentence: str
) -> None:
    page = clerk.post(f"/contracts/{village.collective.public_id}/new/", CONTRACT | change)
    assert page.status_code == status
    assert sentence in page.text
    assert "种植玉米" in page.text
    assert "197503124417" not in page.text
    assert Contract.objects.count() == 1


def test_a_renewal_ends_what_it_follows(village: Village, clerk: Client, pond: Contract) -> None:
    form = f"/contracts/{village.collective.public_id}/new/?follows={pond.public_id}&as=renewal"
    assert "东坑塘承包合同" in clerk.get(form).text
    renewed = {
        "number": "2027-01",
        "from_day": "2027-03-01",
        "last_day": "2032-02-29",
        "asset_0": "Z-01",
        "area_0": "12",
    }
    clerk.post(form, {**CONTRACT, **renewed, "rent_from_1": "", "rent_1": ""})
    pond.refresh_from_db()
    assert (pond.ended_day, pond.ended_because) == (date(2027, 3, 1), "renewed")
    assert "续签" in clerk.get(f"/contract/{pond.public_id}/").text


def test_what_was_found_on_the_spot_and_a_paper(clerk: Client, pond: Contract) -> None:
    address = f"/contract/{pond.public_id}/"
    let = pond.lets.get()
    found = {
        "do": "inspect", "actual_use": "垂钓园", f"measured_{let.pk}": "13.4", "sublet": "unconsented", "in_use_after": "",
    }  # fmt: skip
    assert "现场核查的情况已登记" in clerk.post(address, found, follow=True).text
    pond.refresh_from_db()
    let.refresh_from_db()
    assert (pond.actual_use, pond.sublet, let.measured, pond.in_use_after) == (
        "垂钓园", "unconsented", 13_400_000, None,
    )  # fmt: skip
    scan = SimpleUploadedFile("承包合同.pdf", b"%PDF-1.7 scan", "application/pdf")
    page = clerk.post(address, {"do": "paper", "title": "合同扫描件", "file": scan}, follow=True)
    assert "承包合同.pdf" in page.text
    link = re.search(r"/contract-paper/\d+/", page.text)
    assert link is not None
    download = clerk.get(link[0])
    assert download.content == b"%PDF-1.7 scan"
    assert download["Content-Disposition"].startswith("attachment")
    empty = SimpleUploadedFile("空.pdf", b"", "application/pdf")
    assert clerk.post(address, {"do": "paper", "title": "空", "file": empty}).status_code == 422


def test_a_contract_that_ends_makes_no_more_rent(village: Village, clerk: Client, now: datetime) -> None:
    longer = lease(until_day=date(2032, 3, 1), lets=())
    (made,) = actions.register_contracts(village.clerk, village.collective, [longer], now=now)
    address = f"/contract/{made.public_id}/"
    assert "2027年3月1日" in clerk.get(address).text
    clerk.post(address, {"do": "end", "ended_day": "2026-12-31", "because": "early"})
    page = clerk.get(address).text
    assert "提前解除" in page
    assert "以后到期的租金" not in page
    again = clerk.post(address, {"do": "end", "ended_day": "2026-12-31", "because": "early"})
    assert again.status_code == 409


def test_rent_in_kind_is_priced_on_the_contract(
    village: Village, clerk: Client, pond: Contract, now: datetime
) -> None:
    rice = RentEntry(date(2022, 10, 8), goods="稻谷", jin_per_mu=70_000)
    entry = lease("2", rents=(rice,), from_day=date(2022, 10, 8), until_day=date(2030, 10, 8))
    (made,) = actions.register_contracts(village.clerk, village.collective, [entry], now=now)
    address = f"/contract/{made.public_id}/"
    assert "实物租金等待折价" in clerk.get(address).text
    priced = {"do": "price", "span": "2026-10-08", "price": "1.38", "source": "县粮库收购价公告"}
    assert clerk.post(address, {**priced, "span": "昨天"}).status_code == 422
    assert clerk.post(address, {**priced, "price": ""}).status_code == 422
    assert "已折价，应收11,592.00元" in clerk.post(address, priced, follow=True).text
    assert clerk.post(address, priced).status_code == 409


def test_money_comes_in_is_taken_back_and_the_limitation_runs_anew(
    village: Village, clerk: Client, now: datetime
) -> None:
    keep_books(village, now)
    owed = debt(village, now)
    address = f"/receivable/{owed.public_id}/"
    assert "诉讼时效到2027年3月1日届满" in clerk.get(address).text
    paid = {
        "do": "receive",
        "amount": "2000",
        "day": "2026-09-03",
        "reference": "0012",
        "voucher": "2026-09 记-1",
    }
    page = clerk.post(address, paid, follow=True).text
    assert "收款已登记" in page
    assert "诉讼时效到2029年9月3日届满" in page
    over = clerk.post(address, {"do": "receive", "amount": "1600.01", "day": "2026-10-08"})
    assert over.status_code == 409
    assert "只欠1,600.00元" in over.text
    unknown = clerk.post(address, {**paid, "amount": "1", "voucher": "2026-09 记-99"})
    assert unknown.status_code == 404
    receipt = owed.receipts.get()
    clerk.post(address, {"do": "take_back", "receipt": receipt.public_id})
    owed.refresh_from_db()
    assert (owed.received, owed.owed) == (0, 360_000)
    assert clerk.post(address, {"do": "take_back", "receipt": receipt.public_id}).status_code == 409
    clerk.post(address, {"do": "acknowledge", "day": "2026-10-08"})
    owed.refresh_from_db()
    assert owed.limitation_day == date(2029, 10, 8)


def test_what_is_owed_is_listed_with_its_sums(village: Village, clerk: Client, now: datetime) -> None:
    late, paid = debt(village, now), debt(village, now, amount=100_000)
    debt(village, now, amount=50_000, due=date(2027, 1, 1))
    receive(village.clerk, paid, 100_000, date(2026, 10, 1), now=now)
    ledger = f"/receivables/{village.collective.public_id}/"
    page = clerk.get(ledger).text
    assert "尚欠4,100.00元（2笔），其中逾期3,600.00元（1笔）" in page
    assert late.public_id in clerk.get(f"{ledger}?state=overdue").text
    settled = clerk.get(f"{ledger}?state=settled").text
    assert paid.public_id in settled
    assert late.public_id not in settled
    posted = {
        "do": "register",
        "debtor": "赵六",
        "title": "门面房租金",
        "amount": "0",
        "due_day": "2026-01-01",
    }
    assert clerk.post(ledger, posted).status_code == 422
    assert clerk.post(ledger, {**posted, "amount": "5", "contract": "9-9"}).status_code == 404
    assert Receivable.objects.count() == 3


@pytest.mark.parametrize(("page", "queries"), [("assets", 9), ("contracts", 9), ("receivables", 8)])
@pytest.mark.parametrize("rows", [1, 3])
def test_ledgers_cost_the_same_for_one_row_and_three(
    village: Village,
    sign_in: SignIn,
    now: datetime,
    django_assert_num_queries: Counting,
    page: str,
    queries: int,
    rows: int,
) -> None:
    for n in range(rows):
        entry = AssetEntry(f"N-{n}", f"第{n}块地", "farmland", area=MU)
        actions.register_assets(village.clerk, village.collective, [entry], now=now)
        contract = lease(f"2023-{n}", parties=(PartyEntry("马国良"), PartyEntry("刘春生")), lets=())
        actions.register_contracts(village.clerk, village.collective, [contract], now=now)
        debt(village, now)
    make_receivables(CLOCK, now=now)
    browser = sign_in(village.clerk)
    address = f"/{page}/{village.collective.public_id}/"
    browser.get(address)
    with django_assert_num_queries(queries):
        assert browser.get(address).status_code == 200


def test_who_may_not_keep_reads_only(village: Village, sign_in: SignIn, pond: Contract) -> None:
    browser = sign_in(village.zhao)
    contract = f"/contract/{pond.public_id}/"
    assert "登记终止" not in browser.get(contract).text
    refused = browser.post(contract, {"do": "end", "ended_day": "2026-10-08", "because": "early"})
    assert refused.status_code == 403
    assert "登记合同" not in browser.get(f"/contracts/{village.collective.public_id}/").text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_in_both_languages(
    village: Village, clerk: Client, pond: Contract, now: datetime, language: str
) -> None:
    clerk.post("/language/", {"language": language})
    owed = debt(village, now)
    ids = village.collective.public_id
    pages = [
        f"/assets/{ids}/", f"/asset/{pond.lets.get().asset.public_id}/", f"/contracts/{ids}/", f"/contracts/{ids}/new/",
        f"/contract/{pond.public_id}/", f"/receivables/{ids}/", f"/receivable/{owed.public_id}/",
    ]  # fmt: skip
    for address in pages:
        page = clerk.get(address)
        assert page.status_code == 200, address
        if language == "en":
            own_words = re.sub(
                r"<(\w+)[^>]*lang=\"zh[^>]*>.*?</\1>", "", page.text.partition("<main")[2], flags=re.S
            )
            assert not re.search("[登录合同应收款]", re.sub(r"<[^>]+>", "", own_words)), address


def test_reminders_stand_on_today_in_three_colours(
    village: Village, pond: Contract, now: datetime, sign_in: SignIn
) -> None:
    entries = [DebtEntry("刘春生", "门面租金", 5_000, now.date() + timedelta(days=20))]
    register_receivables(village.clerk, village.collective, entries, now=now)
    remind(CLOCK, now=now)
    page = sign_in(village.clerk).get("/").text
    assert "合同、租金和诉讼时效" in page
    assert page.index("收租：刘春生") < page.index("合同到期：2022-01")
    assert f"/contract/{pond.public_id}/" in page
    assert 'class="tag late">2026年10月28日到期' in page
    assert 'class="tag ok">2027年2月28日到期' in page
    assert "合同到期" not in sign_in(village.zhao).get("/").text, (
        "whoever may not keep the ledgers is not told"
    )
