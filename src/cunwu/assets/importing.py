"""Ledgers from a workbook: previewed with every fault named, taken in whole or not at all, undone as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from cunwu.assets.actions import register_assets, register_contracts
from cunwu.assets.entries import AssetEntry, ContractEntry, DebtEntry
from cunwu.assets.import_checks import check_numbers, check_overlaps, check_sizes, left_open, new_assets
from cunwu.assets.ledger_rows import Choices, Found, LedgerReader
from cunwu.assets.models import Asset, Contract, LedgerImport, Receivable
from cunwu.assets.receivables import register_receivables
from cunwu.documents import actions as documents
from cunwu.documents import imports
from cunwu.documents.headers import Mapping, require_complete
from cunwu.documents.imports import ImportFault
from cunwu.documents.tables import Table, read_tables
from cunwu.errors import Invalid, NotReady, Refused
from cunwu.law.deadlines import SHANGHAI
from cunwu.org import audit
from cunwu.org.authority import require
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert

KEEP = "assets.keep"
PURPOSES = ("contracts", "assets", "receivables")


@dataclass(frozen=True)
class Preview:
    """What a file would bring. `faults` stand in the way, `warnings` do not."""

    organization: Organization
    purpose: str
    file_name: str
    data: bytes
    tables: tuple[tuple[Table, Mapping], ...]
    found: tuple[Found, ...]
    new_assets: tuple[AssetEntry, ...]
    faults: tuple[ImportFault, ...]
    warnings: tuple[ImportFault, ...]

    @property
    def table(self) -> Table:
        """The (first) table of the file."""
        return self.tables[0][0]

    @property
    def mapping(self) -> Mapping:
        """How its columns are read."""
        return self.tables[0][1]

    @property
    def contracts(self) -> list[ContractEntry]:
        """The contracts, in their order."""
        return [each.contract for each in self.found if each.contract is not None]

    @property
    def debts(self) -> list[tuple[DebtEntry, str]]:
        """The debts, each with the number of the contract that it is under ("" for none)."""
        return [
            (each.debt, each.contract.number if each.contract else each.debt_of)
            for each in self.found
            if each.debt is not None
        ]

    @property
    def owed(self) -> int:
        """Sum of the debts, fen."""
        return sum(debt.amount for debt, _ in self.debts)

    @property
    def area(self) -> int:
        """Sum of the areas let, or owned, in millionths of a mu."""
        let = sum(let.area or 0 for contract in self.contracts for let in contract.lets)
        return let or sum(asset.area or 0 for asset in self.new_assets)


def preview_ledger(
    actor: Appointment,
    organization: Organization,
    purpose: str,
    data: bytes,
    file_name: str,
    *,
    mapping: Mapping | None = None,
    choices: Choices | None = None,
    now: datetime,
) -> Preview:
    """Read and check a workbook of `purpose` ("contracts", "assets", "receivables"); nothing is written.

    Raises NotAllowed; Invalid `table.*` (the file cannot be read), `headers.*` (no such table in it).
    """
    require(actor, KEEP, organization, now)
    written_name, file_name = file_name, imports.shown_name(file_name)
    tables, refused = _tables(read_tables(data, file_name), purpose, mapping)
    faults = [*imports.faults_of_name(written_name), *_same_file(organization, data, file_name)]
    warnings = [imports.passed_over(file_name, each) for each in refused]
    readers, found = [], []
    prefix = f"导入{LedgerImport.objects.filter(organization=organization).count() + 1}"
    for number, (table, held) in enumerate(tables):
        try:
            require_complete(table, held)
        except Invalid as missing:
            faults.append(
                ImportFault(
                    missing.code, missing.zh, missing.en, file_name, table.sheet, table.header_rows[-1]
                )
            )
            continue
        warnings += imports.doubts(table, held, file_name)
        warnings += left_open(table, held, file_name)
        own = prefix if number == 0 else f"{prefix}.{number + 1}"
        reader = LedgerReader(
            table,
            held,
            file_name,
            village=organization.place.name_zh,
            choices=choices or Choices(),
            prefix=own,
        )
        rows = reader.read()
        readers.append(reader)
        found += [(reader, each) for each in rows]
    if readers and not found:
        faults.append(ImportFault("ledger.empty", "表里没有内容。", "The table holds nothing.", file_name))
    assets = new_assets(organization, found)
    check_numbers(organization, found, purpose)
    check_overlaps(found)
    check_sizes(found)
    faults += [fault for reader in readers for fault in reader.faults]
    warnings += [warning for reader in readers for warning in reader.warnings]
    return Preview(
        organization,
        purpose,
        file_name,
        data,
        tuple(tables),
        tuple(each for _, each in found),
        tuple(assets),
        tuple(sorted(faults, key=lambda fault: fault.place)),
        tuple(sorted(warnings, key=lambda fault: fault.place)),
    )


def import_ledger(
    actor: Appointment, preview: Preview, *, remember: bool = True, now: datetime
) -> LedgerImport:
    """Take in what a preview showed: the file kept, assets, contracts and debts registered, the mapping remembered.

    One transaction. Raises NotAllowed; Invalid `import.faults` or the only fault's code, and what registering raises;
    NotReady `import.meanwhile` where the ledger changed since it was looked at.
    """
    organization = preview.organization
    require(actor, KEEP, organization, now)
    if preview.faults:
        raise imports.refusal_of(preview.faults)
    try:
        with transaction.atomic():
            done = _write(actor, preview, now)
            if remember:
                for _, mapping in preview.tables:
                    documents.remember_mapping(
                        actor, preview.purpose, mapping.shape, mapping.as_dict(), now=now
                    )
    except IntegrityError as error:
        raise NotReady(
            "import.meanwhile",
            f"《{preview.file_name}》核对之后账上又有变动，没有导入；请重新预览后再导入。",
            f"The books changed while {preview.file_name} was being checked; nothing was imported. Preview it again.",
        ) from error
    return done


def undo_ledger(actor: Appointment, done: LedgerImport, *, now: datetime) -> LedgerImport:
    """Take an import back as a whole, for as long as nothing was built on it; the file and the fact of it stay.

    Raises NotAllowed; NotReady `import.undone_already`, `ledger.in_use`.
    """
    organization = done.organization
    require(actor, KEEP, organization, now)
    if done.undone_at is not None:
        raise NotReady(
            "import.undone_already",
            f"《{done.file_name}》的这次导入已经撤销。",
            f"This import of {done.file_name} was undone already.",
        )
    try:
        with transaction.atomic():
            Receivable.objects.filter(source=done).delete()
            Receivable.objects.filter(contract__source=done).delete()
            Contract.objects.filter(source=done).delete()
            Asset.objects.filter(source=done).delete()
            done.undone_at, done.undone_by = now, actor
            done.save(update_fields=["undone_at", "undone_by"])
            audit.record(
                actor, "ledgers.undo_import", f"import:{done.public_id}", now=now, organization=organization
            )
    except ProtectedError as used:
        raise NotReady(
            "ledger.in_use",
            f"《{done.file_name}》导入的内容已经在用（收过款、提过疑点、续过合同等），不能整批撤销；请逐项更正或终止。",
            f"What {done.file_name} brought is in use (paid on, asked about, renewed); correct or end it one by one.",
        ) from used
    return done


def annotated_ledger(preview: Preview) -> bytes:
    """The file back with its faults and warnings marked in their cells, as .xlsx."""
    marks = (*preview.faults, *preview.warnings)
    return imports.annotated(preview.data, preview.file_name, marks, preview.table.sheet)


def _tables(
    tables: Sequence[Table], purpose: str, mapping: Mapping | None
) -> tuple[list[tuple[Table, Mapping]], list[Refused]]:
    found: list[tuple[Table, Mapping]] = []
    refused: list[Refused] = []
    for table in tables:
        try:
            found.append((table, imports.mapping_for(table, purpose, mapping)))
        except Invalid as refusal:
            refused.append(refusal)
    if not found:
        raise refused[0]
    complete = [(table, held) for table, held in found if not held.missing()]
    return complete or found[:1], refused


def _same_file(organization: Organization, data: bytes, file_name: str) -> Iterator[ImportFault]:
    sha256 = hashlib.sha256(data).hexdigest()
    earlier = LedgerImport.objects.filter(
        organization=organization, document_id=sha256, undone_at=None
    ).first()
    if earlier is not None:
        at = earlier.at.astimezone(SHANGHAI)
        yield ImportFault(
            "import.same_file",
            f"这个文件已在{at:%Y-%m-%d %H:%M}导入过（{earlier.rows}行）；要重新导入，请先撤销那一次。",
            f"This file was imported on {at:%Y-%m-%d %H:%M} ({earlier.rows} rows); undo that import first.",
            file_name,
        )


def _write(actor: Appointment, preview: Preview, now: datetime) -> LedgerImport:
    organization = preview.organization
    document = documents.store(preview.data, imports.media_type(preview.data), now=now)
    done = insert(
        LedgerImport(
            organization=organization,
            purpose=preview.purpose,
            document=document,
            file_name=preview.file_name[-200:],
            mapping=preview.mapping.as_dict(),
            rows=len(preview.found),
            by=actor,
            at=now,
        )
    )
    if preview.new_assets:
        register_assets(actor, organization, preview.new_assets, source=done, now=now)
    if preview.contracts:
        register_contracts(actor, organization, preview.contracts, source=done, checked=True, now=now)
    if preview.debts:
        keys = _keys(organization, (number for _, number in preview.debts if number))
        debts = [replace(debt, contract=keys.get(number)) for debt, number in preview.debts]
        register_receivables(actor, organization, debts, source=done, now=now)
    audit.record(
        actor,
        "ledgers.import",
        f"import:{done.public_id}",
        now=now,
        organization=organization,
        purpose=preview.purpose,
        rows=done.rows,
    )
    return done


def _keys(organization: Organization, numbers: Iterable[str]) -> dict[str, int]:
    wanted = set(numbers)
    known = Contract.objects.filter(organization=organization).values_list("number", "pk")
    return {number: key for number, key in known if number in wanted}
