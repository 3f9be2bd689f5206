"""What the other benchmarks share: the machine's own speed, printed first, and an installation in a temporary folder."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def speed() -> None:
    """Print what this machine does by itself: hashing, a plain loop, files made durable, and how busy it is."""
    block = bytes(2**20)
    began = time.perf_counter()
    for _ in range(256):
        hashlib.sha256(block).digest()
    hashing = 256 / (time.perf_counter() - began)
    began = time.perf_counter()
    sum(range(10_000_000))
    looping = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        for number in range(200):
            with (Path(folder) / str(number)).open("wb") as file:
                file.write(block[:8192])
                file.flush()
                os.fsync(file.fileno())
        syncing = 200 / (time.perf_counter() - began)
    print(
        f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, SHA-256 {hashing:,.0f} MB/s, "
        f"ten million additions {looping:.2f} s, {syncing:,.0f} files of 8 KiB synced a second"
    )


def set_up_installation(folder: Path, *, migrated: bool = False) -> None:
    """An empty installation in `folder` with production settings, its database migrated; Django is ready afterwards.

    One that lies there already is opened, and migrated unless it is known to be."""
    os.environ["CUNWU_HOME"], os.environ["CUNWU_KEYS"] = str(folder / "var"), str(folder / "keys")
    os.environ["DJANGO_SETTINGS_MODULE"] = "cunwu.settings"
    if not (folder / "var").exists():
        (folder / "var").mkdir()
        (folder / "var" / "installation.toml").write_text(
            'packs = ["cn", "cn-shandong", "fangzi"]\ncounty_code = "990101"\nlog_origin = "bench.invalid/log"\n',
            encoding="utf-8",
        )
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    from cunwu import installation

    installation.create_keys(folder / "keys")
    import django
    from django.core.management import call_command

    django.setup()
    if not migrated:
        call_command("migrate", verbosity=0)
