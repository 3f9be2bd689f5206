"""The verifiers in a real browser: the seal for a whole check, and for nothing less."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings

import chromium
from cunwu.disclosure import keys, log
from cunwu.disclosure.models import LogEntry, Publication
from cunwu.disclosure.qr import leaf_name
from cunwu.management.changing_keys import change_key
from cunwu.org.authority import rules
from cunwu.portal import bake
from cunwu.portal.tables import table_of
from cunwu.procedures.rules import pin, pinned_bytes
from cunwu.procedures.words import office_title

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Playwright's event loop runs in this thread while it is open, so Django must be told that
    the tests here are not asynchronous; both end with this module, so that others meet neither."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        opened = chromium.launch(playwright)
        yield opened
        opened.close()


class Quiet(SimpleHTTPRequestHandler):
    """Python's own static server: what any mirror could be."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def served(browser: Browser, published: Publication, site: Path, now: datetime) -> Iterator[str]:
    """The address of the site, baked and served."""
    bake.bake_all(now=now)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.fixture
def verify_page(published: Publication) -> str:
    """The path that the paper's code leads to, in English."""
    return f"/en/v/{leaf_name(LogEntry.objects.get(publication=published))}/"


def outcome(page: Page, address: str) -> tuple[str, dict[str, str]]:
    """The verdict, and each step with its state."""
    page.goto(address)
    page.wait_for_selector("[data-verdict]")
    steps = page.eval_on_selector_all("[data-step]", "all => all.map(e => [e.dataset.step, e.className])")
    return str(page.get_attribute("[data-verdict]", "data-verdict")), dict(steps)


def sealed(page: Page) -> bool:
    return page.locator("[data-seal]").count() == 1


def test_a_whole_check_is_sealed(page: Page, served: str, verify_page: str) -> None:
    verdict, steps = outcome(page, served + verify_page)
    assert verdict == "whole"
    assert sealed(page)
    for name in ("address", "commitment", "displayed", "inclusion", "signature"):
        assert steps[name] == "yes", name
    for name in ("fingerprint", "independent", "truth", "current"):
        assert steps[name] == "no", name
    assert log.fingerprint() in page.inner_text("[data-verify]")


def test_a_figure_changed_on_the_page_is_found(page: Page, served: str, site: Path, verify_page: str) -> None:
    path = site / verify_page[1:] / "index.html"
    path.write_text(path.read_text(encoding="utf-8").replace("18,600.00", "8,600.00", 1), encoding="utf-8")
    verdict, steps = outcome(page, served + verify_page)
    assert (verdict, steps["displayed"], steps["commitment"]) == ("wrong", "wrong", "yes")
    assert not sealed(page)


def test_a_line_left_out_of_the_page_is_found(page: Page, served: str, site: Path, verify_page: str) -> None:
    path = site / verify_page[1:] / "index.html"
    before, _, rest = path.read_text(encoding="utf-8").partition('<tr id="')
    path.write_text(before + rest[rest.index("</tr>") + 5 :], encoding="utf-8")
    assert outcome(page, served + verify_page)[0] == "wrong"


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda b: b | {"document": b["document"][:-8] + "IH0gIH0="}, "commitment"),
        (lambda b: b | {"salt": "00" * 32}, "commitment"),
        (lambda b: b | {"proof": b["proof"].replace("\n1\n", "\n2\n")}, "signature"),
        (lambda b: b | {"proof": b["proof"].replace("index 0", "index 1")}, "inclusion"),
    ],
    ids=["document", "salt", "checkpoint", "index"],
)
def test_a_changed_proof_is_refused(
    page: Page, served: str, site: Path, published: Publication, verify_page: str,
    change: Callable[[dict[str, str]], dict[str, str]], step: str,
) -> None:  # fmt: skip
    path = site / "d" / published.public_id / "bundle.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    page.goto(served + verify_page)
    page.wait_for_selector("[data-verdict]")
    assert page.get_attribute("[data-verdict]", "data-verdict") in {"wrong", "unreadable"}
    states = page.eval_on_selector_all(f"[data-step={step}]", "all => all.map(e => e.className)")
    assert states in (["wrong"], [])
    assert not sealed(page)


def test_another_publications_proof_is_refused(page: Page, served: str, verify_page: str) -> None:
    name = verify_page.rstrip("/").rpartition("/")[2]
    other = ("B" if name[0] == "A" else "A") + name[1:]
    page.route("**/en/v/*/", lambda route: route.fulfill(
        body=route.fetch().text().replace(f'data-address="{name}"', f'data-address="{other}"'), content_type="text/html"
    ))  # fmt: skip
    verdict, steps = outcome(page, served + verify_page)
    assert (verdict, steps["address"]) == ("wrong", "wrong")


def test_a_browser_that_cannot_check_signatures_gives_no_seal(
    page: Page, served: str, verify_page: str
) -> None:
    page.add_init_script("crypto.subtle.verify = () => { throw new DOMException('x', 'NotSupportedError') }")
    verdict, steps = outcome(page, served + verify_page)
    assert (verdict, steps["signature"], steps["commitment"]) == ("part", "no", "yes")
    assert not sealed(page)


def test_a_proof_that_cannot_be_fetched_checks_nothing(page: Page, served: str, verify_page: str) -> None:
    page.route("**/bundle.json", lambda route: route.abort())
    page.goto(served + verify_page)
    page.wait_for_selector("[data-verdict=unreachable]")
    assert "Nothing has been checked" in page.inner_text("main")
    assert not sealed(page)


def test_without_scripts_nothing_is_claimed(browser: Browser, served: str, verify_page: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(served + verify_page)
    assert "Nothing has been checked on this page yet" in plain.inner_text("main")
    assert plain.locator("[data-seal], .checks .yes").count() == 0
    context.close()


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [("right", "whole"), ("right in capitals", "whole"), ("", "part"), ("dead beef", "wrong")],
)
def test_offline_from_a_file(
    page: Page, served: str, site: Path, published: Publication, typed: str, verdict: str
) -> None:
    requests: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto((site / "verify.html").as_uri() + "?lang=en")
    fingerprint = {
        "right": log.fingerprint(),
        "right in capitals": log.fingerprint().upper().replace(" ", ""),
    }
    page.fill("#fingerprint", fingerprint.get(typed, typed))
    page.set_input_files("#bundle", site / "d" / published.public_id / "bundle.json")
    page.wait_for_selector(f"[data-verdict={verdict}]")
    assert sealed(page) == (verdict == "whole")
    if verdict != "wrong":
        assert "24,000.00" in page.inner_text("#content")
    assert all(url.startswith(("file:", "data:")) for url in requests)
    assert faults == []


@pytest.fixture
def rotated(published: Publication, settings: Settings, site: Path, tmp_path: Path, now: datetime) -> str:
    """The fingerprint on papers from before the log's key changed; the site is baked after it."""
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"
    first = log.fingerprint()
    keys.change(keys.Because.ROTATION, now=now)
    change_key("seal", keys.Because.COMPROMISE, now=now)
    log.sequence(now=now)
    bake.bake_all(now=now)
    return first


@pytest.mark.parametrize("change", ["none", "signature", "key"])
def test_offline_with_a_paper_from_before_the_key_changed(
    page: Page, rotated: str, site: Path, published: Publication, change: str
) -> None:
    bundle = site / "d" / published.public_id / "bundle.json"
    said = json.loads(bundle.read_text())
    (note,) = said["handovers"]
    made_up = {
        "none": note,
        "signature": note[:-20] + ("A" if note[-20] != "A" else "B") + note[-19:],
        "key": note.replace("cunwu/handover/1", "cunwu/handover/2"),
    }
    bundle.write_text(json.dumps(said | {"handovers": [made_up[change]]}))
    page.goto((site / "verify.html").as_uri() + "?lang=en")
    page.fill("#fingerprint", rotated)
    page.set_input_files("#bundle", bundle)
    page.wait_for_selector(f"[data-verdict={'whole' if change == 'none' else 'wrong'}]")
    assert sealed(page) == (change == "none")
    assert page.locator("[data-step=handover]").get_attribute("class") == (
        "yes" if change == "none" else "wrong"
    )


def test_the_page_on_verifying_names_earlier_keys(page: Page, rotated: str, site: Path) -> None:
    told = (site / "en" / "how" / "index.html").read_text(encoding="utf-8")
    assert rotated in told
    assert log.fingerprint() in told
    assert "replaced as planned" in told
    assert "withdrawn because somebody else may have it" in told
    assert all(each in told for _, _, each in keys.earlier_fingerprints("seal"))
    assert (site / "handovers" / "1.txt").read_text(encoding="utf-8") == keys.handovers()[0]
    assert rotated in (site / "zh" / "how" / "index.html").read_text(encoding="utf-8")


def test_offline_refuses_what_is_no_bundle(page: Page, served: str, site: Path, tmp_path: Path) -> None:
    page.goto((site / "verify.html").as_uri())
    (tmp_path / "bundle.json").write_text("[]")
    page.set_input_files("#bundle", tmp_path / "bundle.json")
    page.wait_for_selector("[data-verdict=unreadable]")
    assert not sealed(page)


def test_large_type_is_remembered(page: Page, served: str) -> None:
    page.goto(f"{served}/zh/")
    page.click("[data-large]")
    page.goto(f"{served}/zh/how/")
    assert page.get_attribute("html", "class") == "large"


def test_a_village_is_found_by_name_and_by_pinyin(page: Page, served: str) -> None:
    for wanted in ("云溪", "yunxi", "yxc"):
        page.goto(f"{served}/zh/")
        page.fill("#find", wanted)
        page.wait_for_selector("[data-found] a")
        assert "云溪村" in page.inner_text("[data-found]")
    page.fill("#find", "没有的村")
    page.wait_for_selector("[data-none]:not([hidden])")


COUNTS = {"expected": 28, "present": 26, "in_favour": 24, "against": 1, "abstained": 1, "recused": 2}
VERDICT = {
    "office": "committee_member",
    "name": "钱进",
    "competent": 20,
    "fair": 3,
    "incompetent": 1,
    "ended": False,
}


def told_step(name: str, **more: object) -> dict[str, object]:
    """A step of a record."""
    plain = {
        "name": name,
        "kind": "vote",
        "on": "2026-03-09",
        "text": "",
        "amount": None,
        "reference": "",
        "by": None,
    }
    return plain | more


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_phone_tells_a_decision_as_the_server_does(
    page: Page, served: str, now: datetime, language: str
) -> None:
    power = rules().power("appraise_committee", now.date())
    steps = [
        told_step("call", kind="proposal", text="请监委会组织。\n\n  两行。", on="2026-12-31"),
        told_step("prepare", kind="proposal", amount=1_234_567, reference="交易2026-018", text="备好"),
        told_step("notice", kind="disclosure", on=None, objections={"received": 2, "answered": 1}),
        told_step(
            "ballot",
            meeting=COUNTS | {"kind": "x", "appraised": [VERDICT, VERDICT | {"name": "郑好", "ended": True}]},
        ),
        told_step("count_check", amount=5, by={"office": "committee_member", "name": "钱进"}),
        told_step("publish_result", kind="disclosure", objections={"received": 0, "answered": 0}),
    ]
    record = {
        "format": "cunwu-decision/1", "power": power.name, "rule": pin(power, now=now).digest, "title": "2026年民主评议",
        "text": "", "amount": 0, "parties": ["甲", "乙"], "steps": steps,
    }  # fmt: skip
    page.goto(f"{served}/static/verify-tell.js")
    for content in (record, record | {"title": "", "amount": None, "parties": [], "steps": steps[:1]}):
        shown = table_of(content, language)
        told = page.evaluate(
            "async ([record, rule, language]) => (await import('/static/verify-tell.js')).told(record, rule, language)",
            [content, json.loads(pinned_bytes(str(content["rule"]))), language],
        )
        office = office_title("committee_member", language)
        assert [value for _, value in told["facts"]] == [value for _, value in shown.facts]
        assert [[cell.replace("\0", office) for cell in row] for row in told["rows"]] == list(shown.rows)
