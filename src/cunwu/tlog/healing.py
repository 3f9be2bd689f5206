"""A log's folder made whole again from its entries: the tiles follow from them, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from cunwu.errors import Refused
from cunwu.tlog.checkpoints import Checkpoint, open_checkpoint
from cunwu.tlog.directory import LOCK_FILE, LogDirectory, locked
from cunwu.tlog.files import CHECKPOINT_FILE, KEY_FILE, LogFiles, write_files
from cunwu.tlog.notes import Signer, Verifier

_BATCH = 65_536


def heal(
    path: Path, origin: str, signer: Signer, entries: Sequence[bytes], *, cosigned: Sequence[Path] = ()
) -> int:
    """Make the folder `path` the log of exactly `entries`; returns how many files were written or removed.

    The log is built anew beside it and each file that is missing, or is not the same, is replaced; what belongs to no
    tile of this size is removed. `cosigned` are folders whose checkpoint, if it is over the very same tree, is kept
    with its cosignatures; `path` itself counts as the first of them. The caller has made sure that `entries` are what
    was signed before: nothing here compares histories.

    Side effects in order, under the log's lock: tiles, then key, then checkpoint, then removals. Stopped in between, it
    is run again. Raises `TileError` for an entry that is too long, `NotReady` if the log is busy.
    """
    built = path.with_name(f"{path.name}.healing")
    shutil.rmtree(built, ignore_errors=True)
    try:
        log = LogDirectory.create(built, origin, signer)
        for start in range(0, len(entries), _BATCH):
            log.append(entries[start : start + _BATCH])
        note = _cosigned(log.checkpoint, signer.verifier, [path, *cosigned])
        if note is not None:
            write_files(built, {CHECKPOINT_FILE: note})
        path.mkdir(parents=True, exist_ok=True)
        with locked(path):
            return _replace(path, built)
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _cosigned(checkpoint: Checkpoint, log: Verifier, folders: Sequence[Path]) -> bytes | None:
    """The first signed checkpoint over the same tree that one of `folders` has."""
    for folder in folders:
        try:
            note = LogFiles(folder).read_checkpoint()
            if open_checkpoint(note, log).checkpoint == checkpoint:
                return note
        except Refused:
            continue
    return None


def _replace(path: Path, built: Path) -> int:
    wanted, there = _files(built), _files(path)
    last = [name for name in (KEY_FILE, CHECKPOINT_FILE) if name in wanted]
    other = [name for name in [*sorted(wanted - set(last)), *last] if not _same(path / name, built / name)]
    for name in other:
        write_files(path, {name: (built / name).read_bytes()})
    for name in there - wanted:
        (path / name).unlink()
    return len(other) + len(there - wanted)


def _files(folder: Path) -> set[str]:
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return found - {LOCK_FILE}


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()
