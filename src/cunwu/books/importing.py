"""Vouchers from a workbook: previewed with every fault named, taken in whole or not at all, undone as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from cunwu.books import charts, entries
from cunwu.books.accounts import AccountBook
from cunwu.books.entries import Ready
from cunwu.books.import_checks import MonthCheck, NumberCheck
from cunwu.books.models import Month, Posting, Voucher, VoucherImport
from cunwu.books.months import not_open
from cunwu.books.rows import FoundVoucher, TableReader, entry_problems
from cunwu.documents import actions as documents
from cunwu.documents import imports
from cunwu.documents.headers import Line, Mapping, read_rows
from cunwu.documents.imports import ImportFault
from cunwu.documents.tables import Table, read_tables
from cunwu.errors import Invalid, NotReady, Refused
from cunwu.law.deadlines import SHANGHAI
from cunwu.org import audit
from cunwu.org.authority import require
from cunwu.org.models import Appointment, Organization
from cunwu.org.rows import insert

PURPOSE = "vouchers"


@dataclass(frozen=True)
class Preview:
    """What a file would bring. `faults` stand in the way, `warnings` do not. `months`: the periods it touches."""

    organization: Organization
    file_name: str
    data: bytes
    tables: tuple[tuple[Table, Mapping], ...]
    vouchers: tuple[FoundVoucher, ...]
    faults: tuple[ImportFault, ...]
    warnings: tuple[ImportFault, ...]
    months: tuple[str, ...]
    open_months: tuple[Month, ...]
    new_months: tuple[str, ...]
    new_accounts: tuple[str, ...]
    book: AccountBook

    @property
    def table(self) -> Table:
        """The (first) voucher table of the file."""
        return self.tables[0][0]

    @property
    def mapping(self) -> Mapping:
        """How its columns are read."""
        return self.tables[0][1]

    @property
    def postings(self) -> int:
        """How many lines."""
        return sum(len(v.entry.postings) for v in self.vouchers)

    @property
    def total(self) -> int:
        """Sum of debits, fen."""
        return sum(p.debit for v in self.vouchers for p in v.entry.postings)


def preview_import(
    actor: Appointment,
    organization: Organization,
    data: bytes,
    file_name: str,
    *,
    mapping: Mapping | None = None,
    now: datetime,
) -> Preview:
    """Read and check a workbook; nothing is written. `mapping` is how a person says the columns are to be read.

    Without one, the mapping remembered for this shape of table is used, else the columns are recognised.
    Raises NotAllowed; NotReady `books.not_open`; Invalid `table.*` (the file cannot be read) and `headers.*` (no
    voucher table in it).
    """
    require(actor, "books.keep", organization, now)
    months = MonthCheck(organization, now)
    if not months.months:
        raise not_open(organization)
    written_name, file_name = file_name, imports.shown_name(file_name)
    tables, passed_over = _voucher_tables(read_tables(data, file_name), mapping)
    book = AccountBook(organization)
    faults = list(_file_faults(organization, data, written_name))
    warnings = [imports.passed_over(file_name, refused) for refused in passed_over]
    readers, lines = _readers(tables, book, file_name, faults, warnings)
    if any(fault.code == "import.same_file" for fault in faults):
        readers = []
    book.written_in = charts.chart_followed(
        pair for reader, rows in zip(readers, lines, strict=False) for pair in reader.account_cells(rows)
    )
    vouchers = [v for reader, rows in zip(readers, lines, strict=False) for v in reader.read(rows)]
    faults += [fault for reader in readers for fault in reader.faults]
    for voucher in vouchers:
        for problem, fault in entry_problems(voucher):
            (faults if problem.severity == "fault" else warnings).append(fault)
    if readers and not vouchers and not faults:
        faults.append(
            ImportFault("import.no_vouchers", "表里没有凭证。", "The table holds no voucher.", file_name)
        )
    faults += months.faults(vouchers)
    known = NumberCheck(organization, {f"{v.entry.day:%Y-%m}" for v in vouchers})
    faults += known.taken(vouchers)
    warnings += [*known.look_alikes(vouchers), *known.gaps(vouchers)]
    return Preview(
        organization,
        file_name,
        data,
        tuple(tables),
        tuple(vouchers),
        tuple(sorted(faults, key=lambda fault: fault.place)),
        tuple(sorted(warnings, key=lambda fault: fault.place)),
        tuple(sorted({f"{v.entry.day:%Y-%m}" for v in vouchers})),
        tuple(m for m in months.months.values() if m.pk is not None),
        tuple(sorted(months.planned)),
        tuple(f"{a.code} {a.name}" for a in book.new),
        book,
    )


def import_vouchers(
    actor: Appointment,
    organization: Organization,
    data: bytes,
    file_name: str,
    *,
    mapping: Mapping | None = None,
    now: datetime,
) -> VoucherImport:
    """Take in a workbook whole: months opened, sub-accounts made, vouchers entered, the file kept, audited.

    One transaction; a `mapping` that is given is remembered for the next file of that shape. Raises what
    `preview_import` raises; Invalid `import.faults` with every fault's sentence in `details`; NotReady
    `import.meanwhile` where somebody else entered the same numbers at the same moment.
    """
    preview = preview_import(actor, organization, data, file_name, mapping=mapping, now=now)
    if preview.faults:
        raise imports.refusal_of(preview.faults)
    try:
        with transaction.atomic():
            done = _write(actor, preview, now)
            if mapping is not None:
                documents.remember_mapping(actor, PURPOSE, mapping.shape, mapping.as_dict(), now=now)
    except IntegrityError as error:
        raise NotReady(
            "import.meanwhile",
            f"《{file_name}》核对之后账上又有变动，没有导入；请重新预览后再导入。",
            f"The books changed while {file_name} was being checked; nothing was imported. Preview it again.",
        ) from error
    return done


def undo_import(actor: Appointment, voucher_import: VoucherImport, *, now: datetime) -> VoucherImport:
    """Take an import back as a whole: its vouchers are deleted, the file and the fact of it stay.

    Raises NotAllowed; NotReady `import.undone_already`, `import.month_closed`, `import.reversed`.
    """
    organization = voucher_import.organization
    require(actor, "books.keep", organization, now)
    vouchers = Voucher.objects.filter(source=voucher_import)
    _require_undoable(voucher_import)
    with transaction.atomic():
        vouchers.update(entered=False)
        Posting.objects.filter(voucher__source=voucher_import).delete()
        vouchers.delete()
        voucher_import.undone_at, voucher_import.undone_by = now, actor
        voucher_import.save(update_fields=["undone_at", "undone_by"])
        target = f"import:{voucher_import.public_id}"
        audit.record(actor, "books.undo_import", target, now=now, organization=organization)
    return voucher_import


def annotated_workbook(preview: Preview) -> bytes:
    """The file back with its faults and warnings marked in their cells, as .xlsx."""
    marks = (*preview.faults, *preview.warnings)
    return imports.annotated(preview.data, preview.file_name, marks, preview.table.sheet)


def _voucher_tables(
    tables: Sequence[Table], mapping: Mapping | None
) -> tuple[list[tuple[Table, Mapping]], list[Refused]]:
    """The tables that are voucher lists, and why the others are not; raises where none is."""
    found: list[tuple[Table, Mapping]] = []
    refused: list[Refused] = []
    for table in tables:
        try:
            found.append((table, imports.mapping_for(table, PURPOSE, mapping)))
        except Invalid as refusal:
            refused.append(refusal)
    complete = [(t, m) for t, m in found if not m.missing()]
    if not found:
        raise refused[0]
    return complete or found[:1], refused


def _readers(
    tables: Sequence[tuple[Table, Mapping]],
    book: AccountBook,
    file_name: str,
    faults: list[ImportFault],
    warnings: list[ImportFault],
) -> tuple[list[TableReader], list[list[Line]]]:
    readers: list[TableReader] = []
    lines: list[list[Line]] = []
    for table, mapping in tables:
        header = (file_name, table.sheet, table.header_rows[-1])
        try:
            lines.append(read_rows(table, mapping))
            readers.append(TableReader(table, mapping, book, file_name))
        except Invalid as refused:
            faults.append(ImportFault(refused.code, refused.zh, refused.en, *header))
        warnings += imports.doubts(table, mapping, file_name)
    return readers, lines


def _file_faults(organization: Organization, data: bytes, file_name: str) -> Iterator[ImportFault]:
    yield from imports.faults_of_name(file_name)
    earlier = VoucherImport.objects.filter(
        organization=organization, document_id=hashlib.sha256(data).hexdigest(), undone_at=None
    ).first()
    if earlier is not None:
        at = earlier.at.astimezone(SHANGHAI)
        yield ImportFault(
            "import.same_file",
            f"这个文件已在{at:%Y-%m-%d %H:%M}导入过（{earlier.vouchers}张凭证）；要重新导入，请先撤销那一次。",
            f"This file was imported on {at:%Y-%m-%d %H:%M} ({earlier.vouchers} vouchers); undo that import first.",
            file_name,
        )


def _write(actor: Appointment, preview: Preview, now: datetime) -> VoucherImport:
    organization = preview.organization
    document = documents.store(preview.data, imports.media_type(preview.data), now=now)
    done = insert(
        VoucherImport(
            organization=organization,
            document=document,
            file_name=preview.file_name[-200:],
            mapping=preview.mapping.as_dict(),
            vouchers=len(preview.vouchers),
            postings=preview.postings,
            total=preview.total,
            by=actor,
            at=now,
        )
    )
    preview.book.save_new()
    months = {m.period: m for m in preview.open_months}
    for period in preview.new_months:
        months[period] = insert(Month(organization=organization, period=period, opened_at=now))
    ready = [Ready(months[f"{v.entry.day:%Y-%m}"], v.number, v.entry, v.accounts) for v in preview.vouchers]
    entries.write(ready, source=done)
    target = f"import:{done.public_id}"
    audit.record(
        actor, "books.import_vouchers", target, now=now, organization=organization, vouchers=done.vouchers
    )
    return done


def _require_undoable(voucher_import: VoucherImport) -> None:
    if voucher_import.undone_at is not None:
        raise NotReady(
            "import.undone_already",
            f"《{voucher_import.file_name}》的这次导入已经撤销。",
            f"This import of {voucher_import.file_name} was undone already.",
        )
    vouchers = Voucher.objects.filter(source=voucher_import)
    closed = vouchers.filter(month__closed_at__isnull=False).order_by("month__period").first()
    if closed is not None:
        raise NotReady(
            "import.month_closed",
            f"《{voucher_import.file_name}》里有{closed.month.period}的凭证，该月已经结账，不能撤销；"
            "没有公布的请先重开该月，已公布的请用红字冲销。",
            f"{voucher_import.file_name} has vouchers of {closed.month.period}, which is closed; re-open it first, "
            "or reverse the vouchers if it is published.",
        )
    reversed_one = vouchers.filter(reversed_by__isnull=False).first()
    if reversed_one is not None:
        raise NotReady(
            "import.reversed",
            f"这次导入的{reversed_one}已被冲销，不能整批撤销；请逐张冲销。",
            f"{reversed_one} of this import was reversed, so it cannot be undone as a whole; reverse the others.",
        )
