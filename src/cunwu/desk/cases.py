"""One item of a case file: what it is about, the plan, the lawyer's opinion, the matter that decides, how it ended."""

from __future__ import annotations

from django.http import HttpResponse

from cunwu.desk import typed
from cunwu.desk.clean_up import WORK
from cunwu.desk.exports import attachment
from cunwu.desk.findings import asked
from cunwu.desk.pages import answer
from cunwu.desk.programmes import READ, runner
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.documents import actions as documents
from cunwu.errors import Invalid, NotFound
from cunwu.oversight.models import Finding
from cunwu.oversight.rules import BY_NAME
from cunwu.procedures.models import Matter
from cunwu.programmes import files
from cunwu.programmes.models import CaseItem
from cunwu.programmes.outcomes import ADVISED, DECIDED, POSSIBLE, is_decided
from cunwu.programmes.rules import rule_of
from cunwu.programmes.words import CLEARS, OUTCOMES


def case_or_404(case_id: str) -> CaseItem:
    """The item of an address. Raises NotFound `case.unknown`."""
    found = (
        CaseItem.objects.select_related(
            "file__participation__programme",
            "file__participation__organization__place",
            "contract",
            "receivable",
            "asset",
            "matter",
            "opinion",
            "planned_by__person",
            "settled_by__person",
        )
        .filter(public_id=case_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "case.unknown", "没有这一项，请从清理台账进入。", "There is no such item; start from the board."
        )
    return found


def case(request: DeskRequest, case_id: str) -> HttpResponse:
    """One item."""
    found = case_or_404(case_id)
    act_for(request, found.file.participation.organization, READ)
    steps = {"plan": _plan, "advise": _advise, "decide": _decide, "settle": _settle, "reopen": _reopen}
    return answer(request, found, _show, steps)


def opinion(request: DeskRequest, case_id: str) -> HttpResponse:
    """The lawyer's opinion, to download; never shown in the page, where it could run."""
    found = case_or_404(case_id)
    act_for(request, found.file.participation.organization, READ)
    if found.opinion is None:
        raise NotFound("case.no_opinion_yet", "还没有法律意见。", "There is no opinion yet.")
    name = f"法律意见-{found.file.number}号档案.pdf"
    return HttpResponse(
        documents.read(found.opinion), content_type="application/octet-stream", headers=attachment(name)
    )


def _show(request: DeskRequest, found: CaseItem) -> tuple[str, dict[str, object]]:
    participation = found.file.participation
    organization, programme = participation.organization, participation.programme
    rule = rule_of(programme)
    allowed = POSSIBLE[found.clears].intersection(rule.outcomes)
    matters = Matter.objects.filter(organization__place=organization.place, power=rule.power)
    questions = (
        Finding.objects.filter(contract=found.contract_id) if found.contract_id else Finding.objects.none()
    )
    running = programme.ended_day is None
    return "desk/case.html", {
        "tab": "findings",
        "case": found,
        "file": found.file,
        "participation": participation,
        "organization": organization,
        "kind": CLEARS[found.clears],
        "plan": OUTCOMES.get(found.plan),
        "outcome": OUTCOMES.get(found.outcome),
        "possible": [
            (name, words, name in DECIDED, name in ADVISED)
            for name, words in OUTCOMES.items()
            if name in allowed
        ],
        "questions": [
            (each, BY_NAME[each.rule].flag, asked(each)) for each in questions.order_by("gone_day", "rule")
        ],
        "matters": matters.exclude(state=Matter.State.WITHDRAWN).order_by("-id")[:50],
        "decided": is_decided(found),
        "may_decide": office_for(request, organization, "findings.answer") is not None,
        "may_work": running and office_for(request, organization, WORK) is not None and not found.outcome,
        "may_reopen": running and bool(found.outcome) and runner(request, organization.place) is not None,
        "power": rule.power,
    }


def _plan(request: DeskRequest, found: CaseItem) -> str:
    actor = act_for(request, found.file.participation.organization, WORK)
    files.plan(actor, found, typed.text(request, "how"), typed.text(request, "text"), now=request.now)
    return say("处置方案已登记。", "The plan is recorded.")


def _advise(request: DeskRequest, found: CaseItem) -> str:
    actor = act_for(request, found.file.participation.organization, WORK)
    file = request.FILES.get("file")
    if file is None:
        raise Invalid("case.no_upload", "请选择法律意见的文件。", "Choose the file of the opinion.")
    media_type = file.content_type or "application/octet-stream"
    lawyer = typed.text(request, "lawyer")
    files.advise(actor, found, lawyer, file.read(), media_type=media_type, now=request.now)
    return say("法律意见已附上。", "The opinion lies with it now.")


def _decide(request: DeskRequest, found: CaseItem) -> str:
    actor = act_for(request, found.file.participation.organization, "findings.answer")
    matters = Matter.objects.select_related("organization").filter(public_id=typed.text(request, "matter"))
    matter = matters.first()
    if matter is None:
        raise Invalid(
            "case.matter", "请选择本村发起的清理事项。", "Choose a clean-up matter that this village opened."
        )
    files.decide_by(actor, found, matter, now=request.now)
    return say("已由这个事项办理。", "The matter deals with it now.")


def _settle(request: DeskRequest, found: CaseItem) -> str:
    actor = act_for(request, found.file.participation.organization, WORK)
    files.settle(actor, found, typed.text(request, "outcome"), typed.text(request, "note"), now=request.now)
    return say("已办结。", "It is settled.")


def _reopen(request: DeskRequest, found: CaseItem) -> str:
    actor = runner(request, found.file.participation.organization.place) or request.appointment
    files.reopen(actor, found, typed.text(request, "reason"), now=request.now)
    return say("已退回重新办理。", "It is open again.")
