"""Passwords that are guessed first here: a well-known one or a word of this office with digits around it, a telephone or
identity number."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from cunwu.desk.wording import say

# fmt: off
WORDS = frozenset((
    "cunwu", "cunwei", "cunzhang", "cunguan", "cungongkai", "dangzhibu", "zhishu", "kuaiji", "chuna",
    "nongjing", "nongjingzhan", "xiangzheng", "zhenzhengfu", "village", "accountant", "secretary",
    "disclosure", "admin", "administrator", "root", "村务", "村务公开", "村委会", "村委", "村长",
    "党支部", "支部书记", "书记", "会计", "出纳", "农经站", "镇政府", "乡政府",
))
# fmt: on
"""Context words of ASVS 6.1.2; the county's own names are added to them."""
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_NUMBER = re.compile(r"(\+?86)?1[3-9]\d{9}|\d{17}[\dx]")


class GuessedFirst:
    """A validator as Django's: what is left without digits and signs at both ends must be no known password or word of
    this office; nor may the whole be a telephone or identity number."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:  # noqa: ARG002  (Django's signature)
        """Raises ValidationError `guessed_first`."""
        folded = password.casefold()
        core = _AROUND.sub("", folded)
        if core in _known() or _NUMBER.fullmatch(folded):
            raise ValidationError(self.get_help_text(), code="guessed_first")

    def get_help_text(self) -> str:
        """One sentence, in the reader's language."""
        return say(
            "密码不能是常见词、本单位或本职务的名称再加数字，也不能是手机号、身份证号；请用几个互不相干的词。",
            "A password must not be a common word or a name of this office with digits around it, nor a telephone or identity "
            "number; use several words that have nothing to do with each other.",
        )


@cache
def _known() -> frozenset[str]:
    titles = f"{settings.CUNWU.title_zh} {settings.CUNWU.title_en}".casefold().split()
    return frozenset(CommonPasswordValidator().passwords) | WORDS | frozenset(titles)
