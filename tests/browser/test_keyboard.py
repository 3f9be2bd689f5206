"""A month from the file to publication without a mouse; each page on the way in both languages, on a phone and a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser_walk import DESKTOP, PHONE, County, assert_sound, faults_of, running_county, shoot, sign_in, turn
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
CHINESE_ONLY = re.compile(r"(登录|结账|凭证表|拟订|公布前|下一步|监督委员会签名|上墙|更正)")
MOST_TABS = 200
NAME = """() => {
    const at = document.activeElement;
    const labels = at.labels && at.labels.length ? at.labels[0].innerText : "";
    return [at.tagName, (at.getAttribute("aria-label") || labels || at.innerText || "").trim()];
}"""
VISIBLE = """() => {
    const style = getComputedStyle(document.activeElement), box = document.activeElement.getBoundingClientRect();
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return ring && box.bottom > 0 && box.top < innerHeight;
}"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county of this file's own: its village publishes the same month as the walk with the mouse."""
    with running_county(tmp_path_factory.mktemp("keyboard")) as built:
        yield built


class Keys:
    """A person who has no mouse."""

    def __init__(self, page: Page, county: County) -> None:
        self.page = page
        self.county = county
        self.faults = faults_of(page)

    def go_to(self, name: str) -> None:
        """Tab until the focus is on the control whose name begins so; the focus must be seen all the way."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            tag, found = self.page.evaluate(NAME)
            if tag == "BODY":
                continue
            assert self.page.evaluate(VISIBLE), f"the focus on {tag} {found!r} cannot be seen"
            if found.startswith(name):
                return
        raise AssertionError(f"no Tab leads to {name!r} on {self.page.url}")

    def press(self, name: str) -> None:
        """Go to a link or button and press Enter."""
        self.go_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, name: str, text: str) -> None:
        """Go to a field and type over what is there."""
        self.go_to(name)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose_file(self, name: str, path: str) -> None:
        """Go to a file field, open its dialogue, choose."""
        self.go_to(name)
        with self.page.expect_file_chooser() as dialogue:
            self.page.keyboard.press("Space")
        dialogue.value.set_files(path)


def assert_sound_everywhere(person: Keys, name: str) -> None:
    """The page as it stands, in both languages, on a phone and a desk; afterwards it is Chinese again."""
    page = person.page
    for language in ("en", "zh-hans"):
        turn(page, person.county, language)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            shoot(page, f"keyboard-{name}-{language}-{size['width']}")
            assert_sound(page, f"{name} in {language} at {size['width']} px")
        if language == "en":
            assert not CHINESE_ONLY.search(page.inner_text("main")), name
    assert person.faults == []


def person(browser: Browser, county: County, user: str) -> Keys:
    """A person of the village, signed in on Today."""
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    return Keys(sign_in(context, county, user).page, county)


def test_a_month_without_a_mouse(own: County, browser: Browser) -> None:
    draft = imported_closed_and_drafted(person(browser, own, "wangfang"), own)

    head = person(browser, own, "zhaolixin")
    head.page.goto(draft)
    assert_sound_everywhere(head, "draft-to-sign")
    head.press("审查无误，签名")
    expect(head.page.get_by_role("status")).to_contain_text("已签名")

    clerk = person(browser, own, "zhouxiaoyu")
    clerk.page.goto(draft)
    assert_sound_everywhere(clerk, "draft-to-meet")
    for label, text in (("主持人", "李建国"), ("应到", "7"), ("实到", "6"), ("赞成", "6")):
        clerk.type(label, text)
    clerk.press("登记联席会议")
    expect(clerk.page.get_by_role("status")).to_contain_text("联席会议已登记")

    chair = person(browser, own, "wangxiulan")
    chair.page.goto(draft)
    assert_sound_everywhere(chair, "draft-to-publish")
    chair.press("公布")
    expect(chair.page.get_by_role("link", name="打印公开单 A4")).to_be_visible(timeout=60_000)
    assert_sound_everywhere(chair, "publication")
    chair.press("登记上墙")
    expect(chair.page.get_by_role("status")).to_contain_text("已登记上墙")
    assert_sound_everywhere(chair, "publication-on-the-wall")
    officer = person(browser, own, "chenxiaoming")
    officer.page.goto(chair.page.url)
    assert_sound_everywhere(officer, "publication-of-the-officer")


def imported_closed_and_drafted(accountant: Keys, county: County) -> str:
    """The accountant's part; the draft's address."""
    page, organization = accountant.page, county.facts["ids"]["organization"]
    page.goto(f"{county.address('desk')}books/{organization}/import/")
    assert_sound_everywhere(accountant, "import")
    accountant.choose_file("凭证表", county.facts["workbook"])
    accountant.press("上传并核对")
    assert_sound_everywhere(accountant, "preview")
    accountant.press("确认导入")
    assert_sound_everywhere(accountant, "month-open")
    month = page.url
    for name, address in (("enter", f"{month}../enter/"), ("reconcile", f"{month}reconcile/")):
        page.goto(address)
        assert_sound_everywhere(accountant, name)
    page.goto(month)
    accountant.press("结账")
    assert_sound_everywhere(accountant, "month-closed")
    accountant.press("拟订公开表")
    assert_sound_everywhere(accountant, "draft-of-the-accountant")
    return page.url
