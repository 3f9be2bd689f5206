"""Disclosure of one organization: what is due and published; one publication with its paper on the boards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.books.sheets import draft_sheet
from cunwu.desk import books, typed
from cunwu.desk.exports import disclosures_workbook
from cunwu.desk.lists import PER_PAGE, asked_word
from cunwu.desk.pages import Step, answer
from cunwu.desk.requests import DeskRequest, act_for, office_for, organization_or_404
from cunwu.desk.stages import Disclosure, Stage, disclosures
from cunwu.desk.steps import sequenced
from cunwu.desk.wording import day_text, say
from cunwu.disclosure import actions
from cunwu.disclosure.models import BoardNotice, Publication
from cunwu.disclosure.notices import boards_of
from cunwu.disclosure.queries import state
from cunwu.duties.models import Duty
from cunwu.errors import NotFound
from cunwu.law.texts import Text
from cunwu.org.models import Organization
from cunwu.procedures.models import Step as MatterStep

RENDERED_WITHIN = timedelta(minutes=2)


def home(request: DeskRequest) -> HttpResponse:
    """Straight to the disclosure of the chosen office's village; a list where it reaches several."""
    return books.choose_organization(request, "desk:disclosure", "disclosure", "duties.read")


def organization_page(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What the organization owes by when, its open drafts, what it has published."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, "disclosure.prepare", "duties.read")
    if request.GET.get("as") == "xlsx":
        return disclosures_workbook(organization, _list(request, organization).rows)
    return answer(request, organization, _show_organization, {"draft": _draft})


@dataclass(frozen=True)
class Listed:
    """The disclosures that the query's `q` and `state` let through: one page of them, and all `rows`.

    `counts` tells how many the word lets through in each stage.
    """

    rows: list[Disclosure]
    page: Page[Disclosure]
    counts: list[tuple[Stage, int]]
    word: str
    state: str
    sort: str


def _list(request: DeskRequest, organization: Organization) -> Listed:
    word, sort, state = asked_word(request), request.GET.get("sort", ""), request.GET.get("state", "")
    every = disclosures(organization, request.now)
    found = [d for d in every if word.lower() in f"{d.period} {d.title_zh} {d.title_en}".lower()]
    counts = [(stage, sum(stage in d.stages for d in found)) for stage in Stage]
    rows = [d for d in found if state not in list(Stage) or state in d.stages]
    if sort == "day":
        rows.sort(key=lambda d: d.day or d.due or date.min, reverse=True)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return Listed(rows, page, counts, word, state, sort)


def _show_organization(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    owed = Duty.disclosures.filter(organization__place=organization.place_id, met_at=None)
    drafted = set(organization.drafts.filter(replaced_at=None).values_list("period", flat=True))
    closed = organization.months.filter(closed_at__isnull=False, publication=None).order_by("period")
    return "desk/disclosure.html", {
        "organization": organization,
        "tab": "disclosure",
        "duties": owed.select_related("organization").order_by("due_day")[:24],
        "drafts": organization.drafts.filter(replaced_at=None, publication=None).order_by("period"),
        "to_draft": [month for month in closed if month.period not in drafted],
        "list": _list(request, organization),
        "may_prepare": office_for(request, organization, "disclosure.prepare") is not None,
    }


def _draft(request: DeskRequest, organization: Organization) -> HttpResponse:
    actor = act_for(request, organization, "disclosure.prepare")
    period = typed.month(typed.text(request, "period"))
    draft = draft_sheet(actor, organization, period, reason_zh=typed.text(request, "reason"), now=request.now)
    return redirect("desk:draft", draft.public_id)


def publication(request: DeskRequest, publication_id: str) -> HttpResponse:
    """One publication: its entry in the log, its paper, its correction, taking it down."""
    found = (
        Publication.objects.select_related(
            "organization__place", "published_by__person", "supersedes", "draft"
        )
        .prefetch_related("log_entries", "board_notices")
        .filter(public_id=publication_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "desk.publication",
            "没有这份公开内容，请从“公开”进入。",
            "There is no such publication; start from Disclosure.",
        )
    act_for(request, found.organization, "disclosure.post", "disclosure.take_down", "duties.read")
    steps: dict[str, Step[Publication]] = {
        "post": _post,
        "post_off": _post_off,
        "take_down": _take_down,
        "correct": _correct,
    }
    return answer(request, found, _show_publication, steps)


def _show_publication(request: DeskRequest, publication: Publication) -> tuple[str, dict[str, object]]:
    organization = publication.organization
    hanging = {n.board for n in publication.board_notices.all() if n.taken_down_on is None}
    ready = sequenced(publication)
    site = f"{settings.CUNWU.portal_url}/d/{publication.public_id}"
    return "desk/publication.html", {
        "publication": publication,
        "organization": organization,
        "tab": "disclosure",
        "step": MatterStep.objects.select_related("matter").filter(draft__publication=publication).first(),
        "state": state(publication),
        "ready": ready,
        "printable": ready and _paper_is_there(publication, request.now),
        "entry": next((e for e in publication.log_entries.all() if e.kind == "publication"), None),
        "boards": [board for board in boards_of(organization) if board not in hanging],
        "notices": publication.board_notices.all(),
        "tombstone": getattr(publication, "tombstone", None),
        "newer": Publication.objects.filter(supersedes=publication).first(),
        "page": f"{settings.CUNWU.portal_url}/zh/d/{publication.public_id}/",
        "a4": f"{site}/notice-a4.pdf",
        "a3": f"{site}/notice-a3.pdf",
        "grounds": actions.GROUNDS,
        "today": request.now,
        "may": {
            name: office_for(request, organization, f"disclosure.{name}") is not None
            for name in ("post", "take_down", "prepare")
        },
    }


def _paper_is_there(publication: Publication, now: datetime) -> bool:
    """Whether the notice is rendered; what is older than `RENDERED_WITHIN` is offered anyway, no page waits for ever."""
    notice = Path(settings.HOME) / "site" / "d" / publication.public_id / "notice-a3.pdf"
    return notice.exists() or now - publication.published_at > RENDERED_WITHIN


def _post(request: DeskRequest, publication: Publication) -> str:
    day = typed.day(request, "put_up_on", Text(zh="上墙日期", en="Day of putting up"))
    boards = request.POST.getlist("board")
    actor = act_for(request, publication.organization, "disclosure.post")
    with transaction.atomic():
        until = [
            actions.post_notice(actor, publication, board, put_up_on=day, now=request.now).stays_until
            for board in boards or [""]
        ]
    return say(
        "已登记上墙{n}处，要挂满{day}当日。",
        "Recorded on {n} boards; it hangs until the end of {day}.",
        n=len(until),
        day=day_text(until[0]),
    )


def _post_off(request: DeskRequest, publication: Publication) -> str:
    notice = BoardNotice.objects.filter(
        publication=publication, public_id=typed.text(request, "notice")
    ).first()
    if notice is None:
        raise NotFound(
            "desk.notice", "没有这条上墙登记，请刷新页面。", "There is no such notice; reload the page."
        )
    reason = typed.text(request, "reason")
    actions.take_down_notice(
        act_for(request, publication.organization, "disclosure.post"),
        notice,
        taken_down_on=typed.day(request, "taken_down_on", Text(zh="撤下日期", en="Day of taking down")),
        early=bool(reason),
        reason=reason,
        now=request.now,
    )
    return say("已登记撤下。", "Recorded as taken down from the board.")


def _take_down(request: DeskRequest, publication: Publication) -> str:
    actions.take_down(
        act_for(request, publication.organization, "disclosure.take_down"),
        publication,
        reason_code=typed.text(request, "reason_code"),
        reason_zh=typed.text(request, "reason"),
        now=request.now,
    )
    return say(
        "已撤下，内容已清除，只留下撤下的记录。",
        "Taken down; its content is erased and only the record remains.",
    )


def _correct(request: DeskRequest, publication: Publication) -> HttpResponse:
    draft = draft_sheet(
        act_for(request, publication.organization, "disclosure.prepare"),
        publication.organization,
        typed.month(publication.period),
        reason_zh=typed.text(request, "reason"),
        now=request.now,
    )
    return redirect("desk:draft", draft.public_id)
