"""The list of an organization's disclosures: each in its state, filtered, paged and exported by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from conftest import Village
from cunwu.desk.stages import Stage, disclosures
from cunwu.disclosure import actions
from cunwu.documents.tables import read_tables
from cunwu.duties import actions as duties
from cunwu.org.authority import CLOCK
from desk.conftest import SignIn
from disclosure.steps import agree, hold_meeting, prepare, publish, sheet

EVERY_STAGE = {
    "2026-01": ["published"],
    "2026-02": ["superseded", "published"],
    "2026-03": ["taken_down"],
    "2026-04": ["ready"],
    "2026-05": ["meeting"],
    "2026-06": ["sign"],
    "2026-07": ["draft"],
    "2026-08": ["draft"],
}


@pytest.fixture
def every_stage(village: Village, now: datetime) -> Village:
    """A month in each state: drafts, publications, and September, of which nothing is there yet."""
    publish(village, now, period="2026-01")
    first = publish(village, now, period="2026-02")
    corrected = sheet(amount=9, period="2026-02")
    publish(village, now, corrected, period="2026-02", supersedes=first, reason_zh="金额录错")
    gone = publish(village, now, period="2026-03")
    actions.take_down(village.chen, gone, reason_code="personal_data", reason_zh="写了姓名", now=now)
    agree(village, prepare(village, now, period="2026-04"), now)
    actions.sign(village.zhao, prepare(village, now, period="2026-05"), now=now)
    prepare(village, now, period="2026-06")
    objected = prepare(village, now, period="2026-07")
    actions.object_to(village.zhao, objected, "路灯电费没有附电费单", now=now)
    actions.sign(village.zhao, objected, now=now)
    phone = sheet("承包费，咨询电话13800138000", period="2026-08")
    agree(village, prepare(village, now, phone, period="2026-08"), now)
    return village


def test_each_disclosure_is_in_its_state(every_stage: Village, now: datetime) -> None:
    found: dict[str, list[str]] = {}
    for each in disclosures(every_stage.collective, now):
        found.setdefault(each.period, []).extend(each.stages)
    assert {period: sorted(stages) for period, stages in found.items()} == {
        period: sorted(stages) for period, stages in EVERY_STAGE.items()
    }


def test_what_is_late_and_drafted_is_one_line(village: Village, now: datetime) -> None:
    duties.open_duties(CLOCK, now=now)
    later = now.replace(month=12)
    owed = [each for each in disclosures(village.collective, later) if each.stages == (Stage.LATE,)]
    assert {each.period for each in owed} == {"2026-09"}
    draft = prepare(village, now)
    (line,) = [each for each in disclosures(village.collective, later) if draft.public_id in each.link]
    assert line.stages == (Stage.LATE, Stage.SIGN)
    assert line.due is not None


@pytest.mark.parametrize("stage", sorted({s for stages in EVERY_STAGE.values() for s in stages}))
def test_filter_and_export_agree(every_stage: Village, sign_in: SignIn, stage: str) -> None:
    browser = sign_in(every_stage.chen)
    address = f"/disclosure/{every_stage.collective.public_id}/?state={stage}"
    wanted = {period for period, stages in EVERY_STAGE.items() if stage in stages}
    assert listed(browser, address) == wanted
    (table,) = read_tables(browser.get(f"{address}&as=xlsx").content, "公开目录.xlsx")
    assert {row.cells[0] for row in table.rows} == wanted
    assert {row.cells[2] for row in table.rows} == {Stage(stage).words.zh}


def listed(browser: Client, address: str) -> set[str]:
    """The periods in the list of the page."""
    page = browser.get(address)
    assert page.status_code == 200
    return {row.period for row in page.context["list"].page}


def test_an_unknown_state_and_a_word(every_stage: Village, sign_in: SignIn) -> None:
    browser = sign_in(every_stage.li)
    address = f"/disclosure/{every_stage.collective.public_id}/"
    assert listed(browser, f"{address}?state=nonsense") == set(EVERY_STAGE)
    assert listed(browser, f"{address}?q=2026-05&state=published") == set()
    assert "没有这样的公开内容" in browser.get(f"{address}?q=2026-05&state=published").text


def test_pages_keep_the_filter(
    every_stage: Village, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunwu.desk.disclosure.PER_PAGE", 1)
    browser = sign_in(every_stage.li)
    address = f"/disclosure/{every_stage.collective.public_id}/?state=published"
    assert listed(browser, address) == {"2026-02"}
    assert "?state=published&amp;page=2" in browser.get(address).text
    assert listed(browser, f"{address}&page=2") == {"2026-01"}


def test_both_languages(every_stage: Village, sign_in: SignIn) -> None:
    browser = sign_in(every_stage.chen)
    address = f"/disclosure/{every_stage.collective.public_id}/"
    chinese = browser.get(address).text
    browser.post("/language/", {"language": "en"})
    english = browser.get(address).text
    for stage in Stage:
        assert stage.words.zh in chinese
        assert stage.words.zh not in english
        assert stage.words.en in english


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    village: Village,
    sign_in: SignIn,
    now: datetime,
    django_assert_num_queries: Callable[..., Any],
    rows: int,
) -> None:
    for month in range(1, rows + 1):
        publish(village, now, period=f"2025-0{month}")
        draft = prepare(village, now, period=f"2026-0{month}")
        actions.sign(village.zhao, draft, now=now)
        hold_meeting(village, draft, now)
        actions.object_to(village.zhao, draft, "没有附单据", now=now)
    duties.open_duties(CLOCK, now=now)
    browser = sign_in(village.chen)
    address = f"/disclosure/{village.collective.public_id}/"
    browser.get(address)
    with django_assert_num_queries(17):
        browser.get(address)
