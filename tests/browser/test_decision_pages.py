"""The pages on which a village decides: in both languages, on a phone and a desk, with everything on them unfolded."""

from __future__ import annotations

import pytest
from browser_walk import County, Hands, faults_of, links, look, sign_in
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
SHOP = "原小学校舍出租"


def call_a_meeting(hands: Hands, address: str) -> str:
    """The clerk calls a meeting of the villagers' committee on something that no matter is about; its page."""
    page = hands.page
    page.goto(f"{address}?kind=villagers_committee_meeting")
    hands.type("其他议题 1", "商议冬季道路养护")
    hands.press("button", "发出通知")
    page.get_by_role("heading", name="到会", exact=False).wait_for()
    return page.url


def ask_together(hands: Hands, address: str, name: str) -> str:
    """The clerk registers a joint request and the first signature; its page."""
    page = hands.page
    page.goto(address)
    hands.type("请求的内容", "请召开村民会议讨论道路养护。")
    hands.press("button", "登记")
    hands.type("姓名", name)
    hands.press("button", "登记签名")
    page.get_by_text(f"{name}的签名已登记").wait_for()
    return page.url


def object_to(hands: Hands, matter: str) -> None:
    """A resident comes to the clerk with an objection."""
    hands.page.goto(matter)
    hands.page.get_by_text("登记村民异议").click()
    hands.type("异议的内容", "租期五年太长。")
    hands.page.get_by_role("button", name="登记", exact=True).last.click()
    hands.page.get_by_text("异议已登记").wait_for()


def declare(hands: Hands, address: str) -> None:
    """The clerk declares a brother."""
    hands.page.goto(address)
    hands.page.locator("#kind").select_option("sibling")
    hands.type("姓名或者单位", "周小山")
    hands.press("button", "申报")
    hands.page.get_by_text("已申报").wait_for()


def test_the_pages_of_a_clerk(county: County, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN")
    hands = sign_in(context, county, "zhouxiaoyu")
    page, desk, village = hands.page, county.address("desk"), county.facts["ids"]["organization"]
    faults = faults_of(page)
    matters = links(page, f"{desk}matters/{village}/?state=all", r"/matter/\w+/$")
    assert len(matters) >= 3, "one ended, one at objections, one at its second signature"
    shop = page.get_by_role("link", name=SHOP).get_attribute("href")
    assert shop is not None
    object_to(hands, desk.rstrip("/") + shop)
    held = links(page, f"{desk}meetings/{village}/", r"/meeting/\w+/$")
    page.get_by_role("link", name="村民代表会议").first.click()
    representative = page.get_by_role("rowheader").first.inner_text().split()[0]
    called = call_a_meeting(hands, f"{desk}meetings/{village}/")
    asked = ask_together(hands, f"{desk}requests/{village}/", representative)
    declare(hands, f"{desk}relations/")
    for name, address in {
        "today-clerk": desk,
        "powers": f"{desk}powers/{village}/",
        "power": f"{desk}powers/{village}/lease_land/",
        "matters": f"{desk}matters/{village}/",
        "matters-all": f"{desk}matters/{village}/?state=all",
        **{f"matter-{number}": address for number, address in enumerate(matters)},
        "meetings": f"{desk}meetings/{village}/",
        "meetings-joint": f"{desk}meetings/{village}/?kind=two_committees_meeting",
        "meetings-representatives": f"{desk}meetings/{village}/?kind=representatives_meeting",
        "meeting-called": called,
        **{f"meeting-held-{number}": address for number, address in enumerate(held[:2])},
        "requests": f"{desk}requests/{village}/",
        "request": asked,
        "archive": f"{desk}archive/{village}/",
        "relations": f"{desk}relations/",
    }.items():
        look(page, county, name, address)
    assert faults == []
    context.close()


def test_the_pages_of_a_head_and_of_a_supervisor(county: County, browser: Browser) -> None:
    desk, village = county.address("desk"), county.facts["ids"]["organization"]
    for user, pages in {
        "wangxiulan": {
            "today-head": desk,
            "power-start": f"{desk}powers/{village}/approve_spending/",
            "matter-head": f"{desk}matters/{village}/",
        },
        "zhaolixin": {
            "today-supervisor": desk,
            "supervision": f"{desk}supervision/{village}/",
            "disclosure-supervisor": f"{desk}disclosure/{village}/",
        },
    }.items():
        context = browser.new_context(locale="zh-CN")
        hands = sign_in(context, county, user)
        faults = faults_of(hands.page)
        for name, address in pages.items():
            found = links(hands.page, address, r"/matter/\w+/$") if name == "matter-head" else [address]
            for number, each in enumerate(found):
                look(hands.page, county, f"{name}-{number}" if number else name, each)
        assert faults == []
        context.close()
