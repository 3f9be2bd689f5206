"""Sensitive fields at rest: sealed with AES-256-GCM bound to table, column and row; found by a keyed hash only."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from cunwu.installation import read_key

NONCE = 12


def _key(name: str) -> bytes:
    try:
        found = (settings.KEYS / f"{name}.key").stat()
    except FileNotFoundError:
        raise RuntimeError(
            f"the key '{name}' is missing in {settings.KEYS}: run `cunwu init`, or bring it back"
        ) from None
    return _read_once(settings.KEYS, name, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=8)
def _read_once(folder: Path, name: str, *_file: int) -> bytes:
    """A process reads a key once, and again when another file has taken its place."""
    return read_key(folder, name) or b""


def seal(text: str, table: str, column: str, row: str, *, key: bytes | None = None) -> bytes:
    """`text` sealed for one cell (`row` is the public id); a copy into another cell does not open there. `key` where it is
    not the installation's present one."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key or _key("field")).encrypt(
        nonce, text.encode(), f"{table}.{column}:{row}".encode()
    )


def unseal(sealed: bytes | memoryview, table: str, column: str, row: str, *, key: bytes | None = None) -> str:
    """The text sealed for that cell. Raises `cryptography.exceptions.InvalidTag` if it was moved or changed."""
    box = bytes(sealed)
    return (
        AESGCM(key or _key("field"))
        .decrypt(box[:NONCE], box[NONCE:], f"{table}.{column}:{row}".encode())
        .decode()
    )


def keyed_hash(text: str, purpose: str, *, key: bytes | None = None) -> str:
    """HMAC-SHA-256 of `text` for look-up; without the key nobody can try numbers against it."""
    return hmac.new(key or _key("index"), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
