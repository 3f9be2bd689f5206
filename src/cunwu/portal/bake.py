"""From rows to files: renders the public pages whose content changed, and all of them when asked.

Actions leave a StalePage row; `bake_stale` renders what the row names and then deletes it, unless the row was renewed
meanwhile. Stopped in between, it renders again: nothing is lost, nothing is half written.
"""

from __future__ import annotations

import json
import multiprocessing
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path

import django
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
PUBLICATIONS_AT_ONCE, PLACES_AT_ONCE = 50, 5
"""So many are read together, and handed to a process, when everything is rendered."""
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

    Pages first, in the order in which residents look for them: publications, places from the village up, the front
    page. Then at most `papers` notices, since a notice costs as much as all pages of its publication. A publication
    whose entry is not in the log yet, or a notice without fonts to set it, is left for a later run. A
    row that fails does not hold up the others: the errors are raised together when they are done.
    """
    pages, notices = StalePage.objects.exclude(kind="notice"), StalePage.objects.filter(kind="notice")
    faults: list[Exception] = []
    done = _bake_rows(pages.order_by("-kind", "-id"), now, faults)
    done += _bake_rows(notices.order_by("id")[:papers], now, faults)
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
    *,
    now: datetime,
    papers: bool = True,
    papers_anew: bool = False,
    progress: Progress | None = None,
    processes: int = 1,
) -> int:
    """Render every page and remove every file that is nobody's any more; returns how many files were written.

    With `papers` False the notices and workbooks that are missing are left to `bake_stale`, as rows of kind
    "notice"; one that is there is not made again unless with `papers_anew`: what it is printed from never changes, but the
    fingerprint of the log's key may. `progress` is called with the number of pages done and the number of all. With more
    than one of `processes` they share the work. Raises as `bake_stale`.
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
    places = [place.public_id for place in _shown_places()]
    for public_id in publications if papers_anew else ():
        for paper in (folder / f"d/{public_id}").glob("notice-*.pdf"):
            site.remove(folder, str(paper.relative_to(folder)))
    done, total = 0, len(publications) + len(places) + 1
    for count, files in _shared(list(map(str, publications)), places, now, processes):
        done, written = done + count, written + files
        _report(progress, done, total)
    written += _write(front_pages(queries.county(), now=now)) + _write_erasures()
    faults: list[Exception] = []
    while papers and not faults:
        if not _bake_rows(StalePage.objects.filter(kind="notice")[:PAPERS_AT_ONCE], now, faults):
            break
    _raise_together(faults)
    _remove_unknown(folder, set(map(str, publications)), set(places))
    _report(progress, total, total)
    for pk, since, kind, key in rows:
        if kind != "publication" or key in publications:
            StalePage.objects.filter(pk=pk, since=since).delete()
    return written


def _shared(
    publications: Sequence[str], places: Sequence[str], now: datetime, processes: int
) -> Iterator[tuple[int, int]]:
    """Renders a part after the other; yields how many keys each part had, and how many files it wrote."""
    parts = [(bake_publications, part) for part in _parts(publications, PUBLICATIONS_AT_ONCE)]
    parts += [(bake_places, part) for part in _parts(places, PLACES_AT_ONCE)]
    if processes == 1 or len(parts) < processes:
        yield from ((len(part), work(part, now)) for work, part in parts)
        return
    # Begun anew, not forked: a connection to the database does not survive in two processes.
    begun_anew = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, begun_anew, initializer=django.setup) as pool:
        waiting = [(len(part), pool.submit(work, part, now)) for work, part in parts]
        yield from ((count, each.result()) for count, each in waiting)


def _parts(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def bake_places(public_ids: Sequence[str], now: datetime) -> int:
    """Render all pages of these places, those of years that no longer change too; returns how many files changed."""
    found = Place.objects.filter(public_id__in=public_ids).select_related("parent__parent__parent")
    return sum(_write(place_pages(place, every_year=True, now=now)) for place in found.order_by("path"))


def bake_publications(public_ids: Sequence[str], now: datetime) -> int:
    """Render the pages and proofs of these publications; returns how many files changed.

    Those not in the log yet are left out. Papers that are missing are left as rows of kind "notice".
    """
    return _bake_publications(queries.publications(public_ids), now)


def _bake_publications(found: Iterable[queries.PublicationFacts], now: datetime) -> int:
    written, without_papers = 0, []
    for facts in found:
        written += _bake_facts(facts)
        if _lacks_papers(facts):
            without_papers.append(StalePage(kind="notice", key=facts.publication.public_id, since=now))
    StalePage.objects.bulk_create(without_papers, ignore_conflicts=True)
    return written


def _bake_facts(facts: queries.PublicationFacts) -> int:
    """Of what was taken down, everything but the record of that is overwritten and removed, compressed copies too."""
    over = facts.state in {"taken_down", "expired"}
    written = _erase(facts, site_folder()) if over else _write(pages(facts))
    if facts.state == "taken_down":
        return written + _write_erasures()
    data_files = downloads.proof_files(facts) | contracts.files(facts)
    return written + _write(
        {f"d/{facts.publication.public_id}/{name}": data for name, data in data_files.items()}
    )


def _lacks_papers(facts: queries.PublicationFacts) -> bool:
    notice_file = site_folder() / "d" / facts.publication.public_id / "notice-a3.pdf"
    return facts.state in {"current", "superseded"} and not notice_file.exists()


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
    """One publication, and the page of its year where that is none of those which its village's row renders.

    False while it is not in the log.
    """
    facts = queries.publication(public_id)
    if facts is None:
        return False
    _bake_publications([facts], now)
    year = int(facts.publication.period[:4])
    if year < now.year - 1:
        _write(year_pages(facts.publication.organization.place, year))
    return True


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
