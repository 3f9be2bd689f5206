"""What pages, paper and commands ask about publications, duties and boards; each in a fixed number of queries."""

from __future__ import annotations

from base64 import b32decode, b64encode
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.db.models.functions import Substr

from cunwu.disclosure import keys, log
from cunwu.disclosure.entries import Shown, publication_entry, shown
from cunwu.disclosure.models import BoardNotice, Draft, Expiry, LogEntry, Publication, Tombstone
from cunwu.disclosure.notices import boards_of
from cunwu.disclosure.publishing import days_after
from cunwu.documents import actions as documents
from cunwu.duties.models import Duty
from cunwu.errors import NotFound
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Organization, Place

State = Literal["current", "superseded", "expired", "taken_down"]


@dataclass(frozen=True)
class Listed:
    """A publication with what became of it, as a list or a page shows it."""

    publication: Publication
    state: State
    entry: LogEntry
    tombstone: Tombstone | None
    expiry: Expiry | None
    superseded_by: Publication | None
    notices: tuple[BoardNotice, ...]

    @property
    def in_log(self) -> bool:
        """Whether its entry is sequenced, so that it can be proven and printed."""
        return self.entry.sequenced_at is not None


@dataclass(frozen=True)
class Kept:
    """How duties stand in one place and everything below it, counted."""

    place: Place
    in_time: int
    met_late: int
    running: int
    late: int
    """over and nothing published"""


@dataclass(frozen=True)
class Silence:
    """A day that passed without publication, as the log holds it, and the entry of the publication that came after."""

    entry: LogEntry
    duty: Duty
    counter: LogEntry | None


def record_is_missing(publication: Publication) -> bool:
    """Whether its bytes are erased without a record why: a backup from before that was restored, the log is older too.

    Asks nothing more where document, tombstone and expiry were fetched along.
    """
    known = hasattr(publication, "tombstone") or hasattr(publication, "expiry")
    return not known and publication.document.erased_at is not None


def erased_without_record() -> QuerySet[Publication]:
    """Every publication of which `record_is_missing` holds."""
    erased = Publication.objects.filter(document__erased_at__isnull=False, tombstone=None, expiry=None)
    return erased.select_related("organization").order_by("id")


def state(publication: Publication) -> State:
    """What became of it. Taken down says more than superseded, and superseded more than expired."""
    return listed(publication).state


def listed(publication: Publication) -> Listed:
    """One publication with what became of it."""
    return _as_listed(_with_fate(Publication.objects.filter(pk=publication.pk)).get())


def publications(place: Place) -> list[Listed]:
    """Everything ever published by the organizations of a place, newest period first, each version of it."""
    everything = Publication.objects.filter(organization__place=place)
    return [
        _as_listed(publication)
        for publication in _with_fate(everything).order_by("-period", "item", "-published_at", "-id")
    ]


def current_publications(place: Place) -> list[Listed]:
    """What is in force at a place: the last version of each item and period, unless it was taken down."""
    return [each for each in publications(place) if each.state in {"current", "expired"}]


def versions(publication: Publication) -> list[Publication]:
    """All versions of the same item and period, the first one first."""
    same = Publication.objects.filter(
        organization=publication.organization_id,
        item=publication.item,
        period=publication.period,
        about=publication.about,
    )
    return list(same.select_related("document", "tombstone").order_by("published_at", "id"))


def entry_named(name: str) -> LogEntry:
    """The entry whose leaf hash is written as `name`, 52 characters of base32 in either case.

    Raises NotFound `disclosure.no_such_entry`.
    """
    try:
        leaf_hash = b32decode(f"{name.upper()}====").hex()
    except ValueError:
        leaf_hash = ""
    entry = (
        LogEntry.objects.select_related("publication__organization__place")
        .filter(leaf_hash=leaf_hash)
        .first()
    )
    if entry is None:
        raise NotFound(
            "disclosure.no_such_entry",
            "本县的日志里没有这条存证：纸上的二维码不是本系统印制的，或者扫描不完整；请重新扫描，或者到村务公开页面查找。",
            "The county's log has no such entry: the code on the paper is not ours, or was not read in full; scan again, "
            "or look on the village's page.",
        )
    return entry


def bundle(publication: Publication) -> dict[str, Any]:
    """Everything that an offline check needs, as one JSON object (`cunwu-bundle/1`, read by `cunwu.tlog.verify`).

    Raises NotFound `disclosure.taken_down`, NotReady `log.pending`.
    """
    return bundle_of(shown(publication))


def bundle_of(part: Shown) -> dict[str, Any]:
    """As `bundle`, of what was read already."""
    handovers = keys.handovers()
    return {
        "format": "cunwu-bundle/1",
        "document": b64encode(documents.read(part.document)).decode(),
        "salt": part.salt.hex(),
        "entry": b64encode(part.entry.leaf.encode()).decode(),
        "proof": log.proof(part.entry),
        "key": log.public_key(),
        **({"handovers": handovers} if handovers else {}),
    }


def missing(organization: Organization, day: date) -> list[Duty]:
    """Disclosures that the organization owes and that were due before `day`, the oldest first."""
    owed = organization.duties.exclude(catalogue_item="").filter(met_at=None, due_day__lt=day)
    return list(owed.order_by("due_day", "id"))


def owed(place: Place) -> QuerySet[Duty]:
    """Every disclosure that the organizations of the place still owe, late or not, by due day."""
    duties = Duty.disclosures.filter(organization__place=place, met_at=None)
    return duties.select_related("organization").order_by("due_day", "id")


def silences(place: Place) -> list[Silence]:
    """The silences of a place that the log holds, newest first, with what countered each."""
    counters = LogEntry.objects.filter(kind=LogEntry.Kind.COUNTER).select_related("publication")
    entries = (
        LogEntry.objects.filter(kind=LogEntry.Kind.SILENCE, duty__organization__place=place)
        .select_related("duty__organization")
        .prefetch_related(Prefetch("duty__log_entries", queryset=counters, to_attr="counters"))
    )
    return [
        Silence(entry, entry.duty, next(iter(getattr(entry.duty, "counters", [])), None))
        for entry in entries.order_by("-duty__due_day", "-id")
        if entry.duty is not None
    ]


def kept_below(place: Place, period: str) -> list[Kept]:
    """How the disclosures of `period` stand in each place right below `place`, all below it counted in, by name."""
    children = list(place.children.filter(until_day=None).order_by("sort_key", "id"))
    width = len(place.path) + 3
    below = Duty.disclosures.filter(
        organization__place__path__gt=place.path,
        organization__place__path__lt=place.path + "~",
        period=period,
    )
    in_time = Q(met_at__isnull=False, met_at__lt=F("due_at"))
    rows = (
        below.annotate(child=Substr("organization__place__path", 1, width))
        .values("child")
        .annotate(
            in_time=Count("id", filter=in_time),
            met_late=Count("id", filter=Q(met_at__isnull=False) & ~in_time),
            running=Count("id", filter=Q(met_at=None, late_at=None)),
            late=Count("id", filter=Q(met_at=None, late_at__isnull=False)),
        )
    )
    counted = {row["child"]: (row["in_time"], row["met_late"], row["running"], row["late"]) for row in rows}
    return [Kept(child, *counted.get(child.path, (0, 0, 0, 0))) for child in children]


def short_notices(place: Place) -> list[BoardNotice]:
    """Paper of current publications that came down before its days were over and does not hang there again."""
    early = BoardNotice.objects.filter(
        publication__organization__place=place,
        publication__superseded_by=None,
        publication__tombstone=None,
        publication__expiry=None,
        taken_down_on__lte=F("stays_until"),
    )
    again = set(
        BoardNotice.objects.filter(publication__organization__place=place)
        .filter(Q(taken_down_on=None) | Q(taken_down_on__gt=F("stays_until")))
        .values_list("publication_id", "board")
    )
    found = early.select_related("publication__organization").order_by("taken_down_on", "id")
    return [notice for notice in found if (notice.publication_id, notice.board) not in again]


def outdated_notices(place: Place) -> list[BoardNotice]:
    """Paper that still hangs though its publication was superseded, expired or taken down."""
    hanging = BoardNotice.objects.filter(publication__organization__place=place, taken_down_on=None)
    outdated = hanging.filter(
        Q(publication__superseded_by__isnull=False)
        | Q(publication__expiry__isnull=False)
        | Q(publication__tombstone__isnull=False)
    )
    return list(outdated.select_related("publication__organization").order_by("put_up_on", "id"))


def objection_until(notice: BoardNotice) -> date | None:
    """The last day of a villager's objection, counted from when the paper went up; None where no term is set."""
    publication = notice.publication
    if publication.objection_until is None:
        return None
    day = local_day(publication.published_at)
    item = rules().catalogue_item(publication.item, day)
    return days_after(notice.put_up_on, item.objection_days, day)


def bare_boards(publication: Publication) -> list[str]:
    """The boards on which the publication should hang and never did for all its days, nor hangs now."""
    done = publication.board_notices.filter(Q(taken_down_on=None) | Q(taken_down_on__gt=F("stays_until")))
    covered = set(done.values_list("board", flat=True))
    return [board for board in boards_of(publication.organization) if board not in covered]


def open_drafts(organization: Organization) -> QuerySet[Draft]:
    """Drafts that are neither replaced nor published, newest first."""
    drafts = Draft.objects.filter(organization=organization, replaced_at=None, publication=None)
    return drafts.select_related("document", "prepared_by__person", "supersedes").order_by(
        "-prepared_at", "-id"
    )


def _with_fate(found: QuerySet[Publication]) -> QuerySet[Publication]:
    entries = LogEntry.objects.filter(kind=LogEntry.Kind.PUBLICATION)
    return found.select_related(
        "organization__place",
        "document",
        "published_by__person",
        "supersedes",
        "superseded_by",
        "tombstone",
        "expiry",
    ).prefetch_related(
        Prefetch("log_entries", queryset=entries, to_attr="publication_entries"),
        Prefetch("board_notices", queryset=BoardNotice.objects.order_by("put_up_on", "id")),
    )


def _as_listed(publication: Publication) -> Listed:
    tombstone = getattr(publication, "tombstone", None)
    expiry = getattr(publication, "expiry", None)
    superseded_by = getattr(publication, "superseded_by", None)
    gone = tombstone or record_is_missing(publication)
    fate: State = (
        "taken_down" if gone else "superseded" if superseded_by else "expired" if expiry else "current"
    )
    (entry,) = getattr(publication, "publication_entries", None) or [publication_entry(publication)]
    notices = tuple(publication.board_notices.all())
    return Listed(publication, fate, entry, tombstone, expiry, superseded_by, notices)
