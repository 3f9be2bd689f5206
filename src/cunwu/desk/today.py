"""Today: what needs me, by when, by which clause; and the switch between offices."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cunwu.desk import mine
from cunwu.desk.lists import listing
from cunwu.desk.requests import CHOSEN, DeskRequest, organizations_in_reach
from cunwu.desk.steps import MonthState, Step, books_at, month_states
from cunwu.desk.supervision import unwritten
from cunwu.disclosure.models import Objection, Publication, Signature
from cunwu.duties.models import Duty
from cunwu.errors import NotAllowed
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment

SOON = timedelta(days=31)
WEEK = timedelta(days=7)
STILL_SHOWN = timedelta(days=60)
MOST_DUTIES = 2000


@dataclass(frozen=True)
class Row:
    """One line of Today: a duty of one organization, or of several counted together."""

    duty: Duty
    states: list[MonthState]
    mine: list[MonthState]

    @property
    def count(self) -> int:
        """Of how many organizations."""
        return len(self.states)

    @property
    def waiting(self) -> list[tuple[Step, int]]:
        """How many organizations stand before which step, in the order of the steps."""
        counted = Counter(state.step for state in self.states)
        return [(step, counted[step]) for step in Step if counted[step]]

    @property
    def link(self) -> str:
        """Straight to the step where it is one of mine; to what one organization owes; else to the table of all."""
        if len(self.mine) == 1:
            return self.mine[0].link
        if len(self.states) == 1:
            return reverse("desk:disclosure", args=[self.states[0].organization.public_id])
        return f"{reverse('desk:many')}?period={self.duty.period}"


def today(request: DeskRequest) -> HttpResponse:
    """What needs this person, of all offices held today: overdue, this week, soon, and papers to put up."""
    day = local_day(request.now)
    rows = _rows(request, day)
    late = [row for row in rows if row.duty.due_day < day]
    week = [row for row in rows if day <= row.duty.due_day <= day + WEEK]
    soon = [row for row in rows if row.duty.due_day > day + WEEK]
    papers = list(_papers(request, day))
    signatures, objections = list(_signatures(request)), list(_objections(request))
    matters = mine.steps(request)
    meetings, answers = mine.meetings(request), mine.answers(request)
    report = unwritten(request)
    context = {
        "sections": [("late", late), ("week", week), ("soon", soon)],
        "papers": papers,
        "signatures": signatures,
        "objections": objections,
        "matters": matters,
        "meetings": meetings,
        "answers": answers,
        "unwritten": report,
        "owed": mine.owed_meetings(request),
        "reminders": mine.reminders(request),
        "todo": sum(len(row.mine) for row in rows)
        + len(papers)
        + len(signatures)
        + len(objections)
        + len(matters)
        + len(meetings)
        + len(answers)
        + (report is not None),
        "late": sum(row.count for row in late),
    }
    return render(request, "desk/today.html", context)


def _rows(request: DeskRequest, day: date) -> list[Row]:
    reach = organizations_in_reach(request.appointments, request.now, "duties.read")
    places = reach.values("place")
    duties = list(
        Duty.disclosures.filter(organization__place__in=places, met_at=None, due_day__lte=day + SOON)
        .select_related("organization__place", "next_level")
        .order_by("due_day", "name", "organization__place__path")[:MOST_DUTIES]
    )
    keepers = books_at(duty.organization for duty in duties)
    concerned = [keeper for group in keepers.values() for keeper in group]
    states = month_states(concerned, (duty.period for duty in duties), day)
    grouped: dict[tuple[str, str], list[tuple[Duty, MonthState]]] = defaultdict(list)
    for duty in duties:
        for keeper in keepers[duty.organization.place_id]:
            grouped[duty.name, duty.period].append((duty, states[keeper.pk, duty.period]))
    return [_row(request, pairs) for pairs in grouped.values()]


def _row(request: DeskRequest, pairs: list[tuple[Duty, MonthState]]) -> Row:
    states = [state for _, state in pairs]
    mine = [state for state in states if state.open_to(request.appointments, request.now)]
    return Row(pairs[0][0], states, mine)


def _papers(request: DeskRequest, day: date) -> QuerySet[Publication]:
    reach = organizations_in_reach(request.appointments, request.now, "disclosure.post")
    return (
        Publication.objects.filter(
            organization__in=reach,
            superseded_by=None,
            tombstone=None,
            board_notices=None,
            published_at__date__gte=day - STILL_SHOWN,
        )
        .select_related("organization")
        .order_by("published_at")[:50]
    )


def _signatures(request: DeskRequest) -> QuerySet[Signature]:
    """Paper signatures that wait until this person, who neither drafted nor entered them, compares the paper."""
    reach = organizations_in_reach(request.appointments, request.now, "disclosure.confirm")
    me = request.appointment.person_id
    waiting = Signature.objects.filter(
        draft__organization__in=reach, draft__replaced_at=None, draft__publication=None, on_paper=True
    ).filter(confirmed_by=None)
    return (
        waiting.exclude(entered_by__person=me)
        .exclude(draft__prepared_by__person=me)
        .select_related("draft__organization", "by__person", "entered_by__person")
        .order_by("at")[:50]
    )


def _objections(request: DeskRequest) -> QuerySet[Objection]:
    """Objections that hold up a draft until this person's committee answers."""
    reach = organizations_in_reach(request.appointments, request.now, "disclosure.publish")
    return (
        Objection.objects.filter(
            draft__organization__in=reach, draft__replaced_at=None, draft__publication=None, answered_by=None
        )
        .select_related("draft__organization", "by__person")
        .order_by("at")[:50]
    )


def switch(request: DeskRequest) -> HttpResponse:
    """The offices held today, found by the village's name or its pinyin; POST chooses one."""
    if request.method == "POST":
        chosen = next(
            (a for a in request.appointments if a.public_id == request.POST.get("appointment")), None
        )
        if chosen is None:
            raise NotAllowed(
                "desk.not_yours",
                "这不是您今天在任的职务，不能切换；请从列表中选择。",
                "This is not an office that you hold today; choose one from the list.",
            )
        request.session[CHOSEN] = chosen.public_id
        return redirect("desk:today")
    mine = (
        Appointment.objects.filter(person=request.appointment.person_id, from_day__lte=local_day(request.now))
        .filter(Q(until_day=None) | Q(until_day__gt=local_day(request.now)))
        .select_related("organization__place__parent")
    )
    found = listing(
        request,
        mine,
        words=("organization__name_zh", "organization__place__name_zh", "organization__place__sort_key"),
        sorts={"place": ("organization__place__path", "id"), "name": ("organization__place__sort_key", "id")},
    )
    return render(request, "desk/switch.html", {"list": found})


def health(_request: HttpRequest) -> HttpResponse:
    """For the process that watches: the writer answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
