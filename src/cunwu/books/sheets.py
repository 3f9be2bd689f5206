"""The monthly finance sheet, line by line (逐项逐笔): built from the books, canonical, drafted and published.

What is hashed, signed, published and verified is `canonical(build_sheet(...))`: RFC 8785 JSON, integer fen, first-level
accounts and public summaries only. Page, paper and workbook are views of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

import rfc8785
from django.db import transaction
from django.db.models import Q, Sum

from cunwu.books.balances import Standing, standings, total_of, written
from cunwu.books.models import Balance, Month, Posting, Voucher
from cunwu.books.months import existing_month
from cunwu.books.queries import keepers
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
_MONEY_ACCOUNT = Q(account__code__startswith=MONEY[0]) | Q(account__code__startswith=MONEY[1])


def build_sheet(organization: Organization, period: Period) -> dict[str, Any]:
    """The sheet of a month, open or closed, as in docs/books.md. Ints are fen; position and opening debit positive.

    In every voucher that moves money, each posting on another account is a line: its credit is income, its debit
    expense; so opening + income - expense = closing. Raises NotFound `month.unknown`. Nothing is written.
    """
    return _sheet(organization, period, _months(organization, period))


def _sheet(organization: Organization, period: Period, months: dict[str, Month]) -> dict[str, Any]:
    month = months[str(period)]
    found = standings(organization, period) if month.closed_at is None else written(month)
    opening = sum(s.opening for s in found if s.account.first_level in MONEY)
    vouchers = _vouchers(month)
    moving = [rows for rows in vouchers if any(row.is_money for row in rows)]
    still = [rows for rows in vouchers if not any(row.is_money for row in rows)]
    lines = _lines(moving, opening)
    figures = _figures(organization, (period.previous, period.same_last_year), months)
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
            "last_month": figures.get(period.previous),
            "last_year": figures.get(period.same_last_year),
        },
        "other": [_still_line(row) for rows in still for row in rows],
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

    Replaces the draft that was there, with the signatures it had; who kept the month may not review it.
    Raises NotFound `month.unknown`; NotReady `sheet.month_open`, `sheet.unchanged`; and what `disclosure.prepare` refuses.
    """
    months = _months(organization, period)
    month = months[str(period)]
    if month.closed_at is None:
        raise NotReady(
            "sheet.month_open",
            f"{period.zh}还没有结账，不能拟订公开内容；请先结账。",
            f"{period.en} is not closed yet; close it before drafting the sheet.",
        )
    data = canonical(_sheet(organization, period, months))
    published = month.publication
    if published is not None and published.document_id == hashlib.sha256(data).hexdigest():
        raise NotReady(
            "sheet.unchanged",
            f"{period.zh}的账与已公布的完全相同，没有可以更正的内容。",
            f"The sheet of {period.en} is exactly what was published; there is nothing to correct.",
        )
    return disclosure.prepare(
        actor,
        organization,
        ITEM,
        str(period),
        data,
        supersedes=published,
        reason_zh=reason_zh,
        kept_by=keepers(month),
        now=now,
    )


def publish_sheet(actor: Appointment, draft: Draft, *, now: datetime) -> Publication:
    """Publish a draft that is still what the books say, and bind the month to it: it stays closed for ever.

    One transaction: disclosure's publication and log entry, then the month. Raises NotReady `sheet.month_open`,
    `sheet.outdated`; and what `disclosure.publish` refuses.
    """
    period = Period.parse(draft.period)
    with transaction.atomic():
        months = _months(draft.organization, period)
        month = months[str(period)]
        same = documents.read(draft.document) == canonical(_sheet(draft.organization, period, months))
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


class _Row(NamedTuple):
    """A posting with what the sheet shows of its voucher and account; the fields are those of `_COLUMNS`."""

    voucher: int
    day: date
    word: str
    number: int
    line_id: str
    public_summary: str
    account: str
    debit: int
    credit: int

    @property
    def is_money(self) -> bool:
        return self.account[:3] in MONEY


_COLUMNS = (
    "voucher_id",
    "voucher__day",
    "voucher__word",
    "voucher__number",
    "line_id",
    "public_summary",
    "account__code",
    "debit",
    "credit",
)


def _months(organization: Organization, period: Period) -> dict[str, Month]:
    """The month with those that its sheet compares it to, by period. Raises NotFound `month.unknown`."""
    wanted = (str(period), str(period.previous), str(period.same_last_year))
    found = organization.months.filter(period__in=wanted).select_related("reconciliation")
    months = {month.period: month for month in found}
    return months if str(period) in months else {str(period): existing_month(organization, period)}


def _vouchers(month: Month) -> list[list[_Row]]:
    """The postings of each voucher, in the order of the sheet."""
    postings = Posting.objects.filter(voucher__month=month, voucher__kind__in=_BUSINESS)
    ordered = postings.order_by("voucher__day", "voucher__word", "voucher__number", "line")
    rows = (_Row(*row) for row in ordered.values_list(*_COLUMNS))
    return [list(held) for _, held in groupby(rows, key=lambda row: row.voucher)]


def _lines(moving: Sequence[Sequence[_Row]], opening: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    balance = opening
    for rows in moving:
        for row in rows:
            if row.is_money:
                continue
            balance += row.credit - row.debit
            amounts = {"income": row.credit, "expense": row.debit, "balance": balance}
            lines.append(_line(row) | amounts)
    return lines


def _line(row: _Row) -> dict[str, Any]:
    return {
        "id": row.line_id,
        "day": row.day.isoformat(),
        "ref": f"{row.word}-{row.number}",
        "summary": row.public_summary,
        "account": row.account[:3],
    }


def _still_line(row: _Row) -> dict[str, Any]:
    return _line(row) | {"debit": row.debit, "credit": row.credit}


def _figures(
    organization: Organization, periods: Iterable[Period], months: dict[str, Month]
) -> dict[Period, dict[str, Any]]:
    """Income, expense and closing of those periods that the books reach, by two sums for all of them."""
    there = {period: months[str(period)] for period in periods if str(period) in months}
    if not there:
        return {}
    of_these = Posting.objects.filter(voucher__month__in=there.values(), voucher__kind__in=_BUSINESS)
    moving = of_these.filter(_MONEY_ACCOUNT).order_by().values("voucher")
    turnover = {
        month: {"income": income, "expense": expense}
        for month, income, expense in of_these.exclude(_MONEY_ACCOUNT)
        .filter(voucher__in=moving)
        .order_by()
        .values_list("voucher__month")
        .annotate(Sum("credit"), Sum("debit"))
    }
    closed = [month for month in there.values() if month.closed_at is not None]
    closing = dict(
        Balance.objects.filter(_MONEY_ACCOUNT, month__in=closed).values_list("month").annotate(Sum("closing"))
    )
    return {
        period: {
            "period": str(period),
            **turnover.get(month.pk, {"income": 0, "expense": 0}),
            "closing": closing.get(month.pk, 0)
            if month.closed_at is not None
            else total_of(standings(organization, period), *MONEY),
        }
        for period, month in there.items()
    }


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
    done = getattr(month, "reconciliation", None)
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
    found = list(Voucher.objects.filter(reverses__month=month).order_by().values_list("pk", flat=True))
    if not found:
        return []
    reversals = (
        Voucher.objects.filter(pk__in=found)
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
