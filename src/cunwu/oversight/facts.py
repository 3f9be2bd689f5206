"""The plain tables under the facts, read from the live database: a fixed number of queries, keyed hashes and no names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import pyarrow as pa
from django.db.models import F, Q

from cunwu.assets.models import Contract, ContractParty, Let, Receivable, RentStep
from cunwu.org.models import Appointment, Place, Relation
from cunwu.org.relations import name_index
from cunwu.oversight.facts_sql import TABLES

ARROW = {"DATE": pa.date32(), "BIGINT": pa.int64(), "TEXT": pa.string(), "BOOLEAN": pa.bool_()}
YEARLY = {"year": 1, "half": 2, "quarter": 4, "month": 12}
STEP = 3
"""Characters of a place's path a level: province, county, town, village."""


def tables(place: Place | None, on: date) -> dict[str, pa.Table]:
    """The five tables for what lies in `place` (None: everything here): six queries whatever its size."""
    mine, of_contract = _within(place, "organization__place"), _within(place, "contract__organization__place")
    rents = _yearly_rents(of_contract, on)
    lets = list(
        Let.objects.filter(of_contract).values_list("contract", "asset", "area", "measured", "asset__kind")
    )
    areas = {contract for contract, _, area, _, _ in lets if area}
    contracts = (_contract(row, rents.get(row["pk"]), areas) for row in _contract_rows(mine))
    parties = ContractParty.objects.filter(of_contract).exclude(role="collective")
    receivables = Receivable.objects.filter(mine, contract__isnull=False).annotate(
        left=F("amount") - F("received") - F("written_off")
    )
    return {
        "contracts": _table("contracts", contracts),
        "lets": _table("lets", lets),
        "parties": _table("parties", map(_party, parties.values_list(*_PARTY_COLUMNS))),
        "officers": _table("officers", _officers(mine, on)),
        "receivables": _table(
            "receivables", receivables.values_list("contract", "left", "due_day", "limitation_day")
        ),
    }


def _within(place: Place | None, field: str) -> Q:
    if place is None:
        return Q()
    return Q(**{f"{field}__path__gte": place.path, f"{field}__path__lt": place.path + "~"})


def _table(name: str, rows: Iterable[Sequence[Any]]) -> pa.Table:
    columns = TABLES[name]
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {
            title: pa.array(column, ARROW[kind])
            for (title, kind), column in zip(columns.items(), values, strict=True)
        }
    )


_CONTRACT_COLUMNS = (
    "pk", "organization", "organization__place__path", "kind", "direction", "signed_day", "from_day", "until_day",
    "ended_day", "open_ended", "written", "use", "actual_use", "sublet", "breach_terms", "increase_terms", "pays_at_end",
    "prepaid_months", "total", "valuation", "matter", "decision_day", "in_favour", "entitled", "approved_day", "trade",
    "in_use_after", "follows_as", "follows__until_day", "followed_by",
)  # fmt: skip
_PARTY_COLUMNS = (
    "contract", "contract__organization__place__path", "name_index", "person", "identity_index", "credit_code", "member",
)  # fmt: skip


def _contract_rows(mine: Q) -> Iterable[dict[str, Any]]:
    seen: set[int] = set()
    for row in Contract.objects.filter(mine).order_by("pk").values(*_CONTRACT_COLUMNS):
        if row["pk"] not in seen:  # a contract that two others follow comes twice
            seen.add(row["pk"])
            yield row


def _contract(row: dict[str, Any], rent: int | None, areas: set[int]) -> tuple[Any, ...]:
    path = row["organization__place__path"]
    begins, ends = row["from_day"], row["until_day"]
    years = (ends - begins).days / 365.25 if begins and ends else None
    worth = row["total"] or (round(rent * years) if rent and years else rent)
    stated = (
        begins,
        ends,
        row["use"],
        rent or row["total"],
        row["breach_terms"],
        row["pk"] in areas or row["kind"] not in {"transfer", "other_contracting"},
    )
    return (
        row["pk"], row["organization"], path, path[: -STEP], path[: -2 * STEP], row["kind"], row["direction"],
        row["signed_day"], begins, ends, row["ended_day"], row["open_ended"], row["written"],
        bool(row["use"] and row["actual_use"] and row["use"] != row["actual_use"]), row["sublet"] == "unconsented",
        row["increase_terms"], row["pays_at_end"], row["prepaid_months"], rent, row["valuation"], worth,
        row["matter"] is not None or row["decision_day"] is not None, row["in_favour"], row["entitled"],
        row["approved_day"] is not None, row["trade"] is not None, row["in_use_after"], row["followed_by"] is not None,
        row["follows__until_day"] if row["follows_as"] == "renewal" else None, sum(not each for each in stated),
    )  # fmt: skip


def _party(row: tuple[Any, ...]) -> tuple[Any, ...]:
    contract, village, index, person, identity, credit, member = row
    holder = identity or credit or (f"person:{person}" if person else "")
    return contract, village, _number(index), _number(holder), member, bool(holder)


def _number(text: str) -> int | None:
    """A keyed hash, or what stands for one, as a number of 63 bits: joined and grouped in a fraction of the time."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1 if text else None


def _yearly_rents(of_contract: Q, on: date) -> dict[int, int]:
    """Fen a year of the step that holds on the day, or of the first; rent in kind and sums paid once have none."""
    found: dict[int, int] = {}
    steps = RentStep.objects.filter(of_contract, amount__isnull=False).order_by("contract", "from_day")
    for contract, begins, every, amount in steps.values_list("contract", "from_day", "every", "amount"):
        if amount is not None and every in YEARLY and (contract not in found or begins <= on):
            found[contract] = amount * YEARLY[every]
    return found


def _officers(mine: Q, on: date) -> Iterable[tuple[str, int | None]]:
    """The keyed hashes of who holds office in a village, and of whom they declared near to them."""
    held = Q(from_day__lte=on) & (Q(until_day=None) | Q(until_day__gt=on))
    people = Appointment.objects.filter(mine, held, organization__place__level="village")
    near = {
        (path, name_index(name))
        for path, name in people.exclude(kind=Appointment.Kind.AGENCY).values_list(
            "organization__place__path", "person__name"
        )
    } | set(
        Relation.objects.filter(appointment__in=people).values_list(
            "appointment__organization__place__path", "index"
        )
    )
    yield from ((path, _number(index)) for path, index in near)
