"""Whatever address, query or header residents' server is asked with: one of its files, a redirect within it, or a page that
says no; never bytes from outside its folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.portal import site
from cunwu.portal.reader import Headers, Reader
from hostile import ODD, many, texts

NAME = "F75VEOVBRCHIZORSYENFJKND7MT446AZNF2Y6NO2TTFAFEQT3CKA"
PAGE, SECRET = b"<!doctype html><title>x</title>" * 40, b"outside"


class Asked:
    """A request, and what was answered (RSGI)."""

    def __init__(self, method: str, path: str, headers: dict[str, str]) -> None:
        self.method, self.path, self.headers = method, path, headers
        self.status, self.sent, self.body = 0, dict[str, str](), b""

    def response_empty(self, status: int, headers: Headers) -> None:
        """No body."""
        self.status, self.sent = status, dict(headers)

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """These bytes."""
        self.status, self.sent, self.body = status, dict(headers), body

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """A file."""
        self.response_bytes(status, headers, Path(file).read_bytes())


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A small site, with something beside it and something hidden in it."""
    root = tmp_path / "site"
    for path in ("zh/index.html", f"v/{NAME}/index.html", "verify.html", "log/tile/0/000", "places.json"):
        site.write(root, path, PAGE)
    (tmp_path / "outside.txt").write_bytes(SECRET)
    (root / ".hidden").write_bytes(SECRET)
    (root / "leak.txt").symlink_to(tmp_path / "outside.txt")
    return Reader(root)


PATHS = texts("/", "/zh/", f"/v/{NAME}/", f"/v/{NAME.lower()}", "/verify.html", "/log/tile/0/000", "/../outside.txt",
              "/%2e%2e/outside.txt", "/.hidden", "/leak.txt", "/zh/../../outside.txt", "//etc/passwd")  # fmt: skip
VALUES = (
    texts(
        "zh-CN,zh;q=0.9,en;q=0.8", "gzip, deflate, br;q=0", '"abc", W/"def"', "Sat, 28 Nov 2026 10:00:00 GMT"
    )
    | ODD
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "accept-language",
            "accept-encoding",
            "if-none-match",
            "if-modified-since",
            "range",
            "host",
            "cookie",
        ]
    ),
    VALUES,
)


@many
@example("GET", "/zh/", {"if-modified-since": "Sat, 28 Nov 20260000000000 10:00:00 GMT"})
@given(st.sampled_from(["GET", "HEAD", "POST", "TRACE", "OPTIONS", "\0"]), PATHS, HEADERS)
def test_any_request_is_answered_from_the_folder_alone(
    reader: Reader, method: str, path: str, headers: dict[str, str]
) -> None:
    asked = Asked(method, path, headers)
    asyncio.run(reader(asked, asked))
    assert asked.status in {200, 301, 302, 304, 404, 405}
    assert SECRET not in asked.body
    assert asked.sent["x-content-type-options"] == "nosniff"
    if "location" in asked.sent:
        assert asked.sent["location"].startswith("/")
        assert not asked.sent["location"].startswith(("//", "/\\"))
    for name, value in asked.sent.items():
        assert not set(name + value) & {"\r", "\n", "\0"}
