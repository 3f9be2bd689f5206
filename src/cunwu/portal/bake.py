"""From rows to files: renders the public pages whose content changed, and all of them when asked.

Actions leave a StalePage row; `bake_stale` renders what the row names and then deletes it, unless the row was renewed
meanwhile. Stopped in between, it renders again: nothing is lost, nothing is half written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from cunwu.disclosure import keys, log
from cunwu.disclosure.models import LogEntry, Publication, StalePage
from cunwu.disclosure.qr import leaf_name
from cunwu.disclosure.queries import erased_without_record
from cunwu.documents import seal
from cunwu.org.models import Place
from cunwu.portal import contracts, downloads, notice, queries, site
from cunwu.portal.figures import LANGUAGES
from cunwu.portal.offline import verifier
from cunwu.portal.places import front_pages, place_pages, year_pages
from cunwu.portal.powers import power_pages
from cunwu.portal.rendering import render
from cunwu.portal.sheets import pages
from cunwu.portal.wording import say

STATIC = Path(__file__).resolve().parents[1] / "static" / "portal"
PAPERS_AT_ONCE = 20
"""So many notices (PDF, workbook) are made up in one run of `bake_stale`, after the pages."""

ROWS_AT_ONCE = 20
"""So many rows are deleted together once they are rendered: each deletion is a write that waits for the disk."""

_COMMENT = re.compile(r"^\s*/\*.*?\*/", re.DOTALL | re.MULTILINE)

Progress = Callable[[int, int], None]


def site_folder() -> Path:
    """What the reader serves and `export_site` copies; the log lies in it as `log/`."""
    return Path(settings.HOME) / "site"


def bake_stale(*, now: datetime, papers: int = PAPERS_AT_ONCE) -> int:
    """Render what StalePage rows name; returns how many rows were done.

    Pages first; then at most `papers` notices, since a notice costs as much as all pages of its publication. A
    publication whose entry is not in the log yet, or a notice without fonts to set it, is left for a later run. A
    row that fails does not hold up the others: the errors are raised together when they are done.
    """
    rows = StalePage.objects.order_by("id")
    faults: list[Exception] = []
    done = _bake_rows(rows.exclude(kind="notice"), now, faults)
    done += _bake_rows(rows.filter(kind="notice")[:papers], now, faults)
    _raise_together(faults)
    return done


def _raise_together(faults: list[Exception]) -> None:
    if faults:
        raise ExceptionGroup("pages that could not be rendered", faults)


def _bake_rows(rows: Iterable[StalePage], now: datetime, faults: list[Exception]) -> int:
    done, waiting = 0, list(rows)
    for start in range(0, len(waiting), ROWS_AT_ONCE):
        finished = Q()
        for row in waiting[start : start + ROWS_AT_ONCE]:
            try:
                if _bake_row(row, now):
                    finished |= Q(pk=row.pk, since=row.since)
            except Exception as fault:
                faults.append(fault)
        if finished:
            done += StalePage.objects.filter(finished).delete()[0]
    return done


def bake_all(
    *, now: datetime, papers: bool = True, papers_anew: bool = False, progress: Progress | None = None
) -> int:
    """Render every page and remove every file that is nobody's any more; returns how many files were written.

    With `papers` False the notices and workbooks that are missing are left to `bake_stale`, as rows of kind
    "notice"; one that is there is not made again unless with `papers_anew`: what it is printed from never changes, but the
    fingerprint of the log's key may. `progress` is called with the number of pages done and the number of all. Raises as `bake_stale`.
    """
    folder = site_folder()
    rows = list(StalePage.objects.exclude(kind="notice").values_list("pk", "since", "kind", "key"))
    written = _write(common_files()) + _write(power_pages(now=now))
    publications = list(
        LogEntry.objects.filter(kind=LogEntry.Kind.PUBLICATION)
        .exclude(sequenced_at=None)
        .order_by("index")
        .values_list("publication__public_id", flat=True)
    )
    places = list(_shown_places())
    total = len(publications) + len(places) + 1
    for number, public_id in enumerate(publications, 1):
        for paper in (folder / f"d/{public_id}").glob("notice-*.pdf") if papers_anew else ():
            site.remove(folder, str(paper.relative_to(folder)))
        written += bake_publication(str(public_id), now=now) or 0
        _report(progress, number, total)
    for number, place in enumerate(places, len(publications) + 1):
        written += _write(place_pages(place, every_year=True, now=now))
        _report(progress, number, total)
    written += _write(front_pages(queries.county(), now=now)) + _write_erasures()
    faults: list[Exception] = []
    while papers and not faults:
        if not _bake_rows(StalePage.objects.filter(kind="notice")[:PAPERS_AT_ONCE], now, faults):
            break
    _raise_together(faults)
    _remove_unknown(folder, set(map(str, publications)), {place.public_id for place in places})
    _report(progress, total, total)
    for pk, since, kind, key in rows:
        if kind != "publication" or key in publications:
            StalePage.objects.filter(pk=pk, since=since).delete()
    return written


def bake_publication(public_id: str, *, now: datetime) -> int | None:
    """Render one publication's pages and its proof; returns how many files changed, None while it is not in the log.

    Papers that are missing are left as a row of kind "notice". Of what was taken down, everything but the record of
    that is overwritten and removed, compressed copies too.
    """
    facts = queries.publication(public_id)
    if facts is None:
        return None
    folder = site_folder()
    over = facts.state in {"taken_down", "expired"}
    written = _erase(facts, folder) if over else _write(pages(facts))
    if facts.state == "taken_down":
        return written + _write_erasures()
    here = f"d/{public_id}"
    data_files = downloads.proof_files(facts) | contracts.files(facts)
    written += _write({f"{here}/{name}": data for name, data in data_files.items()})
    if facts.state != "expired" and not (folder / here / "notice-a3.pdf").exists():
        notices = [StalePage(kind="notice", key=public_id, since=now)]
        StalePage.objects.bulk_create(notices, ignore_conflicts=True)
    return written


def common_files() -> dict[str, bytes]:
    """Style, scripts, the page on how to verify, and the offline verifier: what belongs to no place."""
    files = {
        f"static/{path.name}": _lean(path) for path in sorted(STATIC.iterdir()) if path.name != "offline.js"
    }
    files["verify.html"] = verifier()
    changes = keys.history()
    files |= {
        f"handovers/{at}.txt": each.handover.encode() for at, each in enumerate(changes, 1) if each.handover
    }
    for language in LANGUAGES:
        path = f"{language}/how/index.html"
        witnesses = settings.CUNWU.witnesses
        named = [
            say(
                language,
                "witness_independent" if w.independent else "witness_not_independent",
                name=w.title_zh if language == "zh" else w.title_en,
            )
            for w in witnesses
        ]
        files[path] = render(
            "how.html",
            language,
            path,
            fingerprint=log.fingerprint(),
            changes=changes,
            seal=seal.fingerprint(),
            earlier_seals=keys.earlier_fingerprints("seal"),
            witnesses=named,
            independent=any(w.independent for w in witnesses),
        )
    return files


def _lean(path: Path) -> bytes:
    """A style or script without its comments and indentation, which every phone would pay for."""
    data = path.read_bytes()
    if path.suffix not in {".css", ".js"}:
        return data
    lines = (line.strip() for line in _COMMENT.sub("", data.decode()).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode() + b"\n"


def _bake_row(row: StalePage, now: datetime) -> bool:
    """Render what one row names; False where it must wait."""
    if row.kind == "publication":
        return _bake_with_its_year(row.key, now)
    if row.kind == "notice":
        return _bake_papers(row.key)
    if row.kind == "place":
        place = Place.objects.select_related("parent__parent__parent").get(public_id=row.key)
        _write(place_pages(place, now=now))
        return True
    if not (site_folder() / "erasures.json").exists():
        _write(common_files())
        _write(power_pages(now=now))
        _write_erasures()
    _write(front_pages(queries.county(), now=now))
    return True


def _bake_with_its_year(public_id: str, now: datetime) -> bool:
    """One publication, and the page of its year where that is none of those which its village's row renders."""
    done = bake_publication(public_id, now=now) is not None
    shown = Publication.objects.select_related("organization__place__parent__parent__parent").get(
        public_id=public_id
    )
    year = int(shown.period[:4])
    if done and year < now.year - 1:
        _write(year_pages(shown.organization.place, year))
    return done


def _bake_papers(public_id: str) -> bool:
    """The workbook, the CSV and the notices of one publication; False where there are no fonts for the notices."""
    facts = queries.publication(public_id)
    if facts is None or facts.state not in {"current", "superseded"}:
        return True
    made = downloads.tables(facts) | (notice.notices(facts) if notice.fonts_are_there() else {})
    _write({f"d/{public_id}/{name}": data for name, data in made.items()})
    return "notice-a3.pdf" in made


def _write(files: dict[str, bytes]) -> int:
    folder = site_folder()
    return sum(site.write(folder, path, data) for path, data in files.items())


def _shown_places() -> Iterable[Place]:
    """Places with a page: towns and villages of the county, the county, and whatever has organizations."""
    facts = queries.county()
    ids = {place.pk for town, children in facts.towns for place in (town, *children)}
    if facts.county is not None:
        ids.add(facts.county.pk)
    return Place.objects.filter(pk__in=ids).select_related("parent__parent__parent").order_by("path")


def _erase(facts: queries.PublicationFacts, folder: Path) -> int:
    """Destroy what showed the content, and put the record of its end in the place of its pages at once."""
    public_id, name = facts.publication.public_id, leaf_name(facts.entry)
    for file in downloads.ERASED_FILES:
        site.remove(folder, f"d/{public_id}/{file}")
    shown = [
        f"{p}/index.html" for p in (f"zh/d/{public_id}", f"en/d/{public_id}", f"v/{name}", f"en/v/{name}")
    ]
    for page in shown:
        site.set_aside(folder, page)
    written = _write(pages(facts))
    for page in shown:
        site.destroy_aside(folder, page)
    return written


def _write_erasures() -> int:
    """`erasures.json`: by leaf hash, the files that no mirror may keep."""
    gone = Publication.objects.filter(Q(tombstone__isnull=False) | Q(pk__in=erased_without_record()))
    entries = LogEntry.objects.filter(publication__in=gone, kind=LogEntry.Kind.PUBLICATION)
    listed = [
        {
            "leaf": leaf_hash,
            "paths": [f"d/{public_id}/{file}" for file in downloads.ERASED_FILES],
        }
        for leaf_hash, public_id in entries.order_by("id").values_list("leaf_hash", "publication__public_id")
    ]
    body = {"format": "cunwu-erasures/1", "erasures": listed}
    return _write({"erasures.json": json.dumps(body, indent=1).encode()})


def _remove_unknown(folder: Path, publications: set[str], places: set[str]) -> None:
    """Remove pages of publications and places that are not, or are no longer, shown."""
    for parent, known in (
        ("d", publications),
        ("zh/d", publications),
        ("en/d", publications),
        ("zh/p", places),
        ("en/p", places),
        ("p", places),
    ):
        for found in (folder / parent).glob("*"):
            if found.is_dir() and found.name not in known:
                for file in found.rglob("*"):
                    if file.is_file():
                        site.remove(folder, str(file.relative_to(folder)))
                for inside in sorted(found.rglob("*"), reverse=True):
                    inside.rmdir()
                found.rmdir()


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
