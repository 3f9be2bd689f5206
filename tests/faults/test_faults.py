"""A sample of the faults that `bin/test --faults N` injects by the thousand."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from faults.inject import CALLS, Fault, _copy, _python, campaign, drawn, tried

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


def test_what_was_said_is_never_lost(tmp_path: Path) -> None:
    report = campaign(tmp_path, 8, seed=20261127)
    assert report.wrong == []
    assert sum(report.kinds.values()) == 8


def test_a_loss_would_be_noticed(tmp_path: Path) -> None:
    """The judge is told of a publication that there is not; a byte of the log is turned; a backup is cut off."""
    base = tmp_path / "base"
    base.mkdir()
    _python(base, "prepare", check=True)
    _, said, verdict = tried(base, tmp_path, Counter(), Fault("short", use=100_000_000))
    assert [line.partition(" ")[0] for line in said] == [
        "published", "sequenced", "baked", "imported", "backed_up",
    ]  # fmt: skip
    assert not any(verdict.values())
    spoilt = _copy(base, tmp_path / "spoilt")
    assert '"lost": ["publication nothing"]' in _python(spoilt, "judge", "published nothing")[-1]
    (bundle,) = (spoilt / "var/site/log").glob("tile/entries/000.p/1")
    data = bytearray(bundle.read_bytes())
    data[-2] ^= 1
    bundle.write_bytes(data)
    assert _python(spoilt, "judge") == [] or '"faults": []' not in _python(spoilt, "judge")[-1]


def test_faults_are_drawn_from_every_call_and_kind() -> None:
    used = Counter({"write": 40, "rename": 3, "fsync": 7})
    faults = list(drawn(used, 400, seed=3))
    assert {fault.kind for fault in faults} == {"EIO", "ENOSPC", "KILL", "short"}
    assert {fault.call for fault in faults if fault.call} == set(used)
    assert all(1 <= fault.use <= used[fault.call] for fault in faults if fault.call)
    assert faults == list(drawn(used, 400, seed=3)), "the same seed, the same faults"
    assert set(used) <= set(CALLS)
