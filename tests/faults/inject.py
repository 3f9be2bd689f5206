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
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Self

OPERATIONS = Path(__file__).with_name("operations.py")
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
    parser.add_argument("--places", type=int, default=2, help="how many at a time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cunwu-faults-") as folder:
        report = campaign(Path(folder), options.count, options.seed, places=options.places, progress=True)
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(report.kinds.items()))
    print(f"{sum(report.kinds.values())} faults injected ({told}); seed {options.seed}")
    print("said done in spite of it: " + ", ".join(f"{k} {n}" for k, n in report.said.items()))
    print(", ".join(f"{name} {report.counts[name]}" for name in JUDGED))
    for line in report.wrong:
        print(f"  {line}")
    return 1 if report.wrong else 0


class Place:
    """An installation that is put back before every run, and the process that does there what it is asked."""

    def __init__(self, base: Path, folder: Path) -> None:
        self.base = base
        self.folder = folder
        self.put_back()
        self.server = subprocess.Popen(
            [sys.executable, str(OPERATIONS), "serve"],
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def put_back(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        _copy(self.base, self.folder)

    def ask(self, what: str, *said: str, under: Sequence[str] = (), limit: int | None = None) -> list[str]:
        """The lines that the operation says."""
        if self.server.stdin is None or self.server.stdout is None:
            raise RuntimeError("a process with pipes")
        line = json.dumps({"what": what, "said": said, "under": list(under), "limit": limit})
        self.server.stdin.write(f"{line}\n")
        self.server.stdin.flush()
        found: list[str] = json.loads(self.server.stdout.readline())["said"]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.kill()
        self.server.communicate()


def campaign(folder: Path, count: int, seed: int, *, places: int = 2, progress: bool = False) -> Report:
    """`count` faults drawn by `seed`, some at a time, each in an installation as it was prepared in `folder`."""
    base = folder / "base"
    base.mkdir()
    _python(base, "prepare", check=True)
    report, waiting = Report(), SimpleQueue[Place]()
    with ExitStack() as opened, ThreadPoolExecutor(max_workers=places) as pool:
        for number in range(places):
            waiting.put(opened.enter_context(Place(base, folder / f"place-{number}")))
        faults = drawn(uses(waiting, folder / "trace"), count, seed)
        for number, (fault, said, verdict) in enumerate(pool.map(partial(tried, waiting), faults), 1):
            report.kinds[fault.kind] += 1
            report.said.update(line.partition(" ")[0] for line in said)
            for name in JUDGED:
                report.counts[name] += len(verdict[name])
                report.wrong += [
                    f"{fault}: {name}: {each} (said: {'; '.join(said)})" for each in verdict[name]
                ]
            if progress and number % 100 == 0:
                print(f"{number} of {count}, {len(report.wrong)} wrong", file=sys.stderr, flush=True)
    return report


@contextmanager
def _taken(waiting: SimpleQueue[Place]) -> Iterator[Place]:
    place = waiting.get()
    place.put_back()
    try:
        yield place
    finally:
        waiting.put(place)


def uses(waiting: SimpleQueue[Place], trace: Path) -> Counter[str]:
    """How often the operations use each call: from one run without a fault."""
    with _taken(waiting) as place:
        place.ask("run", under=["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={','.join(CALLS)}"])
    found: Counter[str] = Counter()
    main = ""
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        process, _, rest = line.partition(" ")
        main = main or process
        if process == main and (call := re.match(r"\s*(\w+)\(", rest)) and call[1] in CALLS:
            found[call[1]] += 1
    if not found:
        raise RuntimeError("the trace does not show what the operations do")
    return found


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


def tried(waiting: SimpleQueue[Place], fault: Fault) -> tuple[Fault, list[str], dict[str, list[str]]]:
    """What the operations said under the fault, and the verdict after a restart."""
    with _taken(waiting) as place:
        limit = fault.use if fault.kind == "short" else None
        said = place.ask("run", under=_under(fault), limit=limit)
        verdict = place.ask("judge", *said)
        if not verdict:
            stuck = ["after the restart nothing could go on"]
            return fault, said, {"lost": [], "forks": [], "halves": [], "faults": stuck}
        return fault, said, json.loads(verdict[-1])


def _under(fault: Fault) -> list[str]:
    if fault.kind == "short":
        return []
    effect = "signal=KILL" if fault.kind == "KILL" else f"error={fault.kind}"
    injected = f"inject={fault.call}:{effect}:when={fault.use}"
    quiet = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none"]
    return [*quiet, "-e", f"trace={fault.call}", "-e", injected]


def _python(place: Path, *what: str, check: bool = False) -> list[str]:
    """The lines that an operation says in the installation at `place`, in a process from the very start."""
    done = subprocess.run(
        [sys.executable, str(OPERATIONS), *what],
        env=_environment(place),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if check and done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout.splitlines()


def _environment(place: Path) -> dict[str, str]:
    environment = os.environ | {
        "CUNWU_HOME": str(place / "var"),
        "CUNWU_KEYS": str(place / "keys"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return environment


def _copy(base: Path, to: Path) -> Path:
    shutil.copytree(base, to)
    return to


if __name__ == "__main__":
    sys.exit(main())
