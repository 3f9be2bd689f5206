"""What people write down about a case: never blank, never longer than its column, never with somebody's number."""

from __future__ import annotations

from cunwu.documents import redaction
from cunwu.errors import Invalid


def clean_words(code: str, zh: str, en: str, text: str, longest: int) -> str:
    """`text` without the spaces around it. Raises Invalid `code` where it is blank or longer than `longest`, with the
    sentences given; Invalid `redaction.*` where it holds an identity or account number."""
    text = text.strip()
    if not text or len(text) > longest:
        raise Invalid(code, f"{zh}，最多{longest}个字。", f"{en}, at most {longest} characters.")
    redaction.require_no_numbers(text)
    return text
