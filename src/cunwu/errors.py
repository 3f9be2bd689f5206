"""The refusals of the house: a code for machines and one sentence for people.

A refusal says what is wrong, where, by which clause, and what to do next, in Chinese and in English.
Faults of our own are never a `Refused`: they crash loudly.
"""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """Something a person asked for and may not have, with the reason.

    `code` is stable and documented in docs/refusals.md; `zh` and `en` are one sentence each;
    `basis` names the clause ("村民委员会组织法第三十五条"), empty where no law is behind it.
    `details` carries figures for machines (row numbers, limits), never personal data.
    """

    status: ClassVar[int] = 400

    def __init__(
        self, code: str, zh: str, en: str, *, basis: str = "", basis_en: str = "", **details: object
    ) -> None:
        super().__init__(code, zh, en)
        self.code = code
        self.zh = zh
        self.en = en
        self.basis = basis
        self.basis_en = basis_en or basis
        self.details = details

    def __str__(self) -> str:
        return self.zh if not self.basis else f"{self.zh}（依据：{self.basis}）"

    def sentence(self, language: str) -> str:
        """The sentence in `language` ("zh" or "en", or a Django language code), with its clause."""
        if language.startswith("zh"):
            return str(self)
        return self.en if not self.basis_en else f"{self.en} (Basis: {self.basis_en})"

    def as_json(self) -> dict[str, object]:
        """The one error shape of the API and of `--json`."""
        body: dict[str, object] = {"code": self.code, "zh": self.zh, "en": self.en}
        if self.basis:
            body["basis"] = self.basis
        if self.details:
            body["details"] = self.details
        return {"error": body}


class NotAllowed(Refused):
    """The actor's office does not carry the right here and today."""

    status = 403


class NotReady(Refused):
    """A step before this one is missing, or its time has not come or is over."""

    status = 409


class NotFound(Refused):
    """Nothing by that name where it was looked for."""

    status = 404


class Invalid(Refused):
    """What came in cannot be read or contradicts itself; names file, row and column where there are any."""

    status = 422


class TooOften(Refused):
    """Asked too fast; `wait` says after how many whole seconds it goes on. Nothing is locked."""

    status = 429

    def __init__(self, code: str, zh: str, en: str, *, wait: int) -> None:
        super().__init__(code, zh, en, wait=wait)
        self.wait = wait
