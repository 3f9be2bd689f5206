"""Where the books stand, ledgers, trial balances; query counts are the same for one row and for three."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cunwu.books import actions, queries, sheets
from cunwu.books.models import Month
from cunwu.disclosure import actions as disclosure
from cunwu.errors import NotAllowed
from cunwu.law.periods import Period
from cunwu.org.models import Appointment

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
DAY = date(2026, 9, 3)


@pytest.mark.parametrize("count", [1, 3])
def test_the_overview_takes_one_query_for_any_number(
    books: Village, enter: Any, now: datetime, count: int, django_assert_num_queries: Any
) -> None:
    enter(DAY, "付办公用品款", "513", "101", 12_000)
    organizations = [books.collective, books.committee, books.party][:count]
    for organization in organizations[1:]:
        Month.objects.create(organization=organization, period="2026-09", opened_at=now)
    with django_assert_num_queries(1):
        found = queries.overview(organizations)
    assert [(o.first_open.period if o.first_open else None, o.vouchers) for o in found] == [
        ("2026-09", 1)
    ] + [("2026-09", 0)] * (count - 1)


@pytest.mark.parametrize("count", [1, 3])
def test_sheet_ledger_and_trial_balance_take_a_fixed_number_of_queries(
    books: Village, enter: Any, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        enter(DAY, "付办公用品款", "513", "101", 12_000)
    bank = books.collective.accounts.get(code="101")
    with django_assert_num_queries(6):
        assert queries.ledger(bank, SEPTEMBER).closing == 50_000 - 12_000 * count
    with django_assert_num_queries(5):
        queries.trial_balance(books.collective, SEPTEMBER)
    with django_assert_num_queries(7):
        sheets.build_sheet(books.collective, SEPTEMBER)


@pytest.mark.parametrize("count", [1, 3])
def test_who_kept_a_month_is_who_entered_and_closed_it(
    books: Village, enter: Any, now: datetime, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        enter(DAY, "付办公用品款", "513", "101", 12_000)
    month = Month.objects.select_related("organization").get(period="2026-09")
    with django_assert_num_queries(2):
        assert queries.keepers(month) == [books.wang.person]
    another = Appointment.objects.create(
        person=books.clerk.person, office="accountant", organization=books.collective, from_day=now.date()
    )
    actions.close_month(another, books.collective, SEPTEMBER, now=now)
    assert set(queries.keepers(month)) == {books.wang.person, books.clerk.person}


def test_who_kept_a_month_and_joins_the_supervisory_committee_does_not_sign_it(
    books: Village, enter: Any, now: datetime
) -> None:
    enter(DAY, "付办公用品款", "513", "101", 12_000)
    actions.close_month(books.wang, books.collective, SEPTEMBER, now=now)
    successor = Appointment.objects.create(
        person=books.clerk.person, office="accountant", organization=books.collective, from_day=now.date()
    )
    Appointment.objects.filter(pk=books.wang.pk).update(until_day=now.date())
    draft = sheets.draft_sheet(successor, books.collective, SEPTEMBER, now=now)
    elected = Appointment.objects.create(
        person=books.wang.person,
        office="supervision_head",
        organization=books.supervision,
        from_day=now.date(),
    )
    with pytest.raises(NotAllowed) as refused:
        disclosure.sign(elected, draft, now=now)
    assert refused.value.code == "authority.same_person"
    assert "经办2026-09的账和审查签名不能由王芳一人兼办" in refused.value.zh
    assert disclosure.sign(books.zhao, draft, now=now)


def test_a_ledger_runs_over_sub_accounts(books: Village, enter: Any) -> None:
    enter(DAY, "收承包费", "102901", "501", 300)
    enter(date(2026, 9, 2), "付电费", "511", "102", 100)
    ledger = queries.ledger(books.collective.accounts.get(code="102"), SEPTEMBER)
    assert (ledger.opening, [r.balance for r in ledger.rows], ledger.closing) == (
        1_200_000,
        [1_199_900, 1_200_200],
        1_200_200,
    )
    trial = queries.trial_balance(books.collective, SEPTEMBER)
    assert sum(s.closing for s in trial.accounts) == sum(s.closing for s in trial.first_level) == 0
    assert {s.account.code: s.closing for s in trial.first_level}["102"] == 1_200_200


def test_first_open_and_last_closed(books: Village, enter: Any, now: datetime) -> None:
    assert (queries.first_open(books.collective), queries.last_closed(books.collective)) == (
        books.collective.months.get(),
        None,
    )
    actions.close_month(books.wang, books.collective, SEPTEMBER, nil=True, now=now)
    assert queries.first_open(books.collective) is None
    assert queries.last_closed(books.collective) == books.collective.months.get()
    (overview,) = queries.overview([books.collective])
    assert (overview.first_open, overview.last_published, overview.vouchers) == (None, None, 0)
