"""Registering assets and contracts. Every write of the room begins here or in a file beside it named for its idea."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cunwu.assets.entries import (
    AssetEntry,
    ContractEntry,
    PartyEntry,
    RentEntry,
    TradeEntry,
    problems_of_asset,
    problems_of_contract,
    require_sound,
)
from cunwu.assets.models import Asset, Contract, ContractParty, LedgerImport, Let, RentStep, Trade
from cunwu.assets.receivables import next_due
from cunwu.assets.schedules import Terms
from cunwu.duties.actions import settle
from cunwu.errors import Invalid, NotFound, NotReady
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.identifiers import check_credit_code, check_identity_number
from cunwu.org.models import Appointment, Organization, random_id
from cunwu.org.relations import name_index
from cunwu.org.rows import insert_all_with_keys, insert_values
from cunwu.org.secrets import keyed_hash, seal
from cunwu.procedures.models import Matter

KEEP = "assets.keep"


def register_assets(
    actor: Appointment,
    organization: Organization,
    entries: Sequence[AssetEntry],
    *,
    source: LedgerImport | None = None,
    now: datetime,
) -> list[Asset]:
    """Register what an organization owns; all or none. Returns the assets in the order of the entries.

    Side effects in order: the assets, one audit entry. Raises NotAllowed; Invalid `asset.*`, `redaction.*`;
    NotReady `asset.number_taken`.
    """
    require(actor, KEEP, organization, now)
    for entry in entries:
        require_sound(problems_of_asset(entry), entry.name or entry.number)
    taken = _taken(Asset.objects.filter(organization=organization), (e.number.strip() for e in entries))
    if taken:
        raise NotReady(
            "asset.number_taken",
            f"编号{taken}已经登记过；请改用别的编号，或者打开那一项更正。",
            f"The number {taken} is registered already; use another, or correct that entry.",
        )
    with transaction.atomic():
        made = [
            Asset(
                organization=organization,
                number=e.number.strip(),
                name=e.name.strip(),
                kind=e.kind,
                location=e.location.strip(),
                area=e.area,
                value=e.value,
                capacity=e.capacity,
                self_used=e.self_used,
                from_day=e.from_day,
                source_id=source.pk if source else None,
                registered_at=now,
            )
            for e in entries
        ]
        insert_all_with_keys(made)
        audit.record(
            actor,
            "assets.register",
            f"organization:{organization.public_id}",
            now=now,
            organization=organization,
            count=len(made),
        )
    return made


def register_contracts(
    actor: Appointment,
    organization: Organization,
    entries: Sequence[ContractEntry],
    *,
    source: LedgerImport | None = None,
    checked: bool = False,
    now: datetime,
) -> list[Contract]:
    """Register what an organization agreed with others; all or none. Returns the contracts in the order of the entries.
    `checked`: the caller found no fault among `problems_of_contract` of each.

    Every asset that is named must be registered. Side effects in order: contracts, parties (numbers sealed), lets, rents,
    trades, one audit entry. Raises NotAllowed; Invalid `contract.*`, `identity.*`, `redaction.*`; NotFound
    `contract.no_asset`; NotReady `contract.number_taken`.
    """
    require(actor, KEEP, organization, now)
    for entry in () if checked else entries:
        require_sound(problems_of_contract(entry), entry.title or entry.number)
    taken = _taken(Contract.objects.filter(organization=organization), (e.number.strip() for e in entries))
    if taken:
        raise NotReady(
            "contract.number_taken",
            f"合同编号{taken}已经登记过；请改用别的编号，或者打开那份合同办理变更。",
            f"The contract number {taken} is registered already; use another, or amend that contract.",
        )
    assets = _assets_named(organization, entries)
    with transaction.atomic():
        made = [_contract(organization, e, source, now) for e in entries]
        insert_all_with_keys(made)
        _write_parts(list(zip(made, entries, strict=True)), assets)
        audit.record(
            actor,
            "contracts.register",
            f"organization:{organization.public_id}",
            now=now,
            organization=organization,
            count=len(made),
        )
    return made


def link_decision(actor: Appointment, contract: Contract, matter: Matter, *, now: datetime) -> Contract:
    """Say which decision authorised a contract. Raises NotAllowed; NotReady `contract.decision_not_carried`; Invalid
    `contract.decision_elsewhere` for a matter of another village."""
    require(actor, KEEP, contract.organization, now)
    if matter.organization.place_id != contract.organization.place_id:
        raise Invalid(
            "contract.decision_elsewhere",
            f"《{matter.title}》是另一个村的事项，不能作为这份合同的依据。",
            f"{matter.title} is a matter of another village and cannot authorise this contract.",
        )
    if matter.state != Matter.State.DONE:
        raise NotReady(
            "contract.decision_not_carried",
            f"《{matter.title}》还没有办结，不能作为合同的依据；请在办结后关联。",
            f"{matter.title} has not been decided yet and cannot authorise a contract; link it when it is done.",
        )
    with transaction.atomic():
        contract.matter = matter
        contract.save(update_fields=["matter"])
        audit.record(
            actor,
            "contracts.link_decision",
            f"contract:{contract.public_id}",
            now=now,
            organization=contract.organization,
            matter=matter.public_id,
        )
    return contract


def end_contract(
    actor: Appointment, contract: Contract, day: date, because: str, *, now: datetime
) -> Contract:
    """End a contract: `day` is the first on which it no longer ran. Raises NotAllowed; NotReady `contract.ended_already`;
    Invalid `contract.end_reason`, `contract.ends_before_it_begins`."""
    require(actor, KEEP, contract.organization, now)
    if contract.ended_day is not None:
        raise NotReady(
            "contract.ended_already",
            f"{contract}已在{contract.ended_day}终止。",
            f"{contract} ended on {contract.ended_day} already.",
        )
    if because not in Contract.Ended.values:
        raise Invalid("contract.end_reason", "请选择终止的原因。", "Choose why it ends.")
    if contract.from_day is not None and day <= contract.from_day:
        raise Invalid(
            "contract.ends_before_it_begins",
            f"合同{contract.from_day}开始，不能在{day}终止；请核对日期。",
            f"It begins on {contract.from_day} and cannot end on {day}; check the day.",
        )
    with transaction.atomic():
        contract.ended_day, contract.ended_because = day, because
        contract.save(update_fields=["ended_day", "ended_because"])
        subject = f"contract:{contract.public_id}"
        settle(subject, subject, now=now)
        audit.record(
            actor,
            "contracts.end",
            f"contract:{contract.public_id}",
            now=now,
            organization=contract.organization,
            because=because,
        )
    return contract


def follow_contract(
    actor: Appointment, contract: Contract, entry: ContractEntry, following: str, *, now: datetime
) -> Contract:
    """Renew or amend: the new contract follows `contract`, which ends on the day the new one begins.

    One transaction. Raises what `register_contracts` and `end_contract` raise; Invalid `contract.no_start`.
    """
    if entry.from_day is None:
        raise Invalid(
            "contract.no_start",
            "续签或变更要写明新合同从哪天开始。",
            "A renewal or amendment must say from which day it holds.",
        )
    because = Contract.Ended.RENEWED if following == Contract.Following.RENEWAL else Contract.Ended.AMENDED
    with transaction.atomic():
        if contract.ended_day is None:
            end_contract(actor, contract, entry.from_day, because, now=now)
        (made,) = register_contracts(actor, contract.organization, [entry], now=now)
        made.follows, made.follows_as = contract, following
        made.save(update_fields=["follows", "follows_as"])
    return made


def _taken(rows: object, numbers: Iterable[str]) -> str | None:
    wanted = list(numbers)
    seen: set[str] = set()
    for number in wanted:
        if number in seen:
            return number
        seen.add(number)
    known = set(rows.values_list("number", flat=True))  # type: ignore[attr-defined]
    return next((number for number in wanted if number in known), None)


def _assets_named(organization: Organization, entries: Sequence[ContractEntry]) -> dict[str, int]:
    """The keys of its assets by number, if every one that is named is among them."""
    wanted = {let.asset.strip() for e in entries for let in e.lets}
    owned = Asset.objects.filter(organization=organization) if wanted else Asset.objects.none()
    known = dict(owned.values_list("number", "pk"))
    missing = next((number for number in sorted(wanted) if number not in known), None)
    if missing is not None:
        raise NotFound(
            "contract.no_asset",
            f"没有编号为{missing}的资产资源；请先登记资产，再登记合同。",
            f"There is no asset numbered {missing}; register the asset first.",
        )
    return known


_COPIED = (
    "kind",
    "direction",
    "signed_day",
    "from_day",
    "until_day",
    "open_ended",
    "term_as_written",
    "rent_as_written",
    "written",
    "use",
    "actual_use",
    "breach_terms",
    "increase_terms",
    "pays_at_end",
    "sublet",
    "deposit",
    "prepaid_months",
    "total",
    "valuation",
    "decision_day",
    "decision_note",
    "in_favour",
    "entitled",
    "approved_day",
    "in_use_after",
    "source_row",
)


def _contract(
    organization: Organization, entry: ContractEntry, source: LedgerImport | None, now: datetime
) -> Contract:
    copied = {name: getattr(entry, name) for name in _COPIED}
    return Contract(
        organization=organization,
        number=entry.number.strip(),
        title=entry.title.strip(),
        source_id=source.pk if source else None,
        registered_at=now,
        next_due=_first_due(entry, now),
        **copied,
    )


def _first_due(entry: ContractEntry, now: datetime) -> date | None:
    """From the day on which a contract is registered its rents are the clock's."""
    if entry.direction != Contract.Direction.RECEIVES:
        return None
    terms = [Terms(r.from_day, r.every, r.amount, r.until_day, r.due_month, r.due_day) for r in entry.rents]
    return next_due(terms, entry.until_day, local_day(now)) if terms else None


def _write_parts(pairs: Sequence[tuple[Contract, ContractEntry]], assets: dict[str, int]) -> None:
    """By columns and as they come: a ledger has tens of thousands."""
    insert_values(
        ContractParty, (_party(contract, party) for contract, entry in pairs for party in entry.parties)
    )
    insert_values(
        Let,
        (
            {
                "contract_id": contract.pk,
                "asset_id": assets[let.asset.strip()],
                "area": let.area,
                "measured": let.measured,
            }
            for contract, entry in pairs
            for let in entry.lets
        ),
    )
    insert_values(
        RentStep,
        ({"contract_id": contract.pk} | _fields(rent) for contract, entry in pairs for rent in entry.rents),
    )
    insert_values(
        Trade,
        (
            {"contract_id": contract.pk} | _fields(entry.trade)
            for contract, entry in pairs
            if entry.trade is not None
        ),
    )


def _fields(entry: RentEntry | TradeEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__slots__}


def _party(contract: Contract, party: PartyEntry) -> dict[str, Any]:
    public_id = random_id()
    identity = check_identity_number(party.identity) if party.identity else ""
    return {
        "public_id": public_id,
        "contract_id": contract.pk,
        "role": party.role,
        "kind": party.kind,
        "name": party.name.strip(),
        "name_index": name_index(party.name),
        "identity_sealed": seal(identity, "contractparty", "identity", public_id) if identity else None,
        "identity_index": keyed_hash(identity, "identity") if identity else "",
        "credit_code": check_credit_code(party.credit_code) if party.credit_code else "",
        "member": party.member,
        "person_id": party.person,
        "per_mille": party.per_mille,
    }
