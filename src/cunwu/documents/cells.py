"""What people write into a cell, as values: money in fen, days, whole numbers, voucher numbers.

Exact or refused: nothing is rounded except the binary dust of Excel's own floating-point numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Final, Literal

Cell = str | int | float | bool | date | datetime | time | timedelta

UNITS: Final = {"分": 1, "角": 10, "元": 100, "百元": 10_000, "千元": 100_000, "万元": 1_000_000}
SPOKEN: Final = UNITS | {"千": 100_000, "万": 1_000_000, "亿": 10**10}
"""Units as people write them behind a figure, where "元" is left out."""
LARGEST_FEN: Final = 10**14
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DUST: Final = Decimal("0.000001")
_EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation])
"""A figure of so many digits is refused; the usual 28 would round it unasked."""

_DIGITS: Final = {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")} | {
    c: i for i, c in enumerate("〇一二三四五六七八九")
}
_DIGITS.update({"貳": 2, "參": 3, "叄": 3, "陸": 6, "两": 2, "兩": 2, "弍": 2})
_PLACES: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_SECTIONS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_NUMERALS: Final = "".join([*_DIGITS, *_PLACES, *_SECTIONS])

_PLAIN = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(\.\d*)?|(\.\d+)")
_CHINESE = re.compile(
    rf"(?:([{_NUMERALS}]+)[元圆圓])?零?(?:([{_NUMERALS}])角)?零?(?:([{_NUMERALS}])分)?[整正]?"
)
_FULL_DATE = re.compile(
    r"(\d{4})(?:年(\d{1,2})月(\d{1,2})日?|([-./])(\d{1,2})\4(\d{1,2})|(\d{2})(\d{2}))"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
)
_MONTH_DAY = re.compile(r"(\d{1,2})(?:月(\d{1,2})日?|[-./](\d{1,2}))")
_DAY = re.compile(r"(\d{1,2})[日号]?")
_INTEGER = re.compile(r"([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?[张份件页笔个户人号]?")
_WORD_NUMBER = re.compile(r"([^\d\s\-—_第]*?)[字]?[\s\-—_第]*(\d{1,6})[号]?")
_ACCOUNT = re.compile(r"(?:[\[【(]?([0-9][0-9.\-]*[0-9]|[0-9])[\]】)]?)?\s*(.*)", re.DOTALL)


class Unreadable(ValueError):
    """A cell that is not what its column says; the caller adds the file, the row and the column.

    `code` is stable ("cell.money", "cell.date", …); `zh` and `en` are half-sentences without a full stop.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code, zh, en)
        self.code = code
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return self.zh


def is_blank(value: Cell | None) -> bool:
    """Nothing there: None, or text of spaces only."""
    return value is None or (isinstance(value, str) and not value.strip())


def shown(value: Cell) -> str:
    """The value as a refusal may quote it: short, and no run of eleven or more digits is repeated."""
    text = re.sub(r"\d{11,}", lambda m: f"{m[0][:3]}…{m[0][-2:]}", plain_text(value))
    return text if len(text) <= 20 else text[:19] + "…"


def plain_text(value: Cell | None) -> str:
    """The cell as text, as Excel would show it without a format: 12.0 is "12", a date "2026-09-03"."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return str(value)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def money_text(fen: int) -> str:
    """Fen as yuan for people: 123450 is "1,234.50", -5 is "-0.05"."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"


def day_text(value: date | str, language: str) -> str:
    """A day for people: 2026年10月8日; 8 October 2026. Takes a day or its ISO form."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _not_money(value: Cell) -> Unreadable:
    return Unreadable(
        "cell.money", f"“{shown(value)}”不是金额", f"“{shown(value)}” is not an amount of money"
    )


def _whole_fen(amount: Decimal, unit: str, value: Cell, *, binary: bool) -> int:
    """`amount` of `unit` as fen; `binary` forgives what a float cannot hold, up to a millionth of a fen."""
    try:
        fen = _EXACT.multiply(amount, Decimal(SPOKEN[unit]))
    except Inexact:
        raise _not_money(value) from None
    nearest = fen.to_integral_value()
    if abs(nearest) >= LARGEST_FEN:
        raise Unreadable(
            "cell.money_too_large", f"“{shown(value)}”超出一万亿元", f"“{shown(value)}” is too large"
        )
    if fen != nearest and not (binary and abs(fen - nearest) <= _DUST):
        raise Unreadable(
            "cell.money_decimals",
            f"“{shown(value)}”不足一分，金额最多精确到分",
            f"“{shown(value)}” has parts of a fen; money has two decimals at most",
        )
    return int(nearest)


@lru_cache(maxsize=4096, typed=True)
def parse_money(value: Cell, unit: str = "元") -> int:
    """Money in fen from text or a number, exactly; `unit` is what the header says ("元", "万元", …).

    Text may have thousands separators, ￥, full-width digits, its own unit (1.2万; it wins over the header's),
    brackets for negative, or be in Chinese numerals (贰拾伍万叁仟元整). A lone dash is zero, as accountants
    write it. Raises `Unreadable`; blank cells are the caller's (see `is_blank`).
    """
    if unit not in UNITS:
        raise KeyError(unit)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _not_money(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _not_money(value)
    if not isinstance(value, str):
        return _whole_fen(Decimal(repr(value)), unit, value, binary=isinstance(value, float))
    text = re.sub(r"\s+", "", _folded(value)) if any(c in _NUMERALS for c in value) else _folded(value)
    if text in {"-", "--", "—", "——"}:
        return 0
    negative, text = _sign(text)
    text = re.sub(r"^(?:人民币|RMB|CNY|¥)[::]?\s*", "", text, flags=re.IGNORECASE)
    if not negative:
        negative, text = _sign(text)
    fen = _unsigned(text, unit, value)
    return -fen if negative else fen


def _sign(text: str) -> tuple[bool, str]:
    if len(text) > 2 and text[0] == "(" and text[-1] == ")":
        return True, text[1:-1].strip()
    if text[:1] in {"-", "负", "負"}:
        return True, text[1:].strip()
    return False, text[1:].strip() if text[:1] == "+" else text


def _unsigned(text: str, unit: str, value: Cell) -> int:
    if text and text[0] in _NUMERALS and not text[0].isdecimal():
        return _chinese_fen(text, value)
    for name in sorted(SPOKEN, key=len, reverse=True):
        if text.endswith((name, name + "整", name + "正")):
            unit, text = name, text[: text.rindex(name)].strip()
            break
    if not text.isascii() or not _PLAIN.fullmatch(text):
        raise _not_money(value)
    try:
        return _whole_fen(Decimal(text.replace(",", "")), unit, value, binary=False)
    except InvalidOperation:
        raise _not_money(value) from None


def _chinese_fen(text: str, value: Cell) -> int:
    match = _CHINESE.fullmatch(text)
    if match is None or not any(match.groups()):
        raise _not_money(value)
    try:
        yuan = chinese_integer(match[1]) if match[1] else 0
        small = [_DIGITS[match[i]] if match[i] else 0 for i in (2, 3)]
    except (KeyError, ValueError):
        raise _not_money(value) from None
    return _whole_fen(Decimal(yuan * 100 + small[0] * 10 + small[1]), "分", value, binary=False)


def chinese_integer(text: str) -> int:
    """Chinese numerals as a number; ValueError unless places and sections descend as they must."""
    total, section, digit, last_place, last_section = 0, 0, -1, 10**4, 10**12
    for c in text:
        if c in _DIGITS:
            if digit > 0:
                raise ValueError(text)
            digit = _DIGITS[c]
        elif c in _PLACES:
            place = _PLACES[c]
            if place >= last_place or (digit <= 0 and not (place == 10 and section == 0 and total == 0)):
                raise ValueError(text)
            section, last_place, digit = section + max(digit, 1) * place, place, -1
        else:
            size = _SECTIONS[c]
            section += max(digit, 0)
            if size >= last_section or section == 0:
                raise ValueError(text)
            total, last_section = total + section * size, size
            section, digit, last_place = 0, -1, 10**4
    return total + section + max(digit, 0)


def _not_date(value: Cell) -> Unreadable:
    return Unreadable(
        "cell.date",
        f"“{shown(value)}”不是日期，请写成2026-09-03这样的形式",
        f"“{shown(value)}” is not a date; write it like 2026-09-03",
    )


def _day(year: int, month: int, day: int, value: Cell) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unreadable(
            "cell.date_impossible", f"没有“{shown(value)}”这一天", f"there is no such day as “{shown(value)}”"
        ) from None
    if not 1949 <= year <= 2100:
        raise _not_date(value)
    return found


def parse_date(value: Cell, *, month: date | None = None) -> date:
    """The day that a cell names. `month` (any day in it) completes "9月3日" and "3", refused without it.

    Reads Excel's dates and serial numbers, 2026-09-03, 2026.9.3, 2026/9/3, 20260903, 2026年9月3日. A year of
    two digits and a month without a day are refused. Raises `Unreadable`.
    """
    if isinstance(value, datetime):
        return _day(value.year, value.month, value.day, value)
    if isinstance(value, date):
        return _day(value.year, value.month, value.day, value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _not_date(value)
    if isinstance(value, str):
        return _date_from_text(_folded(value), value, month)
    if isinstance(value, float) and not value.is_integer() and not 30_000 <= value < 80_000:
        raise _not_date(value)
    number = int(value)
    if 30_000 <= number < 80_000:
        found = date(1899, 12, 30) + timedelta(days=number)
        return _day(found.year, found.month, found.day, value)
    return _date_from_text(str(number), value, month)


def _date_from_text(text: str, value: Cell, month: date | None) -> date:
    if match := _FULL_DATE.fullmatch(text):
        parts = (match[2] or match[5] or match[7], match[3] or match[6] or match[8])
        return _day(int(match[1]), int(parts[0]), int(parts[1]), value)
    if month is None:
        raise _not_date(value)
    if match := _MONTH_DAY.fullmatch(text):
        written = int(match[1])
        # "9/3" may be meant either way round: believed only where it begins with the month that is asked for.
        if match[2] is None and written != month.month:
            raise _not_date(value)
        return _day(month.year, written, int(match[2] or match[3]), value)
    if match := _DAY.fullmatch(text):
        return _day(month.year, month.month, int(match[1]), value)
    raise _not_date(value)


def parse_int(value: Cell) -> int:
    """A whole number from a number or text ("12", "１２", "1,200", "3张"). Raises `Unreadable`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    match = _INTEGER.fullmatch(_folded(value)) if isinstance(value, str) else None
    if match is None or not match[2].isascii() or len(match[2].replace(",", "")) > 15:
        raise Unreadable(
            "cell.integer", f"“{shown(value)}”不是整数", f"“{shown(value)}” is not a whole number"
        )
    return int(match[1] + match[2].replace(",", ""))


def parse_word_number(value: Cell) -> tuple[str, int]:
    """A joined voucher number as word and number: "记-12", "记字第12号", "银付 3", or 12 without a word."""
    match = _WORD_NUMBER.fullmatch(_folded(plain_text(value)))
    if match is None:
        raise Unreadable(
            "cell.voucher_number",
            f"“{shown(value)}”不是凭证字号，请写成“记-12”这样的形式",
            f"“{shown(value)}” is not a voucher number; write it like 记-12",
        )
    return match[1], int(match[2])


def parse_side(value: Cell) -> Literal["debit", "credit"]:
    """The side of a posting from a 方向 column: 借 or 贷. Raises `Unreadable`."""
    text = _folded(plain_text(value)).lower()
    if text in {"借", "借方", "debit", "dr"}:
        return "debit"
    if text in {"贷", "贷方", "貸", "credit", "cr"}:
        return "credit"
    raise Unreadable(
        "cell.side",
        f"“{shown(value)}”不是借贷方向，应为“借”或“贷”",
        f"“{shown(value)}” is neither 借 (debit) nor 贷 (credit)",
    )


def parse_account(value: Cell) -> tuple[str, tuple[str, ...]]:
    """An account as its code ("" if none is written) and the path of its name.

    "102 银行存款" is ("102", ("银行存款",)); "银行存款/农商行" is ("", ("银行存款", "农商行")).
    """
    match = _ACCOUNT.fullmatch(_folded(plain_text(value)))
    code, name = (match[1] or "", match[2]) if match else ("", "")
    path = tuple(part for part in (p.strip() for p in re.split(r"[/\\_>—\-|]+", name)) if part)
    return code.replace(".", "").replace("-", ""), path
