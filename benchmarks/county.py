"""A county of 600 villages after ten years beside a tenth of it after one: publishing, pages, duties.

    .venv/bin/python benchmarks/county.py [--folder FOLDER] [--bake]

Two installations are built in bulk (`bulk.py`): 60 villages with 12 published months each (720 publications), 600 with 120
(72,000) and 200,000 residents. In each, one after the other, by the same actions, with the database and the log made
durable: publishing a sheet until it is in the log and until residents see it, publications a second, a month's duties
opened, the pages that one publication touches. `--bake` also renders every page of both from nothing, which takes some
gigabytes, and of the small one once more. With `--folder` the installations are kept there and found again. Prints the
machine's own speed first. Targets: see `TARGETS`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import bulk
import machine

SMALL, LARGE = (60, 12, 20_000), (600, 120, 200_000)
"""Villages, months, residents."""
UNTIL_SEEN, ONE_BY_ONE, TOGETHER = 21, 30, 200
TARGETS: dict[str, Callable[[dict[str, float], dict[str, float]], bool]] = {
    "publishing into the log, median, large against small, under 1.2": lambda s, b: (
        b["publish"] / s["publish"] < 1.2
    ),
    "pages after a publication under 300 ms": lambda _, b: b["touched"] < 300,
    "no other file touched, and none by baking again": lambda s, b: (
        not s["strange"] + b["strange"] + s.get("again", 0)
    ),
    "every page anew under 10 min": lambda _, b: b.get("bake", 0) < 600,
    "a month's duties under 5 s, again under 1 s": lambda _, b: b["duties"] < 5 and b["duties_again"] < 1,
    "publications a second: 30 one by one, 300 in bulk": lambda _, b: (
        b["one_by_one"] >= 30 and b["in_bulk"] >= 300
    ),
}


@dataclass
class County:
    """An opened installation; the drafts that are agreed upon and wait to be published."""

    made: bulk.Made
    site: Path
    waiting: list[tuple[Any, Any]]


def measure(folder: Path, size: tuple[int, int, int], *, bake: bool) -> dict[str, float]:
    """Everything about one county, printed and returned: times in ms, rates a second, longer times in seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    machine.set_up_installation(folder)
    county = _open(folder, size)
    found: dict[str, float] = {}
    _bake_places()
    found |= _publish(county)
    found |= _rates(county)
    found |= _duties()
    if bake:
        found |= _bake_all(again=size == SMALL)
    return found


def _open(folder: Path, size: tuple[int, int, int]) -> County:
    """Build or find the county; agree on the next month's sheet in as many villages as will publish."""
    from cunwu.disclosure.models import Publication
    from cunwu.law.periods import Period

    villages, months, residents = size
    newest = Publication.objects.order_by("-id").values_list("period", flat=True).first()
    made = (
        bulk.build(villages, months, residents)
        if newest is None
        else bulk.Made(bulk.there(), [Period.parse(bulk.NEWEST)])
    )
    began = time.perf_counter()
    following = made.periods[-1].next
    done = set(Publication.objects.filter(period=str(following)).values_list("organization_id", flat=True))
    free = [village for village in made.villages if village.collective.pk not in done]
    waiting = [
        (village, bulk.agreed(village, following)) for village in free[: UNTIL_SEEN + ONE_BY_ONE + TOGETHER]
    ]
    print(
        f"{Publication.objects.count():,} publications; {len(waiting)} sheets entered, closed, drafted, signed, "
        f"decided on: {time.perf_counter() - began:.1f} s"
    )
    return County(made, folder / "var" / "site", waiting)


def _bake_places() -> None:
    """The pages of places, which a running installation has."""
    from cunwu.portal import bake

    began = time.perf_counter()
    bulk.forget_stale_pages()
    written = (
        bake._write(bake.common_files())
        + bake._write(bake.power_pages(now=bulk.NOW))
        + bake._write_erasures()
    )
    places = list(bake._shown_places())
    written += bake.bake_places([place.public_id for place in places], bulk.NOW)
    print(f"pages of {len(places)} places: {written} files, {time.perf_counter() - began:.1f} s")


def _publish(county: County) -> dict[str, float]:
    """One sheet after the other until residents see it; which files that touches."""
    from cunwu.books import sheets
    from cunwu.disclosure import log
    from cunwu.portal import bake

    parts: dict[str, list[float]] = {"action": [], "log entry": [], "pages": []}
    strange = 0
    for number in range(UNTIL_SEEN):
        village, draft = county.waiting.pop()
        before = _files(county.site) if number == UNTIL_SEEN - 1 else {}
        times = [time.perf_counter()]
        publication = sheets.publish_sheet(village.xiulan, draft, now=bulk.NOW)
        times.append(time.perf_counter())
        log.sequence(now=bulk.NOW)
        times.append(time.perf_counter())
        bake.bake_stale(now=bulk.NOW, papers=0)
        times.append(time.perf_counter())
        for name, begun, ended in zip(parts, times, times[1:], strict=False):
            parts[name].append((ended - begun) * 1000)
        if before:
            strange = _strangers(county.site, before, village, publication)
    logged = [sum(each) for each in zip(parts["action"], parts["log entry"], strict=True)]
    whole = [sum(each) for each in zip(*parts.values(), strict=True)]
    told = ", ".join(f"{name} {statistics.median(times):.1f}" for name, times in parts.items())
    print(f"publishing a sheet until residents see it: median {statistics.median(whole):.1f} ms ({told})")
    return {
        "publish": statistics.median(logged),
        "until_seen": statistics.median(whole),
        "touched": statistics.median(parts["pages"]),
        "strange": strange,
    }


def _files(site: Path) -> dict[str, int]:
    """When each page was written; the log grows by itself."""
    return {
        str(path.relative_to(site)): path.stat().st_mtime_ns
        for path in site.rglob("*")
        if path.is_file() and path.relative_to(site).parts[0] != "log"
    }


def _strangers(site: Path, before: dict[str, int], village: Any, publication: Any) -> int:
    """How many files changed that show neither the publication nor its village, town, county or front page."""
    from cunwu.disclosure.models import LogEntry
    from cunwu.disclosure.qr import leaf_name

    places = (village.place, village.town, village.town.parent)
    entry = LogEntry.objects.get(publication=publication, kind="publication")
    own = {publication.public_id, leaf_name(entry), *(place.public_id for place in places)}
    changed = [path for path, at in _files(site).items() if before.get(path) != at]
    return sum(not own & set(path.split("/")) and path.count("/") > 1 for path in changed)


def _rates(county: County) -> dict[str, float]:
    """Publications a second with all guards: each made durable by itself, then all in one transaction."""
    from django.db import transaction

    from cunwu.books import sheets
    from cunwu.disclosure import log

    began = time.perf_counter()
    for _ in range(ONE_BY_ONE):
        village, draft = county.waiting.pop()
        sheets.publish_sheet(village.xiulan, draft, now=bulk.NOW)
        log.sequence(now=bulk.NOW)
    alone = ONE_BY_ONE / (time.perf_counter() - began)
    many = len(county.waiting)
    began = time.perf_counter()
    with transaction.atomic():
        while county.waiting:
            village, draft = county.waiting.pop()
            sheets.publish_sheet(village.xiulan, draft, now=bulk.NOW)
    log.sequence(now=bulk.NOW)
    together = many / (time.perf_counter() - began)
    print(f"publications a second, in the log: {alone:.0f} one by one, {together:.0f} in one transaction")
    bulk.forget_stale_pages()
    return {"one_by_one": alone, "in_bulk": together}


def _duties() -> dict[str, float]:
    """The duties of the month that ended, opened by the clock, then the clock again."""
    from cunwu.duties.actions import open_duties
    from cunwu.duties.models import Duty
    from cunwu.org.authority import CLOCK

    last = Duty.objects.order_by("-opened_at").values_list("opened_at", flat=True).first() or bulk.NOW
    now = (max(last, bulk.NOW) + timedelta(days=31)).replace(day=2)
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        opened = open_duties(CLOCK, now=now)
        seconds.append(time.perf_counter() - began)
        print(f"opening the duties of a month: {opened} opened, {seconds[-1]:.2f} s")
    return {"duties": seconds[0], "duties_again": seconds[1]}


def _bake_all(*, again: bool) -> dict[str, float]:
    """Every page from nothing, as after a restore; then again, when nothing changed."""
    from cunwu.portal import bake

    seconds, written = [], 0
    for told in ("every page anew", "again, nothing changed") if again else ("every page anew",):
        began = time.perf_counter()
        written = bake.bake_all(now=bulk.NOW, papers=False, processes=os.cpu_count() or 1)
        seconds.append(time.perf_counter() - began)
        print(f"{told}: {written:,} files written, {seconds[-1]:.1f} s", flush=True)
    return {"bake": seconds[0]} | ({"again": written} if again else {})


def apart(folder: Path, size: tuple[int, int, int], *, bake: bool) -> dict[str, float]:
    """`measure` in a process of its own."""
    answer = folder.with_suffix(".json")
    options = ["--of", str(folder), *map(str, size), *(["--bake"] if bake else [])]
    subprocess.run([sys.executable, __file__, *options], check=True)
    found: dict[str, float] = json.loads(answer.read_text())
    return found


def main() -> int:
    """Measure both, print them side by side; 1 where a target was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--bake", action="store_true")
    parser.add_argument("--of", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of:
        folder, *size = options.of
        found = measure(Path(folder), tuple(map(int, size)), bake=options.bake)  # type: ignore[arg-type]
        Path(folder).with_suffix(".json").write_text(json.dumps(found))
        return 0
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as name:
        home = options.folder or Path(name)
        small = apart(home / "small", SMALL, bake=options.bake)
        large = apart(home / "large", LARGE, bake=options.bake)
    for key, value in large.items():
        print(
            f"{key:<14}{small[key]:>12.2f}{value:>12.2f}   ratio {value / small[key] if small[key] else 1:.2f}"
        )
    met = [(told, holds(small, large)) for told, holds in TARGETS.items()]
    for told, held in met:
        print(f"{'met   ' if held else 'MISSED'} {told}")
    return 0 if all(held for _, held in met) else 1


if __name__ == "__main__":
    sys.exit(main())
