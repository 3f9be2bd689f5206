"""What the residents' pages show, read in a fixed number of queries whatever the number of rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Substr

from cunwu.books.sheets import FORMAT, ITEM
from cunwu.disclosure.models import (
    BoardNotice,
    JointMeeting,
    LogEntry,
    Publication,
    Signature,
)
from cunwu.disclosure.queries import State, record_is_missing
from cunwu.documents import actions as documents
from cunwu.duties.models import Duty
from cunwu.org.models import Organization, Place
from cunwu.org.rows import select
from cunwu.procedures.models import Matter
from cunwu.procedures.queries import Sitting, Standing, sittings
from cunwu.procedures.queries import standings as standings_of

CHART_MONTHS = 12
RECENT = 15
"""So many items of a village are told on its own page; the pages of its years tell all of them."""

_IN_FORCE = """
    SELECT (SELECT COUNT(*) FROM cunwu_publication) - COUNT(*) FROM (
        SELECT supersedes_id FROM cunwu_publication WHERE supersedes_id IS NOT NULL
        UNION SELECT publication_id FROM cunwu_tombstone
        UNION SELECT publication_id FROM cunwu_expiry
        UNION SELECT id FROM cunwu_publication WHERE document_id IN (
            SELECT sha256 FROM cunwu_document WHERE erased_at IS NOT NULL
        )
    ) ended
"""
_SHOWN = (
    "organization__place__parent__parent__parent",
    "document",
    "draft",
    "published_by__person",
    "published_by__organization",
    "supersedes",
    "superseded_by",
    "tombstone__by__organization",
    "expiry__totals",
)


def state(publication: Publication) -> State:
    """As `disclosure.queries.state`, from relations that were fetched along, so that a list asks nothing more."""
    if hasattr(publication, "tombstone") or record_is_missing(publication):
        return "taken_down"
    if hasattr(publication, "superseded_by"):
        return "superseded"
    return "expired" if hasattr(publication, "expiry") else "current"


def read_document(publication: Publication) -> dict[str, Any] | None:
    """The published JSON; of an expired list its totals; None of what was taken down."""
    if state(publication) == "taken_down":
        return None
    document = publication.expiry.totals if hasattr(publication, "expiry") else publication.document
    content: dict[str, Any] = json.loads(documents.read(document))
    return content


@dataclass(frozen=True)
class PublicationFacts:
    """One publication with everything that its pages say."""

    publication: Publication
    entry: LogEntry
    state: State
    content: dict[str, Any] | None
    signatures: Sequence[Signature]
    meeting: JointMeeting | None
    boards: Sequence[BoardNotice]


def publication(public_id: str) -> PublicationFacts | None:
    """The facts of one publication; None while its log entry has no place in the log. Four queries.

    Raises Publication.DoesNotExist.
    """
    found = publications([public_id])
    if not found and not Publication.objects.filter(public_id=public_id).exists():
        raise Publication.DoesNotExist(public_id)
    return found[0] if found else None


def publications(public_ids: Sequence[str]) -> list[PublicationFacts]:
    """The facts of those whose log entry has a place in the log. Four queries, however many there are."""
    entries = {
        entry.publication_id: entry
        for entry in LogEntry.objects.filter(
            publication__public_id__in=public_ids, kind=LogEntry.Kind.PUBLICATION
        ).exclude(sequenced_at=None)
    }
    found = Publication.objects.filter(pk__in=list(entries)).select_related(
        *_SHOWN, "draft__joint_meeting", "salt"
    )
    signed: dict[int, list[Signature]] = defaultdict(list)
    counting = Signature.objects.filter(
        Q(on_paper=False) | Q(confirmed_at__isnull=False), digest=F("draft__digest")
    )
    for signature in (
        counting.filter(draft__publication__in=entries)
        .select_related("by__person", "by__organization")
        .order_by("at")
    ):
        signed[signature.draft_id].append(signature)
    boards: dict[int, list[BoardNotice]] = defaultdict(list)
    for notice in BoardNotice.objects.filter(publication__in=entries).order_by("put_up_on", "id"):
        boards[notice.publication_id].append(notice)
    return [
        PublicationFacts(
            publication=each,
            entry=entries[each.pk],
            state=state(each),
            content=read_document(each),
            signatures=signed[each.draft_id] if each.draft_id is not None else (),
            meeting=_meeting(each),
            boards=boards[each.pk],
        )
        for each in found.order_by("id")
    ]


def _meeting(publication: Publication) -> JointMeeting | None:
    """The joint meeting that decided on just what was published."""
    draft = publication.draft
    meeting: JointMeeting | None = getattr(draft, "joint_meeting", None)
    return meeting if draft is not None and meeting is not None and meeting.digest == draft.digest else None


@dataclass
class VillageFacts:
    """A village's publications and duties, the recent ones or those of a year, with what the log says about them."""

    place: Place
    publications: list[Publication]
    duties: list[Duty]
    entry_of: dict[int, LogEntry] = field(default_factory=dict)
    """Publication entries by the publication's key."""
    silence_of: dict[int, LogEntry] = field(default_factory=dict)
    counter_of: dict[int, LogEntry] = field(default_factory=dict)
    """Entries of silence, and of its end, by the duty's key."""
    boards_of: dict[int, list[BoardNotice]] = field(default_factory=dict)
    """Of the three newest publications, by key."""
    years: list[int] = field(default_factory=list)
    """All years of which something was or is to be published, the newest first."""
    sheets: list[tuple[Publication, dict[str, Any]]] = field(default_factory=list)
    """The current monthly sheets, newest first, at most `CHART_MONTHS`."""
    running: list[Standing] = field(default_factory=list)
    """Where each open matter stands."""
    sittings: dict[int, list[Sitting]] = field(default_factory=dict)
    """The meetings called for their steps, by the step's key."""

    def current(self, item: str, period: str) -> Publication | None:
        """What is published under `item` for `period` and still in effect."""
        for each in self.publications:
            if (each.item, each.period) == (item, period) and state(each) == "current":
                return each
        return None


def village(place: Place, today: date) -> VillageFacts:
    """The facts of one village as of `today`: whole years, as many as hold the `RECENT` newest publications.

    Ten queries, six more where matters are open, and the bytes of at most twelve sheets.
    """
    inside = Q(organization__place=place)
    published = Publication.objects.filter(inside)
    newest = list(published.order_by("-period").values_list("period", flat=True)[:RECENT])
    facts = _of_years(place, newest[-1][:4] if len(newest) == RECENT else "", "~")
    facts.years = _years(published, Duty.disclosures.filter(inside))
    boards: dict[int, list[BoardNotice]] = defaultdict(list)
    hung = BoardNotice.objects.filter(publication__in=[each.pk for each in facts.publications[:3]])
    for notice in hung.order_by("put_up_on", "id"):
        boards[notice.publication_id].append(notice)
    facts.boards_of = dict(boards)
    facts.sheets = _sheets(published)
    facts.running = standings_of(
        Matter.objects.filter(inside, state=Matter.State.OPEN).order_by("-id"), today
    )
    facts.sittings = sittings([each.matter for each in facts.running])
    return facts


def village_in(place: Place, year: int) -> VillageFacts:
    """What concerns the periods of one year. Three queries."""
    return _of_years(place, str(year), str(year + 1))


def _of_years(place: Place, first: str, after: str) -> VillageFacts:
    """Periods from `first` on that sort before `after`."""
    inside = Q(organization__place=place, period__gte=first, period__lt=after)
    publications = (
        Publication.objects.filter(inside)
        .select_related("superseded_by", "tombstone__by__organization", "expiry__totals", "document")
        .order_by("-period", "-published_at")
    )
    duties = Duty.disclosures.filter(inside).select_related("next_level")
    facts = VillageFacts(place, list(publications), list(duties.order_by("-due_day", "-period", "name")))
    about = Q(publication__in=[each.pk for each in facts.publications])
    about |= Q(duty__in=[each.pk for each in facts.duties])
    _sort_entries(facts, LogEntry.objects.filter(about).order_by("id"))
    return facts


def _years(*rows: QuerySet[Publication] | QuerySet[Duty]) -> list[int]:
    """The years of the rows' periods, the newest first."""
    found: set[int] = set()
    for each in rows:
        years = each.annotate(year=Substr("period", 1, 4)).order_by().values_list("year", flat=True)
        found.update(map(int, years.distinct()))
    return sorted(found, reverse=True)


def _sort_entries(facts: VillageFacts, entries: Iterable[LogEntry]) -> None:
    for entry in entries:
        if entry.kind == LogEntry.Kind.PUBLICATION and entry.publication_id is not None:
            facts.entry_of[entry.publication_id] = entry
        elif entry.kind == LogEntry.Kind.SILENCE and entry.duty_id is not None:
            facts.silence_of[entry.duty_id] = entry
        elif entry.kind == LogEntry.Kind.COUNTER and entry.duty_id is not None:
            facts.counter_of[entry.duty_id] = entry


def _sheets(published: QuerySet[Publication]) -> list[tuple[Publication, dict[str, Any]]]:
    standing = published.filter(
        item=ITEM, superseded_by=None, tombstone=None, expiry=None, document__erased_at=None
    )
    newest = standing.select_related("document").order_by("-period")[:CHART_MONTHS]
    read = [(each, json.loads(documents.read(each.document))) for each in newest]
    return [(each, content) for each, content in read if content.get("format") == FORMAT]


@dataclass(frozen=True)
class PlaceStanding:
    """How a village or town stands: its newest published month, what is late, what is due next."""

    place: Place
    newest: str | None
    late: int
    late_since: date | None
    next_due: date | None


def standings(place: Place) -> list[PlaceStanding]:
    """The places right below `place`, by name, each with all that lies below it. Four queries."""
    children = list(place.children.filter(until_day=None).order_by("sort_key", "name_zh"))
    length = len(place.path) + 3
    inside = Q(organization__place__path__gte=place.path, organization__place__path__lt=_after(place.path))
    newest: dict[str, str] = {}
    current = Publication.objects.filter(
        organization=OuterRef("pk"), item=ITEM, superseded_by=None, tombstone=None
    )
    last = current.filter(document__erased_at=None).order_by("-period").values("period")[:1]
    # One look into an index for each body, however many months it has published.
    below = Organization.objects.filter(
        keeps_books=True, place__path__gte=place.path, place__path__lt=_after(place.path)
    ).annotate(newest=Subquery(last))
    for path, period in below.exclude(newest=None).values_list("place__path", "newest"):
        newest[path[:length]] = max(period, newest.get(path[:length], ""))
    late: dict[str, tuple[int, date]] = {}
    running: dict[str, date] = {}
    unmet = Duty.disclosures.filter(inside, met_at=None).values_list("organization__place__path")
    for path, count, first in unmet.exclude(late_at=None).annotate(Count("id"), Min("due_day")):
        before = late.get(path[:length], (0, first))
        late[path[:length]] = (before[0] + count, min(before[1], first))
    for path, first in unmet.filter(late_at=None).annotate(Min("due_day")):
        running[path[:length]] = min(first, running.get(path[:length], first))
    return [
        PlaceStanding(
            place=child,
            newest=newest.get(child.path),
            late=late.get(child.path, (0, None))[0],
            late_since=late[child.path][1] if child.path in late else None,
            next_due=running.get(child.path),
        )
        for child in children
    ]


def _after(path: str) -> str:
    """The end of the half-open range of everything at or below `path`."""
    return path[:-1] + chr(ord(path[-1]) + 1)


@dataclass(frozen=True)
class CountyFacts:
    """The towns with their villages, and the county's numbers."""

    county: Place | None
    towns: Sequence[tuple[Place, Sequence[Place]]]
    villages: int
    published: int
    running: int
    late: int


def county() -> CountyFacts:
    """What the front page shows: the towns of the installation's county. Four queries.

    Where no county bears the installation's code, every town that there is.
    """
    levels = (Place.Level.TOWN, Place.Level.VILLAGE)
    below: dict[int, list[Place]] = defaultdict(list)
    towns: list[Place] = []
    here = Place.objects.filter(
        level=Place.Level.COUNTY, code=settings.CUNWU.county_code, until_day=None
    ).first()
    inside = Q(path__gte=here.path, path__lt=_after(here.path)) if here is not None else Q()
    for place in Place.objects.filter(inside, level__in=levels, until_day=None).order_by(
        "sort_key", "name_zh"
    ):
        if place.level == Place.Level.TOWN:
            towns.append(place)
        elif place.parent_id is not None:
            below[place.parent_id].append(place)
    counts = Duty.disclosures.filter(met_at=None).aggregate(
        running=Count("id", filter=Q(late_at=None)), late=Count("id", filter=~Q(late_at=None))
    )
    return CountyFacts(
        county=here,
        towns=[(town, below.get(town.pk, [])) for town in towns],
        villages=sum(map(len, below.values())),
        published=_in_force(),
        **counts,
    )


def _in_force() -> int:
    """How many publications stand: all but the few that ended, so that the many need not be looked at."""
    [(number,)] = select(_IN_FORCE)
    return int(number)
