"""Matters: the list of a village, and one matter with its picture, what the open step needs, and what was done."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.desk import typed
from cunwu.desk.exports import attachment, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import Step as Do
from cunwu.desk.pages import answer
from cunwu.desk.powers import RIGHTS, choose_village, village_or_refused
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import language, say
from cunwu.documents import actions as documents
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import NotFound, Refused
from cunwu.law.procedures import StepRule
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, may
from cunwu.org.models import Appointment, Organization
from cunwu.procedures import matters, papers, publishing
from cunwu.procedures.facts import facts_of
from cunwu.procedures.flow import flow_svg
from cunwu.procedures.guards import shortfalls
from cunwu.procedures.kinds import KINDS, MEETING_KINDS
from cunwu.procedures.matters import Done
from cunwu.procedures.models import AgendaItem, Matter, ResidentObjection, Step, StepPaper
from cunwu.procedures.queries import Standing, matters_of, standings
from cunwu.procedures.rules import power_of

STATES = ("open", "overdue", "done", "withdrawn")
DAY = Text(zh="办理日期", en="Day")
AMOUNT = Text(zh="金额", en="Amount")
PER_PAGE = 30


@dataclass(frozen=True)
class Past:
    """A step as the page tells it: what the rule says, what was done, the meeting's item, objections to it."""

    step: Step
    rule: StepRule
    items: list[AgendaItem]
    objections: list[ResidentObjection]


def home(request: DeskRequest) -> HttpResponse:
    """Straight to the matters of the chosen office's village."""
    return choose_village(request, "desk:matters", "matters", *RIGHTS)


def village_matters(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The matters of a village: filtered by state, found by a word, sorted, a page at a time; or as a workbook."""
    organization = village_or_refused(request, organization_id, *RIGHTS)
    if request.GET.get("as") == "xlsx":
        return _workbook(organization, _list(request, organization).rows, request)
    return answer(request, organization, _show_list, {})


def _show_list(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    found = _list(request, organization)
    return "desk/matters.html", {
        "organization": organization,
        "tab": "matters",
        "list": found,
        "standings": standings(list(found.page), local_day(request.now)),
        "state": _state(request),
    }


def _state(request: DeskRequest) -> str:
    asked = request.GET.get("state", "open")
    return asked if asked in {*STATES, "all"} else "open"


def _list(request: DeskRequest, organization: Organization) -> Listing[Matter]:
    found, state = matters_of(organization.place), _state(request)
    if state == "overdue":
        late = Step.objects.filter(state=Step.State.OPEN, duty__due_day__lt=local_day(request.now))
        found = found.filter(state=Matter.State.OPEN, pk__in=late.values("matter"))
    elif state != "all":
        found = found.filter(state=state)
    return listing(
        request,
        found,
        words=("title", "power"),
        sorts={"opened": ("-opened_at", "-id"), "title": ("title", "id"), "ended": ("-ended_at", "-id")},
        per_page=PER_PAGE,
    )


def _workbook(organization: Organization, rows: QuerySet[Matter], request: DeskRequest) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            each.matter.title,
            each.power.title.zh,
            local_day(each.matter.opened_at),
            each.matter.get_state_display(),
            each.rule.title.zh if each.rule else None,
            each.due_day,
            "、".join(holder.person.name for holder in each.holders),
        ]
        for each in standings(rows[:2000], local_day(request.now))
    ]
    headers = ["事项", "权力", "发起日", "状态", "办到", "期限", "经办人"]
    sheet = Sheet("事项", headers, cells)
    return workbook([sheet], f"{organization.place.name_zh}事项.xlsx")


def matter(request: DeskRequest, matter_id: str) -> HttpResponse:
    """One matter, and whatever its open step lets this person do."""
    found = matter_or_404(matter_id)
    act_for(request, found.organization, *RIGHTS)
    steps: dict[str, Do[Matter]] = {
        "take": _take,
        "attach": _attach,
        "quote": _quote,
        "draft": _draft,
        "object": _object,
        "answer": _answer,
        "withdraw": _withdraw,
    }
    return answer(request, found, _show, steps)


def matter_or_404(matter_id: str) -> Matter:
    """The matter of an address. Raises NotFound `matter.unknown`."""
    found = Matter.objects.select_related("organization__place").filter(public_id=matter_id).first()
    if found is None:
        raise NotFound(
            "matter.unknown",
            "没有这个事项，请从“事项”进入。",
            "There is no such matter; start from Matters.",
        )
    return found


def _show(request: DeskRequest, found: Matter) -> tuple[str, dict[str, object]]:
    (standing,) = standings([found], local_day(request.now))
    past = _past(standing)
    states = {each.step.name: each.step.state for each in past}
    return "desk/matter.html", {
        "matter": standing.matter,
        "organization": found.organization,
        "tab": "matters",
        "standing": standing,
        "power": standing.power,
        "parties": found.parties.order_by("id"),
        "flow": flow_svg(standing.power, language(), states),
        "past": [each for each in past if each.step.state == Step.State.DONE or each.items],
        "now_open": _open_step(request, standing),
        "may_withdraw": office_for(request, found.organization, "matters.open") is not None,
        "may_register": office_for(request, found.organization, "requests.register") is not None,
        "published": any(each.step.publication_id for each in past),
        "may_answer": office_for(request, found.organization, "matters.act") is not None,
        "today": request.now,
    }


def _past(standing: Standing) -> list[Past]:
    found = standing.matter
    items = AgendaItem.objects.filter(step__matter=found).exclude(meeting__state="called")
    by_step: dict[int, list[AgendaItem]] = {}
    for item in items.select_related("meeting").prefetch_related("recusals").order_by("id"):
        by_step.setdefault(item.step_id or 0, []).append(item)
    objections: dict[int, list[ResidentObjection]] = {}
    for each in ResidentObjection.objects.filter(step__matter=found).order_by("received_at"):
        objections.setdefault(each.step_id, []).append(each)
    return [
        Past(step, standing.power.step(step.name), by_step.get(step.pk, []), objections.get(step.pk, []))
        for step in found.steps.prefetch_related("papers", "quotes").select_related(
            "done_by__person", "publication"
        )
    ]


def _open_step(request: DeskRequest, standing: Standing) -> dict[str, object] | None:
    """What the open step needs of this person, and what stands in the way."""
    step, rule = standing.step, standing.rule
    if step is None or rule is None:
        return None
    actor = _actor(request, standing.matter, rule)
    refused = matters.obstacles(step, actor, now=request.now)
    laid = {paper.name: paper for paper in step.papers.select_related("added_by__person")}
    personal = step.kind not in MEETING_KINDS | {"disclosure", "objection"}
    return {
        "step": step,
        "rule": rule,
        "kind": KINDS[step.kind],
        "actor": actor,
        "obstacles": refused if personal else [],
        "offered": personal and not refused,
        "mine": _may(step, actor, request),
        "papers": [(paper, laid.get(paper.name)) for paper in rule.papers],
        "quotes": list(step.quotes.select_related("obtained_by__person").order_by("amount_fen")),
        "needs": KINDS[step.kind].needs + _reference(rule),
        "waits": _waits(step, rule, request),
        "called": AgendaItem.objects.filter(step=step, meeting__state="called")
        .select_related("meeting")
        .first(),
        "draft": step.draft if step.draft_id and step.draft and step.draft.replaced_at is None else None,
    }


def _reference(rule: StepRule) -> tuple[str, ...]:
    return ("reference",) if any(guard.kind == "open_trade" for guard in rule.guards) else ()


def _waits(step: Step, rule: StepRule, request: DeskRequest) -> list[Refused]:
    """Of a step that time takes: what it waits for."""
    if step.kind != "objection":
        return []
    return shortfalls(rule.guards, facts_of(step, local_day(request.now)))


def _may(step: Step, actor: Appointment, request: DeskRequest) -> bool:
    return matters.may_take(step, actor, now=request.now) is None


def _actor(request: DeskRequest, found: Matter, rule: StepRule) -> Appointment:
    """The office in which this person takes the step: one of the step's own, else the one that acts here anyway."""
    able = [a for a in request.appointments if may(a, "matters.act", found.organization, request.now)]
    mine = [each for each in able if each.office in rule.by]
    if request.appointment in mine:
        return request.appointment
    return next(iter([*mine, *able]), request.appointment)


def _step(found: Matter) -> Step:
    """The open step. Raises NotFound `step.none_open` where the matter has ended."""
    step = (
        found.steps.select_related("matter__organization__place", "draft")
        .filter(state=Step.State.OPEN)
        .first()
    )
    if step is None:
        raise NotFound(
            "step.none_open",
            "这个事项已经办结或者撤回，没有要办的步骤。",
            "The matter has ended; no step is open.",
        )
    return step


def _acting(request: DeskRequest, found: Matter) -> tuple[Appointment, Step]:
    step = _asked_step(request, found)
    return _actor(request, found, power_of(found).step(step.name)), step


def _asked_step(request: DeskRequest, found: Matter) -> Step:
    """The step that the form was shown for, whether it is still open or not: of two who press, one is told."""
    number = typed.text(request, "step")
    if not number.isdigit():
        return _step(found)
    asked = found.steps.select_related("matter__organization__place", "draft").filter(number=int(number))
    return asked.first() or _step(found)


def _take(request: DeskRequest, found: Matter) -> str:
    actor, step = _acting(request, found)
    rule = power_of(found).step(step.name)
    done = Done(
        on=typed.day(request, "on", DAY) if typed.text(request, "on") else local_day(request.now),
        text=typed.text(request, "text"),
        amount_fen=typed.fen(request, "amount_fen", AMOUNT) if typed.text(request, "amount_fen") else None,
        reference=typed.text(request, "reference"),
    )
    _attach_all(request, actor, step, rule)
    matters.take(actor, step, done, now=request.now)
    return say("“{step}”已办。", "“{step}” is done.", step=rule.title.sentence(language()))


def _attach(request: DeskRequest, found: Matter) -> str:
    actor, step = _acting(request, found)
    count = _attach_all(request, actor, step, power_of(found).step(step.name))
    return say("已收存材料{n}份。", "Papers kept: {n}.", n=count)


def _attach_all(request: DeskRequest, actor: Appointment, step: Step, rule: StepRule) -> int:
    """Keep every file that came with the form under the name of its paper."""
    count = 0
    for paper in rule.papers:
        sent = request.FILES.get(f"paper_{paper.name}")
        if sent is None:
            continue
        papers.attach(
            actor,
            step,
            paper.name,
            sent.read(),
            filename=str(sent.name),
            media_type=sent.content_type or "application/octet-stream",
            now=request.now,
        )
        count += 1
    return count


def _quote(request: DeskRequest, found: Matter) -> str:
    actor, step = _acting(request, found)
    papers.add_quote(
        actor, step, typed.text(request, "supplier"), typed.fen(request, "quote", AMOUNT), now=request.now
    )
    return say("报价已登记。", "The quote is entered.")


def _draft(request: DeskRequest, found: Matter) -> HttpResponse:
    actor, step = _acting(request, found)
    draft = publishing.draft_decision(actor, step, now=request.now)
    return redirect("desk:draft", draft.public_id)


def _object(request: DeskRequest, found: Matter) -> str:
    published = (
        found.steps.select_related("matter__organization__place")
        .filter(publication__isnull=False)
        .order_by("-number")
        .first()
    )
    actor = act_for(request, found.organization, "requests.register")
    papers.receive_objection(actor, published or _step(found), typed.text(request, "text"), now=request.now)
    if found.state != Matter.State.OPEN:
        return say("异议已登记，请按期答复。", "The objection is recorded; it is to be answered in time.")
    return say(
        "异议已登记，答复前事项不再往下办。",
        "The objection is recorded and holds the matter until it is answered.",
    )


def _answer(request: DeskRequest, found: Matter) -> str:
    objection = ResidentObjection.objects.select_related("step__matter__organization__place").filter(
        step__matter=found, public_id=typed.text(request, "objection")
    )
    known = objection.first()
    if known is None:
        raise NotFound(
            "desk.objection", "没有这条异议，请刷新页面。", "There is no such objection; reload the page."
        )
    actor = act_for(request, found.organization, "matters.act")
    papers.answer_objection(actor, known, typed.text(request, "text"), now=request.now)
    return say("已答复。", "Answered.")


def _withdraw(request: DeskRequest, found: Matter) -> str:
    actor = act_for(request, found.organization, "matters.open")
    matters.withdraw(actor, found, typed.text(request, "reason"), now=request.now)
    return say("事项已撤回，已办的步骤留存。", "The matter is withdrawn; what was done stays on record.")


def paper(request: DeskRequest, paper_id: int) -> HttpResponse:
    """A paper that lies with a step, to whoever may see the matter."""
    found = (
        StepPaper.objects.select_related("step__matter__organization__place", "document")
        .filter(pk=paper_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "desk.paper", "没有这份材料，请从事项页面进入。", "There is no such paper; start from the matter."
        )
    act_for(request, found.step.matter.organization, *RIGHTS)
    headers = attachment(found.filename) | {"X-Content-Type-Options": "nosniff"}
    return HttpResponse(
        documents.read(found.document), content_type="application/octet-stream", headers=headers
    )
