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
    return _read_once(settings.KEYS, name)


@lru_cache(maxsize=8)
def _read_once(folder: Path, name: str) -> bytes:
    """A process reads a key once; one that is missing is looked for again."""
    key = read_key(folder, name)
    if key is None:
        raise RuntimeError(f"the key '{name}' is missing in {folder}: run `cunwu init`, or bring it back")
    return key


def seal(text: str, table: str, column: str, row: str) -> bytes:
    """`text` sealed for one cell (`row` is the public id); a copy into another cell does not open there."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_key("field")).encrypt(nonce, text.encode(), f"{table}.{column}:{row}".encode())


def unseal(sealed: bytes | memoryview, table: str, column: str, row: str) -> str:
    """The text sealed for that cell. Raises `cryptography.exceptions.InvalidTag` if it was moved or changed."""
    box = bytes(sealed)
    return (
        AESGCM(_key("field")).decrypt(box[:NONCE], box[NONCE:], f"{table}.{column}:{row}".encode()).decode()
    )


def keyed_hash(text: str, purpose: str) -> str:
    """HMAC-SHA-256 of `text` for look-up; without the key nobody can try numbers against it."""
    return hmac.new(_key("index"), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
