"""Near relatives and interests that officers declare of themselves; read by few, and every look is on record."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from cunwu.desk import typed
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for, organization_or_404
from cunwu.desk.wording import say
from cunwu.errors import Invalid, NotFound
from cunwu.org import relations as declared
from cunwu.org.authority import may
from cunwu.org.models import Appointment, Organization, Relation
from cunwu.org.reads import Purpose, purpose


def own(request: DeskRequest) -> HttpResponse:
    """What this person declared, and declaring more."""
    return answer(request, None, _show_own, {"declare": _declare, "withdraw": _withdraw})


def _show_own(request: DeskRequest, _: None) -> tuple[str, dict[str, object]]:
    mine = Relation.objects.filter(appointment__in=request.appointments).select_related(
        "appointment__organization__place", "appointment__person"
    )
    able = office_for(request, request.appointment.organization, "relations.declare") is not None
    readable = [a.organization for a in request.appointments if _reads(request, a.organization)]
    return "desk/relations.html", {
        "relations": [
            (each, declared.name_of(each), _declares(request, each.appointment))
            for each in mine.order_by("id")
        ],
        "kinds": Relation.Kind.choices if able else [],
        "readable": readable,
    }


def _declares(request: DeskRequest, office: Appointment) -> bool:
    return may(office, "relations.declare", office.organization, request.now)


def _reads(request: DeskRequest, organization: Organization) -> bool:
    return office_for(request, organization, "relations.read") is not None


def _declare(request: DeskRequest, _: None) -> str:
    kind = typed.text(request, "kind")
    if kind not in set(Relation.Kind):
        raise Invalid("relation.kind", "请选择是什么关系。", "Choose the kind of relation.")
    actor = act_for(request, request.appointment.organization, "relations.declare")
    declared.declare_relation(actor, kind, typed.text(request, "name"), now=request.now)
    return say(
        "已申报。只用于回避，离任后自动清除。", "Declared: for recusal only, erased when the office ends."
    )


def _withdraw(request: DeskRequest, _: None) -> str:
    found = Relation.objects.select_related("appointment__organization__place").filter(
        appointment__in=request.appointments, public_id=typed.text(request, "relation")
    )
    relation = found.first()
    if relation is None:
        raise NotFound(
            "desk.relation", "没有这条申报，请刷新页面。", "There is no such declaration; reload the page."
        )
    declared.withdraw_relation(relation.appointment, relation, now=request.now)
    return say("已撤回。", "Taken back.")


def of_organization(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What the officers of a body declared, shown once asked for: the look itself is recorded."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, "relations.read")
    return answer(request, organization, _show_asked, {"read": _read})


def _show_asked(_: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    return "desk/relations_of.html", {
        "organization": organization,
        "found": None,
        "purposes": list(Purpose),
    }


def _read(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "relations.read")
    why = purpose(typed.text(request, "purpose"))
    found = declared.read_relations(actor, organization, why, now=request.now)
    return render(request, "desk/relations_of.html", {"organization": organization, "found": found})
