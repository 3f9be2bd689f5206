"""The monthly finance sheet, line by line (逐项逐笔): built from the books, canonical, drafted and published.

What is hashed, signed, published and verified is `canonical(build_sheet(...))`: RFC 8785 JSON, integer fen, first-level
accounts and public summaries only. Page, paper and workbook are views of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction

from cunwu.books.balances import standings_at
from cunwu.books.models import Month, ReconcilingItem, Voucher
from cunwu.books.months import existing_month
from cunwu.books.queries import keepers
from cunwu.books.sums import MONEY, Held, Row, held_by_first_level, rows_by_voucher, turnover
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import Draft, Publication
from cunwu.documents import actions as documents
from cunwu.errors import NotReady
from cunwu.law.periods import Period
from cunwu.org.authority import require
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import select, update

FORMAT = "cunwu-sheet/1"
ITEM = "finance_monthly"
_REVERSING = """
    SELECT r.id FROM cunwu_voucher o JOIN cunwu_voucher r ON r.reverses_id = o.id WHERE o.month_id = %s
"""


def build_sheet(organization: Organization, period: Period) -> dict[str, Any]:
    """The sheet of a month, open or closed, as in docs/books.md. Ints are fen; position and opening debit positive.

    In every voucher that moves money, each posting on another account is a line: its credit is income, its debit
    expense; so opening + income - expense = closing. Raises NotFound `month.unknown`. Nothing is written.
    """
    return _sheet(organization, period, _months(organization, period))


def _sheet(organization: Organization, period: Period, months: dict[str, Month]) -> dict[str, Any]:
    month = months[str(period)]
    position = _position(organization, month)
    opening = sum(position[code].opening for code in MONEY if code in position)
    vouchers = rows_by_voucher(month)
    moving = [rows for rows in vouchers if any(row.is_money for row in rows)]
    still = [rows for rows in vouchers if not any(row.is_money for row in rows)]
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
        "closing": _money(position),
        "comparison": {
            "last_month": _figures(organization, months.get(str(period.previous))),
            "last_year": _figures(organization, months.get(str(period.same_last_year))),
        },
        "other": [_still_line(row) for rows in still for row in rows],
        "position": [
            {"account": code, "opening": held.opening, "closing": held.closing}
            for code, held in position.items()
            if held.opening or held.closing
        ],
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
    Raises NotAllowed; NotFound `month.unknown`; NotReady `sheet.month_open`, `sheet.unchanged`; and what
    `disclosure.prepare` refuses.
    """
    # Asked again below; asked first, so that whoever may not draft is not told how far the books are.
    require(actor, "disclosure.prepare", organization, now)
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

    One transaction: disclosure's publication and log entry, then the month. Raises NotAllowed; NotReady
    `sheet.month_open`, `sheet.outdated`; and what `disclosure.publish` refuses.
    """
    require(actor, "disclosure.publish", draft.organization, now)
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
        update(Month, {"publication": publication.pk}, {"id": month.pk})
    return publication


def _months(organization: Organization, period: Period) -> dict[str, Month]:
    """The month with those that its sheet compares it to, by period. Raises NotFound `month.unknown`."""
    wanted = (str(period), str(period.previous), str(period.same_last_year))
    months = {month.period: month for month in organization.months.filter(period__in=wanted)}
    return months if str(period) in months else {str(period): existing_month(organization, period)}


def _lines(moving: Sequence[Sequence[Row]], opening: int) -> list[dict[str, Any]]:
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


def _line(row: Row) -> dict[str, Any]:
    return {
        "id": row.line_id,
        "day": row.day.isoformat(),
        "ref": f"{row.word}-{row.number}",
        "summary": row.public_summary,
        "account": row.account[:3],
    }


def _still_line(row: Row) -> dict[str, Any]:
    return _line(row) | {"debit": row.debit, "credit": row.credit}


def _figures(organization: Organization, month: Month | None) -> dict[str, Any] | None:
    """Income, expense and closing of a month that the books reach."""
    if month is None:
        return None
    moved = turnover(month)
    held = _position(organization, month)
    return {"period": month.period, **moved._asdict(), "closing": _money(held)}


def _money(position: dict[str, Held]) -> int:
    return sum(position[code].closing for code in MONEY if code in position)


def _position(organization: Organization, month: Month) -> dict[str, Held]:
    """What each first-level account holds at the beginning and at the end, by code."""
    if month.closed_at is not None:
        return held_by_first_level(month)
    sums: dict[str, Held] = {}
    for standing in standings_at(organization, Period.parse(month.period), month):
        code = standing.account.first_level
        held = sums.get(code, Held(0, 0))
        sums[code] = Held(held.opening + standing.opening, held.closing + standing.closing)
    return dict(sorted(sums.items()))


def _reconciliation(month: Month) -> dict[str, Any] | None:
    done = select(
        "SELECT id, bank_balance, book_balance FROM cunwu_reconciliation WHERE month_id = %s", month.pk
    )
    if not done:
        return None
    ((key, bank, books),) = done
    items = ReconcilingItem.objects.filter(reconciliation=key).order_by("day", "pk")
    return {
        "bank": bank,
        "books": books,
        "items": [
            {"side": i.side, "day": i.day.isoformat(), "text": i.text, "amount": i.amount} for i in items
        ],
    }


def _corrections(month: Month, shown: set[str]) -> list[dict[str, Any]]:
    found = [key for (key,) in select(_REVERSING, month.pk)]
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
