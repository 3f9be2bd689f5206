"""Bringing a backup back into an empty folder, without what was erased since it was made.

Every file is compared with the backup's own list. Then the erasure manifests are replayed: documents and salts that any
of them names are removed, also from the free pages of the database. A log that is shorter than a checkpoint that was
published is refused: continued, it would contradict what residents hold.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.core.management import call_command
from django.db import connection

from cunwu.disclosure import keys, log
from cunwu.errors import Invalid, NotReady
from cunwu.management.backup import CHECKPOINT, DATABASE, ERASURES, FORMAT, MANIFEST
from cunwu.management.copying import copy_from_file
from cunwu.org.models import DataOrigin, Place
from cunwu.tlog.check import check_log
from cunwu.tlog.checkpoints import open_checkpoint, signing_key
from cunwu.tlog.notes import Verifier
from cunwu.triggers import TRIGGERS

PIECE = 1 << 20
LARGEST_LIST = 1 << 29
_SHA256 = re.compile("[0-9a-f]{64}")
# What a stranger's bytes make of an archive, and of a list of files that is none.
_BAD_ARCHIVE = (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError)
_FAULTS = (*_BAD_ARCHIVE, RecursionError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Restored:
    """What came back. `erased`: documents removed because a manifest names them."""

    folder: Path
    files: int
    erased: int
    log_size: int
    made_at: str


def restore(
    backup: Path,
    folder: Path,
    *,
    erasures: Sequence[Path] = (),
    published: Path | None = None,
    fingerprint: str = "",
) -> Restored:
    """Restore `backup` into `folder`, which holds nothing but, perhaps, an erasure manifest.

    Where DATABASE_URL names a PostgreSQL, the rows go there instead of a file, into a database that holds nothing of ours.

    `erasures` are manifests kept elsewhere (a mirror's), `published` a checkpoint that was, `fingerprint` that of the key
    which signed a log from before the key changed. Everything is put
    together in another folder first and appears whole; the log is not continued before `cunwu log recover`.
    Raises NotReady `restore.not_empty`, `restore.database_not_empty`, `restore.log_is_older`, `restore.no_room`;
    Invalid `restore.not_a_backup`, `restore.damaged`, `restore.log_damaged`, `restore.manifest`, `log.other_key`.
    """
    _require_empty(folder)
    _require_empty_database()
    erased = _named(folder / ERASURES, *erasures)
    staging = folder.with_name(f"{folder.name}.restoring-{secrets.token_hex(4)}")
    try:
        manifest = _unpack(backup, staging)
        lines = {**_named(staging / ERASURES), **erased}
        removed = _replay(staging, lines)
        key = keys.signing(staging / "site" / "log", fingerprint=fingerprint, origin=manifest["log_origin"])
        size = _check_log(staging, key, published)
        _into_postgresql(staging)
        (staging / log.restored_mark().name).write_text(
            json.dumps({"made_at": manifest["made_at"], "log_size": size, "key": key.vkey}), encoding="utf-8"
        )
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(staging.iterdir()):
            target = folder / path.name
            if target.exists():
                target.unlink()
            path.replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Restored(folder, len(manifest["files"]), removed, size, manifest["made_at"])


def _require_empty(folder: Path) -> None:
    present = [path.name for path in folder.iterdir()] if folder.exists() else []
    if set(present) - {ERASURES}:
        raise NotReady(
            "restore.not_empty",
            f"{folder}不是空文件夹；恢复不会覆盖已有数据，请用 --into 另选文件夹。",
            f"{folder} is not empty; nothing is restored over data, choose another folder with --into.",
        )


def _require_empty_database() -> None:
    if connection.vendor == "sqlite":
        return
    call_command("migrate", verbosity=0)
    if DataOrigin.objects.exists() or Place.objects.exists():
        raise NotReady(
            "restore.database_not_empty",
            "DATABASE_URL 指定的数据库中已有数据；恢复不会覆盖，请另建一个空数据库。",
            "The database that DATABASE_URL names holds data; nothing is restored over them, create an empty one.",
        )


def _into_postgresql(folder: Path) -> None:
    """The rows to the server that DATABASE_URL names; without one the file stays what is served."""
    if connection.vendor == "postgresql":
        copy_from_file(folder / DATABASE)
        (folder / DATABASE).unlink()


def _named(*manifests: Path) -> dict[str, dict[str, Any]]:
    """The lines of the manifests by the hash they name; a manifest that cannot be read is refused, not skipped."""
    lines: dict[str, dict[str, Any]] = {}
    for path in manifests:
        if path.name == ERASURES and not path.exists():
            continue
        try:
            for text in path.read_text(encoding="utf-8").splitlines():
                line = json.loads(text)
                lines[_hash(line["document"])] = line
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise Invalid(
                "restore.manifest",
                f"删除清单{path}读不出来，没有恢复；请换用完好的清单。",
                f"The erasure manifest {path} cannot be read, nothing was restored; use one that is whole.",
            ) from error
    return lines


def _hash(text: object) -> str:
    if not isinstance(text, str) or not _SHA256.fullmatch(text):
        raise ValueError("not a SHA-256")
    return text


def _unpack(backup: Path, target: Path) -> dict[str, Any]:
    """Every file of the backup into `target`, each with the hash that the backup's list gives. Memory holds one piece of one
    file, and nothing is written for which there is no room."""
    target.mkdir(parents=True)
    found: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    room = shutil.disk_usage(target).free
    try:
        with tarfile.open(backup, "r:gz") as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isreg() and not member.issparse() else None
                if stream is None or not _is_plain(member.name):
                    raise _damaged(backup, member.name)
                room -= member.size
                if room < 0 or (member.name == MANIFEST and member.size > LARGEST_LIST):
                    raise _no_room(backup)
                if member.name == MANIFEST:
                    manifest = json.loads(stream.read())
                else:
                    found[member.name] = _take_out(stream, target / member.name)
        if manifest["format"] != FORMAT:
            raise _not_a_backup(backup)
        wanted = {name: str(entry["sha256"]) for name, entry in manifest["files"].items()}
        manifest |= {name: str(manifest[name]) for name in ("log_origin", "made_at")}
    except _FAULTS as error:
        raise _not_a_backup(backup) from error
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            raise _damaged(backup, name)
    return manifest


def _take_out(stream: IO[bytes], path: Path) -> str:
    """Write what the stream holds, piece by piece; its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    with path.open("wb") as file:
        while piece := stream.read(PIECE):
            file.write(piece)
            sha256.update(piece)
    path.chmod(0o600)
    return sha256.hexdigest()


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _replay(folder: Path, lines: dict[str, dict[str, Any]]) -> int:
    """Remove what the lines name: the bytes, the row's mark, the salts; then rewrite the database without a trace."""
    database = sqlite3.connect(folder / DATABASE)
    try:
        if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise _damaged(folder, DATABASE)
        database.execute("PRAGMA secure_delete=ON")
        removed = sum(_erase(folder, database, sha256, line) for sha256, line in sorted(lines.items()))
        for name, trigger in TRIGGERS.items():
            database.execute(f"DROP TRIGGER IF EXISTS {name}")
            database.execute(trigger.on_sqlite(name))
        database.commit()
        database.execute("VACUUM")
    except sqlite3.Error as error:
        raise _damaged(folder, DATABASE) from error
    finally:
        database.close()
    if lines:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines.values())
        (folder / ERASURES).write_text(text, encoding="utf-8")
    return removed


def _erase(folder: Path, database: sqlite3.Connection, sha256: str, line: dict[str, Any]) -> int:
    path = folder / "documents" / sha256[:2] / sha256
    was_there = path.exists()
    path.unlink(missing_ok=True)
    database.execute(
        "DELETE FROM cunwu_salt WHERE publication_id IN (SELECT id FROM cunwu_publication WHERE document_id = ?)",
        (sha256,),
    )
    database.execute(
        "UPDATE cunwu_document SET erased_at = ? WHERE sha256 = ? AND erased_at IS NULL",
        (str(line.get("at", "")).replace("T", " ").removesuffix("+00:00"), sha256),
    )
    return int(was_there)


def _check_log(folder: Path, verifier: Verifier, published: Path | None) -> int:
    """The size of the restored log, after every file of it was hashed."""
    faults = check_log(folder / "site" / "log", verifier)
    if faults:
        raise Invalid(
            "restore.log_damaged",
            f"备份中的日志不完整（{faults[0].path}：{faults[0].zh}），没有恢复；请换用另一份备份。",
            f"The log in the backup is damaged ({faults[0].path}: {faults[0].en}); nothing was restored, use another one.",
        )
    size = open_checkpoint((folder / CHECKPOINT).read_bytes(), verifier).checkpoint.size
    newest = 0
    if published:
        note, current = published.read_bytes(), log.signer(verifier.name).verifier
        newest = open_checkpoint(note, signing_key(note, [verifier, current])).checkpoint.size
    if newest > size:
        raise NotReady(
            "restore.log_is_older",
            f"备份中的日志有{size}条存证，而公布过的检查点有{newest}条；从旧日志续写会与居民手里的凭据相矛盾，没有恢复。"
            "请换用更新的备份；只有这一份时，去掉 --checkpoint 恢复，再用 cunwu log recover --from 镜像文件夹 补齐。",
            f"The log in the backup has {size} entries, the checkpoint that was published {newest}; continued, it would "
            "contradict what residents hold, so nothing was restored. Use a newer backup; if there is none, restore "
            "without --checkpoint and complete it with `cunwu log recover --from MIRROR`.",
            backup=size,
            published=newest,
        )
    return size


def _no_room(path: Path) -> NotReady:
    return NotReady(
        "restore.no_room",
        f"{path.name}解开后的文件放不下，没有恢复；请换一个空间更大的文件夹，并核对这份备份的来源。",
        f"What {path.name} unpacks to does not fit, nothing was restored; choose a folder with more room, and check where this "
        "backup comes from.",
    )


def _not_a_backup(path: Path) -> Invalid:
    return Invalid(
        "restore.not_a_backup",
        f"{path}不是 cunwu backup 写出的文件，或者不完整；请换用另一份备份。",
        f"{path} was not written by `cunwu backup`, or is cut off; use another one.",
    )


def _damaged(path: Path, name: str) -> Invalid:
    return Invalid(
        "restore.damaged",
        f"{path.name}中的“{name[:80]}”与备份清单不符，没有恢复；请换用另一份备份。",
        f"{name[:80]!r} in {path.name} is not what the backup's list says; nothing was restored, use another one.",
    )
