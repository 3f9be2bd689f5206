"""Indicators from stated inputs, so that anybody comes to the same bytes: plain rows without names of people, and the figures.

Both are RFC 8785 JSON. The figures name the SHA-256 of the inputs that they follow from. The database counts by its own
queries (`indicators`); `recomputed` counts the rows one by one: two ways that must agree to the byte. Fen, millionths of a mu.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import rfc8785
from django.db.models import QuerySet

from cunwu.assets.ageing import Aged, band_of
from cunwu.assets.models import Asset, Contract, Let, Receipt, Receivable
from cunwu.assets.schedules import add_months
from cunwu.errors import Invalid
from cunwu.org.models import Organization
from cunwu.oversight.indicators import Indicators, indicators, together
from cunwu.oversight.models import Finding

INPUTS, FIGURES = "cunwu-figures-inputs/1", "cunwu-figures/1"
Row = list[Any]


def stated_inputs(organizations: QuerySet[Organization], on: date) -> bytes:
    """The rows that the figures of `on` follow from, each table in the order of its ids. Reads, and says nothing of persons."""
    bodies = Organization.objects.filter(pk__in=organizations.order_by().values("pk")).order_by("public_id")
    since = date(on.year - 1, 1, 1)
    contracts = Contract.objects.filter(organization__in=bodies, ended_day=None).order_by("public_id")
    standing = Finding.objects.filter(contract__in=contracts, gone_day=None).exclude(verdict="dismissed")
    receipts = Receipt.objects.filter(receivable__organization__in=bodies, day__gte=since, day__lte=on)
    tables: dict[str, Iterable[tuple[Any, ...]]] = {
        "organizations": bodies.values_list("public_id", "name_zh"),
        "contracts": contracts.values_list("organization__public_id", "public_id", "from_day"),
        "questions": standing.order_by("contract__public_id", "rule").values_list(
            "contract__public_id", "rule"
        ),
        "receipts": receipts.order_by("day", "pk").values_list(
            "receivable__organization__public_id", "day", "amount"
        ),
        "receivables": Receivable.objects.filter(organization__in=bodies)
        .order_by("public_id")
        .values_list("organization__public_id", "public_id", "due_day", "amount", "received", "written_off"),
        "assets": Asset.objects.filter(organization__in=bodies)
        .order_by("public_id")
        .values_list("organization__public_id", "public_id", "until_day", "self_used", "area"),
        "lets": Let.objects.filter(asset__organization__in=bodies)
        .order_by("asset__public_id", "contract__public_id")
        .values_list("asset__public_id", "contract__from_day", "contract__until_day", "contract__ended_day"),
    }
    rows: dict[str, Any] = {
        name: [[_plain(cell) for cell in row] for row in found] for name, found in tables.items()
    }
    return rfc8785.dumps({"format": INPUTS, "day": on.isoformat(), **rows})


def figures(organizations: QuerySet[Organization], on: date, inputs: bytes) -> bytes:
    """The figures as the database counts them, naming `inputs`."""
    found = indicators(organizations, on)
    names = dict(Organization.objects.filter(pk__in=found).values_list("pk", "public_id"))
    return _written({names[key]: one for key, one in found.items()}, on, inputs)


def recomputed(inputs: bytes) -> bytes:
    """The figures that follow from `inputs`, counted row by row, without a database. Raises Invalid `figures.inputs`."""
    try:
        rows = _of_format(json.loads(inputs))
        on = date.fromisoformat(rows["day"])
        return _written(_counted(rows, on), on, inputs)
    except (ValueError, KeyError, TypeError) as fault:
        raise Invalid(
            "figures.inputs",
            f"这不是指标的输入文件（{type(fault).__name__}）；请用 cunwu recompute --export 导出的 inputs.json。",
            f"This is no file of inputs ({type(fault).__name__}); use the inputs.json that `cunwu recompute --export` writes.",
        ) from fault


def _of_format(rows: Mapping[str, Any]) -> Mapping[str, Any]:
    if rows["format"] != INPUTS:
        raise ValueError(rows["format"])
    return rows


def _counted(rows: Mapping[str, Any], on: date) -> dict[str, Indicators]:
    questioned = {contract for contract, _ in rows["questions"]}
    contracts: dict[str, list[bool]] = defaultdict(list)
    for body, contract, from_day in rows["contracts"]:
        if from_day is None or date.fromisoformat(from_day) <= on:
            contracts[body].append(contract not in questioned)
    now, before = _collected(rows, on), _collected(rows, add_months(on, -12))
    aged = _aged(rows, on)
    assets = _assets(rows, on)
    bodies = sorted({*contracts, *now, *before, *aged, *assets})
    return {
        body: Indicators(
            len(contracts[body]),
            sum(contracts[body]),
            now.get(body, 0),
            before.get(body, 0),
            *assets.get(body, (0, 0, 0)),
            aged.get(body, Aged()),
        )
        for body in bodies
    }


def _collected(rows: Mapping[str, Any], on: date) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for body, day, amount in rows["receipts"]:
        if date(on.year, 1, 1) <= date.fromisoformat(day) <= on:
            sums[body] += amount
    return dict(sums)


def _aged(rows: Mapping[str, Any], on: date) -> dict[str, Aged]:
    bands: dict[str, list[int]] = {}
    for body, _, due_day, amount, received, written_off in rows["receivables"]:
        if left := amount - received - written_off:
            empty = list(Aged().bands)
            bands.setdefault(body, empty)[band_of(date.fromisoformat(due_day), on)] += left
    return {body: Aged(tuple(found)) for body, found in bands.items()}


def _assets(rows: Mapping[str, Any], on: date) -> dict[str, tuple[int, int, int]]:
    let = {
        asset
        for asset, begun, over, ended in rows["lets"]
        if (begun is None or date.fromisoformat(begun) <= on)
        and all(day is None or date.fromisoformat(day) > on for day in (over, ended))
    }
    found: dict[str, tuple[int, int, int]] = {}
    for body, asset, until_day, self_used, area in rows["assets"]:
        if until_day is not None and date.fromisoformat(until_day) <= on:
            continue
        idle = asset not in let and not self_used
        count, unused, unused_area = found.get(body, (0, 0, 0))
        found[body] = (count + 1, unused + idle, unused_area + (area or 0) * idle)
    return found


def _written(found: Mapping[str, Indicators], on: date, inputs: bytes) -> bytes:
    return rfc8785.dumps(
        {
            "format": FIGURES,
            "day": on.isoformat(),
            "inputs": hashlib.sha256(inputs).hexdigest(),
            "organizations": {body: _told(one) for body, one in found.items()},
            "all": _told(together(found.values())),
        }
    )


def _told(one: Indicators) -> dict[str, Any]:
    return {
        "contracts": one.contracts,
        "in_order": one.in_order,
        "per_mille": one.per_mille,
        "collected": one.collected,
        "collected_before": one.collected_before,
        "growth": one.growth,
        "assets": one.assets,
        "idle": one.idle,
        "idle_area": one.idle_area,
        "owed_by_age": list(one.aged.bands),
    }


def _plain(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, date) else cell
