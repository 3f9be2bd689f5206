"""Every page of the desk, and baking one of each kind of the portal: after one year and after ten.

    .venv/bin/python benchmarks/pages.py [--county FOLDER]

Sixty villages with 12 published months each, the same with 120 (`bulk.py`), each in a process of its own; with `--county` also the
600 villages that `county.py --folder FOLDER` left there. Every address of the desk that needs no more than an organization or
a month, as the accountant and the township's officer see it, and what each leads to first: the shortest of `TIMES` runs, and the
number of queries. Target: no page takes `RATIO` times as long after ten years, and none asks more queries.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import bulk
import machine

YOUNG, OLD = (60, 12, 20_000), (60, 120, 20_000)
RATIO, TIMES = 1.3, 9
LEAST_MS = 1.0
"""A difference below this is the clock's, not the page's."""
Found = dict[str, tuple[float, int]]


def measure(folder: Path, size: tuple[int, int, int]) -> Found:
    """Milliseconds and queries of each page."""
    folder.mkdir(parents=True, exist_ok=True)
    machine.set_up_installation(folder)
    os.environ["CUNWU_NOW"] = bulk.NOW.isoformat()
    logging.disable()  # offices that may not see a page are refused, which the log would tell of
    from cunwu.disclosure import log
    from cunwu.disclosure.models import Publication

    if not Publication.objects.exists():
        bulk.build(*size)
        log.sequence(now=bulk.NOW)
    return desk() | portal()


def desk() -> Found:
    """The pages that answer, by who looks."""
    from django.test import Client

    from cunwu.org.models import Appointment

    village = bulk.there()[7]
    officer = Appointment.objects.select_related("person").filter(organization=village.township).latest("id")
    found: Found = {}
    for who, appointment in (("accountant", village.wang), ("officer", officer)):
        browser = Client(headers={"host": "localhost"})
        browser.force_login(user_of(appointment))
        for name, address in addresses(village):
            if browser.get(address).status_code == HTTPStatus.OK:
                found[f"{name}, {who}"] = timed(partial(browser.get, address))
    return found


def user_of(appointment: Any) -> Any:
    """The log-in of the appointment's person, with both factors."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.contrib.auth.models import User

    person = appointment.person
    if person.user is None:
        person.user = User.objects.create_user(person.public_id)
        person.save()
        TOTP.activate(person.user, generate_totp_secret())
    return person.user


def addresses(village: Any) -> list[tuple[str, str]]:
    """Name and address of each page that is about nothing, a village's body, or its newest month and publication."""
    from django.urls import NoReverseMatch, reverse

    from cunwu.desk.urls import urlpatterns
    from cunwu.disclosure.models import Publication

    newest = Publication.objects.filter(organization=village.collective).latest("id")
    given = (
        {},
        {"organization_id": village.collective.public_id},
        {"organization_id": village.committee.public_id},
        {"organization_id": village.collective.public_id, "period": newest.period},
        {"organization_id": village.collective.public_id, "code": "102"},
        {"publication_id": newest.public_id},
        {"draft_id": newest.draft.public_id},
    )
    pages = []
    for pattern in urlpatterns:
        for number, arguments in enumerate(given):
            try:
                address = reverse(f"desk:{pattern.name}", kwargs=arguments)
            except NoReverseMatch:
                continue
            if pattern.name not in ("language", "switch"):
                pages.append((f"{pattern.name}{' (committee)' if number == 2 else ''}", address))
    return pages


def portal() -> Found:
    """A publication, its village, town and county, baked anew."""
    from cunwu.disclosure.models import Publication
    from cunwu.portal import bake

    village = bulk.there()[7]
    newest = Publication.objects.filter(organization=village.collective).latest("id")
    of_place = {"village": village.place, "town": village.town, "county": village.town.parent}
    return {f"bake {name}": timed(partial(bake_place, place)) for name, place in of_place.items()} | {
        "bake publication": timed(lambda: bake.bake_publications([newest.public_id], bulk.NOW))
    }


def bake_place(place: Any) -> None:
    """What a publication in it calls for: not the pages of years that no longer change."""
    from cunwu.portal import bake
    from cunwu.portal.places import place_pages

    bake._write(place_pages(place, now=bulk.NOW))


def timed(run: Callable[[], object]) -> tuple[float, int]:
    """The shortest time in ms, and the queries of one run."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        run()
    asked = len(queries)  # counted now: the next request empties the list
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1000)
    return min(times), asked


def apart(folder: Path, size: tuple[int, int, int]) -> Found:
    """`measure` in a process of its own."""
    subprocess.run([sys.executable, __file__, "--of", str(folder), *map(str, size)], check=True)
    found: Found = json.loads(folder.with_suffix(".pages.json").read_text())
    return found


def main() -> int:
    """Measure, print side by side; 1 where a page grew with age."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--county", type=Path)
    parser.add_argument("--of", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of:
        folder, *size = options.of
        found = measure(Path(folder), tuple(map(int, size)))  # type: ignore[arg-type]
        Path(folder).with_suffix(".pages.json").write_text(json.dumps(found))
        return 0
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as name:
        young, old = apart(Path(name) / "young", YOUNG), apart(Path(name) / "old", OLD)
    county = apart(options.county / "large", OLD) if options.county else {}
    grew = 0
    for page, (ms, queries) in young.items():
        later, more = old[page]
        worse = (later > RATIO * ms and later - ms > LEAST_MS) or more > queries
        grew += worse
        beside = f"{county[page][0]:9.1f} {county[page][1]:4}" if page in county else ""
        print(
            f"{page:<40}{ms:8.1f} {queries:4}{later:9.1f} {more:4}   ratio {later / ms:4.2f}{'  GREW' * worse}   {beside}"
        )
    print(
        f"{len(young)} pages; {grew} grew with age: target none by {RATIO} or in queries: {'MISSED' if grew else 'met'}"
    )
    return 1 if grew else 0


if __name__ == "__main__":
    sys.exit(main())
