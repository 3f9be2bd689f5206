"""A log checked from end to end: every tile, every bundle, every hash. Reads each file once or twice, keeps
few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cunwu.errors import Refused
from cunwu.tlog.checkpoints import Checkpoint, open_checkpoint
from cunwu.tlog.files import CHECKPOINT_FILE, KEY_FILE, LogDamaged, LogFiles
from cunwu.tlog.notes import Verifier
from cunwu.tlog.tiles import (
    ENTRIES,
    TILE_HEIGHT,
    TILE_WIDTH,
    RightEdge,
    Tile,
    encode_bundle,
    subtree_levels,
    tile_width,
)
from cunwu.tlog.tree import HASH_BYTES, leaf_hash

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and in which file (path below the log's folder)."""

    path: str
    zh: str
    en: str


def check_log(folder: Path, log: Verifier, *, at_least: int = 0) -> list[Fault]:
    """Read and hash every file of the log in `folder`; returns what is wrong, in order of the entries.

    An empty list means: the checkpoint is signed by `log` and counts at least `at_least` entries, every entry
    hashes into its tile, every full tile into the one above, the rest into the signed root; and partial tiles
    of earlier sizes, where they are still served, begin as their tile does now. Files beyond the signed size
    are no fault: a writer that was stopped leaves them, and no checkpoint leads to them.
    """
    try:
        checkpoint = open_checkpoint(LogFiles(folder).read_checkpoint(), log).checkpoint
    except Refused as refused:
        return [Fault(CHECKPOINT_FILE, refused.zh, refused.en)]
    return list(_Check(folder, log, checkpoint).faults(at_least))


class _Check:
    def __init__(self, folder: Path, log: Verifier, checkpoint: Checkpoint) -> None:
        self.folder = folder
        self.log = log
        self.checkpoint = checkpoint
        self.files = LogFiles(folder)

    def faults(self, at_least: int) -> Iterator[Fault]:
        size = self.checkpoint.size
        if size < at_least:
            yield Fault(
                CHECKPOINT_FILE,
                f"只有{size}条存证，应至少有{at_least}条",
                f"{size} entries, at least {at_least} due",
            )
        yield from self._key()
        for number in range(-(-size // TILE_WIDTH)):
            yield from self._bundle(number)
        level = 0
        while size >> (TILE_HEIGHT * level):
            for index in range(-(-(size >> (TILE_HEIGHT * level)) // TILE_WIDTH)):
                yield from self._tile(level, index)
            level += 1
        yield from self._root()

    def _tile_now(self, level: int, index: int) -> Tile:
        return Tile(level, index, tile_width(self.checkpoint.size, level, index))

    def _key(self) -> Iterator[Fault]:
        try:
            key = (self.folder / KEY_FILE).read_bytes()
        except FileNotFoundError:
            key = b""
        if key != f"{self.log.vkey}\n".encode():
            yield Fault(KEY_FILE, "与用来核对的公钥不同", "it differs from the public key used for checking")

    def _bundle(self, number: int) -> Iterator[Fault]:
        bundle, tile = self._tile_now(ENTRIES, number), self._tile_now(0, number)
        entries, faults = _attempt(self.files.read_entries, bundle)
        yield from faults
        hashes, _ = _attempt(self.files.read_tile, tile)
        if entries is None or hashes is None:
            return
        for at, entry in enumerate(entries):
            if leaf_hash(entry) != hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                index = number * TILE_WIDTH + at
                yield Fault(
                    bundle.path,
                    f"第{index}条存证与{tile.path}中的哈希不符",
                    f"entry {index} does not match its hash in {tile.path}",
                )
        yield from self._earlier(bundle, lambda width: encode_bundle(entries[:width]))

    def _tile(self, level: int, index: int) -> Iterator[Fault]:
        tile = self._tile_now(level, index)
        hashes, faults = _attempt(self.files.read_tile, tile)
        yield from faults
        if hashes is None:
            return
        yield from self._earlier(tile, lambda width: hashes[: width * HASH_BYTES])
        if tile.width == TILE_WIDTH:
            above = self._tile_now(level + 1, index // TILE_WIDTH)
            parents, _ = _attempt(self.files.read_tile, above)
            at = index % TILE_WIDTH * HASH_BYTES
            if parents is not None and subtree_levels(hashes)[-1] != parents[at : at + HASH_BYTES]:
                yield Fault(
                    tile.path,
                    f"与{above.path}中第{index % TILE_WIDTH}个哈希不符",
                    f"it does not hash to number {index % TILE_WIDTH} in {above.path}",
                )

    def _earlier(self, tile: Tile, beginning: Callable[[int], bytes]) -> Iterator[Fault]:
        """Partial files of earlier sizes must be what the tile began with at their width."""
        partials = self.folder / f"{tile.full.path}.p"
        for file in sorted(partials.iterdir()) if partials.is_dir() else []:
            width = int(file.name) if file.name.isdecimal() else TILE_WIDTH
            if width < tile.width and file.read_bytes() != beginning(width):
                path = file.relative_to(self.folder).as_posix()
                yield Fault(path, f"与{tile.path}的开头不同", f"it differs from the beginning of {tile.path}")

    def _root(self) -> Iterator[Fault]:
        edge, _ = _attempt(lambda size: RightEdge(size, self.files.read_tile), self.checkpoint.size)
        if edge is not None and edge.root() != self.checkpoint.root:
            paths = ", ".join(tile.path for tile, _ in edge.partial_tiles())
            yield Fault(
                CHECKPOINT_FILE,
                f"其中的根与末端分块（{paths}）算出的不同",
                f"its root differs from what the last tiles hash to ({paths})",
            )


_Asked = TypeVar("_Asked")


def _attempt(read: Callable[[_Asked], _Read], what: _Asked) -> tuple[_Read | None, list[Fault]]:
    """What was read, or None and the fault."""
    try:
        return read(what), []
    except LogDamaged as damaged:
        return None, [Fault(damaged.path, damaged.zh, damaged.en)]
