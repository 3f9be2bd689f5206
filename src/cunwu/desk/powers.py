"""The powers of a village: what they are for, the picture of their flow, and starting one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from cunwu.desk import typed
from cunwu.desk.lists import asked_word, choose_one
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for, organization_or_404, organizations_in_reach
from cunwu.desk.wording import language
from cunwu.law.procedures import PowerRule
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Organization
from cunwu.procedures import matters
from cunwu.procedures.flow import flow_svg
from cunwu.procedures.words import AREAS, CLASSES, by_area

RIGHTS = ("matters.open", "matters.act", "duties.read")
AMOUNT = Text(zh="金额", en="Amount")


def choose_village(request: DeskRequest, page: str, tab: str, *needed: str) -> HttpResponse:
    """Straight to `page` of the one village that the chosen office reaches, by its villagers' committee; else a list."""
    reach = organizations_in_reach([request.appointment], request.now, *needed)
    reach = reach.filter(kind=Organization.Kind.COMMITTEE)
    return choose_one(request, reach, page, tab)


def village_or_refused(request: DeskRequest, organization_id: str, *needed: str) -> Organization:
    """The organization of the address, if one of the person's offices carries one of `needed` there."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, *needed)
    return organization


def powers(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The list of powers of a village, by area; found by a word of title, condition or risk."""
    organization = village_or_refused(request, organization_id, *RIGHTS)
    word = asked_word(request)
    found = [power for power in rules().powers(local_day(request.now)) if _speaks_of(power, word)]
    areas = [(AREAS[area], held) for area, held in by_area(found).items()]
    context = {
        "organization": organization,
        "tab": "matters",
        "areas": areas,
        "word": word,
        "total": len(found),
    }
    return render(request, "desk/powers.html", context)


def power(request: DeskRequest, organization_id: str, name: str) -> HttpResponse:
    """One power: its picture, what it needs, what goes wrong with it; and the form that starts a matter."""
    organization = village_or_refused(request, organization_id, *RIGHTS)
    found = rules().power(name, local_day(request.now))
    return answer(request, (organization, found), _show, {"open": _open})


def _show(request: DeskRequest, subject: tuple[Organization, PowerRule]) -> tuple[str, dict[str, object]]:
    organization, found = subject
    return "desk/power.html", {
        "organization": organization,
        "tab": "matters",
        "power": found,
        "area": AREAS[found.area],
        "class": CLASSES[found.class_],
        "flow": flow_svg(found, language()),
        "bodies": _bodies(request, organization, found),
    }


def _open(request: DeskRequest, subject: tuple[Organization, PowerRule]) -> HttpResponse:
    village, found = subject
    chosen = typed.text(request, "body")
    bodies = _bodies(request, village, found)
    body = next((each for each in bodies if each.public_id == chosen), village if not bodies else bodies[0])
    amount = typed.fen(request, "amount", AMOUNT) if typed.text(request, "amount") else None
    matter = matters.open_matter(
        act_for(request, body, "matters.open"),
        body,
        found.name,
        typed.text(request, "title"),
        text=typed.text(request, "text"),
        amount_fen=amount,
        parties=[(name, None) for name in _parties(request)],
        now=request.now,
    )
    return redirect("desk:matter", matter.public_id)


def _parties(request: DeskRequest) -> list[str]:
    """One name a line, each once."""
    names = [line.strip() for line in typed.text(request, "parties").splitlines()]
    return list(dict.fromkeys(name for name in names if name))


def _bodies(request: DeskRequest, village: Organization, found: PowerRule) -> list[Organization]:
    """The bodies of the village that have the power and for which this person may start it."""
    bodies = Organization.objects.filter(
        place=village.place_id, kind__in=found.organization, until_day=None
    ).select_related("place")
    return [each for each in bodies.order_by("id") if office_for(request, each, "matters.open") is not None]


def _speaks_of(power: PowerRule, word: str) -> bool:
    texts = [power.title, power.risk, *power.conditions, *power.papers]
    return not word or any(word.lower() in f"{text.zh} {text.en}".lower() for text in texts)
