"""What the desk asks of the books: where they stand, a ledger, a trial balance. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from cunwu.books.balances import Standing, standings
from cunwu.books.models import Account, Month, Posting, Voucher
from cunwu.law.periods import Period
from cunwu.org.models import AuditEntry, Organization, Person


@dataclass(frozen=True)
class Overview:
    """Where an organization's books stand. `vouchers` counts those of the first open month."""

    organization: Organization
    first_open: Month | None
    last_closed: Month | None
    last_published: Month | None
    vouchers: int


@dataclass(frozen=True)
class LedgerRow:
    """A posting and what the account holds after it, fen, debit positive."""

    posting: Posting
    balance: int


@dataclass(frozen=True)
class Ledger:
    """明细账: an account with its sub-accounts over one month, fen, debit positive."""

    account: Account
    period: Period
    opening: int
    rows: tuple[LedgerRow, ...]

    @property
    def closing(self) -> int:
        """What it holds at the end."""
        return self.rows[-1].balance if self.rows else self.opening


@dataclass(frozen=True)
class TrialBalance:
    """科目余额表 of a month: the first-level accounts and every account, by code; each list adds up to zero."""

    first_level: tuple[Standing, ...]
    accounts: tuple[Standing, ...]


def first_open(organization: Organization) -> Month | None:
    """The earliest open month, which is the next to be closed."""
    return organization.months.filter(closed_at=None).order_by("period").first()


def last_closed(organization: Organization) -> Month | None:
    """The latest closed month: the only one that can be re-opened, if it is not published."""
    return organization.months.filter(closed_at__isnull=False).order_by("-period").first()


def keepers(month: Month) -> list[Person]:
    """Who kept the month's books, by what the audit and the imports say: who took in or entered its vouchers, closed
    or re-opened it, compared it with the bank. Two queries."""
    by_hand = month.vouchers.filter(source=None).values_list("public_id", flat=True)
    targets = [f"month:{month.organization.public_id}:{month.period}", *(f"voucher:{v}" for v in by_hand)]
    acted = AuditEntry.objects.filter(target__in=targets, action__startswith="books.").values("actor")
    taken_in = month.vouchers.exclude(source=None).values("source__by")
    concerned = Q(appointments__in=acted) | Q(appointments__in=taken_in)
    return list(Person.objects.filter(concerned).distinct())


def overview(organizations: Sequence[Organization]) -> list[Overview]:
    """Where the books of many organizations stand, in one query for any number of them."""
    business = Q(vouchers__kind__in=(Voucher.Kind.ORDINARY, Voucher.Kind.REVERSAL))
    months = (
        Month.objects.filter(organization__in=organizations)
        .annotate(voucher_count=Count("vouchers", filter=business))
        .order_by("period")
    )
    by_organization: dict[int, list[Month]] = {}
    counts: dict[int, int] = {}
    for month in months:
        by_organization.setdefault(month.organization_id, []).append(month)
        counts[month.pk] = month.voucher_count
    return [_overview(o, by_organization.get(o.pk, []), counts) for o in organizations]


def ledger(account: Account, period: Period) -> Ledger:
    """The account's postings of a month in order, those of its sub-accounts with them, and the running balance."""
    organization = account.organization
    ids = {a.pk for a in organization.accounts.filter(code__startswith=account.code)}
    opening = sum(s.opening for s in standings(organization, period) if s.account.pk in ids)
    postings = (
        Posting.objects.filter(
            account__in=ids, voucher__month__organization=organization, voucher__month__period=str(period)
        )
        .exclude(voucher__kind=Voucher.Kind.OPENING)
        .select_related("voucher", "account")
        .order_by("voucher__day", "voucher__word", "voucher__number", "line")
    )
    rows: list[LedgerRow] = []
    balance = opening
    for posting in postings:
        balance += posting.debit - posting.credit
        rows.append(LedgerRow(posting, balance))
    return Ledger(account, period, opening, tuple(rows))


def trial_balance(organization: Organization, period: Period) -> TrialBalance:
    """Every account that has an opening or moved in the month, rolled up to the first level and one by one."""
    found = standings(organization, period)
    heads = {a.code: a for a in organization.accounts.filter(parent=None)}
    sums: dict[str, list[int]] = {}
    for s in found:
        held = sums.setdefault(s.account.first_level, [0, 0, 0])
        held[0], held[1], held[2] = held[0] + s.opening, held[1] + s.debit, held[2] + s.credit
    return TrialBalance(
        tuple(Standing(heads[code], *three) for code, three in sorted(sums.items())), tuple(found)
    )


def _overview(organization: Organization, months: Sequence[Month], counts: dict[int, int]) -> Overview:
    still_open = next((m for m in months if m.closed_at is None), None)
    closed = [m for m in months if m.closed_at is not None]
    published = [m for m in closed if m.publication_id is not None]
    return Overview(
        organization,
        still_open,
        closed[-1] if closed else None,
        published[-1] if published else None,
        counts[still_open.pk] if still_open else 0,
    )
