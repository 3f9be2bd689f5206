"""One red card: seen by the person it is about and by those who run the programme, by nobody else."""

from __future__ import annotations

from django.http import HttpResponse

from cunwu.desk import typed
from cunwu.desk.pages import answer
from cunwu.desk.programmes import runner
from cunwu.desk.requests import DeskRequest
from cunwu.desk.wording import say
from cunwu.errors import NotAllowed, NotFound
from cunwu.law.texts import Text
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment
from cunwu.programmes import cards
from cunwu.programmes.models import RedCard
from cunwu.programmes.rules import rule_of

STANDINGS = {
    "reply": Text(zh="等待本人说明", en="waits for the person's reply"),
    "review": Text(zh="等待复核", en="waits for its review"),
    "upheld": Text(zh="成立", en="stands"),
    "withdrawn": Text(zh="已撤销", en="withdrawn"),
    "lapsed": Text(zh="已失效", en="lapsed"),
}


def card(request: DeskRequest, card_id: str) -> HttpResponse:
    """The card with its reply and review."""
    found = (
        RedCard.objects.select_related(
            "charge__programme",
            "charge__place",
            "charge__appointment__person",
            "charge__appointment__organization__place",
            "issued_by__person",
            "reviewed_by__person",
        )
        .filter(public_id=card_id)
        .first()
    )
    if found is None:
        raise NotFound("card.unknown", "没有这张红牌。", "There is no such card.")
    if _own(request, found) is None and runner(request, found.charge.place) is None:
        raise NotAllowed(
            "card.not_shown",
            "红牌只有本人和部署行动的单位能看。",
            "A card is shown to the person and to those who run the programme.",
        )
    return answer(request, found, _show, {"reply": _reply, "review": _review})


def _own(request: DeskRequest, found: RedCard) -> Appointment | None:
    person = found.charge.appointment.person_id
    return next((each for each in request.appointments if each.person_id == person), None)


def _show(request: DeskRequest, found: RedCard) -> tuple[str, dict[str, object]]:
    standing = cards.standing(found, local_day(request.now))
    rule = rule_of(found.charge.programme)
    reviewer = runner(request, found.charge.place)
    involved = {found.issued_by.person_id, found.charge.appointment.person_id}
    return "desk/card.html", {
        "tab": "findings",
        "card": found,
        "programme": found.charge.programme,
        "title": rule.title,
        "level": next((level for level in rule.levels if level.name == found.charge.level), None),
        "standing": standing,
        "words": STANDINGS[standing],
        "may_reply": not found.verdict and _own(request, found) is not None,
        "may_review": not found.verdict and reviewer is not None and reviewer.person_id not in involved,
        "basis": rule.card_reply.basis,
    }


def _reply(request: DeskRequest, found: RedCard) -> str:
    actor = _own(request, found) or request.appointment
    cards.reply_to_card(actor, found, typed.text(request, "reply"), now=request.now)
    return say("说明已登记，等待复核。", "Your reply is recorded; it waits for the review.")


def _review(request: DeskRequest, found: RedCard) -> str:
    actor = runner(request, found.charge.place) or request.appointment
    verdict, reason = typed.text(request, "verdict"), typed.text(request, "reason")
    cards.review_card(actor, found, verdict, reason, now=request.now)
    return say("复核意见已登记。", "The review is recorded.")
