"""What every entry is made of: a text in two languages, a source, a citation of one of its articles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

ARTICLE = re.compile(r"^(?P<article>[1-9]\d{0,3})(?:\.(?P<paragraph>[1-9]\d?))?(?:\((?P<item>[1-9]\d?)\))?$")
"""`35`, `35.4` (paragraph), `7(3)` (item), `35.2(1)`; empty where a document has no articles."""

_DIGITS = "零一二三四五六七八九"


class Text(BaseModel):
    """The same words in Chinese and in English; neither may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __str__(self) -> str:
        return self.zh

    def sentence(self, language: str) -> str:
        """The text in `language` ("zh", "en", or a Django language code)."""
        return self.zh if language.startswith("zh") else self.en


def chinese_number(number: int) -> str:
    """An article number as statutes write it: 5 → 五, 16 → 十六, 101 → 一百零一 (1 to 9999)."""
    if not 1 <= number <= 9999:
        raise ValueError(f"no article has the number {number}")
    words = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += _DIGITS[digit] + name
        elif words and number and not words.endswith("零"):
            words += "零"
    return words[1:] if words.startswith("一十") else words


OWN = "cunwu"
"""The source of what this software has set itself, where no paper says it."""
_WITHIN = str.maketrans("《》", "〈〉")


@dataclass(frozen=True, slots=True)
class Source:
    """A law, regulation or policy paper in one version, as `sources.yaml` lists it."""

    name: str
    title: Text
    issuer: Text
    version: Text
    from_: date | None
    to: date | None
    link: str
    pack: str


@dataclass(frozen=True, slots=True)
class Cite:
    """One place in a source."""

    source: Source
    article: str

    @property
    def zh(self) -> str:
        """《村民委员会组织法》第三十五条第四款; a title within a title stands in 〈〉 (GB/T 15834), and what is no paper in none."""
        if self.source.name == OWN:
            return self.source.title.zh
        return f"《{self.source.title.zh.translate(_WITHIN)}》{_place_zh(self.article)}"

    @property
    def en(self) -> str:
        """Organic Law of the Villagers' Committees, Article 35, paragraph 4."""
        return ", ".join(part for part in (self.source.title.en, _place_en(self.article)) if part)

    def sentence(self, language: str) -> str:
        """The citation in `language`."""
        return self.zh if language.startswith("zh") else self.en


def _parts(article: str) -> dict[str, str]:
    match = ARTICLE.match(article)
    return {k: v for k, v in match.groupdict().items() if v} if match else {}


def _place_zh(article: str) -> str:
    parts = _parts(article)
    place = f"第{chinese_number(int(parts['article']))}条" if "article" in parts else ""
    if "paragraph" in parts:
        place += f"第{chinese_number(int(parts['paragraph']))}款"
    if "item" in parts:
        place += f"第（{chinese_number(int(parts['item']))}）项"
    return place


def _place_en(article: str) -> str:
    words = {"article": "Article", "paragraph": "paragraph", "item": "item"}
    return ", ".join(f"{words[kind]} {number}" for kind, number in _parts(article).items())
