"""A log with a fixed key, so that every byte of it is the same in every run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.notes import Algorithm, Signer

ORIGIN = "log.example/county"


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(ORIGIN, Algorithm.ED25519, bytes(range(32)))


@pytest.fixture(scope="session")
def witness_signer() -> Signer:
    return Signer("witness.example/audit", Algorithm.COSIGNATURE, bytes(range(32, 64)))


@pytest.fixture
def moment() -> datetime:
    return datetime(2026, 10, 8, 2, 0, tzinfo=UTC)


@pytest.fixture
def make_log(tmp_path: Path, signer: Signer) -> Callable[[int], LogDirectory]:
    def make(size: int, name: str = "log") -> LogDirectory:
        log = LogDirectory.create(tmp_path / name, ORIGIN, signer)
        log.append([b"entry %d" % number for number in range(size)], at=0)
        return log

    return make


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    folder = Path(__file__).with_name("vectors")
    return lambda name: json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def folder_bytes() -> Callable[[Path], dict[str, bytes]]:
    """Every file of a log's folder but the lock, by path."""

    def read(folder: Path) -> dict[str, bytes]:
        files = (file for file in folder.rglob("*") if file.is_file() and file.name != ".lock")
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}

    return read
