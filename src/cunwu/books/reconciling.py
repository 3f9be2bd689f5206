"""银行对账: the books' bank deposits against the bank's statement at the end of a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cunwu.books.balances import standings_at, total_of
from cunwu.books.models import Reconciliation, ReconcilingItem
from cunwu.books.months import audit_month, existing_month
from cunwu.documents import redaction
from cunwu.documents.cells import money_text
from cunwu.errors import Invalid, NotReady
from cunwu.law.periods import Period
from cunwu.org.authority import require
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert


@dataclass(frozen=True)
class Reconciling:
    """One reason why books and bank differ, fen. `side` names who lacks it: "bank" or "books"; to be added there."""

    side: str
    day: date
    text: str
    amount: int


def reconcile(
    actor: Appointment,
    organization: Organization,
    period: Period,
    bank_balance: int,
    items: Sequence[Reconciling],
    *,
    now: datetime,
) -> Reconciliation:
    """银行存款余额调节 at the end of the month, fen: the items must explain the difference to the last fen.

    Replaces an earlier one, until the month is published. Raises NotAllowed; NotFound `month.unknown`; NotReady
    `month.published`; Invalid `reconciliation.difference`, `reconciliation.item`.
    """
    require(actor, "books.keep", organization, now)
    month = existing_month(organization, period)
    if month.publication_id is not None:
        raise NotReady(
            "month.published",
            f"{period.zh}的账已经公布，对账结果不再改动；请在下月对账时说明。",
            f"{period.en} is published and its reconciliation stays; explain it in that of the next month.",
        )
    for item in items:
        _check_item(item, period)
    books = total_of(standings_at(organization, period, month), "102")
    adjusted_bank = bank_balance + sum(i.amount for i in items if i.side == "bank")
    adjusted_books = books + sum(i.amount for i in items if i.side == "books")
    if adjusted_bank != adjusted_books:
        difference = adjusted_bank - adjusted_books
        raise Invalid(
            "reconciliation.difference",
            f"调节后对账单余额{money_text(adjusted_bank)}元，账面余额{money_text(adjusted_books)}元，"
            f"还差{money_text(difference)}元没有说明；请补列未达账项或查找错账。",
            f"After adjustment the bank has {money_text(adjusted_bank)} yuan and the books {money_text(adjusted_books)}: "
            f"{money_text(difference)} are unexplained; list what is missing or look for the error.",
            difference=difference,
        )
    with transaction.atomic():
        Reconciliation.objects.filter(month=month).delete()
        done = insert(
            Reconciliation(month=month, bank_balance=bank_balance, book_balance=books, by=actor, at=now)
        )
        ReconcilingItem.objects.bulk_create(
            ReconcilingItem(reconciliation=done, side=i.side, day=i.day, text=i.text.strip(), amount=i.amount)
            for i in items
        )
        audit_month(actor, "books.reconcile", month, now)
    return done


def _check_item(item: Reconciling, period: Period) -> None:
    bad = [
        zh
        for zh, wrong in (
            ("应注明是银行未记还是账上未记", item.side not in {"bank", "books"}),
            ("金额不能为零", not item.amount),
            ("请写明事由，一百二十字以内", not 1 <= len(item.text.strip()) <= 120),
            (f"日期应在{period.last_day}以前", item.day > period.last_day),
            ("不能有证件号码或账号", any(not h.overrulable for h in redaction.scan(item.text, "事由"))),
        )
        if wrong
    ]
    if bad:
        raise Invalid(
            "reconciliation.item",
            f"未达账项{item.day}：{'；'.join(bad)}。",
            f"The reconciling item of {item.day} needs a side (bank or books), an amount, a text of at most 120 "
            "characters without identity or account numbers, and a day not after the month.",
        )
