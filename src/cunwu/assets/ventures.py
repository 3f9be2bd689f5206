"""Co-operatives and companies in which the collective has a stake: whose shares they are, what they distribute, their end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from cunwu.assets.models import Dividend, Holding, Venture
from cunwu.documents import redaction
from cunwu.errors import Invalid, NotReady
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.identifiers import check_credit_code
from cunwu.org.models import Appointment, Organization

KEEP = "assets.keep"
FEN_OF_ROUNDING = 100
"""Fen by which the collective's part may differ from its share: dividends are paid in whole yuan."""


@dataclass(frozen=True)
class HoldingEntry:
    """What a kind of holder has: how many they are, their shares, fen paid in or the value brought in."""

    shares: int
    contribution: int
    holders: int = 1


@dataclass(frozen=True)
class VentureEntry:
    """A venture as stated; `holdings` by kind of holder (keys of `Holding.Holder`)."""

    kind: str
    name: str
    from_day: date
    holdings: Mapping[str, HoldingEntry] = field(default_factory=dict)
    lead: Organization | None = None
    credit_code: str = ""
    product: str = ""


@dataclass(frozen=True)
class DividendEntry:
    """What was distributed for a year, fen, and the day; `why` where the collective's part is not its share."""

    year: int
    total: int
    to_collective: int
    day: date
    why: str = ""


def register_venture(
    actor: Appointment, organization: Organization, entry: VentureEntry, *, now: datetime
) -> Venture:
    """Register a co-operative or company with its shares; residents are counted together, never listed.

    Side effects in order: the venture, its holdings, the audit. Raises NotAllowed; NotReady `venture.name_taken`; Invalid
    `venture.kind`, `venture.no_name`, `venture.holdings`, `venture.lead`, `credit_code.*`, `redaction.*`.
    """
    require(actor, KEEP, organization, now)
    _check(entry, organization)
    code = check_credit_code(entry.credit_code) if entry.credit_code else ""
    try:
        with transaction.atomic():
            venture = Venture.objects.create(
                organization=organization,
                kind=entry.kind,
                name=entry.name.strip(),
                lead=entry.lead,
                credit_code=code,
                product=entry.product.strip()[:60],
                from_day=entry.from_day,
                registered_at=now,
            )
            Holding.objects.bulk_create(
                Holding(
                    venture=venture,
                    holder=holder,
                    holders=held.holders,
                    shares=held.shares,
                    contribution=held.contribution,
                )
                for holder, held in entry.holdings.items()
            )
            _record(actor, "register", venture, now)
    except IntegrityError as taken:
        raise NotReady(
            "venture.name_taken",
            f"“{entry.name.strip()}”已经登记过；请打开那一个，或者核对名称。",
            f"“{entry.name.strip()}” is registered already; open it, or check the name.",
        ) from taken
    return venture


def stake_of(venture: Venture) -> tuple[int, int]:
    """The collective's shares, and all shares."""
    held = dict(venture.holdings.values_list("holder", "shares"))
    return held.get(Holding.Holder.COLLECTIVE, 0), sum(held.values())


def record_dividend(
    actor: Appointment, venture: Venture, stated: DividendEntry, *, now: datetime
) -> Dividend:
    """Record what was distributed for a year. Where the collective's part is not its share, `stated.why` says so.

    Side effects in order: the dividend, the audit with the reason. Raises NotAllowed; NotReady `venture.year_taken`;
    Invalid `venture.dividend`, `venture.day`, `venture.not_the_share`, `redaction.*`.
    """
    require(actor, KEEP, venture.organization, now)
    _check_dividend(venture, stated, local_day(now))
    try:
        with transaction.atomic():
            made = Dividend.objects.create(
                venture=venture,
                year=stated.year,
                total=stated.total,
                to_collective=stated.to_collective,
                day=stated.day,
            )
            told = {"year": stated.year, "total": stated.total, "to_collective": stated.to_collective}
            _record(actor, "dividend", venture, now, **told, why=stated.why.strip())
    except IntegrityError as taken:
        raise NotReady(
            "venture.year_taken",
            f"{stated.year}年度的分红已经登记过。",
            f"The dividend for {stated.year} is recorded already.",
        ) from taken
    return made


def _check_dividend(venture: Venture, stated: DividendEntry, today: date) -> None:
    redaction.require_no_numbers(stated.why)
    if stated.total <= 0 or not 0 <= stated.to_collective <= stated.total:
        raise Invalid(
            "venture.dividend",
            "分红总额要大于零，村集体所得不能超过总额。",
            "The total must be above zero, and the collective's part no more than it.",
        )
    if not venture.from_day <= stated.day <= today or stated.day.year < stated.year:
        raise Invalid(
            "venture.day",
            "分红日期不能早于成立和分红年度，也不能晚于今天。",
            "The day can be neither before it was founded or the year itself, nor after today.",
        )
    mine, every = stake_of(venture)
    due = stated.total * mine // every if every else 0
    if abs(stated.to_collective - due) > FEN_OF_ROUNDING and not stated.why.strip():
        raise Invalid(
            "venture.not_the_share",
            f"按股份（{mine}/{every}）村集体应得{due / 100:,.2f}元，与所填不符；请核对，或者写明原因。",
            f"By its shares ({mine} of {every}) the collective is due {due / 100:,.2f} yuan; check it, or say why.",
        )


def end_venture(actor: Appointment, venture: Venture, day: date, *, now: datetime) -> Venture:
    """Record that from `day` on it no longer is, or the collective left. Raises NotAllowed; NotReady `venture.ended`; Invalid
    `venture.end_day`."""
    require(actor, KEEP, venture.organization, now)
    if venture.until_day is not None:
        raise NotReady(
            "venture.ended",
            f"“{venture.name}”已在{venture.until_day}注销或者退出。",
            f"“{venture.name}” ended on {venture.until_day} already.",
        )
    if not venture.from_day < day <= local_day(now):
        raise Invalid(
            "venture.end_day",
            "注销或者退出的日期要在成立之后，不能晚于今天。",
            "It ends after it was founded, and not after today.",
        )
    with transaction.atomic():
        venture.until_day = day
        venture.save(update_fields=["until_day"])
        _record(actor, "end", venture, now)
    return venture


def _check(entry: VentureEntry, organization: Organization) -> None:
    if entry.kind not in Venture.Kind.values:
        raise Invalid("venture.kind", "请选择合作社、公司等类别。", "Choose what kind of body it is.")
    if not entry.name.strip():
        raise Invalid("venture.no_name", "请写明名称。", "Give its name.")
    redaction.require_no_numbers(f"{entry.name}\n{entry.product}")
    held = entry.holdings
    if (
        Holding.Holder.COLLECTIVE not in held
        or set(held) - set(Holding.Holder.values)
        or any(each.shares <= 0 or each.contribution < 0 or each.holders <= 0 for each in held.values())
    ):
        raise Invalid(
            "venture.holdings",
            "请填写村集体的股份；填写的每一类股东，户数和股份都要大于零。",
            "State the collective's shares; of every kind of holder that is stated, number and shares must be above zero.",
        )
    if entry.lead is not None and entry.lead.kind != Organization.Kind.PARTY:
        raise Invalid(
            "venture.lead",
            f"{entry.lead.name_zh}不是党组织，不能登记为领办的党组织。",
            f"{entry.lead.name('en')} is no Party organization and cannot be the one that leads it.",
        )
    if entry.lead is not None and not entry.lead.place.contains(organization.place):
        raise Invalid(
            "venture.lead",
            f"{entry.lead.name_zh}是别处的党组织。",
            f"{entry.lead.name('en')} belongs elsewhere.",
        )


def _record(actor: Appointment, verb: str, venture: Venture, now: datetime, **details: Any) -> None:
    audit.record(
        actor,
        f"ventures.{verb}",
        f"venture:{venture.public_id}",
        now=now,
        organization=venture.organization,
        **details,
    )
