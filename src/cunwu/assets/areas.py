"""Areas as people write them, in integer millionths of a mu: 12.5亩, 300㎡, 1.2 公顷; a mu is 2,000/3 square metres."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from cunwu.assets.models import MU, SQUARE_METRE
from cunwu.documents.cells import Cell, Unreadable, chinese_integer, plain_text

UNITS = {
    "亩": MU,
    "mu": MU,
    "平方米": SQUARE_METRE,
    "平米": SQUARE_METRE,
    "㎡": SQUARE_METRE,
    "m²": SQUARE_METRE,
    "m2": SQUARE_METRE,
    "公顷": 10_000 * SQUARE_METRE,
    "ha": 10_000 * SQUARE_METRE,
    "分": MU // 10,
    "厘": MU // 100,
}
"""Millionths of a mu in one of each."""
LARGEST = 10**7 * MU
"""Ten million mu, more than any county has: somebody mistook the unit."""
_CHINESE = re.compile(r"([零〇一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾佰仟]+)(亩|分|平方米|公顷)")
_WRITTEN = re.compile(r"([0-9][0-9,，]*(?:\.[0-9]+)?|\.[0-9]+)\s*(\D*)")


@lru_cache(maxsize=1024, typed=True)
def parse_area(value: Cell, unit: str = "亩") -> int:
    """An area above zero; `unit` where the cell names none. A number of a spreadsheet is rounded to a millionth of a mu.

    Raises Unreadable `cell.area`, `cell.area_unit`, `cell.area_decimals` (a typed one finer than that), `cell.area_range`.
    """
    text = _in_figures(plain_text(value).lower())
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise Unreadable(
            "cell.area",
            f"“{text}”不是面积，请写成“12.5亩”或“300㎡”",
            f"“{text}” is no area; write 12.5亩 or 300㎡",
        )
    named = found[2].strip() or unit
    if named not in UNITS:
        raise Unreadable(
            "cell.area_unit",
            f"不认识面积单位“{named}”，请用亩或㎡",
            f"“{named}” is no unit of area; use 亩 or ㎡",
        )
    exact = Decimal(re.sub("[,，]", "", found[1])) * UNITS[named]
    whole = exact.to_integral_value()
    if exact != whole and not isinstance(value, float):
        raise Unreadable(
            "cell.area_decimals",
            f"“{text}”太细，最多六位小数（亩）",
            f"“{text}” is too fine: six decimals of a mu at most",
        )
    if not 0 < whole <= LARGEST:
        raise Unreadable(
            "cell.area_range",
            f"面积“{text}”不合常理，请核对单位",
            f"the area “{text}” cannot be right; check the unit",
        )
    return int(whole)


def _in_figures(text: str) -> str:
    """ "四十亩" as "40亩"; anything else as it is."""
    found = _CHINESE.fullmatch(text)
    try:
        return f"{chinese_integer(found[1])}{found[2]}" if found else text
    except ValueError:
        return text


def mu_text(area: int) -> str:
    """The area in mu, without useless zeros: "12.5"."""
    return _plain(Decimal(area) / MU)


def square_metres_text(area: int) -> str:
    """The same in square metres, rounded to two decimals: "8,333.33"."""
    return _plain((Decimal(area) / SQUARE_METRE).quantize(Decimal("0.01")))


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
