"""How an entry commits to a document without showing it.

The commitment is SHA-256 over a fixed line, a random salt and the document's bytes. The salt lies beside the
document: whoever has both can check them against the public entry, and once both are erased the entry says
nothing about what they held. The salt has one fixed length: otherwise its last bytes could later be passed
off as the beginning of the document.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from cunwu.errors import Invalid

SALT_BYTES = 32
_DOMAIN = b"cunwu/commitment/1\n"


class CommitmentError(Invalid):
    """The salt does not have its fixed length."""


def new_salt() -> bytes:
    """32 bytes from the system's random source; one per document, never used again."""
    return secrets.token_bytes(SALT_BYTES)


def commit(document: bytes, salt: bytes) -> str:
    """The commitment to `document` under `salt` (32 bytes), 64 hex digits. Raises `CommitmentError`."""
    if len(salt) != SALT_BYTES:
        raise CommitmentError(
            "salt_length",
            f"盐值应为{SALT_BYTES}字节（{2 * SALT_BYTES}位十六进制），现为{len(salt)}字节，"
            "请使用随文件保存的盐值",
            f"the salt has {SALT_BYTES} bytes ({2 * SALT_BYTES} hex digits), not {len(salt)}; use the one "
            "kept with the file",
        )
    return sha256(_DOMAIN + salt + document).hexdigest()
