"""Contracts as releases of the Open Contracting Data Standard 1.1: a view of the published document of holdings.

Pure: what residents read is all that it knows. A contract is one contracting process. The collective is buyer and procuring
entity, who holds the asset is the supplier; where the other side pays, the value is negative, as the standard says of
concessions ("payments from the supplier to the buyer"). No extension is used.
https://standard.open-contracting.org/1.1/en/schema/release_package/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cunwu.assets.models import MU
from cunwu.assets.words import CONTRACT_KINDS

VERSION = "1.1"
CURRENCY = "CNY"
Object = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Of which publication the package is a view: where it stands, who published what period and when, whose contracts.

    `prefix` is the publisher's registered ocid prefix ("ocds-213czf" is the standard's own example); `organization` a name
    and an id of ours.
    """

    prefix: str
    uri: str
    publisher: str
    publisher_uri: str
    published_at: datetime
    period: str
    organization: str
    organization_id: str


def release_package(content: Mapping[str, Any], source: Source) -> Object:
    """One release for each contract of the document, in the order of its assets."""
    held: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for asset in content["assets"]:
        for contract in asset["contracts"]:
            if "id" in contract:  # documents of before this view do not name their contracts
                held.setdefault(contract["id"], []).append((contract, asset))
    return {
        "uri": source.uri,
        "version": VERSION,
        "publishedDate": _moment(source),
        "publisher": {"name": source.publisher, "uri": source.publisher_uri},
        "releases": [_release(pairs, source) for pairs in held.values()],
    }


def _release(pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]], source: Source) -> Object:
    contract = pairs[0][0]
    ocid = f"{source.prefix}-{contract['id']}"
    buyer = {"id": source.organization_id, "name": source.organization}
    suppliers = [
        {"id": f"{contract['id']}-{number}", "name": name}
        for number, name in enumerate(contract["parties"], 1)
    ]
    release: Object = {
        "ocid": ocid,
        "id": f"{ocid}-{source.period}-{source.published_at:%Y%m%d%H%M%S}",
        "date": _moment(source),
        "tag": ["contract"],
        "initiationType": "tender",
        "language": "zh",
        "parties": [
            {**buyer, "roles": ["buyer", "procuringEntity"]},
            *({**supplier, "roles": ["supplier"]} for supplier in suppliers),
        ],
        "buyer": buyer,
    }
    if (trade := contract["trade"]) is not None:
        release["tender"] = _tender(contract, trade, buyer)
    award = {"id": "1", "status": "active", "suppliers": suppliers}
    release["awards"] = [award]
    release["contracts"] = [_contract(pairs)]
    return release


def _tender(contract: Mapping[str, Any], trade: Mapping[str, Any], buyer: Object) -> Object:
    told: Object = {
        "id": contract["id"],
        "status": "complete",
        "procurementMethod": "open",
        "procurementMethodDetails": trade["venue"],
        "procuringEntity": buyer,
        "awardPeriod": {"endDate": _day(trade["day"])},
    }
    if trade["bids"] is not None:
        told["numberOfTenderers"] = trade["bids"]
    return told


def _contract(pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Object:
    contract = pairs[0][0]
    told: Object = {
        "id": contract["number"],
        "awardID": "1",
        "title": CONTRACT_KINDS[contract["kind"]].zh,
        "status": "terminated" if contract["expired"] else "active",
        "items": [dict(_item(let, asset)) for let, asset in pairs],
    }
    if contract["in_kind"]:
        told["description"] = contract["in_kind"]
    period = {
        name: _day(day)
        for name, day in (("startDate", contract["from"]), ("endDate", contract["until"]))
        if day
    }
    if period:
        told["period"] = period
    if contract["total"] is not None:
        sign = -1 if contract["direction"] == "receives" else 1
        told["value"] = {"amount": sign * contract["total"] / 100, "currency": CURRENCY}
    if contract["signed"]:
        told["dateSigned"] = _day(contract["signed"])
    return told


def _item(contract: Mapping[str, Any], asset: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "id", asset["number"]
    yield "description", asset["name"]
    if (area := contract["area"] or asset["area"]) is not None:
        yield "quantity", area / MU
        yield "unit", {"name": "亩"}


def _day(day: str) -> str:
    return f"{day}T00:00:00+08:00"


def _moment(source: Source) -> str:
    return source.published_at.isoformat(timespec="seconds")
