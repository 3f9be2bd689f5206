"""Rent in kind: 700 jin of rice a mu waits for its price, and becomes a debt when somebody says what a jin was worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from cunwu.assets.models import MU, Contract, Receivable
from cunwu.assets.receivables import KEEP, as_terms, end_of, receivable_for, record
from cunwu.assets.schedules import Span, spans
from cunwu.errors import Invalid, NotReady
from cunwu.org.authority import local_day, require, rules
from cunwu.org.models import Appointment
from cunwu.org.rows import insert_all_with_keys


def unpriced(contract: Contract, today: date) -> list[Span]:
    """Rents in kind that fell due, or do so within the days of notice, since the contract was registered, and that nobody
    priced yet, the oldest first; rent that fell due before that is entered as a debt."""
    by = today + timedelta(days=rules().days("rent_notice_days", today))
    since = local_day(contract.registered_at)
    steps = list(contract.rents.order_by("from_day"))
    known = set(contract.receivables.values_list("from_day", flat=True))
    terms = [as_terms(step) for step in steps]
    return [
        span
        for span in spans(terms, end_of(contract), by)
        if span.amount is None and span.due_day >= since and span.from_day not in known
    ]


def price_in_kind(
    actor: Appointment, contract: Contract, from_day: date, fen_per_jin: int, source: str, *, now: datetime
) -> Receivable:
    """Say what a jin of rent in kind was worth when it fell due, and where that price comes from: the rent becomes a debt.

    Area under the contract by jin a mu by price, parts of a fen dropped. Side effects in order: the receivable, one audit
    entry. Raises NotAllowed; Invalid `receivable.amount`, `receivable.no_source`; NotReady `receivable.not_in_kind` for a
    period that is priced or not in kind, `receivable.no_area`.
    """
    require(actor, KEEP, contract.organization, now)
    if fen_per_jin <= 0:
        raise Invalid("receivable.amount", "单价要大于零。", "The price must be above zero.")
    if not source.strip():
        raise Invalid(
            "receivable.no_source",
            "请写明价格从哪里来，如收购价公告、市场价记录。",
            "Say where the price comes from, such as the purchase price announced.",
        )
    waiting = {span.from_day: span for span in unpriced(contract, local_day(now))}
    if from_day not in waiting:
        raise NotReady(
            "receivable.not_in_kind",
            "这一期没有等待折价的实物租金。",
            "No rent in kind of this period waits for its price.",
        )
    span = waiting[from_day]
    area = contract.lets.aggregate(sum=Sum("area"))["sum"]
    if not area:
        raise NotReady(
            "receivable.no_area",
            "合同没有登记面积，不能按亩折算；请先补上面积。",
            "The contract states no area, so rent for each mu cannot be reckoned; add it first.",
        )
    step = contract.rents.order_by("from_day")[span.step]
    amount = area * (step.jin_per_mu or 0) * fen_per_jin // (MU * 100)
    with transaction.atomic():
        made = receivable_for(contract, replace(span, amount=amount), now)
        made.title = f"{made.title}，{step.goods}折价"[:120]
        insert_all_with_keys([made])
        record(actor, "receivables.price_in_kind", made, now, amount=amount, fen_per_jin=fen_per_jin)
    return made
