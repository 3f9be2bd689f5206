"""The exported folder needs nobody of ours: any static server serves it, and Go's own packages accept its log."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_walk import County
from gocheck.run import GoAbsent, build, check
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def mirror(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `cunwu export-site` wrote."""
    folder = tmp_path_factory.mktemp("mirror") / "site"
    said = json.loads(county.cunwu("export-site", str(folder), "--json"))
    assert said["files"] > 50
    return folder


@pytest.fixture(scope="module")
def served(mirror: Path) -> Iterator[str]:
    """The folder behind the plainest server there is."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(mirror))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_the_mirror_is_whole(mirror: Path) -> None:
    there = {path.name for path in mirror.iterdir()}
    assert {"zh", "en", "v", "d", "log", "static", "verify.html"} <= there
    assert {path.name for path in (mirror / "log").iterdir()} >= {"checkpoint", "tile", "key"}
    assert not list(mirror.glob("**/*.tmp"))
    assert not (mirror / "log" / ".lock").exists()


@pytest.mark.go
def test_go_accepts_the_exported_log(county: County, mirror: Path, tmp_path: Path) -> None:
    try:
        program = build(tmp_path)
    except GoAbsent as absent:
        pytest.skip(str(absent))
    key = (mirror / "log" / "key").read_text().strip()
    assert key == county.facts["log_key"]
    done = check(program, mirror / "log", key)
    assert done.returncode == 0, done.stderr
    newest = max((mirror / "log" / "tile" / "entries").glob("**/*.p/*"), key=lambda path: int(path.name))
    good = newest.read_bytes()
    newest.write_bytes(good[:-3] + bytes([good[-3] ^ 1]) + good[-2:])
    assert check(program, mirror / "log", key).returncode == 1
    newest.write_bytes(good)


def test_a_notice_is_verified_from_the_mirror(county: County, browser: Browser, served: str) -> None:
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{served}en/v/{county.facts['ids']['entry']}/")
    expect(page.locator("[data-verdict=whole]")).to_be_visible(timeout=20_000)
    page.goto(f"{served}zh/")
    page.get_by_role("link", name="云溪村").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("云溪村")


def test_database_files_and_proofs_agree(county: County) -> None:
    assert json.loads(county.cunwu("check-log", "--json"))["faults"] == []
