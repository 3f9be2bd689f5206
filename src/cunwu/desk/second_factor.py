"""The secrets behind the six digits and the recovery codes, sealed at rest: a copy of the database shows none of them."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter

from cunwu.org.secrets import seal, unseal

_CELL = ("authenticator", "secret", "")
"""The library names no row: a secret is bound to its column, not to its account."""
SEALED = "sealed:"


def seal_secret(text: str, *, key: bytes | None = None) -> str:
    """`text` as it is stored; `key` where it is not the installation's present one."""
    return SEALED + base64.b64encode(seal(text, *_CELL, key=key)).decode()


def open_secret(stored: str, *, key: bytes | None = None) -> str:
    """What was sealed. Raises `cryptography.exceptions.InvalidTag` under another key."""
    return unseal(base64.b64decode(stored.removeprefix(SEALED)), *_CELL, key=key)


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Stores the secrets of second factors sealed."""

    def encrypt(self, text: str) -> str:
        """As it is stored."""
        return seal_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        """As it was."""
        return open_secret(encrypted_text)
