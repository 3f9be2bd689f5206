"""A data folder, and so a log, of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    """The data folder."""
    settings.HOME = tmp_path / "var"
    settings.HOME.mkdir()
    return Path(settings.HOME)
