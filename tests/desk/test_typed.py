"""Days as the pages of both languages show them are read back."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.test import RequestFactory

from cunwu.desk import typed
from cunwu.errors import Invalid
from cunwu.law.texts import Text

DAY = Text(zh="日期", en="Day")


@pytest.mark.parametrize(
    "written", ["2026-09-03", "2026年9月3日", "3 September 2026", "9月3日", "03 september 2026"]
)
def test_a_day_as_shown_is_a_day_as_typed(written: str, now: datetime) -> None:
    request = RequestFactory().post("/", {"day": written})
    request.now = now  # type: ignore[attr-defined]
    assert typed.day(request, "day", DAY) == date(2026, 9, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["31 September 2026", "3 Septembre 2026", "x September 2026"])
def test_no_such_day(written: str, now: datetime) -> None:
    request = RequestFactory().post("/", {"day": written})
    request.now = now  # type: ignore[attr-defined]
    with pytest.raises(Invalid):
        typed.day(request, "day", DAY)  # type: ignore[arg-type]
