"""Every page, in both languages, on a phone and a desk: nobody is shut out, nothing runs over the edge."""

from __future__ import annotations

import re

import pytest
from browser_walk import DESKTOP, PHONE, County, assert_sound, faults_of, shoot, sign_in
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
CHINESE_ONLY = re.compile(r"(登录|结账|凭证表|拟订|公布前|核验|下载证明|应当公开)")


def public_addresses(county: County, language: str) -> dict[str, str]:
    """The kinds of page that residents see."""
    portal, ids = county.address("portal"), county.facts["ids"]
    scanned = f"{portal}v/" if language == "zh" else f"{portal}en/v/"
    return {
        "front": f"{portal}{language}/",
        "village": f"{portal}{language}/p/{ids['village']}/",
        "sheet": f"{portal}{language}/d/{ids['publication']}/",
        "how": f"{portal}{language}/how/",
        "verify": f"{scanned}{ids['entry']}/",
        "matters": f"{portal}{language}/p/{ids['village']}/matters/",
        "powers": f"{portal}{language}/powers/",
        "power": f"{portal}{language}/powers/lease_land/",
        "decision": f"{portal}{language}/d/{ids['decision']}/",
        "verify-decision": f"{scanned}{ids['decision_entry']}/",
        "offline": f"{portal}verify.html",
    }


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_residents_pages(county: County, browser: Browser, language: str, size: dict[str, int]) -> None:
    context = browser.new_context(viewport=size, locale="zh-CN" if language == "zh" else "en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    faults = faults_of(page)
    for name, address in public_addresses(county, language).items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        shoot(page, f"{name}-{language}-{size['width']}")
        assert_sound(page, f"{name} in {language}")
        if language == "en" and name != "offline":
            assert not CHINESE_ONLY.search(page.inner_text("main")), name
    assert faults == []
    context.close()


def test_pages_are_light_and_readable_without_scripts(county: County, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    weight: list[int] = []
    page.on("response", lambda response: weight.append(len(response.body())) if response.ok else None)
    for name, address in public_addresses(county, "zh").items():
        weight.clear()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert len(page.inner_text("main")) > 40, name
        assert sum(weight) < 50_000, f"{name}: {sum(weight)} bytes"
        assert page.locator("[data-verdict=whole]").count() == 0, "no green tick without a check"
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_desk_pages(county: County, browser: Browser, language: str) -> None:
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN" if language == "zh" else "en-GB")  # type: ignore[arg-type]
    hands = sign_in(context, county, "lijianguo" if language == "zh" else "chenxiaoming")
    faults = faults_of(hands.page)
    page, desk, organization = hands.page, county.address("desk"), county.facts["ids"]["organization"]
    month = county.facts["months"][0]
    for name, path in {
        "today": "",
        "many": "many/",
        "switch": "switch/",
        "books": f"books/{organization}/",
        "month": f"books/{organization}/{month}/",
        "balance": f"books/{organization}/{month}/balance/",
        "disclosure": f"disclosure/{organization}/",
        "duties": "duties/",
        "people": "people/",
    }.items():
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        answer = page.goto(desk + path)
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status}"
        shoot(page, f"desk-{name}-{language}")
        assert_sound(page, f"desk {name} in {language}")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        shoot(page, f"desk-{name}-{language}-360")
        assert_sound(page, f"desk {name} in {language} on a phone")
        if language == "en":
            assert not CHINESE_ONLY.search(page.inner_text("main")), name
    assert faults == []
    context.close()
