"""`cunwu find-place`"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandParser

from cunwu.management.base import Command as Base
from cunwu.org.finding import find_places
from cunwu.org.models import Place


class Command(Base):
    """Places by name, a part of it, pinyin or initials."""

    help = "查找地方。 Find places by their name, a part of it, its pinyin or its initials."

    def options(self, parser: CommandParser) -> None:
        """What is looked for."""
        parser.add_argument("text")

    def run(self, options: dict[str, Any]) -> None:
        """One line a place: id, code, name, and what it lies in."""
        found = find_places(options["text"])
        self.report(
            options, [_line(place) for place in found], {"places": [_plain(place) for place in found]}
        )


def _line(place: Place) -> str:
    return f"{place.public_id}  {place.code:<12}  {place.name_zh}  {' '.join(_above(place))}"


def _plain(place: Place) -> dict[str, Any]:
    named = {"id": place.public_id, "code": place.code, "level": place.level, "name": place.name_zh}
    return {**named, "lies_in": _above(place)}


def _above(place: Place) -> list[str]:
    """Names of up to three places above, the nearest first."""
    names: list[str] = []
    while place.parent is not None and len(names) < 3:
        place = place.parent
        names.append(place.name_zh)
    return names
