"""An empty log for every test, and a sheet that went the whole way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from disclosure.steps import publish


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    """A data folder, and so a log, of the test's own."""
    settings.HOME = tmp_path / "var"
    settings.HOME.mkdir()
    return Path(settings.HOME)


@pytest.fixture
def published(village: Any, now: datetime) -> Publication:
    """September's sheet, published and in the log."""
    publication = publish(village, now)
    log.sequence(now=now)
    return publication


@pytest.fixture
def files_with(home: Path) -> Callable[[bytes], list[Path]]:
    """Every file of the data folder that holds these bytes."""
    return lambda needle: [p for p in home.rglob("*") if p.is_file() and needle in p.read_bytes()]
