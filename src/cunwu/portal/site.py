"""Writing the site's files: whole or not at all, with their compressed copies, and removing all three together."""

from __future__ import annotations

import gzip
import os
import secrets
from pathlib import Path

import brotli  # type: ignore[import-untyped]

COMPRESSED = (".html", ".css", ".js", ".json", ".csv", ".svg", ".txt")
SUFFIXES = (".gz", ".br")
_SMALLEST = 1400
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6


def write(site: Path, path: str, data: bytes) -> bool:
    """Write `data` at `path` below `site` under another name, then rename; text gets `.gz` and `.br` beside it.

    A file that holds these very bytes is left alone, so that its validators stay; returns whether it was
    written. Not synced to disk: every page can be rendered again.
    """
    target = site / path
    if _holds(target, data):
        return False
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
    packed = target.suffix in COMPRESSED and len(data) >= _SMALLEST
    # The page last: a baker stopped in between finds the old page and writes all three again.
    for suffix in SUFFIXES:
        copy = target.with_name(target.name + suffix)
        if packed:
            _replace(copy, _compressed(data, suffix))
        else:
            copy.unlink(missing_ok=True)
    _replace(target, data)
    return True


def remove(site: Path, path: str) -> bool:
    """Remove a file with its compressed copies, overwritten first so that what was erased does not linger.

    Returns whether anything was there.
    """
    found = [site / f"{path}{suffix}" for suffix in ("", *SUFFIXES)]
    there = [target for target in found if target.is_file()]
    for target in there:
        _destroy(target)
    return bool(there)


def set_aside(site: Path, path: str) -> None:
    """Give the bytes of a page and its copies a second, hidden name, so that another page can take their place
    without a moment in which there is none; `destroy_aside` then destroys them."""
    destroy_aside(site, path)
    for suffix in ("", *SUFFIXES):
        target = site / f"{path}{suffix}"
        if target.is_file():
            os.link(target, _aside(target))


def destroy_aside(site: Path, path: str) -> None:
    """Overwrite and remove what was set aside; bytes that are still the page's own only lose the hidden name."""
    for suffix in ("", *SUFFIXES):
        target = site / f"{path}{suffix}"
        aside = _aside(target)
        if not aside.is_file():
            continue
        if target.is_file() and target.samefile(aside):
            aside.unlink()
        else:
            _destroy(aside)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _destroy(target: Path) -> None:
    with target.open("r+b") as file:
        file.write(b"\0" * target.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    target.unlink()


def _holds(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(target: Path, data: bytes) -> None:
    # Calls of os: a path object costs as much as the call, and a publication has thirty files.
    temporary = f"{target.parent}/.{target.name}.{secrets.token_hex(4)}"
    with open(temporary, "xb", buffering=0) as file:  # noqa: PTH123
        file.write(data)
    os.replace(temporary, target)  # noqa: PTH105


def _compressed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data, _GZIP_LEVEL, mtime=0)
    packed: bytes = brotli.compress(data, quality=_BROTLI_QUALITY)
    return packed
