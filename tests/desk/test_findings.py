"""The screening on the desk: questions in reach, one answered and reviewed, a rule tried before it is switched on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from assets.conftest import FIELD, POND, lease
from conftest import Village, build_village
from cunwu.assets import actions as ledgers
from cunwu.oversight import actions
from cunwu.oversight.models import Finding
from desk.conftest import SignIn

Counting = Callable[..., Any]


def lend(village: Village, now: datetime, contracts: int = 1) -> None:
    """The pond and the field of a village, let without a paper."""
    ledgers.register_assets(village.clerk, village.collective, [POND, FIELD], now=now)
    entries = [lease(f"2022-{n}", written=False, lets=()) for n in range(contracts)]
    ledgers.register_contracts(village.clerk, village.collective, entries, now=now)


def test_from_the_list_to_the_review(village: Village, sign_in: SignIn, now: datetime) -> None:
    lend(village, now)
    township = sign_in(village.chen)
    page = township.post("/findings/", {"do": "screen"}, follow=True).text
    assert "筛查完毕：新疑点" in page
    found = Finding.objects.get(rule="oral_contract")
    address = f"/finding/{found.public_id}/"
    assert address in page
    assert "不给人打分" in page
    clerk = sign_in(village.clerk)
    assert "怎样算有答案" in clerk.get(address).text
    assert "登记复核意见" not in clerk.get(address).text
    assert "已答复" in clerk.post(address, {"do": "answer", "text": "正在补签书面合同。"}, follow=True).text
    assert "登记复核意见" in township.get(address).text
    refused = township.post(address, {"do": "review", "verdict": "confirmed", "reason": ""})
    assert refused.status_code == 422
    done = township.post(
        address, {"do": "review", "verdict": "confirmed", "reason": "没有书面合同。"}, follow=True
    )
    assert "复核：属实" in done.text
    assert address not in township.get("/findings/").text, "no longer to be answered"
    assert address in township.get("/findings/?state=confirmed&rule=oral_contract&severity=high").text
    rows = CalamineWorkbook.from_filelike(BytesIO(township.get("/findings/?state=all&as=xlsx").content))
    assert any("正在补签书面合同。" in row for row in rows.get_sheet_by_index(0).to_python())
    assert "100%（1条）" in township.get("/screening-rules/").text


def test_a_rule_is_tried_without_leaving_a_trace(village: Village, sign_in: SignIn, now: datetime) -> None:
    lend(village, now)
    page = sign_in(village.chen).get("/screening-rules/?try=oral_contract").text
    assert "会提出1个问题；没有保存" in page
    assert not Finding.objects.exists()
    assert "会提出" not in sign_in(village.chen).get("/screening-rules/?try=no_such_rule").text


def test_other_villages_questions_are_out_of_reach(village: Village, sign_in: SignIn, now: datetime) -> None:
    lend(village, now)
    other = build_village(now, "石桥村", village.town)
    actions.ask(village.chen, village.township, now=now)
    found = Finding.objects.filter(rule="oral_contract").get()
    browser = sign_in(other.clerk)
    assert found.public_id not in browser.get("/findings/?state=all").text
    assert browser.get(f"/finding/{found.public_id}/").status_code == 403
    assert browser.post(f"/finding/{found.public_id}/", {"do": "answer", "text": "无"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    village: Village, sign_in: SignIn, now: datetime, django_assert_num_queries: Counting, rows: int
) -> None:
    lend(village, now, rows)
    actions.ask(village.chen, village.township, now=now)
    browser = sign_in(village.chen)
    browser.get("/findings/?rule=oral_contract")
    with django_assert_num_queries(7):
        assert browser.get("/findings/?rule=oral_contract").text.count("/finding/") == rows


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_in_both_languages(village: Village, sign_in: SignIn, now: datetime, language: str) -> None:
    lend(village, now)
    actions.ask(village.chen, village.township, now=now)
    browser = sign_in(village.chen)
    browser.post("/language/", {"language": language})
    finding = Finding.objects.filter(first_seen=date(2026, 10, 8)).first()
    assert finding is not None
    for address in (
        "/findings/",
        f"/finding/{finding.public_id}/",
        "/screening-rules/",
        "/screening-rules/?try=incomplete",
        "/indicators/",
    ):
        assert browser.get(address).status_code == 200, address


def test_the_figures_of_the_ledgers(village: Village, sign_in: SignIn, now: datetime) -> None:
    lend(village, now)
    actions.ask(village.chen, village.township, now=now)
    page = sign_in(village.chen).get("/indicators/").text
    assert "合同1份，规范0份" in page
    assert "没有人填数" in page
    sheet = CalamineWorkbook.from_filelike(BytesIO(sign_in(village.chen).get("/indicators/?as=xlsx").content))
    assert any("云溪村股份经济合作社" in row for row in sheet.get_sheet_by_index(0).to_python())
    assert sign_in(village.wang).get("/indicators/").status_code == 200
