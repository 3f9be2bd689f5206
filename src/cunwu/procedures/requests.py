"""Rights that need a share of people: registered, signed by name on the roll, counted, and the clock started."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cunwu.disclosure.entries import mark_stale
from cunwu.duties import actions as duties
from cunwu.errors import Invalid, NotReady
from cunwu.law.deadlines import deadline
from cunwu.law.procedures import BackingRule, RightRule
from cunwu.law.texts import Text
from cunwu.org import audit
from cunwu.org.authority import local_day, require, rules
from cunwu.org.models import Appointment, Organization, Person
from cunwu.procedures.models import JointRequest, Supporter
from cunwu.procedures.roll import MEMBERSHIPS, on_roll
from cunwu.procedures.rules import pin, right_of

TEXT_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Support:
    """How far a request is on one of its ways: signatures that count, the roll, how many are needed."""

    backing: BackingRule
    signed: int
    roll: int
    needed: int

    @property
    def short(self) -> int:
        """How many more must sign."""
        return max(self.needed - self.signed, 0)

    @property
    def reached(self) -> bool:
        """Whether this way suffices."""
        return self.roll > 0 and self.signed >= self.needed


def register(
    actor: Appointment,
    village: Organization,
    right: str,
    text: str,
    *,
    concerns: Appointment | None = None,
    now: datetime,
) -> JointRequest:
    """Register what people of a village ask for together, at any of its bodies; the right as it holds today is pinned.

    It is addressed to the body that the right names: the village's own, else the nearest above it.
    Raises NotAllowed; NotFound law.*; Invalid `request.addressee`, `request.text`.
    """
    require(actor, "requests.register", village, now)
    rule = rules().right(right, local_day(now))
    addressee = addressees([rule], village).get(rule.name)
    if addressee is None:
        raise Invalid(
            "request.addressee",
            f"“{rule.title.zh}”的接收单位（{Organization.Kind(rule.addressed_to).label}）在{village.place.name_zh}和上级都没有登记；"
            "请先登记这个单位。",
            f"The body that receives “{rule.title.en}” is on record neither in {village.place.name('en')} nor above it; "
            "register it first.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )
    text = _text(text)
    with transaction.atomic():
        request = JointRequest.objects.create(
            village=village,
            organization=addressee,
            right=right,
            rule=pin(rule, now=now),
            text=text,
            concerns=concerns,
            registered_by=actor,
            registered_at=now,
        )
        _record(actor, "register", request, now, right=right)
    return request


def addressees(rights: Iterable[RightRule], village: Organization) -> dict[str, Organization]:
    """To whom each right is addressed, by its name, as seen from a village: its own body of that kind, else the nearest
    above; those that have none are left out. One query."""
    kinds = {right.name: right.addressed_to for right in rights}
    bodies = Organization.objects.filter(kind__in=set(kinds.values()), until_day=None).select_related("place")
    above = bodies.filter(place__path__in=village.place.paths_to_root())
    nearest = {body.kind: body for body in sorted(above, key=lambda body: (len(body.place.path), -body.pk))}
    return {name: nearest[kind] for name, kind in kinds.items() if kind in nearest}


def sign(
    actor: Appointment, request: JointRequest, person: Person, signed_on: date, *, now: datetime
) -> JointRequest:
    """Enter one signature; when a threshold is reached for the first time, the clock for the answer starts.

    Only who is on one of the right's rolls that day counts. Raises NotAllowed; NotReady `request.answered`;
    Invalid `request.not_on_roll`, `request.day`, `request.signed_already`.
    """
    require(actor, "requests.register", request.village, now)
    rule = right_of(request)
    _check_signature(request, rule, person, signed_on, local_day(now))
    with transaction.atomic():
        _, new = Supporter.objects.get_or_create(
            request=request, person=person, defaults={"signed_on": signed_on}
        )
        if not new:
            raise Invalid(
                "request.signed_already",
                f"{person.name}已经签过名，不重复计算。",
                f"{person.name} has signed already and counts once.",
            )
        _record(actor, "sign", request, now)
        if request.reached_at is None and any(each.reached for each in support(request, local_day(now))):
            _start_clock(request, rule, now)
    return request


def support(request: JointRequest, day: date) -> list[Support]:
    """How far the request is on each of its ways, against the rolls of `day`; four queries a way at most."""
    signers = set(request.supporters.values_list("person", flat=True))
    found = []
    for backing in right_of(request).backing:
        roll = set(on_roll(request.village, backing.of, day).values_list("person", flat=True))
        needed = backing.limit.needed_of(len(roll))
        found.append(Support(backing, len(signers & roll), len(roll), needed))
    return found


def answer(actor: Appointment, request: JointRequest, text: str, *, now: datetime) -> JointRequest:
    """Answer, or say what was set in motion. Raises NotAllowed; NotReady `request.answered`; Invalid `request.text`."""
    require(actor, "requests.answer", request.organization, now)
    text = _text(text)
    with transaction.atomic():
        waiting = JointRequest.objects.filter(pk=request.pk, answered_at=None)
        if not waiting.update(answer=text, answered_by=actor, answered_at=now):
            raise _answered()
        duties.settle(f"request:{request.public_id}", f"request:{request.public_id}", now=now)
        _record(actor, "answer", request, now)
    request.refresh_from_db()
    return request


def _start_clock(request: JointRequest, rule: RightRule, now: datetime) -> None:
    request.reached_at = now
    if rule.answer is not None:
        request.duty = duties.open_one(
            request.organization,
            "answer_request",
            f"request:{request.public_id}",
            title=Text(zh=f"答复：{rule.title.zh}", en=f"Answer: {rule.title.en}"),
            due=deadline(local_day(now), rule.answer.term, rules().calendar),
            basis=Text(zh=rule.answer.basis.zh, en=rule.answer.basis.en),
            confidence=rule.answer.basis.confidence,
            now=now,
        )
    request.save(update_fields=["reached_at", "duty"])


def _check_signature(
    request: JointRequest, rule: RightRule, person: Person, signed_on: date, today: date
) -> None:
    if request.answered_at is not None:
        raise _answered()
    if signed_on > today:
        raise Invalid(
            "request.day",
            f"签名日期{signed_on:%Y-%m-%d}在今天之后，请核对。",
            f"The signature is dated {signed_on:%Y-%m-%d}, after today; check it.",
        )
    rolls = [MEMBERSHIPS[backing.of] for backing in rule.backing if backing.of in MEMBERSHIPS]
    memberships = person.memberships.filter(
        roll__in=rolls, votes=True, organization__place=request.village.place_id
    )
    if not any(each.holds_on(signed_on) for each in memberships):
        raise Invalid(
            "request.not_on_roll",
            f"{person.name}在{signed_on:%Y-%m-%d}不在有权联名的名册上，不能计入。",
            f"{person.name} was on none of the rolls that count on {signed_on:%Y-%m-%d}.",
            basis=rule.basis.zh,
            basis_en=rule.basis.en,
        )


def _answered() -> NotReady:
    return NotReady(
        "request.answered",
        "这项联名请求已经答复，不能再改；需要的请重新联名。",
        "This joint request was answered and does not change; a new one may be made.",
    )


def _text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > TEXT_LENGTH:
        raise Invalid(
            "request.text",
            f"请写明请求的内容，最多{TEXT_LENGTH}字。",
            f"Say what is asked for, at most {TEXT_LENGTH} characters.",
        )
    return text


def _record(actor: Appointment, verb: str, request: JointRequest, now: datetime, **details: str) -> None:
    mark_stale([request.village.place], [], now=now)
    audit.record(
        actor,
        f"requests.{verb}",
        f"request:{request.public_id}",
        now=now,
        organization=request.village,
        **details,
    )
