"""What of matters and meetings needs this person today."""

from __future__ import annotations

from dataclasses import dataclass

from cunwu.assets.reminders import reminders_of
from cunwu.desk.requests import DeskRequest, organizations_in_reach
from cunwu.duties.models import Duty
from cunwu.org.authority import local_day
from cunwu.procedures.models import Matter, Meeting, ResidentObjection, Step
from cunwu.procedures.queries import Standing, standings

MOST = 200
SHOWN = 20
RED, AMBER = 30, 90
"""Days ahead at which a reminder changes its colour: docs of `contract_expiry_days` in the packs."""


def steps(request: DeskRequest) -> list[Standing]:
    """Open steps of matters in reach that one of this person's offices may take; five queries, the newest 200 looked at."""
    offices = {each.office for each in request.appointments}
    reach = organizations_in_reach(request.appointments, request.now, "matters.act")
    waiting = Step.objects.filter(state=Step.State.OPEN, matter__organization__in=reach)
    found = Matter.objects.filter(pk__in=waiting.values("matter")).order_by("-opened_at", "-id")[:MOST]
    person = request.appointment.person_id
    mine = [
        each
        for each in standings(found, local_day(request.now))
        if each.rule is not None
        and each.step is not None
        and each.step.kind != "objection"
        and offices.intersection(each.rule.by)
        and any(holder.person_id == person for holder in each.holders)
    ]
    return mine[:SHOWN]


def meetings(request: DeskRequest) -> list[Meeting]:
    """Meetings whose day has come and whose result nobody recorded."""
    reach = organizations_in_reach(request.appointments, request.now, "meetings.hold")
    waiting = Meeting.objects.filter(
        organization__in=reach, state=Meeting.State.CALLED, held_on__lte=local_day(request.now)
    )
    return list(waiting.select_related("organization").order_by("held_on", "id")[:SHOWN])


def answers(request: DeskRequest) -> list[ResidentObjection]:
    """Residents' objections in reach without an answer, for those who may start matters and so speak for the body."""
    reach = organizations_in_reach(request.appointments, request.now, "matters.open")
    waiting = ResidentObjection.objects.filter(step__matter__organization__in=reach, answered_at=None)
    return list(waiting.select_related("step__matter").order_by("answer_due", "id")[:SHOWN])


def owed_meetings(request: DeskRequest) -> list[Duty]:
    """Meetings that the person's own bodies owe in this period."""
    bodies = [each.organization_id for each in request.appointments]
    reach = organizations_in_reach(request.appointments, request.now, "meetings.hold").filter(pk__in=bodies)
    owed = Duty.objects.filter(organization__in=reach, met_at=None).exclude(meeting_kind="")
    return list(owed.select_related("organization").order_by("due_day", "id")[:SHOWN])


@dataclass(frozen=True)
class Reminder:
    """A day of the ledgers that is near, in one of three colours, and the page that deals with it."""

    duty: Duty
    colour: str
    page: str
    id: str


def reminders(request: DeskRequest) -> list[Reminder]:
    """Contracts that run out, rent days and limitations in reach of those who keep the ledgers: red within 30 days,
    amber within 90, else green; one query."""
    reach = organizations_in_reach(request.appointments, request.now, "assets.keep").order_by()
    today = local_day(request.now)
    return [_reminder(duty, (duty.due_day - today).days) for duty in reminders_of(reach)[:SHOWN]]


def _reminder(duty: Duty, days: int) -> Reminder:
    noun, _, public_id = duty.subject.partition(":")
    colour = "late" if days <= RED else "due" if days <= AMBER else "ok"
    return Reminder(duty, colour, "desk:contract" if noun == "contract" else "desk:receivable", public_id)
