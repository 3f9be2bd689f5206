"""Terms, years, kinds and rents as ledgers really write them: read exactly, or said to be unreadable; never guessed.

What is read in one of several possible ways carries a note that says which; whoever imports is told.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from cunwu.assets.models import Asset, Contract
from cunwu.assets.schedules import add_months
from cunwu.documents.cells import Cell, Unreadable, chinese_integer, parse_date, plain_text, shown
from cunwu.law.texts import Text

_OPEN = re.compile(r"长期|永久|无固定期限|不定期")
_POINT = r"(\d{4})\s*(?:年|[./-])\s*(\d{1,2})(?:\s*(?:月|[./-])\s*(?:(\d{1,2})\s*[日号]?)?)?"
_PACKED = re.compile(r"(?<!\d)((?:19|20|21)\d{2})(\d{2})(\d{2})(?!\d)")
_MONTH = re.compile(r"(\d{4})\s*(?:年|[./-])\s*(\d{1,2})\s*月?份?")
_RANGE = re.compile(rf"[自从]?{_POINT}\s*起?\s*(?:[至到]|[-—–~]+)\s*{_POINT}\s*止?(.*)", re.DOTALL)
_NUMERAL = "零〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰两"
_YEARS = re.compile(rf"(\d+(?:\.0)?|[{_NUMERAL}]+)\s*年?")
_YEARS_WITHIN = re.compile(rf"(\d{{1,2}}|[{_NUMERAL}]+)\s*年(?![\d月])")
_JIN = re.compile(r"(\d+(?:\.\d{1,2})?)\s*市?斤")
_GOODS = re.compile(r"稻谷|水稻|大米|小麦|玉米|大豆|黄豆|花生|粮食|皮棉|茶叶")
LONGEST_YEARS = 200
CALENDAR = range(1900, 2400)
"""Years that a contract may begin or end in."""
MONTH_ONLY = Text(
    zh="期限只写到月，按{first}起、{last}止读取",
    en="the term names months only and was read as from {first} to {last}",
)
ANNIVERSARY = Text(
    zh="起止是同月同日，按整{years}年读取（最后一天{last}）",
    en="it begins and ends on the same day of the year and was read as {years} whole years (last day {last})",
)
OTHER_YEARS = Text(
    zh="写的年限是{years}年，与起止日期不符，按起止日期读取",
    en="it says {years} years, which the days do not make; the days were taken",
)


@dataclass(frozen=True, slots=True)
class Term:
    """A term as half-open days, how it was read where more than one reading is possible, and whether it has no end."""

    from_day: date | None = None
    until_day: date | None = None
    open_ended: bool = False
    note: Text | None = None


@lru_cache(maxsize=1024, typed=True)
def parse_term(value: Cell, years: int | None = None) -> Term:
    """ "2019.3-2029.3", "自2005年7月1日起至2030年7月1日止，共贰拾伍年", "长期". A number of years alone is not a term: `years`
    is checked against the days. Raises Unreadable `cell.term`, `cell.date_impossible`."""
    text = _PACKED.sub(r"\1-\2-\3", unicodedata.normalize("NFKC", plain_text(value)))
    if _OPEN.search(text):
        return Term(open_ended=True)
    found = _RANGE.fullmatch(text.replace("－", "-"))
    if found is None:
        raise _not_a_term(value)
    first, last, rest = found.groups()[:3], found.groups()[3:6], found[7]
    written = _YEARS_WITHIN.search(rest)
    return between(
        _point(first, value), _point(last, value), years or (_number(written[1]) if written else None)
    )


def between(first: date | tuple[int, int], last: date | tuple[int, int], years: int | None = None) -> Term:
    """The term from `first` to `last`, each a day or (year, month). A last day on the day of the year on which it began
    makes whole years, as people mean it; any other is the last day on which it runs."""
    begins = first if isinstance(first, date) else date(*first, 1)
    note: Text | None = None
    if isinstance(last, tuple):
        month_end = add_months(date(*last, 1), 1)
        until = date(*last, 1) if isinstance(first, tuple) and first[1] == last[1] else month_end
        note = _told(MONTH_ONLY, first=begins, last=until - timedelta(days=1))
    elif (last.month, last.day) == (begins.month, begins.day) and last > begins:
        until = last
        note = _told(ANNIVERSARY, years=last.year - begins.year, last=until - timedelta(days=1))
    else:
        until = last + timedelta(days=1)
    if years and add_months(begins, years * 12) not in {
        until,
        until - timedelta(days=1),
        until + timedelta(days=1),
    }:
        note = _told(OTHER_YEARS, years=years)
    return Term(begins, until, note=note)


def parse_point(value: Cell) -> date | tuple[int, int]:
    """A day, or (year, month) where no day is written. Raises Unreadable as `parse_date`."""
    text = unicodedata.normalize("NFKC", plain_text(value))
    if isinstance(value, str) and (found := _MONTH.fullmatch(text)):
        return _point((found[1], found[2], None), value)
    return parse_date(value)


def parse_years(value: Cell) -> int:
    """A number of years: 30, "12年", "贰拾伍年". Raises Unreadable `cell.years`."""
    found = _YEARS.fullmatch(unicodedata.normalize("NFKC", plain_text(value)))
    years = _number(found[1]) if found else 0
    if not 0 < years <= LONGEST_YEARS:
        raise Unreadable("cell.years", f"“{shown(value)}”不是年数", f"“{shown(value)}” is no number of years")
    return years


def parse_in_kind(value: Cell) -> tuple[str, int]:
    """Rent in kind for each mu: "每亩稻谷柒佰市斤(700斤)" is ("稻谷", 70000), hundredths of a jin.

    Raises Unreadable `cell.in_kind` where goods, quantity or "亩" is missing.
    """
    text = unicodedata.normalize("NFKC", plain_text(value))
    goods, amounts = _GOODS.search(text), {m[1] for m in _JIN.finditer(text)}
    if goods is None or len(amounts) != 1 or "亩" not in text:
        raise Unreadable(
            "cell.in_kind",
            f"“{shown(value)}”不是每亩实物租金",
            f"“{shown(value)}” is no rent in kind for each mu",
        )
    return goods[0], int(Decimal(amounts.pop()) * 100)


CONTRACT_WORDS: dict[str, str] = {
    "流转": Contract.Kind.TRANSFER,
    "转包": Contract.Kind.TRANSFER,
    "租": Contract.Kind.LEASE,
    "承包": Contract.Kind.OTHER_CONTRACTING,
    "合作": Contract.Kind.COOPERATION,
    "入股": Contract.Kind.COOPERATION,
    "工程": Contract.Kind.WORKS,
    "施工": Contract.Kind.WORKS,
    "采购": Contract.Kind.PURCHASE,
    "服务": Contract.Kind.PURCHASE,
    "其他": Contract.Kind.OTHER,
}
ASSET_WORDS: dict[str, str] = {
    "机动地": Asset.Kind.RESERVE_LAND,
    "测增": Asset.Kind.SURPLUS_LAND,
    "新增耕地": Asset.Kind.SURPLUS_LAND,
    "建设用地": Asset.Kind.CONSTRUCTION_LAND,
    "宅基地": Asset.Kind.CONSTRUCTION_LAND,
    "荒": Asset.Kind.FOUR_WASTES,
    "园": Asset.Kind.ORCHARD,
    "林": Asset.Kind.FOREST,
    "草": Asset.Kind.GRASSLAND,
    "塘": Asset.Kind.WATER,
    "水库": Asset.Kind.WATER,
    "水面": Asset.Kind.WATER,
    "光伏": Asset.Kind.PHOTOVOLTAIC,
    "房": Asset.Kind.BUILDING,
    "舍": Asset.Kind.BUILDING,
    "建筑": Asset.Kind.BUILDING,
    "机": Asset.Kind.EQUIPMENT,
    "设备": Asset.Kind.EQUIPMENT,
    "车": Asset.Kind.EQUIPMENT,
    "耕地": Asset.Kind.FARMLAND,
    "水田": Asset.Kind.FARMLAND,
    "旱地": Asset.Kind.FARMLAND,
    "承包地": Asset.Kind.FARMLAND,
    "农用地": Asset.Kind.FARMLAND,
    "其他": Asset.Kind.OTHER,
}
"""A word within the cell of a column of kinds, and what it means; the first that fits counts."""


def parse_kind(value: Cell, words: dict[str, str]) -> str:
    """The kind that a cell names. Raises Unreadable `cell.kind`."""
    text = plain_text(value)
    found = next((kind for word, kind in words.items() if word in text), None)
    if found is None:
        raise Unreadable(
            "cell.kind", f"不认识“{shown(value)}”这一类", f"“{shown(value)}” is no kind known here"
        )
    return str(found)


def parse_yes(value: Cell) -> bool:
    """Yes or no: 是, 有, √; 否, 无, ×. Raises Unreadable `cell.yes`."""
    text = unicodedata.normalize("NFKC", plain_text(value)).strip()
    if text in {"是", "有", "√", "1", "书面", "纸质", "有合同", "已签", "已签订", "书面合同"}:
        return True
    if text in {"否", "无", "×", "x", "X", "0", "口头", "没有", "无合同", "未签", "未签订", "口头合同"}:
        return False
    raise Unreadable(
        "cell.yes", f"“{shown(value)}”看不出是“有”还是“无”", f"“{shown(value)}” is neither yes nor no"
    )


def _point(parts: tuple[str | None, ...], value: Cell) -> date | tuple[int, int]:
    year, month, day = int(parts[0] or 0), int(parts[1] or 0), parts[2]
    try:
        first = date(year if year in CALENDAR else 0, month, int(day) if day else 1)
    except ValueError:
        raise Unreadable(
            "cell.date_impossible",
            f"没有“{shown(value)}”里的这一天",
            f"there is no such day in “{shown(value)}”",
        ) from None
    return first if day else (year, month)


def _number(text: str) -> int:
    figures = text.removesuffix(".0")
    if figures.isdecimal():
        return int(figures) if len(figures) <= len(str(LONGEST_YEARS)) else 0
    try:
        return chinese_integer(text)
    except ValueError:
        return 0


def _told(text: Text, **values: object) -> Text:
    return Text(zh=text.zh.format(**values), en=text.en.format(**values))


def _not_a_term(value: Cell) -> Unreadable:
    return Unreadable(
        "cell.term",
        f"“{shown(value)}”看不出起止日期",
        f"“{shown(value)}” does not say from when until when",
    )
