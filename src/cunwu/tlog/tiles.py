"""The tree cut into files: tiles of 256 hashes and bundles of 256 entries, c2sp.org/tlog-tiles.

A tile at level L holds hashes of complete subtrees of 256**L leaves; tile N of a level holds hashes 256 N to
256 N + 255. A tile that is not full yet is *partial* and carries its width in its path. Entries lie in
bundles with the same numbering, each entry behind its length as two bytes, big-endian.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cunwu.errors import Invalid
from cunwu.tlog.tree import HASH_BYTES, tree_hash

TILE_WIDTH = 256
TILE_HEIGHT = 8
ENTRIES = -1
"""The level at which the entries lie, below the tiles that hold their hashes."""
MAX_ENTRY_BYTES = 65_535
_MAX_LEVEL = 63
_NODE = sha256(b"\x01")

ReadLevels = Callable[[int, int, int], list[bytes]]
"""Level, index and width of a tile to its `subtree_levels`; plain numbers, since a cache hashes them fastest."""

_PATH = re.compile(r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileError(Invalid):
    """A tile path, a tile or a bundle of entries is not in the C2SP form."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: `level` 0 to 63 or `ENTRIES`, `index` from 0, `width` 1 to 256 (256 is a full one)."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix, as `tile/0/x001/x234/067.p/8`."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{suffix}"

    @property
    def full(self) -> Tile:
        """The same tile once it is full."""
        return Tile(self.level, self.index)

    @classmethod
    def parse(cls, path: str) -> Self:
        """The tile at `path`. Raises `TileError` for any spelling but the one that `path` gives back."""
        match = _PATH.fullmatch(path)
        if match:
            level, groups, width = match.groups()
            tile = cls(
                ENTRIES if level == "entries" else int(level),
                int(groups.replace("x", "").replace("/", "")),
                int(width) if width else TILE_WIDTH,
            )
            if tile.path == path and tile.level <= _MAX_LEVEL:
                return tile
        raise TileError(
            "tile_path_malformed",
            f"“{path}”不是日志分块的路径，应如tile/0/x001/234或tile/entries/000.p/8",
            f"“{path}” is no path of a tile; expected the form tile/0/x001/234 or tile/entries/000.p/8",
        )


def tile_width(size: int, level: int, index: int) -> int:
    """How many hashes (or entries) the tile holds in a tree of `size` leaves: 0 to 256."""
    count = (size >> TILE_HEIGHT * level if level > 0 else size) - index * TILE_WIDTH
    if count >= TILE_WIDTH:
        return TILE_WIDTH
    return max(count, 0)


def new_tiles(old: int, new: int) -> Iterator[Tile]:
    """The tiles, bundles included, that a log writes when it grows from `old` to `new` leaves."""
    level = ENTRIES
    while (before := _hashes_at(level, old)) != (after := _hashes_at(level, new)):
        for index in range(before // TILE_WIDTH, -(-after // TILE_WIDTH)):
            yield Tile(level, index, tile_width(new, level, index))
        level += 1


def _hashes_at(level: int, size: int) -> int:
    """How many hashes (or entries) a level has in a tree of `size` leaves."""
    return size >> TILE_HEIGHT * max(level, 0)


def require_entry(entry: bytes) -> None:
    """Raises `TileError` if `entry` does not fit into a bundle: 65,535 bytes."""
    if len(entry) > MAX_ENTRY_BYTES:
        raise TileError(
            "entry_too_long",
            f"一条存证有{len(entry)}字节，上限{MAX_ENTRY_BYTES}；存证只放元数据和承诺值，不放文件本身",
            f"an entry has {len(entry)} bytes, over {MAX_ENTRY_BYTES}; log metadata and a commitment only",
        )


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """The bytes of a bundle. Raises `TileError` for an entry over 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        require_entry(entry)
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle, in order. Raises `TileError` if it is cut off."""
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if start > len(data) or position > len(data):
            raise TileError(
                "bundle_cut_off",
                f"存证包在第{len(entries)}条处中断，请从其他副本重新取得",
                f"the bundle is cut off in entry {len(entries)}; fetch it again from another copy",
            )
        entries.append(data[start:position])
    return entries


def subtree_levels(hashes: bytes) -> list[bytes]:
    """The complete levels within one tile: its hashes as stored, then each level of nodes above, joined.

    For a full tile the ninth and last is one hash: the tile's place in the level above.
    """
    levels = [hashes]
    pair = 2 * HASH_BYTES
    begin = _NODE.copy  # a copy is cheaper than a new hash object, and a proof needs 255 of them
    while len(hashes) >= pair:
        nodes = []
        for at in range(0, len(hashes) - pair + 1, pair):
            node = begin()
            node.update(hashes[at : at + pair])
            nodes.append(node.digest())
        hashes = b"".join(nodes)
        levels.append(hashes)
    return levels


def subtree_hash(size: int, read_levels: ReadLevels, level: int, index: int) -> bytes:
    """The hash of the complete subtree `index` of height `level` in a tree of `size` leaves.

    `read_levels(level, index, width)` gives the `subtree_levels` of a tile. Bind the first two arguments to get
    the `read` that proofs take.
    """
    tile_level, inner = divmod(level, TILE_HEIGHT)
    fanout = TILE_HEIGHT - inner
    tile_index = index >> fanout
    at = (index & ((1 << fanout) - 1)) * HASH_BYTES
    width = (size >> TILE_HEIGHT * tile_level) - tile_index * TILE_WIDTH
    levels = read_levels(tile_level, tile_index, min(width, TILE_WIDTH))
    return levels[inner][at : at + HASH_BYTES]


class RightEdge:
    """The partial tiles of a tree: all that is needed to let it grow. At most 255 hashes per level."""

    def __init__(self, size: int, partial: Callable[[Tile], bytes]) -> None:
        """The edge of a tree of `size` leaves; `partial` returns the bytes of each partial tile."""
        self.size = size
        self._levels: list[bytearray] = []
        level = 0
        while size >> (TILE_HEIGHT * level):
            count = size >> (TILE_HEIGHT * level)
            width = count % TILE_WIDTH
            self._levels.append(bytearray(partial(Tile(level, count // TILE_WIDTH, width)) if width else b""))
            level += 1

    def add(self, leaf_hashes: Iterable[bytes]) -> Iterator[tuple[Tile, bytes]]:
        """Let the tree grow by `leaf_hashes`; yields each tile that becomes full, with its bytes."""
        if not self._levels:
            self._levels.append(bytearray())
        leaves = self._levels[0]
        for leaf in leaf_hashes:
            leaves += leaf
            self.size += 1
            if len(leaves) == TILE_WIDTH * HASH_BYTES:
                yield from self._carry()

    def _carry(self) -> Iterator[tuple[Tile, bytes]]:
        level = 0
        while len(self._levels[level]) == TILE_WIDTH * HASH_BYTES:
            full = bytes(self._levels[level])
            self._levels[level].clear()
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level + 1] += subtree_levels(full)[-1]
            yield Tile(level, _hashes_at(level, self.size) // TILE_WIDTH - 1), full
            level += 1

    def partial_tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """The partial tiles as they stand, lowest level first."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                index = (self.size >> (TILE_HEIGHT * level)) // TILE_WIDTH
                yield Tile(level, index, len(hashes) // HASH_BYTES), bytes(hashes)

    def root(self) -> bytes:
        """The root of the tree."""
        levels = {(tile.level, tile.index): subtree_levels(hashes) for tile, hashes in self.partial_tiles()}

        def read_levels(level: int, index: int, _width: int) -> list[bytes]:
            return levels[level, index]

        return tree_hash(self.size, lambda level, index: subtree_hash(self.size, read_levels, level, index))
