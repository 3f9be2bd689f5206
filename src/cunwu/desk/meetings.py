"""Meetings: what is owed and was held, calling one, and recording who came, the votes and the minutes, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.desk import typed
from cunwu.desk.lists import listing
from cunwu.desk.pages import answer
from cunwu.desk.powers import choose_village, village_or_refused
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import language, say
from cunwu.disclosure.models import Draft
from cunwu.documents.redaction import masked
from cunwu.duties.models import Duty
from cunwu.errors import Invalid, NotFound, Refused
from cunwu.law.procedures import MeetingRule
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, rules
from cunwu.org.models import Appointment, Organization, Person
from cunwu.procedures import meetings
from cunwu.procedures.attendance import Came
from cunwu.procedures.deciding import Report, papers_lacking
from cunwu.procedures.facts import standing_aside
from cunwu.procedures.guards import Ballot
from cunwu.procedures.kinds import MEETING_KINDS
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import AgendaItem, Attendance, Meeting, Step
from cunwu.procedures.roll import Seat, seats
from cunwu.procedures.rules import meeting_rule, step_rule

RIGHTS = ("meetings.hold", "matters.act", "duties.read")
DAY = Text(zh="开会日期", en="Day of the meeting")
NOTICE = Text(zh="通知日期", en="Day of the notice")
FREE_ITEMS = 3


@dataclass(frozen=True)
class Row:
    """One who should attend, and what the form proposes of them."""

    seat: Seat
    mark: str
    proxy: str


@dataclass(frozen=True)
class Vote:
    """One item of the agenda in the form that closes the meeting."""

    item: AgendaItem
    votes: bool
    aside: frozenset[int]
    """Whom a declared relation keeps out of it."""
    proposed: int
    lacking: Refused | None
    """The paper that must be there before the result is entered."""
    ticked: bool
    """Whether somebody was ticked before the form was refused."""


def home(request: DeskRequest) -> HttpResponse:
    """Straight to the meetings of the chosen office's village."""
    return choose_village(request, "desk:meetings", "meetings", *RIGHTS)


def village_meetings(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What is owed, called and held in a village; calling a meeting."""
    village = village_or_refused(request, organization_id, *RIGHTS)
    return answer(request, village, _show_all, {"call": _call})


def _show_all(request: DeskRequest, village: Organization) -> tuple[str, dict[str, object]]:
    today = local_day(request.now)
    held = Meeting.objects.filter(organization__place=village.place_id).select_related("organization")
    kinds = _kinds(request, village)
    chosen = request.POST.get("kind") or request.GET.get("kind") or (kinds[0].name if kinds else "")
    owed = Duty.objects.filter(organization__place=village.place_id, met_at=None).exclude(meeting_kind="")
    return "desk/meetings.html", {
        "organization": village,
        "tab": "meetings",
        "list": listing(request, held, words=("kind", "items__title"), sorts={"day": ("-held_on", "-id")}),
        "titles": {rule.name: rule.title.sentence(language()) for rule in rules().meetings(today)},
        "owed": owed.select_related("organization").order_by("due_day", "id"),
        "kinds": kinds,
        "chosen": next((rule for rule in kinds if rule.name == chosen), None),
        "steps": _steps(village, chosen, request.GET.get("matter", "")),
        "drafts": _drafts(village) if kinds else [],
        "officers": _officers(village, request) if kinds else [],
        "free": [str(number) for number in range(FREE_ITEMS)],
        "today": request.now,
    }


def _kinds(request: DeskRequest, village: Organization) -> list[MeetingRule]:
    """The kinds of meeting that this person may call in the village; those for which a step waits come first."""
    bodies = {
        each.kind for each in _bodies(village) if office_for(request, each, "meetings.hold") is not None
    }
    able = [rule for rule in rules().meetings(local_day(request.now)) if bodies.intersection(rule.body)]
    waited_for = {rule.name for step in _waiting(village) if (rule := step_rule(step).meeting) is not None}
    return sorted(able, key=lambda rule: rule.name not in waited_for)


def _bodies(village: Organization) -> list[Organization]:
    found = Organization.objects.filter(place=village.place_id, until_day=None)
    return list(found.select_related("place").order_by("id"))


def _waiting(village: Organization) -> list[Step]:
    """The open steps of the village that meetings decide."""
    waiting = Step.objects.filter(
        state=Step.State.OPEN, matter__organization__place=village.place_id, kind__in=MEETING_KINDS
    )
    return list(waiting.select_related("matter__organization__place").order_by("id"))


def _steps(village: Organization, kind: str, first: str) -> list[tuple[Step, bool]]:
    """The open steps that such a meeting decides, each with whether it is chosen beforehand."""
    able = [step for step in _waiting(village) if (rule := step_rule(step).meeting) and rule.name == kind]
    return [(step, not first or step.matter.public_id == first) for step in able]


def _drafts(village: Organization) -> list[Draft]:
    """Drafts that no joint meeting has agreed to yet."""
    waiting = Draft.objects.filter(
        organization__place=village.place_id, replaced_at=None, publication=None, joint_meeting=None
    )
    return list(waiting.select_related("organization").order_by("id")[:20])


def _officers(village: Organization, request: DeskRequest) -> list[Appointment]:
    day = local_day(request.now)
    held = Appointment.objects.filter(organization__place=village.place_id, kind=Appointment.Kind.REGULAR)
    return [
        each for each in held.select_related("person", "organization").order_by("id") if each.held_on(day)
    ]


def _call(request: DeskRequest, village: Organization) -> HttpResponse:
    kind = typed.text(request, "kind")
    rule = rules().meeting(kind, local_day(request.now))
    body = next((each for each in _bodies(village) if each.kind in rule.body), village)
    meeting = meetings.call(
        act_for(request, body, "meetings.hold"),
        body,
        kind,
        typed.day(request, "held_on", DAY),
        _points(request, village, kind),
        venue=typed.text(request, "venue"),
        notice_on=typed.day(request, "notice_on", NOTICE) if typed.text(request, "notice_on") else None,
        now=request.now,
    )
    return redirect("desk:meeting", meeting.public_id)


def _points(request: DeskRequest, village: Organization, kind: str) -> list[Point]:
    """The agenda: chosen steps, chosen drafts, officers to appraise, and what was written by hand; in this order."""
    steps = [step for step, _ in _steps(village, kind, "") if step.public_id in request.POST.getlist("step")]
    drafts = [each for each in _drafts(village) if each.public_id in request.POST.getlist("draft")]
    appraised = [a for a in _officers(village, request) if a.public_id in request.POST.getlist("appraised")]
    free = [typed.text(request, f"item_{number}") for number in range(FREE_ITEMS)]
    return [
        *(Point(step.matter.title, step=step) for step in steps),
        *(Point(f"公开：{draft.heading or draft.period}", draft=draft) for draft in drafts),
        *(Point(f"民主评议：{each.person.name}", appraised=each) for each in appraised),
        *(Point(title) for title in free if title),
    ]


def meeting(request: DeskRequest, meeting_id: str) -> HttpResponse:
    """One meeting: recording its result, or the result."""
    found = meeting_or_404(meeting_id)
    act_for(request, found.organization, *RIGHTS)
    return answer(request, found, _show, {"close": _close, "fail": _fail, "cancel": _cancel})


def meeting_or_404(meeting_id: str) -> Meeting:
    """The meeting of an address. Raises NotFound `meeting.unknown`."""
    found = Meeting.objects.select_related("organization__place").filter(public_id=meeting_id).first()
    if found is None:
        raise NotFound(
            "meeting.unknown",
            "没有这次会议，请从“会议”进入。",
            "There is no such meeting; start from Meetings.",
        )
    return found


def _show(request: DeskRequest, found: Meeting) -> tuple[str, dict[str, object]]:
    rule = meeting_rule(found)
    called = found.state == Meeting.State.CALLED
    context = {
        "meeting": found,
        "organization": found.organization,
        "tab": "meetings",
        "rule": rule,
        "may_hold": office_for(request, found.organization, "meetings.hold") is not None,
        "items": _items(found),
        "ready": found.held_on <= local_day(request.now),
    }
    if called:
        return "desk/meeting.html", context | _form(request, found, rule)
    marks = found.attendance.select_related("person", "proxy").order_by("-votes", "person__sort_key", "id")
    return "desk/meeting_held.html", context | {
        "attendance": marks,
        "due": sum(each.votes for each in marks),
        "came": sum(each.votes and each.mark in {"present", "online", "proxy"} for each in marks),
    }


def _items(found: Meeting) -> list[AgendaItem]:
    items = found.items.select_related("step__matter__organization__place", "draft", "appraised__person")
    return list(items.prefetch_related("recusals__person").order_by("number"))


def _form(request: DeskRequest, found: Meeting, rule: MeetingRule) -> dict[str, object]:
    due = seats(rule, found.organization, found.held_on)
    rows = [_row(request, seat) for seat in due]
    return {
        "rows": rows,
        "marks": [m for m in Attendance.Mark if _possible(m, rule)],
        "votes": [_vote(request, item, due, found) for item in _items(found)],
        "observers": [a for a in _observers(found) if a.person_id not in {seat.person.pk for seat in due}],
        "people": [seat.person for seat in due],
        "usual_chair": _usual_chair(found),
        "minutes": _proposed_minutes(found),
    }


def _row(request: DeskRequest, seat: Seat) -> Row:
    """As it was sent before the form was refused; else as most are, present."""
    key = seat.person.pk
    mark = request.POST.get(f"mark_{key}", Attendance.Mark.PRESENT)
    return Row(seat, mark, masked(request.POST.get(f"proxy_{key}", "")))


def _usual_chair(found: Meeting) -> int | None:
    """Who chaired the body's last meeting of the kind: it seldom changes."""
    held = Meeting.objects.filter(
        organization=found.organization_id, kind=found.kind, state=Meeting.State.HELD
    )
    return held.order_by("-held_on", "-id").values_list("chaired_by", flat=True).first()


def _possible(mark: str, rule: MeetingRule) -> bool:
    if mark == Attendance.Mark.ONLINE:
        return rule.online
    return mark != Attendance.Mark.PROXY or rule.proxy != "none"


def _vote(request: DeskRequest, item: AgendaItem, due: Sequence[Seat], found: Meeting) -> Vote:
    people = [seat.person for seat in due]
    aside: set[int] = set()
    if item.step is not None:
        aside = {person.pk for person in standing_aside(item.step.matter, people, found.held_on)}
    if item.appraised is not None:
        aside = {item.appraised.person_id} & {person.pk for person in people}
    decides = item.step is not None or item.draft is not None or item.appraised is not None
    ticked = bool(request.POST.getlist(f"recused_{item.number}"))
    lacking = papers_lacking(item, now=request.now)
    return Vote(item, decides, frozenset(aside), len(people) - len(aside), lacking, ticked)


def _observers(found: Meeting) -> list[Appointment]:
    """Who may sit in: the supervisors of the village."""
    held = Appointment.objects.filter(
        organization__place=found.organization.place_id, organization__kind=Organization.Kind.SUPERVISION
    )
    people = held.select_related("person", "organization").order_by("id")
    return [each for each in people if each.held_on(found.held_on)]


def _proposed_minutes(found: Meeting) -> str:
    """Minutes begin with what is known; people add what was said."""
    lines = [f"{item.number}. {item.title}：" for item in found.items.order_by("number")]
    return "\n".join(lines)


def _report(request: DeskRequest, found: Meeting, *, voted: bool) -> Report:
    due = seats(meeting_rule(found), found.organization, found.held_on)
    people = {seat.person.pk: seat.person for seat in due}
    came = [_came(request, person) for person in people.values()]
    chair = people.get(_number(request, "chair"))
    if chair is None:
        raise Invalid("meeting.no_chair", "请选择主持人。", "Choose who chaired.")
    observers = [a for a in _observers(found) if a.public_id in request.POST.getlist("observer")]
    items = _items(found)
    return Report(
        came=came,
        chaired_by=chair,
        votes={item.number: ballot for item in items if voted and (ballot := _ballot(request, item))},
        recused={item.number: _recused(request, item, people) for item in items},
        observers=observers,
        minutes=request.POST.get("minutes", "").strip(),
    )


def _came(request: DeskRequest, person: Person) -> Came:
    mark = typed.text(request, f"mark_{person.pk}") or Attendance.Mark.ABSENT
    if mark not in set(Attendance.Mark):
        raise Invalid(
            "meeting.mark", f"{person.name}的到会情况没有选对。", f"Choose how {person.name} attended."
        )
    proxy = None
    if mark == Attendance.Mark.PROXY:
        proxy = Person.objects.filter(
            public_id=typed.text(request, f"proxy_{person.pk}")
        ).first() or _named_proxy(request, person)
    return Came(person, mark, proxy)


def _named_proxy(request: DeskRequest, person: Person) -> Person | None:
    """The one of that name among the people of the same household."""
    name = typed.text(request, f"proxy_{person.pk}")
    households = person.memberships.exclude(household=None).values("household")
    return Person.objects.filter(name=name, memberships__household__in=households).distinct().first()


def _ballot(request: DeskRequest, item: AgendaItem) -> Ballot | None:
    names = ("in_favour", "against", "abstained")
    if not any(typed.text(request, f"{name}_{item.number}") for name in names):
        return None
    label = Text(zh=f"第{item.number}项的票数", en=f"Votes of item {item.number}")
    counted = [
        typed.whole(request, f"{name}_{item.number}", label)
        if typed.text(request, f"{name}_{item.number}")
        else 0
        for name in names
    ]
    return Ballot(*counted)


def _recused(request: DeskRequest, item: AgendaItem, people: dict[int, Person]) -> list[Person]:
    chosen = request.POST.getlist(f"recused_{item.number}")
    return [people[int(key)] for key in chosen if key.isdigit() and int(key) in people]


def _number(request: DeskRequest, name: str) -> int:
    value = typed.text(request, name)
    return int(value) if value.isdigit() else 0


def _close(request: DeskRequest, found: Meeting) -> str:
    actor = act_for(request, found.organization, "meetings.hold")
    meetings.close(actor, found, _report(request, found, voted=True), now=request.now)
    lost = found.items.filter(carried=False).count()
    if lost:
        return say(
            "会议结果已登记，有{n}项没有通过。", "The result is recorded; items not carried: {n}.", n=lost
        )
    return say("会议结果已登记，相关步骤已办。", "The result is recorded and the steps it decided are done.")


def _fail(request: DeskRequest, found: Meeting) -> str:
    actor = act_for(request, found.organization, "meetings.hold")
    meetings.fail(actor, found, _report(request, found, voted=False), now=request.now)
    return say(
        "已登记流会，到会情况留存；请另行召集。", "Recorded as failed, with who came; call another meeting."
    )


def _cancel(request: DeskRequest, found: Meeting) -> str:
    meetings.cancel(act_for(request, found.organization, "meetings.hold"), found, now=request.now)
    return say("会议已取消。", "The meeting is cancelled.")
