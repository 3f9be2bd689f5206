"""What happens by itself: the clock's actions of every room, in order; and the log, which takes up what they left."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from cunwu import moment
from cunwu.assets.receivables import make_receivables
from cunwu.assets.reminders import remind
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.entries import mark_stale
from cunwu.disclosure.models import LogEntry
from cunwu.documents import actions as documents
from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.org import pace
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry, Place
from cunwu.org.relations import expire_relations
from cunwu.oversight.actions import ask_every_day
from cunwu.procedures import publishing as procedures
from cunwu.procedures.handover import remind_of_handover

OFFICES_AND_ROLLS = ("org.appoint", "org.end_appointment", "org.end_by_law", "org.enrol", "org.leave_roll")
LOOK_BACK = timedelta(minutes=3)
"""Three ticks: what one that was slow left out, the next sees."""
AUDIT_LOOKED_BACK = 20_000
"""So many audit entries at most are looked through in one tick; a county writes far fewer in three minutes."""


@dataclass(frozen=True)
class Ticked:
    """What one tick did."""

    opened: int
    late: int
    silences: int
    expired: int
    audit_root: bool

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """The same in words."""
        root = "recorded" if self.audit_root else "recorded earlier today"
        return (
            f"{self.opened} duties opened, {self.late} found late, {self.silences} silences recorded, "
            f"{self.expired} lists expired; the audit's root was {root}."
        )


def tick(*, now: datetime) -> Ticked:
    """The clock's actions in order: duties opened, met where the publication came first, found late; silence recorded,
    lists expired, the audit's root; steps of matters that publishing or time takes; handovers after elections;
    relations of ended offices erased; rents, contracts and claims whose day is near; the screening's questions of the day; files that were
    sent and never taken in; attempts to sign in that count no longer; then the database's journal emptied.

    Each is idempotent and has transactions of its own, so a tick that was cut off is made good by the next.
    """
    opened = duties.open_duties(CLOCK, now=now)
    disclosure.meet_published(CLOCK, now=now)
    late = duties.mark_late(CLOCK, now=now)
    silences = [disclosure.record_silence(CLOCK, duty, now=now) for duty in silent_duties()]
    expired = disclosure.expire_lists(CLOCK, now=now)
    root = disclosure.record_audit_root(CLOCK, now=now)
    procedures.advance(CLOCK, now=now)
    remind_of_handover(CLOCK, now=now)
    expire_relations(CLOCK, now=now)
    make_receivables(CLOCK, now=now)
    remind(CLOCK, now=now)
    ask_every_day(CLOCK, now=now)
    documents.drop_unused(now=now)
    pace.forget(now=moment.machine_now())
    _show_changed(now)
    _show_who_came_and_went(now)
    if root is not None:
        _show_the_new_day(now)
    _empty_journal()
    return Ticked(
        opened, len(late), sum(entry is not None for entry in silences), len(expired), root is not None
    )


def _show_changed(now: datetime) -> None:
    """Pages show what is due and what is late, also where law that nobody has read makes no silence of it."""
    shown = ~Q(catalogue_item="") | Q(name="step")
    changed = Duty.objects.filter(shown, Q(opened_at=now) | Q(late_at=now))
    places = {duty.organization.place for duty in changed.select_related("organization__place")}
    if places:
        mark_stale(places, [], now=now)


def _show_who_came_and_went(now: datetime) -> None:
    """Pages name who holds a step and how many must sign: they change with offices and rolls, of whose actions, far
    below pages, the audit tells. What a stopped clock missed is made good by the new day."""
    newest = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    entries = AuditEntry.objects.filter(
        id__gt=newest - AUDIT_LOOKED_BACK, at__gt=now - LOOK_BACK, action__in=OFFICES_AND_ROLLS
    )
    places = set(Place.objects.filter(organizations__pk__in=entries.values("organization")))
    if places:
        mark_stale(places, [], now=now)


def _show_the_new_day(now: datetime) -> None:
    """Terms of office end and years begin without anybody doing anything."""
    places = Place.objects.filter(organizations__matters__isnull=False).distinct()
    mark_stale(places, [], now=now)


def _empty_journal() -> None:
    """Bring SQLite's journal into the database file and cut it to nothing: what was erased must not linger in it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def silent_duties() -> list[Duty]:
    """Duties to publish that are late, that nothing met, whose provision was read in its source, and of which the log
    says nothing."""
    return list(
        Duty.disclosures.filter(late_at__isnull=False, met_at=None, read_in_source=True)
        .exclude(log_entries__kind=LogEntry.Kind.SILENCE)
        .order_by("due_at", "id")
    )
