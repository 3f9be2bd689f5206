"""How fast something may be tried: so many times at once, then one at a time. Slower, never locked.

Each limit is a bucket that drains steadily (the generic cell rate algorithm of ITU-T I.371, one instant for each
bucket). What is taken and turns out well is given back, so that only failures count. The buckets are rows of the
database: it is there anyway, every process shares it, and a restart forgets nothing. A cache in the database would keep
pickled values there, and whoever may write the database could then run code in the desk.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from django.db import transaction
from django.db.models import F

from cunwu.org.models import Pace
from cunwu.org.secrets import keyed_hash

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_once` attempts without a pause, then one for each `every`."""

    name: str
    at_once: int
    every: timedelta

    def wait(self, free_at: datetime, now: datetime) -> timedelta:
        """How long until one more may be taken; zero or less where it may be taken now."""
        return free_at - now - self.every * (self.at_once - 1)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt of a limit; `key` says whose, and is stored as a keyed hash."""

    limit: Limit
    key: str

    @property
    def where(self) -> dict[str, str]:
        """The bucket's row."""
        return {"limit": self.limit.name, "key": keyed_hash(f"{self.limit.name}:{self.key}", "pace")}


@dataclass(frozen=True, slots=True)
class Slowed:
    """Of which limit there was nothing left, for how many whole seconds, and whether the burst begins with this."""

    limit: Limit
    seconds: int
    begins: bool


def take(claims: Sequence[Claim], *, now: datetime) -> Slowed | None:
    """Take one attempt of every claim, or of none of them: None where it may go on.

    Rows are locked in the order of the claims; callers name them from the narrowest limit to the widest. `begins` is
    true once for a burst, which is over when its bucket has drained, and once a day for one that does not end.
    """
    with transaction.atomic():
        rows = [(claim.limit, _row(claim, now)) for claim in claims]
        limit, row = max(rows, key=lambda pair: pair[0].wait(pair[1].free_at, now))
        wait = limit.wait(row.free_at, now)
        if wait > timedelta(0):
            return Slowed(limit, math.ceil(wait.total_seconds()), _begins(row, now))
        for limit, row in rows:
            if row.free_at <= now:
                row.slowed_at = None
            row.free_at = max(row.free_at, now) + limit.every
            row.save(update_fields=["free_at", "slowed_at"])
    return None


def _row(claim: Claim, now: datetime) -> Pace:
    row, _ = Pace.objects.select_for_update().get_or_create(**claim.where, defaults={"free_at": now})
    return row


def _begins(row: Pace, now: datetime) -> bool:
    if row.slowed_at is not None and row.slowed_at > now - A_DAY:
        return False
    row.slowed_at = now
    row.save(update_fields=["slowed_at"])
    return True


def give_back(claims: Iterable[Claim]) -> None:
    """What was taken has turned out well and does not count."""
    for claim in claims:
        Pace.objects.filter(**claim.where).update(free_at=F("free_at") - claim.limit.every)


def forget(*, now: datetime) -> int:
    """Remove the buckets that drained more than a day ago; returns how many."""
    return Pace.objects.filter(free_at__lt=now - A_DAY).delete()[0]


@dataclass
class InProcess:
    """One limit counted in this process alone, for reading: a page that is only read must not wait until an import lets
    go of the database. A restart forgets it."""

    limit: Limit
    _free_at: dict[str, datetime] = field(default_factory=dict)
    _slowed: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: str, *, now: datetime) -> Slowed | None:
        """As the function `take`, of one key; `begins` is true for the first refusal of a burst."""
        with self._lock:
            free_at = self._free_at.get(key, now)
            wait = self.limit.wait(free_at, now)
            if wait > timedelta(0):
                begins = key not in self._slowed
                self._slowed.add(key)
                return Slowed(self.limit, math.ceil(wait.total_seconds()), begins)
            if free_at <= now:
                self._slowed.discard(key)
            self._free_at[key] = max(free_at, now) + self.limit.every
        return None
