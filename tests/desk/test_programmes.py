"""Programmes on the desk: the county starts one, a village takes stock and settles, the board counts; cards are private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from assets.conftest import assets
from conftest import Village, build_village
from cunwu.assets.models import Contract, Receivable
from cunwu.assets.receivables import receive
from cunwu.disclosure.models import Draft
from cunwu.org import actions as org
from cunwu.org.models import Appointment
from cunwu.procedures import matters
from cunwu.programmes import actions, files
from cunwu.programmes.models import CaseItem, Participation, Programme, RedCard
from desk.conftest import SignIn
from programmes.conftest import clears, oral, part, su

Counting = Callable[..., Any]

__all__ = ["assets", "clears", "oral", "part", "su"]


def sheet_of(content: bytes) -> list[list[Any]]:
    """The rows of a workbook's first sheet."""
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def test_the_county_starts_it_and_villages_take_part(
    village: Village, su: Appointment, sign_in: SignIn, now: datetime
) -> None:
    county = sign_in(su)
    page = county.get("/programmes/").text
    assert "这里没有正在开展的专项行动" in page
    assert "农村“五清强基”专项行动" in page
    board = county.post("/programmes/", {"do": "start", "name": "five_clears"}).headers["Location"]
    assert "还没有村参加" in county.get(board).text
    refused = county.post(board, {"do": "join", "place": "", "phase": "pilot"})
    assert (refused.status_code, "至少选择一个村" in refused.text) == (422, True)
    town = village.town.public_id
    done = county.post(board, {"do": "join", "place": town, "phase": "pilot"}, follow=True).text
    assert "已加入1个村" in done
    assert "先行先试村" in done
    assert "政策解答" in done
    assert "种着" not in done, "another programme's answers"
    assert sign_in(village.chen).get(board).status_code == 200
    assert "云溪村" in sign_in(village.clerk).get(board).text
    assert "安排村参加" not in sign_in(village.clerk).get(board).text
    ended = county.post(board, {"do": "end"}, follow=True).text
    assert "行动已在2026年10月8日结束" in ended
    assert county.post(board, {"do": "join", "place": town, "phase": "pilot"}).status_code == 409


def test_a_village_from_the_stock_to_the_draft(
    village: Village, oral: Contract, part: Participation, sign_in: SignIn, now: datetime
) -> None:
    clerk, address = sign_in(village.clerk), f"/clean-up/{part.public_id}/"
    assert "还没有清查建档" in clerk.get(address).text
    assert clerk.post(address, {"do": "result"}).status_code == 409
    assert "新增4件" in clerk.post(address, {"do": "stock"}, follow=True).text
    assert "没有新的问题" in clerk.post(address, {"do": "stock"}, follow=True).text
    page = clerk.get(f"{address}?clears=arrears&standing=found").text
    assert "马国良" in page
    case = CaseItem.objects.get(clears="arrears")
    item = f"/case/{case.public_id}/"
    assert item in page
    assert "没有这样的事项" in clerk.get(f"{address}?q=没有此人").text
    planned = clerk.post(item, {"do": "plan", "how": "collected", "text": "两次交清。"}, follow=True).text
    assert "处置方案已登记" in planned
    refused = clerk.post(item, {"do": "settle", "outcome": "collected", "note": "交了"})
    assert refused.status_code == 409
    assert "还有3,600.00元逾期没有交" in refused.text
    receive(village.wang, Receivable.objects.get(), 360_000, now.date(), now=now)
    assert (
        "已办结"
        in clerk.post(item, {"do": "settle", "outcome": "collected", "note": "交清。"}, follow=True).text
    )
    file = clerk.get(f"/case-file/{case.file.public_id}/").text
    assert "1号档案" in file
    assert "收缴到位" in file
    written = {"do": "write_down", "kind": "environment", "text": "村东路口堆着垃圾。"}
    assert clerk.post(address, written).headers["Location"].startswith("/case/")
    draft = clerk.post(address, {"do": "result"}).headers["Location"]
    assert Draft.objects.get().item == "clean_up"
    told = clerk.get(draft).text
    assert "查出1件，办结1件" in told
    assert "马国良" not in told


def test_opinions_matters_and_looking_back(
    village: Village, su: Appointment, oral: Contract, part: Participation, sign_in: SignIn, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    case = CaseItem.objects.get(clears="contracts")
    item, clerk = f"/case/{case.public_id}/", sign_in(village.clerk)
    assert clerk.get(f"{item}opinion/").status_code == 404
    assert clerk.post(item, {"do": "advise", "lawyer": "高律师"}).status_code == 422
    opinion = BytesIO(b"%PDF-1.7")
    opinion.name = "opinion.pdf"
    clerk.post(item, {"do": "advise", "lawyer": "高律师", "file": opinion})
    kept = clerk.get(f"{item}opinion/")
    assert kept.content == b"%PDF-1.7"
    assert kept.headers["Content-Type"] == "application/octet-stream"
    assert clerk.post(item, {"do": "decide", "matter": "none"}).status_code == 422
    settled = clerk.post(
        item, {"do": "settle", "outcome": "sued", "note": "（2026）示01民初12号"}, follow=True
    )
    assert "依法起诉" in settled.text
    assert "回头看" not in settled.text
    county = sign_in(su)
    assert "回头看" in county.get(item).text
    again = county.post(item, {"do": "reopen", "reason": "法院没有立案。"}, follow=True).text
    assert "已退回重新办理" in again


def test_what_an_office_may_not_do_is_not_offered(
    village: Village, oral: Contract, part: Participation, sign_in: SignIn, now: datetime
) -> None:
    """A member of the committee works on files; that a matter takes questions up is for those who answer them."""
    files.take_stock(village.clerk, part, now=now)
    person = org.register_person(None, "胡志强", now=now)
    member = org.appoint(None, person, "committee_member", village.committee, date(2024, 1, 1), now=now)
    matters.open_matter(village.xiulan, village.collective, "clean_up_contracts", "合同清理", now=now)
    item = f"/case/{CaseItem.objects.get(clears='contracts').public_id}/"
    assert "由一个清理事项决定" in sign_in(village.clerk).get(item).text
    page = sign_in(member).get(item).text
    assert "登记方案" in page
    assert "由一个清理事项决定" not in page


def test_the_board_turns_its_pages(
    village: Village,
    su: Appointment,
    clears: Programme,
    sign_in: SignIn,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = build_village(now, "石桥村", village.town)
    actions.join(su, clears, [village.collective, other.collective], "pilot", now=now)
    monkeypatch.setattr("cunwu.desk.programmes.PER_PAGE", 1)
    county, board = sign_in(su), f"/programme/{clears.public_id}/"
    assert county.get(board).text.count("/clean-up/") == 1
    assert "1 / 2" in county.get(board).text
    assert "石桥村" in county.get(f"{board}?page=2").text
    assert len(sheet_of(county.get(f"{board}?as=xlsx").content)) >= 4, "the workbook has every line"


def test_the_board_in_lines_and_as_a_workbook(
    village: Village, su: Appointment, oral: Contract, part: Participation, sign_in: SignIn, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    receive(village.wang, Receivable.objects.get(), 100_000, now.date(), now=now)
    board = f"/programme/{part.programme.public_id}/"
    county = sign_in(su)
    page = county.get(board).text
    assert "1,000.00" in page
    assert "0 / 2" in page, "idle assets"
    assert "青石镇" in county.get(f"{board}?by=town").text
    assert "没有这样的村" in county.get(f"{board}?phase=rollout").text
    rows = sheet_of(county.get(f"{board}?as=xlsx").content)
    assert any(row[0] == "云溪村" and 1000 in row for row in rows), rows


def test_a_card_is_seen_by_the_person_and_by_those_who_run_it(
    village: Village, su: Appointment, part: Participation, sign_in: SignIn, now: datetime
) -> None:
    charge = {
        "do": "charge",
        "level": "village",
        "who": village.li.public_id,
        "place": village.place.public_id,
    }
    address, county = f"/clean-up/{part.public_id}/", sign_in(su)
    assert "村党支部书记" in county.post(address, charge, follow=True).text
    assert county.post(address, {**charge, "who": "nobody"}).status_code == 422
    (held,) = actions.Charge.objects.all()
    card = county.post(address, {"do": "card", "charge": str(held.pk), "fact": "两个月没有建档。"}).headers[
        "Location"
    ]
    assert card.startswith("/red-card/")
    assert sign_in(village.clerk).get(card).status_code == 403
    assert "两个月没有建档" not in sign_in(village.clerk).get(f"/programme/{part.programme.public_id}/").text
    person = sign_in(village.li)
    assert "给我的红牌" in person.get("/programmes/").text
    replied = person.post(card, {"do": "reply", "reply": "当月住院，已委托文书。"}, follow=True).text
    assert "说明已登记" in replied
    assert county.post(card, {"do": "review", "verdict": "upheld", "reason": "属实。"}).status_code == 403
    review = {"do": "review", "verdict": "withdrawn", "reason": "情况属实，撤销。"}
    assert "复核：撤销" in sign_in(village.chen).post(card, review, follow=True).text
    assert RedCard.objects.get().verdict == "withdrawn"
    assert card not in county.get(f"/programme/{part.programme.public_id}/").text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_in_both_languages(
    village: Village, oral: Contract, part: Participation, sign_in: SignIn, now: datetime, language: str
) -> None:
    files.take_stock(village.clerk, part, now=now)
    browser = sign_in(village.chen)
    browser.post("/language/", {"language": language})
    case = CaseItem.objects.earliest("id")
    for address in (
        "/programmes/",
        f"/programme/{part.programme.public_id}/",
        f"/clean-up/{part.public_id}/",
        f"/case-file/{case.file.public_id}/",
        f"/case/{case.public_id}/",
    ):
        assert browser.get(address).status_code == 200, address


def test_another_villages_files_are_out_of_reach(
    village: Village, oral: Contract, part: Participation, clears: Programme, sign_in: SignIn, now: datetime
) -> None:
    files.take_stock(village.clerk, part, now=now)
    other = build_village(now, "石桥村", village.town)
    case = CaseItem.objects.earliest("id")
    browser = sign_in(other.clerk)
    for address in (
        f"/programme/{clears.public_id}/",
        f"/clean-up/{part.public_id}/",
        f"/case-file/{case.file.public_id}/",
        f"/case/{case.public_id}/",
    ):
        assert browser.get(address).status_code == 403, address


@pytest.mark.parametrize("villages", [1, 3])
def test_the_board_costs_the_same_for_one_village_and_three(
    village: Village,
    su: Appointment,
    clears: Programme,
    sign_in: SignIn,
    now: datetime,
    django_assert_num_queries: Counting,
    villages: int,
) -> None:
    others = [build_village(now, f"石桥{n}村", village.town) for n in range(villages - 1)]
    bodies = [village.collective, *(other.collective for other in others)]
    actions.join(su, clears, bodies, "pilot", now=now)
    browser, board = sign_in(su), f"/programme/{clears.public_id}/"
    browser.get(board)
    with django_assert_num_queries(17):
        assert browser.get(board).text.count("/clean-up/") == villages
