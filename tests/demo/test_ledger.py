"""Invented ledgers: balanced, in their month, the same every time, and readable by the importer."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cunwu.demo import ledger, names, workbooks
from cunwu.documents import redaction
from cunwu.documents.headers import recognise
from cunwu.documents.tables import read_tables
from cunwu.law.periods import Period

VILLAGES = [name for town in names.TOWNS for name, _ in town.villages]
SIGNERS = ("周小雨", "王秀兰", "孙梅")
months = st.builds(Period, st.just("month"), st.integers(2024, 2030), st.integers(1, 12))
villages = st.sampled_from(VILLAGES)


@given(villages, months)
def test_every_voucher_balances_and_lies_in_its_month(name: str, period: Period) -> None:
    entries = ledger.vouchers(ledger.profile(name, SIGNERS), period)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert sorted(entry.day for entry in entries) == [entry.day for entry in entries]
    for entry in entries:
        assert entry.day in period
        assert sum(p.debit for p in entry.postings) == sum(p.credit for p in entry.postings) > 0


@given(villages)
def test_opening_balances_come_to_zero(name: str) -> None:
    opening = ledger.opening(ledger.profile(name, SIGNERS))
    assert sum(opening.values()) == 0
    assert opening[ledger.BANK] > 0


@given(villages, months)
def test_the_same_village_and_month_are_always_the_same(name: str, period: Period) -> None:
    profile = ledger.profile(name, SIGNERS)
    assert ledger.vouchers(profile, period) == ledger.vouchers(ledger.profile(name, SIGNERS), period)


@given(villages)
def test_no_village_runs_out_of_money_in_three_years(name: str) -> None:
    profile = ledger.profile(name, SIGNERS)
    held = dict(ledger.opening(profile))
    for number in range(36):
        for entry in ledger.vouchers(profile, Period("month", 2024, 10).shifted(number)):
            for posting in entry.postings:
                held[posting.account] = held.get(posting.account, 0) + posting.debit - posting.credit
    assert held[ledger.CASH] >= 0
    assert held[ledger.BANK] >= 0


@given(villages, months)
def test_nothing_in_it_looks_like_a_number_that_must_not_be_published(name: str, period: Period) -> None:
    for entry in ledger.vouchers(ledger.profile(name, SIGNERS), period):
        for posting in entry.postings:
            assert all(hit.overrulable for hit in redaction.scan(posting.summary, "摘要"))


def test_both_kinds_of_file_are_recognised() -> None:
    entries = ledger.vouchers(ledger.profile("云溪村", SIGNERS), Period("month", 2026, 10))
    for data, name in (
        (workbooks.as_csv(entries), "凭证.csv"),
        (workbooks.as_workbook("云溪村2026年10月记账凭证", entries), "凭证.xlsx"),
    ):
        (table,) = read_tables(data, name)
        assert recognise(table, "vouchers").missing() == ()


def test_names_are_names() -> None:
    random = Random(1)  # noqa: S311  (invented names, no secret)
    assert all(2 <= len(names.person_name(random)) <= 3 for _ in range(500))
    assert len(VILLAGES) == len(set(VILLAGES)) == 30
    assert all(town.code.startswith(names.COUNTY[0]) for town in names.TOWNS)
