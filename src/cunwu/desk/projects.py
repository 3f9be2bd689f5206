"""Projects on the desk: the list, one project with its money and progress, its acceptance and what it left."""

from __future__ import annotations

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets import projects as actions
from cunwu.assets.entries import AssetEntry
from cunwu.assets.models import Asset, Project, ProjectFund, ProjectProgress
from cunwu.assets.words import ASSET_KINDS, SOURCES
from cunwu.desk import typed
from cunwu.desk.assets import AREA, RIGHTS, VALUE, ledger_of
from cunwu.desk.exports import MOST_ROWS, attachment, workbook
from cunwu.desk.lists import Listing, listing
from cunwu.desk.pages import Step, answer
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.documents import actions as documents
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization
from cunwu.procedures.models import Matter

STATES = {
    "running": Q(accepted_day=None),
    "accepted": Q(accepted_day__isnull=False),
}
BUDGET = Text(zh="预算", en="Budget")
SPENT = Text(zh="已用资金", en="Spent so far")
PERCENT = Text(zh="进度", en="Progress")
DAY = Text(zh="日期", en="Day")
PEOPLE = Text(zh="带动人数", en="People given work or income")
INCOME = Text(zh="年增收", en="Income a year")


def projects(request: DeskRequest, organization_id: str) -> HttpResponse:
    """The organization's projects, running or accepted; or as a workbook."""
    organization = ledger_of(request, organization_id)
    if request.GET.get("as") == "xlsx":
        return _workbook(organization, _list(request, organization).rows)
    return answer(request, organization, _show_list, {"register": _register})


def _list(request: DeskRequest, organization: Organization) -> Listing[Project]:
    last = ProjectProgress.objects.filter(project=OuterRef("pk")).order_by("-day", "-id")
    found = Project.objects.filter(organization=organization).annotate(
        percent=Subquery(last.values("percent")[:1]), spent=Subquery(last.values("spent")[:1])
    )
    found = found.filter(STATES.get(request.GET.get("state", ""), Q()))
    sorts = {"newest": ("-registered_at", "id"), "name": ("name",), "budget": ("-budget", "id")}
    return listing(request, found, words=("name",), sorts=sorts)


def _show_list(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    matters = Matter.objects.filter(organization__place=organization.place, state=Matter.State.DONE)
    return "desk/projects.html", {
        "organization": organization,
        "tab": "assets",
        "list": _list(request, organization),
        "state": request.GET.get("state", ""),
        "sources": SOURCES,
        "matters": matters.order_by("-opened_at")[:50],
        "may_keep": office_for(request, organization, "assets.keep") is not None,
    }


def _workbook(organization: Organization, rows: QuerySet[Project]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            p.name,
            p.budget,
            getattr(p, "spent", None),
            getattr(p, "percent", None),
            p.begun_day,
            p.planned_end,
            p.accepted_day,
            p.acceptance,
            p.people,
            p.yearly_income,
        ]
        for p in rows[:MOST_ROWS]
    ]
    headers = [
        "项目", "预算（元）", "已用（元）", "进度（%）", "开工", "计划完工", "验收", "验收结果", "带动人数", "年增收（元）",
    ]  # fmt: skip
    title = f"{organization.name_zh}项目台账"
    return workbook([Sheet("项目", headers, cells, frozenset({1, 2, 9}), title)], f"{title}.xlsx")


def _register(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "assets.keep")
    funds = {
        source: amount
        for source in ProjectFund.Source.values
        if (amount := typed.optional(request, typed.fen, f"fund_{source}", SOURCES[source])) is not None
    }
    entry = actions.ProjectEntry(
        name=typed.text(request, "name"),
        budget=typed.fen(request, "budget", BUDGET),
        funds=funds,
        begun_day=typed.optional(request, typed.day, "begun_day", Text(zh="开工日期", en="Begun")),
        planned_end=typed.optional(request, typed.day, "planned_end", Text(zh="计划完工", en="Planned end")),
        matter=Matter.objects.select_related("organization")
        .filter(public_id=typed.text(request, "matter"))
        .first(),
    )
    made = actions.register_project(actor, organization, entry, now=request.now)
    return redirect("desk:project", made.public_id)


def project(request: DeskRequest, project_id: str) -> HttpResponse:
    """One project."""
    found = (
        Project.objects.select_related("organization__place", "matter").filter(public_id=project_id).first()
    )
    if found is None:
        raise NotFound(
            "project.unknown",
            "没有这个项目，请从台账进入。",
            "There is no such project; start from the ledger.",
        )
    act_for(request, found.organization, *RIGHTS)
    steps: dict[str, Step[Project]] = {"progress": _progress, "accept": _accept, "asset": _asset}
    return answer(request, found, _show, steps)


def photo(request: DeskRequest, progress_id: int) -> HttpResponse:
    """The photograph of a record of progress, to download."""
    found = (
        ProjectProgress.objects.select_related("project__organization__place", "photo")
        .filter(pk=progress_id)
        .first()
    )
    if found is None or found.photo is None:
        raise NotFound("project.no_photo", "没有这张照片。", "There is no such photograph.")
    act_for(request, found.project.organization, *RIGHTS)
    name = f"{found.project.name}-{found.day}.jpg"
    return HttpResponse(
        documents.read(found.photo), content_type="application/octet-stream", headers=attachment(name)
    )


def _show(request: DeskRequest, found: Project) -> tuple[str, dict[str, object]]:
    progress = list(found.progress.select_related("by__person"))
    return "desk/project.html", {
        "project": found,
        "organization": found.organization,
        "tab": "assets",
        "funds": [(SOURCES[fund.source], fund.amount) for fund in found.funds.order_by("source")],
        "progress": progress[::-1],
        "last": progress[-1] if progress else None,
        "assets": list(found.assets.order_by("number")),
        "kinds": ASSET_KINDS,
        "asset": Asset(),
        "today": local_day(request.now),
        "may_keep": office_for(request, found.organization, "assets.keep") is not None,
    }


def _progress(request: DeskRequest, found: Project) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    file = request.FILES.get("photo")
    stated = actions.Progress(
        day=typed.day(request, "day", DAY),
        percent=typed.whole(request, "percent", PERCENT),
        spent=typed.fen(request, "spent", SPENT),
        note=typed.text(request, "note"),
        photo=file.read() if file else b"",
        media_type=(file.content_type if file else None) or "application/octet-stream",
    )
    actions.record_progress(actor, found, stated, now=request.now)
    return say("进度已登记。", "The progress is recorded.")


def _accept(request: DeskRequest, found: Project) -> str:
    actor = act_for(request, found.organization, "assets.keep")
    accepted = actions.Accepted(
        day=typed.day(request, "accepted_day", DAY),
        words=typed.text(request, "words"),
        area=typed.optional(request, typed.area, "improved", AREA),
        people=typed.optional(request, typed.whole, "people", PEOPLE),
        yearly_income=typed.optional(request, typed.fen, "yearly_income", INCOME),
    )
    actions.accept_project(actor, found, accepted, now=request.now)
    return say("验收已登记。", "The acceptance is recorded.")


def _asset(request: DeskRequest, found: Project) -> HttpResponse:
    actor = act_for(request, found.organization, "assets.keep")
    entry = AssetEntry(
        typed.text(request, "number"),
        typed.text(request, "asset_name"),
        typed.text(request, "kind"),
        typed.text(request, "location"),
        area=typed.optional(request, typed.area, "area", AREA),
        value=typed.optional(request, typed.fen, "value", VALUE),
        from_day=found.accepted_day,
    )
    made = actions.become_asset(actor, found, entry, now=request.now)
    return redirect("desk:asset", made.public_id)
