"""The reader as browsers, caches and strangers meet it: a real process on loopback."""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from cunwu.portal import reader, site

NAME = "F75VEOVBRCHIZORSYENFJKND7MT446AZNF2Y6NO2TTFAFEQT3CKA"
PAGE = "<!doctype html><title>村务</title><p>公开</p>".encode() * 60
Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site."""
    root = tmp_path_factory.mktemp("reader") / "site"
    for path in ("zh/index.html", "en/index.html", f"v/{NAME}/index.html", "verify.html", "static/cunwu.css"):
        site.write(root, path, PAGE)
    site.write(root, "log/checkpoint", b"origin\n0\n\n")
    site.write(root, "log/tile/0/000", b"\0" * 32)
    site.write(root, "log/tile/0/x001/000.p/3", b"\0" * 96)
    (root / ".hidden").write_text("secret")
    (root.parent / "outside.txt").write_text("secret")
    (root / "leak.txt").symlink_to(root.parent / "outside.txt")
    return root


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The reader's port, the process running."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    source = str(Path(reader.__file__).resolve().parents[2])
    command = [sys.executable, "-m", "cunwu.portal.reader", "127.0.0.1", str(number), str(folder)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": source}) as process:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", number), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield number
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def ask(port: int) -> Ask:
    """One request; the path goes out exactly as written."""

    def asked(path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    return asked


def test_a_page_with_its_headers(ask: Ask) -> None:
    status, headers, body = ask("/zh/")
    assert (status, body) == (200, PAGE)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-length"] == str(len(PAGE))
    assert headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert headers["vary"] == "accept-encoding"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "camera=()" in headers["permissions-policy"]
    assert headers["last-modified"].endswith("GMT")


def test_compressed_where_it_is_taken(ask: Ask) -> None:
    status, headers, body = ask("/zh/", accept_encoding="gzip, deflate, br")
    assert (status, headers["content-encoding"], brotli.decompress(body)) == (200, "br", PAGE)
    _, headers_gzip, body = ask("/zh/", accept_encoding="gzip")
    assert (headers_gzip["content-encoding"], gzip.decompress(body)) == ("gzip", PAGE)
    assert headers["etag"] != headers_gzip["etag"]
    _, plain, _ = ask("/zh/", accept_encoding="br;q=0, gzip;q=0.0")
    assert "content-encoding" not in plain


def test_what_is_known_is_not_sent_again(ask: Ask) -> None:
    _, headers, _ = ask("/zh/")
    for known in (headers["etag"], f'"other", W/{headers["etag"]}', "*"):
        status, again, body = ask("/zh/", if_none_match=known)
        assert (status, body, again["etag"]) == (304, b"", headers["etag"])
        assert "cache-control" in again
    assert ask("/zh/", if_none_match='"other"')[0] == 200
    assert ask("/zh/", if_modified_since=headers["last-modified"])[0] == 304
    assert ask("/zh/", if_modified_since="Thu, 01 Jan 2015 00:00:00 GMT")[0] == 200
    assert ask("/zh/", if_modified_since="yesterday")[0] == 200
    assert ask("/zh/", if_none_match='"other"', if_modified_since=headers["last-modified"])[0] == 200


def test_head_sends_the_headers_only(ask: Ask) -> None:
    status, headers, body = ask("/zh/", "HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(PAGE)), b"")
    assert ask("/nothing", "HEAD")[0::2] == (404, b"")


def test_a_page_baked_meanwhile_is_served_at_once(ask: Ask, folder: Path) -> None:
    assert ask("/zh/p/new/")[0] == 404
    site.write(folder, "zh/p/new/index.html", PAGE)
    assert ask("/zh/p/new/", accept_encoding="br")[0] == 200
    site.write(folder, "zh/p/new/index.html", b"changed")
    assert ask("/zh/p/new/", accept_encoding="br")[2] == b"changed"
    site.remove(folder, "zh/p/new/index.html")
    assert ask("/zh/p/new/", accept_encoding="br")[0] == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [
        (f"/V/{NAME}", f"/v/{NAME}/"),
        (f"/v/{NAME.lower()}/", f"/v/{NAME}/"),
        (f"/EN/V/{NAME}", f"/en/v/{NAME}/"),
        ("/zh", "/zh/"),
    ],
)
def test_scanned_in_any_case_and_without_a_slash(ask: Ask, path: str, location: str) -> None:
    status, headers, _ = ask(path)
    assert (status, headers["location"]) == (301, location)


def test_the_scanned_page_itself(ask: Ask) -> None:
    assert ask(f"/v/{NAME}/")[2] == PAGE


@pytest.mark.parametrize(
    ("accepted", "location"),
    [
        ("", "/zh/"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "/zh/"),
        ("en-GB,en;q=0.9", "/en/"),
        ("en;q=0.4, zh;q=0.5", "/zh/"),
        ("fr", "/zh/"),
        ("en;q=x", "/zh/"),
    ],
)
def test_the_front_door_by_language(ask: Ask, accepted: str, location: str) -> None:
    status, headers, _ = ask("/", accept_language=accepted)
    assert (status, headers["location"], headers["vary"]) == (302, location, "accept-language")


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/zh/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/zh/%2e%2e/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/zh/" + "a" * 300 + "/",
        "/" + "a/" * 3000,
        "//outside.txt",
        "/.hidden",
        "/leak.txt",
        "/zh/\\..\\x",
        "/zh/index.html%00",
        "/static",
        "/zh/nothing/",
        "/zh/index.html/",
    ],
)
def test_nothing_else_is_served(ask: Ask, path: str) -> None:
    status, headers, body = ask(path)
    assert status == 404
    assert b"secret" not in body
    assert "没有这个页面" in body.decode()
    assert "There is no such page" in body.decode()
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading(ask: Ask, method: str) -> None:
    status, headers, _ = ask("/zh/", method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_the_log_is_served_for_tools(ask: Ask) -> None:
    _, headers, body = ask("/log/checkpoint")
    assert (headers["content-type"], headers["cache-control"]) == ("text/plain; charset=utf-8", "no-cache")
    assert body == b"origin\n0\n\n"
    for tile in ("/log/tile/0/000", "/log/tile/0/x001/000.p/3"):
        _, headers, _ = ask(tile)
        assert headers["content-type"] == "application/octet-stream"
        assert "immutable" in headers["cache-control"]


def test_every_text_says_its_charset_and_a_calendar_is_one() -> None:
    for name in ("a.html", "a.css", "a.js", "a.svg", "a.txt", "a.csv", "calendar.ics"):
        assert reader._type_of(name).endswith("; charset=utf-8"), name
    assert reader._type_of("p/x/calendar.ics").startswith("text/calendar;")


def test_the_offline_verifier_may_carry_its_own_script(ask: Ask) -> None:
    assert "script-src 'unsafe-inline'" in ask("/verify.html")[1]["content-security-policy"]


def test_it_runs_without_django(folder: Path) -> None:
    code = "import sys, cunwu.portal.reader; sys.exit('django' in sys.modules)"
    source = str(Path(reader.__file__).resolve().parents[2])
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": source}, check=True)


def test_wrong_arguments() -> None:
    assert reader.main(["127.0.0.1", "port"]) == 2
