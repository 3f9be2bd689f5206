"""会计期: opened by the first voucher, closed in order, re-opened only while unpublished; the year's end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Q

from cunwu.books import charts, entries
from cunwu.books.accounts import AccountBook
from cunwu.books.balances import Standing, month_of, reckoned, total_of
from cunwu.books.entries import PostingEntry, Ready, VoucherEntry
from cunwu.books.models import Balance, Month, Voucher
from cunwu.documents import redaction
from cunwu.errors import Invalid, NotFound, NotReady
from cunwu.law.periods import Period
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert_all

CHART_BASIS = "农村集体经济组织会计制度（财会〔2023〕14号）"
CHART_BASIS_EN = "Accounting System for Rural Collective Economic Organizations, Cai Kuai [2023] No. 14"
_OF_THE_MONTH = (Voucher.Kind.ORDINARY, Voucher.Kind.REVERSAL)


def not_open(organization: Organization) -> NotReady:
    """The refusal of whatever needs books that are open."""
    return NotReady(
        "books.not_open",
        f"{organization.name_zh}还没有建账；请先登记建账月份和期初余额。",
        f"The books of {organization.name('en')} are not open yet; "
        "enter the first month and the opening balances.",
    )


def refuse_day(organization: Organization, day: date, now: datetime) -> NotReady | Invalid | None:
    """Why nothing can be entered on `day`, or None. Nothing is opened."""
    months = {m.period: m for m in organization.months.all()}
    return refuse_day_among(organization, months, day, now)


def refuse_day_among(
    organization: Organization, months: dict[str, Month], day: date, now: datetime
) -> NotReady | Invalid | None:
    """The same, with the organization's months at hand (many days are asked about in an import)."""
    period = Period.month(day)
    if not months:
        return not_open(organization)
    if day > local_day(now):
        return Invalid(
            "books.future_day", f"日期{day}还没有到；请改正日期。", f"{day} is yet to come; correct the date."
        )
    month, last = months.get(str(period)), max(months)
    if month is None and str(period) < last:
        return NotReady(
            "books.before_first_month",
            f"{period.zh}在建账月份（{min(months)}）之前，不能记账；请改正日期。",
            f"{period.en} is before the first month of the books ({min(months)}); correct the date.",
        )
    if month is None and str(period) > str(Period.parse(last).next):
        return NotReady(
            "books.month_not_reached",
            f"账记到{last}，不能跳到{period}；请先记{Period.parse(last).next}的账，没有收支也要按空月结账。",
            f"The books reach {last} and cannot skip to {period}; do {Period.parse(last).next} first, "
            "as a nil month if nothing happened.",
        )
    if month is not None and month.closed_at is not None:
        how_zh = (
            "已公布，请在未结账的月份用红字冲销更正" if month.publication_id else "确需补记的，请先重开该月"
        )
        how_en = (
            "published; correct it by a reversal in an open month"
            if month.publication_id
            else "re-open it if need be"
        )
        return NotReady(
            "books.month_closed",
            f"{period.zh}已结账，不能记账；{how_zh}。",
            f"{period.en} is closed: {how_en}.",
        )
    return None


def month_for(organization: Organization, day: date, now: datetime) -> Month:
    """The open month of `day`, opened now if it is the one after the last. Raises what `refuse_day` returns."""
    refusal = refuse_day(organization, day, now)
    if refusal is not None:
        raise refusal
    period = str(Period.month(day))
    month, _ = Month.objects.get_or_create(
        organization=organization, period=period, defaults={"opened_at": now}
    )
    return month


def close_month(
    actor: Appointment, organization: Organization, period: Period, *, nil: bool = False, now: datetime
) -> Month:
    """结账: write every account's balance and shut the month. `nil` says on purpose that it has no voucher.

    Raises NotAllowed; NotReady `month.running` (its last day has not come), `month.previous_open`, `month.closed`,
    `month.numbers_missing`, `month.nil` or `month.not_nil`, `month.not_carried_forward` (December),
    `month.reconcile_again`.
    """
    require(actor, "books.keep", organization, now)
    with transaction.atomic():
        month, last = _month_to_close(organization, period, now, may_open=nil)
        _require_complete(month, period, nil=nil)
        found = reckoned(organization, period, last)
        _require_carried(period, found)
        _require_reconciled(month, found)
        insert_all(
            [
                Balance(
                    month_id=month.pk,
                    account_id=s.account.pk,
                    opening=s.opening,
                    debit=s.debit,
                    credit=s.credit,
                    closing=s.closing,
                )
                for s in found
            ]
        )
        month.closed_at, month.closed_by, month.nil = now, actor, nil
        month.save(update_fields=["closed_at", "closed_by", "nil"])
        audit_month(actor, "books.close_month", month, now)
    return month


def reopen_month(
    actor: Appointment, organization: Organization, period: Period, *, reason: str, now: datetime
) -> Month:
    """Open a closed month again, with a reason that the audit keeps. Only the last closed one, and not once published.

    Raises NotAllowed; NotReady `month.published`, `month.not_closed`, `month.later_closed`; Invalid `month.reason`.
    """
    require(actor, "books.keep", organization, now)
    month = existing_month(organization, period)
    if not 1 <= len(reason.strip()) <= 100 or redaction.scan(reason, "原因"):
        raise Invalid(
            "month.reason",
            "请写明重开原因，一百字以内，不要写个人信息。",
            "Give the reason for re-opening in at most 100 characters, without personal data.",
        )
    if month.publication_id is not None:
        raise NotReady(
            "month.published",
            f"{period.zh}的账已经公布，不能重开；请在未结账的月份用红字冲销，再更正公布。",
            f"{period.en} is published and stays closed; reverse in an open month, then publish a correction.",
            basis="会计基础工作规范第五十一条",
            basis_en="Basic Standards for Accounting Work, Article 51",
        )
    if month.closed_at is None:
        raise NotReady("month.not_closed", f"{period.zh}没有结账，不用重开。", f"{period.en} is not closed.")
    if organization.months.filter(period__gt=month.period, closed_at__isnull=False).exists():
        raise NotReady(
            "month.later_closed",
            f"{period.zh}之后的月份已结账；只能重开最后一个已结账的月份，请从后往前重开。",
            f"A month after {period.en} is closed; only the last closed month can be re-opened.",
        )
    with transaction.atomic():
        month.closed_at, month.closed_by, month.nil = None, None, False
        month.save(update_fields=["closed_at", "closed_by", "nil"])
        month.balances.all().delete()
        audit_month(actor, "books.reopen_month", month, now, reason=reason.strip())
    return month


def carry_forward(
    actor: Appointment, organization: Organization, year: int, *, now: datetime
) -> list[Voucher]:
    """年终结转, on 31 December in two vouchers: income and expenses to 321 本年收益, then 321 to 322 收益分配.

    What was entered after a first carry-forward is carried by a second one. Raises NotAllowed; NotReady
    `year.running`, `month.previous_open`, `month.closed`, `year.nothing_to_carry`.
    """
    require(actor, "books.keep", organization, now)
    december = Period("month", year, 12)
    with transaction.atomic():
        month, last = _month_to_close(organization, december, now, may_open=True)
        vouchers: list[Voucher] = []
        found = reckoned(organization, december, last)
        results = [s for s in found if s.closing and _is_result(s)]
        if results:
            vouchers += _carry(month, december, results, charts.CURRENT_INCOME, "结转本年收入和支出")
            found = reckoned(organization, december, last)
        income = [s for s in found if s.closing and s.account.first_level == charts.CURRENT_INCOME]
        if income:
            vouchers += _carry(month, december, income, charts.DISTRIBUTION, "结转本年收益")
        if not vouchers:
            raise NotReady(
                "year.nothing_to_carry",
                f"{year}年的收入、支出和本年收益都没有余额，已经结转过，不用再结转。",
                f"Income, expenses and the income of {year} have no balance: they were carried forward already.",
                basis=CHART_BASIS,
                basis_en=CHART_BASIS_EN,
            )
        audit_month(actor, "books.carry_forward", month, now)
    return vouchers


def _month_to_close(
    organization: Organization, period: Period, now: datetime, *, may_open: bool
) -> tuple[Month, Month | None]:
    """The open month, and the closed one before it; None where the books begin here."""
    if local_day(now) < period.last_day:
        raise NotReady(
            "month.running",
            f"{period.zh}还没有过完，最早在{period.last_day}办理。",
            f"{period.en} is not over; this can be done from {period.last_day} on.",
        )
    this, previous = str(period), str(period.previous)
    concerned = organization.months.filter(
        Q(period__in=(this, previous)) | Q(period__lt=this, closed_at=None)
    )
    found = concerned.select_related("reconciliation").order_by("period")
    months = {month.period: month for month in found}
    before = next((m for m in months.values() if m.period < this and m.closed_at is None), None)
    if before is not None:
        raise NotReady(
            "month.previous_open",
            f"{before.period}还没有结账，请先结{before.period}的账。",
            f"{before.period} is still open; close it first.",
        )
    month, last = months.get(this), months.get(previous)
    if month is None and may_open and last is not None:
        month = Month.objects.create(organization=organization, period=this, opened_at=now)
    month = month or existing_month(organization, period)
    if month.closed_at is not None:
        raise NotReady(
            "month.closed", f"{period.zh}已经结账，不能重复办理。", f"{period.en} is closed already."
        )
    return month, last


def existing_month(organization: Organization, period: Period) -> Month:
    """The month, open or closed. Raises NotFound `month.unknown`."""
    month = month_of(organization, period)
    if month is None:
        raise NotFound(
            "month.unknown",
            f"{organization.name_zh}没有{period.zh}的账；请先录入或导入凭证，没有收支的按空月结账。",
            f"{organization.name('en')} has no books for {period.en}; enter or import vouchers first, or close the "
            "month as nil.",
        )
    return month


def _require_complete(month: Month, period: Period, *, nil: bool) -> None:
    vouchers = list(month.vouchers.order_by().values_list("word", "number", "kind"))
    has_vouchers = any(kind in _OF_THE_MONTH for _, _, kind in vouchers)
    if nil and has_vouchers:
        raise NotReady(
            "month.not_nil",
            f"{period.zh}有凭证，不能按空月结账。",
            f"{period.en} has vouchers and cannot be closed as a nil month.",
        )
    if not nil and not has_vouchers:
        raise NotReady(
            "month.nil",
            f"{period.zh}没有凭证；确实没有收支的，请选择“空月结账”。",
            f"{period.en} has no voucher; if nothing happened, close it as a nil month.",
        )
    for word, last, numbers in _numbers((word, number) for word, number, _ in vouchers):
        missing = [n for n in range(1, last + 1) if n not in numbers]
        if missing:
            listed = "、".join(f"{word}-{n}" for n in missing[:10])
            raise NotReady(
                "month.numbers_missing",
                f"{period.zh}缺少凭证{listed}{'等' if len(missing) > 10 else ''}；请补录，或者重新编号后再结账。",
                f"{period.en} lacks vouchers {listed}; enter them, or number again, before closing.",
                missing=missing,
            )


def _numbers(vouchers: Iterable[tuple[str, int]]) -> list[tuple[str, int, set[int]]]:
    by_word: dict[str, set[int]] = {}
    for word, number in vouchers:
        by_word.setdefault(word, set()).add(number)
    return [(word, max(numbers), numbers) for word, numbers in sorted(by_word.items())]


def _is_result(standing: Standing) -> bool:
    account = charts.chart().get(standing.account.first_level)
    return account is not None and account.kind in charts.INCOME_AND_EXPENSE


def _require_carried(period: Period, found: list[Standing]) -> None:
    left = [
        s for s in found if s.closing and (_is_result(s) or s.account.first_level == charts.CURRENT_INCOME)
    ]
    if period.number == 12 and left:
        raise NotReady(
            "month.not_carried_forward",
            f"{period.year}年的收入和支出还没有结转（如“{left[0].account.name}”）；请先办理年终结转，再结12月的账。",
            f"Income and expenses of {period.year} are not carried forward yet; do so before closing December.",
            basis=CHART_BASIS,
            basis_en=CHART_BASIS_EN,
        )


def _require_reconciled(month: Month, found: list[Standing]) -> None:
    done = getattr(month, "reconciliation", None)
    if done is not None and done.book_balance != total_of(found, "102"):
        raise NotReady(
            "month.reconcile_again",
            f"{month.period}对账之后银行存款又有变动；请重新对账。",
            f"The bank account moved after {month.period} was reconciled; reconcile it again.",
        )


def _carry(month: Month, december: Period, found: list[Standing], into: str, summary: str) -> list[Voucher]:
    book = AccountBook(month.organization)
    lines = [_emptied(s.account.code, -s.closing, summary) for s in found]
    held = [s.account for s in found]
    if total := sum(s.closing for s in found):
        lines.append(_emptied(into, total, summary))
        held.append(book.resolve(into, charts.chart()[into].name_zh))
    word = _usual_word(month)
    number = (month.vouchers.filter(word=word).aggregate(last=Max("number"))["last"] or 0) + 1
    entry = VoucherEntry(december.last_day, tuple(lines), word, number)
    return entries.write([Ready(month, number, entry, tuple(held))], kind=Voucher.Kind.CARRY_FORWARD)


def _emptied(code: str, fen: int, summary: str) -> PostingEntry:
    return PostingEntry(code, summary, debit=max(fen, 0), credit=max(-fen, 0), public_summary=summary)


def _usual_word(month: Month) -> str:
    """转 where the organization keeps separate words for receipts and payments, else the one word it uses."""
    words = set(
        Voucher.objects.filter(month__organization=month.organization, kind=Voucher.Kind.ORDINARY)
        .values_list("word", flat=True)
        .distinct()
    )
    return "记" if not words or "记" in words else "转" if len(words) > 1 else words.pop()


def audit_month(actor: Appointment, action: str, month: Month, now: datetime, **details: str) -> None:
    """Audit what was done to a month."""
    target = f"month:{month.organization.public_id}:{month.period}"
    audit.record(actor, action, target, now=now, organization=month.organization, **details)
