"""The two languages of the desk, side by side at the place where they are said.

There is no catalogue to fall behind: a sentence is written in both languages where it is used, in templates by
`{% say %}` and in Python by `say`.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import get_language

from cunwu.documents.cells import day_text as written_day
from cunwu.law.deadlines import SHANGHAI
from cunwu.law.periods import Period
from cunwu.org.authority import rules


def language() -> str:
    """The language of this request: "zh" or "en"."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def say(zh: str, en: str, **values: object) -> str:
    """The sentence in this request's language, `{name}` filled from `values`."""
    text = zh if language() == "zh" else en
    return text.format(**values) if values else text


def day_text(day: date | datetime | None) -> str:
    """A day as people write it, always absolute; a moment is shown by its day in China. Nothing for None."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = day.astimezone(SHANGHAI).date()
    return written_day(day, language())


def moment_text(moment: datetime | None) -> str:
    """A moment in China's time, to the minute."""
    return "" if moment is None else f"{day_text(moment)} {moment.astimezone(SHANGHAI):%H:%M}"


def period_text(period: str | Period) -> str:
    """A period as people say it. Raises Invalid `law.period`."""
    found = Period.parse(period) if isinstance(period, str) else period
    return found.zh if language() == "zh" else found.en


def office_title(office: str) -> str:
    """The office's title from the packs; its name where the packs of today no longer have it."""
    known = rules().offices.get(office)
    return known.title.sentence(language()) if known else office
