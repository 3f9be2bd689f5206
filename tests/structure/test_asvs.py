"""docs/asvs.md answers every requirement of levels 1 and 2 of ASVS 5.0.0 once, names files that exist, and counts right."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "asvs.md").read_text(encoding="utf-8")
NUMBERS = Path(__file__).parent / "data" / "asvs-5.0.0.csv"
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| ([^|]+) \| (holds|does not|n/a) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
NAMED = re.compile(r"(?<![\w/.])((?:[\w-]+/)+[\w-]+\.(?:py|md|html|conf|service)|\w+\.py|uv\.lock)")


def numbers() -> dict[str, int]:
    """Every requirement of levels 1 and 2 with its level."""
    lines = [line for line in NUMBERS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["number"]: int(row["level"]) for row in csv.DictReader(lines)}


def test_the_list_of_numbers_is_whole() -> None:
    assert Counter(numbers().values()) == {1: 70, 2: 183}


def test_every_requirement_is_answered_once_and_nothing_else_is() -> None:
    answered = [number for number, *_ in ROWS]
    assert len(re.findall(r"^\| V\d", PAGE, re.MULTILINE)) == len(answered), "a row in another form"
    assert Counter(answered) == Counter(numbers().keys())


def test_the_counts_are_those_of_the_table() -> None:
    found = Counter(verdict for _, _, verdict, _ in ROWS)
    told = re.search(r"Of (\d+) requirements (\d+) hold, (\d+) do not, (\d+) have no counterpart", PAGE)
    assert told is not None
    assert [int(each) for each in told.groups()] == [
        len(ROWS),
        found["holds"],
        found["does not"],
        found["n/a"],
    ]


def test_every_file_that_is_named_is_there() -> None:
    named = {name for *_, where in ROWS for name in NAMED.findall(where)}
    assert len(named) > 60
    roots = (PROJECT, PROJECT / "src" / "cunwu")
    short = {"security.md": "docs/security.md", "deploying.md": "docs/operating/deploying.md"}
    absent = [name for name in named if not any((root / short.get(name, name)).exists() for root in roots)]
    assert absent == []
