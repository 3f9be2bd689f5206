"""Go's sumdb/tlog and note accept our folder, and refuse it once anything in it is changed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from cunwu.tlog.tiles import new_tiles

pytestmark = pytest.mark.go

_spec = importlib.util.spec_from_file_location("gocheck_run", Path(__file__).with_name("gocheck") / "run.py")
gocheck = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(gocheck)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    try:
        return gocheck.build(tmp_path_factory.mktemp("gocheck"))
    except gocheck.GoAbsent as absent:
        pytest.skip(str(absent))


@pytest.fixture
def grown(make_log, tmp_path, signer, witness_signer, moment):
    """A cosigned log of 600 entries and the checkpoints on its way."""
    log, olds = make_log(0), []
    for size in (0, 1, 255, 256, 257, 600):
        log.append([b"entry %d" % number for number in range(log.size, size)], at=log.size)
        olds.append(tmp_path / f"checkpoint-{size}")
        olds[-1].write_bytes((log.path / "checkpoint").read_bytes())
    log.add_cosignature(
        witness_signer.sign(log.signed_checkpoint().note.text, moment).line, witness_signer.verifier
    )
    return log, olds


def test_go_accepts_entries_growth_and_cosignature(program, grown, signer, witness_signer):
    log, olds = grown
    done = gocheck.check(program, log.path, signer.verifier.vkey, [witness_signer.verifier.vkey], olds)
    assert (done.returncode, done.stdout) == (0, "600 entries, 2 signatures, 6 earlier checkpoints\n"), (
        done.stderr
    )


def test_go_refuses_a_changed_log(program, grown, signer, witness_signer):
    log, _ = grown
    vkey, cosigner = signer.verifier.vkey, witness_signer.verifier.vkey
    changed = [tile.path for tile in new_tiles(0, 600)] + ["checkpoint"]
    for path in changed:
        file = log.path / path
        good = file.read_bytes()
        file.write_bytes(good[:-40] + bytes([good[-40] ^ 1]) + good[-39:])
        assert gocheck.check(program, log.path, vkey, [cosigner]).returncode == 1, path
        file.write_bytes(good)
    assert gocheck.check(program, log.path, vkey, [cosigner]).returncode == 0


def test_go_refuses_another_history_and_a_missing_witness(program, grown, make_log, signer, witness_signer):
    _, olds = grown
    other = make_log(0, "other")
    other.append([b"other %d" % number for number in range(700)])
    assert gocheck.check(program, other.path, signer.verifier.vkey).returncode == 0
    assert gocheck.check(program, other.path, signer.verifier.vkey, olds=olds[-1:]).returncode == 1
    unsigned = gocheck.check(program, other.path, signer.verifier.vkey, [witness_signer.verifier.vkey])
    assert unsigned.returncode == 1
