"""Faults injected by strace into publishing, sequencing, baking, importing and backing up: what was said is never lost.

`inject.py N [--seed S]` draws N faults: of a system call's K-th use the error EIO or ENOSPC, or the process killed there; or files
that cannot grow beyond a length, so that a write is cut short. Each run has a copy of one prepared installation; afterwards a
restarted service goes on and judges. Prints the count, and what was lost, forked, left half or wrong; 1 where anything was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

OPERATIONS = Path(__file__).with_name("operations.py")
MARKER = "/cunwu-faults-begin"
"""A path that the operations look up where they begin: what happens before is the interpreter's start."""
CALLS = (
    "openat", "write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "ftruncate", "mkdir", "fchmod", "chmod", "close",
)  # fmt: skip
LENGTHS = (1, 100, 1_000, 4_096, 20_000, 100_000, 1_000_000)
"""Bytes beyond which no file grows, where a write is cut short."""
JUDGED = ("lost", "forks", "halves", "faults")
PATIENCE = 300
"""Seconds after which a run counts as stuck."""


@dataclass(frozen=True)
class Fault:
    """One fault: the K-th use of a call after the start, and what becomes of it; or a length for `short`."""

    kind: str
    call: str = ""
    use: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kind} at {self.call} number {self.use}" if self.call else f"files end at {self.use} bytes"
        )


@dataclass
class Report:
    """How many faults of each kind, how many lines were said nevertheless, and what was wrong, with the fault."""

    kinds: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Draw, inject, judge, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cunwu-faults-") as folder:
        report = campaign(Path(folder), options.count, options.seed)
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(report.kinds.items()))
    print(f"{sum(report.kinds.values())} faults injected ({told}); seed {options.seed}")
    print("said done in spite of it: " + ", ".join(f"{k} {n}" for k, n in report.said.items()))
    print(", ".join(f"{name} {report.counts[name]}" for name in JUDGED))
    for line in report.wrong:
        print(f"  {line}")
    return 1 if report.wrong else 0


def campaign(folder: Path, count: int, seed: int) -> Report:
    """`count` faults drawn by `seed`, two at a time, each in a copy of the installation prepared in `folder`."""
    base = folder / "base"
    base.mkdir()
    _python(base, "prepare", check=True)
    before, after = uses(base, folder)
    faults = drawn(after, count, seed)
    report = Report()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for fault, said, verdict in pool.map(partial(tried, base, folder, before), faults):
            report.kinds[fault.kind] += 1
            report.said.update(line.partition(" ")[0] for line in said)
            for name in JUDGED:
                report.counts[name] += len(verdict[name])
                report.wrong += [
                    f"{fault}: {name}: {each} (said: {'; '.join(said)})" for each in verdict[name]
                ]
    return report


def uses(base: Path, folder: Path) -> tuple[Counter[str], Counter[str]]:
    """How often each call is used before the operations begin, and after: from one run without a fault."""
    copy, trace = _copy(base, folder / "clean"), folder / "trace"
    strace = [
        "strace",
        "-f",
        "-qq",
        "-o",
        str(trace),
        "-e",
        f"trace={','.join(CALLS)},access,faccessat,faccessat2,stat,newfstatat,statx",
    ]
    _python(copy, "run", under=strace, check=True)
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    counted, main = before, ""
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        process, _, rest = line.partition(" ")
        main = main or process
        if MARKER in rest:
            counted = after
        elif process == main and (call := re.match(r"\s*(\w+)\(", rest)) and call[1] in CALLS:
            counted[call[1]] += 1
    if not after:
        raise RuntimeError("the trace does not show where the operations begin")
    return before, after


def drawn(after: Counter[str], count: int, seed: int) -> Iterator[Fault]:
    """Faults by chance, each call as likely as another, so that a rename is hit as often as a write."""
    chance = random.Random(seed)  # noqa: S311  (a draw that can be repeated)
    calls = sorted(call for call, number in after.items() if number)
    for _ in range(count):
        kind = chance.choice(("EIO", "ENOSPC", "KILL", "KILL", "short"))
        if kind == "short":
            yield Fault(kind, use=chance.choice(LENGTHS))
        else:
            call = chance.choice(calls)
            yield Fault(kind, call, chance.randrange(1, after[call] + 1))


def tried(
    base: Path, folder: Path, before: Counter[str], fault: Fault
) -> tuple[Fault, list[str], dict[str, list[str]]]:
    """What the operations said under the fault, and the verdict after a restart."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = _copy(base, Path(place) / "home")
        said = _python(
            copy, "run", under=_under(fault, before), limit=fault.use if fault.kind == "short" else None
        )
        verdict = _python(copy, "judge", *said)
        if not verdict:
            stuck = ["after the restart nothing could go on"]
            return fault, said, {"lost": [], "forks": [], "halves": [], "faults": stuck}
        return fault, said, json.loads(verdict[-1])


def _under(fault: Fault, before: Counter[str]) -> list[str]:
    if fault.kind == "short":
        return []
    effect = "signal=KILL" if fault.kind == "KILL" else f"error={fault.kind}"
    when = before[fault.call] + fault.use
    injected = f"inject={fault.call}:{effect}:when={when}"
    return [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        f"trace={fault.call}",
        "-e",
        injected,
        "-e",
        "signal=none",
    ]


def _python(
    place: Path, *what: str, under: Sequence[str] = (), limit: int | None = None, check: bool = False
) -> list[str]:
    """The lines that an operation says in the installation at `place`."""
    environment = os.environ | {
        "CUNWU_HOME": str(place / "var"),
        "CUNWU_KEYS": str(place / "keys"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "CUNWU_FAULTS_MARKER": MARKER,
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [*under, sys.executable, str(OPERATIONS), *what],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        preexec_fn=None if limit is None else partial(_limit, limit),
    )
    if check and done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout.splitlines()


def _limit(length: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, length))


def _copy(base: Path, to: Path) -> Path:
    shutil.copytree(base, to)
    return to


if __name__ == "__main__":
    sys.exit(main())
