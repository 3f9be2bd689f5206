"""Who holds which office until when; every deadline in reach; who did what."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from cunwu.desk import entrance, typed
from cunwu.desk.exports import MOST_ROWS, audit_workbook, people_workbook, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import (
    DeskRequest,
    act_for,
    office_for,
    organization_or_404,
    organizations_in_reach,
)
from cunwu.desk.wording import office_title, say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.duties.models import Duty
from cunwu.errors import NotFound
from cunwu.law.texts import Text
from cunwu.org import actions, pace
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Appointment, AuditEntry

READERS = ("duties.read", "org.appoint")


def people(request: DeskRequest) -> HttpResponse:
    """Appointments in reach; those who may appoint end and begin them here."""
    if request.GET.get("as") == "xlsx":
        return people_workbook(_held(request).rows)
    return answer(request, None, _show_people, {"end": _end, "appoint": _appoint})


def _held(request: DeskRequest) -> Listing[Appointment]:
    reach = organizations_in_reach(request.appointments, request.now, *READERS)
    places = reach.values("place")
    held = Appointment.objects.filter(organization__place__in=places).select_related(
        "person", "organization__place"
    )
    if request.GET.get("ended") != "1":
        held = held.exclude(until_day__lte=local_day(request.now))
    return listing(
        request,
        held,
        words=("person__name", "person__sort_key", "organization__name_zh", "organization__place__sort_key"),
        sorts={
            "place": ("organization__place__path", "organization", "id"),
            "name": ("person__sort_key", "id"),
            "until": ("until_day", "id"),
        },
    )


def _show_people(request: DeskRequest, _: None) -> tuple[str, dict[str, object]]:
    held = _held(request)
    return "desk/people.html", {
        "list": held,
        "rows": _rows(request, held),
        "ended": request.GET.get("ended", ""),
        "may_appoint": _may_appoint(request),
        "organizations": organizations_in_reach(request.appointments, request.now, "org.appoint")[:300],
        "offices": [(name, office_title(name)) for name in rules().offices],
        "today": request.now,
    }


@dataclass(frozen=True)
class Row:
    """One appointment, and what may be done about its body: ending it, reading its record and its declared relations."""

    appointment: Appointment
    ends: bool
    record: bool
    relations: bool


def _rows(request: DeskRequest, held: Listing[Appointment]) -> list[Row]:
    """The page's rows; three queries. The list goes by place, rights by body: an agency post has them at one."""
    shown = [each.organization_id for each in held.page]

    def at(*needed: str) -> set[int]:
        reach = organizations_in_reach(request.appointments, request.now, *needed)
        return set(reach.order_by().filter(pk__in=shown).values_list("pk", flat=True))

    ends, record, relations = at("org.appoint"), at(*READERS), at("relations.read")
    return [
        Row(each, *(each.organization_id in bodies for bodies in (ends, record, relations)))
        for each in held.page
    ]


def _may_appoint(request: DeskRequest) -> bool:
    return any(office_for(request, a.organization, "org.appoint") for a in request.appointments)


def _end(request: DeskRequest, _: None) -> str:
    found = (
        Appointment.objects.select_related("organization__place", "person")
        .filter(public_id=typed.text(request, "appointment"))
        .first()
    )
    if found is None:
        raise NotFound(
            "desk.appointment", "没有这条任职，请刷新页面。", "There is no such appointment; reload the page."
        )
    actor = act_for(request, found.organization, "org.appoint")
    last = typed.day(request, "last_day", Text(zh="离任日", en="Last day"))
    actions.end_appointment(actor, found, last, now=request.now)
    return say("已登记{who}离任。", "The end of {who}'s term is recorded.", who=found.person.name)


def _appoint(request: DeskRequest, _: None) -> str:
    organization = organization_or_404(typed.text(request, "organization"))
    actor = act_for(request, organization, "org.appoint")
    name = typed.required(request, "name", Text(zh="姓名", en="Name"))
    # Without the number a second entry of the same person would slip past the separation of offices.
    number = typed.required(request, "identity_number", Text(zh="身份证号", en="Identity number"))
    from_day = typed.day(request, "from_day", Text(zh="任职日", en="First day"))
    claims = entrance.begin_look_up(request, actor)
    with transaction.atomic():
        person = actions.register_person(actor, name, identity_number=number, now=request.now)
        made = actions.appoint(
            actor, person, typed.text(request, "office"), organization, from_day, now=request.now
        )
    pace.give_back(claims)
    return say(
        "已登记{who}任{office}。",
        "{who} is appointed {office}.",
        who=person.name,
        office=office_title(made.office),
    )


def duties(request: DeskRequest) -> HttpResponse:
    """Every deadline in reach: open, late or met."""
    reach = organizations_in_reach(request.appointments, request.now, "duties.read")
    found = Duty.objects.filter(organization__place__in=reach.values("place")).select_related(
        "organization__place", "next_level"
    )
    which = request.GET.get("state", "open")
    today = local_day(request.now)
    if which == "late":
        found = found.filter(met_at=None, due_day__lt=today)
    elif which == "met":
        found = found.exclude(met_at=None)
    else:
        which = "open"
        found = found.filter(met_at=None)
    if request.GET.get("as") == "xlsx":
        return _duties_workbook(_listed(request, found).rows)
    context = {"list": _listed(request, found), "state": which, "today": today}
    return render(request, "desk/duties.html", context)


def _listed(request: DeskRequest, found: QuerySet[Duty]) -> Listing[Duty]:
    return listing(
        request,
        found,
        words=("organization__name_zh", "organization__place__sort_key", "title_zh", "period"),
        sorts={
            "due": ("due_day", "organization__place__path", "id"),
            "place": ("organization__place__path", "id"),
        },
    )


def _duties_workbook(found: QuerySet[Duty]) -> HttpResponse:
    rows: list[list[Cell | None]] = [
        [
            d.organization.name_zh,
            d.title_zh,
            d.period,
            d.due_day,
            local_day(d.met_at) if d.met_at else None,
            d.basis_zh,
        ]
        for d in found
    ]
    sheet = Sheet("期限", ["单位", "事项", "期间", "期限", "办结日", "依据"], rows, title="应办事项和期限")
    return workbook([sheet], "应办事项和期限.xlsx")


def audit(request: DeskRequest, organization_id: str) -> HttpResponse:
    """留痕: who did what for one organization, for those above it and for itself."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, *READERS)
    rows = listing(
        request,
        AuditEntry.objects.filter(organization=organization).select_related("actor__person"),
        words=("action", "target", "actor__person__name"),
        sorts={"at": ("-id",), "action": ("action", "-id")},
    )
    if request.GET.get("as") == "xlsx":
        return audit_workbook(organization, rows.rows[:MOST_ROWS])
    return render(request, "desk/audit.html", {"list": rows, "organization": organization})
