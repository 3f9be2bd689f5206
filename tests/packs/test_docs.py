"""docs/packs.md is what people copy from: its examples are read by the same reader, its lists are complete."""

import re
from pathlib import Path

import pytest

from cunwu.law.calendar import CalendarYear
from cunwu.law.capabilities import CAPABILITIES
from cunwu.law.entries import CatalogueEntry, DutyEntry, OfficeEntry, PackHead, SourceData, ValueEntry
from cunwu.law.examples import Examples
from cunwu.law.reader import read

DOC = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
MODELS = [PackHead, SourceData, ValueEntry, OfficeEntry, CatalogueEntry, DutyEntry, CalendarYear, Examples]


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
        model.model_validate(content)


def test_every_capability_is_listed():
    for name in CAPABILITIES:
        assert f"`{name}`" in DOC
