"""What is owed: made once by the clock, paid, taken back, given up only by a decision; never paid above what is owed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.conftest import lease
from cunwu.assets import actions, in_kind, receivables
from cunwu.assets.entries import DebtEntry, LetEntry, RentEntry
from cunwu.assets.models import MU, Asset, Receipt, Receivable
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry
from cunwu.procedures import matters
from cunwu.procedures.models import Matter

if TYPE_CHECKING:
    from conftest import Village

OWED = 600_000


@pytest.fixture
def owed(village: Village, assets: dict[str, Asset], now: datetime) -> Receivable:
    """6,000 yuan that 马国良 owed when the ledger was taken in."""
    entry = DebtEntry("马国良", "2024年塘租尾欠", OWED, date(2024, 3, 1))
    (made,) = receivables.register_receivables(village.clerk, village.collective, [entry], now=now)
    return made


def test_the_clock_makes_each_rent_once(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """Due each 1 March: made within thirty days of it, once, in the words of the contract; none of the years before."""
    actions.register_contracts(village.clerk, village.collective, [lease()], now=now)
    assert receivables.make_receivables(CLOCK, now=now) == 0
    february = datetime.fromisoformat("2027-01-31T00:10:00+08:00")
    assert receivables.make_receivables(CLOCK, now=february - timedelta(days=1)) == 0
    assert receivables.make_receivables(CLOCK, now=february) == 0  # the contract ends on that very day
    longer = lease("2022-02", until_day=date(2032, 3, 1), lets=())
    actions.register_contracts(village.clerk, village.collective, [longer], now=now)
    assert receivables.make_receivables(CLOCK, now=february) == 1
    assert receivables.make_receivables(CLOCK, now=february) == 0
    made = Receivable.objects.get()
    assert (made.due_day, made.amount, made.debtor) == (date(2027, 3, 1), 600_000, "马国良")
    assert made.limitation_day == date(2030, 3, 1)
    assert receivables.make_receivables(CLOCK, now=february + timedelta(days=366)) == 1


def test_rent_in_kind_waits_for_its_price(village: Village, assets: dict[str, Asset], now: datetime) -> None:
    """700 jin of rice a mu is no sum of money yet."""
    rice = RentEntry(date(2022, 11, 1), goods="稻谷", jin_per_mu=70_000)
    actions.register_contracts(village.clerk, village.collective, [lease(rents=(rice,))], now=now)
    assert receivables.make_receivables(CLOCK, now=now) == 0
    assert not Receivable.objects.exists()


def test_paying_in_parts(village: Village, owed: Receivable, now: datetime) -> None:
    """Two payments, the second too large by one fen: refused, and what was there stays."""
    receivables.receive(village.wang, owed, 200_000, date(2026, 10, 1), now=now)
    assert (owed.owed, owed.limitation_day) == (400_000, date(2029, 10, 1))
    with pytest.raises(NotReady) as refused:
        receivables.receive(village.wang, owed, 400_001, date(2026, 10, 2), now=now)
    assert refused.value.code == "receivable.overpaid"
    receivables.receive(village.wang, owed, 400_000, date(2026, 10, 2), now=now)
    assert owed.owed == 0
    assert AuditEntry.objects.filter(action="receivables.receive").count() == 2


@pytest.mark.parametrize(
    ("amount", "day", "code"),
    [(0, date(2026, 10, 1), "receipt.amount"), (1, date(2026, 10, 9), "receipt.day")],
)
def test_receipts_that_cannot_be(
    village: Village, owed: Receivable, now: datetime, amount: int, day: date, code: str
) -> None:
    """Nothing, or money of tomorrow."""
    with pytest.raises(Invalid) as refused:
        receivables.receive(village.wang, owed, amount, day, now=now)
    assert refused.value.code == code


def test_a_receipt_is_taken_back_once(village: Village, owed: Receivable, now: datetime) -> None:
    """By a negative one; the rows themselves are never changed."""
    receipt = receivables.receive(village.wang, owed, 200_000, date(2026, 10, 1), now=now)
    receivables.take_back(village.wang, receipt, now=now)
    owed.refresh_from_db()
    assert owed.owed == OWED
    with pytest.raises(NotReady) as refused:
        receivables.take_back(village.wang, receipt, now=now)
    assert refused.value.code == "receipt.taken_back"
    with pytest.raises(DatabaseError):
        Receipt.objects.filter(pk=receipt.pk).update(amount=1)


def test_only_a_decision_gives_a_claim_up(village: Village, owed: Receivable, now: datetime) -> None:
    """Not a matter under way; not by who received money for it; then as far as is owed."""
    matter = matters.open_matter(
        village.xiulan, village.committee, "lease_land", "核销尾欠", amount_fen=100, now=now
    )
    with pytest.raises(NotReady) as refused:
        receivables.write_off(village.clerk, owed, 100_000, matter, "对方去世，无遗产", now=now)
    assert refused.value.code == "receivable.decision_not_carried"
    Matter.objects.filter(pk=matter.pk).update(state="done", ended_at=now)
    matter.refresh_from_db()
    receivables.receive(village.wang, owed, 50_000, date(2026, 10, 1), now=now)
    with pytest.raises(NotAllowed) as same:
        receivables.write_off(village.wang, owed, 100_000, matter, "对方去世，无遗产", now=now)
    assert same.value.code == "authority.same_person"
    receivables.write_off(village.clerk, owed, 100_000, matter, "对方去世，无遗产", now=now)
    assert owed.owed == OWED - 150_000


def test_being_asked_lets_the_limitation_run_anew(village: Village, owed: Receivable, now: datetime) -> None:
    """From the day on which it happened, never backwards."""
    assert owed.limitation_day == date(2027, 3, 1)
    receivables.acknowledge(village.clerk, owed, date(2026, 9, 15), now=now)
    assert owed.limitation_day == date(2029, 9, 15)
    receivables.acknowledge(village.clerk, owed, date(2025, 1, 1), now=now)
    assert owed.limitation_day == date(2029, 9, 15)


def test_supervisors_do_not_collect(village: Village, owed: Receivable, now: datetime) -> None:
    """They look."""
    with pytest.raises(NotAllowed):
        receivables.receive(village.zhao, owed, 1, date(2026, 10, 1), now=now)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payments=st.lists(st.tuples(st.booleans(), st.integers(1, OWED)), max_size=12))
def test_what_is_owed_is_what_was_not_paid(
    village: Village, owed: Receivable, now: datetime, payments: list[tuple[bool, int]]
) -> None:
    """Whatever is paid and taken back in whatever order: owed = amount - receipts, never below zero."""
    entry = DebtEntry("甲", "乙", OWED, date(2026, 1, 1))
    (receivable,) = receivables.register_receivables(village.clerk, village.collective, [entry], now=now)
    taken: list[Receipt] = []
    for back, amount in payments:
        if back and taken:
            receivables.take_back(village.wang, taken.pop(), now=now)
        elif amount <= Receivable.objects.get(pk=receivable.pk).owed:
            taken.append(receivables.receive(village.wang, receivable, amount, now.date(), now=now))
    receivable.refresh_from_db()
    assert receivable.owed == OWED - sum(receivable.receipts.values_list("amount", flat=True)) >= 0


def test_rent_in_kind_is_owed_once_its_price_is_known(
    village: Village, assets: dict[str, Asset], now: datetime
) -> None:
    """700 jin of rice a mu on 12 mu at 1.38 yuan: 11,592 yuan, once, from whoever may and with a source."""
    rice = RentEntry(date(2022, 3, 1), goods="稻谷", jin_per_mu=70_000)
    (contract,) = actions.register_contracts(
        village.clerk, village.collective, [lease(rents=(rice,))], now=now
    )
    assert in_kind.unpriced(contract, now.date()) == [], "what fell due before the ledger is nobody's guess"
    longer = lease("2", rents=(rice,), until_day=date(2035, 3, 1), lets=(LetEntry("Z-01", 12 * MU),))
    (contract,) = actions.register_contracts(village.clerk, village.collective, [longer], now=now)
    march = now.replace(year=2027, month=3, day=5)
    (span,) = in_kind.unpriced(contract, march.date())
    assert span.due_day == date(2027, 3, 1)
    with pytest.raises(NotAllowed):
        in_kind.price_in_kind(village.zhao, contract, span.from_day, 138, "收购价", now=march)
    with pytest.raises(Invalid, match="从哪里来"):
        in_kind.price_in_kind(village.clerk, contract, span.from_day, 138, " ", now=march)
    with pytest.raises(NotReady):
        in_kind.price_in_kind(village.clerk, contract, date(2026, 3, 1), 138, "收购价", now=march)
    made = in_kind.price_in_kind(village.clerk, contract, span.from_day, 138, "县粮库收购价公告", now=march)
    assert (made.amount, made.due_day, made.debtor) == (1_159_200, date(2027, 3, 1), "马国良")
    assert in_kind.unpriced(contract, march.date()) == []
    with pytest.raises(NotReady):
        in_kind.price_in_kind(village.clerk, contract, span.from_day, 138, "收购价", now=march)
