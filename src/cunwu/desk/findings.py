"""What the screening asks: the questions in reach, one question with its answer and review, the rules and their record."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from cunwu.desk import typed
from cunwu.desk.exports import MOST_ROWS, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, act_with, office_for, organizations_in_reach
from cunwu.desk.wording import language, say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import Invalid, NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, rules
from cunwu.oversight import actions
from cunwu.oversight.models import Finding
from cunwu.oversight.queries import STATES, findings_of, last_screened, records
from cunwu.oversight.rules import BY_NAME, RULES
from cunwu.oversight.screening import question, screen
from cunwu.procedures.models import Matter

WORDS = {
    "open": Text(zh="待答复", en="to be answered"),
    "answered": Text(zh="已答复，待复核", en="answered, to be reviewed"),
    "confirmed": Text(zh="属实，待整改", en="the fault is there"),
    "taken_up": Text(zh="整改中", en="being put right"),
    "dismissed": Text(zh="已排除", en="dismissed"),
    "gone": Text(zh="已消除", en="gone"),
}
SEVERITIES = {
    "high": Text(zh="重", en="high"),
    "medium": Text(zh="中", en="medium"),
    "low": Text(zh="轻", en="low"),
}
SHOWN = 20
"""So many questions of a dry run are shown; all are counted."""


def findings(request: DeskRequest) -> HttpResponse:
    """The questions about contracts in reach: by state, rule, severity, village; or as a workbook. POST screens again."""
    act_with(request, "findings.read")
    if request.GET.get("as") == "xlsx":
        return _workbook(_list(request).rows)
    return answer(request, request.appointment, _show_list, {"screen": _screen})


def _list(request: DeskRequest) -> Listing[Finding]:
    reach = organizations_in_reach(request.appointments, request.now, "findings.read").order_by()
    found = findings_of(reach)
    found = found.filter(STATES.get(_state(request), STATES["open"])) if _state(request) != "all" else found
    if (rule := request.GET.get("rule", "")) in BY_NAME:
        found = found.filter(rule=rule)
    if (severity := request.GET.get("severity", "")) in SEVERITIES:
        found = found.filter(rule__in=[rule.name for rule in RULES if rule.severity == severity])
    words = ("organization__name_zh", "organization__place__sort_key", "contract__number", "contract__title")
    sorts = {
        "place": ("organization__place__path", "contract__number", "rule"),
        "first": ("first_seen", "id"),
    }
    return listing(request, found, words=words, sorts=sorts)


def _state(request: DeskRequest) -> str:
    return request.GET.get("state", "open")


def _show_list(request: DeskRequest, _: object) -> tuple[str, dict[str, object]]:
    found = _list(request)
    return "desk/findings.html", {
        "tab": "findings",
        "list": found,
        "rows": [(each, BY_NAME[each.rule], asked(each)) for each in found.page],
        "state": _state(request),
        "states": WORDS,
        "rule": request.GET.get("rule", ""),
        "titles": {rule.name: _title(request, rule.name) for rule in RULES},
        "severity": request.GET.get("severity", ""),
        "severities": SEVERITIES,
        "screened": last_screened(),
        "may_screen": office_for(request, request.appointment.organization, "findings.review") is not None,
    }


def asked(finding: Finding, in_language: str = "") -> str:
    """The question in words, with the figures and thresholds of the day on which it was last true."""
    thresholds = rules().screening_rule(finding.rule, finding.last_seen).thresholds
    return BY_NAME[finding.rule].ask(finding.figures, thresholds, in_language or language())


def _title(request: DeskRequest, name: str) -> Text:
    return rules().screening_rule(name, local_day(request.now)).provision.title


def _workbook(rows: QuerySet[Finding]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            f.organization.name_zh,
            f.contract.number,
            f.contract.title,
            BY_NAME[f.rule].flag,
            asked(f, "zh"),
            WORDS[f.state].zh,
            f.first_seen,
            f.reply,
            f.reason,
        ]
        for f in rows[:MOST_ROWS]
    ]
    headers = ["单位", "合同编号", "合同名称", "清理类别", "疑点", "状态", "首次发现", "答复", "复核意见"]
    return workbook([Sheet("疑点", headers, cells, title="合同疑点清单")], "合同疑点清单.xlsx")


def _screen(request: DeskRequest, _: object) -> str:
    organization = request.appointment.organization
    run = actions.ask(act_for(request, organization, "findings.review"), organization, now=request.now)
    return say(
        "筛查完毕：新疑点{n}条，消除{m}条。",
        "Screened: {n} new questions, {m} gone.",
        n=run.asked,
        m=run.gone,
    )


def finding(request: DeskRequest, finding_id: str) -> HttpResponse:
    """One question: its figures and clause, what would answer it, the answer, the review."""
    found = (
        Finding.objects.select_related(
            "organization__place", "contract", "matter", "replied_by__person", "reviewed_by__person"
        )
        .filter(public_id=finding_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "finding.unknown",
            "没有这个疑点，请从清单进入。",
            "There is no such question; start from the list.",
        )
    act_for(request, found.organization, "findings.read")
    return answer(request, found, _show, {"answer": _answer, "review": _review, "take_up": _take_up})


def _show(request: DeskRequest, found: Finding) -> tuple[str, dict[str, object]]:
    rule = BY_NAME[found.rule]
    held = rules().screening_rule(found.rule, found.last_seen)
    matters = Matter.objects.filter(organization__place=found.organization.place).order_by("-opened_at")
    told = rule.answer.sentence(language()).format(**held.thresholds)
    return "desk/finding.html", {
        "finding": found,
        "organization": found.organization,
        "tab": "findings",
        "rule": rule,
        "held": held,
        "question": asked(found),
        "answered_by": told,
        "state": WORDS[found.state],
        "severity": SEVERITIES[rule.severity],
        "matters": matters.exclude(state=Matter.State.WITHDRAWN)[:50],
        "may_answer": office_for(request, found.organization, "findings.answer") is not None,
        "may_review": office_for(request, found.organization, "findings.review") is not None,
    }


def _answer(request: DeskRequest, found: Finding) -> str:
    actor = act_for(request, found.organization, "findings.answer")
    actions.answer(actor, found, typed.text(request, "text"), now=request.now)
    return say("已答复，等待复核。", "Answered; it waits for its review.")


def _review(request: DeskRequest, found: Finding) -> str:
    actor = act_for(request, found.organization, "findings.review")
    actions.review(
        actor, found, typed.text(request, "verdict"), typed.text(request, "reason"), now=request.now
    )
    return say("复核意见已登记。", "The review is recorded.")


def _take_up(request: DeskRequest, found: Finding) -> str:
    actor = act_for(request, found.organization, "findings.answer")
    matter = (
        Matter.objects.select_related("organization").filter(public_id=typed.text(request, "matter")).first()
    )
    if matter is None:
        raise Invalid("finding.no_matter", "请选择整改的事项。", "Choose the matter that puts it right.")
    actions.take_up(actor, found, matter, now=request.now)
    return say("已转为整改事项。", "The matter deals with it now.")


def screening_rules(request: DeskRequest) -> HttpResponse:
    """Every rule with its thresholds, clause and record in reach; `?try=NAME` runs one over the present data, kept nowhere."""
    organization = act_with(request, "findings.read").organization
    today = local_day(request.now)
    reach = organizations_in_reach(request.appointments, request.now, "findings.read").order_by()
    kept = records(findings_of(reach))
    held = {rule.name: rules().screening_rule(rule.name, today) for rule in RULES}
    tried = request.GET.get("try", "")
    hits = screen(organization.place, on=today, rules=[tried]) if tried in BY_NAME else None
    return render(
        request,
        "desk/rules.html",
        {
            "organization": organization,
            "tab": "findings",
            "rows": [(rule, held[rule.name], kept[rule.name], SEVERITIES[rule.severity]) for rule in RULES],
            "tried": held.get(tried),
            "count": None if hits is None else len(hits),
            "questions": [question(hit, language(), today) for hit in (hits or [])[:SHOWN]],
        },
    )
