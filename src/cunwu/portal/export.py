"""The whole site as a folder that any static server can serve: for mirrors, for archives, for the auditor.

Links are relative and every page is a directory index. The log is copied so that its checkpoint is covered by the
files beside it whatever is appended meanwhile: the checkpoint is read first and written last.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cunwu.disclosure.models import StalePage
from cunwu.errors import NotFound, NotReady
from cunwu.portal import site
from cunwu.portal.bake import bake_stale, site_folder

_CHECKPOINT = Path("log/checkpoint")
_KEY = Path("log/key")


@dataclass(frozen=True)
class Exported:
    """How many files were copied because they were new or other, and how many removed because they are no more."""

    copied: int
    removed: int
    files: int


def export_site(target: Path, *, now: datetime) -> Exported:
    """Copy the site into `target`: a folder that is empty, not there yet, or an earlier export of this site.

    In order: stale pages are rendered, papers too; files that are no more, such as those that erasures.json lists, are
    overwritten and removed; pages and tiles are copied; the checkpoint comes last. Running it again brings the
    copy up to date. Raises NotFound `portal.nothing_baked`, NotReady `portal.not_an_export`.
    """
    _bake_everything(now)
    source = site_folder()
    if not (source / _CHECKPOINT).exists():
        raise NotFound(
            "portal.nothing_baked",
            "还没有可以导出的公开日志；请先运行 cunwu sequence，再导出。",
            "There is no public log to export yet; run cunwu sequence first.",
        )
    _require_ours(source, target)
    checkpoint = (source / _CHECKPOINT).read_bytes()
    wanted = {
        path.relative_to(source)
        for path in source.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.name != "checkpoint"
    }
    present = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    removed = 0
    for path in sorted(present - wanted - {_CHECKPOINT}):
        removed += site.remove(target, str(path))
    copied = sum(_copy(source / path, target / path) for path in sorted(wanted))
    copied += site.write(target, str(_CHECKPOINT), checkpoint)
    _remove_empty(target)
    return Exported(copied, removed, len(wanted) + 1)


def _bake_everything(now: datetime) -> None:
    """Until nothing is left but what waits for the log."""
    while bake_stale(now=now) and StalePage.objects.exists():
        pass


def _require_ours(source: Path, target: Path) -> None:
    if not target.exists() or not any(target.iterdir()):
        return
    key = target / _KEY
    if not key.exists() or key.read_bytes() != (source / _KEY).read_bytes():
        raise NotReady(
            "portal.not_an_export",
            f"“{target}”里有别的文件，不是本系统以前导出的文件夹；为免误删，请另选一个空文件夹。",
            f"{target} holds other files and is no earlier export of this site; choose an empty folder, so that "
            "nothing is deleted by mistake.",
        )


def _copy(source: Path, target: Path) -> bool:
    """Copy where size or time differ, under another name first. A file that vanished meanwhile is left out."""
    try:
        found = source.stat()
        if target.exists():
            known = target.stat()
            if (known.st_size, known.st_mtime_ns) == (found.st_size, found.st_mtime_ns):
                return False
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.new")
        shutil.copy2(source, temporary)
    except FileNotFoundError:
        return False
    temporary.replace(target)
    return True


def _remove_empty(folder: Path) -> None:
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
