"""Closing in order, re-opening, nil months, the year's end, the bank."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cunwu.books import actions
from cunwu.books.actions import Reconciling
from cunwu.books.balances import standings
from cunwu.books.models import Balance, Voucher
from cunwu.errors import NotAllowed, Refused
from cunwu.law.deadlines import SHANGHAI
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Village

SEPTEMBER, OCTOBER, DECEMBER = (Period("month", 2026, n) for n in (9, 10, 12))
DAY = date(2026, 9, 3)
NEW_YEAR = datetime(2027, 1, 4, 9, 0, tzinfo=SHANGHAI)


def refusal(act: Callable[..., object], *given: Any, **named: Any) -> str:
    with pytest.raises(Refused) as caught:
        act(*given, **named)
    assert caught.value.zh
    assert caught.value.en
    return caught.value.code


def test_closing_writes_every_balance_and_shuts_the_month(books: Village, enter: Any, now: datetime) -> None:
    enter(DAY, "付办公用品款", "513", "101", 12_000)
    month = actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    found = {b.account.code: (b.opening, b.debit, b.credit, b.closing) for b in month.balances.all()}
    assert found["101"] == (50_000, 0, 12_000, 38_000)
    assert found["513"] == (0, 12_000, 0, 12_000)
    assert sum(b[3] for b in found.values()) == 0
    assert (month.closed_by, month.nil) == (books.wang, False)
    closed = refusal(enter, DAY, "付办公用品款", "513", "101", 12_000)
    assert closed == "books.month_closed"


def test_months_close_in_order_when_they_are_over(books: Village, enter: Any, now: datetime) -> None:
    enter(DAY, "付办公用品款", "513", "101", 12_000)
    enter(date(2026, 10, 2), "付办公用品款", "513", "101", 12_000)
    november = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)
    close, who = actions.close_month, (books.wang, books.collective)
    assert refusal(close, *who, OCTOBER, now=now) == "month.running"
    assert refusal(close, *who, OCTOBER, now=november) == "month.previous_open"
    assert refusal(close, books.li, books.collective, SEPTEMBER, now=now) == "authority.capability"
    close(*who, SEPTEMBER, now=now)
    assert refusal(close, *who, SEPTEMBER, now=now) == "month.closed"
    close(*who, OCTOBER, now=november)
    assert standings(books.collective, OCTOBER)[0].opening == 38_000


def test_a_month_without_vouchers_is_closed_as_nil_and_only_then(
    books: Village, enter: Any, now: datetime
) -> None:
    close, who = actions.close_month, (books.wang, books.collective)
    assert refusal(close, *who, SEPTEMBER, now=now) == "month.nil"
    assert close(*who, SEPTEMBER, nil=True, now=now).nil
    enter(date(2026, 10, 2), "付办公用品款", "513", "101", 12_000)
    december = datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI)
    assert refusal(close, *who, OCTOBER, nil=True, now=december) == "month.not_nil"
    close(*who, OCTOBER, now=december)
    november = close(*who, Period("month", 2026, 11), nil=True, now=december)
    assert (november.period, november.nil) == ("2026-11", True)
    assert refusal(close, *who, Period("month", 2026, 8), now=now) == "month.unknown"


def test_missing_numbers_stand_in_the_way(books: Village, enter: Any, now: datetime) -> None:
    enter(DAY, "付办公用品款", "513", "101", 12_000, number=1)
    enter(DAY, "付办公用品款", "513", "101", 12_000, number=4)
    with pytest.raises(Refused) as caught:
        actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    assert (caught.value.code, caught.value.details["missing"]) == ("month.numbers_missing", [2, 3])
    assert not Balance.objects.exists()


def test_only_the_last_closed_month_is_reopened_with_a_reason(
    books: Village, enter: Any, now: datetime
) -> None:
    reopen, who = actions.reopen_month, (books.wang, books.collective)
    enter(DAY, "付办公用品款", "513", "101", 12_000)
    assert refusal(reopen, *who, SEPTEMBER, reason="漏记", now=now) == "month.not_closed"
    actions.close_month(*who, SEPTEMBER, now=now)
    november = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)
    actions.close_month(*who, OCTOBER, nil=True, now=november)
    assert refusal(reopen, *who, SEPTEMBER, reason="漏记", now=november) == "month.later_closed"
    assert refusal(reopen, *who, OCTOBER, reason=" ", now=november) == "month.reason"
    with pytest.raises(NotAllowed):
        reopen(books.li, books.collective, OCTOBER, reason="漏记", now=november)
    month = reopen(*who, OCTOBER, reason="漏记一笔", now=november)
    assert (month.closed_at, month.nil, month.balances.count()) == (None, False, 0)
    enter(date(2026, 10, 9), "付办公用品款", "513", "101", 100, at=november)


def a_year(books: Village, enter: Any) -> None:
    enter(DAY, "收承包费", "102", "501", 90_000)
    enter(DAY, "付办公用品款", "513", "101", 12_000)
    enter(DAY, "付路灯维修费", "公益支出/路灯", "101", 8_000)
    for number in (9, 10, 11):
        actions.close_month(
            books.wang, books.collective, Period("month", 2026, number), nil=number > 9, now=NEW_YEAR
        )
    enter(date(2026, 12, 10), "付电费", "511", "101", 500, at=NEW_YEAR)


def test_the_years_end_carries_income_and_expenses_in_two_steps(books: Village, enter: Any) -> None:
    a_year(books, enter)
    close, who = actions.close_month, (books.wang, books.collective)
    assert refusal(close, *who, DECEMBER, now=NEW_YEAR) == "month.not_carried_forward"
    first, second = actions.carry_forward(*who, 2026, now=NEW_YEAR)
    assert [(p.account.code, p.debit, p.credit) for p in second.postings.all()] == [
        ("321", 69_500, 0),
        ("322", 0, 69_500),
    ]
    assert (first.kind, first.day, str(first)) == ("carry_forward", date(2026, 12, 31), "记-2")
    assert refusal(actions.carry_forward, *who, 2026, now=NEW_YEAR) == "year.nothing_to_carry"
    close(*who, DECEMBER, now=NEW_YEAR)
    held = {s.account.code: s.closing for s in standings(books.collective, DECEMBER)}
    assert all(held.get(code, 0) == 0 for code in ("321", "501", "513", "514901", "511"))
    assert held["322"] == -9_250_000 - 69_500


def test_what_comes_after_a_carry_forward_is_carried_too(books: Village, enter: Any) -> None:
    a_year(books, enter)
    actions.carry_forward(books.wang, books.collective, 2026, now=NEW_YEAR)
    enter(date(2026, 12, 31), "付水费", "511", "101", 300, at=NEW_YEAR)
    assert len(actions.carry_forward(books.wang, books.collective, 2026, now=NEW_YEAR)) == 2
    actions.close_month(books.wang, books.collective, DECEMBER, now=NEW_YEAR)


def test_a_year_that_comes_out_even_has_nothing_left_to_carry_on(books: Village, enter: Any) -> None:
    enter(DAY, "收承包费", "102", "501", 30_000)
    enter(DAY, "付水费", "511", "101", 30_000)
    for number in (9, 10, 11):
        actions.close_month(
            books.wang, books.collective, Period("month", 2026, number), nil=number > 9, now=NEW_YEAR
        )
    (only,) = actions.carry_forward(books.wang, books.collective, 2026, now=NEW_YEAR)
    assert [(p.account.code, p.debit, p.credit) for p in only.postings.all()] == [
        ("501", 30_000, 0),
        ("511", 0, 30_000),
    ]
    month = actions.close_month(books.wang, books.collective, DECEMBER, nil=True, now=NEW_YEAR)
    assert str(month).endswith(" 2026-12")
    assert {s.account.code: s.closing for s in standings(books.collective, DECEMBER)}["322"] == -9_250_000


def test_the_year_is_not_carried_forward_before_its_end(books: Village, now: datetime) -> None:
    assert refusal(actions.carry_forward, books.wang, books.collective, 2026, now=now) == "month.running"


def test_the_bank_is_reconciled_to_the_last_fen(books: Village, enter: Any, now: datetime) -> None:
    enter(DAY, "收承包费", "102", "501", 90_000)
    reconcile, who = actions.reconcile, (books.wang, books.collective, SEPTEMBER)
    items = [
        Reconciling("bank", date(2026, 9, 29), "已开支票未兑付", -5_000),
        Reconciling("books", date(2026, 9, 21), "银行结息", 1_234),
    ]
    with pytest.raises(Refused) as caught:
        reconcile(*who, 1_296_000, items, now=now)
    assert (caught.value.code, caught.value.details["difference"]) == ("reconciliation.difference", -234)
    done = reconcile(*who, 1_296_234, items, now=now)
    assert (done.book_balance, done.items.count()) == (1_290_000, 2)
    reconcile(*who, 1_296_234, items, now=now)
    enter(DAY, "付电费", "511", "102", 100)
    assert refusal(actions.close_month, *who, now=now) == "month.reconcile_again"


@pytest.mark.parametrize(
    "item",
    [
        Reconciling("village", DAY, "银行结息", 1),
        Reconciling("bank", DAY, "银行结息", 0),
        Reconciling("bank", DAY, " ", 1),
        Reconciling("bank", date(2026, 10, 1), "银行结息", 1),
        Reconciling("bank", DAY, "转入6222021234567890123", 1),
    ],
)
def test_a_reconciling_item_is_complete_or_refused(books: Village, now: datetime, item: Reconciling) -> None:
    who = (books.wang, books.collective, SEPTEMBER)
    assert refusal(actions.reconcile, *who, 1_200_000, [item], now=now) == "reconciliation.item"


def test_a_december_with_nothing_but_the_carry_forward_is_a_nil_month(books: Village, enter: Any) -> None:
    enter(DAY, "收承包费", "102", "501", 90_000)
    for number in (9, 10, 11):
        actions.close_month(
            books.wang, books.collective, Period("month", 2026, number), nil=number > 9, now=NEW_YEAR
        )
    actions.carry_forward(books.wang, books.collective, 2026, now=NEW_YEAR)
    assert actions.close_month(books.wang, books.collective, DECEMBER, nil=True, now=NEW_YEAR).nil
    assert Voucher.objects.filter(kind="carry_forward").count() == 2
