"""Meetings, entered once: called with notice and agenda, closed with roll, votes and minutes.

Closing is the one action from which everything else follows: the attendance, the decision on each item, the steps that
it satisfies, the drafts that it agrees to, the duties that it meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cunwu.disclosure.entries import mark_stale
from cunwu.disclosure.models import Draft
from cunwu.duties import actions as duties
from cunwu.errors import Invalid, NotReady
from cunwu.law.procedures import MeetingRule
from cunwu.org import audit
from cunwu.org.authority import local_day, require, rules
from cunwu.org.models import Appointment, Organization
from cunwu.procedures import appraisal
from cunwu.procedures import attendance as coming
from cunwu.procedures.deciding import Report, decide
from cunwu.procedures.facts import held
from cunwu.procedures.guards import Facts, Held, Turnout, shortfalls
from cunwu.procedures.models import AgendaItem, Matter, Meeting, Step
from cunwu.procedures.rules import meeting_rule, pin, step_rule

LONGEST_MINUTES = 20_000
JOINT_MEETING = "two_committees_meeting"
"""The kind of meeting that agrees to what is to be published."""
OF_THE_MEETING = frozenset({"quorum", "notice", "observed"})
"""Guards that make a meeting valid as a whole; the others decide on single items."""


@dataclass(frozen=True, slots=True)
class Point:
    """A line of the agenda: a step to decide, a draft to agree to, an officer to appraise, or a subject to discuss."""

    title: str
    step: Step | None = None
    draft: Draft | None = None
    appraised: Appointment | None = None
    secret: bool = False


def call(
    actor: Appointment,
    organization: Organization,
    kind: str,
    held_on: date,
    points: Sequence[Point],
    *,
    venue: str = "",
    notice_on: date | None = None,
    now: datetime,
) -> Meeting:
    """Call a meeting: its kind as it holds today is pinned, its agenda fixed, its notice dated (today if not given).

    Refused before anybody comes in vain: too little notice, an item that is not of this meeting. Raises NotAllowed;
    NotFound law.*; NotReady `guard.notice`; Invalid `meeting.body`, `.agenda`, `.day`, `.item`.
    """
    require(actor, "meetings.hold", organization, now)
    rule = rules().meeting(kind, local_day(now))
    notice_on = notice_on or min(local_day(now), held_on)
    _check_call(organization, rule, points)
    _check_notice(rule, held_on, notice_on, local_day(now))
    for point in points:
        _check_point(point, kind, organization)
        if point.appraised is not None:
            appraisal.check(point.appraised, rule, organization, held_on)
    with transaction.atomic():
        meeting = Meeting.objects.create(
            organization=organization,
            kind=kind,
            rule=pin(rule, now=now),
            held_on=held_on,
            venue=venue.strip()[:80],
            notice_on=notice_on,
            called_by=actor,
            called_at=now,
        )
        AgendaItem.objects.bulk_create(
            AgendaItem(
                meeting=meeting,
                number=number,
                title=point.title.strip()[:120],
                step=point.step,
                draft=point.draft,
                appraised=point.appraised,
                secret=point.secret or point.appraised is not None,
            )
            for number, point in enumerate(points, 1)
        )
        _record(actor, "call", meeting, now)
    return meeting


def close(actor: Appointment, meeting: Meeting, report: Report, *, now: datetime) -> Meeting:
    """Record that the meeting was held and what it decided, all at once or not at all.

    In order: the meeting claimed; attendance against the roll of the day; its own guards (quorum, notice, who sat in);
    for each item recusals, votes, its guards, `carried`; of what was carried the step taken, of drafts the joint
    meeting's record; the duties met; the audit. An item that is not carried stays open and says why.
    Raises NotAllowed; NotReady `meeting.closed_already`, `meeting.not_yet`, the first guard of the meeting that is not
    passed, `guard.papers` of an item whose step still needs one; Invalid `meeting.*` for figures that do not fit, and
    what the record of the joint meeting refuses.
    """
    require(actor, "meetings.hold", meeting.organization, now)
    with transaction.atomic():
        rule = meeting_rule(meeting)
        _claim(actor, meeting, Meeting.State.HELD, report, now)
        present = coming.record(meeting, rule, report.came, report.observers)
        coming.require_chair(present, report.chaired_by)
        facts = Facts(local_day(now), rules().calendar, meeting=held(meeting, present))
        whole = tuple(guard for guard in rule.guards if guard.kind in OF_THE_MEETING)
        for refusal in shortfalls(whole, facts):
            raise refusal
        for item in meeting.items.select_related("step__matter__organization__place", "draft").order_by(
            "number"
        ):
            decide(actor, item, present, report, now=now)
        duties.meet_by_meeting(
            meeting.organization, meeting.kind, meeting.held_on, f"meeting:{meeting.public_id}", now=now
        )
        _record(actor, "close", meeting, now, present=facts.meeting.turnout.present if facts.meeting else 0)
    return meeting


def fail(actor: Appointment, meeting: Meeting, report: Report, *, now: datetime) -> Meeting:
    """Record a meeting to which too few came: who came is kept, nothing is decided. Raises as `close`; NotReady
    `meeting.quorate` where enough came."""
    require(actor, "meetings.hold", meeting.organization, now)
    with transaction.atomic():
        rule = meeting_rule(meeting)
        _claim(actor, meeting, Meeting.State.FAILED, report, now)
        present = coming.record(meeting, rule, report.came, report.observers)
        facts = Facts(local_day(now), rules().calendar, meeting=held(meeting, present))
        if not shortfalls(tuple(guard for guard in rule.guards if guard.kind == "quorum"), facts):
            raise NotReady(
                "meeting.quorate",
                "到会人数够了，不能登记为流会；请登记会议结果。",
                "Enough people came, so the meeting did not fail; record its result.",
            )
        _record(actor, "fail", meeting, now)
    return meeting


def cancel(actor: Appointment, meeting: Meeting, *, now: datetime) -> Meeting:
    """Call a meeting off before it is held. Raises NotAllowed, NotReady `meeting.closed_already`."""
    require(actor, "meetings.hold", meeting.organization, now)
    with transaction.atomic():
        _claim(actor, meeting, Meeting.State.CANCELLED, None, now)
        _record(actor, "cancel", meeting, now)
    return meeting


def _claim(
    actor: Appointment, meeting: Meeting, state: Meeting.State, report: Report | None, now: datetime
) -> None:
    """Leave the state "called", once; the second of two who close it is refused."""
    if report is not None and meeting.held_on > local_day(now):
        raise NotReady(
            "meeting.not_yet",
            f"会议定在{meeting.held_on:%Y-%m-%d}，还没有开，不能登记结果。",
            f"The meeting is called for {meeting.held_on:%Y-%m-%d} and has not been held yet.",
        )
    if report is not None and len(report.minutes) > LONGEST_MINUTES:
        raise Invalid(
            "meeting.minutes",
            f"会议记录有{len(report.minutes)}字，最多{LONGEST_MINUTES}字；请缩短，原件作为附件保存。",
            f"The minutes have {len(report.minutes)} characters, at most {LONGEST_MINUTES}; shorten them.",
        )
    claimed = Meeting.objects.filter(pk=meeting.pk, state=Meeting.State.CALLED).update(
        state=state,
        closed_at=now,
        recorded_by=actor,
        chaired_by=report.chaired_by if report else None,
        minutes=report.minutes.strip() if report else "",
    )
    if not claimed:
        raise NotReady(
            "meeting.closed_already",
            "这次会议已经登记过结果、流会或者取消，不能再改；有误的请另行召集会议。",
            "The result of this meeting, its failure or its cancellation is recorded and does not change; call another.",
        )
    meeting.refresh_from_db()


def _check_call(organization: Organization, rule: MeetingRule, points: Sequence[Point]) -> None:
    if organization.kind not in rule.body:
        raise Invalid(
            "meeting.body",
            f"{organization.name_zh}不召集“{rule.title.zh}”；请切换到召集这种会议的单位。",
            f"{organization.name('en')} does not call a “{rule.title.en}”; switch to the body that does.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    if not points or not all(point.title.strip() for point in points):
        raise Invalid(
            "meeting.agenda",
            "没有写明议题；每次会议至少一项议题，每项都要有名称。",
            "The agenda is missing; a meeting has at least one item, each with a name.",
        )


def _check_notice(rule: MeetingRule, held_on: date, notice_on: date, today: date) -> None:
    if notice_on > held_on or notice_on > today:
        raise Invalid(
            "meeting.day",
            f"通知日期{notice_on:%Y-%m-%d}不对：不能晚于今天，也不能晚于开会日期{held_on:%Y-%m-%d}。",
            f"Notice cannot have been given on {notice_on:%Y-%m-%d}: neither after today nor after the meeting, "
            f"{held_on:%Y-%m-%d}.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    notice = tuple(guard for guard in rule.guards if guard.kind == "notice")
    facts = Facts(held_on, rules().calendar, meeting=Held(held_on, notice_on, Turnout()))
    for refusal in shortfalls(notice, facts):
        raise refusal


def _check_point(point: Point, kind: str, organization: Organization) -> None:
    step = point.step
    if point.draft is not None:
        _check_draft(point.draft, kind, organization)
    if step is None:
        return
    rule = step_rule(step)
    same_place = step.matter.organization.place_id == organization.place_id
    if (
        step.state == Step.State.OPEN
        and step.matter.state == Matter.State.OPEN
        and rule.meeting is not None
        and rule.meeting.name == kind
        and same_place
    ):
        return
    where = rule.meeting.title if rule.meeting else rule.title
    raise Invalid(
        "meeting.item",
        f"“{step.matter.title}”的“{rule.title.zh}”现在不能由这个会议决定：还没有轮到，或者应当由“{where.zh}”决定。",
        f"“{rule.title.en}” of “{step.matter.title}” is not for this meeting now: it is not its turn, or it belongs to: "
        f"{where.en}.",
        basis=rule.basis.zh,
        basis_en=rule.basis.en,
    )


def _check_draft(draft: Draft, kind: str, organization: Organization) -> None:
    """Only the joint meeting of the draft's own village agrees to it."""
    if kind == JOINT_MEETING and draft.organization.place_id == organization.place_id:
        return
    raise Invalid(
        "meeting.draft",
        f"{draft.organization.name_zh}{draft.period}的公布方案只能由本村“两委”联席会议讨论，请改为联席会议。",
        f"The draft of {draft.organization.name('en')} for {draft.period} is agreed to by the joint meeting of its own "
        "village's two committees; call that one.",
    )


def _record(actor: Appointment, verb: str, meeting: Meeting, now: datetime, **details: int) -> None:
    mark_stale([meeting.organization.place], [], now=now)
    audit.record(
        actor,
        f"meetings.{verb}",
        f"meeting:{meeting.public_id}",
        now=now,
        organization=meeting.organization,
        kind=meeting.kind,
        **details,
    )
