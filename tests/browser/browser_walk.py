"""A small county that really runs, and a real Chromium that walks through it."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import chromium

CUNWU = Path(sys.executable).parent / "cunwu"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}

OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


def run(environment: dict[str, str], *arguments: str) -> str:
    """What the command prints; fails with what it complained of."""
    done = subprocess.run([CUNWU, *arguments], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"cunwu {' '.join(arguments)}: {done.stderr[-3000:]}"
    return done.stdout


@dataclass
class County:
    """The running demonstration: its folder, what `build-demo --json` said, how to ask its command."""

    folder: Path
    facts: dict[str, Any]
    environment: dict[str, str]
    codes_used: dict[str, str] = field(default_factory=dict)
    served: subprocess.Popen[bytes] | None = None

    def cunwu(self, *arguments: str) -> str:
        """What the command prints; fails loudly."""
        return run(self.environment, *arguments)

    def address(self, name: str) -> str:
        """portal, desk, village, publication, verify."""
        return str(self.facts["addresses"][name])

    def login(self, user: str) -> dict[str, str]:
        """The log-in of a role."""
        return next(each for each in self.facts["logins"] if each["user"] == user)

    def start(self) -> None:
        """Reader, desk and background on loopback; returns when pages come."""
        log = self.folder / "serve.log"
        with log.open("a") as file:
            self.served = subprocess.Popen([CUNWU, "serve"], env=self.environment, stdout=file, stderr=file)
        await_page(self.address("portal"), self.served, log)
        await_page(self.address("desk") + "health/", self.served, log)

    def stop(self) -> None:
        """Everything ends."""
        if self.served is not None:
            self.served.terminate()
            self.served.wait(timeout=20)

    def stand_at(self, moment: datetime) -> None:
        """Go on at another moment, as a demonstration may: the desk, the background and the commands alike."""
        self.stop()
        self.environment["CUNWU_NOW"] = moment.isoformat()
        self.start()


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county that the tests share."""
    with running_county(tmp_path_factory.mktemp("county")) as built:
        yield built


@contextmanager
def running_county(folder: Path) -> Iterator[County]:
    """One town, three villages, three months; reader, desk and background running on loopback."""
    environment = os.environ | {"CUNWU_HOME": str(folder / "var"), "CUNWU_KEYS": str(folder / "keys")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    port = free_ports()
    named = ("--title-zh", "示范县", "--title-en", "Demonstration County")
    run(environment, "init", "--demo", "--packs", "cn,cn-shandong,fangzi", "--county-code", "990101", *named)
    built = run(environment, "build-demo", "--size", "test", "--port", str(port), "--json")
    county = County(folder, json.loads(built), environment)
    try:
        county.start()
        yield county
    finally:
        county.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; gone after each file, since its event loop would disturb tests of the database after it."""
    with sync_playwright() as playwright:
        running = chromium.launch(
            playwright, "--disable-background-networking", "--disable-component-update", "--disable-sync"
        )
        yield running
        running.close()


def free_ports() -> int:
    """The first of three ports in a row that nobody uses."""
    for port in random.sample(range(18100, 30000, 10), 100):
        try:
            for each in range(port, port + 3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", each))
        except OSError:
            continue
        return port
    raise RuntimeError("no three free ports in a row")


def await_page(address: str, served: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the address answers; fail with the server's own words."""
    for _ in range(150):
        if served.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{address} does not answer:\n{log.read_text()}")


def fetch_status(address: str) -> int:
    """The status that the address answers with."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


class Hands:
    """A person at a browser: every click and every typed field is counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.typed: list[str] = []

    def press(self, role: str, name: str | Any) -> None:
        """Click a button or link by the words on it."""
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.clicks += 1

    def type(self, label: str, text: str) -> None:
        """Type into a field by its label."""
        self.page.get_by_label(label).first.fill(text)
        self.typed.append(f"{label}={text}")


def sign_in(context: BrowserContext, county: County, user: str) -> Hands:
    """Sign in with password and second factor."""
    hands = Hands(context.new_page())
    login = county.login(user)
    hands.page.goto(county.address("desk"))
    hands.page.locator("input[name=login]").fill(user)
    hands.page.locator("input[name=password]").fill(login["password"])
    hands.page.locator("main button.btn").click()
    # One code opens one door: a second sign-in within thirty seconds waits for the next.
    code = county.cunwu("code", user).strip()
    while county.codes_used.get(user) == code:
        time.sleep(1)
        code = county.cunwu("code", user).strip()
    county.codes_used[user] = code
    hands.page.locator("input[name=code]").fill(code)
    hands.page.locator("main button.btn").click()
    shoot(hands.page, f"signed-in-{user}")
    hands.page.wait_for_selector("nav.tabs", timeout=10_000)
    return hands


def assert_sound(page: Page, name: str) -> None:
    """No violation that axe can see, nothing wider than the screen."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(document, options).then(found => found.violations)", OPTIONS)
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == [], name
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} runs {wide} px over the edge"


def turn(page: Page, county: County, language: str) -> None:
    """The desk's page in another language: `zh-hans` or `en`."""
    # For the whole desk: a cookie for this address only would lose against those of the addresses above it.
    page.context.add_cookies([{"name": "language", "value": language, "url": county.address("desk")}])
    page.reload()
    assert page.locator("html").get_attribute("lang") == language, page.url


def faults_of(page: Page) -> list[str]:
    """What the page complains of in the console, from now on; the list grows."""
    faults: list[str] = []
    page.on(
        "console", lambda said: faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
    )
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    return faults


def shoot(page: Page, name: str) -> None:
    """Keep a picture where `CUNWU_SHOTS` says, for people to look at."""
    if folder := os.environ.get("CUNWU_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


UNMARKED = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
    while (walker.nextNode()) {
        const text = walker.currentNode.data.trim(), around = walker.currentNode.parentElement
        if (/[\\u3000-\\u303f\\u4e00-\\u9fff\\uff01-\\uff5e]/.test(text) && around.closest("[lang]").lang === "en")
            found.push(text)
    }
    return found
}"""
"""Chinese that is not marked as Chinese: on an English page, what the desk itself says."""


OUTSIDE = """() => [...document.querySelectorAll("main *")]
    .filter(each => !each.closest(".scroll") && each.getClientRects().length)
    .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(each => each.outerHTML.slice(0, 90))"""
"""What sticks out over the right edge, also where the page cuts it off."""


def links(page: Page, address: str, pattern: str) -> list[str]:
    """Where the page of `address` leads to, of that form, in its order."""
    page.goto(address)
    found: list[str] = page.locator("main a").evaluate_all("links => links.map(link => link.href)")
    return list(dict.fromkeys(link for link in found if re.search(pattern, link)))


def unfold(page: Page) -> None:
    """Open what is folded away: it is part of the page."""
    page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")


def look(page: Page, county: County, name: str, address: str) -> None:
    """Sound at both sizes in both languages, and an English page is English."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, f"{name}: {answer.status}"
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        turn(page, county, code)
        unfold(page)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            shoot(page, f"{name}-{language}-{size['width']}")
            assert_sound(page, f"{name} in {language} at {size['width']}")
            assert page.evaluate(OUTSIDE) == [], f"{name} in {language} at {size['width']}"
    assert page.evaluate(UNMARKED) == [], f"Chinese on the English page of {name}"
    turn(page, county, "zh-hans")
