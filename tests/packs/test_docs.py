"""docs/packs.md is what people copy from: its examples are read by the same reader, its lists are complete."""

import re
from pathlib import Path
from typing import get_args

import pytest

from cunwu.law.calendar import CalendarYear
from cunwu.law.capabilities import CAPABILITIES
from cunwu.law.entries import CatalogueEntry, DutyEntry, OfficeEntry, PackHead, SourceData, ValueEntry
from cunwu.law.examples import Ask, Examples
from cunwu.law.powers import (
    GUARD_KEYS,
    MEETING_STEPS,
    MeetingEntry,
    PowerEntry,
    ProcedureEntry,
    ReservedEntry,
    RightEntry,
    StepKind,
)
from cunwu.law.programmes import ProgrammeEntry
from cunwu.law.reader import read
from cunwu.law.screening import RuleEntry

DOC = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
MODELS = [
    PackHead,
    SourceData,
    ValueEntry,
    OfficeEntry,
    CatalogueEntry,
    DutyEntry,
    MeetingEntry,
    ProcedureEntry,
    PowerEntry,
    ReservedEntry,
    RightEntry,
    RuleEntry,
    ProgrammeEntry,
    CalendarYear,
    Examples,
]


def test_every_kind_has_its_example():
    assert len(BLOCKS) == len(MODELS)


@pytest.mark.parametrize(
    ("block", "model"), list(zip(BLOCKS, MODELS, strict=False)), ids=[m.__name__ for m in MODELS]
)
def test_an_example_can_be_copied(tmp_path, block, model):
    path = tmp_path / "example.yaml"
    path.write_text(block, encoding="utf-8")
    sheet = read(path, "example.yaml")
    assert sheet.faults == []
    contents = sheet.data.values() if model is SourceData else [sheet.data]
    for content in contents:
        entry = model.model_validate(content)
        if hasattr(entry, "history"):
            assert list(entry.faults_within()) == []


def rows(heading: str) -> dict[str, list[str]]:
    """The table below `heading`: its cells by what stands first in each row."""
    _, _, rest = DOC.partition(f"| {heading} |")
    cells = [line.strip("| ").split(" | ") for line in rest.split("\n\n")[0].splitlines()[2:]]
    return {first.strip("` "): others for first, *others in cells}


def test_every_guard_stands_in_the_table_with_its_keys():
    table = rows("guard")
    assert set(table) == set(GUARD_KEYS)
    for kind, keys in GUARD_KEYS.items():
        assert set(re.findall(r"`(\w+)`", table[kind][1])) == keys, kind


def test_every_step_stands_in_the_table():
    table = rows("step")
    assert set(table) == set(get_args(StepKind))
    for kind, (_, takes) in table.items():
        assert ("`meeting`" in takes) == (kind in MEETING_STEPS)
        assert ("`item`" in takes) == (kind == "disclosure")


def test_every_question_stands_in_the_table():
    for name, field in Ask.model_fields.items():
        key = field.alias or name
        assert re.search(rf"[{{ ]{key}: ", DOC), key


def test_every_capability_is_listed():
    for name in CAPABILITIES:
        assert f"`{name}`" in DOC
