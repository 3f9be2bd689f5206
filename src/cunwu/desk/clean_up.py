"""A village's clean-up: the five ledgers in figures, who answers, the items to work on, stock taken, the result drafted."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.desk import typed
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import Step, answer
from cunwu.desk.programmes import READ, participation_or_404, runner
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.disclosure.publishing import newest
from cunwu.errors import Invalid, NotFound
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment, Place
from cunwu.procedures.models import Matter
from cunwu.programmes import actions, cards, files
from cunwu.programmes.models import CaseFile, CaseItem, Charge, Participation
from cunwu.programmes.publishing import ITEM, draft_result
from cunwu.programmes.queries import STANDINGS, chain, items_of, progress, standing_of
from cunwu.programmes.rules import rule_of
from cunwu.programmes.words import CLEARS, OUTCOMES
from cunwu.programmes.words import STANDINGS as STANDING_WORDS

WORK = "programmes.work"
CHARGE = Text(zh="责任人", en="Who answers")


def village(request: DeskRequest, participation_id: str) -> HttpResponse:
    """The board of one village."""
    found = participation_or_404(participation_id)
    act_for(request, found.organization, READ)
    steps: dict[str, Step[Participation]] = {
        "stock": _stock,
        "write_down": _write_down,
        "result": _result,
        "charge": _charge,
        "card": _card,
    }
    return answer(request, found, _show, steps)


def _list(request: DeskRequest, found: Participation) -> Listing[CaseItem]:
    items = items_of([found]).select_related("file", "contract", "asset", "receivable", "matter")
    if (standing := request.GET.get("standing", "")) in STANDINGS:
        items = items.filter(STANDINGS[standing])
    if (clears := request.GET.get("clears", "")) in CLEARS:
        items = items.filter(clears=clears)
    words = ("file__name", "contract__number", "contract__title", "asset__name", "receivable__title", "text")
    sorts = {"file": ("file__number", "id"), "kind": ("clears", "file__number", "id"), "newest": ("-id",)}
    return listing(request, items, words=words, sorts=sorts)


def _show(request: DeskRequest, found: Participation) -> tuple[str, dict[str, object]]:
    rule, today = rule_of(found.programme), local_day(request.now)
    organization = found.organization
    found_items = _list(request, found)
    (far,) = progress(found.programme, Participation.objects.filter(pk=found.pk), today).values()
    held = chain(found.programme, organization.place, today)
    runs = runner(request, organization.place) is not None and found.programme.ended_day is None
    period = str(Period.containing("quarter", today))
    return "desk/clean_up.html", {
        "tab": "findings",
        "participation": found,
        "organization": organization,
        "rule": rule,
        "day": today,
        "phase": next((p.title for p in rule.phases if p.name == found.phase), None),
        "far": far,
        "tallies": [(kind, CLEARS[kind], far.tallies.get(kind)) for kind in rule.clears],
        "levels": [(level, held.get(level.name)) for level in rule.levels],
        "list": found_items,
        "rows": [(item, standing_of(item)) for item in found_items.page],
        "standing": request.GET.get("standing", ""),
        "standings": STANDING_WORDS,
        "clears": request.GET.get("clears", ""),
        "kinds": {kind: CLEARS[kind] for kind in rule.clears},
        "outcomes": OUTCOMES,
        "in_words": [(kind, CLEARS[kind]) for kind in files.IN_WORDS if kind in rule.clears],
        "matters": Matter.objects.filter(organization__place=organization.place, power=rule.power).order_by(
            "-id"
        )[:20],
        "may_work": office_for(request, organization, WORK) is not None and found.programme.ended_day is None,
        "published": newest(organization, ITEM, period),
        "runs": runs,
        "charges": runs and runner(request, found.programme.place) is not None,
        "candidates": _candidates(found) if runs else [],
        "places": _places(found) if runs else [],
    }


def _candidates(found: Participation) -> list[Appointment]:
    """Everybody in office, in the village or above it, who may stand at some level."""
    offices = {office for level in rule_of(found.programme).levels for office in level.offices}
    above = Q(organization__place__path__in=found.organization.place.paths_to_root())
    held = Appointment.objects.filter(above, office__in=offices, until_day=None)
    return list(
        held.select_related("person", "organization__place").order_by("organization__place__path", "id")
    )


def _places(found: Participation) -> list[Place]:
    """The village and the places above it that the programme covers."""
    root = found.programme.place.path
    paths = [path for path in found.organization.place.paths_to_root() if path.startswith(root)]
    return list(Place.objects.filter(path__in=paths).order_by("-path"))


def _stock(request: DeskRequest, found: Participation) -> str:
    new = files.take_stock(act_for(request, found.organization, WORK), found, now=request.now)
    if not new:
        return say("台账里没有新的问题。", "The ledgers show nothing new.")
    return say("已清查建档，新增{n}件。", "Stock is taken: {n} new items.", n=new)


def _write_down(request: DeskRequest, found: Participation) -> HttpResponse:
    actor = act_for(request, found.organization, WORK)
    made = files.write_down(
        actor, found, typed.text(request, "kind"), typed.text(request, "text"), now=request.now
    )
    return redirect("desk:case", made.public_id)


def _result(request: DeskRequest, found: Participation) -> HttpResponse:
    actor = act_for(request, found.organization, WORK)
    draft = draft_result(actor, found, reason_zh=typed.text(request, "reason"), now=request.now)
    return redirect("desk:draft", draft.public_id)


def _charge(request: DeskRequest, found: Participation) -> str:
    actor = runner(request, found.programme.place) or request.appointment
    who = Appointment.objects.filter(public_id=typed.text(request, "who"))
    person = who.select_related("organization__place", "person").first()
    place = Place.objects.filter(public_id=typed.text(request, "place")).first()
    if person is None or place is None:
        raise Invalid(
            "programme.nobody", "请选择责任人和负责的地方。", "Choose who answers, and for which place."
        )
    level = typed.text(request, "level")
    actions.put_in_charge(actor, found.programme, level, place, person, now=request.now)
    return say("责任人已登记。", "It is recorded who answers.")


def _card(request: DeskRequest, found: Participation) -> HttpResponse:
    charge = (
        Charge.objects.filter(programme=found.programme, pk=typed.whole(request, "charge", CHARGE))
        .select_related("appointment__person", "place", "programme")
        .first()
    )
    if charge is None:
        raise Invalid("card.nobody", "请选择责任人。", "Choose who answers.")
    actor = runner(request, charge.place) or request.appointment
    made = cards.issue_card(actor, charge, typed.text(request, "fact"), now=request.now)
    return redirect("desk:card", made.public_id)


def case_file(request: DeskRequest, file_id: str) -> HttpResponse:
    """One household's file: everything that concerns it, in the order in which it was found."""
    found = (
        CaseFile.objects.select_related("participation__programme", "participation__organization__place")
        .filter(public_id=file_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "case.no_file", "没有这份档案，请从清理台账进入。", "There is no such file; start from the board."
        )
    act_for(request, found.participation.organization, READ)
    return answer(request, found, _show_file, {})


def _show_file(_request: DeskRequest, found: CaseFile) -> tuple[str, dict[str, object]]:
    items = items_of([found.participation]).filter(file=found)
    items = items.select_related("contract", "asset", "receivable", "matter").order_by("id")
    return "desk/case_file.html", {
        "tab": "findings",
        "file": found,
        "participation": found.participation,
        "organization": found.participation.organization,
        "rows": [(item, standing_of(item)) for item in items],
        "kinds": CLEARS,
        "standings": STANDING_WORDS,
        "outcomes": OUTCOMES,
    }
