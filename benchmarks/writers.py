"""Eight people in eight villages write at the same moment, and the log grows meanwhile: on SQLite, then on PostgreSQL.

    .venv/bin/python benchmarks/writers.py [MONTHS]

Each of eight processes enters, closes, drafts, signs, decides on and publishes one month after the other, as eleven
actions that each commit by themselves, and keeps the id of every publication that was acknowledged; a ninth sequences the log all
the time. Both databases are durable (each commit reaches the disk). Target: no action fails, whatever the reason; every
acknowledged publication is in the database, at its own place in the log, and `check-log` finds no fault.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import bulk
import machine

WRITERS, MONTHS = 8, 6
ACTIONS = bulk.LINES + 5
"""A month's vouchers, then closing, drafting, signing, deciding and publishing."""


def main() -> int:
    """Both engines, one after the other; 1 where something was refused or lost."""
    machine.speed()
    sys.path.insert(0, str(machine.ROOT / "tests"))
    from postgresql import server

    months = int(sys.argv[1]) if len(sys.argv) > 1 else MONTHS
    good = True
    for name, database in (
        ("SQLite", nullcontext()),
        ("PostgreSQL 18", server("18", "-c listen_addresses=''")),
    ):
        with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as folder, database as url:
            environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
            good &= run(name, Path(folder), environment | ({"DATABASE_URL": url} if url else {}), months)
    print(f"nothing refused, nothing lost: {'met' if good else 'MISSED'}")
    return 0 if good else 1


def run(name: str, folder: Path, environment: dict[str, str], months: int) -> bool:
    """Prepare, let all nine begin at once, look for what was acknowledged."""

    def begin(role: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, __file__, role, str(folder), *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    told(begin("prepare"))
    writers = [begin("write", number, months) for number in range(WRITERS)]
    sequencer = begin("sequence")
    for process in (*writers, sequencer):
        assert process.stdout is not None
        process.stdout.readline()
    began = time.perf_counter()
    for process in (*writers, sequencer):
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    wrote = [told(each) for each in writers]
    seconds = time.perf_counter() - began
    runs = told(sequencer)["runs"]
    acknowledged = [each for one in wrote for each in one["published"]]
    found = told(begin("look"), acknowledged)
    waits = sorted(wait for one in wrote for wait in one["waits"])
    failed = [each for one in wrote for each in one["failed"]]
    print(
        f"{name:<14}{len(waits) / seconds:6.0f} actions and {len(acknowledged) / seconds:5.1f} publications a second; an action "
        f"waits {waits[len(waits) // 2]:.0f} ms, of a hundred one {waits[len(waits) * 99 // 100]:.0f} ms, at most {waits[-1]:.0f} ms"
    )
    print(
        f"{'':<14}{len(acknowledged)} publications acknowledged, {found['lost']} lost, {len(failed)} actions refused "
        f"{failed[:3]}; {runs} runs of the sequencer, {found['entries']} entries, faults of the log: {found['faults']}"
    )
    whole = len(acknowledged) == WRITERS * months
    return whole and not failed and not found["lost"] and not found["faults"] and found["contiguous"]


def told(process: subprocess.Popen[str], given: object = None) -> Any:
    """What a process said last. Raises RuntimeError where it broke."""
    said, _ = process.communicate(None if given is None else json.dumps(given) + "\n")
    if process.returncode:
        raise RuntimeError(f"a process ended with {process.returncode}")
    return json.loads(said.splitlines()[-1])


def prepare() -> dict[str, Any]:
    """Eight villages with opened books, and an empty log."""
    from cunwu.books import actions as books
    from cunwu.disclosure import log
    from cunwu.law.periods import Period

    bulk._create_villages(WRITERS)
    opening = {"102": bulk.OPENING, "322": -bulk.OPENING}
    for village in bulk.there():
        books.open_books(village.wang, village.collective, Period.parse("2024-01"), opening, now=bulk.NOW)
    log.sequence(now=bulk.NOW)
    return {}


def write(number: str, months: str) -> dict[str, Any]:
    """A village's months, one after the other."""
    from cunwu.books import actions as books
    from cunwu.books import sheets
    from cunwu.books.actions import PostingEntry, VoucherEntry
    from cunwu.disclosure import actions as disclosure
    from cunwu.law.periods import Period

    village, period = bulk.there()[int(number)], Period.parse("2024-01")
    found: dict[str, list[Any]] = {"published": [], "waits": [], "failed": []}

    def timed(action: Callable[..., Any], *given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return action(*given, **named, now=bulk.NOW)
        except Exception as error:
            found["failed"].append(f"{type(error).__name__}: {error}")
            raise
        finally:
            found["waits"].append((time.perf_counter() - began) * 1000)

    who = (village.wang, village.collective)
    wait()
    try:
        for _ in range(int(months)):
            for line in range(bulk.LINES):
                purpose = bulk.PURPOSE.format(line)
                postings = (
                    PostingEntry("513", purpose, debit=bulk.SPENT),
                    PostingEntry("102", purpose, credit=bulk.SPENT),
                )
                timed(
                    books.enter_voucher,
                    *who,
                    VoucherEntry(period.first_day + timedelta(days=line), postings),
                )
            timed(books.close_month, *who, period)
            draft = timed(sheets.draft_sheet, *who, period)
            timed(disclosure.sign, village.zhao, draft)
            meeting = {
                "held_on": bulk.NOW.date(),
                "chaired_by": "李建国",
                "present": 7,
                "expected": 9,
                "in_favour": 6,
            }
            timed(disclosure.record_joint_meeting, village.clerk, draft, **meeting)
            found["published"].append(timed(sheets.publish_sheet, village.xiulan, draft).public_id)
            period = period.next
    except Exception as error:
        print(f"village {number}: {error}", file=sys.stderr)
    return found


def sequence() -> dict[str, Any]:
    """The log, again and again until three seconds bring nothing new."""
    from cunwu.disclosure import log

    wait()
    runs, idle_since = 0, time.monotonic()
    while time.monotonic() - idle_since < 3:
        runs += 1
        if log.sequence(now=bulk.NOW).count:
            idle_since = time.monotonic()
        time.sleep(0.05)
    return {"runs": runs}


def look() -> dict[str, Any]:
    """Of the acknowledged publications, how many are not in the database and the log; what `check-log` says."""
    from cunwu.disclosure import log
    from cunwu.disclosure.models import LogEntry

    acknowledged = json.loads(sys.stdin.readline())
    log.sequence(now=bulk.NOW)
    there = set(
        LogEntry.objects.filter(kind="publication", publication__public_id__in=acknowledged).values_list(
            "publication__public_id", flat=True
        )
    )
    places = sorted(LogEntry.objects.values_list("index", flat=True))
    return {
        "lost": len(set(acknowledged) - there),
        "entries": len(places),
        "contiguous": places == list(range(len(places))),
        "faults": log.check(),
    }


def wait() -> None:
    """Say that this process is ready; go on when all are."""
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    roles: dict[str, Callable[..., dict[str, Any]]] = {
        "prepare": prepare,
        "write": write,
        "sequence": sequence,
        "look": look,
    }
    if len(sys.argv) > 1 and sys.argv[1] in roles:
        role, folder, *arguments = sys.argv[1:]
        machine.set_up_installation(Path(folder), migrated=role != "prepare")
        print(json.dumps(roles[role](*arguments)))
        sys.exit(0)
    sys.exit(main())
