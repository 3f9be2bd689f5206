"""The books: months, vouchers of a month, closing and opening again, reconciliation, accounts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cunwu.books import actions
from cunwu.books.balances import month_of, standings
from cunwu.books.models import Month, Posting, Reconciliation, Voucher
from cunwu.desk import typed
from cunwu.desk.exports import months_workbook, workbook
from cunwu.desk.lists import Listing, choose_one, listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for, organization_or_404, organizations_in_reach
from cunwu.desk.wording import period_text, say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.law.periods import Period
from cunwu.law.texts import Text
from cunwu.org.models import Organization

MORE_ROWS = 5
OPENING_ROWS = 8


def readable(request: DeskRequest, public_id: str) -> Organization:
    """The organization of the address, if one of the person's offices may read its books."""
    organization = organization_or_404(public_id)
    act_for(request, organization, "books.keep", "books.read")
    return organization


def home(request: DeskRequest) -> HttpResponse:
    """Straight to the books of the chosen office's village; a list where it reaches several."""
    return choose_organization(request, "desk:books", "books", "books.keep", "books.read")


def choose_organization(request: DeskRequest, page: str, tab: str, *needed: str) -> HttpResponse:
    """The one organization with books that the chosen office reaches, or a list to choose from."""
    reach = organizations_in_reach([request.appointment], request.now, *needed).filter(keeps_books=True)
    return choose_one(request, reach, page, tab)


def months(request: DeskRequest, organization_id: str) -> HttpResponse:
    """Every month of the books, the newest first."""
    if request.GET.get("as") == "xlsx":
        organization = readable(request, organization_id)
        return months_workbook(organization, _months(request, organization).rows)
    return answer(request, readable(request, organization_id), _show_months, {"open": _open_books})


def _months(request: DeskRequest, organization: Organization) -> Listing[Month]:
    found = organization.months.annotate(
        count=Count("vouchers", filter=~Q(vouchers__kind=Voucher.Kind.OPENING)),
    ).select_related("publication")
    return listing(request, found, words=("period",), sorts={"period": ("-period",)}, per_page=24)


def _show_months(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    last = organization.months.order_by("-period").first()
    return "desk/months.html", {
        "organization": organization,
        "tab": "books",
        "list": _months(request, organization),
        "next": Period.parse(last.period).next if last else None,
        "may_keep": office_for(request, organization, "books.keep") is not None,
        "first": Period.month(request.now.date()).previous,
        "opening_rows": range(OPENING_ROWS),
    }


def _open_books(request: DeskRequest, organization: Organization) -> str:
    opening: dict[str, int] = {}
    for row in range(OPENING_ROWS):
        name = typed.text(request, f"account_{row}")
        if name or typed.text(request, f"debit_{row}") or typed.text(request, f"credit_{row}"):
            side = "debit" if typed.text(request, f"debit_{row}") else "credit"
            label = Text(zh=f"第{row + 1}行金额", en=f"Amount in row {row + 1}")
            amount = typed.fen(request, f"{side}_{row}", label)
            opening[name] = opening.get(name, 0) + (amount if side == "debit" else -amount)
    first = typed.month(typed.text(request, "first"))
    actions.open_books(
        act_for(request, organization, "books.keep"), organization, first, opening, now=request.now
    )
    return say("已建账，从{month}记起。", "The books are open, from {month} on.", month=period_text(first))


def month(request: DeskRequest, organization_id: str, period: str) -> HttpResponse:
    """The vouchers of a month, and what can be done with the month as a whole."""
    organization = readable(request, organization_id)
    found = typed.month(period)
    if request.GET.get("as") == "xlsx":
        return _month_workbook(organization, found)
    steps: dict[str, Callable[[DeskRequest, Period], str | HttpResponse]] = {
        "close": partial(_close, organization=organization, nil=False),
        "close_nil": partial(_close, organization=organization, nil=True),
        "reopen": partial(_reopen, organization=organization),
        "carry_forward": partial(_carry_forward, organization=organization),
    }
    return answer(request, found, partial(_show_month, organization=organization), steps)


def _show_month(
    request: DeskRequest, period: Period, *, organization: Organization
) -> tuple[str, dict[str, object]]:
    vouchers = Voucher.objects.filter(month__organization=organization, month__period=str(period)).annotate(
        total=Sum("postings__debit")
    )
    found = listing(
        request,
        vouchers.prefetch_related("postings"),
        words=("word", "handler", "postings__summary", "postings__account__name"),
        sorts={"day": ("day", "word", "number"), "number": ("word", "number"), "total": ("total", "number")},
    )
    return "desk/month.html", {
        "organization": organization,
        "tab": "books",
        "period": period,
        "month": month_of(organization, period),
        "list": found,
        "may_keep": office_for(request, organization, "books.keep") is not None,
    }


def _close(request: DeskRequest, period: Period, *, organization: Organization, nil: bool) -> str:
    actions.close_month(
        act_for(request, organization, "books.keep"), organization, period, nil=nil, now=request.now
    )
    return say(
        "{month}已结账，可以拟订公开表了。",
        "{month} is closed; the sheet can be drafted now.",
        month=period_text(period),
    )


def _reopen(request: DeskRequest, period: Period, *, organization: Organization) -> str:
    actor = act_for(request, organization, "books.keep")
    actions.reopen_month(actor, organization, period, reason=typed.text(request, "reason"), now=request.now)
    return say("{month}已重新打开。", "{month} is open again.", month=period_text(period))


def _carry_forward(request: DeskRequest, period: Period, *, organization: Organization) -> str:
    actor = act_for(request, organization, "books.keep")
    made = actions.carry_forward(actor, organization, period.year, now=request.now)
    return say("已结转，生成{n}张凭证。", "Carried forward in {n} vouchers.", n=len(made))


def _month_workbook(organization: Organization, period: Period) -> HttpResponse:
    postings = (
        Posting.objects.filter(voucher__month__organization=organization, voucher__month__period=str(period))
        .select_related("voucher", "account")
        .order_by("voucher__day", "voucher__word", "voucher__number", "line")
    )
    rows = [_cells(p) for p in postings]
    headers = [
        "日期",
        "凭证字号",
        "摘要",
        "公开摘要",
        "科目编码",
        "科目名称",
        "借方金额",
        "贷方金额",
        "附单据数",
        "经手人",
    ]
    sheet = Sheet(
        f"{period.zh}凭证", headers, rows, frozenset({6, 7}), f"{organization.name_zh}{period.zh}凭证", "元"
    )
    return workbook([sheet], f"{organization.name_zh}{period}凭证.xlsx")


def _cells(posting: Posting) -> list[Cell | None]:
    voucher = posting.voucher
    return [
        voucher.day,
        str(voucher),
        posting.summary,
        posting.public_summary,
        posting.account.code,
        posting.account.name,
        posting.debit or None,
        posting.credit or None,
        voucher.attachments,
        voucher.handler,
    ]


def trial_balance(request: DeskRequest, organization_id: str, period: str) -> HttpResponse:
    """科目余额表 of a month, as a page or a workbook."""
    organization = readable(request, organization_id)
    found = typed.month(period)
    rows = standings(organization, found)
    if request.GET.get("as") == "xlsx":
        cells: list[list[Cell | None]] = [
            [s.account.code, s.account.name, s.opening, s.debit, s.credit, s.closing] for s in rows
        ]
        headers = [
            "科目编码",
            "科目名称",
            "期初余额（借方为正）",
            "本期借方",
            "本期贷方",
            "期末余额（借方为正）",
        ]
        title = f"{organization.name_zh}{found.zh}科目余额表"
        sheet = Sheet("科目余额表", headers, cells, frozenset({2, 3, 4, 5}), title, "元")
        return workbook([sheet], f"{title}.xlsx")
    context = {"organization": organization, "tab": "books", "period": found, "rows": rows}
    return render(request, "desk/trial_balance.html", context)


def reconcile(request: DeskRequest, organization_id: str, period: str) -> HttpResponse:
    """银行对账: the bank's balance and what explains the difference."""
    organization = readable(request, organization_id)
    show = partial(_show_reconciliation, organization=organization)
    return answer(
        request, typed.month(period), show, {"reconcile": partial(_reconcile, organization=organization)}
    )


def _show_reconciliation(
    request: DeskRequest, period: Period, *, organization: Organization
) -> tuple[str, dict[str, object]]:
    found = month_of(organization, period)
    done = Reconciliation.objects.filter(month=found).prefetch_related("items").first() if found else None
    return "desk/reconcile.html", {
        "organization": organization,
        "tab": "books",
        "period": period,
        "month": found,
        "done": done,
        "items": list(done.items.all()) if done else [],
        "book_balance": sum(
            s.closing for s in standings(organization, period) if s.account.first_level == "102"
        ),
        "rows": range(MORE_ROWS),
        "may_keep": office_for(request, organization, "books.keep") is not None,
    }


def _reconcile(request: DeskRequest, period: Period, *, organization: Organization) -> HttpResponse:
    items = [_item(request, row) for row in range(MORE_ROWS) if typed.text(request, f"amount_{row}")]
    bank = typed.fen(request, "bank", Text(zh="对账单余额", en="Balance on the statement"))
    actions.reconcile(
        act_for(request, organization, "books.keep"), organization, period, bank, items, now=request.now
    )
    return redirect(reverse("desk:month", args=[organization.public_id, str(period)]))


def _item(request: DeskRequest, row: int) -> actions.Reconciling:
    return actions.Reconciling(
        typed.text(request, f"side_{row}"),
        typed.day(request, f"day_{row}", Text(zh=f"第{row + 1}行日期", en=f"Day in row {row + 1}")),
        typed.text(request, f"text_{row}"),
        typed.fen(request, f"amount_{row}", Text(zh=f"第{row + 1}行金额", en=f"Amount in row {row + 1}")),
    )
