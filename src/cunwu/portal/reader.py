"""The residents' server: answers with baked files and nothing else. No Django, no database, one small process.

What it adds to a plain static server: strong validators and 304, the `.br` and `.gz` files beside a page, the
addresses of scanned codes in any case, security headers. A file is read once and kept while its time and size stay.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import stat
import sys
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from granian.constants import Interfaces
from granian.server.embed import Server

from cunwu.portal.policy import OFFLINE_POLICY, PAGE_POLICY

LARGEST_KEPT = 1_000_000
MOST_KEPT = 64_000_000
_PATH = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)?")
_SCANNED = re.compile(r"(?P<language>/en)?/v/(?P<name>[a-z2-7]{52})(?P<slash>/?)", re.IGNORECASE)
_NO_SUCH_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_NO_WEIGHT = re.compile(r"q=0(\.0*)?")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_SECURITY = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
_FRAMES = "; frame-ancestors 'none'"
_WORDS = {
    404: (
        "没有这个页面",
        "There is no such page",
        "可以从首页找自己的村。",
        "Find your village from the front page.",
    ),
    405: ("只能读取", "Reading only", "这里的页面只供阅读。", "The pages here can only be read."),
}

Headers = list[tuple[str, str]]


class Scope(Protocol):
    """What the server tells about a request (RSGI)."""

    method: str
    path: str
    headers: Any


class Answer(Protocol):
    """How a request is answered (RSGI)."""

    def response_empty(self, status: int, headers: Headers) -> None:
        """No body."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """These bytes."""

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """The bytes of a file."""


@dataclass(frozen=True, slots=True)
class Form:
    """One representation of a file: the headers to send with it, its strong validator, its bytes."""

    headers: Headers
    etag: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as last read: what says that it is still the same, and its forms by encoding ("" for plain)."""

    key: tuple[int, int, int]
    modified: int
    forms: dict[str, Form]
    size: int


class Reader:
    """Serves the folder `site`."""

    def __init__(self, site: Path) -> None:
        self._site = site.resolve()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._held = 0

    async def __call__(self, scope: Scope, answer: Answer) -> None:
        """One request (RSGI)."""
        if scope.method not in {"GET", "HEAD"}:
            self._refuse(405, scope, answer, [("allow", "GET, HEAD")])
            return
        path = scope.path
        if path == "/":
            self._redirect(f"/{preferred_language(scope.headers.get('accept-language', ''))}/", 302, answer)
            return
        scanned = _SCANNED.fullmatch(path)
        if scanned is not None:
            proper = f"{(scanned['language'] or '').lower()}/v/{scanned['name'].upper()}/"
            if path != proper:
                self._redirect(proper, 301, answer)
                return
        self._send(path, scope, answer)

    def _send(self, path: str, scope: Scope, answer: Answer) -> None:
        if _PATH.fullmatch(path) is None:
            self._refuse(404, scope, answer)
            return
        relative = f"{path[1:]}index.html" if path.endswith("/") else path[1:]
        kept = self._file(relative)
        if kept is None:
            if not path.endswith("/") and self._file(f"{relative}/index.html") is not None:
                self._redirect(f"{path}/", 301, answer)
            else:
                self._refuse(404, scope, answer)
            return
        form = _choose(kept, scope.headers.get("accept-encoding", ""))
        if _unchanged(scope.headers, form.etag, kept.modified):
            answer.response_empty(
                304, [h for h in form.headers if h[0] not in {"content-length", "content-type"}]
            )
        elif scope.method == "HEAD":
            answer.response_empty(200, form.headers)
        else:
            answer.response_bytes(200, form.headers, form.body)

    def _file(self, relative: str) -> Kept | None:
        """The file below the site, read again when its time, size or inode changed; None if there is none."""
        target = f"{self._site}/{relative}"
        try:
            found = os.stat(target)  # noqa: PTH116  (a Path costs more than the call)
        except OSError as error:
            if error.errno not in _NO_SUCH_FILE:
                raise
            self._forget(relative)
            return None
        key = (found.st_mtime_ns, found.st_size, found.st_ino)
        kept = self._kept.get(relative)
        if kept is not None and kept.key == key:
            return kept
        self._forget(relative)
        real = Path(target).resolve()
        if not stat.S_ISREG(found.st_mode) or self._site not in real.parents:
            return None
        kept = _read(real, relative, key, int(found.st_mtime))
        self._keep(relative, kept)
        return kept

    def _keep(self, relative: str, kept: Kept) -> None:
        if kept.size > LARGEST_KEPT:
            return
        self._kept[relative] = kept
        self._held += kept.size
        while self._held > MOST_KEPT:
            self._forget(next(iter(self._kept)))

    def _forget(self, relative: str) -> None:
        kept = self._kept.pop(relative, None)
        if kept is not None:
            self._held -= kept.size

    def _redirect(self, location: str, status: int, answer: Answer) -> None:
        headers = [("location", location), ("content-length", "0"), *_SECURITY]
        if status == 302:
            headers += [("vary", "accept-language"), ("cache-control", "no-cache")]
        answer.response_empty(status, headers)

    def _refuse(self, status: int, scope: Scope, answer: Answer, more: Headers | None = None) -> None:
        zh, en, what_zh, what_en = _WORDS[status]
        body = (
            f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><title>{zh} · {en}</title>'
            f'<link rel="stylesheet" href="/static/cunwu.css"><main><h1>{zh}</h1><p>{what_zh} <a href="/zh/">首页</a></p>'
            f'<h2 lang="en">{en}</h2><p lang="en">{what_en} <a href="/en/">Front page</a></p></main></html>'
        ).encode()
        headers = [
            ("content-type", _TYPES[".html"]),
            ("content-length", str(len(body))),
            ("cache-control", "no-cache"),
            ("content-security-policy", PAGE_POLICY + _FRAMES),
            *_SECURITY,
            *(more or []),
        ]
        if scope.method == "HEAD":
            answer.response_empty(status, headers)
        else:
            answer.response_bytes(status, headers, body)


def preferred_language(accepted: str) -> str:
    """ "en" where the header asks for English before Chinese (RFC 9110, 12.5.4), else "zh"."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accepted.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        language = name.partition("-")[0]
        weight = parameter.strip().removeprefix("q=") if parameter else "1"
        if language in weights and re.fullmatch(r"[01](\.\d{0,3})?", weight):
            weights[language] = max(weights[language], float(weight))
    return "en" if weights["en"] > weights["zh"] else "zh"


def _read(real: Path, relative: str, key: tuple[int, int, int], modified: int) -> Kept:
    bodies = {"": real.read_bytes()}
    for encoding, suffix in _ENCODINGS:
        copy = real.with_name(real.name + suffix)
        if copy.is_file():
            bodies[encoding] = copy.read_bytes()
    common = [
        ("content-type", _type_of(relative)),
        ("last-modified", formatdate(modified, usegmt=True)),
        ("cache-control", _caching(relative)),
        *_SECURITY,
    ]
    if relative.endswith(".html"):
        policy = OFFLINE_POLICY if relative == "verify.html" else PAGE_POLICY
        common.append(("content-security-policy", policy + _FRAMES))
    if len(bodies) > 1:
        common.append(("vary", "accept-encoding"))
    forms = {encoding: _form(body, encoding, common) for encoding, body in bodies.items()}
    return Kept(key, modified, forms, sum(len(body) for body in bodies.values()))


def _form(body: bytes, encoding: str, common: Headers) -> Form:
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = [("content-length", str(len(body))), ("etag", etag), *common]
    if encoding:
        headers.append(("content-encoding", encoding))
    return Form(headers, etag, body)


def _type_of(relative: str) -> str:
    if relative in {"log/checkpoint", "log/key"}:
        return _TYPES[".txt"]
    return _TYPES.get(Path(relative).suffix, "application/octet-stream")


def _caching(relative: str) -> str:
    if relative.startswith("log/tile/"):
        return "public, max-age=31536000, immutable"
    if relative.startswith("log/"):
        return "no-cache"
    return "public, max-age=0, must-revalidate"


def _choose(kept: Kept, accepted: str) -> Form:
    """The form to send: Brotli before gzip, where the request takes it (a weight of 0 refuses, RFC 9110, 12.5.3)."""
    if len(kept.forms) > 1 and accepted:
        wanted = {
            coding.strip()
            for coding, _, weight in (part.partition(";") for part in accepted.lower().split(","))
            if not _NO_WEIGHT.fullmatch(weight.strip())
        }
        for encoding, _ in _ENCODINGS:
            if encoding in wanted and encoding in kept.forms:
                return kept.forms[encoding]
    return kept.forms[""]


def _unchanged(headers: Any, etag: str, modified: int) -> bool:
    """Whether the requester holds this very form (RFC 9110, 13.2.2)."""
    known = headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return modified <= parsedate_to_datetime(since).timestamp()
    except (TypeError, ValueError, OverflowError):
        return False


def serve(host: str, port: int, site: Path) -> None:
    """Serve `site` on `host`:`port` until SIGTERM or SIGINT. Runs an event loop of its own in this process."""
    asyncio.run(_serve(host, port, site))


async def _serve(host: str, port: int, site: Path) -> None:
    server = Server(
        Reader(site), address=host, port=port, interface=Interfaces.RSGI, websockets=False, log_enabled=False
    )
    for caught in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(caught, server.stop)
    await server.serve()


def main(argv: list[str]) -> int:
    """`python -m cunwu.portal.reader HOST PORT SITE`."""
    if len(argv) != 3 or not argv[1].isdecimal():
        print("usage: python -m cunwu.portal.reader HOST PORT SITE", file=sys.stderr)
        return 2
    serve(argv[0], int(argv[1]), Path(argv[2]))
    sys.stderr.flush()
    # Nothing is left to tidy, and the server's threads may outlive the interpreter and panic (granian issue 693).
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
