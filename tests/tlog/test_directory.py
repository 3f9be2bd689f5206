"""A log in a folder: growth, restarts, crashes, rivals, damage."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import pytest

from cunwu.errors import NotFound, NotReady, Refused
from cunwu.tlog import directory as directory_module
from cunwu.tlog.checkpoints import Checkpoint, CheckpointError, sign_checkpoint
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.files import LogDamaged
from cunwu.tlog.notes import Algorithm, NoteError, Signer, Verifier
from cunwu.tlog.proofs import check_proof
from cunwu.tlog.reader import LogReader, LogRolledBack
from cunwu.tlog.tiles import Tile, TileError, new_tiles
from cunwu.tlog.tree import ProofError, check_consistency, leaf_hash, root_hash


def entries(start, stop):
    return [b"entry %d" % number for number in range(start, stop)]


def test_a_new_log_is_empty_and_signed(make_log, signer):
    log = make_log(0)
    assert log.checkpoint == Checkpoint(signer.name, 0, root_hash([]))
    assert (log.path / "key").read_text() == f"{signer.verifier.vkey}\n"
    assert Verifier.parse((log.path / "key").read_text()) == signer.verifier
    assert list(log.entries()) == []
    assert log.check() == []
    with pytest.raises(ProofError):
        log.prove(0)


@pytest.mark.parametrize("steps", [[1] * 5, [255, 1, 1], [300, 300], [256, 256, 257], [1, 600, 1]])
def test_every_entry_is_proven_after_every_growth(steps, make_log, signer):
    log = make_log(0)
    size = 0
    for step in steps:
        old = log.signed_checkpoint().checkpoint if size else None
        log.append(entries(size, size + step), at=size)
        size += step
        assert log.checkpoint.root == root_hash(map(leaf_hash, entries(0, size)))
        for index in {0, size // 2, size - 1}:
            assert check_proof(b"entry %d" % index, log.prove(index), signer.verifier).index == index
            assert log.entry(index) == b"entry %d" % index
        if old:
            hashes, _ = log.prove_consistency(old.size)
            check_consistency(old.size, old.root, size, log.checkpoint.root, hashes)
        assert log.check() == []
    assert list(log.entries(size // 2)) == entries(size // 2, size)


def test_files_are_those_of_the_format_and_partial_tiles_go_once_full(make_log, folder_bytes):
    log = make_log(0)
    for size in range(250, 262):
        log.append(entries(log.size, size), at=log.size)
    files = {path for path in folder_bytes(log.path) if path.startswith("tile/")}
    assert files >= {tile.path for tile in new_tiles(0, 261)}
    assert not [path for path in files if path.startswith(("tile/0/000.p", "tile/entries/000.p"))]
    assert {path for path in files if ".p/" in path and "/0/" in path} == {
        f"tile/0/001.p/{w}" for w in range(1, 6)
    }


def test_steps_do_not_matter_to_the_bytes_of_full_tiles(make_log, folder_bytes):
    once, bit_by_bit = make_log(600, "once"), make_log(0, "steps")
    for start in range(0, 600, 37):
        bit_by_bit.append(entries(start, min(start + 37, 600)), at=start)
    wanted, got = folder_bytes(once.path), folder_bytes(bit_by_bit.path)
    assert wanted.items() <= got.items()


def test_reopening_verifies_and_goes_on(make_log, signer):
    log = make_log(300)
    again = LogDirectory(log.path, signer.name, signer, at_least=300)
    again.append(entries(300, 301))
    assert log.refresh().size == 301
    assert LogReader(log.path, signer.verifier).entry(300) == b"entry 300"


def test_repeating_an_append_adds_nothing(make_log, folder_bytes):
    log = make_log(10)
    before = folder_bytes(log.path)
    log.append(entries(4, 10), at=4)
    assert folder_bytes(log.path) == before
    assert log.append(entries(4, 12), at=4).size == 12
    assert log.append([], at=12).size == 12


def test_other_entries_at_a_place_that_is_taken_are_refused(make_log, folder_bytes):
    log = make_log(10)
    before = folder_bytes(log.path)
    with pytest.raises(NotReady) as refused:
        log.append([b"entry 8", b"forged"], at=8)
    assert refused.value.code == "log_diverged"
    with pytest.raises(NotReady) as refused:
        log.append([b"x"], at=11)
    assert refused.value.code == "log_has_gap"
    with pytest.raises(TileError):
        log.append([b"fine", b"x" * 65_536])
    assert folder_bytes(log.path) == before


def test_an_entry_beyond_the_end_is_not_found(make_log):
    log = make_log(3)
    for index in (-1, 3):
        with pytest.raises(NotFound) as refused:
            log.entry(index)
        assert refused.value.code == "no_such_entry"


def test_a_log_is_begun_once_and_opened_only_with_its_key(make_log, signer, tmp_path):
    log = make_log(2)
    with pytest.raises(NotReady) as refused:
        LogDirectory.create(log.path, signer.name, signer)
    assert refused.value.code == "log_exists"
    with pytest.raises(NoteError) as unsigned:
        LogDirectory(log.path, signer.name, Signer.generate(signer.name))
    assert unsigned.value.code == "no_trusted_signature"
    with pytest.raises(CheckpointError) as misnamed:
        LogDirectory(log.path, "other.example", signer)
    assert misnamed.value.code == "key_not_of_log"
    with pytest.raises(CheckpointError):
        LogDirectory.create(tmp_path / "w", "w", Signer.generate("w", Algorithm.COSIGNATURE))
    with pytest.raises(NotFound):
        LogDirectory(tmp_path / "nowhere", signer.name, signer)


def test_an_old_folder_put_back_is_refused(make_log, signer, folder_bytes):
    log = make_log(5)
    old = folder_bytes(log.path)
    log.append(entries(5, 9), at=5)
    for path, data in old.items():
        (log.path / path).write_bytes(data)
    with pytest.raises(LogRolledBack):
        LogDirectory(log.path, signer.name, signer, at_least=9)
    with pytest.raises(LogRolledBack):
        log.append([b"x"])
    assert LogDirectory(log.path, signer.name, signer).size == 5


def test_another_history_under_the_same_key_is_refused(make_log, signer):
    log, forged = make_log(5, "true"), make_log(0, "forged")
    forged.append([b"other %d" % number for number in range(7)])
    for file in forged.path.rglob("*"):
        if file.is_file():
            (log.path / file.relative_to(forged.path)).write_bytes(file.read_bytes())
    with pytest.raises(ProofError) as refused:
        log.refresh()
    assert refused.value.code == "consistency_not_proven"


@pytest.mark.parametrize("size", [3, 256, 300, 513])
def test_opening_refuses_a_damaged_right_edge(size, make_log, signer, folder_bytes):
    log = make_log(size)
    edge = [tile.path for tile in new_tiles(size - 1, size)]
    assert edge
    for path in edge:
        good = folder_bytes(log.path)[path]
        for bad in (good[:-1], good[:-1] + bytes([good[-1] ^ 1]), None):
            (log.path / path).unlink()
            if bad is not None:
                (log.path / path).write_bytes(bad)
            with pytest.raises(LogDamaged):
                LogReader(log.path, signer.verifier)
            (log.path / path).write_bytes(good)
    assert LogReader(log.path, signer.verifier).size == size


def test_no_proof_and_no_entry_is_handed_out_from_a_damaged_tile(make_log, signer):
    log = make_log(600)
    tile, bundle = log.path / "tile/0/000", log.path / "tile/entries/000"
    tile.write_bytes(b"\0" + tile.read_bytes()[1:])
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 7", b"entry 8", 1))
    fresh = LogReader(log.path, signer.verifier)
    with pytest.raises(LogDamaged):
        fresh.prove(1)
    with pytest.raises(LogDamaged):
        fresh.entry(7)
    with pytest.raises(LogDamaged):
        list(fresh.entries())


def test_a_reader_at_an_earlier_size_uses_the_full_tile(make_log, signer):
    """A partial tile may be gone once it is full (tlog-tiles)."""
    log = make_log(250)
    old = LogReader(log.path, signer.verifier)
    log.append(entries(250, 300), at=250)
    (log.path / "checkpoint").write_bytes(
        sign_checkpoint(Checkpoint(signer.name, 250, root_hash(map(leaf_hash, entries(0, 250)))), signer)
    )
    fresh = LogReader(log.path, signer.verifier)
    assert check_proof(b"entry 249", fresh.prove(249), signer.verifier).index == 249
    assert list(fresh.entries()) == entries(0, 250)
    assert old.size == 250


class PowerCut(BaseException):
    """Not an Exception, so that nothing tidies up behind it."""


def cut_power_after(monkeypatch, operations):
    """Let that many file operations happen, then none."""
    left = [operations]

    def counted(original):
        def operate(*arguments, **options):
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            return original(*arguments, **options)

        return operate

    for owner, name in (
        (Path, "mkdir"), (Path, "replace"), (Path, "unlink"), (Path, "open"),
        (directory_module.shutil, "rmtree"), (directory_module.write_files.__globals__["os"], "fsync"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    return left


@pytest.mark.parametrize(
    ("old", "new"),
    [(0, 2), pytest.param(254, 257, marks=pytest.mark.slow), pytest.param(2, 600, marks=pytest.mark.slow)],
)
def test_a_writer_stopped_at_any_file_operation_is_carried_on_to_the_same_bytes(
    old, new, make_log, signer, folder_bytes, monkeypatch
):
    undisturbed = make_log(old, "undisturbed")
    undisturbed.append(entries(old, new), at=old)
    wanted = folder_bytes(undisturbed.path)
    operations, cut = 0, True
    while cut:
        log = make_log(old, f"cut{operations}")
        with monkeypatch.context() as patch:
            cut_power_after(patch, operations)
            try:
                log.append(entries(old, new), at=old)
                cut = False
            except PowerCut:
                pass
        again = LogDirectory(log.path, signer.name, signer, at_least=old)
        assert again.size in {old, new}
        assert again.check() == []
        again.append(entries(old, new), at=old)
        assert folder_bytes(log.path) == wanted
        operations += 1
    assert operations > 10


def test_many_entries_at_once_are_written_a_few_files_at_a_time(make_log, folder_bytes, monkeypatch):
    wanted = make_log(900, "at once")
    monkeypatch.setattr(directory_module, "_FILES_AT_ONCE", 2)
    writes, original = [], directory_module.write_files
    monkeypatch.setattr(
        directory_module,
        "write_files",
        lambda path, files: (writes.append(len(files)), original(path, files)),
    )
    log = make_log(900)
    assert max(writes) <= 4
    assert log.checkpoint == wanted.checkpoint
    assert folder_bytes(log.path) == folder_bytes(wanted.path)
    assert log.check() == []


@pytest.mark.slow
def test_what_a_stopped_writer_left_never_enters_another_history(make_log, signer, folder_bytes, monkeypatch):
    stopped, operations = make_log(3), 0
    while not (stopped.path / "tile/0/001").exists():
        stopped, operations = make_log(3, f"cut{operations}"), operations + 1
        with monkeypatch.context() as patch:
            cut_power_after(patch, operations)
            with pytest.raises(PowerCut):
                stopped.append(entries(3, 600), at=3)
    assert stopped.refresh().size == 3
    for start in range(3, 300, 9):
        stopped.append([b"other %d" % number for number in range(start, start + 9)], at=start)
    assert stopped.check() == []
    assert not (stopped.path / "tile/0/001").exists()


def test_two_writers_make_one_history(make_log, signer):
    log = make_log(0)
    rivals = [LogDirectory(log.path, signer.name, signer) for _ in range(4)]

    def write(rival, name):
        for number in range(10):
            rival.append([b"%s %d" % (name, number)])

    threads = [threading.Thread(target=write, args=(rival, b"w%d" % n)) for n, rival in enumerate(rivals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.refresh().size == 40
    assert sorted(log.entries()) == sorted(b"w%d %d" % (n, number) for n in range(4) for number in range(10))
    assert log.check() == []


def test_a_writer_that_never_lets_go_is_reported(make_log, monkeypatch):
    log = make_log(1)
    monkeypatch.setattr(directory_module, "LOCK_SECONDS", 0.05)
    with directory_module.locked(log.path), pytest.raises(NotReady) as refused:
        log.append([b"x"])
    assert refused.value.code == "log_busy"


def test_cosignatures_are_kept_with_the_checkpoint_and_replaced(make_log, signer, witness_signer, moment):
    log = make_log(3)
    text = log.signed_checkpoint().note.text
    for _ in range(2):
        log.add_cosignature(witness_signer.sign(text, moment).line, witness_signer.verifier)
        assert len(log.signed_checkpoint([witness_signer.verifier]).cosignatures) == 1
    checked = check_proof(b"entry 1", log.prove(1), signer.verifier, [witness_signer.verifier])
    assert [witness.time for witness in checked.witnesses] == [moment]
    log.append(entries(3, 4))
    assert log.signed_checkpoint([witness_signer.verifier]).cosignatures == ()
    stale = witness_signer.sign(text, moment).line
    with pytest.raises(NoteError):
        log.add_cosignature(stale, witness_signer.verifier)
    with pytest.raises(NoteError) as refused:
        log.add_cosignature(stale, Signer.generate("other", Algorithm.COSIGNATURE).verifier)
    assert refused.value.code == "cosignature_of_another"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_log(make_log):
    log = make_log(0)
    peaks = []
    for _ in range(2):
        tracemalloc.start()
        for start in range(log.size, log.size + 6_000, 600):
            log.append(entries(start, start + 600))
            log.prove(start)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 6_000_000


def test_check_names_the_damaged_file(make_log, folder_bytes, signer):
    log = make_log(600)
    log.append(entries(600, 602))
    for path, good in folder_bytes(log.path).items():
        for bad in (good[:-2], bytes([good[0] ^ 1]) + good[1:], None):
            (log.path / path).unlink()
            if bad is not None:
                (log.path / path).write_bytes(bad)
            earlier = (
                ".p/" in path
                and bad is None
                and "602" not in path
                and path not in {tile.path for tile in new_tiles(0, 602)}
            )
            faults = log.check()
            assert earlier or any(path in (fault.path, *fault.en.split()) for fault in faults), (path, faults)
            (log.path / path).write_bytes(good)
    assert log.check() == []


def test_check_of_a_log_that_is_too_short_or_not_ours(make_log, signer):
    log = make_log(2)
    assert [fault.path for fault in directory_module.check_log(log.path, signer.verifier, at_least=3)] == [
        "checkpoint"
    ]
    other = Signer.generate(signer.name).verifier
    assert [fault.path for fault in directory_module.check_log(log.path, other)] == ["checkpoint"]


def test_refusals_name_the_file_in_both_languages(make_log, signer):
    log = make_log(300)
    (log.path / Tile(0, 0).path).unlink()
    with pytest.raises(Refused) as refused:
        LogReader(log.path, signer.verifier).prove(0)
    assert "tile/0/000" in refused.value.zh
    assert "tile/0/000" in refused.value.en
