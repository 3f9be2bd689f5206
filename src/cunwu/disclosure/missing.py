"""What still stands between a draft and its publication: the gate, the review, the answer, the joint meeting."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from cunwu.disclosure.drafting import (
    barred_from_review,
    closed,
    missing_totals,
    open_hits,
    read_tree,
    terms,
)
from cunwu.disclosure.models import Draft, Signature
from cunwu.disclosure.objections import missing_answer
from cunwu.errors import NotReady, Refused
from cunwu.law.terms import CatalogueItem
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment
from cunwu.org.rows import select

HEAD = "supervision_head"
MEMBERS_FOR_A_VACANT_HEAD = 2
_COUNTING = """
    SELECT s.id, a.office, a.person_id
    FROM cunwu_signature s
    JOIN cunwu_appointment a ON a.id = s.by_id
    JOIN cunwu_organization o ON o.id = a.organization_id
    WHERE s.draft_id = %s AND s.digest = %s AND o.kind = %s AND (s.confirmed_by_id IS NOT NULL OR NOT s.on_paper)
"""
_MEETING = "SELECT expected, present, in_favour FROM cunwu_jointmeeting WHERE draft_id = %s AND digest = %s"


def missing_steps(draft: Draft, now: datetime) -> list[Refused]:
    """Everything that still stands between the draft and its publication, each with clause and remedy; [] if nothing.

    Codes: `disclosure.draft_replaced`, `.published_already` (then alone), `.redaction_open`, `.list_format` (the packs
    let the item expire since it was prepared), `.review_missing`, `.objection_open`, `.meeting_missing`,
    `.meeting_quorum`, `.meeting_majority`.
    """
    over = closed(draft)
    if over is not None:
        return [over]
    demands = terms(draft)
    steps = [
        _missing_redaction(draft),
        missing_totals(read_tree(draft), demands) if demands.expires_days else None,
        missing_review(draft, demands),
        missing_answer(draft, demands, now),
        _missing_meeting(draft, demands),
    ]
    return [step for step in steps if step is not None]


def counted_signatures(draft: Draft) -> list[Signature]:
    """The signatures that count: of these bytes, by the reviewing committee, those on paper confirmed."""
    counting = [key for key, _, _ in _counting(draft, terms(draft))]
    return list(draft.signatures.filter(pk__in=counting).select_related("by__person", "by__organization"))


def _counting(draft: Draft, demands: CatalogueItem) -> list[tuple[int, str, int]]:
    """Key, office and person of each signature that counts."""
    return [
        (key, office, person)
        for key, office, person in select(_COUNTING, draft.pk, draft.digest, demands.reviewer)
    ]


def _missing_redaction(draft: Draft) -> Refused | None:
    found = open_hits(draft)
    if not found:
        return None
    final = any(not hit.overrulable for hit in found)
    remedy_zh = "其中有任何人都不能放行的号码，请退回改正" if final else "请改正，或者由另一人说明理由后放行"
    remedy_en = (
        "some are numbers that nobody can let pass: return it for correction"
        if final
        else "correct it, or a second person lets them pass with a reason"
    )
    return NotReady(
        "disclosure.redaction_open",
        f"脱敏检查还有{len(found)}处没有处理，第一处：{found[0].zh}{remedy_zh}。",
        f"The redaction gate has {len(found)} open hits, the first: {found[0].en} Please note: {remedy_en}.",
        hits=len(found),
    )


def missing_review(draft: Draft, demands: CatalogueItem) -> Refused | None:
    """The head's signature; two members' while the post is vacant, or its holder drafted this or kept the books."""
    if demands.reviewer is None:
        return None
    signed = _counting(draft, demands)
    if any(office == HEAD for _, office, _ in signed):
        return None
    if not _head_may_review(draft, demands.reviewer):
        if len({person for _, _, person in signed}) >= MEMBERS_FOR_A_VACANT_HEAD:
            return None
        return NotReady(
            "disclosure.review_missing",
            f"村务监督委员会主任空缺或者须回避，须有{MEMBERS_FOR_A_VACANT_HEAD}名委员审查签名，现有{len(signed)}名；请委员签名。",
            f"The supervisory committee's head is vacant or may not review this, so {MEMBERS_FOR_A_VACANT_HEAD} members "
            f"must sign; {len(signed)} have. Ask its members.",
            basis=demands.provision.cite.zh,
            basis_en=demands.provision.cite.en,
        )
    return NotReady(
        "disclosure.review_missing",
        "村务监督委员会还没有审查签名（纸质签名须经另一人核对才算）；请其主任签名。",
        "The supervisory committee has not signed yet (a paper signature counts once another person confirmed it); "
        "ask its head.",
        basis=demands.provision.cite.zh,
        basis_en=demands.provision.cite.en,
    )


def _head_may_review(draft: Draft, reviewer: str) -> bool:
    day = local_day(draft.prepared_at)
    held = Appointment.objects.filter(
        Q(until_day=None) | Q(until_day__gt=day),
        office=HEAD,
        organization__kind=reviewer,
        organization__place=draft.organization.place_id,
        from_day__lte=day,
    )
    return held.exclude(person__in=barred_from_review(draft)).exists()


def _missing_meeting(draft: Draft, demands: CatalogueItem) -> Refused | None:
    if not demands.joint_meeting:
        return None
    recorded = select(_MEETING, draft.pk, draft.digest)
    cite = demands.provision.cite
    if not recorded:
        return NotReady(
            "disclosure.meeting_missing",
            "还没有登记村党组织和村民委员会联席会议的讨论决定；请开会决定后登记。",
            "The decision of the joint meeting of the two committees is not recorded; hold it and record it.",
            basis=cite.zh,
            basis_en=cite.en,
        )
    [(expected, present, in_favour)] = recorded
    if 2 * present <= expected:
        return NotReady(
            "disclosure.meeting_quorum",
            f"联席会议应到{expected}人、实到{present}人，没有过半数，决定不算数；请重新开会。",
            f"{present} of {expected} attended the joint meeting, not more than half; hold it again.",
            basis=cite.zh,
            basis_en=cite.en,
        )
    if 2 * in_favour <= present:
        return NotReady(
            "disclosure.meeting_majority",
            f"联席会议实到{present}人、赞成{in_favour}人，没有过半数，未获通过；请修改后重新提交。",
            f"{in_favour} of {present} were in favour, not more than half; amend it and submit it again.",
            basis=cite.zh,
            basis_en=cite.en,
        )
    return None
