"""The approval ladder for spending: more signatures the larger the sum, one person on one rung, and no more than there is."""

from __future__ import annotations

from datetime import datetime

import pytest

from cunwu.books import actions as books
from cunwu.errors import Refused
from cunwu.law.periods import Period
from cunwu.procedures import matters
from cunwu.procedures.matters import Done
from cunwu.procedures.models import Matter, Step
from procedures.conftest import Hall, current

SEPTEMBER = Period("month", 2026, 9)


@pytest.fixture
def payers(hall: Hall, now: datetime) -> Hall:
    """钱进 handles, 马丽 pays; the collective's books hold 6,000 yuan."""
    hall.officers["钱进"] = hall.appoint("钱进", "committee_member", hall.village.committee)
    hall.officers["马丽"] = hall.appoint("马丽", "cashier", hall.village.committee)
    opening = {"101": 100_000, "102": 500_000, "322": -600_000}
    books.open_books(hall.village.wang, hall.village.collective, SEPTEMBER, opening, now=now)
    return hall


def spend(hall: Hall, fen: int, now: datetime) -> Matter:
    """A matter of spending by the committee."""
    return matters.open_matter(
        hall.village.xiulan,
        hall.village.committee,
        "approve_spending",
        "修理水泵",
        amount_fen=fen,
        now=now,
    )


def names_of(matter: Matter, state: str) -> list[str]:
    """The steps in that state."""
    return list(matter.steps.filter(state=state).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("fen", "skipped"),
    [
        (20_000, ["countersign", "committees", "representatives", "township_review", "voucher_check"]),
        (80_000, ["committees", "representatives", "township_review"]),
        (600_000, ["representatives", "township_review"]),
        (6_000_000, []),
    ],
)
def test_a_larger_sum_climbs_higher(hall: Hall, now: datetime, fen: int, skipped: list[str]) -> None:
    assert names_of(spend(hall, fen, now), "skipped") == skipped


def to_the_payment(hall: Hall, matter: Matter, now: datetime) -> Step:
    """Everything before it, each rung by another person."""
    hall.take(hall.officers["钱进"], current(matter), now)
    hall.take(hall.village.xiulan, current(matter), now)
    hall.take(hall.village.li, current(matter), now)
    hall.take(hall.village.zhao, current(matter), now)
    assert current(matter).name == "pay"
    return current(matter)


def refusal(hall: Hall, step: Step, fen: int, now: datetime) -> Refused:
    """Why 马丽 may not pay that much."""
    done = Done(now.date(), amount_fen=fen, reference="转字12号")
    with pytest.raises(Refused) as refused:
        matters.take(hall.officers["马丽"], step, done, now=now)
    return refused.value


def test_nobody_stands_on_two_rungs(payers: Hall, now: datetime) -> None:
    matter = spend(payers, 80_000, now)
    payers.take(payers.officers["钱进"], current(matter), now)
    payers.take(payers.village.xiulan, current(matter), now)
    both = payers.appoint("王秀兰二", "party_committee_member", payers.village.party)
    both.person = payers.village.xiulan.person
    both.save()
    with pytest.raises(Refused) as refused:
        matters.take(both, current(matter), Done(now.date()), now=now)
    assert refused.value.code == "guard.separation"
    assert "负责人审批" in refused.value.zh


def test_no_more_is_paid_than_was_decided_or_is_there(payers: Hall, now: datetime) -> None:
    step = to_the_payment(payers, spend(payers, 80_000, now), now)
    payers.attach(payers.officers["马丽"], step, now)
    over = refusal(payers, step, 80_100, now)
    assert over.code == "guard.budget"
    assert "付款801.00元，超过决定的800.00元" in over.zh
    payers.take(payers.officers["马丽"], step, now, amount_fen=80_000, reference="转字12号")
    assert Step.objects.get(pk=step.pk).state == "done"


def test_money_that_is_not_there_is_not_paid(payers: Hall, now: datetime) -> None:
    matter = spend(payers, 20_000, now)
    payers.take(payers.officers["钱进"], current(matter), now)
    payers.take(payers.village.xiulan, current(matter), now)
    step = current(matter)
    payers.attach(payers.officers["马丽"], step, now)
    books.enter_voucher(payers.village.wang, payers.village.collective, _all_gone(now), now=now)
    empty = refusal(payers, step, 20_000, now)
    assert (empty.code, "账上现金和银行存款共0.00元" in empty.zh) == ("guard.budget", True)


def _all_gone(now: datetime) -> books.VoucherEntry:
    day = now.date().replace(month=9, day=20)
    lines = (
        books.PostingEntry("322", "提取", debit=600_000),
        books.PostingEntry("102", "提取", credit=500_000),
        books.PostingEntry("101", "提取", credit=100_000),
    )
    return books.VoucherEntry(day, lines)
