"""A sample of the faults that `bin/test --faults N` injects by the thousand."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from faults.inject import CALLS, _copy, _python, campaign, drawn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


def test_what_was_said_is_never_lost(tmp_path: Path) -> None:
    report = campaign(tmp_path, 8, seed=20261127)
    assert report.wrong == []
    assert sum(report.kinds.values()) == 8


def test_a_loss_would_be_noticed(tmp_path: Path) -> None:
    """Without a fault all five are said and nothing is wrong. Then the judge is told of a publication that there is not, a
    backup is cut off, a contract of an import goes, a byte of the log is turned: each is noticed."""
    base = tmp_path / "base"
    base.mkdir()
    _python(base, "prepare", check=True)
    whole = _copy(base, tmp_path / "whole")
    said = _python(whole, "run", check=True)
    assert [line.partition(" ")[0] for line in said] == [
        "published", "sequenced", "baked", "imported", "backed_up",
    ]  # fmt: skip
    assert not any(judged(whole, *said).values())
    assert judged(_copy(whole, tmp_path / "lost"), "published nothing")["lost"] == ["publication nothing"]
    short = _copy(whole, tmp_path / "short")
    backup = short / "backup.tar.gz"
    backup.write_bytes(backup.read_bytes()[:-2000])
    assert "cannot be read" in judged(short, *said)["halves"][0]
    half = _copy(whole, tmp_path / "half")
    with sqlite3.connect(half / "var/cunwu.sqlite3") as database:
        database.execute("UPDATE cunwu_contract SET source_id = NULL WHERE number = '2024-1'")
    found = judged(half, *said)
    assert found["halves"] == ["2 of 3 contracts"]
    assert found["lost"]
    turned = _copy(whole, tmp_path / "turned")
    (bundle,) = (turned / "var/site/log").glob("tile/entries/000.p/2")
    data = bytearray(bundle.read_bytes())
    data[-2] ^= 1
    bundle.write_bytes(data)
    assert _python(turned, "judge", *said) == [], "a log that was turned is not gone on with: the judge stops"


def judged(place: Path, *said: str) -> dict[str, list[str]]:
    """The verdict on an installation."""
    verdict: dict[str, list[str]] = json.loads(_python(place, "judge", *said, check=True)[-1])
    return verdict


def test_faults_are_drawn_from_every_call_and_kind() -> None:
    used = Counter({"write": 40, "rename": 3, "fsync": 7})
    faults = list(drawn(used, 400, seed=3))
    assert {fault.kind for fault in faults} == {"EIO", "ENOSPC", "KILL", "short"}
    assert {fault.call for fault in faults if fault.call} == set(used)
    assert all(1 <= fault.use <= used[fault.call] for fault in faults if fault.call)
    assert faults == list(drawn(used, 400, seed=3)), "the same seed, the same faults"
    assert set(used) <= set(CALLS)
