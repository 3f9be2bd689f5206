"""The supervisory committee's half-yearly report: its figures come from the record, only its words are written.

Report and feedback are part of its work by the guiding opinion of 2017; half-yearly is this software's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import F, Q

from cunwu.disclosure.models import Draft, Objection, Signature
from cunwu.disclosure.publishing import propose_for
from cunwu.duties.models import Duty
from cunwu.errors import Invalid
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment, Organization
from cunwu.procedures.models import AgendaItem, Attendance, JointRequest, Meeting, ResidentObjection, Step

FORMAT = "cunwu-supervision/1"
ITEM = "supervision_report"
TEXT_LENGTH = 2000
FIGURES: Mapping[str, Text] = MappingProxyType(
    {
        "meetings": Text(zh="召开监督委员会会议（次）", en="Meetings of the committee"),
        "meetings_sat_in": Text(zh="列席会议（次）", en="Meetings sat in on"),
        "disclosures_reviewed": Text(zh="审查公开内容（件）", en="Disclosures reviewed"),
        "objections_raised": Text(zh="提出异议（件）", en="Objections raised"),
        "objections_answered_in_time": Text(zh="其中按期答复（件）", en="of which answered in time"),
        "vouchers_signed": Text(zh="审签单据（件）", en="Vouchers signed"),
        "checks_on_site": Text(zh="现场监督检查（次）", en="Checks on site"),
        "residents_objections": Text(zh="村民异议（件）", en="Residents' objections"),
        "residents_objections_answered": Text(zh="其中已答复（件）", en="of which answered"),
        "joint_requests": Text(zh="村民联名请求（件）", en="Joint requests of residents"),
        "appraisals": Text(zh="民主评议（人次）", en="Officers appraised"),
        "disclosures_late": Text(zh="逾期公开（件）", en="Disclosures late"),
    }
)
"""The figures of the report in words, in its order."""


def figures(organization: Organization, period: Period) -> dict[str, int]:
    """What the record holds of the committee's work over `period`, counted; ten queries.

    `organization` is the supervisory committee; the figures are those of its village.
    """
    village = Q(organization__place=organization.place_id)
    days = (period.first_day, period.last_day)
    objections = Objection.objects.filter(by__organization=organization, at__date__range=days)
    steps = Step.objects.filter(done_by__organization=organization, done_on__range=days)
    owed = Duty.disclosures.filter(village, due_day__range=days)
    residents = ResidentObjection.objects.filter(
        step__matter__organization__place=organization.place_id, received_at__date__range=days
    )
    sat_in = Attendance.objects.filter(observes_for=organization.kind, meeting__held_on__range=days)
    return {
        "meetings": Meeting.objects.filter(
            organization=organization, state=Meeting.State.HELD, held_on__range=days
        ).count(),
        "meetings_sat_in": sat_in.filter(meeting__organization__place=organization.place_id)
        .values("meeting")
        .distinct()
        .count(),
        "disclosures_reviewed": Signature.objects.filter(by__organization=organization, at__date__range=days)
        .values("draft")
        .distinct()
        .count(),
        "objections_raised": objections.count(),
        "objections_answered_in_time": objections.filter(
            Q(answer_due=None) | Q(answered_at__date__lte=F("answer_due")), answered_by__isnull=False
        ).count(),
        "vouchers_signed": steps.filter(kind="signature").count(),
        "checks_on_site": steps.filter(kind="site_check").count(),
        "residents_objections": residents.count(),
        "residents_objections_answered": residents.filter(answered_at__isnull=False).count(),
        "joint_requests": JointRequest.objects.filter(
            village__place=organization.place_id, registered_at__date__range=days
        ).count(),
        "appraisals": AgendaItem.objects.filter(
            meeting__organization__place=organization.place_id,
            meeting__held_on__range=days,
            appraised__isnull=False,
            carried__isnull=False,
        ).count(),
        "disclosures_late": owed.filter(
            Q(met_at=None) | Q(met_at__gte=F("due_at")), late_at__isnull=False
        ).count(),
    }


def draft_report(
    actor: Appointment,
    organization: Organization,
    period: str,
    text: str,
    *,
    reason_zh: str = "",
    now: datetime,
) -> Draft:
    """Draft the report of a half-year: figures from the record and the committee's own words; published as any draft.

    Of a half-year whose report is published it is a correction, which needs `reason_zh`. Raises NotAllowed; Invalid
    `report.period` (only a half-year that has ended), `report.text`, law.period, and what `disclosure.propose` refuses.
    """
    require(actor, "disclosure.sign", organization, now)
    half = Period.parse(period)
    if half.kind != "half" or half.last_day >= local_day(now):
        raise Invalid(
            "report.period",
            f"监督工作报告按半年编写，{period}不是已经结束的半年；请填写如2026H1。",
            f"The report is written for a half-year that has ended, which {period} is not; write it as 2026H1.",
        )
    text = text.strip()
    if not text or len(text) > TEXT_LENGTH:
        raise Invalid(
            "report.text",
            f"请写明监督中发现的问题和建议，最多{TEXT_LENGTH}字（现有{len(text)}个）。",
            f"Say what was found and what is advised, at most {TEXT_LENGTH} characters (it has {len(text)}).",
        )
    content: dict[str, Any] = {
        "format": FORMAT,
        "period": period,
        "figures": figures(organization, half),
        "text": text,
    }
    return propose_for(actor, organization, ITEM, period, content, reason_zh=reason_zh, now=now)
