"""What the database itself refuses, to any program: raw SQL against vouchers, postings and months."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction

from cunwu.books import actions
from cunwu.books.models import Month, Posting, Voucher
from cunwu.law.periods import Period

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
DAY = date(2026, 9, 3)


def refused(sql: str, *values: object) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(caught.value)


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_an_entered_voucher_and_its_postings_are_fixed(books: Village, enter: Any) -> None:
    voucher = enter(DAY, "付办公用品款", "513", "101", 12_000)
    posting = voucher.postings.get(line=1)
    assert "fixed" in refused("UPDATE cunwu_posting SET debit = 1 WHERE id = %s", posting.pk)
    assert "fixed" in refused("UPDATE cunwu_posting SET summary = 'x' WHERE id = %s", posting.pk)
    assert "fixed" in refused("DELETE FROM cunwu_posting WHERE id = %s", posting.pk)
    assert "fixed" in refused("UPDATE cunwu_voucher SET day = '2026-09-04' WHERE id = %s", voucher.pk)
    assert "not deleted" in refused("DELETE FROM cunwu_voucher WHERE id = %s", voucher.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(
            voucher=voucher, line=9, account=posting.account, summary="x", public_summary="x", debit=1
        )
    run("UPDATE cunwu_posting SET public_summary = '办公用品' WHERE id = %s", posting.pk)


def test_an_unbalanced_voucher_cannot_be_entered(books: Village, enter: Any) -> None:
    model = enter(DAY, "付办公用品款", "513", "101", 12_000)
    account = model.postings.get(line=1).account
    voucher = Voucher.objects.create(month=model.month, word="记", number=2, day=DAY)
    enter_it = "UPDATE cunwu_voucher SET entered = TRUE WHERE id = %s"
    assert "balance" in refused(enter_it, voucher.pk)
    Posting.objects.create(voucher=voucher, line=1, account=account, summary="x", public_summary="x", debit=5)
    Posting.objects.create(
        voucher=voucher, line=2, account=account, summary="x", public_summary="x", credit=4
    )
    assert "balance" in refused(enter_it, voucher.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.create(month=model.month, word="记", number=3, day=DAY, entered=True)
    close = "UPDATE cunwu_month SET closed_at = '2026-10-01' WHERE id = %s"
    assert "not entered" in refused(close, model.month_id)


def test_a_closed_month_is_shut(books: Village, enter: Any, now: datetime) -> None:
    voucher = enter(DAY, "付办公用品款", "513", "101", 12_000)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    month = Month.objects.get(period="2026-09")
    assert "closed" in refused("UPDATE cunwu_voucher SET entered = FALSE WHERE id = %s", voucher.pk)
    why = refused("DELETE FROM cunwu_voucher WHERE id = %s", voucher.pk)
    assert (
        "not deleted" in why or "closed" in why
    )  # both guards stand; engines ask them in an order of their own
    assert "closed" in refused("UPDATE cunwu_balance SET debit = 0 WHERE month_id = %s", month.pk)
    assert "closed" in refused("DELETE FROM cunwu_balance WHERE month_id = %s", month.pk)
    assert "closed" in refused("DELETE FROM cunwu_month WHERE id = %s", month.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.create(month=month, word="记", number=2, day=DAY)
