"""Money, days and periods as people write them, in Chinese and in English. Days are absolute: pages lie for years."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from cunwu.documents.cells import MONTHS, day_text, money_text
from cunwu.law.periods import Period

LANGUAGES = ("zh", "en")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def money(fen: int) -> str:
    """Fen as yuan: 123450 is "1,234.50"; a true minus sign, which fonts draw as wide as a digit."""
    return money_text(fen).replace("-", "−")


day = day_text


def short_day(value: str, language: str) -> str:
    """A day inside a month that is named above: 9月3日; 3 Sep. Takes the ISO form; verify-core.js writes the same."""
    when = date.fromisoformat(value)
    return f"{when.month}月{when.day}日" if language == "zh" else f"{when.day} {MONTHS[when.month - 1][:3]}"


def moment(value: datetime, language: str) -> str:
    """A time in China, to the minute."""
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date(), language)} {local:%H:%M}"


def period(value: str, language: str) -> str:
    """2026年9月; September 2026."""
    parsed = Period.parse(value)
    return parsed.zh if language == "zh" else parsed.en


def local_day(value: datetime) -> date:
    """The day in China on which `value` (aware) lies."""
    return value.astimezone(SHANGHAI).date()
