"""Putting right what was entered wrongly, entering what was found on the spot, and what no longer belongs to the collective.

What an entry said before stays in the audit: the private log keeps the old words beside who changed them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Model

from cunwu.assets.entries import AssetEntry, problems_of_asset, require_sound
from cunwu.assets.models import Asset, Contract, ContractPaper, Let
from cunwu.assets.queries import runs_on
from cunwu.documents import actions as documents
from cunwu.errors import Invalid, NotReady
from cunwu.org import audit
from cunwu.org.authority import local_day, require
from cunwu.org.models import Appointment
from cunwu.procedures.papers import require_paper_size

KEEP = "assets.keep"
_STATED = ("number", "name", "kind", "location", "area", "value", "capacity", "self_used", "from_day")


@dataclass(frozen=True)
class Inspection:
    """What was found on the spot; None where nobody looked. `measured` is millionths of a mu by the number of the asset."""

    actual_use: str | None = None
    in_use_after: bool | None = None
    sublet: str | None = None
    measured: dict[str, int] | None = None


def correct_asset(actor: Appointment, asset: Asset, entry: AssetEntry, *, now: datetime) -> Asset:
    """Let the ledger say what `entry` says. Side effects in order: the asset, one audit entry with what it said before.

    Raises NotAllowed; Invalid `asset.*`, `redaction.*`; NotReady `asset.number_taken`.
    """
    require(actor, KEEP, asset.organization, now)
    require_sound(problems_of_asset(entry), entry.name or entry.number)
    before = _take_over(asset, {name: getattr(entry, name) for name in _STATED})
    try:
        with transaction.atomic():
            asset.save(update_fields=[*before])
            _record(actor, "assets.correct", asset, now, before)
    except IntegrityError as taken:
        raise NotReady(
            "asset.number_taken",
            f"编号{entry.number}已经登记过；请改用别的编号，或者打开那一项更正。",
            f"The number {entry.number} is registered already; use another, or correct that entry.",
        ) from taken
    return asset


def give_up_asset(actor: Appointment, asset: Asset, day: date, because: str, *, now: datetime) -> Asset:
    """Record that from `day` on the asset is no longer the collective's, and why; nothing is deleted.

    Raises NotAllowed; Invalid `asset.no_reason`, `asset.day`; NotReady `asset.is_let` while a contract about it runs.
    """
    require(actor, KEEP, asset.organization, now)
    if not because.strip():
        raise Invalid(
            "asset.no_reason", "请写明资产退出的原因。", "Say why it is no longer the collective's."
        )
    if day > local_day(now) or (asset.from_day is not None and day <= asset.from_day):
        raise Invalid(
            "asset.day",
            "退出日期不能晚于今天，也不能早于取得日期；请核对。",
            "The day can be neither after today nor before it was acquired; check it.",
        )
    running = Let.objects.filter(runs_on(day, "contract__"), asset=asset).select_related("contract").first()
    if running is not None:
        raise NotReady(
            "asset.is_let",
            f"“{asset.name}”还有合同在履行（{running.contract}）；请先办理合同终止。",
            f"A contract about “{asset.name}” still runs ({running.contract}); end it first.",
        )
    with transaction.atomic():
        before = _take_over(asset, {"until_day": day, "ended_because": because.strip()[:120]})
        asset.save(update_fields=[*before])
        _record(actor, "assets.give_up", asset, now, before)
    return asset


def inspect_contract(actor: Appointment, contract: Contract, found: Inspection, *, now: datetime) -> Contract:
    """Enter what was found on the spot beside what was agreed. Raises NotAllowed; Invalid `contract.sublet`,
    `contract.not_let` for the area of something that the contract is not about, `redaction.*` by the entries' own check."""
    require(actor, KEEP, contract.organization, now)
    changes: dict[str, object] = {}
    if found.actual_use is not None:
        changes["actual_use"] = found.actual_use.strip()
    if found.in_use_after is not None:
        changes["in_use_after"] = found.in_use_after
    if found.sublet is not None:
        if found.sublet not in Contract.Sublet.values:
            raise Invalid("contract.sublet", "请选择是否转租。", "Choose whether it was handed on.")
        changes["sublet"] = found.sublet
    with transaction.atomic():
        before = _take_over(contract, changes)
        contract.save(update_fields=[*before])
        for number, area in (found.measured or {}).items():
            before[f"measured_{number}"] = _measure(contract, number, area)
        _record(actor, "contracts.inspect", contract, now, before)
    return contract


def add_paper(
    actor: Appointment,
    contract: Contract,
    title: str,
    data: bytes,
    *,
    file_name: str,
    media_type: str,
    now: datetime,
) -> ContractPaper:
    """Lay a paper with a contract: a scan, a valuation, a legal opinion. Side effects in order: the document, the paper, one
    audit entry. Raises NotAllowed; Invalid `contract.paper_untitled`, `paper.size`."""
    require(actor, KEEP, contract.organization, now)
    if not title.strip():
        raise Invalid("contract.paper_untitled", "请写明是什么材料。", "Say what paper it is.")
    require_paper_size(data)
    with transaction.atomic():
        document = documents.store(data, media_type, now=now)
        paper = ContractPaper.objects.create(
            contract=contract,
            title=title.strip()[:60],
            document=document,
            file_name=file_name[:120],
            added_by=actor,
            added_at=now,
        )
        audit.record(
            actor,
            "contracts.add_paper",
            f"contract:{contract.public_id}",
            now=now,
            organization=contract.organization,
            sha256=document.sha256,
        )
    return paper


def _measure(contract: Contract, number: str, area: int) -> int | None:
    let = Let.objects.filter(contract=contract, asset__number=number).first()
    if let is None:
        raise Invalid(
            "contract.not_let",
            f"这份合同没有编号为{number}的标的。",
            f"This contract is not about anything numbered {number}.",
        )
    before, let.measured = let.measured, area
    let.save(update_fields=["measured"])
    return before


def _take_over(row: Model, stated: dict[str, object]) -> dict[str, object]:
    """Set what differs on the row; returns what those fields said before."""
    before = {name: getattr(row, name) for name, value in stated.items() if getattr(row, name) != value}
    for name in before:
        setattr(row, name, stated[name])
    return before


def _record(
    actor: Appointment, action: str, row: Asset | Contract, now: datetime, before: dict[str, object]
) -> None:
    told = {
        f"was_{name}": value if isinstance(value, int) else None if value is None else str(value)
        for name, value in before.items()
    }
    target = f"{'asset' if isinstance(row, Asset) else 'contract'}:{row.public_id}"
    audit.record(actor, action, target, now=now, organization=row.organization, **told)
