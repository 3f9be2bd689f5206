"""Opening duties from the packs, finding them late, meeting them. Called by the clock and by what meets a duty."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from cunwu.duties.models import Duty
from cunwu.law.deadlines import Deadline, day_ends_at, due_day
from cunwu.law.periods import Period, PeriodKind, periods_between
from cunwu.law.terms import DutyRule
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, rules
from cunwu.org.models import Organization
from cunwu.org.rows import select

KINDS: dict[str, PeriodKind] = {
    "monthly": "month",
    "quarterly": "quarter",
    "half_yearly": "half",
    "yearly": "year",
}
LEVELS = {"township": "township_government", "county": "county_bureau"}
_OWED = """
    SELECT d.id FROM cunwu_duty d JOIN cunwu_organization o ON o.id = d.organization_id
    WHERE o.place_id = %s AND d.catalogue_item = %s AND d.period = %s AND d.met_at IS NULL
    ORDER BY d.id LIMIT 1
"""


def open_duties(clock: Clock, *, now: datetime) -> int:
    """Open the recurring duties whose time has come and that are not open yet; returns how many.

    A duty that falls due within its own period (`months_after: 0`, as a meeting does) is opened on the period's first
    day, any other on the first day after it; or when the clock runs again, under the packs of that day, whose basis is
    copied in. An organization that did not exist on the last day of the period owes nothing for it, and a meeting is
    owed only of periods that began on or after the installation's `meetings_from`.
    Side effects in order: the duties, one audit entry a period. Idempotent.
    """
    today = local_day(now)
    bodies = list(Organization.objects.select_related("place").order_by("id"))
    made = 0
    meetings_from = settings.CUNWU.meetings_from or date.max
    for rule in rules().duties(today):
        if rule.meeting is not None and meetings_from > today:
            continue
        current = Period.containing(KINDS[rule.frequency], today)
        for period in _due_periods(rule, current if rule.due.months_after == 0 else current.previous):
            if rule.meeting is None or meetings_from <= period.first_day:
                made += _open_period(clock, rule, period, bodies, now)
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
    owed = select(_OWED, organization.place_id, catalogue_item, period)
    if not owed or not Duty.objects.filter(pk=owed[0][0], met_at=None).update(met_at=now, met_by=by):
        return None
    return Duty.objects.get(pk=owed[0][0])


def meet_by_meeting(
    organization: Organization, kind: str, held_on: date, by: str, *, now: datetime
) -> list[Duty]:
    """Mark what a meeting of `kind`, held on `held_on` by a body of the organization's place, meets; `by` is
    "meeting:public_id".

    Called inside the action that closes the meeting. Each of the village's bodies that owed such a meeting in a
    period that holds the day has met it; the first meeting of the period counts.
    """
    owed = Duty.objects.filter(
        organization__place=organization.place_id, meeting_kind=kind, met_at=None
    ).select_related("organization")
    met = [duty for duty in owed if held_on in Period.parse(duty.period)]
    for duty in met:
        Duty.objects.filter(pk=duty.pk, met_at=None).update(met_at=now, met_by=by)
        duty.met_at, duty.met_by = now, by
    return met


def open_one(
    organization: Organization,
    name: str,
    subject: str,
    *,
    title: Text,
    due: Deadline,
    basis: Text,
    confidence: str,
    now: datetime,
) -> Duty:
    """Open a duty that one thing raised (`subject`, "step:public_id"): an answer, a step. Called inside its action.

    It is shown and found late as any other; its lateness is no entry of silence, for nothing was to be published.
    """
    return Duty.objects.create(
        organization=organization,
        name=name,
        subject=subject,
        title_zh=title.zh,
        title_en=title.en,
        period=str(Period.month(due.day)),
        opened_at=now,
        due_day=due.day,
        due_at=due.ends_at,
        provisional=due.provisional,
        first_due_day=due.day,
        pack_digest=rules().digest,
        basis_zh=basis.zh,
        basis_en=basis.en,
        confidence=confidence,
        read_in_source=confidence == "P",
        next_level=_nearest(organization, list(_governments())),
    )


def settle(subject: str, by: str, *, now: datetime) -> int:
    """Mark every open duty of `subject` as met by `by`; returns how many. Called inside the action that meets them."""
    return Duty.objects.filter(subject=subject, met_at=None).update(met_at=now, met_by=by)


def _governments() -> QuerySet[Organization]:
    return Organization.objects.filter(kind=LEVELS["township"]).select_related("place")


def _due_periods(rule: DutyRule, last: Period) -> list[Period]:
    """The period whose time has come, and those before it that the clock missed since it last opened this duty.

    A duty that was owed by the quarter and is now owed by the month begins with the period whose time has come.
    """
    opened = Duty.objects.filter(name=rule.name, subject="").values_list("period", flat=True).distinct()
    before = [period for period in map(Period.parse, opened) if period.kind == last.kind and period < last]
    return list(periods_between(max(before).next, last)) if before else [last]


def _open_period(
    clock: Clock, rule: DutyRule, period: Period, bodies: list[Organization], now: datetime
) -> int:
    known = set(
        Duty.objects.filter(name=rule.name, period=str(period)).values_list("organization_id", flat=True)
    )
    with_books = {o.place_id for o in bodies if o.keeps_books} if _is_of_books(rule, period) else None
    governments = [o for o in bodies if o.kind == LEVELS[rule.next_level]]
    fresh = [
        _duty(o, rule, period, _nearest(o, governments), now)
        for o in bodies
        if o.kind in rule.who
        and o.pk not in known
        and (with_books is None or o.place_id in with_books)
        and _existed(o, period)
    ]
    if not fresh:
        return 0
    with transaction.atomic():
        # Asked again where only one writes at a time: another clock may have opened them meanwhile.
        there = Duty.objects.filter(name=rule.name, period=str(period))
        meanwhile = set(there.values_list("organization_id", flat=True)) - known
        fresh = [duty for duty in fresh if duty.organization_id not in meanwhile]
        Duty.objects.bulk_create(fresh, batch_size=500)
        if fresh:
            audit.record(
                clock, "duties.open", f"duty:{rule.name}", now=now, period=str(period), count=len(fresh)
            )
    return len(fresh)


def _existed(organization: Organization, period: Period) -> bool:
    began = organization.from_day is None or organization.from_day <= period.last_day
    return began and (organization.until_day is None or organization.until_day > period.last_day)


def _is_of_books(rule: DutyRule, period: Period) -> bool:
    return (
        rule.publication is not None
        and rules().catalogue_item(rule.publication, period.last_day).class_ == "finance"
    )


def _duty(
    organization: Organization, rule: DutyRule, period: Period, next_level: Organization | None, now: datetime
) -> Duty:
    day = due_day(period, rule.due.rule)
    return Duty(
        organization=organization,
        name=rule.name,
        title_zh=rule.title.zh,
        title_en=rule.title.en,
        period=str(period),
        catalogue_item=rule.publication or "",
        meeting_kind=rule.meeting or "",
        opened_at=now,
        due_day=day,
        due_at=day_ends_at(day),
        first_due_day=day,
        pack_digest=rules().digest,
        basis_zh=rule.provision.cite.zh,
        basis_en=rule.provision.cite.en,
        confidence=rule.provision.confidence,
        read_in_source=rule.provision.read_in_source,
        next_level=next_level,
    )


def _nearest(organization: Organization, governments: list[Organization]) -> Organization | None:
    """The government whose place contains this one most closely."""
    above = [o for o in governments if o.place.contains(organization.place)]
    return max(above, key=lambda o: len(o.place.path), default=None)
