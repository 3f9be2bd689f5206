"""Matters: opened under a power, taken step by step, each step guarded; withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cunwu.disclosure.entries import mark_stale
from cunwu.duties import actions as duties
from cunwu.errors import Invalid, NotAllowed, NotReady, Refused
from cunwu.law.deadlines import deadline
from cunwu.law.procedures import PowerRule, StepRule
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import Actor, local_day, may, require, rules
from cunwu.org.models import Appointment, Organization, Person
from cunwu.org.rows import select, update
from cunwu.procedures.facts import facts_of
from cunwu.procedures.guards import shortfalls
from cunwu.procedures.kinds import KINDS, MEETING_KINDS
from cunwu.procedures.models import Matter, Party, Step
from cunwu.procedures.rules import pin, power_of, step_rule

TITLE_LENGTH = 120
TEXT_LENGTH = 1000
REASON_LENGTH = 200
LARGEST_AMOUNT_FEN = 10**13
PARTY_LENGTH = 120
MOST_PARTIES = 50
_FOLLOWING = (
    "SELECT id, public_id, name, kind FROM cunwu_step WHERE matter_id = %s AND state = 'waiting' "
    "ORDER BY number LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Done:
    """What is stated of a step when it is taken: the day, words, an amount in fen, a number of trade or voucher."""

    on: date
    text: str = ""
    amount_fen: int | None = None
    reference: str = ""


def open_matter(
    actor: Appointment,
    organization: Organization,
    power: str,
    title: str,
    *,
    text: str = "",
    amount_fen: int | None = None,
    parties: Sequence[tuple[str, Person | None]] = (),
    now: datetime,
) -> Matter:
    """Start a matter under `power` as it holds today; whatever the packs say later, it ends under this rule.

    In order: the rule pinned, the matter, its parties, its steps (the first one open, with its deadline), the pages,
    the audit. Raises NotAllowed; NotFound law.unknown, law.not_in_force; Invalid `matter.organization`,
    `matter.title`, `matter.amount`, `matter.parties`.
    """
    require(actor, "matters.open", organization, now)
    today = local_day(now)
    rule = rules().power(power, today)
    _check_organization(organization, rule)
    title = _words(title, TITLE_LENGTH, "matter.title", "事项名称", "title", needed=True)
    text = _words(text, TEXT_LENGTH, "matter.text", "事项说明", "description")
    _check_amount(amount_fen)
    _check_parties(parties)
    with transaction.atomic():
        matter = Matter.objects.create(
            organization=organization,
            power=power,
            title=title,
            text=text,
            amount_fen=amount_fen,
            rule=pin(rule, now=now),
            pack_digest=rules().digest,
            opened_at=now,
            opened_by=actor,
        )
        Party.objects.bulk_create(Party(matter=matter, name=name, person=who) for name, who in parties)
        Step.objects.bulk_create(
            Step(
                matter=matter,
                number=number,
                name=each.name,
                kind=each.kind,
                state=Step.State.WAITING if each.applies_to(amount_fen) else Step.State.SKIPPED,
            )
            for number, each in enumerate(rule.steps, 1)
        )
        _open_next(matter, today, now)
        _record(actor, "open", matter, now, power=power, rule=matter.rule_id)
    return matter


def withdraw(actor: Appointment, matter: Matter, reason: str, *, now: datetime) -> Matter:
    """End a matter before its time, with the reason that residents read. What was done stays on record.

    Raises NotAllowed; NotReady `matter.ended`; Invalid `matter.reason`.
    """
    require(actor, "matters.open", matter.organization, now)
    reason = _words(reason, REASON_LENGTH, "matter.reason", "撤回的理由", "reason", needed=True)
    with transaction.atomic():
        _end(matter, Matter.State.WITHDRAWN, now, reason)
        for step in matter.steps.filter(state=Step.State.OPEN):
            duties.settle(f"step:{step.public_id}", f"withdrawn:{matter.public_id}", now=now)
        _record(actor, "withdraw", matter, now)
    return matter


def take(actor: Appointment, step: Step, done: Done, *, now: datetime) -> Step:
    """Take a step that one person takes. The next one opens; after the last the matter is done.

    In order: may they, is it this step's turn, is the day possible, what the kind of step needs, every guard of the
    pinned rule; then one conditional update claims the step, the duty is settled, the next step opened, the audit.
    Raises NotAllowed (also `step.office`); NotReady `step.not_open`, `step.done_already`, and the first guard that is
    not passed (`details["missing"]` has all their codes); Invalid `step.day`, `step.kind`, `step.incomplete`.
    """
    with transaction.atomic():
        refused = obstacles(step, actor, done, now=now)
        if refused:
            raise _first(refused)
        finish(actor, step, done, now=now)
    return step


def obstacles(step: Step, actor: Appointment, done: Done | None = None, *, now: datetime) -> list[Refused]:
    """Everything that stands between `actor` and the step; [] if it may be taken. What pages offer asks this too.

    Without `done` only what does not depend on what is stated: the office, the turn, separation, recusal.
    """
    rule = step_rule(step)
    wrong = may_take(step, actor, now=now) or _wrong_kind(step)
    if wrong is not None:
        return [wrong]
    today = local_day(now)
    if done is None:
        facts = facts_of(step, today, actor=actor.person)
        personal = tuple(guard for guard in rule.guards if guard.kind in {"separation", "recusal"})
        return shortfalls(personal, facts)
    wrong = _wrong_day(step, done.on, today) or KINDS[step.kind].lacking(done)
    if wrong is not None:
        return [wrong]
    facts = facts_of(step, today, actor=actor.person, amount_fen=done.amount_fen, reference=done.reference)
    return shortfalls(rule.guards, facts)


def may_take(step: Step, actor: Appointment, *, now: datetime) -> Refused | None:
    """Whether the step is this office's and its turn has come; else the refusal."""
    return _not_allowed(actor, step, step_rule(step), now) or _not_its_turn(step)


def finish(actor: Actor | None, step: Step, done: Done, *, now: datetime) -> None:
    """Claim the step as done and open what comes next; called inside the transaction of what took it.

    Raises NotReady `step.done_already` where somebody else was faster, `step.not_open`, Invalid `step.day`.
    """
    wrong = _wrong_day(step, done.on, local_day(now))
    if wrong is not None:
        raise wrong
    appointment = actor if isinstance(actor, Appointment) else None
    taken = {
        "state": Step.State.DONE,
        "done_on": done.on,
        "done_at": now,
        "done_by": appointment.pk if appointment else None,
        "text": done.text,
        "amount_fen": done.amount_fen,
        "reference": done.reference,
    }
    running = {"id": step.matter_id, "state": Matter.State.OPEN}
    held = update(Matter, {"state": Matter.State.OPEN}, running)  # and so no withdrawal comes between
    if not held or not update(Step, taken, {"id": step.pk, "state": Step.State.OPEN}):
        step.refresh_from_db()
        raise _not_its_turn(step) or _done_already(step)
    for name, value in (taken | {"done_by": appointment}).items():
        setattr(step, name, value)
    if step.duty_id is not None:
        duties.settle(f"step:{step.public_id}", f"step:{step.public_id}", now=now)
    _open_next(step.matter, done.on, now)
    _record(actor, "step", step.matter, now, step=step.name, on=done.on.isoformat())


def _open_next(matter: Matter, day: date, now: datetime) -> None:
    following = select(_FOLLOWING, matter.pk)
    if not following:
        _end(matter, Matter.State.DONE, now)
        return
    ((key, public_id, name, kind),) = following
    opened: dict[str, object] = {"state": Step.State.OPEN, "opened_on": day}
    rule = power_of(matter).step(name)
    if rule.term is not None and kind != "objection":  # that is residents' time, and nobody's deadline
        opened["duty"] = duties.open_one(
            matter.organization,
            "step",
            f"step:{public_id}",
            title=Text(zh=f"{matter.title}：{rule.title.zh}", en=f"{matter.title}: {rule.title.en}"),
            due=deadline(day, rule.term.term, rules().calendar),
            basis=Text(zh=rule.term.basis.zh, en=rule.term.basis.en),
            confidence=rule.term.basis.confidence,
            now=now,
        ).pk
    update(Step, opened, {"id": key})


def _end(matter: Matter, state: Matter.State, now: datetime, reason: str = "") -> None:
    ended = Matter.objects.filter(pk=matter.pk, state=Matter.State.OPEN).update(
        state=state, ended_at=now, ended_because=reason
    )
    if not ended:
        raise NotReady(
            "matter.ended",
            f"“{matter.title}”已经办结或者撤回，不能再办；需要的请另行发起。",
            f"“{matter.title}” has ended and nothing more can be done in it; start another matter.",
        )
    matter.refresh_from_db()


def _not_allowed(actor: Appointment, step: Step, rule: StepRule, now: datetime) -> Refused | None:
    try:
        require(actor, "matters.act", step.matter.organization, now)
    except NotAllowed as refusal:
        return refusal
    return not_the_office(rule, actor)


def not_the_office(rule: StepRule, actor: Appointment) -> Refused | None:
    """The refusal where the step is another office's; None where it is the actor's, or a meeting's."""
    if not rule.by or actor.office in rule.by:
        return None
    offices = [rules().office(name).title for name in rule.by]
    return NotAllowed(
        "step.office",
        f"“{rule.title.zh}”由{'、'.join(title.zh for title in offices)}办理；请切换任职，或者请其办理。",
        f"“{rule.title.en}” is taken by: {', '.join(title.en for title in offices)}; switch offices or ask them.",
        basis=rule.basis.zh,
        basis_en=rule.basis.en,
    )


def _not_its_turn(step: Step) -> Refused | None:
    if step.state == Step.State.OPEN and step.matter.state == Matter.State.OPEN:
        return None
    if step.state == Step.State.DONE:
        return _done_already(step)
    running = step.matter.steps.filter(state=Step.State.OPEN, matter__state=Matter.State.OPEN)
    now_open = running.first()
    rule, power = step_rule(step), power_of(step.matter)
    title_zh = power.step(now_open.name).title.zh if now_open else "（已经结束）"
    title_en = power.step(now_open.name).title.en if now_open else "(ended)"
    return NotReady(
        "step.not_open",
        f"还没有轮到“{rule.title.zh}”，现在办到：{title_zh}；请按顺序办理，不能跳步。",
        f"It is not the turn of “{rule.title.en}”; the matter stands at: {title_en}. Steps are taken in order.",
        basis=rule.basis.zh,
        basis_en=rule.basis.en,
    )


def _done_already(step: Step) -> NotReady:
    rule = step_rule(step)
    return NotReady(
        "step.done_already",
        f"“{rule.title.zh}”已经办过了（{step.done_on}），不用再办；请刷新页面看下一步。",
        f"“{rule.title.en}” was done already ({step.done_on}); reload the page for the next step.",
        basis=rule.basis.zh,
        basis_en=rule.basis.en,
    )


def _wrong_kind(step: Step) -> Refused | None:
    if step.kind not in MEETING_KINDS | {"disclosure", "objection"}:
        return None
    rule = step_rule(step)
    return Invalid(
        "step.kind",
        f"“{rule.title.zh}”不能直接办理：会议作出的请召集会议，公开的请拟订公布，异议期满后自动办结。",
        f"“{rule.title.en}” is not taken by hand: call the meeting, publish the draft, or let the time for objections end.",
        basis=rule.basis.zh,
        basis_en=rule.basis.en,
    )


def _wrong_day(step: Step, day: date, today: date) -> Refused | None:
    opened = step.opened_on or today
    if opened <= day <= today:
        return None
    basis = step_rule(step).basis
    return Invalid(
        "step.day",
        f"日期{day:%Y-%m-%d}不对：这一步从{opened:%Y-%m-%d}起才轮到，也不能晚于今天；不能倒签日期。",
        f"The day {day:%Y-%m-%d} is not possible: the step opened on {opened:%Y-%m-%d} and today is the latest; steps "
        "are not dated back.",
        basis=basis.zh,
        basis_en=basis.en,
    )


def _first(refused: list[Refused]) -> Refused:
    first = refused[0]
    first.details["missing"] = [refusal.code for refusal in refused]
    return first


def _check_organization(organization: Organization, rule: PowerRule) -> None:
    if organization.kind not in rule.organization:
        raise Invalid(
            "matter.organization",
            f"“{rule.title.zh}”不由{organization.name_zh}办理；请切换到有这项权力的单位。",
            f"“{rule.title.en}” is not a power of {organization.name('en')}; switch to the body that has it.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )


def _check_amount(amount_fen: int | None) -> None:
    if amount_fen is not None and not 0 <= amount_fen <= LARGEST_AMOUNT_FEN:
        raise Invalid(
            "matter.amount",
            "金额不对：应当在0元到1000亿元之间，请核对小数点和单位。",
            "The amount is out of range (0 to 100,000 million yuan); check point and unit.",
        )


def _check_parties(parties: Sequence[tuple[str, Person | None]]) -> None:
    if len(parties) <= MOST_PARTIES and all(0 < len(name.strip()) <= PARTY_LENGTH for name, _ in parties):
        return
    raise Invalid(
        "matter.parties",
        f"相对人每人写一个姓名或者单位名称，每个最多{PARTY_LENGTH}个字，最多{MOST_PARTIES}个；请改正。",
        f"Give each party by the name of a person or body, at most {PARTY_LENGTH} characters each and {MOST_PARTIES} in "
        "all; correct it.",
    )


def _words(text: str, longest: int, code: str, what_zh: str, what_en: str, *, needed: bool = False) -> str:
    text = text.strip()
    if (needed and not text) or len(text) > longest:
        raise Invalid(
            code,
            f"请写明{what_zh}，最多{longest}个字（现有{len(text)}个）。",
            f"Give the {what_en}, at most {longest} characters (it has {len(text)}).",
        )
    return text


def _record(actor: Actor | None, verb: str, matter: Matter, now: datetime, **details: str) -> None:
    mark_stale([matter.organization.place], [], now=now)
    audit.record(
        actor,
        f"matters.{verb}",
        f"matter:{matter.public_id}",
        now=now,
        organization=matter.organization,
        **details,
    )


def offered(step: Step, actor: Appointment, *, now: datetime) -> bool:
    """Whether a page offers the step to `actor`: what the server would not refuse for office, turn or person."""
    return may(actor, "matters.act", step.matter.organization, now) and not obstacles(step, actor, now=now)
