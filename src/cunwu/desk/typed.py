"""What people type into forms: money and days as they write them; a fault names the field."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from cunwu.assets.areas import parse_area
from cunwu.desk.requests import DeskRequest
from cunwu.documents.cells import Unreadable, parse_date, parse_int, parse_money
from cunwu.errors import Invalid
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day

V = TypeVar("V")
MAX_TEXT = 2000
MONTHS = list(month_name)


def text(request: DeskRequest, name: str) -> str:
    """The field as text without the spaces around it; empty where it was not sent."""
    return request.POST.get(name, "").strip()[:MAX_TEXT]


def required(request: DeskRequest, name: str, label: Text) -> str:
    """The field as text. Raises Invalid `desk.field` where it is empty."""
    return _read(request, name, label, str)


def day(request: DeskRequest, name: str, label: Text) -> date:
    """A day: 2026-09-03, 2026年9月3日, 2026.9.3, 3 September 2026 as English pages show it; 9月3日 is taken of this
    year. Raises Invalid `desk.field`."""
    return _read(request, name, label, lambda value: _day(value, local_day(request.now)))


def fen(request: DeskRequest, name: str, label: Text) -> int:
    """Money in yuan as people write it (1,234.50 or 1.2万), as fen. Raises Invalid `desk.field`."""
    return _read(request, name, label, _money)


def area(request: DeskRequest, name: str, label: Text) -> int:
    """An area in mu, or with its unit (300㎡), as millionths of a mu. Raises Invalid `desk.field`."""
    return _read(request, name, label, parse_area)


def hundredths(request: DeskRequest, name: str, label: Text) -> int:
    """A number with two decimals at most, as hundredths (of a jin). Raises Invalid `desk.field`."""
    return _read(request, name, label, parse_money)


def optional(
    request: DeskRequest, read: Callable[[DeskRequest, str, Text], V], name: str, label: Text
) -> V | None:
    """What `read` (one of the above) reads, or None where the field is empty: not stated."""
    return read(request, name, label) if text(request, name) else None


def stated(request: DeskRequest, name: str) -> bool | None:
    """Of a choice "yes", "no" or not stated."""
    return {"yes": True, "no": False}.get(text(request, name))


def whole(request: DeskRequest, name: str, label: Text) -> int:
    """A whole number. Raises Invalid `desk.field`."""
    return _read(request, name, label, parse_int)


def month(value: str) -> Period:
    """The month of an address or a field. Raises Invalid `law.period`."""
    return Period.parse(value)


def _money(value: str) -> int:
    number = value.removesuffix("元").removesuffix("万")
    return parse_money(number) * (10_000 if "万" in value else 1)


def _day(value: str, today: date) -> date:
    words = value.title().split()
    if len(words) == 3 and words[1] in MONTHS:
        value = f"{words[2]}-{MONTHS.index(words[1]):02}-{words[0]}"
    return parse_date(value, month=today)


def _read(request: DeskRequest, name: str, label: Text, parse: Callable[[str], V]) -> V:
    value = text(request, name)
    if not value:
        raise Invalid(
            "desk.field", f"“{label.zh}”没有填写，请填写后再提交。", f"“{label.en}” is empty; fill it in."
        )
    try:
        return parse(value)
    except Unreadable as fault:
        raise Invalid(
            "desk.field",
            f"“{label.zh}”：{fault.zh}，请改正。",
            f"“{label.en}”: {fault.en}; please correct it.",
        ) from None
