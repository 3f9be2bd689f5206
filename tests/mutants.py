"""Changes the core by one operator at a time and asks whether the tests notice: N of them, drawn at random.

    bin/test --mutants 200

Works on a copy of what git holds. Each package's own tests judge first; what they let live is shown to `WIDER`. Not drawn are
changes within annotations, which nothing evaluates. Prints each survivor as a diff, and per package how many were killed.
Cosmic Ray makes the changes.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("law", "tlog", "books", "disclosure", "duties")
WIDER = (*PACKAGES, "packs")
SPECIFICATIONS = """
    SELECT job_id, module_path, start_pos_row, start_pos_col FROM mutation_specs
    ORDER BY module_path, start_pos_row, start_pos_col, operator_name, operator_args, occurrence
"""
"""In an order of their own: the ids are drawn anew each time."""
TARGET, SECONDS = 0.9, 900
NOT_SLOW = "not browser and not go and not slow"


def main() -> int:
    """Draw, change, judge, report; 1 where fewer than `TARGET` were killed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", choices=PACKAGES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.judge:
        return judge(given.judge)
    with tempfile.TemporaryDirectory(prefix="cunwu-mutants-") as name:
        folder = Path(name) / "copy"
        copy(folder)
        if any(judge(package, folder, wider=package == PACKAGES[0]) for package in PACKAGES):
            print("the tests fail before anything is changed")
            return 1
        sessions = {package: Path(name) / f"{package}.sqlite" for package in PACKAGES}
        for package, session in sessions.items():
            cosmic_ray(folder, "init", config(folder, package), session)
        draw(folder, sessions, given.number, random.Random(given.seed))  # noqa: S311  (nothing secret)
        killed = sum((run(folder, package, session) for package, session in sessions.items()), Counter())
    share = killed["killed"] / max(1, killed.total())
    print(
        f"seed {given.seed}: {killed['killed']} of {killed.total()} killed, {share:.1%}; target {TARGET:.0%}"
    )
    return 0 if share >= TARGET else 1


def copy(folder: Path) -> None:
    """What git holds, as it lies there now, with this environment beside it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")


def config(folder: Path, package: str) -> Path:
    """The settings of Cosmic Ray for one package."""
    path = folder / f"mutants-{package}.toml"
    command = f"{sys.executable} tests/mutants.py 0 --judge {package}"
    path.write_text(
        f'[cosmic-ray]\nmodule-path = "src/cunwu/{package}"\ntimeout = {SECONDS}.0\nexcluded-modules = []\n'
        f"test-command = {json.dumps(command)}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    return path


def cosmic_ray(folder: Path, *argv: str | Path) -> None:
    """One of its commands."""
    subprocess.run(
        [Path(sys.executable).with_name("cosmic-ray"), *argv],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def draw(folder: Path, sessions: dict[str, Path], number: int, chance: random.Random) -> None:
    """Leave `number` changes in all sessions together, each as likely as any other."""
    every = [
        (package, job)
        for package, session in sessions.items()
        for job, module, row, column in query(session, SPECIFICATIONS)
        if not within_annotation(folder / module, row, column)
    ]
    print(f"{len(every):,} changes are possible; {min(number, len(every))} drawn", flush=True)
    drawn = chance.sample(every, min(number, len(every)))
    for package, session in sessions.items():
        kept = [job for each, job in drawn if each == package]
        marks = ",".join("?" * len(kept))
        with sqlite3.connect(session) as database:
            for table in ("mutation_specs", "work_items"):
                database.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", kept)  # noqa: S608  (marks only)


def query(session: Path, statement: str) -> list[tuple]:  # type: ignore[type-arg]
    """Rows of a session."""
    with sqlite3.connect(session) as database:
        return database.execute(statement).fetchall()


_spans: dict[Path, list[tuple[tuple[int, int], tuple[int, int]]]] = {}


def within_annotation(module: Path, row: int, column: int) -> bool:
    """Whether a place in a file belongs to an annotation."""
    if module not in _spans:
        _spans[module] = [
            ((each.lineno, each.col_offset), (each.end_lineno or 0, each.end_col_offset or 0))
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
            for each in (getattr(node, "annotation", None), getattr(node, "returns", None))
            if isinstance(each, ast.expr)
        ]
    return any(begin <= (row, column) < end for begin, end in _spans[module])


def run(folder: Path, package: str, session: Path) -> Counter[str]:
    """Judge the drawn changes of one package."""
    cosmic_ray(folder, "exec", folder / f"mutants-{package}.toml", session)
    found: Counter[str] = Counter()
    for outcome, difference in query(session, "SELECT test_outcome, diff FROM work_results"):
        lived = str(outcome).upper().endswith("SURVIVED")
        found["survived" if lived else "killed"] += 1
        if lived:
            print(difference, flush=True)
    print(f"{package}: {found['killed']} of {found.total()} killed", flush=True)
    return found


def judge(package: str, folder: Path | None = None, *, wider: bool = True) -> int:
    """The tests that come with the package, then the others; the exit code of the first that fails."""
    others = [each for each in WIDER if each != package]
    for folders in ([package], others) if wider else ([package],):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-m",
            NOT_SLOW,
            *(f"tests/{each}" for each in folders),
        ]
        done = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
