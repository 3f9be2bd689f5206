"""After an election the old committee hands over within days (villagers' committee law, Article 24; Article 20 before
2026): the clock opens the duty, the matter of handing over meets it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.law.deadlines import deadline
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import Clock, local_day, rules
from cunwu.org.models import Appointment
from cunwu.procedures.models import Step

OFFICE = "committee_head"
POWER = "hand_over_after_election"
TERM = "handover_days"
LOOK_BACK = timedelta(days=60)
"""How long after a head came into office the clock still opens the duty, should it have stood."""


def remind_of_handover(clock: Clock, *, now: datetime) -> int:
    """Open the duty to hand over where a committee has a new head after another; meet it where things were taken over.

    A first head takes over from nobody. Returns how many were opened. The clock's; idempotent; audited.
    """
    today = local_day(now)
    came = Appointment.objects.filter(
        office=OFFICE,
        kind=Appointment.Kind.REGULAR,
        from_day__lte=today,
        from_day__gt=today - LOOK_BACK,
    ).select_related("organization__place")
    subjects = {f"handover:{head.public_id}": head for head in came if _took_over(head)}
    known = set(Duty.objects.filter(subject__in=subjects).values_list("subject", flat=True))
    for subject, head in subjects.items():
        with transaction.atomic():
            if subject not in known:
                _open(clock, subject, head, now)
            if _handed_over(head):
                duties.settle(subject, f"matter:{POWER}", now=now)
    return len(subjects.keys() - known)


def _took_over(head: Appointment) -> bool:
    before = Appointment.objects.filter(
        organization=head.organization_id, office=OFFICE, from_day__lt=head.from_day
    )
    return before.exists()


def _handed_over(head: Appointment) -> bool:
    """Whether things were taken over; that the result is published is the matter's own business."""
    return Step.objects.filter(
        matter__organization=head.organization_id,
        matter__power=POWER,
        kind="acceptance",
        state=Step.State.DONE,
        done_on__gte=head.from_day,
    ).exists()


def _open(clock: Clock, subject: str, head: Appointment, now: datetime) -> None:
    provision = rules().value(TERM, head.from_day)
    duties.open_one(
        head.organization,
        "handover",
        subject,
        title=Text(zh="换届工作移交", en="Handover after the election"),
        due=deadline(head.from_day, rules().rule(TERM, head.from_day), rules().calendar),
        basis=Text(zh=provision.cite.zh, en=provision.cite.en),
        confidence=provision.confidence,
        now=now,
    )
    audit.record(clock, "duties.open", subject, now=now, organization=head.organization)
