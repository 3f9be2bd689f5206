"""The files of a log: read with their length checked, written so that a crash leaves the old or the new.

Paths below the log's folder: `checkpoint`, `key`, `tile/LEVEL/INDEX[.p/WIDTH]`,
`tile/entries/INDEX[.p/WIDTH]`.
"""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path

from cunwu.errors import Invalid, NotFound
from cunwu.tlog.tiles import ENTRIES, Tile, TileError, decode_bundle, encode_bundle
from cunwu.tlog.tree import HASH_BYTES

CHECKPOINT_FILE = "checkpoint"
KEY_FILE = "key"


class LogDamaged(Invalid):
    """A file of the log is missing, cut off, or does not hash to what the checkpoint says."""

    def __init__(self, path: str, zh: str, en: str) -> None:
        """`path` below the log's folder; `zh` and `en` say what is wrong with the file."""
        super().__init__(
            "log_damaged",
            f"日志文件{path}有误：{zh}；请停止续写，用check命令全面核对，并从镜像补齐",
            f"the log's file {path} is wrong: {en}; stop writing, run check over the whole log, restore it "
            "from a mirror",
            path=path,
        )
        self.path = path


class LogFiles:
    """The folder of a log, read only."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist yet."""
        self.folder = folder
        self._prefix = f"{folder}/"

    def read_checkpoint(self) -> bytes:
        """The signed checkpoint, unchecked. Raises `NotFound` if there is no log."""
        try:
            return _read_file(f"{self._prefix}{CHECKPOINT_FILE}")
        except FileNotFoundError:
            raise NotFound(
                "no_log_here",
                f"“{self.folder}”中没有日志（缺少checkpoint文件），请核对路径，或先建立日志",
                f"there is no log in {self.folder} (no file “checkpoint”); check the path, or create the "
                "log first",
            ) from None

    def read_tile(self, tile: Tile) -> bytes:
        """The hashes of a tile. Raises `LogDamaged` if the file is missing or has another length."""
        data = self._read(tile)
        length = tile.width * HASH_BYTES
        if len(data) != length:
            raise LogDamaged(
                tile.path, f"应为{length}字节，实为{len(data)}字节", f"{len(data)} bytes, not {length}"
            )
        return data

    def read_entries(self, bundle: Tile) -> list[bytes]:
        """The entries of a bundle. Raises `LogDamaged` if the file is missing, cut off or has another
        number."""
        data = self._read(bundle)
        try:
            entries = decode_bundle(data)
        except TileError as cut_off:
            raise LogDamaged(bundle.path, cut_off.zh, cut_off.en) from cut_off
        if len(entries) != bundle.width:
            raise LogDamaged(
                bundle.path,
                f"应有{bundle.width}条存证，实有{len(entries)}条",
                f"{len(entries)} entries, not {bundle.width}",
            )
        return entries

    def _read(self, tile: Tile) -> bytes:
        """The file of `tile`; if it is partial and gone, the beginning of the full one (tlog-tiles, Partial
        Tiles)."""
        try:
            return _read_file(f"{self._prefix}{tile.path}")
        except FileNotFoundError:
            full = self.folder / tile.full.path
            if tile == tile.full or not full.is_file():
                raise LogDamaged(tile.path, "文件缺失", "the file is missing") from None
        data = full.read_bytes()
        if tile.level == ENTRIES:
            return encode_bundle(decode_bundle(data)[: tile.width])
        return data[: tile.width * HASH_BYTES]


def _read_file(path: str) -> bytes:
    """The file at `path`; without a buffer or a Path, which cost more than reading (two files for each proof)."""
    with FileIO(path) as file:
        return file.readall()


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write `files` (path below `folder` to bytes), each under another name first, then renamed.

    Side effects in order: missing folders are made; every file is written and synced; every file is renamed;
    every folder touched is synced. On return all of it survives a power cut. A crash before leaves each file
    old or new.
    """
    folders: set[Path] = set()
    for path in files:
        folders |= _make_folder((folder / path).parent)
    for path, data in files.items():
        _write_synced(_temporary(folder / path), data)
    for path in files:
        target = folder / path
        _temporary(target).replace(target)
        folders.add(target.parent)
    for touched in folders:
        _sync_folder(touched)


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")


def _make_folder(folder: Path) -> set[Path]:
    """Make `folder`; returns the existing or new folders that got a new entry by it."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
    return {new.parent for new in missing}


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
