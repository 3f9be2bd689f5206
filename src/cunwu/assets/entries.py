"""What somebody states about an asset or a contract, and what is wrong with it: the same checks for a form and a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cunwu.assets.models import Asset, Contract, ContractParty
from cunwu.documents import redaction
from cunwu.errors import Invalid
from cunwu.org.identifiers import check_credit_code, check_identity_number

FARM_KINDS = frozenset(
    {
        Asset.Kind.FARMLAND,
        Asset.Kind.RESERVE_LAND,
        Asset.Kind.SURPLUS_LAND,
        Asset.Kind.ORCHARD,
        Asset.Kind.FOREST,
        Asset.Kind.GRASSLAND,
        Asset.Kind.FOUR_WASTES,
    }
)
"""Kinds of asset that are agricultural land."""
_ASSET_KINDS, _CONTRACT_KINDS = frozenset(Asset.Kind.values), frozenset(Contract.Kind.values)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an entry. `field` names the field of the entry, so that a file's reader finds the cell.

    A "fault" keeps the entry out; a "warning" is said and taken in.
    """

    code: str
    zh: str
    en: str
    field: str
    severity: Literal["fault", "warning"] = "fault"


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """An asset as stated. `area` is millionths of a mu, `value` fen, `capacity` watts."""

    number: str
    name: str
    kind: str
    location: str = ""
    area: int | None = None
    value: int | None = None
    capacity: int | None = None
    self_used: bool = False
    from_day: date | None = None


@dataclass(frozen=True, slots=True)
class PartyEntry:
    """One party as stated; `identity` is a number in clear, sealed when it is written; `person` the key of somebody who is
    known here already, and needs no number."""

    name: str
    kind: str = ContractParty.Kind.PERSON
    role: str = ContractParty.Role.OTHER_SIDE
    identity: str = ""
    credit_code: str = ""
    member: bool | None = None
    per_mille: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class LetEntry:
    """What is let: the number of a registered asset; areas in millionths of a mu."""

    asset: str
    area: int | None = None
    measured: int | None = None


@dataclass(frozen=True, slots=True)
class RentEntry:
    """What is owed from a day on: fen each time, or hundredths of a jin for each mu of some goods."""

    from_day: date
    until_day: date | None = None
    every: str = "year"
    amount: int | None = None
    goods: str = ""
    jin_per_mu: int | None = None
    due_month: int | None = None
    due_day: int | None = None


@dataclass(frozen=True, slots=True)
class TradeEntry:
    """An open trade, fen."""

    venue: str
    day: date
    price: int
    floor: int | None = None
    bids: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ContractEntry:
    """A contract as stated; what is blank was not stated. The fields are those of `Contract`, where they are explained."""

    number: str
    title: str
    kind: str
    parties: tuple[PartyEntry, ...] = ()
    lets: tuple[LetEntry, ...] = ()
    rents: tuple[RentEntry, ...] = ()
    trade: TradeEntry | None = None
    direction: str = Contract.Direction.RECEIVES
    signed_day: date | None = None
    from_day: date | None = None
    until_day: date | None = None
    open_ended: bool = False
    term_as_written: str = ""
    rent_as_written: str = ""
    written: bool | None = None
    use: str = ""
    actual_use: str = ""
    breach_terms: bool | None = None
    increase_terms: bool | None = None
    pays_at_end: bool | None = None
    sublet: str = Contract.Sublet.NONE
    deposit: int | None = None
    prepaid_months: int = 0
    total: int | None = None
    valuation: int | None = None
    decision_day: date | None = None
    decision_note: str = ""
    in_favour: int | None = None
    entitled: int | None = None
    approved_day: date | None = None
    in_use_after: bool | None = None
    source_row: int | None = None


@dataclass(frozen=True, slots=True)
class DebtEntry:
    """What somebody owes already, fen; `contract` the key of a contract of the same organization."""

    debtor: str
    title: str
    amount: int
    due_day: date
    contract: int | None = None


def problems_of_debt(entry: DebtEntry) -> Iterator[Problem]:
    """What is wrong with a debt as stated."""
    if entry.amount <= 0:
        yield Problem("receivable.amount", "应收金额要大于零。", "What is owed must be above zero.", "amount")
    if not entry.debtor.strip() or not entry.title.strip():
        yield Problem(
            "receivable.no_debtor",
            "请写明谁欠、欠的是什么。",
            "Say who owes it and what it is for.",
            "debtor",
        )
    yield from _no_numbers_within(("title", entry.title), ("parties", entry.debtor))


def problems_of_asset(entry: AssetEntry) -> Iterator[Problem]:
    """What is wrong with an asset as stated."""
    if not entry.number.strip():
        yield Problem("asset.no_number", "没有编号，请补上。", "It has no number; add one.", "number")
    if not entry.name.strip():
        yield Problem("asset.no_name", "没有名称，请补上。", "It has no name; add one.", "name")
    if entry.kind not in _ASSET_KINDS:
        yield Problem(
            "asset.kind", f"没有“{entry.kind}”这类资产。", f"No kind of asset {entry.kind}.", "kind"
        )
    if entry.area is not None and entry.area <= 0:
        yield Problem("asset.area", "面积要大于零。", "The area must be above zero.", "area")
    if entry.value is not None and entry.value < 0:
        yield Problem("asset.value", "价值不能是负数。", "A value cannot be negative.", "value")
    yield from _no_numbers_within(("name", entry.name), ("location", entry.location))


def problems_of_contract(entry: ContractEntry) -> Iterator[Problem]:
    """What is wrong with a contract as stated by itself; what collides with others is `contracts.collisions`."""
    if not entry.number.strip():
        yield Problem("contract.no_number", "没有合同编号，请补上。", "It has no number; add one.", "number")
    if not entry.title.strip():
        yield Problem("contract.no_title", "没有合同名称，请补上。", "It has no title; add one.", "title")
    if entry.kind not in _CONTRACT_KINDS:
        yield Problem(
            "contract.kind", f"没有“{entry.kind}”这类合同。", f"No kind of contract {entry.kind}.", "kind"
        )
    yield from _of_the_term(entry)
    yield from _of_the_parties(entry)
    yield from _of_the_rent(entry)
    if entry.in_favour is not None and entry.entitled is not None and entry.in_favour > entry.entitled:
        yield Problem(
            "contract.votes",
            f"同意{entry.in_favour}人，多于应到{entry.entitled}人。",
            f"{entry.in_favour} in favour, but only {entry.entitled} might vote.",
            "in_favour",
        )
    yield from _no_numbers_within(
        ("title", entry.title),
        ("use", entry.use),
        ("rent_as_written", entry.rent_as_written),
        ("parties", "、".join(party.name for party in entry.parties)),
    )


def require_sound(problems: Iterable[Problem], what: str) -> None:
    """Raises Invalid with the first fault's code and a sentence that says how many there are; warnings pass."""
    faults = [p for p in problems if p.severity == "fault"]
    if not faults:
        return
    what = redaction.masked(what)
    more_zh = f"（共{len(faults)}处）" if len(faults) > 1 else ""
    more_en = f" ({len(faults)} faults in all)" if len(faults) > 1 else ""
    raise Invalid(faults[0].code, f"{what}：{faults[0].zh}{more_zh}", f"{what}: {faults[0].en}{more_en}")


def _of_the_term(entry: ContractEntry) -> Iterator[Problem]:
    if entry.from_day and entry.until_day and entry.until_day <= entry.from_day:
        yield Problem(
            "contract.ends_before_it_begins",
            f"合同{entry.from_day}开始，却在{entry.until_day}之前就结束；请核对起止日期。",
            f"It begins on {entry.from_day} but ends before {entry.until_day}; check both days.",
            "until_day",
        )
    if entry.open_ended and entry.until_day is not None:
        yield Problem(
            "contract.open_and_ended",
            "既写“长期”，又写了到期日；请只留一项。",
            "It is open-ended and has a last day; keep one.",
            "until_day",
        )


def _of_the_parties(entry: ContractEntry) -> Iterator[Problem]:
    others = [p for p in entry.parties if p.role != ContractParty.Role.COLLECTIVE]
    if not any(p.name.strip() for p in others):
        yield Problem(
            "contract.no_party",
            "没有写对方是谁，请补上。",
            "It does not say who the other side is.",
            "parties",
        )
    if sum(p.per_mille or 0 for p in entry.parties) > 1000:
        yield Problem(
            "contract.shares",
            "各方分成合计超过百分之百。",
            "The parties' shares exceed the whole.",
            "parties",
        )
    for party in others:
        yield from _of_a_party(party)


def _of_a_party(party: PartyEntry) -> Iterator[Problem]:
    for text, check, field_ in (
        (party.identity, check_identity_number, "identity"),
        (party.credit_code, check_credit_code, "credit_code"),
    ):
        try:
            if text:
                check(text)
        except Invalid as wrong:
            yield Problem(wrong.code, wrong.zh, wrong.en, field_)
    if not party.identity and not party.credit_code and party.person is None:
        yield Problem(
            "contract.party_without_number",
            f"{party.name}没有证件号码或统一社会信用代码；可以先登记，请尽快补齐。",
            f"{party.name} has neither an identity number nor a credit code; it is taken in, add one soon.",
            "identity",
            "warning",
        )


LARGEST_RENT = 10**11
"""Fen a period: a thousand million yuan. Above it somebody mistook the unit."""


def _of_the_rent(entry: ContractEntry) -> Iterator[Problem]:
    for rent in entry.rents:
        if (rent.amount is None) == (rent.jin_per_mu is None):
            yield Problem(
                "contract.rent_twofold",
                "租金要么写金额，要么写实物，不能两样都写或都不写。",
                "Rent is in money or in kind, one of the two.",
                "rents",
            )
        if rent.amount is not None and not 0 < rent.amount < LARGEST_RENT:
            yield Problem(
                "contract.rent_out_of_range",
                "租金金额不合常理（不大于零，或超过十亿元）；请核对单位是元还是万元。",
                "The rent is not above zero or exceeds a thousand million yuan; check the unit (yuan or 10,000 yuan).",
                "rents",
            )
    if len({rent.from_day for rent in entry.rents}) < len(entry.rents):
        yield Problem(
            "contract.rent_twice",
            "同一天起有两种租金；请只留一种。",
            "Two rents begin on the same day; keep one.",
            "rents",
        )


_LABELS = {
    "title": "名称",
    "name": "名称",
    "location": "坐落",
    "use": "用途",
    "rent_as_written": "租金",
    "parties": "对方",
}


def _no_numbers_within(*texts: tuple[str, str]) -> Iterator[Problem]:
    """Identity and account numbers do not belong in what residents may read."""
    for field_, text in texts:
        for hit in redaction.scan(text, _LABELS[field_]):
            if not hit.overrulable:
                yield Problem(
                    f"redaction.{hit.kind}", f"{hit.zh}（{hit.shown}）", f"{hit.en} ({hit.shown})", field_
                )
