"""A log read from its folder, and checked as it is read.

The folder is what a static server or a mirror serves. Nothing in it is trusted but the signature under the
checkpoint: when the folder is opened, the right edge of the tree and the last bundle are hashed up to the
root; each proof is checked before it is handed out, each entry against its hash. Memory does not grow with
the log: tiles are read when needed, and a few are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

from cunwu.errors import NotFound, NotReady
from cunwu.tlog.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint
from cunwu.tlog.files import CHECKPOINT_FILE, LogDamaged, LogFiles
from cunwu.tlog.notes import Verifier
from cunwu.tlog.proofs import Proof, format_proof
from cunwu.tlog.tiles import ENTRIES, TILE_WIDTH, RightEdge, Tile, subtree_hash, subtree_levels, tile_width
from cunwu.tlog.tree import (
    EMPTY_ROOT,
    ProofError,
    ReadHash,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
)

_TILES_KEPT = 64


class LogRolledBack(NotReady):
    """The folder holds fewer entries than the log is known to have had."""


class LogReader:
    """A log in a folder, whose checkpoint must be signed by the log's key (which is named after its
    origin)."""

    def __init__(self, path: Path, log: Verifier, *, at_least: int = 0) -> None:
        """Open and verify. Raises `NotFound` if there is no log, `NoteError` or `CheckpointError` if the
        checkpoint is not signed by `log`, `LogRolledBack` if it has fewer than `at_least` entries,
        `LogDamaged` if the right edge of the tree or the last entries do not hash to its root."""
        self.path = path
        self.verifier = log
        self._files = LogFiles(path)
        self._levels = lru_cache(_TILES_KEPT)(self._read_levels)
        self._note = b""
        self._checkpoint = Checkpoint(log.name, 0, EMPTY_ROOT)
        self.refresh(at_least=at_least)

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint as last read and verified."""
        return self._checkpoint

    @property
    def size(self) -> int:
        """How many entries the log had when last read."""
        return self._checkpoint.size

    def refresh(self, *, at_least: int = 0) -> Checkpoint:
        """Read the checkpoint again, since another process may have let the log grow.

        A changed one is verified as on opening, and must continue the one that was known. Raises as
        `__init__`, and `ProofError` if it is no continuation.
        """
        note = self._files.read_checkpoint()
        if note != self._note:
            checkpoint = open_checkpoint(note, self.verifier).checkpoint
            self._require_size(checkpoint.size, self.size)
            self._require_edge(checkpoint)
            self._require_continuation(checkpoint)
            self._note, self._checkpoint = note, checkpoint
        self._require_size(self.size, at_least)
        return self._checkpoint

    def signed_checkpoint(self, witnesses: Sequence[Verifier] = ()) -> SignedCheckpoint:
        """The current checkpoint, with the cosignatures of those of `witnesses` who have signed it."""
        self.refresh()
        return open_checkpoint(self._note, self.verifier, witnesses)

    def prove(self, index: int) -> bytes:
        """The tlog-proof file for entry `index` under the current checkpoint, cosignatures included.

        Raises `ProofError` if the log has no such entry, `LogDamaged` if its tiles do not lead to its root.
        """
        checkpoint = self.refresh()
        read = self._reader(checkpoint.size)
        hashes = inclusion_proof(checkpoint.size, index, read)
        self._require_inclusion(checkpoint, index, read(0, index), hashes)
        return format_proof(Proof(index, tuple(hashes), self._note))

    def prove_consistency(self, old: int) -> tuple[list[bytes], bytes]:
        """The hashes that prove that the log begins with its first `old` entries (`tree.consistency_proof`),
        and the signed checkpoint that they lead to. Raises `ProofError` if `old` is more than the log has."""
        size = self.refresh().size
        return consistency_proof(old, size, self._reader(size)), self._note

    def entry(self, index: int) -> bytes:
        """Entry `index`. Raises `NotFound` if there is none yet, `LogDamaged` if it is not what was
        hashed."""
        size = self.refresh().size
        if not 0 <= index < size:
            raise NotFound(
                "no_such_entry",
                f"日志“{self.verifier.name}”现有{size}条存证，没有第{index}条（从0起数），请核对序号",
                f"the log {self.verifier.name} has {size} entries, none at {index} (from 0); check the index",
            )
        number, at = divmod(index, TILE_WIDTH)
        bundle = Tile(ENTRIES, number, tile_width(size, ENTRIES, number))
        entry = self._files.read_entries(bundle)[at]
        if leaf_hash(entry) != self._reader(size)(0, index):
            raise _unlike_hashes(bundle)
        return entry

    def entries(self, start: int = 0) -> Iterator[bytes]:
        """The entries from index `start` to the log's size at the first step, each checked against its hash.

        Raises `LogDamaged` if one is not what was hashed.
        """
        size = self.refresh().size
        for number in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
            yield from self._bundle(number, size)[max(start - number * TILE_WIDTH, 0) :]

    def _bundle(self, number: int, size: int) -> list[bytes]:
        """The entries of one bundle, checked against the tile of their hashes."""
        bundle = Tile(ENTRIES, number, tile_width(size, ENTRIES, number))
        entries = self._files.read_entries(bundle)
        if b"".join(map(leaf_hash, entries)) != self._files.read_tile(Tile(0, number, bundle.width)):
            raise _unlike_hashes(bundle)
        return entries

    def _read_levels(self, level: int, index: int, width: int) -> list[bytes]:
        return subtree_levels(self._files.read_tile(Tile(level, index, width)))

    def _reader(self, size: int) -> ReadHash:
        return partial(subtree_hash, size, self._levels)

    def _require_size(self, size: int, at_least: int) -> None:
        if size < at_least:
            raise LogRolledBack(
                "log_rolled_back",
                f"日志“{self.verifier.name}”只有{size}条存证，而已知至少有{at_least}条，"
                "可能是从旧备份恢复的；请先从镜像补齐，再续写",
                f"the log {self.verifier.name} has {size} entries but is known to have had {at_least}: it "
                "may come "
                "from an old backup; complete it from a mirror before going on",
            )

    def _require_edge(self, checkpoint: Checkpoint) -> None:
        """The partial tiles hash to the root, and so does the last entry by way of the full ones."""
        size = checkpoint.size
        if RightEdge(size, self._files.read_tile).root() != checkpoint.root:
            raise LogDamaged(
                CHECKPOINT_FILE, "各级末端分块算不出其中的根", "the last tiles do not hash to its root"
            )
        if size:
            last = self._bundle((size - 1) // TILE_WIDTH, size)[-1]
            hashes = inclusion_proof(size, size - 1, self._reader(size))
            self._require_inclusion(checkpoint, size - 1, leaf_hash(last), hashes)

    def _require_inclusion(
        self, checkpoint: Checkpoint, index: int, leaf: bytes, hashes: list[bytes]
    ) -> None:
        try:
            check_inclusion(leaf, index, checkpoint.size, hashes, checkpoint.root)
        except ProofError as broken:
            tile = Tile(0, index // TILE_WIDTH, tile_width(checkpoint.size, 0, index // TILE_WIDTH))
            raise LogDamaged(
                tile.path, "它或其上级分块算不出检查点的根", "it or a tile above it does not lead to the root"
            ) from broken

    def _require_continuation(self, checkpoint: Checkpoint) -> None:
        """What was known is the beginning of what is there now."""
        known = self._checkpoint
        if known.size:
            hashes = consistency_proof(known.size, checkpoint.size, self._reader(checkpoint.size))
            check_consistency(known.size, known.root, checkpoint.size, checkpoint.root, hashes)


def _unlike_hashes(bundle: Tile) -> LogDamaged:
    return LogDamaged(
        bundle.path,
        f"内容与tile/0中第{bundle.index}块的哈希不符",
        f"its entries do not match the hashes in tile {bundle.index} of level 0",
    )
