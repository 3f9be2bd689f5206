"""Vouchers from a file: sent once, looked at, the columns set right, taken in whole or not at all, undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.books.importing import (
    CSV,
    XLSX,
    Preview,
    annotated_workbook,
    import_vouchers,
    preview_import,
    require_plain_name,
    undo_import,
)
from cunwu.books.models import VoucherImport
from cunwu.desk import typed
from cunwu.desk.exports import attachment
from cunwu.desk.lists import listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, organization_or_404
from cunwu.desk.wording import language, say
from cunwu.documents import actions as documents
from cunwu.documents.cells import plain_text
from cunwu.documents.headers import Mapping, field_names
from cunwu.documents.models import Document
from cunwu.documents.redaction import masked
from cunwu.documents.tables import Row
from cunwu.documents.workbooks import LARGEST_FILE
from cunwu.errors import Invalid, NotFound
from cunwu.org.models import Organization

UPLOADS = "uploads"
"""The session's key: what this person sent and has not imported yet, by organization and hash: name and columns."""
SAMPLE = 20
MOST_FAULTS = 200
KEPT = 10


@dataclass(frozen=True)
class Upload:
    """A file that was sent to look at. `columns` is the mapping as the person changed it, or None."""

    organization: Organization
    sha256: str
    name: str
    columns: dict[str, Any] | None

    @property
    def key(self) -> str:
        """Under which the session keeps it: a file sent for one village is not another's."""
        return f"{self.organization.public_id}:{self.sha256}"

    def preview(self, request: DeskRequest) -> Preview:
        """What the file would bring now; nothing is written."""
        return preview_import(
            act_for(request, self.organization, "books.keep"),
            self.organization,
            documents.read(Document.objects.get(pk=self.sha256)),
            self.name,
            mapping=Mapping.from_dict(self.columns) if self.columns else None,
            now=request.now,
        )


def imports(request: DeskRequest, organization_id: str) -> HttpResponse:
    """Send a file; the imports so far, each to be undone as a whole."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, "books.keep")
    return answer(request, organization, _show_imports, {"upload": _upload, "undo": _undo})


def _show_imports(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    return "desk/import.html", {
        "organization": organization,
        "tab": "books",
        "list": listing(
            request,
            organization.imports.select_related("by__person"),
            words=("file_name",),
            sorts={"at": ("-at",), "name": ("file_name", "-at")},
        ),
        "opened": organization.months.exists(),
    }


def _upload(request: DeskRequest, organization: Organization) -> HttpResponse:
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile) or not sent.name:
        raise Invalid(
            "desk.no_file", "没有选择文件，请选择后再上传。", "No file was chosen; choose one first."
        )
    require_plain_name(sent.name)
    if (sent.size or 0) > LARGEST_FILE:
        raise Invalid(
            "desk.file_too_large",
            f"《{sent.name}》超过{LARGEST_FILE // 2**20}MB，请按月拆分后再导入。",
            f"{sent.name} is larger than {LARGEST_FILE // 2**20} MB; split it by month.",
        )
    data = sent.read()
    # Read and checked before anything is kept: what cannot be read leaves no trace.
    preview_import(
        act_for(request, organization, "books.keep"), organization, data, sent.name, now=request.now
    )
    document = documents.store(data, XLSX if data[:2] == b"PK" else CSV, now=request.now)
    upload = Upload(organization, document.sha256, sent.name, None)
    _keep(request, upload)
    return redirect("desk:preview", organization.public_id, document.sha256)


def _undo(request: DeskRequest, organization: Organization) -> str:
    found = VoucherImport.objects.select_related("organization__place").filter(
        organization=organization, public_id=typed.text(request, "import")
    )
    voucher_import = found.first()
    if voucher_import is None:
        raise NotFound(
            "desk.import", "没有这次导入，请刷新页面。", "There is no such import; reload the page."
        )
    undo_import(act_for(request, organization, "books.keep"), voucher_import, now=request.now)
    return say("已撤销，{n}张凭证已移除。", "Undone: {n} vouchers were removed.", n=voucher_import.vouchers)


def preview(request: DeskRequest, organization_id: str, sha256: str) -> HttpResponse:
    """What the file would bring: columns, faults, warnings, the first vouchers; POST sets columns or imports."""
    organization = organization_or_404(organization_id)
    act_for(request, organization, "books.keep")
    upload = _kept(request, organization, sha256)
    if request.GET.get("as") == "xlsx":
        marked = annotated_workbook(upload.preview(request))
        name = f"{upload.name.rpartition('.')[0]}（已标注）.xlsx"
        return HttpResponse(marked, content_type=XLSX, headers=attachment(name))
    return answer(request, upload, _show_preview, {"columns": _set_columns, "import": _import})


def _show_preview(request: DeskRequest, upload: Upload) -> tuple[str, dict[str, object]]:
    found = upload.preview(request)
    names = field_names(found.mapping.purpose)
    return "desk/preview.html", {
        "organization": upload.organization,
        "tab": "books",
        "upload": upload,
        "preview": found,
        "columns": [
            (column, _shown(found.table.rows[:3], column.index))
            for column in found.mapping.columns
            if column.header
        ],
        "fields": [(name, zh if language() == "zh" else en) for name, (zh, en) in names.items()],
        "missing": [names[name][0 if language() == "zh" else 1] for name in found.mapping.missing()],
        "faults": found.faults[:MOST_FAULTS],
        "warnings": found.warnings[:MOST_FAULTS],
        "sample": [
            (voucher, list(zip_longest(voucher.entry.postings, voucher.accounts)))
            for voucher in found.vouchers[:SAMPLE]
        ],
    }


def _shown(rows: Sequence[Row], index: int) -> list[str]:
    """What the rows hold in that column, blanks left out, numbers that no page repeats masked."""
    texts = (plain_text(row.cells[index]) for row in rows if index < len(row.cells))
    return [masked(text) for text in texts if text]


def _set_columns(request: DeskRequest, upload: Upload) -> str:
    mapping = upload.preview(request).mapping
    wanted = {
        column.index: request.POST.get(f"column_{column.index}", column.field or "") or None
        for column in mapping.columns
        if column.header
    }
    changed = {
        column.index: wanted[column.index]
        for column in mapping.columns
        if column.index in wanted and wanted[column.index] != column.field
    }
    # Freed first, so that two columns can change places.
    for index in changed:
        mapping = mapping.with_column(index, None)
    for index, field in changed.items():
        if field is not None:
            mapping = mapping.with_column(index, field)
    _keep(request, Upload(upload.organization, upload.sha256, upload.name, mapping.as_dict()))
    return say("已按新的对应关系重新读取。", "Read again with the columns as you set them.")


def _import(request: DeskRequest, upload: Upload) -> HttpResponse:
    found = upload.preview(request)
    done = import_vouchers(
        act_for(request, upload.organization, "books.keep"),
        upload.organization,
        found.data,
        upload.name,
        mapping=found.mapping,
        now=request.now,
    )
    uploads = request.session.get(UPLOADS, {})
    uploads.pop(upload.key, None)
    request.session[UPLOADS] = uploads
    return _tell_and_go(request, upload.organization, found.months, done.vouchers)


def _tell_and_go(
    request: DeskRequest, organization: Organization, months: tuple[str, ...], count: int
) -> HttpResponse:
    messages.success(request, say("已导入{n}张凭证。", "{n} vouchers were imported.", n=count))
    if len(months) == 1:
        return redirect("desk:month", organization.public_id, months[0])
    return redirect("desk:books", organization.public_id)


def _keep(request: DeskRequest, upload: Upload) -> None:
    uploads = dict(list(request.session.get(UPLOADS, {}).items())[-KEPT:])
    uploads[upload.key] = {"name": upload.name, "columns": upload.columns}
    request.session[UPLOADS] = uploads


def _kept(request: DeskRequest, organization: Organization, sha256: str) -> Upload:
    sent = request.session.get(UPLOADS, {}).get(f"{organization.public_id}:{sha256}")
    if sent is None or not Document.objects.filter(pk=sha256, erased_at=None).exists():
        raise NotFound(
            "desk.upload",
            "这个文件没有在本次登录中上传过，或者已经导入；请重新上传。",
            "This file was not sent in this session, or is imported already; send it again.",
        )
    return Upload(organization, sha256, sent["name"], sent["columns"])
