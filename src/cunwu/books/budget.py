"""What the books know of a payment before it is made, lent to the procedures as the guard `higher_room: budget`."""

from __future__ import annotations

from django.db.models import Sum

from cunwu.books.models import Month, Posting
from cunwu.books.sums import MONEY, held_by_first_level
from cunwu.errors import NotReady, Refused
from cunwu.law.procedures import GuardRule
from cunwu.org.models import Organization
from cunwu.procedures import guards
from cunwu.procedures.guards import Facts, yuan

NAME = "budget"


def register() -> None:
    """Make the guard known to the procedures; at start-up, once."""
    guards.register(NAME, within_budget)


def within_budget(facts: Facts, guard: GuardRule) -> Refused | None:
    """A payment is no more than was decided, and no more than the village's money accounts hold by its books.

    Where no body of the village keeps books, only the first is known. Refuses with `guard.budget`.
    """
    if facts.amount_fen is None or facts.decided_fen is None:
        return _refusal(
            guard,
            "没有写明决定的金额和付款金额，不能判断是否超出；请补填。",
            "The amount decided or the amount to be paid is missing; state it.",
        )
    if facts.amount_fen > facts.decided_fen:
        return _refusal(
            guard,
            f"付款{yuan(facts.amount_fen)}元，超过决定的{yuan(facts.decided_fen)}元；请按决定付款，增加的部分另行决定。",
            f"{yuan(facts.amount_fen)} yuan is more than the {yuan(facts.decided_fen)} yuan decided; pay what was decided "
            "and have the rest decided on its own.",
        )
    held = money_held(Organization.objects.get(pk=facts.organization))
    if held is not None and facts.amount_fen > held:
        return _refusal(
            guard,
            f"付款{yuan(facts.amount_fen)}元，账上现金和银行存款共{yuan(held)}元，不够支付；请先核对账目或者落实资金。",
            f"{yuan(facts.amount_fen)} yuan is to be paid and cash and bank accounts hold {yuan(held)}; check the books "
            "or find the money first.",
        )
    return None


def money_held(organization: Organization) -> int | None:
    """What the money accounts of the village's books hold, fen: at the last closed month's end, and what was entered
    since; None where nobody there keeps books. Four queries at most."""
    keeper = (
        Organization.objects.filter(place=organization.place_id, keeps_books=True, months__isnull=False)
        .order_by("id")
        .first()
    )
    if keeper is None:
        return None
    closed = keeper.months.filter(closed_at__isnull=False).order_by("-period").first()
    held = held_by_first_level(closed) if closed is not None else {}
    return sum(held[code].closing for code in MONEY if code in held) + _moved_since(keeper, closed)


def _moved_since(keeper: Organization, closed: Month | None) -> int:
    after = closed.period if closed is not None else ""
    moved = Posting.objects.filter(
        voucher__month__organization=keeper, voucher__month__period__gt=after, account__code__regex=r"^10[12]"
    ).aggregate(debit=Sum("debit"), credit=Sum("credit"))
    return int(moved["debit"] or 0) - int(moved["credit"] or 0)


def _refusal(guard: GuardRule, zh: str, en: str) -> NotReady:
    return NotReady("guard.budget", zh, en, basis=guard.basis.zh, basis_en=guard.basis.en)
