"""A decision is verified in the phone, word for word, and offline by a file that was kept."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from browser_walk import PHONE, County, assert_sound, faults_of, shoot
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def decisions(county: County) -> dict[str, str]:
    """Id to the address of the verify page, of every decision of the county."""
    site = county.folder / "var" / "site"
    found = {}
    for entry in site.glob("v/*/index.html"):
        page = entry.read_text(encoding="utf-8")
        public_id = page.split("/bundle.json", 1)[0].rsplit("/", 1)[1]
        if (site / "d" / public_id / "rule.json").exists():
            found[public_id] = f"v/{entry.parent.name}/"
    return found


def tell(page: Page, county: County, old: str, new: str) -> None:
    """The server shows something else on the page than what was published."""

    def lie(route: Route) -> None:
        answer = route.fetch()
        body = answer.text()
        assert old in body
        route.fulfill(response=answer, body=body.replace(old, new))

    page.route(f"{county.address('portal')}**/v/**", lie)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_decision_is_verified_by_what_it_shows(county: County, browser: Browser, language: str) -> None:
    page = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    faults = faults_of(page)
    addresses = decisions(county)
    assert county.facts["ids"]["decision"] in addresses
    assert len(addresses) >= 4
    for address in addresses.values():
        page.goto(county.address("portal") + ("en/" if language == "en" else "") + address)
        expect(page.locator("[data-verdict=whole]")).to_be_visible(timeout=20_000)
        expect(page.locator("[data-step=displayed]")).to_have_class("yes")
        assert_sound(page, address)
    shoot(page, f"verified-{language}")
    assert faults == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("赞成22票", "赞成23票"),
        ("18,000.00", "16,000.00"),
        ("原小学校舍出租</dd>", "原小学校舍出卖</dd>"),
        ("2026年", "2025年"),
        ("成员代表大会决定</a></th>", "党支部决定</a></th>"),
        ("六间完好", "七间完好"),
    ],
)
def test_a_page_that_tells_something_else_gets_no_seal(
    county: County, browser: Browser, old: str, new: str
) -> None:
    page = browser.new_context().new_page()
    tell(page, county, old, new)
    page.goto(f"{county.address('portal')}v/{county.facts['ids']['decision_entry']}/")
    expect(page.locator("[data-verdict=wrong]")).to_be_visible(timeout=20_000)
    expect(page.locator("[data-step=displayed]")).to_have_class("wrong")
    assert page.locator("[data-seal]").count() == 0


def test_a_row_left_out_or_put_in_gets_no_seal(county: County, browser: Browser) -> None:
    page = browser.new_context().new_page()
    tell(page, county, "<tbody><tr", "<tbody><tr><td>验收</td><td></td><td></td></tr><tr")
    page.goto(f"{county.address('portal')}v/{county.facts['ids']['decision_entry']}/")
    expect(page.locator("[data-verdict=wrong]")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("forged", [True, False], ids=["another rule", "no rule"])
def test_without_the_rule_that_the_record_names_nothing_counts_as_compared(
    county: County, browser: Browser, forged: bool
) -> None:
    page = browser.new_context().new_page()

    def answer(route: Route) -> None:
        if not forged:
            return route.fulfill(status=404, body="")
        rule = route.fetch().json()
        return route.fulfill(status=200, body=json.dumps(rule | {"days": 1}))

    page.route("**/rule.json", answer)
    page.goto(f"{county.address('portal')}v/{county.facts['ids']['decision_entry']}/")
    expect(page.locator("[data-verdict=part]")).to_be_visible(timeout=20_000)
    assert page.locator("[data-seal]").count() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_offline_the_kept_file_verifies_and_tells_it(
    county: County, browser: Browser, tmp_path: Path, language: str
) -> None:
    portal, public_id = county.address("portal"), county.facts["ids"]["decision"]
    for name, address in {"verify.html": "verify.html", "bundle.json": f"d/{public_id}/bundle.json"}.items():
        with urllib.request.urlopen(portal + address) as answer:
            (tmp_path / name).write_bytes(answer.read())
    context = browser.new_context(
        offline=True, viewport=PHONE, locale="zh-CN" if language == "zh" else "en-GB"
    )  # type: ignore[arg-type]
    page = context.new_page()
    faults = faults_of(page)
    page.goto(f"file://{tmp_path}/verify.html")
    page.set_input_files("#bundle", tmp_path / "bundle.json")
    expect(page.locator("[data-verdict=part]")).to_be_visible(timeout=20_000)
    page.locator("#fingerprint").fill(county.facts["log_key_fingerprint"])
    page.locator("#form button").click()
    expect(page.locator("[data-verdict=whole]")).to_be_visible(timeout=20_000)
    shown = page.locator("#content").inner_text()
    told = ["原小学校舍出租", "18,000.00", "赞成22票，反对1票", "表决", "2026年11月"] if language == "zh" else [
        "原小学校舍出租", "18,000.00", "22 in favour, 1 against", "Vote", "November 2026"
    ]  # fmt: skip
    for words in told:
        assert words in shown, words
    shoot(page, f"offline-decision-{language}")
    assert_sound(page, "offline")
    assert faults == []
    bundle = json.loads((tmp_path / "bundle.json").read_text())
    bundle["document"] = bundle["document"][:-8] + "AAAA" + bundle["document"][-4:]
    (tmp_path / "forged.json").write_text(json.dumps(bundle))
    page.set_input_files("#bundle", tmp_path / "forged.json")
    expect(page.locator("[data-verdict=wrong]")).to_be_visible(timeout=20_000)
    assert page.locator("#content").inner_text() == ""
