"""A log in a folder, written by the one who holds its key.

An append writes entry bundles and tiles first and the checkpoint last, each file under another name, synced,
then renamed. So a reader never sees a checkpoint without its tiles, and a writer that was stopped at any
point is carried on by calling `append` again with the same entries. A lock keeps two processes from writing
two histories.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cunwu.errors import NotReady
from cunwu.tlog.check import Fault, check_log
from cunwu.tlog.checkpoints import Checkpoint, CheckpointError, sign_checkpoint, signing_key
from cunwu.tlog.files import CHECKPOINT_FILE, KEY_FILE, LogFiles, write_files
from cunwu.tlog.notes import Algorithm, NoteError, Signature, Signer, Verifier, format_note, split_note
from cunwu.tlog.reader import LogReader
from cunwu.tlog.tiles import (
    ENTRIES,
    TILE_WIDTH,
    RightEdge,
    Tile,
    encode_bundle,
    new_tiles,
    require_entry,
    tile_width,
)
from cunwu.tlog.tree import EMPTY_ROOT, leaf_hash

LOCK_FILE = ".lock"
LOCK_SECONDS = 30.0
_FILES_AT_ONCE = 64


class LogDirectory(LogReader):
    """The log `origin` in a folder, with the key that signs it. The key is named after the origin."""

    def __init__(self, path: Path, origin: str, signer: Signer, *, at_least: int = 0) -> None:
        """Open and verify, as `LogReader`; `at_least` is the size that the caller knows the log to have had.

        Raises what `LogReader` raises, and `CheckpointError` if `signer` is not an Ed25519 key named
        `origin`.
        """
        _require_key(origin, signer)
        self._signer = signer
        super().__init__(path, signer.verifier, at_least=at_least)

    @classmethod
    def create(cls, path: Path, origin: str, signer: Signer) -> Self:
        """Begin a log: the folder, its public key, a signed checkpoint of no entries.

        Raises `NotReady` if the folder holds a log already, `CheckpointError` if the key is not named
        `origin`.
        """
        _require_key(origin, signer)
        path.mkdir(parents=True, exist_ok=True)
        with locked(path):
            if (path / CHECKPOINT_FILE).exists():
                raise NotReady(
                    "log_exists",
                    f"“{path}”中已有日志，不能重建；请直接打开它，或另选文件夹",
                    f"{path} holds a log already and is not begun anew; open it, or choose another folder",
                )
            empty = sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), signer)
            write_files(path, {KEY_FILE: f"{signer.verifier.vkey}\n".encode()})
            write_files(path, {CHECKPOINT_FILE: empty})
        return cls(path, origin, signer)

    def append(self, entries: Sequence[bytes], *, at: int | None = None) -> Checkpoint:
        """Add `entries` (65,535 bytes each at most) and sign the new checkpoint.

        `at` is the index at which the first of them is to stand, so that the call can be repeated after a
        crash: those that stand there already are not added again. Without it they are added at the end.

        Side effects in order, under the log's lock: bundles and tiles are written and synced, then the
        checkpoint, then partial tiles that became full are removed. Raises `TileError` for an entry that is
        too long (nothing is written), `NotReady` if `at` is beyond the end, if other entries stand there, if
        the folder's key is another one by now, or if the log is busy.
        """
        for entry in entries:
            require_entry(entry)
        with locked(self.path):
            self._require_current_key()
            old = self.refresh().size
            start = old if at is None else at
            fresh = self._without_present(entries, start)
            if fresh:
                root = self._write_tiles(fresh)
                checkpoint = Checkpoint(self.verifier.name, old + len(fresh), root)
                write_files(self.path, {CHECKPOINT_FILE: sign_checkpoint(checkpoint, self._signer)})
                self.refresh(at_least=checkpoint.size)
            for tile in new_tiles(start, self.size):
                if tile == tile.full:
                    shutil.rmtree(self.path / f"{tile.path}.p", ignore_errors=True)
        return self.checkpoint

    def add_cosignature(self, line: str, witness: Verifier) -> None:
        """Put a witness's signature line under the current checkpoint, in place of an earlier one by the same
        key.

        Raises `NoteError` if the line is not by `witness` over this very checkpoint (it may have moved on).
        """
        signature = Signature.parse(line if line.endswith("\n") else f"{line}\n")
        if signature.key != witness.key:
            raise NoteError(
                "cosignature_of_another",
                f"签名行是“{signature.key}”的，不是见证人“{witness.key}”的，未采用",
                f"the signature line is by {signature.key}, not by the witness {witness.key}; it was not "
                "used",
            )
        with locked(self.path):
            self.refresh()
            text, signatures = split_note(self._note)
            witness.verify(text, signature.signature)
            others = [present for present in signatures if present.key != witness.key]
            write_files(self.path, {CHECKPOINT_FILE: format_note(text, [*others, signature])})
            self.refresh()

    def check(self) -> list[Fault]:
        """Read and hash every file of the log (`check_log`); an empty list if nothing is wrong."""
        return check_log(self.path, self.verifier, at_least=self.size)

    def _require_current_key(self) -> None:
        """The folder names the key that signs it: whoever holds another one would sign a second history."""
        if (self.path / KEY_FILE).read_bytes() != f"{self.verifier.vkey}\n".encode():
            raise NotReady(
                "log_key_changed",
                f"日志文件夹写明的公钥不是“{self.verifier.key}”，没有续写；换钥没有做完的请再运行一次，"
                "否则用check命令核对",
                f"the log's folder names another key than {self.verifier.key}, so nothing was written; run the change "
                "of the key once more if it was interrupted, else check the log",
            )

    def _without_present(self, entries: Sequence[bytes], start: int) -> Sequence[bytes]:
        """Those of `entries` that are not in the log yet, the first of them to stand at index `start`."""
        if start > self.size:
            raise NotReady(
                "log_has_gap",
                f"日志现有{self.size}条存证，不能从第{start}条（从0起数）写起，请先补齐中间的存证",
                f"the log has {self.size} entries; index {start} cannot be written before those in between",
            )
        present = self.size - start
        for number, (there, wanted) in enumerate(zip(self.entries(start), entries, strict=False)):
            if there != wanted:
                raise NotReady(
                    "log_diverged",
                    f"日志第{start + number}条（从0起数）已是另一条存证，不能改写；请停止续写并核对存证队列",
                    f"index {start + number} of the log holds another entry, which is never changed; stop "
                    "and "
                    "compare the queue of entries with the log",
                )
        return entries[present:]

    def _write_tiles(self, entries: Sequence[bytes]) -> bytes:
        """Write the bundles and tiles for `entries` after those of the checkpoint; returns the new root."""
        old = self.size
        edge = RightEdge(old, self._files.read_tile)
        number, held_already = divmod(old, TILE_WIDTH)
        held = self._bundle(number, old) if held_already else []
        pending: dict[Tile, bytes] = {}
        start = 0
        while start < len(entries):
            chunk = entries[start : start + TILE_WIDTH - len(held)]
            start += len(chunk)
            held = [*held, *chunk]
            pending[Tile(ENTRIES, (old + start - 1) // TILE_WIDTH, len(held))] = encode_bundle(held)
            pending |= dict(edge.add(map(leaf_hash, chunk)))
            held = held if len(held) < TILE_WIDTH else []
            if len(pending) > _FILES_AT_ONCE:
                self._write(pending)
                pending = {}
        for tile, hashes in edge.partial_tiles():
            if tile.width != tile_width(old, tile.level, tile.index):
                pending[tile] = hashes
        self._write(pending)
        return edge.root()

    def _write(self, tiles: dict[Tile, bytes]) -> None:
        """Write `tiles`, first removing what a stopped writer left of them beyond the signed size."""
        for tile in tiles:
            signed = tile_width(self.size, tile.level, tile.index)
            if tile != tile.full and signed < TILE_WIDTH:
                (self.path / tile.full.path).unlink(missing_ok=True)
            partials = self.path / f"{tile.full.path}.p"
            for file in list(partials.iterdir()) if partials.is_dir() else []:
                if not file.name.isdecimal() or int(file.name) > signed:
                    file.unlink()
        write_files(self.path, {tile.path: data for tile, data in tiles.items()})


def replace_key(path: Path, earlier: Verifier, signer: Signer) -> None:
    """Sign the checkpoint in the folder `path` with `signer` in place of the key `earlier`, which ends; cosignatures stay.

    Side effects in order, under the log's lock: the folder's key, then its checkpoint. Stopped in between it is run again;
    until then nobody can append. Raises what `LogReader` raises where the folder is not a log that one of the two keys
    signed, and `CheckpointError` if `signer` is not named after the log.
    """
    _require_key(earlier.name, signer)
    with locked(path):
        note = LogFiles(path).read_checkpoint()
        LogReader(path, signing_key(note, [earlier, signer.verifier]))
        text, signatures = split_note(note)
        kept = [each for each in signatures if each.key not in {earlier.key, signer.verifier.key}]
        write_files(path, {KEY_FILE: f"{signer.verifier.vkey}\n".encode()})
        write_files(path, {CHECKPOINT_FILE: format_note(text, [signer.sign(text), *kept])})


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the log's lock, which excludes other processes and other threads. Raises `NotReady` after 30
    seconds."""
    with (folder / LOCK_FILE).open("a") as file:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise NotReady(
                        "log_busy",
                        f"日志“{folder}”正由另一进程写入，已等{LOCK_SECONDS:.0f}秒，请稍后再试",
                        f"another process has been writing the log {folder} for {LOCK_SECONDS:.0f} seconds; "
                        "try later",
                    ) from None
                time.sleep(0.01)
        yield


def _require_key(origin: str, signer: Signer) -> None:
    if signer.name != origin or signer.algorithm is not Algorithm.ED25519:
        raise CheckpointError(
            "key_not_of_log",
            f"密钥“{signer.name}”不是日志“{origin}”的签名密钥（名称须与日志相同，类型须为Ed25519）",
            f"the key {signer.name} does not sign the log {origin}: it must be an Ed25519 key of the same "
            "name",
        )
