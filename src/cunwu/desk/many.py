"""Many villages at once: one month, a row for each organization, one step for all that are ticked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cunwu.books.actions import close_month
from cunwu.books.sheets import draft_sheet, publish_sheet
from cunwu.desk import typed
from cunwu.desk.drafts import record_meeting
from cunwu.desk.lists import PER_PAGE, asked_word
from cunwu.desk.requests import DeskRequest, act_for, office_for, organizations_in_reach
from cunwu.desk.steps import MonthState, Step, month_states
from cunwu.desk.wording import language, say
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import Draft, JointMeeting, Publication
from cunwu.disclosure.notices import boards_of
from cunwu.errors import Invalid, NotReady, Refused
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Organization

RESULTS = "many_results"
MONTHS_BACK = 24
READS = ("books.keep", "books.read")
SEES = (*READS, "duties.read")
"""Any of these shows how far an organization's month is; its vouchers only those of the books."""
NOT_TOGETHER = {Step.IMPORT, Step.CONFIRM}
"""Steps for which a file or a paper has to be looked at, one by one."""


@dataclass(frozen=True)
class Row:
    """One organization: how far its month is, what may be ticked and read, the last meeting to fill the form from."""

    state: MonthState
    may: bool
    reads: bool
    together: bool
    last_meeting: JointMeeting | None


def many(request: DeskRequest) -> HttpResponse:
    """The table; POST does one step for each ticked row by itself and lists what came of it."""
    period = _period(request)
    if request.method == "POST":
        request.session[RESULTS] = _do(request, period)
        return redirect(f"{reverse('desk:many')}?period={period}")
    reach = organizations_in_reach(request.appointments, request.now, *SEES)
    word = asked_word(request)
    if word:
        reach = reach.filter(place__name_zh__icontains=word) | reach.filter(place__sort_key__icontains=word)
    organizations = list(reach.filter(keeps_books=True))
    today = local_day(request.now)
    states = month_states(organizations, [str(period)], today)
    wanted = request.GET.get("step", "")
    shown = [s for s in states.values() if not wanted or s.step.value == wanted]
    meetings = _last_meetings(organizations) if any(s.step == Step.MEETING for s in shown) else {}
    pages = Paginator(shown, PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    rows = [
        Row(
            s,
            bool(s.open_to(request.appointments, request.now)),
            office_for(request, s.organization, *READS) is not None,
            s.step not in NOT_TOGETHER,
            meetings.get(s.organization.pk),
        )
        for s in page.object_list
    ]
    first = Period.month(today)
    return render(
        request,
        "desk/many.html",
        {
            "period": period,
            "periods": [first.shifted(-back) for back in range(MONTHS_BACK)],
            "rows": rows,
            "list": {"page": page, "total": pages.count},
            "steps": [(step, sum(s.step == step for s in states.values())) for step in Step],
            "wanted": wanted,
            "word": word,
            "offered": sorted(
                {row.state.step for row in rows if row.may} - NOT_TOGETHER, key=list(Step).index
            ),
            "results": request.session.pop(RESULTS, []),
            "today": request.now,
            "meeting": any(row.may and row.state.step == Step.MEETING for row in rows),
        },
    )


def _period(request: DeskRequest) -> Period:
    asked = request.POST.get("period") or request.GET.get("period")
    if asked:
        return typed.month(asked)
    return Period.month(local_day(request.now)).previous


def _last_meetings(organizations: list[Organization]) -> dict[int, JointMeeting]:
    newest = (
        JointMeeting.objects.filter(draft__organization__in=organizations)
        .values("draft__organization")
        .annotate(last=Max("id"))
        .values("last")
    )
    found = JointMeeting.objects.filter(pk__in=newest).select_related("draft")
    return {meeting.draft.organization_id: meeting for meeting in found}


def _do(request: DeskRequest, period: Period) -> list[dict[str, object]]:
    """Each ticked organization by itself: done, or refused with its own sentence."""
    step = _STEPS.get(request.POST.get("do", ""))
    if step is None:
        raise Invalid("desk.unknown_step", "请选择要办的步骤。", "Choose what to do.")
    request.step = request.POST.get("do", "")
    ticked = request.POST.getlist("organization")
    reach = organizations_in_reach(request.appointments, request.now, *SEES)
    organizations = list(reach.filter(public_id__in=ticked))
    if not organizations:
        raise Invalid(
            "desk.nothing_ticked", "没有勾选任何村，请先勾选。", "Nothing is ticked; tick the villages first."
        )
    states = month_states(organizations, [str(period)], local_day(request.now))
    results: list[dict[str, object]] = []
    for state in states.values():
        try:
            with transaction.atomic():
                said, done = step(request, state, period), True
        except Refused as refusal:
            request.refusal = request.refusal or refusal
            said, done = refusal.sentence(language()), False
        results.append({"name": state.organization.name(language()), "said": said, "done": done})
    return results


def _close(request: DeskRequest, state: MonthState, period: Period) -> str:
    actor = act_for(request, state.organization, "books.keep")
    close_month(actor, state.organization, period, now=request.now)
    return say("已结账", "closed")


def _draft(request: DeskRequest, state: MonthState, period: Period) -> str:
    actor = act_for(request, state.organization, "disclosure.prepare")
    draft_sheet(actor, state.organization, period, now=request.now)
    return say("公开表已拟订", "the sheet is drafted")


def _sign(request: DeskRequest, state: MonthState, _period: Period) -> str:
    disclosure.sign(
        act_for(request, state.organization, "disclosure.sign"), _open_draft(state), now=request.now
    )
    return say("已签名", "signed")


def _meeting(request: DeskRequest, state: MonthState, _period: Period) -> str:
    record_meeting(request, _open_draft(state), f"_{state.organization.public_id}")
    return say("联席会议已登记", "the joint meeting is recorded")


def _publish(request: DeskRequest, state: MonthState, _period: Period) -> str:
    draft = _open_draft(state)
    publish_sheet(act_for(request, state.organization, "disclosure.publish"), draft, now=request.now)
    return say("已公布", "published")


def _post(request: DeskRequest, state: MonthState, _period: Period) -> str:
    publication = _current(state)
    actor = act_for(request, state.organization, "disclosure.post")
    day = typed.day(request, "put_up_on", Text(zh="上墙日期", en="Day of putting up"))
    hanging = {notice.board for notice in publication.board_notices.all() if notice.taken_down_on is None}
    boards = [board for board in boards_of(state.organization) if board not in hanging]
    for board in boards:
        disclosure.post_notice(actor, publication, board, put_up_on=day, now=request.now)
    return say("已登记上墙{n}处", "recorded on {n} boards", n=len(boards))


def _open_draft(state: MonthState) -> Draft:
    if state.draft is None:
        raise NotReady(
            "desk.no_draft",
            f"{state.organization.name_zh}{state.period}还没有拟订公开表；请先拟订。",
            f"{state.organization.name('en')} has no draft for {state.period}; draft the sheet first.",
        )
    return state.draft


def _current(state: MonthState) -> Publication:
    if state.publication is None:
        raise NotReady(
            "desk.not_published",
            f"{state.organization.name_zh}{state.period}还没有公布；请先公布。",
            f"{state.organization.name('en')} has not published {state.period}; publish first.",
        )
    return state.publication


_STEPS: dict[str, Callable[[DeskRequest, MonthState, Period], str]] = {
    "close": _close,
    "draft": _draft,
    "sign": _sign,
    "meeting": _meeting,
    "publish": _publish,
    "post": _post,
}
