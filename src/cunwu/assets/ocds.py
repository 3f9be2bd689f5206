"""Contracts as releases of the Open Contracting Data Standard 1.1: a view of the published document of holdings.

Pure: what residents read is all that it knows. A contract with its amendments is one contracting process; a renewal is a new
one. The collective is buyer and procuring entity, who holds the asset is the supplier; where the other side pays, the value is
negative, as the standard says of concessions ("payments from the supplier to the buyer"). No extension is used.
https://standard.open-contracting.org/1.1/en/schema/release_package/ What is lost: docs/open-data.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cunwu.assets.models import MU, Contract, ContractParty
from cunwu.assets.words import CONTRACT_KINDS
from cunwu.documents.cells import money_text

VERSION = "1.1"
CURRENCY = "CNY"
SUPPLIERS = frozenset({ContractParty.Role.OTHER_SIDE.value, ContractParty.Role.PARTNER.value})
"""Who holds the asset or does the work; the standard has no role for a guarantor."""

Object = dict[str, Any]
Line = Mapping[str, Any]
"""A contract as it stands under an asset of the document, or the asset."""


@dataclass(frozen=True)
class Source:
    """Of which publication the package is a view: whose portal, who published what period and when, whose contracts.

    `prefix` is the publisher's registered ocid prefix ("ocds-213czf" is the standard's own example); `publication` and
    `organization_id` are ids of ours, `published_at` is in China's time.
    """

    prefix: str
    portal: str
    publisher: str
    publication: str
    published_at: datetime
    period: str
    organization: str
    organization_id: str


def contracts(content: Mapping[str, Any]) -> Iterator[tuple[Line, Line]]:
    """Every contract with its asset, in the document's order; one about several assets comes several times.

    Documents of before this view do not say to which process a contract belongs: they have none.
    """
    for asset in content["assets"]:
        for contract in asset["contracts"]:
            if "process" in contract:
                yield contract, asset


def release_package(content: Mapping[str, Any], source: Source) -> Object:
    """One release for each contract of the document, in the order of its assets."""
    held: dict[str, list[tuple[Line, Line]]] = {}
    for contract, asset in contracts(content):
        held.setdefault(contract["id"], []).append((contract, asset))
    ids = _ids([pairs[0][0] for pairs in held.values()])
    return {
        "uri": f"{source.portal}/d/{source.publication}/ocds.json",
        "version": VERSION,
        "publishedDate": _moment(source),
        "publisher": {"name": source.publisher, "uri": f"{source.portal}/"},
        "releases": [_release(*each, source) for each in zip(ids, held.values(), strict=True)],
    }


def _ids(lines: Iterable[Line]) -> list[str]:
    """The number that each contract began with, since an id must not change within its process; where amendments split one
    contract into several, the further ones have their own."""
    found: list[str] = []
    begun: set[str] = set()
    for line in lines:
        first = line["process"] not in begun
        found.append(line["amends"][0] if line["amends"] and first else line["number"])
        begun.add(line["process"])
    return found


def _release(contract_id: str, pairs: list[tuple[Line, Line]], source: Source) -> Object:
    contract = pairs[0][0]
    ocid = f"{source.prefix}-{contract['process']}"
    buyer = {"id": source.organization_id, "name": source.organization}
    suppliers = _suppliers(contract_id, contract)
    release: Object = {
        "ocid": ocid,
        "id": f"{contract['id']}-{source.period}-{source.published_at:%Y%m%d%H%M%S}",
        "date": _moment(source),
        "tag": ["contractAmendment" if contract["amends"] else "contract"],
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
    release["awards"] = [_award(contract_id, contract, suppliers)]
    release["contracts"] = [_contract(contract_id, pairs, source)]
    if contract["renews"]:
        prior = f"{source.prefix}-{contract['renews']}"
        release["relatedProcesses"] = [
            {"id": "1", "relationship": ["prior"], "scheme": "ocid", "identifier": prior}
        ]
    return release


def _suppliers(contract_id: str, contract: Line) -> list[Object]:
    """The other side by its published names. Ids are of the contract: they join nobody's contracts to each other."""
    own = f"{contract['process']}-{contract_id}"
    named = [
        name for name, role in zip(contract["parties"], contract["roles"], strict=True) if role in SUPPLIERS
    ]
    return [{"id": f"{own}-{number}", "name": name} for number, name in enumerate(named, 1)]


def _award(contract_id: str, contract: Line, suppliers: list[Object]) -> Object:
    told: Object = {"id": contract_id, "status": "active"}
    if contract["trade"] is not None:
        told["date"] = _begins(contract["trade"]["day"])
    if suppliers:
        told["suppliers"] = suppliers
    return told


def _tender(contract: Line, trade: Mapping[str, Any], buyer: Object) -> Object:
    """An open trade of rights (产权交易); of other contracts the document does not tell how they were let."""
    told: Object = {
        "id": contract["process"],
        "status": "complete",
        "procurementMethod": "open",
        "procurementMethodDetails": f"产权交易（{trade['venue']}）",
        "procuringEntity": buyer,
    }
    if trade["bids"] is not None:
        told["numberOfTenderers"] = trade["bids"]
    return told


def _contract(contract_id: str, pairs: list[tuple[Line, Line]], source: Source) -> Object:
    contract = pairs[0][0]
    told: Object = {
        "id": contract_id,
        "awardID": contract_id,
        "title": f"{'、'.join(asset['name'] for _, asset in pairs)}（{CONTRACT_KINDS[contract['kind']].zh}）",
        "description": _description(contract),
        "status": "terminated" if contract["expired"] else "active",
        "items": [dict(_item(let, asset)) for let, asset in pairs],
        "documents": [_notice(source)],
    }
    if period := _period(contract):
        told["period"] = period
    if contract["total"] is not None:
        sign = -1 if contract["direction"] == "receives" else 1
        told["value"] = {"amount": sign * contract["total"] / 100, "currency": CURRENCY}
    if contract["signed"]:
        told["dateSigned"] = _begins(contract["signed"])
    if contract["amends"]:
        told["amendments"] = _amendments(contract)
    return told


def _description(contract: Line) -> str:
    """In words what has no field: who pays whom, the rent of a year, what is given in kind, a term without end."""
    said = [
        Contract.Direction(contract["direction"]).label,
        f"每年{money_text(contract['rent'])}元" if contract["rent"] is not None else contract["in_kind"],
        "期限为长期" if contract["open_ended"] else "",
    ]
    return "；".join(word for word in said if word)


def _period(contract: Line) -> Object:
    told = {"startDate": _begins(contract["from"])} if contract["from"] else {}
    if contract["until"]:
        told["endDate"] = f"{contract['until']}T23:59:59+08:00"
    return told


def _amendments(contract: Line) -> list[Object]:
    """Each contract that took an earlier one's place, by its number; the document knows the day of the last only."""
    told: list[Object] = [{"id": number} for number in (*contract["amends"][1:], contract["number"])]
    if contract["signed"]:
        told[-1]["date"] = _begins(contract["signed"])
    return told


def _notice(source: Source) -> Object:
    """The page that residents read, from which the bytes can be verified."""
    return {
        "id": source.publication,
        "documentType": "contractNotice",
        "url": f"{source.portal}/zh/d/{source.publication}/",
        "datePublished": _moment(source),
        "format": "text/html",
        "language": "zh",
    }


def _item(contract: Line, asset: Line) -> Iterator[tuple[str, Any]]:
    yield "id", asset["number"]
    yield "description", asset["name"]
    if (area := contract["area"] or asset["area"]) is not None:
        yield "quantity", area / MU
        yield "unit", {"name": "亩"}


def _begins(day: str) -> str:
    return f"{day}T00:00:00+08:00"


def _moment(source: Source) -> str:
    return source.published_at.isoformat(timespec="seconds")
