"""The first walk, as the README tells it: from the Excel file to the paper on the wall, and the check of a stranger."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from browser_walk import County, Hands, shoot, sign_in
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def import_close_and_draft(hands: Hands, county: County) -> None:
    """The accountant: file in, looked at, taken in, month closed, sheet drafted."""
    page = hands.page
    page.goto(county.address("desk") + f"books/{county.facts['ids']['organization']}/import/")
    page.locator("input[type=file]").set_input_files(county.facts["workbook"])
    hands.press("button", "上传并核对")
    shoot(page, "preview-zh")
    hands.press("button", re.compile("确认导入"))
    shoot(page, "imported-zh")
    page.goto(
        county.address("desk") + f"books/{county.facts['ids']['organization']}/{county.facts['months'][1]}/"
    )
    shoot(page, "month-zh")
    hands.press("button", "结账")
    hands.press("button", "拟订公开表")
    shoot(page, "draft-zh")


def open_draft(hands: Hands, county: County) -> None:
    """From the list of what is under way to the draft."""
    hands.page.goto(county.address("desk") + f"disclosure/{county.facts['ids']['organization']}/")
    hands.press("link", "去办")


def test_a_month_from_the_file_to_the_wall_and_checked_by_a_stranger(
    county: County, browser: Browser, tmp_path: Path
) -> None:
    began = time.monotonic()
    people = {
        user: browser.new_context(locale="zh-CN")
        for user in ("wangfang", "zhaolixin", "zhouxiaoyu", "wangxiulan")
    }

    accountant = sign_in(people["wangfang"], county, "wangfang")
    shoot(accountant.page, "today-zh")
    import_close_and_draft(accountant, county)

    supervisor = sign_in(people["zhaolixin"], county, "zhaolixin")
    open_draft(supervisor, county)
    supervisor.press("button", "审查无误，签名")

    clerk = sign_in(people["zhouxiaoyu"], county, "zhouxiaoyu")
    open_draft(clerk, county)
    if not clerk.page.get_by_label("主持人").input_value():
        clerk.type("主持人", "李建国")
    if not clerk.page.get_by_label("应到").input_value():
        clerk.type("应到", "7")
    clerk.type("实到", "6")
    clerk.type("赞成", "6")
    clerk.press("button", "登记联席会议")

    head = sign_in(people["wangxiulan"], county, "wangxiulan")
    open_draft(head, county)
    shoot(head.page, "ready-zh")
    head.press("button", "公布")
    expect(head.page.get_by_text("已存证")).to_be_visible(timeout=20_000)
    shoot(head.page, "published-zh")
    notice = head.page.get_by_role("link", name=re.compile("A4")).get_attribute("href")
    residents_page = head.page.get_by_role("link", name="村民看到的页面").get_attribute("href")
    assert notice is not None
    assert residents_page is not None
    pdf = fetch_when_there(notice)
    hands = [accountant, supervisor, clerk, head]
    typed = [field for each in hands for field in each.typed]
    assert len(typed) == len(set(typed)), "a field was typed twice"
    print(
        f"\nan accountant's month: {sum(each.clicks for each in hands)} clicks, {len(typed)} typed fields "
        f"({', '.join(typed)}), {time.monotonic() - began:.1f} s with four sign-ins; "
        f"the accountant alone {accountant.clicks} clicks, {len(accountant.typed)} typed fields"
    )
    head.press("button", "登记上墙")
    shoot(head.page, "on-the-wall-zh")

    stranger(browser, county, pdf, residents_page, tmp_path)
    for context in people.values():
        context.close()


def fetch_when_there(address: str) -> bytes:
    """The notice; the paper may be rendered a moment after the page."""
    for _ in range(60):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"{address} never came")


def stranger(browser: Browser, county: County, pdf: bytes, residents_page: str, folder: Path) -> None:
    """Somebody with a phone before the board, who then checks at home, offline, with files that were kept."""
    (folder / "notice.pdf").write_bytes(pdf)
    address = scan(folder / "notice.pdf")
    assert re.fullmatch(r"HTTP://[^/]+/V/[A-Z2-7]{52}", address), address
    phone = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    page = phone.new_page()
    page.goto(address.replace("HTTP://", "http://").replace("/V/", "/V/"))
    expect(page.locator("[data-verdict=whole]")).to_be_visible(timeout=20_000)
    shoot(page, "verify-zh-360")
    page.goto(residents_page)
    shoot(page, "sheet-zh-360")

    base = re.sub(r"zh/d/.*", "", residents_page)
    publication = residents_page.rstrip("/").rsplit("/", 1)[1]
    bundle = fetch_when_there(f"{base}d/{publication}/bundle.json")
    (folder / "bundle.json").write_bytes(bundle)
    (folder / "verify.html").write_bytes(fetch_when_there(f"{base}verify.html"))
    offline = browser.new_context(offline=True, locale="zh-CN").new_page()
    offline.goto((folder / "verify.html").as_uri())
    offline.locator("input[type=file]").set_input_files(folder / "bundle.json")
    expect(offline.locator("[data-verdict=part]")).to_be_visible(timeout=20_000)
    assert offline.locator("[data-verdict] svg").count() == 0, (
        "a seal though the key was not compared with the paper"
    )
    offline.get_by_label("公钥指纹").fill(county.facts["log_key_fingerprint"])
    offline.get_by_role("button", name="核验").click()
    expect(offline.locator("[data-verdict=whole]")).to_be_visible(timeout=20_000)
    shoot(offline, "offline-zh")
    changed = json.loads(bundle)
    sheet = json.loads(base64.b64decode(changed["document"]))
    sheet["closing"] += 100
    changed["document"] = base64.b64encode(json.dumps(sheet, ensure_ascii=False).encode()).decode()
    (folder / "changed.json").write_text(json.dumps(changed))
    offline.locator("input[type=file]").set_input_files(folder / "changed.json")
    offline.get_by_role("button", name="核验").click()
    expect(offline.locator("[data-verdict=wrong]")).to_be_visible(timeout=20_000)
    assert offline.locator("[data-verdict=whole]").count() == 0

    verify = [sys.executable, "-m", "cunwu.tlog", "verify", "--bundle", str(folder / "bundle.json")]
    key = ["--key", county.facts["log_key"]]
    assert subprocess.run(verify + key, check=False, capture_output=True).returncode == 0
    verify[-1] = str(folder / "changed.json")
    assert subprocess.run(verify + key, check=False, capture_output=True).returncode == 1


def scan(pdf: Path) -> str:
    """What a phone's camera reads from the printed notice."""
    if shutil.which("pdftoppm") is None or shutil.which("zbarimg") is None:
        pytest.skip(
            "poppler-utils and zbar-tools are not installed: apt-get install poppler-utils zbar-tools"
        )
    subprocess.run(["pdftoppm", "-r", "150", "-png", pdf, pdf.with_suffix("")], check=True)
    for image in sorted(pdf.parent.glob("notice-*.png")):
        found = subprocess.run(
            ["zbarimg", "--raw", "-q", image], check=False, capture_output=True, text=True
        ).stdout
        if found.strip():
            return found.strip()
    raise AssertionError("no code on the notice can be read")
