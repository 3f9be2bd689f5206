"""What residents ask for together: registering it, entering signatures, how far it is, the answer."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.desk import typed
from cunwu.desk.lists import listing
from cunwu.desk.pages import answer
from cunwu.desk.powers import village_or_refused
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import language, say
from cunwu.errors import NotFound
from cunwu.law.procedures import RightRule
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Membership, Organization, Person
from cunwu.procedures import requests
from cunwu.procedures.models import JointRequest
from cunwu.procedures.requests import addressees
from cunwu.procedures.roll import MEMBERSHIPS
from cunwu.procedures.rules import right_of

RIGHTS = ("requests.register", "requests.answer", "duties.read")
DAY = Text(zh="签名日期", en="Day of the signature")


def village_requests(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The joint requests of a village, and registering one."""
    village = village_or_refused(request, organization_id, *RIGHTS)
    return answer(request, village, _show_all, {"register": _register})


def _show_all(request: DeskRequest, village: Organization) -> tuple[str, dict[str, object]]:
    found = JointRequest.objects.filter(village__place=village.place_id).annotate(count=Count("supporters"))
    listed = listing(
        request,
        found.select_related("organization"),
        words=("text", "right"),
        sorts={"day": ("-registered_at", "-id")},
    )
    return "desk/requests.html", {
        "organization": village,
        "tab": "matters",
        "list": listed,
        "titles": {each.pk: right_of(each).title.sentence(language()) for each in listed.page},
        "rights": _rights(request, village),
    }


def _rights(request: DeskRequest, village: Organization) -> list[tuple[RightRule, Organization]]:
    """The rights that this person may register here, each with whom it is addressed to."""
    if office_for(request, village, "requests.register") is None:
        return []
    known = rules().rights(local_day(request.now))
    receive = addressees(known, village)
    return [(right, receive[right.name]) for right in known if right.name in receive]


def _register(request: DeskRequest, village: Organization) -> HttpResponse:
    made = requests.register(
        act_for(request, village, "requests.register"),
        village,
        typed.text(request, "right"),
        typed.text(request, "text"),
        now=request.now,
    )
    return redirect("desk:request", made.public_id)


def joint_request(request: DeskRequest, request_id: str) -> HttpResponse:
    """One joint request: how far it is on each of its ways, signatures, the answer."""
    found = (
        JointRequest.objects.select_related("village__place", "organization__place", "duty")
        .filter(public_id=request_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "request.unknown",
            "没有这项联名请求，请从“联名”进入。",
            "There is no such joint request; start from Joint requests.",
        )
    act_for(request, found.village, *RIGHTS)
    return answer(request, found, _show, {"sign": _sign, "answer": _answer})


def _show(request: DeskRequest, found: JointRequest) -> tuple[str, dict[str, object]]:
    return "desk/request.html", {
        "joint": found,
        "organization": found.village,
        "tab": "matters",
        "rule": right_of(found),
        "support": requests.support(found, local_day(request.now)),
        "supporters": found.supporters.select_related("person").order_by("-id"),
        "may_register": office_for(request, found.village, "requests.register") is not None,
        "may_answer": office_for(request, found.organization, "requests.answer") is not None,
        "today": request.now,
    }


def _sign(request: DeskRequest, found: JointRequest) -> str:
    actor = act_for(request, found.village, "requests.register")
    person = _on_a_roll(found, typed.required(request, "name", Text(zh="姓名", en="Name")))
    requests.sign(actor, found, person, typed.day(request, "signed_on", DAY), now=request.now)
    return say("{who}的签名已登记。", "The signature of {who} is entered.", who=person.name)


def _on_a_roll(found: JointRequest, name: str) -> Person:
    """The person of that name on one of the right's rolls. Raises NotFound `request.nobody`."""
    rolls = [MEMBERSHIPS[backing.of] for backing in right_of(found).backing if backing.of in MEMBERSHIPS]
    on_roll = Membership.objects.filter(
        organization__place=found.village.place_id, roll__in=rolls, person__name=name
    )
    signed = found.supporters.values("person")
    person = (
        Person.objects.filter(pk__in=on_roll.values("person")).exclude(pk__in=signed).order_by("id").first()
    )
    person = person or Person.objects.filter(pk__in=on_roll.values("person")).order_by("id").first()
    if person is None:
        raise NotFound(
            "request.nobody",
            f"名册上没有叫“{name}”的人；请核对姓名，或者先登记名册。",
            f"Nobody called “{name}” is on the roll; check the name, or enter the roll first.",
        )
    return person


def _answer(request: DeskRequest, found: JointRequest) -> str:
    actor = act_for(request, found.organization, "requests.answer")
    requests.answer(actor, found, typed.text(request, "text"), now=request.now)
    return say("已答复。", "Answered.")
