"""Opening duties from the packs, finding them late, meeting them. Called by the clock and by what meets a duty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from cunwu.duties.models import Duty
from cunwu.law.deadlines import day_ends_at, due_day
from cunwu.law.periods import Period, PeriodKind
from cunwu.law.terms import DutyRule
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, rules
from cunwu.org.models import Organization

KINDS: dict[str, PeriodKind] = {"monthly": "month", "quarterly": "quarter", "yearly": "year"}
LEVELS = {"township": "township_government", "county": "county_bureau"}


def open_duties(clock: Clock, *, now: datetime, organizations: Iterable[Organization] | None = None) -> int:
    """Open the duties of every period that ended before today and is not open yet; returns how many.

    A period's duty is opened on the first day after it, under the packs of that day, whose basis is copied in. A duty
    whose organization did not exist yet on the last day of the period is not opened. Idempotent.
    """
    today = local_day(now)
    concerned = list(
        organizations if organizations is not None else Organization.objects.select_related("place")
    )
    made = 0
    for rule in rules().duties(today):
        period = Period.containing(KINDS[rule.frequency], today).previous
        owing = [o for o in concerned if _owes(o, rule, period)]
        known = set(
            Duty.objects.filter(name=rule.name, period=str(period), organization__in=owing).values_list(
                "organization_id", flat=True
            )
        )
        fresh = [_duty(o, rule, period, now) for o in owing if o.pk not in known]
        with transaction.atomic():
            Duty.objects.bulk_create(fresh, batch_size=500)
            if fresh:
                audit.record(
                    clock, "duties.open", f"duty:{rule.name}", now=now, period=str(period), count=len(fresh)
                )
        made += len(fresh)
    return made


def mark_late(clock: Clock, *, now: datetime) -> list[Duty]:
    """Find every duty whose day is over and that nothing met; each is claimed by one conditional update.

    With several clocks running, each late duty is returned to exactly one of them.
    """
    late: list[Duty] = []
    running = Duty.objects.filter(met_at=None, late_at=None, due_at__lte=now).order_by("due_at", "id")
    for duty in running.select_related("organization__place", "next_level"):
        with transaction.atomic():
            claimed = Duty.objects.filter(pk=duty.pk, met_at=None, late_at=None).update(late_at=now)
            if claimed:
                duty.late_at = now
                audit.record(
                    clock, "duties.late", f"duty:{duty.public_id}", now=now, organization=duty.organization
                )
                late.append(duty)
    return late


def meet(
    organization: Organization, catalogue_item: str, period: str, by: str, *, now: datetime
) -> Duty | None:
    """Mark the duty that a publication of `catalogue_item` for `period` meets; `by` is "publication:public_id".

    Called inside the publishing transaction. Returns the duty, or None where none is open (early, or not a duty) or
    where it was met before: the first publication counts.
    """
    duty = Duty.objects.filter(
        organization=organization, catalogue_item=catalogue_item, period=period, met_at=None
    ).first()
    if duty is None or not Duty.objects.filter(pk=duty.pk, met_at=None).update(met_at=now, met_by=by):
        return None
    duty.met_at, duty.met_by = now, by
    return duty


def _owes(organization: Organization, rule: DutyRule, period: Period) -> bool:
    if organization.kind not in rule.who or (_is_of_books(rule, period) and not organization.keeps_books):
        return False
    began = organization.from_day is None or organization.from_day <= period.last_day
    return began and (organization.until_day is None or organization.until_day > period.last_day)


def _is_of_books(rule: DutyRule, period: Period) -> bool:
    return rules().catalogue_item(rule.publication, period.last_day).class_ == "finance"


def _duty(organization: Organization, rule: DutyRule, period: Period, now: datetime) -> Duty:
    day = due_day(period, rule.due.rule)
    return Duty(
        organization=organization,
        name=rule.name,
        title_zh=rule.title.zh,
        title_en=rule.title.en,
        period=str(period),
        catalogue_item=rule.publication,
        opened_at=now,
        due_day=day,
        due_at=day_ends_at(day),
        first_due_day=day,
        pack_digest=rules().digest,
        basis_zh=rule.provision.cite.zh,
        basis_en=rule.provision.cite.en,
        confidence=rule.provision.confidence,
        read_in_source=rule.provision.read_in_source,
        next_level=_next_level(organization, rule.next_level),
    )


def _next_level(organization: Organization, level: str) -> Organization | None:
    """The government above: seated in a place on the way up, whose path begins this place's."""
    path = organization.place.path
    above = [path[:length] for length in range(len(path), 0, -3)]
    return (
        Organization.objects.filter(kind=LEVELS[level], place__path__in=above, until_day=None)
        .order_by("-place__path")
        .first()
    )
