"""What the books know of a payment before it is made."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from cunwu.books.budget import money_held, within_budget
from cunwu.law.procedures import Basis, GuardRule
from cunwu.org.authority import rules
from cunwu.procedures.guards import Facts

if TYPE_CHECKING:
    from conftest import Village

GUARD = GuardRule(
    kind="higher_room",
    shares=(),
    days=None,
    line=None,
    count=None,
    persons=None,
    others=(),
    observer=None,
    name="budget",
    basis=Basis(zh="《财务制度》", en="Financial rules", confidence="ours"),
)
HELD = 1_250_000


@pytest.mark.parametrize(
    ("amount", "decided", "says"),
    [
        (None, 500, "没有写明"),
        (500, None, "没有写明"),
        (501, 500, "超过决定的5.00元"),
        (HELD + 1, HELD + 1, "共12,500.00元"),
        (HELD, HELD, None),
    ],
)
def test_a_payment_is_measured_by_the_decision_and_by_the_money(
    books: Village, amount: int | None, decided: int | None, says: str | None
) -> None:
    facts = Facts(
        today=date(2026, 10, 8),
        calendar=rules().calendar,
        amount_fen=amount,
        decided_fen=decided,
        organization=books.committee.pk,
    )
    refused = within_budget(facts, GUARD)
    assert (refused is None) == (says is None)
    if refused is not None and says is not None:
        assert (refused.code, refused.basis) == ("guard.budget", "《财务制度》")
        assert says in refused.zh


def test_where_nobody_keeps_books_no_money_is_known(village: Village) -> None:
    assert money_held(village.committee) is None
