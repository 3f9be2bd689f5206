"""What lies with a step: papers, quotes, residents' objections and their answers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cunwu.documents import actions as documents
from cunwu.duties import actions as duties
from cunwu.errors import Invalid, NotReady
from cunwu.law.deadlines import deadline
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import local_day, require, rules
from cunwu.org.models import Appointment
from cunwu.procedures.models import Matter, Quote, ResidentObjection, Step, StepPaper
from cunwu.procedures.rules import step_rule

LARGEST_PAPER = 20 * 1024 * 1024
TEXT_LENGTH = 500


def attach(
    actor: Appointment, step: Step, name: str, data: bytes, *, filename: str, media_type: str, now: datetime
) -> StepPaper:
    """Lay a paper with a step that is open; the same name again takes the earlier one's place.

    Raises NotAllowed; NotReady `step.closed`; Invalid `paper.name`, `paper.size`.
    """
    require(actor, "matters.act", step.matter.organization, now)
    _require_open(step)
    known = {paper.name for paper in step_rule(step).papers}
    if name not in known:
        raise Invalid(
            "paper.name",
            "这一步不需要这种材料；请从列出的材料中选择。",
            "This step needs no such paper; choose one of those listed.",
        )
    require_paper_size(data)
    with transaction.atomic():
        document = documents.store(data, media_type, now=now)
        paper, _ = StepPaper.objects.update_or_create(
            step=step,
            name=name,
            defaults={
                "document": document,
                "filename": filename[:120],
                "added_by": actor,
                "added_at": now,
            },
        )
        _record(actor, "attach", step, now, paper=name, sha256=document.sha256)
    return paper


def require_paper_size(data: bytes) -> None:
    """Raises Invalid `paper.size` for a paper that is empty or larger than `LARGEST_PAPER`."""
    if not 0 < len(data) <= LARGEST_PAPER:
        raise Invalid(
            "paper.size",
            f"文件是空的，或者超过{LARGEST_PAPER // 1024 // 1024}MB；请重新选择。",
            f"The file is empty or larger than {LARGEST_PAPER // 1024 // 1024} MB; choose another.",
        )


def add_quote(actor: Appointment, step: Step, supplier: str, amount_fen: int, *, now: datetime) -> Quote:
    """Enter what a supplier asks; the same supplier again is corrected. Raises NotAllowed; NotReady `step.closed`;
    Invalid `quote.figures`."""
    require(actor, "matters.act", step.matter.organization, now)
    _require_open(step)
    supplier = supplier.strip()
    if not supplier or len(supplier) > 120 or amount_fen <= 0:
        raise Invalid(
            "quote.figures",
            "请写明供应商名称和大于0的报价。",
            "Give the supplier's name and a price above zero.",
        )
    with transaction.atomic():
        quote, _ = Quote.objects.update_or_create(
            step=step,
            supplier=supplier,
            defaults={"amount_fen": amount_fen, "obtained_by": actor, "at": now},
        )
        _record(actor, "quote", step, now, fen=amount_fen)
    return quote


def receive_objection(
    actor: Appointment, step: Step, text: str, *, answer_days: str = "answer_days", now: datetime
) -> ResidentObjection:
    """Record a resident's objection to what the step published; who objects is not recorded.

    The answer falls due as the packs have it. Raises NotAllowed; NotReady `objection.not_published`; Invalid
    `objection.text`.
    """
    require(actor, "requests.register", step.matter.organization, now)
    text = _text(text)
    if step.publication_id is None:
        raise NotReady(
            "objection.not_published",
            "这一步还没有公布，不能登记对它的异议。",
            "This step has published nothing yet that could be objected to.",
        )
    today = local_day(now)
    term = rules().value(answer_days, today)
    due = deadline(today, rules().rule(answer_days, today), rules().calendar)
    with transaction.atomic():
        objection = ResidentObjection.objects.create(
            step=step, text=text, received_by=actor, received_at=now, answer_due=due.day
        )
        duties.open_one(
            step.matter.organization,
            "answer_objection",
            f"objection:{objection.public_id}",
            title=Text(
                zh=f"{step.matter.title}：答复村民异议",
                en=f"{step.matter.title}: answer a resident's objection",
            ),
            due=due,
            basis=Text(zh=term.cite.zh, en=term.cite.en),
            confidence=term.confidence,
            now=now,
        )
        _record(actor, "receive_objection", step, now)
    return objection


def answer_objection(
    actor: Appointment, objection: ResidentObjection, text: str, *, now: datetime
) -> ResidentObjection:
    """Answer; the objection no longer holds the matter up. Raises NotAllowed; NotReady `objection.answered`; Invalid
    `objection.text`."""
    step = objection.step
    require(actor, "matters.act", step.matter.organization, now)
    text = _text(text)
    with transaction.atomic():
        waiting = ResidentObjection.objects.filter(pk=objection.pk, answered_at=None)
        if not waiting.update(answer=text, answered_by=actor, answered_at=now):
            raise NotReady(
                "objection.answered",
                "这条异议已经答复过了。",
                "This objection was answered already.",
            )
        duties.settle(f"objection:{objection.public_id}", f"objection:{objection.public_id}", now=now)
        _record(actor, "answer_objection", step, now)
    objection.refresh_from_db()
    return objection


def _text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > TEXT_LENGTH:
        raise Invalid(
            "objection.text",
            f"请写明内容，最多{TEXT_LENGTH}字。",
            f"Write what it is about, at most {TEXT_LENGTH} characters.",
        )
    return text


def _require_open(step: Step) -> None:
    if step.state != Step.State.OPEN or step.matter.state != Matter.State.OPEN:
        raise NotReady(
            "step.closed",
            "这一步不在办理中，不能再加材料。",
            "This step is not open; nothing can be added to it.",
        )


def _record(actor: Appointment, verb: str, step: Step, now: datetime, **details: str | int) -> None:
    audit.record(
        actor,
        f"matters.{verb}",
        f"step:{step.public_id}",
        now=now,
        organization=step.matter.organization,
        **details,
    )
