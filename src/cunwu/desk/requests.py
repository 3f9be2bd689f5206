"""The request as the pages of the desk see it, and whose office acts for an organization."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from cunwu.errors import NotFound, Refused
from cunwu.org.authority import capabilities, local_day, may, require
from cunwu.org.models import Appointment, Organization

CHOSEN = "appointment"
"""The session's key: public id of the appointment that the person chose to act in."""


class DeskRequest(HttpRequest):
    """A request that passed the gates. `appointments` are those held today; `appointment` is the one that acts."""

    now: datetime
    appointment: Appointment
    appointments: list[Appointment]
    step: str
    """The step of the page that was asked for, once the page is known to have it."""
    concerns: Organization | None
    """For whom somebody acts or tries to."""
    refusal: Refused | None
    """Why the step was refused."""


def act_for(request: DeskRequest, organization: Organization, *needed: str) -> Appointment:
    """The office in which this person acts for `organization`: the chosen one, if it carries any right of
    `needed` there, else another one held today that does. The choice is kept for the next page.

    Raises NotAllowed, as `require` words it for the chosen office: another village's before a missing right.
    """
    request.concerns = organization
    found = office_for(request, organization, *needed)
    if found is None:
        acting = request.appointment
        carried = capabilities(acting, local_day(request.now))
        require(acting, next((n for n in needed if n in carried), needed[-1]), organization, request.now)
        found = acting
    if found != request.appointment:
        request.appointment = found
        request.session[CHOSEN] = found.public_id
    return found


def act_with(request: DeskRequest, right: str) -> Appointment:
    """The office in which this person uses `right` where the office itself sits: the chosen one if it carries it, else
    another one held today. The choice is kept for the next page. For pages that show what lies in reach of all offices.

    Raises NotAllowed, as `require` words it for the chosen office.
    """
    held = (request.appointment, *request.appointments)
    able = next(
        (each for each in held if may(each, right, each.organization, request.now)), request.appointment
    )
    return act_for(request, able.organization, right)


def office_for(request: DeskRequest, organization: Organization, *needed: str) -> Appointment | None:
    """As `act_for`, without choosing: None where no office held today carries any right of `needed` there."""
    candidates = [request.appointment, *(a for a in request.appointments if a != request.appointment)]
    return next(
        (a for capability in needed for a in candidates if may(a, capability, organization, request.now)),
        None,
    )


def organizations_in_reach(
    appointments: Iterable[Appointment], now: datetime, *needed: str
) -> QuerySet[Organization]:
    """The organizations where one of `appointments` carries one of `needed`, by place: one query when read."""
    today = local_day(now)
    reach = Q(pk__in=[])
    for appointment in appointments:
        if not capabilities(appointment, today).intersection(needed):
            continue
        if appointment.kind == Appointment.Kind.AGENCY:
            reach |= Q(pk=appointment.organization_id)
        else:
            path = appointment.organization.place.path
            # A half-open range uses the index; a prefix search would not.
            reach |= Q(place__path__gte=path, place__path__lt=path + "~")
    return (
        Organization.objects.filter(reach, until_day=None)
        .select_related("place")
        .order_by("place__path", "id")
    )


def organization_or_404(public_id: str) -> Organization:
    """The organization of an address. Raises NotFound `organization.unknown`."""
    found = Organization.objects.select_related("place").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "organization.unknown",
            "没有这个单位，请从“今天”或切换页进入。",
            "There is no such organization; start from Today or from the switch page.",
        )
    return found
