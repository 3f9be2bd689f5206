"""The monthly finance sheet, line by line (逐项逐笔): built from the books, canonical, drafted and published.

What is hashed, signed, published and verified is `canonical(build_sheet(...))`: RFC 8785 JSON, integer fen, first-level
accounts and public summaries only. Page, paper and workbook are views of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction
from django.db.models import Q, Sum

from cunwu.books.balances import Standing, month_of, standings, total_of
from cunwu.books.models import Balance, Month, Posting, Reconciliation, Voucher
from cunwu.books.months import existing_month
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import Draft, Publication
from cunwu.documents import actions as documents
from cunwu.errors import NotReady
from cunwu.law.periods import Period
from cunwu.org.models import Appointment, Organization

FORMAT = "cunwu-sheet/1"
ITEM = "finance_monthly"
MONEY = ("101", "102")
_BUSINESS = (Voucher.Kind.ORDINARY, Voucher.Kind.REVERSAL)


def build_sheet(organization: Organization, period: Period) -> dict[str, Any]:
    """The sheet of a month, open or closed, as in docs/books.md. Ints are fen; position and opening debit positive.

    In every voucher that moves money, each posting on another account is a line: its credit is income, its debit
    expense; so opening + income - expense = closing. Raises NotFound `month.unknown`. Nothing is written.
    """
    month = existing_month(organization, period)
    found = standings(organization, period)
    opening = sum(s.opening for s in found if s.account.first_level in MONEY)
    vouchers = _vouchers(month)
    moving = [(v, ps) for v, ps in vouchers if any(p.account.is_money for p in ps)]
    still = [(v, ps) for v, ps in vouchers if not any(p.account.is_money for p in ps)]
    lines = _lines(moving, opening)
    return {
        "format": FORMAT,
        "organization": {"id": organization.public_id, "name": organization.name_zh},
        "place": {"id": organization.place.public_id, "name": organization.place.name_zh},
        "period": str(period),
        "unit": "fen",
        "nil": not vouchers,
        "opening": opening,
        "lines": lines,
        "income": sum(line["income"] for line in lines),
        "expense": sum(line["expense"] for line in lines),
        "closing": total_of(found, *MONEY),
        "comparison": {
            "last_month": _figures(organization, period.previous),
            "last_year": _figures(organization, period.same_last_year),
        },
        "other": [_still_line(v, p) for v, ps in still for p in ps],
        "position": _position(found),
        "reconciliation": _reconciliation(month),
        "corrections": _corrections(month, {line["id"] for line in lines}),
    }


def canonical(sheet: dict[str, Any]) -> bytes:
    """The bytes that are signed and hashed: RFC 8785."""
    return rfc8785.dumps(sheet)


def draft_sheet(
    actor: Appointment, organization: Organization, period: Period, *, reason_zh: str = "", now: datetime
) -> Draft:
    """Propose the sheet of a closed month for publication; of a published one, as a correction with its reason.

    Replaces the draft that was there, with the signatures it had. Raises NotFound `month.unknown`; NotReady
    `sheet.month_open`, `sheet.unchanged`; and what `disclosure.prepare` refuses.
    """
    month = existing_month(organization, period)
    if month.closed_at is None:
        raise NotReady(
            "sheet.month_open",
            f"{period.zh}还没有结账，不能拟订公开内容；请先结账。",
            f"{period.en} is not closed yet; close it before drafting the sheet.",
        )
    data = canonical(build_sheet(organization, period))
    published = month.publication
    if published is not None and published.document_id == hashlib.sha256(data).hexdigest():
        raise NotReady(
            "sheet.unchanged",
            f"{period.zh}的账与已公布的完全相同，没有可以更正的内容。",
            f"The sheet of {period.en} is exactly what was published; there is nothing to correct.",
        )
    return disclosure.prepare(
        actor, organization, ITEM, str(period), data, supersedes=published, reason_zh=reason_zh, now=now
    )


def publish_sheet(actor: Appointment, draft: Draft, *, now: datetime) -> Publication:
    """Publish a draft that is still what the books say, and bind the month to it: it stays closed for ever.

    One transaction: disclosure's publication and log entry, then the month. Raises NotReady `sheet.month_open`,
    `sheet.outdated`; and what `disclosure.publish` refuses.
    """
    period = Period.parse(draft.period)
    with transaction.atomic():
        month = existing_month(draft.organization, period)
        same = documents.read(draft.document) == canonical(build_sheet(draft.organization, period))
        if month.closed_at is None or not same:
            raise NotReady(
                "sheet.outdated",
                f"{period.zh}的账在拟订公开内容之后有变动；请结账后重新拟订，再送审签。",
                f"The books of {period.en} changed after the sheet was drafted; close, draft and have it signed again.",
            )
        publication = disclosure.publish(actor, draft, now=now)
        month.publication = publication
        month.save(update_fields=["publication"])
    return publication


def _vouchers(month: Month) -> list[tuple[Voucher, list[Posting]]]:
    vouchers = month.vouchers.filter(kind__in=_BUSINESS).prefetch_related("postings__account")
    return [(v, list(v.postings.all())) for v in vouchers.order_by("day", "word", "number")]


def _lines(moving: Sequence[tuple[Voucher, list[Posting]]], opening: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    balance = opening
    for voucher, postings in moving:
        for posting in postings:
            if posting.account.is_money:
                continue
            balance += posting.credit - posting.debit
            amounts = {"income": posting.credit, "expense": posting.debit, "balance": balance}
            lines.append(_line(voucher, posting) | amounts)
    return lines


def _line(voucher: Voucher, posting: Posting) -> dict[str, Any]:
    return {
        "id": posting.line_id,
        "day": voucher.day.isoformat(),
        "ref": str(voucher),
        "summary": posting.public_summary,
        "account": posting.account.first_level,
    }


def _still_line(voucher: Voucher, posting: Posting) -> dict[str, Any]:
    return _line(voucher, posting) | {"debit": posting.debit, "credit": posting.credit}


def _figures(organization: Organization, period: Period) -> dict[str, Any] | None:
    month = month_of(organization, period)
    if month is None:
        return None
    money = Q(account__code__startswith=MONEY[0]) | Q(account__code__startswith=MONEY[1])
    postings = Posting.objects.filter(voucher__month=month, voucher__kind__in=_BUSINESS).order_by()
    lines = postings.exclude(money).filter(voucher__in=postings.filter(money).values("voucher"))
    turnover = lines.aggregate(income=Sum("credit", default=0), expense=Sum("debit", default=0))
    return {"period": str(period), **turnover, "closing": _money_at_end(month, organization, period, money)}


def _money_at_end(month: Month, organization: Organization, period: Period, money: Q) -> int:
    if month.closed_at is None:
        return total_of(standings(organization, period), *MONEY)
    closing: int = Balance.objects.filter(money, month=month).aggregate(sum=Sum("closing", default=0))["sum"]
    return closing


def _position(found: Iterable[Standing]) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = {}
    for standing in found:
        held = sums.setdefault(standing.account.first_level, [0, 0])
        held[0] += standing.opening
        held[1] += standing.closing
    return [
        {"account": code, "opening": opening, "closing": closing}
        for code, (opening, closing) in sorted(sums.items())
        if opening or closing
    ]


def _reconciliation(month: Month) -> dict[str, Any] | None:
    done = Reconciliation.objects.filter(month=month).prefetch_related("items").first()
    if done is None:
        return None
    items = sorted(done.items.all(), key=lambda i: (i.day, i.pk))
    return {
        "bank": done.bank_balance,
        "books": done.book_balance,
        "items": [
            {"side": i.side, "day": i.day.isoformat(), "text": i.text, "amount": i.amount} for i in items
        ],
    }


def _corrections(month: Month, shown: set[str]) -> list[dict[str, Any]]:
    reversals = (
        Voucher.objects.filter(reverses__month=month)
        .select_related("month", "reverses")
        .prefetch_related("postings", "reverses__postings")
        .order_by("month__period", "day", "word", "number")
    )
    return [
        {"line": original.line_id, "ref": str(r), "period": r.month.period, "summary": red.public_summary}
        for r in reversals
        if r.reverses is not None
        for original, red in zip(r.reverses.postings.all(), r.postings.all(), strict=True)
        if original.line_id in shown
    ]
