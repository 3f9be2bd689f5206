"""A county's disk is lost: backup brought back, log completed from the mirror, pages baked. Target: under five minutes in all.

    .venv/bin/python benchmarks/recovery.py [--home FOLDER]

Copies a demonstration (FOLDER and `keys` beside it; without it the full one is built), backs it up, lets two months pass, in
which the log grows by what was not published in time, brings a mirror up to date, and starts again from the backup alone. The
log at the end must be the mirror's, byte for byte, and `check-log` must find nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import machine

TARGET_SECONDS = 300.0
LATER = "2027-02-01T10:00"
CUNWU = Path(sys.executable).with_name("cunwu")


def main() -> int:
    """Prepare, lose, recover, compare; 1 where the target was missed or the logs differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="the data folder of a demonstration; it is copied")
    given = parser.parse_args().home
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as name:
        folder = Path(name)
        home = prepare(folder, given)
        backup, mirror, new = folder / "county.tar.gz", folder / "mirror", folder / "new"
        cunwu(home, "backup", backup)
        cunwu(home, "tick", "--now", LATER)
        cunwu(home, "sequence", "--now", LATER)
        cunwu(home, "export-site", mirror, "--now", LATER)
        began = time.perf_counter()
        restored = cunwu(new, "restore", backup)
        recovered = cunwu(new, "log", "recover", "--from", mirror, "--now", LATER)
        cunwu(new, "bake", "--all", "--now", LATER)
        checked = cunwu(new, "check-log")
        seconds = time.perf_counter() - began
        same = (new / "site/log/checkpoint").read_bytes() == (mirror / "log/checkpoint").read_bytes()
        print(
            f"entries {restored['log_size']} in the backup, {recovered['size']} in the mirror and afterwards; "
            f"the same checkpoint: {same}; faults: {len(checked.get('faults', []))}"
        )
    met = same and seconds < TARGET_SECONDS
    print(f"in all {seconds:.1f} s, target under {TARGET_SECONDS:.0f} s: {'met' if met else 'missed'}")
    return 0 if met else 1


def prepare(folder: Path, given: Path | None) -> Path:
    """A demonstration's data folder in `folder`."""
    home = folder / "var"
    if given is None:
        subprocess.run(
            ["bin/demo", "--no-serve"],
            cwd=machine.ROOT,
            env=environment(home),
            check=True,
            capture_output=True,
        )
    else:
        shutil.copytree(given, home)
        shutil.copytree(given.parent / "keys", folder / "keys")
    return home


def environment(home: Path) -> dict[str, str]:
    """For commands on this data folder and the keys beside it."""
    return os.environ | {"CUNWU_HOME": str(home), "CUNWU_KEYS": str(home.parent / "keys")}


def cunwu(home: Path, *argv: object) -> dict[str, Any]:
    """Run a command, print how long it took, return what it said. Raises CalledProcessError where it refuses."""
    began = time.perf_counter()
    done = subprocess.run(
        [CUNWU, *map(str, argv), "--json"], env=environment(home), capture_output=True, text=True, check=True
    )
    name = " ".join(
        str(each) for each in argv if not isinstance(each, Path) and not str(each).startswith("--")
    )
    print(f"{name.removesuffix(LATER).strip():<14} {time.perf_counter() - began:7.1f} s")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


if __name__ == "__main__":
    sys.exit(main())
