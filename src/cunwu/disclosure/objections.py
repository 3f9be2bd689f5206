"""The supervision committee's objection to a draft, within its term, and the answer without which nothing is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from cunwu.disclosure.drafting import audit_draft, require_open, required_text, terms
from cunwu.disclosure.models import Draft, Objection
from cunwu.errors import NotReady, Refused
from cunwu.law.deadlines import deadline
from cunwu.law.terms import CatalogueItem
from cunwu.org.authority import local_day, require, require_other_person, rules
from cunwu.org.models import Appointment
from cunwu.org.rows import select

OBJECTION_LENGTH = 500
_OPEN = "SELECT 1 FROM cunwu_objection WHERE draft_id = %s AND answered_by_id IS NULL LIMIT 1"


def object_to(actor: Appointment, draft: Draft, text: str, *, now: datetime) -> Objection:
    """Object for the supervision committee: nothing is published until the committee has answered.

    The answer is due after the item's `answer_days`, counted from today. Raises NotAllowed; NotReady
    `disclosure.objection_late`, or as `require_open`; Invalid `disclosure.reason_missing`, `.text_too_long`.
    """
    require(actor, "disclosure.sign", draft.organization, now)
    require_open(draft)
    _require_in_time(draft, now)
    words = required_text(text, "有异议的内容", "what is objected to", longest=OBJECTION_LENGTH)
    days, today = terms(draft).answer_days, local_day(now)
    due = deadline(today, rules().rule(days, today), rules().calendar).day if days else None
    with transaction.atomic():
        objection = Objection.objects.create(draft=draft, text=words, by=actor, at=now, answer_due=due)
        audit_draft(actor, "object", draft, now)
    return objection


def answer_objection(actor: Appointment, objection: Objection, text: str, *, now: datetime) -> Objection:
    """Answer for the committee that publishes. Raises NotAllowed (also for who objected), Invalid, NotReady
    `disclosure.answered_already`, or as `require_open`."""
    draft = objection.draft
    require(actor, "disclosure.publish", draft.organization, now)
    require_open(draft)
    require_other_person(
        actor,
        objection.by.person,
        doing_zh="提出异议和答复异议",
        doing_en="Objecting and answering the objection",
        basis=terms(draft).provision.cite.zh,
        basis_en=terms(draft).provision.cite.en,
    )
    words = required_text(text, "答复的内容", "what the answer is", longest=OBJECTION_LENGTH)
    with transaction.atomic():
        waiting = Objection.objects.filter(pk=objection.pk, answered_by=None)
        if not waiting.update(answer=words, answered_by=actor, answered_at=now):
            raise NotReady(
                "disclosure.answered_already",
                "这条异议已经答复过了。",
                "This objection was answered already.",
            )
        audit_draft(actor, "answer_objection", draft, now)
    objection.refresh_from_db()
    return objection


def missing_answer(draft: Draft, demands: CatalogueItem, now: datetime) -> Refused | None:
    """The oldest objection that nobody has answered, as what stands in the way; None if there is none."""
    if not select(_OPEN, draft.pk):
        return None
    objection = draft.objections.filter(answered_by=None).earliest("at")
    due = objection.answer_due
    until_zh = f"，答复期限{due:%Y-%m-%d}" if due else ""
    until_en = f", due {due:%Y-%m-%d}" if due else ""
    late = due is not None and local_day(now) > due
    return NotReady(
        "disclosure.objection_open",
        f"村务监督委员会的异议还没有答复{until_zh}{'，已经逾期' if late else ''}；请先答复。",
        f"An objection of the supervisory committee has no answer yet{until_en}{' and late' if late else ''}; "
        "answer it first.",
        basis=demands.provision.cite.zh,
        basis_en=demands.provision.cite.en,
    )


def last_day_to_object(draft: Draft) -> date | None:
    """The last day on which the supervision committee may object to the draft; None where the item sets no term.

    Counted from the day the draft was put forward, so a changed draft begins anew. Where the law does not say whether
    a last day on a holiday moves on, it moves: nobody loses a right by our reading.
    """
    name, day = terms(draft).supervision_objection_days, local_day(draft.prepared_at)
    if name is None:
        return None
    rule, calendar = rules().rule(name, day), rules().calendar
    end = deadline(day, rule, calendar)
    if end.rolling_unknown and end.day.year in calendar.years:
        end = deadline(day, replace(rule, rolls="yes"), calendar)
    return end.day


def _require_in_time(draft: Draft, now: datetime) -> None:
    last, name = last_day_to_object(draft), terms(draft).supervision_objection_days
    if last is None or name is None or local_day(now) <= last:
        return
    prepared = local_day(draft.prepared_at)
    term = rules().value(name, prepared)
    raise NotReady(
        "disclosure.objection_late",
        f"这份方案是{prepared:%Y-%m-%d}提出的，监督委员会提出异议的期限到{last:%Y-%m-%d}为止，已经过了；"
        "仍然认为有问题的，不要签名，请拟订人改正后重新提出方案，期限重新起算。",
        f"The draft was put forward on {prepared:%Y-%m-%d} and the committee's term to object ended on {last:%Y-%m-%d}; "
        "if something is still wrong, do not sign: the drafter corrects it and the term begins anew.",
        basis=term.cite.zh,
        basis_en=term.cite.en,
    )
