"""What the rows of a ledger must be checked against: each other, the ledger, and what the file leaves open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from statistics import median

from cunwu.assets.entries import AssetEntry, Problem
from cunwu.assets.ledger_rows import Found, LedgerReader
from cunwu.assets.models import MU, Asset, Contract
from cunwu.documents.headers import Mapping
from cunwu.documents.imports import ImportFault
from cunwu.documents.tables import Table
from cunwu.law.texts import Text
from cunwu.org.models import Organization

TOO_MANY_TIMES = 50
"""So many times the table's own median rent of a mu: somebody may have mistaken the unit."""
LEAST_OF_A_MEDIAN = 5
Read = list[tuple[LedgerReader, Found]]


def left_open(table: Table, mapping: Mapping, file: str) -> Iterator[ImportFault]:
    """What the file does not say and how it is therefore read: told once, not at every row."""
    header = (file, table.sheet, table.header_rows[-1])
    have = {column.field: column for column in mapping.columns if column.field}
    if mapping.purpose != "receivables" and "number" not in have:
        yield ImportFault(
            "ledger.numbered_here",
            "没有编号列，按“导入第几次-行号”编号。",
            "No column of numbers: they are numbered by import and row.",
            *header,
        )
    for name in ("area", "measured"):
        if (column := have.get(name)) is not None and column.unit in {"", table.unit}:
            yield ImportFault(
                "ledger.area_in_mu",
                f"“{column.header}”没有写单位，按亩读取。",
                f"“{column.header}” names no unit and is read in mu.",
                *header,
                column.index,
            )
    if "price" in have and "rent" not in have:
        yield ImportFault(
            "ledger.rent_by_area",
            "没有年租金列，年租金按面积乘单价计算。",
            "No column of rents: the rent a year is area by price.",
            *header,
            have["price"].index,
        )
    left_out = [column.header for column in mapping.unknown()]
    if left_out:
        yield ImportFault(
            "headers.not_used",
            f"没有采用的列：{'、'.join(left_out)}。",
            f"Columns that are not used: {', '.join(left_out)}.",
            *header,
        )


def new_assets(organization: Organization, found: Read) -> list[AssetEntry]:
    """Assets of the file that are not registered; a contract about one that is, by number or name, is tied to it."""
    known = list(Asset.objects.filter(organization=organization).values_list("number", "name"))
    numbers, by_name = {number for number, _ in known}, {name: number for number, name in known}
    made: dict[str, AssetEntry] = {}
    for _, each in found:
        asset, contract = each.asset, each.contract
        if asset is None:
            continue
        number = asset.number if asset.number in numbers else by_name.get(asset.name)
        if contract is None:
            made[asset.number] = asset
        elif number is not None:
            each.contract = replace(contract, lets=(replace(contract.lets[0], asset=number),))
        else:
            made.setdefault(asset.number, asset)
    return list(made.values())


def check_numbers(organization: Organization, found: Read, purpose: str) -> None:
    """Numbers that are taken, in the ledger or further up in the file; contracts that a debt names and nobody knows."""
    ledger = Contract if purpose != "assets" else Asset
    known = set(ledger.objects.filter(organization=organization).values_list("number", flat=True))
    if purpose == "receivables":
        for reader, each in found:
            if each.debt_of and each.debt_of not in known:
                reader.tell(
                    each.row, Problem("receivable.no_contract", *_unknown_contract(each.debt_of), "number")
                )
        return
    seen = set(known)
    for reader, each in found:
        number = each.contract.number if each.contract else each.asset.number if each.asset else ""
        if number in seen:
            where = Text(zh="台账里已经有", en="is in the ledger already") if number in known else _TWICE
            reader.tell(
                each.row,
                Problem(
                    "ledger.number_taken",
                    f"编号{number}{where.zh}。",
                    f"The number {number} {where.en}.",
                    "number",
                ),
            )
        seen.add(number)


_TWICE = Text(zh="在表里出现了两次", en="comes twice in the file")


def _unknown_contract(number: str) -> tuple[str, str]:
    return f"台账里没有编号为{number}的合同。", f"The ledger has no contract numbered {number}."


def check_overlaps(found: Read) -> None:
    """Two contracts of the file about one thing at the same time: told, since parts of one field may be let to two."""
    by_asset: dict[str, list[tuple[date, date, LedgerReader, Found]]] = defaultdict(list)
    for reader, each in found:
        entry = each.contract
        if entry is not None and entry.lets and entry.from_day is not None:
            end = entry.until_day or date.max
            by_asset[entry.lets[0].asset].append((entry.from_day, end, reader, each))
    for asset, spans in by_asset.items():
        spans.sort(key=lambda span: span[:2])
        last = spans[0]
        for span in spans[1:]:
            if span[0] < last[1]:
                text = Text(
                    zh=f"“{asset}”在{span[0]}已经由第{last[3].row.number}行的合同出租，请核对是不是重复发包",
                    en=f"“{asset}” is let on {span[0]} by the contract in row {last[3].row.number} already; is it let twice",
                )
                span[2].warn(span[3].row, "asset_name", "ledger.overlap", text)
            last = max(last, span, key=lambda each: each[1])


def check_sizes(found: Read) -> None:
    """Rents of a mu that are far above the table's own median: the unit may be mistaken."""
    rents = [
        (entry.rents[0].amount * MU // entry.lets[0].area, reader, each)
        for reader, each in found
        if (entry := each.contract)
        and entry.rents
        and entry.rents[0].amount
        and entry.lets
        and entry.lets[0].area
    ]
    if len(rents) < LEAST_OF_A_MEDIAN:
        return
    usual = median(rent for rent, _, _ in rents)
    for rent, reader, each in rents:
        if usual and rent >= TOO_MANY_TIMES * usual:
            times = round(rent / usual)
            text = Text(
                zh=f"每亩租金是本表中位数的{times}倍，请核对单位是元还是万元",
                en=f"the rent of a mu is {times} times the table's median; check whether it is yuan or 10,000 yuan",
            )
            reader.warn(each.row, "rent", "ledger.rent_out_of_line", text)
