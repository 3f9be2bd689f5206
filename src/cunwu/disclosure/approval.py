"""Who has to agree to exactly these bytes: the supervision committee's signature, the joint meeting.

Which of them a draft needs is said by its catalogue item; each clause shown is the item's own citation. Signatures
and the meeting's record bind to the digest of the bytes: another draft has none of them.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from cunwu.disclosure.drafting import (
    audit_draft,
    closed,
    limited_text,
    open_hits,
    require_open,
    required_text,
    terms,
)
from cunwu.disclosure.models import Draft, JointMeeting, Signature
from cunwu.disclosure.objections import missing_answer
from cunwu.errors import Invalid, NotAllowed, NotReady, Refused
from cunwu.law.terms import CatalogueItem
from cunwu.org.authority import local_day, may, require, require_other_person
from cunwu.org.models import Appointment

HEAD = "supervision_head"
MEMBERS_FOR_A_VACANT_HEAD = 2
NOTE_LENGTH = 300
LARGEST_MEETING = 1000


def sign(actor: Appointment, draft: Draft, *, now: datetime) -> Signature:
    """Agree, for the supervision committee, to exactly the bytes of the draft.

    Takes the place of the same person's paper signature that nobody has confirmed yet. Raises NotAllowed (also
    where the signer prepared the draft or kept the books behind it); NotReady `disclosure.signed_already`, or as
    `require_open`; Invalid `disclosure.no_review`.
    """
    require(actor, "disclosure.sign", draft.organization, now)
    _check_reviewer(draft, actor)
    with transaction.atomic():
        draft.signatures.filter(by=actor, on_paper=True, confirmed_by=None).delete()
        _require_unsigned(draft, actor)
        signature = Signature.objects.create(draft=draft, by=actor, digest=draft.digest, at=now)
        audit_draft(actor, "sign", draft, now)
    return signature


def record_paper_signature(
    actor: Appointment, draft: Draft, signer: Appointment, *, now: datetime
) -> Signature:
    """Enter that `signer` signed the printed draft; it counts once a different person has confirmed it.

    Raises NotAllowed (of the clerk; `disclosure.signer` where the signer's office may not sign here today), and as
    `sign`.
    """
    require(actor, "disclosure.record", draft.organization, now)
    if not may(signer, "disclosure.sign", draft.organization, now):
        raise NotAllowed(
            "disclosure.signer",
            f"{signer.person.name}今天在{draft.organization.name_zh}没有审查签名的职权，其签名不能登记；请核对任职登记。",
            f"{signer.person.name} may not sign for {draft.organization.name('en')} today; check the appointments.",
            basis=terms(draft).provision.cite.zh,
            basis_en=terms(draft).provision.cite.en,
        )
    _check_reviewer(draft, signer)
    with transaction.atomic():
        _require_unsigned(draft, signer)
        signature = Signature.objects.create(
            draft=draft, by=signer, digest=draft.digest, at=now, on_paper=True, entered_by=actor
        )
        audit_draft(actor, "record_paper_signature", draft, now, signer=signer.public_id)
    return signature


def confirm_signature(actor: Appointment, signature: Signature, *, now: datetime) -> Signature:
    """Confirm, with the paper in hand, a signature that a different person entered.

    Raises NotAllowed (also for who entered it and for who prepared the draft); NotReady
    `disclosure.confirmed_already`, or as `require_open`.
    """
    draft = signature.draft
    require(actor, "disclosure.confirm", draft.organization, now)
    require_open(draft)
    others = [draft.prepared_by] + ([signature.entered_by] if signature.entered_by else [])
    for other in others:
        require_other_person(
            actor,
            other.person,
            doing_zh="拟订或登记与核对纸质签名",
            doing_en="Preparing or entering, and confirming a paper signature,",
            basis=terms(draft).provision.cite.zh,
            basis_en=terms(draft).provision.cite.en,
        )
    with transaction.atomic():
        waiting = Signature.objects.filter(pk=signature.pk, on_paper=True, confirmed_by=None)
        if not waiting.update(confirmed_by=actor, confirmed_at=now):
            raise NotReady(
                "disclosure.confirmed_already",
                f"{signature.by.person.name}的签名不需要核对，或者已经核对过了。",
                f"The signature of {signature.by.person.name} needs no confirmation or has it already.",
            )
        audit_draft(actor, "confirm_signature", draft, now, signer=signature.by.public_id)
    signature.refresh_from_db()
    return signature


def record_joint_meeting(
    actor: Appointment,
    draft: Draft,
    *,
    held_on: date,
    chaired_by: str,
    present: int,
    expected: int,
    in_favour: int,
    note: str = "",
    now: datetime,
) -> JointMeeting:
    """Enter how the joint meeting of the two committees decided on exactly these bytes, also where it refused them.

    Comes after the review. An earlier record of the same draft is replaced (a second meeting). Raises NotAllowed;
    NotReady `disclosure.review_missing`, or as `require_open`; Invalid `disclosure.meeting_figures`,
    `.meeting_day`, `disclosure.reason_missing`.
    """
    require(actor, "disclosure.record", draft.organization, now)
    require_open(draft)
    demands = terms(draft)
    unreviewed = _missing_review(draft, demands)
    if unreviewed is not None:
        raise unreviewed
    _check_figures(present, expected, in_favour)
    _check_day(draft, held_on, now)
    with transaction.atomic():
        fields = {
            "digest": draft.digest,
            "held_on": held_on,
            "chaired_by": required_text(chaired_by, "主持人", "who chaired it", longest=60),
            "present": present,
            "expected": expected,
            "in_favour": in_favour,
            "note": limited_text(note, "备注", longest=NOTE_LENGTH),
            "recorded_by": actor,
            "recorded_at": now,
        }
        (meeting,) = JointMeeting.objects.bulk_create(
            [JointMeeting(draft=draft, **fields)],
            update_conflicts=True,
            unique_fields=["draft"],
            update_fields=list(fields),
        )
        audit_draft(
            actor, "record_joint_meeting", draft, now, present=present, expected=expected, in_favour=in_favour
        )
    return meeting


def missing_steps(draft: Draft, now: datetime) -> list[Refused]:
    """Everything that still stands between the draft and its publication, each with clause and remedy; [] if nothing.

    Codes: `disclosure.draft_replaced`, `.published_already` (then alone), `.redaction_open`, `.review_missing`,
    `.objection_open`, `.meeting_missing`, `.meeting_quorum`, `.meeting_majority`.
    """
    over = closed(draft)
    if over is not None:
        return [over]
    demands = terms(draft)
    steps = [
        _missing_redaction(draft),
        _missing_review(draft, demands),
        missing_answer(draft, demands, now),
        _missing_meeting(draft, demands),
    ]
    return [step for step in steps if step is not None]


def counted_signatures(draft: Draft) -> list[Signature]:
    """The signatures that count: of these bytes, by the reviewing committee, those on paper confirmed."""
    return list(_counting(draft, terms(draft)).select_related("by__person", "by__organization"))


def _counting(draft: Draft, demands: CatalogueItem) -> QuerySet[Signature]:
    return draft.signatures.filter(
        Q(on_paper=False) | Q(confirmed_by__isnull=False),
        digest=draft.digest,
        by__organization__kind=demands.reviewer,
    )


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


def _missing_review(draft: Draft, demands: CatalogueItem) -> Refused | None:
    """The head's signature; two members' while the post is vacant, or its holder drafted this or kept the books."""
    if demands.reviewer is None:
        return None
    signed = list(_counting(draft, demands).values_list("by__office", "by__person_id"))
    if any(office == HEAD for office, _ in signed):
        return None
    if not _head_may_review(draft, demands.reviewer):
        if len({person for _, person in signed}) >= MEMBERS_FOR_A_VACANT_HEAD:
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
    concerned = Q(person=draft.prepared_by.person_id) | Q(person__in=draft.kept_by.all())
    held = Appointment.objects.filter(
        Q(until_day=None) | Q(until_day__gt=day),
        office=HEAD,
        organization__kind=reviewer,
        organization__place=draft.organization.place_id,
        from_day__lte=day,
    )
    return held.exclude(concerned).exists()


def _missing_meeting(draft: Draft, demands: CatalogueItem) -> Refused | None:
    if not demands.joint_meeting:
        return None
    meeting = JointMeeting.objects.filter(draft=draft, digest=draft.digest).first()
    cite = demands.provision.cite
    if meeting is None:
        return NotReady(
            "disclosure.meeting_missing",
            "还没有登记村党组织和村民委员会联席会议的讨论决定；请开会决定后登记。",
            "The decision of the joint meeting of the two committees is not recorded; hold it and record it.",
            basis=cite.zh,
            basis_en=cite.en,
        )
    if 2 * meeting.present <= meeting.expected:
        return NotReady(
            "disclosure.meeting_quorum",
            f"联席会议应到{meeting.expected}人、实到{meeting.present}人，没有过半数，决定不算数；请重新开会。",
            f"{meeting.present} of {meeting.expected} attended the joint meeting, not more than half; hold it again.",
            basis=cite.zh,
            basis_en=cite.en,
        )
    if 2 * meeting.in_favour <= meeting.present:
        return NotReady(
            "disclosure.meeting_majority",
            f"联席会议实到{meeting.present}人、赞成{meeting.in_favour}人，没有过半数，未获通过；请修改后重新提交。",
            f"{meeting.in_favour} of {meeting.present} were in favour, not more than half; amend it and submit it again.",
            basis=cite.zh,
            basis_en=cite.en,
        )
    return None


def _check_reviewer(draft: Draft, signer: Appointment) -> None:
    require_open(draft)
    demands = terms(draft)
    if signer.organization.kind != demands.reviewer:
        raise Invalid(
            "disclosure.no_review",
            f"“{demands.provision.title.zh}”不需要{signer.organization.name_zh}审查签名。",
            f"“{demands.provision.title.en}” needs no signature of {signer.organization.name('en')}.",
            basis=demands.provision.cite.zh,
            basis_en=demands.provision.cite.en,
        )
    require_other_person(
        signer,
        draft.prepared_by.person,
        doing_zh="拟订公开内容和审查签名",
        doing_en="Preparing a disclosure and signing it",
        basis=demands.provision.cite.zh,
        basis_en=demands.provision.cite.en,
    )
    keeper = draft.kept_by.filter(pk=signer.person_id).first()
    if keeper is not None:
        require_other_person(
            signer,
            keeper,
            doing_zh=f"经办{draft.period}的账和审查签名",
            doing_en=f"Keeping the books of {draft.period} and signing their disclosure",
            basis=demands.provision.cite.zh,
            basis_en=demands.provision.cite.en,
        )


def _require_unsigned(draft: Draft, signer: Appointment) -> None:
    if draft.signatures.filter(by=signer).exists():
        raise NotReady(
            "disclosure.signed_already",
            f"{signer.person.name}已经在这份方案上签名，不用再签。",
            f"{signer.person.name} has signed this draft already.",
        )


def _check_figures(present: int, expected: int, in_favour: int) -> None:
    if not (0 <= in_favour <= present <= expected and 1 <= expected <= LARGEST_MEETING):
        raise Invalid(
            "disclosure.meeting_figures",
            f"会议人数对不上：应到{expected}人、实到{present}人、赞成{in_favour}人；请核对会议记录后重填。",
            f"The figures do not fit: {expected} expected, {present} present, {in_favour} in favour; check the minutes.",
        )


def _check_day(draft: Draft, held_on: date, now: datetime) -> None:
    prepared = local_day(draft.prepared_at)
    if not prepared <= held_on <= local_day(now):
        raise Invalid(
            "disclosure.meeting_day",
            f"会议日期{held_on:%Y-%m-%d}不对：应在拟订之日{prepared:%Y-%m-%d}以后、今天以前（含当日）。",
            f"The meeting cannot have been on {held_on:%Y-%m-%d}: the draft is of {prepared:%Y-%m-%d}, and today counts.",
        )
