"""The offline verifier: one file with its style and script inside, which anyone can keep and use without a network."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.utils.safestring import mark_safe

from cunwu.portal.rendering import template

STATIC = Path(__file__).resolve().parents[1] / "static" / "portal"
PARTS = (
    "verify-core.js",
    "verify-words.js",
    "verify-show.js",
    "verify-tell-words.js",
    "verify-tell.js",
    "offline.js",
)
_IMPORT = re.compile(r"^import .*$\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


@cache
def verifier() -> bytes:
    """verify.html: the modules in one script, the style, and a policy that allows exactly these two by their hashes."""
    style = (STATIC / "cunwu.css").read_text(encoding="utf-8")
    script = "\n".join(_plain((STATIC / name).read_text(encoding="utf-8")) for name in PARTS)
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; form-action 'none'; base-uri 'none'"
    )
    page = template("offline.html", policy=policy, style=mark_safe(style), script=mark_safe(script))  # noqa: S308
    return page.encode()


def _plain(module: str) -> str:
    """A module's text as part of one script: what the parts import from each other stands in the same scope."""
    return _EXPORT.sub("", _IMPORT.sub("", module))


def _hash(part: str) -> str:
    """As content security policies name a script or style (W3C CSP 3, 2.3.1)."""
    return f"sha256-{b64encode(sha256(part.encode()).digest()).decode()}"
