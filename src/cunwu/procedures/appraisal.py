"""Democratic appraisal (villagers' committee law, Article 38; Article 33 before 2026): totals of a secret ballot, no
vote of anybody; so many of "incompetent" in a row end the post.

Of an item that appraises somebody, votes in favour say 称职 (competent), abstentions 基本称职 (fair), against 不称职.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from cunwu.errors import Invalid
from cunwu.law.deadlines import deadline
from cunwu.law.procedures import Limit, MeetingRule
from cunwu.law.texts import Text
from cunwu.org.appointing import end_by_law
from cunwu.org.authority import rules
from cunwu.org.models import Appointment, Organization
from cunwu.procedures.guards import Ballot
from cunwu.procedures.models import AgendaItem, Meeting

ROLLS = frozenset({"voters", "representatives"})
"""Who appraises: the villagers' meeting or its representatives."""


def check(appraised: Appointment, rule: MeetingRule, organization: Organization, day: date) -> None:
    """Whether a meeting of this kind may appraise this officer on `day`.

    Raises Invalid `appraisal.meeting`, `.officer`, and `.too_soon` where the packs of `day` keep appraisals apart.
    """
    if rule.roll not in ROLLS:
        raise Invalid(
            "appraisal.meeting",
            f"“{rule.title.zh}”不能进行民主评议；由村民会议或者村民代表会议评议，请改为相应的会议。",
            f"A “{rule.title.en}” does not appraise; the villagers or their representatives do.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    if appraised.organization.place_id != organization.place_id or not appraised.held_on(day):
        raise Invalid(
            "appraisal.officer",
            f"{appraised.person.name}在{day:%Y-%m-%d}不是本村在任人员，不能列为评议对象；请核对。",
            f"{appraised.person.name} holds no office of the village on {day:%Y-%m-%d} and is not appraised; check it.",
        )
    apart = rules().limit_if_any("appraisal_interval_months", day)
    if apart is not None:
        _check_apart(appraised, apart, day)


def _check_apart(appraised: Appointment, apart: Limit, day: date) -> None:
    """Whether no other appraisal of the same person in the same office, held or called, stands too near to `day`."""
    calendar = rules().calendar
    for other in _appraisals(appraised).values_list("meeting__held_on", flat=True):
        if max(other, day) < deadline(min(other, day), apart.term, calendar).day:
            first = deadline(other, apart.term, calendar).day
            raise Invalid(
                "appraisal.too_soon",
                f"{appraised.person.name}在{other:%Y-%m-%d}已有一次民主评议，两次至少相隔{apart.value}个月；"
                f"最早{first:%Y-%m-%d}评议，请改期。",
                f"{appraised.person.name} is appraised on {other:%Y-%m-%d}; {apart.value} months lie between two "
                f"appraisals at least. Choose {first:%Y-%m-%d} or later.",
                basis=apart.basis.zh,
                basis_en=apart.basis.en,
            )


def _appraisals(appraised: Appointment) -> QuerySet[AgendaItem]:
    """Those of the same person in the same office, the newest first: with a result, or of a meeting still to come."""
    return AgendaItem.objects.filter(
        Q(carried__isnull=False) | Q(meeting__state=Meeting.State.CALLED),
        appraised__person=appraised.person_id,
        appraised__office=appraised.office,
        appraised__organization=appraised.organization_id,
    ).order_by("-meeting__held_on", "-id")


def incompetent(ballot: Ballot, day: date) -> bool:
    """Whether the votes say "incompetent", by the share of the packs of `day`; a ballot without votes does not."""
    return ballot.cast > 0 and ballot.against >= rules().limit("incompetent_share", day).needed_of(
        ballot.cast
    )


def conclude(actor: Appointment, item: AgendaItem, ballot: Ballot, *, now: datetime) -> Text | None:
    """What an appraisal of "incompetent" leads to, in words; None where it says something else. Ends the post where the
    appraisals before it, of the same office, said the same as often as the packs demand.

    Called inside the action that closes the meeting; audited as `org.end_by_law`.
    """
    officer, day = item.appraised, item.meeting.held_on
    if officer is None or not incompetent(ballot, day):
        return None
    limit = rules().limit("incompetent_in_a_row", day)
    times = 1 + _in_a_row_before(item, officer)
    counts = Text(
        zh=f"不称职{ballot.against}票，有效票{ballot.cast}票，评议为不称职",
        en=f"{ballot.against} of {ballot.cast} votes say incompetent",
    )
    if times < int(limit.value):
        return Text(
            zh=f"{counts.zh}；连续{limit.value}次的，职务终止。（依据：{limit.basis.zh}）",
            en=f"{counts.en}; {limit.value} in a row end the post. ({limit.basis.en})",
        )
    end_by_law(actor, officer, max(day - timedelta(days=1), officer.from_day), now=now)
    return Text(
        zh=f"{counts.zh}；已连续{times}次，自{day:%Y-%m-%d}起职务终止。（依据：{limit.basis.zh}）",
        en=f"{counts.en}, {times} in a row: the post ends on {day:%Y-%m-%d}. ({limit.basis.en})",
    )


def _in_a_row_before(item: AgendaItem, officer: Appointment) -> int:
    """How many appraisals right before this one, of the same person in the same office, said "incompetent"."""
    earlier = _appraisals(officer).filter(carried__isnull=False, meeting__held_on__lt=item.meeting.held_on)
    times = 0
    for carried in earlier.values_list("carried", flat=True):
        if carried:
            break
        times += 1
    return times
