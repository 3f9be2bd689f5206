"""Vouchers one by one: entered by hand, looked at, reversed in red; the ledger of an account."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render

from cunwu.books import actions
from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.books.models import Account, Posting, Voucher
from cunwu.desk import typed
from cunwu.desk.books import readable
from cunwu.desk.exports import workbook
from cunwu.desk.lists import listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, office_for
from cunwu.desk.wording import say
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.errors import NotFound
from cunwu.law.texts import Text
from cunwu.org.models import Organization

LINES = 8
DAY = Text(zh="日期", en="Day")


def enter(request: DeskRequest, organization_id: str) -> HttpResponse:
    """A voucher entered by hand, for what no file brings."""
    organization = readable(request, organization_id)
    act_for(request, organization, "books.keep")
    return answer(request, organization, _show_entry, {"enter": _enter})


def _show_entry(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    return "desk/enter.html", {
        "organization": organization,
        "tab": "books",
        "accounts": organization.accounts.order_by("code"),
        "rows": range(LINES),
        "today": request.now,
    }


def _enter(request: DeskRequest, organization: Organization) -> HttpResponse:
    lines = [
        _line(request, row)
        for row in range(LINES)
        if any(typed.text(request, f"{name}_{row}") for name in ("account", "debit", "credit"))
    ]
    attachments = Text(zh="附单据数", en="Attachments")
    entry = VoucherEntry(
        typed.day(request, "day", DAY),
        tuple(lines),
        typed.text(request, "word") or "记",
        attachments=typed.whole(request, "attachments", attachments)
        if typed.text(request, "attachments")
        else 0,
        handler=typed.text(request, "handler"),
        approver=typed.text(request, "approver"),
        witness=typed.text(request, "witness"),
    )
    actor = act_for(request, organization, "books.keep")
    return redirect(
        "desk:voucher", actions.enter_voucher(actor, organization, entry, now=request.now).public_id
    )


def _line(request: DeskRequest, row: int) -> PostingEntry:
    # A summary is written once and carried down, as on paper.
    summary = next((text for r in range(row, -1, -1) if (text := typed.text(request, f"summary_{r}"))), "")
    amounts = {
        side: typed.fen(
            request, f"{side}_{row}", Text(zh=f"第{row + 1}行金额", en=f"Amount in row {row + 1}")
        )
        for side in ("debit", "credit")
        if typed.text(request, f"{side}_{row}")
    }
    account = typed.text(request, f"account_{row}")
    return PostingEntry(account, summary, debit=amounts.get("debit", 0), credit=amounts.get("credit", 0))


def account(request: DeskRequest, organization_id: str, code: str) -> HttpResponse:
    """明细账: the postings of an account and its sub-accounts, the newest first."""
    organization = readable(request, organization_id)
    found = Account.objects.filter(organization=organization, code=code).first()
    if found is None:
        raise NotFound(
            "desk.account",
            f"{organization.name_zh}没有编码为{code}的科目，请从科目余额表进入。",
            f"{organization.name('en')} has no account {code}; start from the trial balance.",
        )
    postings = Posting.objects.filter(account__organization=organization, account__code__startswith=code)
    rows = listing(
        request,
        postings.select_related("voucher__month", "account"),
        words=("summary", "counterpart", "voucher__month__period"),
        sorts={"day": ("-voucher__day", "-id"), "debit": ("-debit",), "credit": ("-credit",)},
    )
    if request.GET.get("as") == "xlsx":
        return _ledger_workbook(organization, found)
    totals = postings.aggregate(debit=Sum("debit"), credit=Sum("credit"))
    context = {"organization": organization, "tab": "books", "account": found, "list": rows, "totals": totals}
    return render(request, "desk/account.html", context)


def _ledger_workbook(organization: Organization, account: Account) -> HttpResponse:
    postings = Posting.objects.filter(
        account__organization=organization, account__code__startswith=account.code
    )
    rows: list[list[Cell | None]] = [
        [
            p.voucher.day,
            str(p.voucher),
            p.summary,
            p.counterpart,
            str(p.account),
            p.debit or None,
            p.credit or None,
        ]
        for p in postings.select_related("voucher", "account").order_by("voucher__day", "id")
    ]
    headers = ["日期", "凭证字号", "摘要", "往来单位", "科目", "借方金额", "贷方金额"]
    title = f"{organization.name_zh}{account.name}明细账"
    return workbook([Sheet("明细账", headers, rows, frozenset({5, 6}), title, "元")], f"{title}.xlsx")


def voucher(request: DeskRequest, voucher_id: str) -> HttpResponse:
    """One voucher, its reversal, and its public summaries."""
    return answer(
        request, _voucher(request, voucher_id), _show_voucher, {"reverse": _reverse, "amend": amend_summaries}
    )


def _voucher(request: DeskRequest, voucher_id: str) -> Voucher:
    found = Voucher.objects.select_related("month__organization__place", "reverses__month").filter(
        public_id=voucher_id
    )
    voucher = found.first()
    if voucher is None:
        raise NotFound(
            "desk.voucher", "没有这张凭证，请从账本进入。", "There is no such voucher; start from the books."
        )
    act_for(request, voucher.month.organization, "books.keep", "books.read")
    return voucher


def _show_voucher(request: DeskRequest, voucher: Voucher) -> tuple[str, dict[str, object]]:
    postings = list(voucher.postings.select_related("account"))
    return "desk/voucher.html", {
        "voucher": voucher,
        "organization": voucher.month.organization,
        "tab": "books",
        "postings": postings,
        "total": sum(p.debit for p in postings),
        "reversal": Voucher.objects.select_related("month").filter(reverses=voucher).first(),
        "today": request.now,
        "may_keep": office_for(request, voucher.month.organization, "books.keep") is not None,
    }


def _reverse(request: DeskRequest, voucher: Voucher) -> HttpResponse:
    actor = act_for(request, voucher.month.organization, "books.keep")
    day = typed.day(request, "day", Text(zh="冲销日期", en="Day of the reversal"))
    made = actions.reverse_voucher(
        actor, voucher, day=day, reason=typed.text(request, "reason"), now=request.now
    )
    return redirect("desk:voucher", made.public_id)


def amend_summaries(request: DeskRequest, voucher: Voucher) -> str:
    """Change every public summary of the voucher that was typed differently."""
    actor = act_for(request, voucher.month.organization, "books.keep")
    changed = 0
    with transaction.atomic():
        for posting in voucher.postings.select_related("voucher__month__organization__place"):
            text = typed.text(request, f"public_{posting.line_id}")
            if text and text != posting.public_summary:
                actions.amend_public_summary(actor, posting, text, now=request.now)
                changed += 1
    return say("改了{n}条公开摘要。", "{n} public summaries changed.", n=changed)
