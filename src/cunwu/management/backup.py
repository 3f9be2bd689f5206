"""One file with everything but the keys: a consistent copy of the database, every document, the log, the settings.

Taken while the installation runs. The copy of the database and of the log fit together: if the log grew or something
was erased meanwhile, the copy is made again. Keys are never in it: they are kept apart, so that whoever finds the file
can neither read sealed fields nor sign for the log.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from cunwu.disclosure import log
from cunwu.disclosure.models import LogEntry
from cunwu.errors import NotReady
from cunwu.management.copying import copy_to_file

FORMAT = "cunwu-backup/1"
MANIFEST = "manifest.json"
DATABASE = "cunwu.sqlite3"
ERASURES = "erasures.jsonl"
CHECKPOINT = "site/log/checkpoint"
ATTEMPTS = 5


@dataclass(frozen=True)
class BackedUp:
    """What went into the file, and how long the log was."""

    path: Path
    files: int
    size: int
    log_size: int


def write_backup(path: Path, *, now: datetime) -> BackedUp:
    """Write the backup to `path` (mode 0600), under another name first.

    Raises NotReady `backup.exists` where a file of that name is there, `backup.busy` if the log kept growing.
    """
    if path.exists():
        raise NotReady(
            "backup.exists",
            f"{path}已存在，不会覆盖；请另取文件名。",
            f"{path} is there already and is not overwritten; choose another name.",
        )
    temporary = path.with_name(f"{path.name}.part")
    try:
        for _ in range(ATTEMPTS):
            before = _moving_parts()
            files, log_size = _write(temporary, now)
            if _moving_parts() == before:
                temporary.replace(path)
                return BackedUp(path, files, path.stat().st_size, log_size)
    finally:
        temporary.unlink(missing_ok=True)
    raise NotReady(
        "backup.busy",
        "备份期间一直有新的存证或删除，没有得到前后一致的副本；请稍后再试。",
        "The log kept growing during the backup and no consistent copy came about; try again shortly.",
    )


def _moving_parts() -> tuple[bytes, bytes, int]:
    """What must not change while the copy is made; cosignatures may come, the log's text may not."""
    home = Path(settings.HOME)
    checkpoint = log.folder() / "checkpoint"
    text = checkpoint.read_bytes().partition(b"\n\n")[0] if checkpoint.exists() else b""
    erasures = home / ERASURES
    return (
        text,
        erasures.read_bytes() if erasures.exists() else b"",
        LogEntry.objects.exclude(sequenced_at=None).count(),
    )


def _write(path: Path, now: datetime) -> tuple[int, int]:
    home = Path(settings.HOME)
    listed: dict[str, dict[str, object]] = {}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "wb") as raw,
        tarfile.open(fileobj=raw, mode="w:gz", compresslevel=5) as archive,
    ):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            snapshot = Path(folder) / DATABASE
            _copy_database(snapshot)
            _add(archive, listed, DATABASE, snapshot.read_bytes())
        for file in _files(home):
            _add(archive, listed, file.relative_to(home).as_posix(), file.read_bytes())
        manifest = {
            "format": FORMAT,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "log_origin": settings.CUNWU.log_origin,
            "log_size": log.log_directory().size,
            "files": listed,
        }
        _add(archive, {}, MANIFEST, json.dumps(manifest, indent=1).encode())
        archive.close()
        raw.flush()
        os.fsync(raw.fileno())
    return len(listed), log.log_directory().size


def _copy_database(target: Path) -> None:
    """One SQLite file, whichever engine serves: SQLite's own backup, or every row read from PostgreSQL; then rewritten,
    since a copied file would keep what was erased in its free pages."""
    if connection.vendor == "postgresql":
        copy_to_file(target)
    connection.ensure_connection()
    copy = sqlite3.connect(target)
    try:
        if connection.vendor == "sqlite":
            connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("VACUUM")
    finally:
        copy.close()


def _files(home: Path) -> list[Path]:
    """Settings, erasure manifest, documents, log. What can be rendered again is left out; so is every key."""
    single = [home / "installation.toml", home / ERASURES]
    folders = [home / "documents", log.folder()]
    found = [path for path in single if path.exists()]
    for folder in folders:
        found += sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return found


def _add(archive: tarfile.TarFile, listed: dict[str, dict[str, object]], name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))
    listed[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
