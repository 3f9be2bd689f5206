"""One draft: the sheet as residents will see it, what is still missing, and each step of agreeing to it."""

from __future__ import annotations

import json

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets import publishing as holdings
from cunwu.books import actions as books
from cunwu.books.models import Posting
from cunwu.books.sheets import FORMAT as SHEET
from cunwu.books.sheets import draft_sheet, publish_sheet
from cunwu.desk import typed
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import language, office_title, say
from cunwu.disclosure import actions
from cunwu.disclosure.drafting import barred_from_confirming, barred_from_review, hits
from cunwu.disclosure.models import Draft, JointMeeting, Objection, Publication, Signature
from cunwu.disclosure.objections import last_day_to_object
from cunwu.documents import actions as documents
from cunwu.errors import NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import CLOCK, local_day, may, rules
from cunwu.org.models import Appointment, Person
from cunwu.procedures import publishing
from cunwu.procedures.models import Step
from cunwu.procedures.supervision import FIGURES
from cunwu.procedures.telling import told
from cunwu.programmes import publishing as clean_up

LISTED = {holdings.FORMAT: holdings.told, clean_up.FORMAT: clean_up.told}
"""What is told as facts and lines: the collective's holdings, the result of a clean-up."""

LABELS = {
    "present": Text(zh="实到人数", en="Present"),
    "expected": Text(zh="应到人数", en="Expected"),
    "in_favour": Text(zh="赞成人数", en="In favour"),
    "held_on": Text(zh="会议日期", en="Day of the meeting"),
}
RIGHTS = {
    "sign": "disclosure.sign",
    "record": "disclosure.record",
    "confirm": "disclosure.confirm",
    "publish": "disclosure.publish",
    "prepare": "disclosure.prepare",
    "overrule": "redaction.overrule",
    "keep": "books.keep",
}
READERS = (*RIGHTS.values(), "books.read")
"""Any of these opens the page of a draft."""


def draft(request: DeskRequest, draft_id: str) -> HttpResponse:
    """The page of one draft, and its steps."""
    found = (
        Draft.objects.select_related("organization__place", "prepared_by__person", "document", "supersedes")
        .filter(public_id=draft_id)
        .first()
    )
    if found is None:
        raise NotFound(
            "desk.draft", "没有这份方案，请从“公开”进入。", "There is no such draft; start from Disclosure."
        )
    act_for(request, found.organization, *READERS)
    return answer(
        request,
        found,
        _show,
        {
            "sign": _sign,
            "record_paper": _record_paper,
            "confirm": _confirm,
            "object": _object,
            "answer": _answer,
            "meeting": _meeting,
            "overrule": _overrule,
            "amend": _amend,
            "publish": _publish,
        },
    )


def _show(request: DeskRequest, draft: Draft) -> tuple[str, dict[str, object]]:
    organization = draft.organization
    sheet = json.loads(documents.read(draft.document))
    published = Publication.objects.filter(draft=draft).first()
    open_now = draft.replaced_at is None and published is None
    open_hits = actions.open_hits(draft)
    object_until = last_day_to_object(draft)
    return "desk/draft.html", {
        "decision": told(sheet, language()) if sheet["format"] == publishing.FORMAT else None,
        "listed": LISTED[sheet["format"]](sheet, language()) if sheet["format"] in LISTED else None,
        "is_sheet": sheet["format"] == SHEET,
        "figures": [(FIGURES[name], count) for name, count in sheet.get("figures", {}).items()],
        "step": Step.objects.select_related("matter").filter(draft=draft).first(),
        "draft": draft,
        "organization": organization,
        "tab": "disclosure",
        "sheet": sheet,
        "terms": rules().catalogue_item(draft.item, local_day(draft.prepared_at)),
        "published": published,
        "open": open_now,
        "missing": actions.publication_obstacles(draft, request.now) if open_now else [],
        "hits": [(hit, hit in open_hits) for hit in hits(draft)] if open_now else [],
        "signatures": _signatures(draft, request.appointment.person),
        "objections": draft.objections.select_related("by__person", "answered_by__person"),
        "object_until": object_until,
        "in_time_to_object": object_until is None or local_day(request.now) <= object_until,
        "meeting": JointMeeting.objects.filter(draft=draft).first(),
        "signers": _signers(draft, request) if open_now else [],
        "today": request.now,
        "last_meeting": _last_meeting(draft),
        "may": _may(request, draft),
    }


def _may(request: DeskRequest, draft: Draft) -> dict[str, bool]:
    """What the page offers: the right, less what separation of duties would refuse."""
    me, organization = request.appointment.person_id, draft.organization
    may = {name: office_for(request, organization, right) is not None for name, right in RIGHTS.items()}
    signed = draft.signatures.filter(by__person=me).exclude(on_paper=True, confirmed_by=None).exists()
    return may | {
        "object": may["sign"],
        "sign": may["sign"] and not signed and me not in barred_from_review(draft),
        "overrule": may["overrule"] and me != draft.prepared_by.person_id,
    }


def _signatures(draft: Draft, me: Person) -> list[tuple[Signature, bool]]:
    """The signatures, each with whether separation of duties leaves it to `me` to confirm it."""
    found = draft.signatures.select_related(
        "by__person", "entered_by__person", "confirmed_by__person", "draft__prepared_by"
    )
    return [(each, me.pk not in barred_from_confirming(each)) for each in found]


def _signers(draft: Draft, request: DeskRequest) -> list[Appointment]:
    seated = Appointment.objects.filter(
        organization__place=draft.organization.place_id, organization__kind="supervision_committee"
    ).select_related("person", "organization__place")
    signed, barred = set(draft.signatures.values_list("by", flat=True)), barred_from_review(draft)
    return [
        a
        for a in seated.exclude(pk__in=signed).exclude(person__in=barred)
        if may(a, "disclosure.sign", draft.organization, request.now)
    ]


def _last_meeting(draft: Draft) -> JointMeeting | None:
    """The organization's last recorded meeting: who chairs and how many are expected seldom changes."""
    return (
        JointMeeting.objects.filter(draft__organization=draft.organization)
        .order_by("-held_on", "-id")
        .first()
    )


def _sign(request: DeskRequest, draft: Draft) -> str:
    actions.sign(act_for(request, draft.organization, RIGHTS["sign"]), draft, now=request.now)
    return say(
        "已签名。签的就是这一页上的内容，内容一改签名就作废。",
        "Signed: exactly what stands on this page; any change voids it.",
    )


def _record_paper(request: DeskRequest, draft: Draft) -> str:
    signer = next((a for a in _signers(draft, request) if a.public_id == typed.text(request, "signer")), None)
    if signer is None:
        raise NotFound("desk.signer", "请选择在纸上签名的人。", "Choose who signed on paper.")
    actor = act_for(request, draft.organization, RIGHTS["record"])
    actions.record_paper_signature(actor, draft, signer, now=request.now)
    return say(
        "已登记{who}（{office}）的纸质签名，须由另一人核对才算。",
        "The paper signature of {who} ({office}) is entered; it counts once another person confirms it.",
        who=signer.person.name,
        office=office_title(signer.office),
    )


def _confirm(request: DeskRequest, draft: Draft) -> str:
    number = typed.whole(request, "signature", Text(zh="签名", en="Signature"))
    signature = Signature.objects.select_related(
        "draft__organization__place", "draft__prepared_by__person"
    ).filter(draft=draft, pk=number)
    found = signature.first()
    if found is None:
        raise NotFound(
            "desk.signature", "没有这条签名登记，请刷新页面。", "There is no such signature; reload the page."
        )
    actions.confirm_signature(act_for(request, draft.organization, RIGHTS["confirm"]), found, now=request.now)
    return say("已核对，签名有效。", "Confirmed; the signature counts.")


def _object(request: DeskRequest, draft: Draft) -> str:
    actor = act_for(request, draft.organization, RIGHTS["sign"])
    actions.object_to(actor, draft, typed.text(request, "text"), now=request.now)
    return say(
        "异议已登记，答复前不能公布。",
        "The objection is recorded; nothing is published before it is answered.",
    )


def _answer(request: DeskRequest, draft: Draft) -> str:
    number = typed.whole(request, "objection", Text(zh="异议", en="Objection"))
    found = Objection.objects.select_related("draft__organization__place", "by__person").filter(
        draft=draft, pk=number
    )
    objection = found.first()
    if objection is None:
        raise NotFound(
            "desk.objection", "没有这条异议，请刷新页面。", "There is no such objection; reload the page."
        )
    actor = act_for(request, draft.organization, RIGHTS["publish"])
    actions.answer_objection(actor, objection, typed.text(request, "text"), now=request.now)
    return say("已答复。", "Answered.")


def _meeting(request: DeskRequest, draft: Draft) -> str:
    record_meeting(request, draft, "")
    return say("联席会议已登记。", "The joint meeting is recorded.")


def record_meeting(request: DeskRequest, draft: Draft, suffix: str) -> None:
    """Record the joint meeting from the fields whose names end in `suffix` (many villages have one set each)."""
    actions.record_joint_meeting(
        act_for(request, draft.organization, RIGHTS["record"]),
        draft,
        held_on=typed.day(request, f"held_on{suffix}", LABELS["held_on"]),
        chaired_by=typed.text(request, f"chaired_by{suffix}"),
        present=typed.whole(request, f"present{suffix}", LABELS["present"]),
        expected=typed.whole(request, f"expected{suffix}", LABELS["expected"]),
        in_favour=typed.whole(request, f"in_favour{suffix}", LABELS["in_favour"]),
        note=typed.text(request, f"note{suffix}"),
        now=request.now,
    )


def _overrule(request: DeskRequest, draft: Draft) -> str:
    actions.overrule(
        act_for(request, draft.organization, RIGHTS["overrule"]),
        draft,
        typed.text(request, "where"),
        typed.text(request, "kind"),
        typed.text(request, "reason"),
        now=request.now,
    )
    return say("已放行这一处，理由已留痕。", "Let pass; the reason is on record.")


def _amend(request: DeskRequest, draft: Draft) -> HttpResponse | str:
    """Change public summaries and draft again in one step: the sheet and what is signed stay the same thing."""
    actor = act_for(request, draft.organization, RIGHTS["keep"])
    with transaction.atomic():
        return _amended(request, draft, actor)


def _amended(request: DeskRequest, draft: Draft, actor: Appointment) -> HttpResponse | str:
    changed = 0
    postings = Posting.objects.filter(
        voucher__month__organization=draft.organization, voucher__month__period=draft.period
    ).select_related("voucher__month__organization__place")
    for posting in postings:
        text = typed.text(request, f"public_{posting.line_id}")
        if text and text != posting.public_summary:
            books.amend_public_summary(actor, posting, text, now=request.now)
            changed += 1
    if not changed:
        return say("没有改动。", "Nothing was changed.")
    fresh = draft_sheet(
        actor, draft.organization, typed.month(draft.period), reason_zh=draft.reason_zh, now=request.now
    )
    return redirect("desk:draft", fresh.public_id)


def _publish(request: DeskRequest, draft: Draft) -> HttpResponse:
    actor = act_for(request, draft.organization, RIGHTS["publish"])
    if json.loads(documents.read(draft.document))["format"] == SHEET:
        publication = publish_sheet(actor, draft, now=request.now)
    else:
        publication = actions.publish(actor, draft, now=request.now)
        publishing.advance(CLOCK, draft=draft, now=request.now)
    return redirect("desk:publication", publication.public_id)
