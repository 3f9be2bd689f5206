"""The monthly sheet: it adds up whatever the books hold, is the same bytes each time, and is what is published."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cunwu.books import actions, sheets
from cunwu.books.actions import PostingEntry, Reconciling, VoucherEntry
from cunwu.books.models import Month, Posting
from cunwu.disclosure import actions as disclosure
from cunwu.errors import NotReady
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Village

SEPTEMBER, OCTOBER = Period("month", 2026, 9), Period("month", 2026, 10)
DAY = date(2026, 9, 3)
ACCOUNTS = ("101", "102901", "112", "151", "211", "501", "503", "511", "513", "514")


@contextmanager
def rolled_back() -> Iterator[None]:
    """Leaves nothing of an example behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def lines(draw: st.DrawFn) -> tuple[PostingEntry, ...]:
    """A balanced voucher of two to five lines on any accounts, red ones among them."""
    amount = st.integers(-(10**9), 10**9).filter(bool)
    parts = draw(st.lists(amount, min_size=1, max_size=4).filter(sum))
    sides = [*parts, -sum(parts)]
    account = st.sampled_from(ACCOUNTS)
    red = draw(st.booleans())
    return tuple(
        PostingEntry(draw(account), "往来", **({"debit": fen} if (fen > 0) != red else {"credit": -fen}))
        for fen in sides
    )


@st.composite
def vouchers(draw: st.DrawFn) -> VoucherEntry:
    return VoucherEntry(date(2026, 9, 1) + timedelta(days=draw(st.integers(0, 29))), lines(draw))


def naive(organization: Any) -> tuple[int, int, int, int]:
    """Opening, income, expense, closing straight from the postings, one by one."""
    opening = income = expense = closing = 0
    for posting in Posting.objects.filter(voucher__month__organization=organization):
        money = posting.account.code[:3] in {"101", "102"}
        closing += (posting.debit - posting.credit) if money else 0
        if posting.voucher.kind == "opening":
            opening += (posting.debit - posting.credit) if money else 0
        elif not money and any(p.account.code[:3] in {"101", "102"} for p in posting.voucher.postings.all()):
            income, expense = income + posting.credit, expense + posting.debit
    return opening, income, expense, closing


@given(entries=st.lists(vouchers(), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_ledger_gives_a_sheet_that_adds_up(
    books: Village, now: datetime, entries: list[VoucherEntry]
) -> None:
    with rolled_back():
        check_sheet(books, now, entries)


def check_sheet(books: Village, now: datetime, entries: list[VoucherEntry]) -> None:
    for entry in entries:
        actions.enter_voucher(books.wang, books.collective, entry, now=now)
    open_sheet = sheets.build_sheet(books.collective, SEPTEMBER)
    actions.close_month(books.wang, books.collective, SEPTEMBER, nil=not entries, now=now)
    sheet = sheets.build_sheet(books.collective, SEPTEMBER)
    assert sheets.canonical(sheet) == sheets.canonical(open_sheet)
    assert sheets.canonical(json.loads(sheets.canonical(sheet))) == sheets.canonical(sheet)
    assert sheet["opening"] + sheet["income"] - sheet["expense"] == sheet["closing"]
    assert (sheet["opening"], sheet["income"], sheet["expense"], sheet["closing"]) == naive(books.collective)
    assert sheet["nil"] is not bool(entries)
    assert sum(p["opening"] for p in sheet["position"]) == sum(p["closing"] for p in sheet["position"]) == 0
    if sheet["lines"]:
        assert sheet["lines"][-1]["balance"] == sheet["closing"]


def test_a_line_for_every_posting_against_money_and_none_for_transfers(books: Village, enter: Any) -> None:
    enter(DAY, "收承包费", "102901", "501", 300_000)
    enter(DAY, "提取现金", "101", "102901", 100_000)
    enter(DAY, "付张三临时救助", "514", "101", 50_000)
    enter(DAY, "购农机尚未付款", "151", "211", 700_000)
    sheet = sheets.build_sheet(books.collective, SEPTEMBER)
    assert [
        (x["ref"], x["summary"], x["account"], x["income"], x["expense"], x["balance"])
        for x in sheet["lines"]
    ] == [
        ("记-1", "收承包费", "501", 300_000, 0, 1_550_000),
        ("记-3", "临时救助（姓名不公开）", "514", 0, 50_000, 1_500_000),
    ]
    assert [(x["ref"], x["account"], x["debit"], x["credit"]) for x in sheet["other"]] == [
        ("记-4", "151", 700_000, 0),
        ("记-4", "211", 0, 700_000),
    ]
    assert {p["account"]: p["closing"] for p in sheet["position"]}["102"] == 1_400_000
    assert "张三" not in sheets.canonical(sheet).decode()
    assert sheet["comparison"] == {"last_month": None, "last_year": None}


def test_the_month_before_stands_beside_it_and_the_bank(books: Village, enter: Any, now: datetime) -> None:
    enter(DAY, "收承包费", "102901", "501", 300_000)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    enter(date(2026, 10, 2), "付电费", "511", "101", 1_000)
    items = [Reconciling("books", date(2026, 10, 21), "银行结息", 55)]
    actions.reconcile(books.wang, books.collective, OCTOBER, 1_500_055, items, now=now)
    sheet = sheets.build_sheet(books.collective, OCTOBER)
    assert sheet["comparison"]["last_month"] == {
        "period": "2026-09",
        "income": 300_000,
        "expense": 0,
        "closing": 1_550_000,
    }
    assert sheet["reconciliation"] == {
        "bank": 1_500_055,
        "books": 1_500_000,
        "items": [{"side": "books", "day": "2026-10-21", "text": "银行结息", "amount": 55}],
    }


def publish(books: Village, period: Period, now: datetime, reason: str = "") -> Any:
    draft = sheets.draft_sheet(books.wang, books.collective, period, reason_zh=reason, now=now)
    disclosure.sign(books.zhao, draft, now=now)
    disclosure.record_joint_meeting(
        books.clerk,
        draft,
        held_on=now.date(),
        chaired_by="李建国",
        present=5,
        expected=7,
        in_favour=5,
        now=now,
    )
    return sheets.publish_sheet(books.li, draft, now=now)


def test_a_published_month_stays_and_a_reversal_corrects_it(
    books: Village, enter: Any, now: datetime
) -> None:
    paid = enter(DAY, "付办公用品款", "513", "101", 12_000)
    with pytest.raises(NotReady) as open_month:
        sheets.draft_sheet(books.wang, books.collective, SEPTEMBER, now=now)
    assert open_month.value.code == "sheet.month_open"
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    publication = publish(books, SEPTEMBER, now)
    assert Month.objects.get(period="2026-09").publication == publication
    with pytest.raises(NotReady) as unchanged:
        sheets.draft_sheet(books.wang, books.collective, SEPTEMBER, reason_zh="更正", now=now)
    assert unchanged.value.code == "sheet.unchanged"
    with pytest.raises(NotReady) as published:
        actions.reopen_month(books.wang, books.collective, SEPTEMBER, reason="漏记", now=now)
    assert published.value.code == "month.published"
    with pytest.raises(NotReady) as bank:
        actions.reconcile(books.wang, books.collective, SEPTEMBER, 0, [], now=now)
    assert bank.value.code == "month.published"
    actions.reverse_voucher(books.wang, paid, day=date(2026, 10, 5), reason="金额记错", now=now)
    line = paid.postings.get(line=1).line_id
    assert sheets.build_sheet(books.collective, SEPTEMBER)["corrections"] == [
        {
            "line": line,
            "ref": "记-1",
            "period": "2026-10",
            "summary": "冲销2026年9月记-1：付办公用品款（金额记错）",
        }
    ]
    october = sheets.build_sheet(books.collective, OCTOBER)
    assert [(x["expense"], x["income"]) for x in october["lines"]] == [(-12_000, 0)]
    correction = publish(books, SEPTEMBER, now, reason="注明10月冲销")
    assert correction.supersedes == publication
    assert Month.objects.get(period="2026-09").publication == correction


def test_a_draft_that_the_books_have_left_behind_is_not_published(
    books: Village, enter: Any, now: datetime
) -> None:
    paid = enter(DAY, "付村道维修款", "514", "101", 12_000)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    draft = sheets.draft_sheet(books.wang, books.collective, SEPTEMBER, now=now)
    actions.amend_public_summary(books.wang, paid.postings.get(line=1), "村道维修", now=now)
    with pytest.raises(NotReady) as outdated:
        sheets.publish_sheet(books.li, draft, now=now)
    assert outdated.value.code == "sheet.outdated"
