"""Red cards: a fact about somebody in office, told, replied to, reviewed by another person, lapsing by itself.

Nobody but the person and those who run the programme sees one; it is no score, and none is ever about a resident.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.law.deadlines import deadline
from cunwu.org import audit
from cunwu.org.authority import local_day, require, require_other_person, rules
from cunwu.org.models import Appointment
from cunwu.programmes.models import Charge, RedCard
from cunwu.programmes.rules import rule_of
from cunwu.programmes.texts import clean_words

RUN = "programmes.run"
MOST_FACT, MOST_REPLY = 500, 1000


def issue_card(actor: Appointment, charge: Charge, fact: str, *, now: datetime) -> RedCard:
    """State what somebody who answers for a place did not do. It stands for nothing until it was replied to or the time
    for the reply is over, and somebody else reviewed it.

    Side effects in order: the card, the audit. Raises NotAllowed `authority.same_person` for a card of one's own;
    NotReady `card.not_in_charge`, `programme.ended`; Invalid `card.words`, `redaction.*`, `law.not_a_term`.
    """
    require(actor, RUN, charge.place, now)
    person = charge.appointment.person
    require_other_person(
        actor, person, doing_zh="亮牌和被亮牌", doing_en="Issuing a card and receiving it", basis=""
    )
    if charge.until_day is not None or charge.programme.ended_day is not None:
        raise NotReady(
            "card.not_in_charge",
            f"{person.name}现在不是这里的责任人；红牌只能给现任责任人。",
            f"{person.name} does not answer for this place now; a card goes to who does.",
        )
    stated = _words(fact, MOST_FACT)
    reply = rule_of(charge.programme).card_reply
    today = local_day(now)
    with transaction.atomic():
        card = RedCard.objects.create(
            charge=charge,
            fact=stated,
            issued_by=actor,
            issued_day=today,
            reply_until=deadline(today, reply.term, rules().calendar).day,
        )
        _record(actor, "issue", card, now)
    return card


def reply_to_card(actor: Appointment, card: RedCard, text: str, *, now: datetime) -> RedCard:
    """The person's own reply; a later one replaces it until the review. Raises NotAllowed `card.not_own`; NotReady
    `card.reviewed`; Invalid `card.words`, `redaction.*`."""
    if actor.person_id != card.charge.appointment.person_id:
        raise NotAllowed("card.not_own", "只能由本人说明。", "Only the person concerned can reply.")
    _require_open(card)
    card.reply, card.replied_day = _words(text, MOST_REPLY), local_day(now)
    return _keep(actor, "reply", card, ("reply", "replied_day"), now)


def review_card(actor: Appointment, card: RedCard, verdict: str, reason: str, *, now: datetime) -> RedCard:
    """Uphold the card or withdraw it; by another person than who issued it, and not before the person was heard.

    Raises NotAllowed `authority.same_person`; NotReady `card.reviewed`, `card.reply_time`; Invalid `card.verdict`,
    `card.words`, `redaction.*`.
    """
    require(actor, RUN, card.charge.place, now)
    for other in (card.issued_by.person, card.charge.appointment.person):
        require_other_person(
            actor,
            other,
            doing_zh="亮牌（或者被亮牌）和复核",
            doing_en="Issuing or receiving a card and reviewing it",
            basis="",
        )
    _require_open(card)
    if not card.reply and local_day(now) <= card.reply_until:
        clause = rule_of(card.charge.programme).card_reply.basis
        raise NotReady(
            "card.reply_time",
            f"本人说明的期限到{card.reply_until}，还没有说明；到期后再复核。",
            f"The person may reply until {card.reply_until} and has not; review it after that.",
            basis=clause.zh,
            basis_en=clause.en,
        )
    if verdict not in RedCard.Verdict.values:
        raise Invalid("card.verdict", "请选择成立或者撤销。", "Choose whether it stands or is withdrawn.")
    card.verdict, card.reason = verdict, _words(reason, MOST_FACT)
    card.reviewed_by, card.reviewed_day = actor, local_day(now)
    if verdict == RedCard.Verdict.UPHELD:
        term = rule_of(card.charge.programme).card_stands.term
        card.stands_until = deadline(local_day(now), term, rules().calendar).day
    fields = ("verdict", "reason", "reviewed_by", "reviewed_day", "stands_until")
    return _keep(actor, "review", card, fields, now, verdict=verdict)


def standing(card: RedCard, today: date) -> str:
    """Where a card stands: "reply" (may be replied to), "review", "upheld", "withdrawn" or "lapsed"."""
    if card.verdict == RedCard.Verdict.WITHDRAWN:
        return "withdrawn"
    if card.verdict:
        return "upheld" if card.stands_until is None or today <= card.stands_until else "lapsed"
    return "review" if card.reply or today > card.reply_until else "reply"


def _require_open(card: RedCard) -> None:
    if card.verdict:
        raise NotReady("card.reviewed", "这张红牌已经复核过了。", "This card was reviewed already.")


def _words(text: str, longest: int) -> str:
    return clean_words(
        "card.words", "请写明事实、说明或者理由", "Give the fact, the reply or the reason", text, longest
    )


def _keep(
    actor: Appointment, verb: str, card: RedCard, fields: tuple[str, ...], now: datetime, **details: str
) -> RedCard:
    with transaction.atomic():
        card.save(update_fields=fields)
        _record(actor, verb, card, now, **details)
    return card


def _record(actor: Appointment, verb: str, card: RedCard, now: datetime, **details: str) -> None:
    audit.record(actor, f"cards.{verb}", f"card:{card.public_id}", now=now, organization=None, **details)
