"""Programmes on the desk: those in reach, the board of a county or town, and its workbook. Nothing on them is typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.desk import typed
from cunwu.desk.exports import workbook
from cunwu.desk.lists import PER_PAGE, asked_word
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, act_with, organizations_in_reach
from cunwu.desk.wording import say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import Invalid, NotAllowed, NotFound
from cunwu.law.programmes import ProgrammeRule
from cunwu.org.authority import local_day, may, rules
from cunwu.org.models import Appointment, Organization, Place
from cunwu.programmes import actions
from cunwu.programmes.cards import standing
from cunwu.programmes.models import Participation, Programme, RedCard
from cunwu.programmes.queries import Progress, cards_of, in_all, progress
from cunwu.programmes.rules import rule_of
from cunwu.programmes.words import CLEARS

READ, RUN = "findings.read", "programmes.run"


@dataclass(frozen=True)
class Board:
    """A page of a board's lines, as lists have theirs."""

    page: Page[Line]


@dataclass(frozen=True)
class Line:
    """One line of a board: a village, or a town's villages together."""

    place: Place
    participation: Participation | None
    phase: str
    progress: Progress


def in_reach(request: DeskRequest) -> QuerySet[Participation]:
    """The villages' participations that one of the person's offices may read."""
    reach = organizations_in_reach(request.appointments, request.now, READ).order_by()
    found = Participation.objects.filter(organization__in=reach)
    return found.select_related("programme__place", "organization__place__parent")


def runner(request: DeskRequest, place: Place) -> Appointment | None:
    """The office in which this person may run a programme over `place`, if any."""
    held = (request.appointment, *request.appointments)
    return next((each for each in held if may(each, RUN, place, request.now)), None)


def programmes(request: DeskRequest) -> HttpResponse:
    """What runs where this person works, what could be started, and cards that wait for this person's reply."""
    act_with(request, READ)
    return answer(request, None, _show_all, {"start": _start})


def _show_all(request: DeskRequest, _: None) -> tuple[str, dict[str, object]]:
    mine = list(in_reach(request).order_by("programme__began_day", "organization__place__path"))
    held = {each.programme_id: each.programme for each in mine}
    place = request.appointment.organization.place
    may_run = may(request.appointment, RUN, place, request.now)
    if may_run:
        below = Programme.objects.filter(place__path__gte=place.path, place__path__lt=place.path + "~")
        held |= {each.pk: each for each in below.select_related("place")}
    running = {each.name for each in held.values() if each.place_id == place.pk and each.ended_day is None}
    today = local_day(request.now)
    person = request.appointment.person_id
    own = RedCard.objects.filter(charge__appointment__person=person).select_related("charge__programme")
    return "desk/programmes.html", {
        "tab": "findings",
        "rows": [
            (each, rule_of(each).title, [part for part in mine if part.programme_id == each.pk])
            for each in held.values()
        ],
        "place": place,
        "offered": [rule for rule in rules().programmes(today) if may_run and rule.name not in running],
        "cards": [(card, standing(card, today)) for card in own.order_by("-issued_day")],
    }


def _start(request: DeskRequest, _: None) -> HttpResponse:
    actor = act_for(request, request.appointment.organization, RUN)
    made = actions.start_programme(actor, typed.text(request, "name"), now=request.now)
    return redirect("desk:programme", made.public_id)


def programme(request: DeskRequest, programme_id: str) -> HttpResponse:
    """The board: every village in reach, or town by town; with what may be done by those who run it."""
    found = programme_or_404(programme_id)
    mine = in_reach(request).filter(programme=found)
    if runner(request, found.place) is None and not mine.exists():
        raise NotAllowed(
            "programme.out_of_reach",
            "这次行动里没有这个职务能看的村；请切换任职。",
            "No village of this programme is in this office's reach; switch offices.",
        )
    if request.GET.get("as") == "xlsx":
        return _workbook(rule_of(found), _lines(request, found, mine))
    return answer(request, found, _show_board, {"join": _join, "end": _end})


def programme_or_404(programme_id: str) -> Programme:
    """The programme of an address. Raises NotFound `programme.unknown`."""
    found = Programme.objects.select_related("place").filter(public_id=programme_id).first()
    if found is None:
        raise NotFound(
            "programme.unknown",
            "没有这次行动，请从清单进入。",
            "There is no such programme; start from the list.",
        )
    return found


def _lines(request: DeskRequest, found: Programme, mine: QuerySet[Participation]) -> list[Line]:
    """Villages by place, filtered by phase and word; with `by=town` each town's villages as one."""
    if word := asked_word(request):
        mine = mine.filter(
            Q(organization__place__name_zh__icontains=word) | Q(organization__place__sort_key__icontains=word)
        )
    if phase := request.GET.get("phase", ""):
        mine = mine.filter(phase=phase)
    far = progress(found, mine, local_day(request.now))
    villages = [
        Line(each.organization.place, each, each.phase, far[each.pk])
        for each in mine.order_by("organization__place__path")
    ]
    return _by_town(villages) if request.GET.get("by") == "town" else villages


def _by_town(villages: Iterable[Line]) -> list[Line]:
    towns: dict[int, tuple[Place, list[Progress]]] = {}
    for line in villages:
        town = line.place.parent or line.place
        towns.setdefault(town.pk, (town, []))[1].append(line.progress)
    return [Line(town, None, "", in_all(several)) for town, several in towns.values()]


def _show_board(request: DeskRequest, found: Programme) -> tuple[str, dict[str, object]]:
    rule = rule_of(found)
    lines = _lines(request, found, in_reach(request).filter(programme=found))
    runs = runner(request, found.place) is not None
    today = local_day(request.now)
    cards = [
        (card, standing(card, today))
        for card in cards_of(found, today)
        if runner(request, card.charge.place) is not None
    ]
    return "desk/programme.html", {
        "tab": "findings",
        "programme": found,
        "rule": rule,
        "day": today,
        "list": Board(Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))),
        "all": in_all(line.progress for line in lines),
        "clears": [(kind, CLEARS[kind]) for kind in rule.clears],
        "phases": {phase.name: phase.title for phase in rule.phases},
        "phase": request.GET.get("phase", ""),
        "by": request.GET.get("by", ""),
        "word": asked_word(request),
        "runs": runs and found.ended_day is None,
        "towns": _towns(found) if runs and found.ended_day is None else [],
        "cards": cards,
    }


def _towns(found: Programme) -> list[tuple[Place, list[Organization]]]:
    """Every town of the programme's place with its bodies that keep books; those that joined may move to another phase."""
    bodies = _bodies(found.place).select_related("place__parent").order_by("place__path")
    towns: dict[int, tuple[Place, list[Organization]]] = {}
    for body in bodies:
        town = body.place.parent or body.place
        towns.setdefault(town.pk, (town, []))[1].append(body)
    return list(towns.values())


def _bodies(place: Place) -> QuerySet[Organization]:
    inside = Q(place__path__gte=place.path, place__path__lt=place.path + "~")
    return Organization.objects.filter(inside, keeps_books=True, until_day=None)


def _join(request: DeskRequest, found: Programme) -> str:
    actor = _runner_or_refuse(request, found)
    place = Place.objects.filter(public_id=typed.text(request, "place")).first()
    if place is None:
        raise Invalid("programme.no_village", "请至少选择一个村。", "Choose one village at least.")
    bodies = list(_bodies(place))
    joined = actions.join(actor, found, bodies, typed.text(request, "phase"), now=request.now)
    return say("已加入{n}个村。", "{n} villages take part.", n=len(joined))


def _end(request: DeskRequest, found: Programme) -> str:
    actions.end_programme(_runner_or_refuse(request, found), found, now=request.now)
    return say("行动已结束，档案和数字保留。", "It has ended; files and figures stay.")


def _runner_or_refuse(request: DeskRequest, found: Programme) -> Appointment:
    """The office that may run it; else the one that acts, whom the action will refuse."""
    return runner(request, found.place) or request.appointment


def _workbook(rule: ProgrammeRule, lines: list[Line]) -> HttpResponse:
    phases = {phase.name: phase.title.zh for phase in rule.phases}
    cells: list[list[Cell | None]] = []
    for line in lines:
        far = line.progress
        row: list[Cell | None] = [line.place.name_zh, phases.get(line.phase, "")]
        for kind in rule.clears:
            tally = far.tallies.get(kind)
            row += [tally.total if tally else 0, tally.settled if tally else 0]
        rate = far.ledgers.per_mille
        row += [far.ledgers.contracts, far.ledgers.in_order, None if rate is None else rate / 10]
        row += [far.collected, far.ledgers.collected, far.ledgers.collected_before, far.ledgers.growth]
        row += [far.ledgers.aged.overdue, far.idle_before, far.ledgers.idle]
        cells.append(row)
    headers = ["单位", "批次"]
    for kind in rule.clears:
        headers += [f"{CLEARS[kind].zh}：查出", f"{CLEARS[kind].zh}：办结"]
    headers += ["合同（份）", "规范（份）", "规范率（%）"]
    headers += ["行动以来收缴（元）", "本年收缴（元）", "上年同期（元）", "增长（%）", "逾期（元）"]
    headers += ["行动开始时闲置（项）", "现在闲置（项）"]
    first = len(headers) - 7
    money = frozenset({first, first + 1, first + 2, first + 4})
    sheet = Sheet("进展", headers, cells, money, title=f"{rule.title.zh}进展")
    return workbook([sheet], f"{rule.title.zh}进展.xlsx")


def participation_or_404(participation_id: str) -> Participation:
    """The participation of an address. Raises NotFound `programme.no_participation`."""
    found = Participation.objects.select_related("programme__place", "organization__place__parent")
    one = found.filter(public_id=participation_id).first()
    if one is None:
        raise NotFound(
            "programme.no_participation",
            "没有这个村的清理台账，请从清单进入。",
            "There is no such village in a programme; start from the list.",
        )
    return one
