"""Who has to agree to exactly these bytes: the supervision committee's signature, the joint meeting.

Which of them a draft needs is said by its catalogue item; each clause shown is the item's own citation. Signatures
and the meeting's record bind to the digest of the bytes: another draft has none of them.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from cunwu.disclosure.drafting import audit_draft, limited_text, require_open, required_text, terms
from cunwu.disclosure.missing import missing_review
from cunwu.disclosure.models import Draft, JointMeeting, Signature
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.org.authority import local_day, may, require, require_other_person
from cunwu.org.models import Appointment
from cunwu.org.rows import insert

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
        earlier = draft.signatures.filter(by=actor).first()
        if earlier is not None and earlier.on_paper and earlier.confirmed_by_id is None:
            earlier.delete()
        elif earlier is not None:
            raise _signed_already(actor)
        signature = insert(Signature(draft=draft, by=actor, digest=draft.digest, at=now))
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
        if draft.signatures.filter(by=signer).exists():
            raise _signed_already(signer)
        signature = insert(
            Signature(draft=draft, by=signer, digest=draft.digest, at=now, on_paper=True, entered_by=actor)
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
    unreviewed = missing_review(draft, demands)
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


def _signed_already(signer: Appointment) -> NotReady:
    return NotReady(
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
