"""Reading the ledgers: what an organization holds, has agreed and is owed. A fixed number of queries, whatever the length."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from cunwu.assets.models import Asset, Contract, ContractParty, Let, Receivable
from cunwu.org.authority import rules
from cunwu.org.models import Organization

OWED = F("amount") - F("received") - F("written_off")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an organization owns, in sum: pieces, how many of them are let, idle or used by itself, millionths of a mu, fen."""

    count: int
    let: int
    idle: int
    self_used: int
    area: int
    idle_area: int
    value: int


@dataclass(frozen=True, slots=True)
class Owing:
    """What is owed, fen: all of it, what is past its day, and from how many debts."""

    owed: int
    overdue: int
    count: int
    overdue_count: int


def runs_on(day: date, prefix: str = "") -> Q:
    """Contracts that run on `day` by their own terms and that no act ended, as `Contract.runs_on`."""
    return (
        (Q(**{f"{prefix}from_day": None}) | Q(**{f"{prefix}from_day__lte": day}))
        & (Q(**{f"{prefix}until_day": None}) | Q(**{f"{prefix}until_day__gt": day}))
        & (Q(**{f"{prefix}ended_day": None}) | Q(**{f"{prefix}ended_day__gt": day}))
    )


def assets_of(organization: Organization, today: date) -> QuerySet[Asset]:
    """What it owns today, each with `is_let`: whether a contract about it runs."""
    running = Let.objects.filter(runs_on(today, "contract__"), asset=OuterRef("pk"))
    held = Q(until_day=None) | Q(until_day__gt=today)
    return Asset.objects.filter(held, organization=organization).annotate(is_let=Exists(running))


def in_state(assets: QuerySet[Asset], state: str) -> QuerySet[Asset]:
    """Those that are "let", "idle" or "self_used"; all of them for any other word."""
    states = {
        "let": Q(is_let=True),
        "idle": Q(is_let=False, self_used=False),
        "self_used": Q(is_let=False, self_used=True),
    }
    return assets.filter(states.get(state, Q()))


def holdings(assets: QuerySet[Asset]) -> Holdings:
    """The sums over what `assets_of` found: one query."""
    idle = Q(is_let=False, self_used=False)
    sums = assets.aggregate(
        count_=Count("pk"),
        let_=Count("pk", filter=Q(is_let=True)),
        idle_=Count("pk", filter=idle),
        self_used_=Count("pk", filter=Q(is_let=False, self_used=True)),
        area_=Sum("area"),
        idle_area_=Sum("area", filter=idle),
        value_=Sum("value"),
    )
    return Holdings(**{name.removesuffix("_"): value or 0 for name, value in sums.items()})


def contracts_of(organization: Organization) -> QuerySet[Contract]:
    """Its contracts, each with what is still owed under it as `owed` where anything is."""
    return (
        Contract.objects.filter(organization=organization)
        .annotate(
            owed=Sum(F("receivables__amount") - F("receivables__received") - F("receivables__written_off"))
        )
        .prefetch_related("parties", "rents")
    )


def contracts_in_state(contracts: QuerySet[Contract], state: str, today: date) -> QuerySet[Contract]:
    """Those that are "running", "ending" within the days of `contract_expiry_days`, "expired" and not dealt with, "ended"
    or without a paper ("unwritten"); all of them for any other word."""
    if state == "running":
        return contracts.filter(runs_on(today))
    if state == "ending":
        by = today + timedelta(days=rules().days("contract_expiry_days", today))
        return contracts.filter(runs_on(today), until_day__lte=by)
    if state == "expired":
        return contracts.filter(until_day__lte=today, ended_day=None)
    if state == "ended":
        return contracts.filter(ended_day__lte=today)
    if state == "unwritten":
        return contracts.filter(written=False)
    return contracts


def naming(contracts: QuerySet[Contract], word: str) -> QuerySet[Contract]:
    """Those whose number, title or another side has `word` in it."""
    if not word:
        return contracts
    named = ContractParty.objects.filter(contract=OuterRef("pk"), name__icontains=word)
    return contracts.filter(Q(number__icontains=word) | Q(title__icontains=word) | Exists(named))


def receivables_of(organization: Organization) -> QuerySet[Receivable]:
    """What it is and was owed, each with `left`: fen still owed."""
    return Receivable.objects.filter(organization=organization).annotate(left=OWED).select_related("contract")


def receivables_in_state(receivables: QuerySet[Receivable], state: str, today: date) -> QuerySet[Receivable]:
    """Those that are "open", "overdue" or "settled"; all of them for any other word."""
    states = {
        "open": Q(left__gt=0),
        "overdue": Q(left__gt=0, due_day__lt=today),
        "settled": Q(left=0),
    }
    return receivables.filter(states.get(state, Q()))


def owing(receivables: QuerySet[Receivable], today: date) -> Owing:
    """The sums over what `receivables_of` found: one query."""
    late = Q(due_day__lt=today, left__gt=0)
    sums = receivables.aggregate(
        owed=Sum("left"),
        overdue=Sum("left", filter=late),
        count=Count("pk", filter=Q(left__gt=0)),
        overdue_count=Count("pk", filter=late),
    )
    return Owing(**{name: value or 0 for name, value in sums.items()})
