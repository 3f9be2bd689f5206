"""What every account holds over a month: read where the month is closed, reckoned where it is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cunwu.books.accounts import accounts_of
from cunwu.books.models import Account, Month, Voucher
from cunwu.law.periods import Period
from cunwu.org.models import Organization
from cunwu.org.rows import select

_CLOSING = "SELECT account_id, closing FROM cunwu_balance WHERE month_id = %s"
_MOVED = """
    SELECT p.account_id, m.period, v.kind, SUM(p.debit), SUM(p.credit)
    FROM cunwu_month m
    JOIN cunwu_voucher v ON v.month_id = m.id
    JOIN cunwu_posting p ON p.voucher_id = v.id
    WHERE m.organization_id = %s AND m.period > %s AND m.period <= %s
    GROUP BY p.account_id, m.period, v.kind
"""


@dataclass(frozen=True)
class Standing:
    """An account over a month, fen, debit positive: opening + debit - credit = closing."""

    account: Account
    opening: int = 0
    debit: int = 0
    credit: int = 0

    @property
    def closing(self) -> int:
        """What it holds at the end of the month."""
        return self.opening + self.debit - self.credit


@dataclass
class _Sums:
    opening: int = 0
    debit: int = 0
    credit: int = 0


@dataclass
class _Reckoning:
    sums: dict[int, _Sums] = field(default_factory=dict)

    def of(self, account_id: int) -> _Sums:
        return self.sums.setdefault(account_id, _Sums())


def month_of(organization: Organization, period: Period) -> Month | None:
    """The month of the organization's books, or None where they do not reach it."""
    return organization.months.filter(period=str(period)).first()


def standings(organization: Organization, period: Period) -> list[Standing]:
    """Every account with an opening or a movement in the month, by code; opening vouchers count as opening.

    A closed month is read from what closing wrote. An open one is reckoned from the last closed month before it.
    """
    return standings_at(organization, period, month_of(organization, period))


def standings_at(organization: Organization, period: Period, month: Month | None) -> list[Standing]:
    """The same, with the month at hand (None where the books do not reach it)."""
    if month is not None and month.closed_at is not None:
        return written(month)
    before = organization.months.filter(period__lt=str(period), closed_at__isnull=False)
    return reckoned(organization, period, before.order_by("-period").first())


def written(month: Month) -> list[Standing]:
    """What closing wrote of a closed month, as `standings` has it."""
    rows = month.balances.select_related("account")
    return _sorted(Standing(row.account, row.opening, row.debit, row.credit) for row in rows)


def reckoned(organization: Organization, period: Period, last: Month | None) -> list[Standing]:
    """An open month as `standings` has it, from `last`, the last closed month before it (None: there is none)."""
    sums = _reckon(organization, str(period), last).sums
    accounts = accounts_of(organization)
    return _sorted(Standing(accounts[pk], s.opening, s.debit, s.credit) for pk, s in sums.items())


def _sorted(found: Iterable[Standing]) -> list[Standing]:
    kept = [s for s in found if s.opening or s.debit or s.credit]
    return sorted(kept, key=lambda s: s.account.code)


def _reckon(organization: Organization, period: str, last: Month | None) -> _Reckoning:
    reckoning = _Reckoning()
    if last is not None:
        for pk, closing in select(_CLOSING, last.pk):
            reckoning.of(pk).opening = closing
    after = last.period if last is not None else ""
    for pk, when, kind, debit, credit in select(_MOVED, organization.pk, after, period):
        sums = reckoning.of(pk)
        if when < period or kind == Voucher.Kind.OPENING:
            sums.opening += debit - credit
        else:
            sums.debit += debit
            sums.credit += credit
    return reckoning


def total_of(found: Iterable[Standing], *codes: str) -> int:
    """What the first-level accounts `codes` hold together at the end, fen, debit positive."""
    return sum(s.closing for s in found if s.account.first_level in codes)
