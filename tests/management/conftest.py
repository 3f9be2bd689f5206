"""A data folder and a log of each test's own, and the command line run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from cunwu.management import run
from cunwu.org.models import DataOrigin


@dataclass
class Ran:
    """What a command left: its exit code, what it printed, what it said on stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one JSON object."""
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    """A data folder of the test's own."""
    settings.HOME = tmp_path / "var"
    settings.HOME.mkdir()
    return Path(settings.HOME)


@pytest.fixture
def demo_data(db: None, home: Path) -> None:
    """An empty demo installation."""
    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.DEMO)


@pytest.fixture
def cunwu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """`cunwu("packs", "check")` as the shell would run it, in English."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def command(*argv: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in argv])
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return command
