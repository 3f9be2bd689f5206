"""Days that must not pass unseen: a contract's end, a rent day, the end of a limitation. Each is a duty, opened ahead by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from cunwu.assets.models import Contract, Receivable
from cunwu.assets.queries import runs_on
from cunwu.duties.actions import open_one
from cunwu.duties.models import Duty
from cunwu.law.deadlines import Deadline
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, rules
from cunwu.org.models import Organization

ENDING, RENT, LIMITATION = "contract_ending", "rent_day", "limitation_ending"
NAMES = (ENDING, RENT, LIMITATION)
MOST = 500
"""Opened at most in one tick, of each sort; the next tick goes on."""
Reminder = tuple[Organization, str, str, Text, date]


def remind(clock: Clock, *, now: datetime) -> int:
    """Open the duties whose days of notice have begun; returns how many. Idempotent.

    A contract that runs out within `contract_expiry_days`, a rent that falls due within `rent_notice_days`, a claim whose
    limitation ends within `contract_expiry_days`. They are met by ending or renewing the contract, by paying, and by
    paying or acknowledging. Side effects in order, one transaction: the duties, one audit entry.
    """
    today = local_day(now)
    if not _all_due(today):
        return 0
    with transaction.atomic():
        due = _all_due(today)  # asked again: another clock may have reminded meanwhile
        for organization, name, subject, title, day in due:
            held = rules().value("rent_notice_days" if name == RENT else "contract_expiry_days", today)
            open_one(
                organization,
                name,
                subject,
                title=Text(zh=title.zh[:120], en=title.en[:200]),
                due=Deadline(day),
                basis=Text(zh=held.cite.zh, en=held.cite.en),
                confidence=held.confidence,
                now=now,
            )
        if due:
            audit.record(clock, "ledgers.remind", "ledgers:all", now=now, count=len(due))
    return len(due)


def reminders_of(organizations: QuerySet[Organization]) -> QuerySet[Duty]:
    """The open reminders of these organizations, the nearest first."""
    open_ones = Duty.objects.filter(organization__in=organizations, name__in=NAMES, met_at=None)
    return open_ones.select_related("organization__place").order_by("due_day", "id")


def _all_due(today: date) -> list[Reminder]:
    return [*_ending(today), *_rents(today), *_limitations(today)]


def _ending(today: date) -> Iterator[Reminder]:
    by = today + timedelta(days=rules().days("contract_expiry_days", today))
    running = Contract.objects.filter(runs_on(today), ended_day=None, until_day__lte=by + timedelta(days=1))
    for contract in _unopened(running, ENDING, "contract:"):
        title = Text(zh=f"合同到期：{contract}", en=f"Contract ends: {contract}")
        last = (contract.until_day or today) - timedelta(days=1)
        yield contract.organization, ENDING, f"contract:{contract.public_id}", title, last


def _rents(today: date) -> Iterator[Reminder]:
    by = today + timedelta(days=rules().days("rent_notice_days", today))
    coming = _owed().filter(due_day__gte=today, due_day__lte=by)
    for owed in _unopened(coming, RENT, "receivable:"):
        title = Text(zh=f"收租：{owed.debtor}，{owed.title}", en=f"Rent day: {owed.debtor}, {owed.title}")
        yield owed.organization, RENT, f"receivable:{owed.public_id}", title, owed.due_day


def _limitations(today: date) -> Iterator[Reminder]:
    by = today + timedelta(days=rules().days("contract_expiry_days", today))
    ending = _owed().filter(limitation_day__gte=today, limitation_day__lte=by)
    for owed in _unopened(ending, LIMITATION, "limitation:", due_day=OuterRef("limitation_day")):
        title = Text(
            zh=f"诉讼时效将满：{owed.debtor}，{owed.title}",
            en=f"Limitation ends: {owed.debtor}, {owed.title}",
        )
        yield owed.organization, LIMITATION, f"limitation:{owed.public_id}", title, owed.limitation_day


def _owed() -> QuerySet[Receivable]:
    return Receivable.objects.filter(amount__gt=F("received") + F("written_off"))


def _unopened(rows: QuerySet, name: str, prefix: str, **same: object) -> QuerySet:  # type: ignore[type-arg]
    """Those of which no such duty was opened yet (with `same`: none that is the same in this, too)."""
    opened = Duty.objects.filter(subject=Concat(Value(prefix), OuterRef("public_id")), name=name, **same)
    return rows.exclude(Exists(opened)).select_related("organization__place").order_by("pk")[:MOST]
