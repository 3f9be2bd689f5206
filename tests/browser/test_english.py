"""In English: a published month is corrected, and the correction is taken down; page, paper and log say so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from browser_walk import County, Hands, fetch_status, shoot, sign_in
from playwright.sync_api import Browser, BrowserContext, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
VILLAGE = "石桥村"
PASSWORD = "a-long-invented-password"
REASON = "重复入账"
CHINESE_ONLY = re.compile(r"(登录|结账|凭证表|拟订|公布前|下一步|监督委员会签名|条例)")


def authenticator_code(secret: str) -> str:
    """What an authenticator app shows (RFC 6238, SHA-1, six digits, thirty seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def first_sign_in(context: BrowserContext, county: County, officer: dict[str, Any], folder: Path) -> Hands:
    """An officer is given an account, signs in for the first time and sets up the second factor."""
    user = f"en{officer['id']}"
    password = folder / "password"
    password.write_text(PASSWORD)
    county.cunwu("create-user", user, "--person", officer["person"], "--password-file", str(password))
    hands = Hands(context.new_page())
    page = hands.page
    page.goto(county.address("desk"))
    page.locator("input[name=login]").fill(user)
    page.locator("input[name=password]").fill(PASSWORD)
    hands.press("button", "Sign in")
    page.get_by_role("heading", name="Set up the second factor").wait_for()
    page.locator("input[name=code]").fill(authenticator_code(page.locator("main code").inner_text()))
    hands.press("button", "Finish")
    page.goto(county.address("desk"))
    page.wait_for_selector("nav.tabs")
    return hands


def assert_english(hands: Hands) -> None:
    """Names and published text may be Chinese, what the desk says may not."""
    assert not CHINESE_ONLY.search(hands.page.inner_text("main")), hands.page.url


@pytest.fixture
def english(browser: Browser) -> Any:
    """Opens contexts in English; they are closed in the end."""
    opened: list[BrowserContext] = []

    def one() -> BrowserContext:
        opened.append(browser.new_context(locale="en-GB"))
        return opened[-1]

    yield one
    for context in opened:
        context.close()


def test_a_correction_and_a_take_down(county: County, english: Any, tmp_path: Path) -> None:
    offices = json.loads(county.cunwu("appointments", "--json", "--place", VILLAGE))["appointments"]
    by_office = {each["office"]: each for each in offices}
    organization = next(each for each in offices if each["office"] == "accountant")["organization"]
    desk, portal = county.address("desk"), county.address("portal")

    accountant = sign_in(english(), county, "wangfang")
    page = accountant.page
    assert_english(accountant)
    old = published_in(accountant, desk, organization, "October 2026")
    page.goto(f"{desk}books/{organization}/2026-10/")
    page.locator("main tbody th a").nth(1).click()
    page.get_by_text("Reverse in red").click()
    accountant.type("Reason", REASON)
    accountant.press("button", "Enter the reversal")
    expect(page.get_by_text("This reverses")).to_be_visible()
    page.goto(f"{desk}publication/{old}/")
    page.get_by_text("Correct by superseding").click()
    accountant.type("Reason (published)", REASON)
    accountant.press("button", "Draft the correction")
    expect(page.get_by_text("Still missing before it can be published")).to_be_visible()
    assert_english(accountant)
    shoot(page, "correction-draft-en")
    draft = page.url

    supervisor = first_sign_in(english(), county, by_office["supervision_head"], tmp_path)
    supervisor.page.goto(draft)
    supervisor.press("button", "Reviewed: sign")
    expect(supervisor.page.get_by_text("Signed: exactly what stands on this page")).to_be_visible()

    head = first_sign_in(english(), county, by_office["committee_head"], tmp_path)
    head.page.goto(draft)
    for label, text in (
        ("Chaired by", by_office["party_secretary"]["name"]),
        ("Expected", "7"),
        ("Present", "6"),
        ("In favour", "6"),
    ):
        head.type(label, text)
    head.press("button", "Record the joint meeting")
    assert_english(head)
    head.press("button", "Publish")
    expect(head.page.get_by_text(re.compile(r"In the log, entry \d+"))).to_be_visible(timeout=20_000)
    expect(head.page.get_by_role("link", name="Print the notice, A4")).to_be_visible(timeout=60_000)
    shoot(head.page, "correction-published-en")
    new = head.page.url.rstrip("/").rsplit("/", 1)[1]

    said_of_the_old(english(), portal, old, new)
    taken_down(sign_in(english(), county, "chenxiaoming"), county, new)


def published_in(hands: Hands, desk: str, organization: str, month: str) -> str:
    """The public id of the month's publication, found in the list of what was published."""
    hands.page.goto(f"{desk}disclosure/{organization}/")
    address = hands.page.get_by_role("rowheader", name=month).get_by_role("link").get_attribute("href")
    assert address is not None
    return address.rstrip("/").rsplit("/", 1)[1]


def said_of_the_old(context: BrowserContext, portal: str, old: str, new: str) -> None:
    """The old page and the page of the old code say that it was superseded, and lead to the new one."""
    page = context.new_page()
    page.goto(f"{portal}en/d/{old}/")
    expect(page.get_by_text("This one has been superseded")).to_be_visible()
    assert page.get_by_role("link", name="Read the correction").get_attribute("href", timeout=1000)
    verify = page.get_by_role("link", name="Verify this one").first.get_attribute("href")
    page.goto(f"{portal}en/d/{old}/{verify}")
    expect(page.get_by_text("This one has been superseded")).to_be_visible()
    shoot(page, "superseded-verify-en")
    page.get_by_role("link", name="Read the correction").click()
    assert f"/en/d/{new}/" in page.url
    expect(page.get_by_text("This one corrects an earlier disclosure")).to_be_visible()
    shoot(page, "correction-en")


def taken_down(officer: Hands, county: County, publication: str) -> None:
    """The township takes it down: its files are gone, its page says so in both languages, the log still holds."""
    page, portal = officer.page, county.address("portal")
    assert_english(officer)
    shoot(page, "today-officer-en")
    page.goto(f"{county.address('desk')}publication/{publication}/")
    page.get_by_text("Take down and erase").click()
    page.locator("#reason_code").select_option("published_by_mistake")
    officer.type("Explanation", "该月公布有误，另行公布")
    officer.press("button", "Take down")
    expect(page.get_by_text("Taken down on")).to_be_visible()
    files = ("bundle.json", "sheet.xlsx", "notice-a4.pdf", "notice-a3.pdf", "document.json", "salt.txt")
    for _ in range(100):
        left = [name for name in files if fetch_status(f"{portal}d/{publication}/{name}") != 404]
        if not left:
            break
        time.sleep(0.25)
    assert left == []
    for language, words in (("en", "This one has been taken down"), ("zh", "这一份已经撤下")):
        page.goto(f"{portal}{language}/d/{publication}/")
        expect(page.get_by_text(words)).to_be_visible(timeout=10_000)
        shoot(page, f"taken-down-{language}")
        assert page.locator("[data-sheet]").count() == 0
    county.cunwu("check-log")
