"""Vouchers from a file: sent once, looked at, the columns set right, taken in whole or not at all, undone as a whole."""

from __future__ import annotations

from itertools import zip_longest

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.books.importing import (
    PURPOSE,
    Preview,
    annotated_workbook,
    import_vouchers,
    preview_import,
    undo_import,
)
from cunwu.books.models import VoucherImport
from cunwu.desk import typed, uploads
from cunwu.desk.exports import attachment
from cunwu.desk.lists import listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for, organization_or_404
from cunwu.desk.uploads import Upload
from cunwu.desk.wording import language, say
from cunwu.documents.headers import field_names
from cunwu.documents.imports import XLSX
from cunwu.errors import NotFound
from cunwu.org.models import Organization

SAMPLE = 20
MOST_FAULTS = 200


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
    data, name = uploads.sent_file(request)
    # Read and checked before anything is kept: what cannot be read leaves no trace.
    preview_import(act_for(request, organization, "books.keep"), organization, data, name, now=request.now)
    upload = uploads.begin(request, organization, PURPOSE, data, name)
    return redirect("desk:preview", organization.public_id, upload.sha256)


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
    upload = uploads.kept(request, organization, PURPOSE, sha256)
    if request.GET.get("as") == "xlsx":
        marked = annotated_workbook(_preview(request, upload))
        name = f"{upload.name.rpartition('.')[0]}（已标注）.xlsx"
        return HttpResponse(marked, content_type=XLSX, headers=attachment(name))
    return answer(request, upload, _show_preview, {"columns": _set_columns, "import": _import})


def _preview(request: DeskRequest, upload: Upload) -> Preview:
    return preview_import(
        act_for(request, upload.organization, "books.keep"),
        upload.organization,
        upload.data,
        upload.name,
        mapping=upload.mapping,
        now=request.now,
    )


def _show_preview(request: DeskRequest, upload: Upload) -> tuple[str, dict[str, object]]:
    found = _preview(request, upload)
    names = field_names(found.mapping.purpose)
    return "desk/preview.html", {
        "organization": upload.organization,
        "tab": "books",
        "upload": upload,
        "preview": found,
        "columns": [
            (column, uploads.shown(found.table.rows[:3], column.index))
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


def _set_columns(request: DeskRequest, upload: Upload) -> str:
    upload.changed(request, uploads.columns_as_chosen(request, _preview(request, upload).mapping))
    return say("已按新的对应关系重新读取。", "Read again with the columns as you set them.")


def _import(request: DeskRequest, upload: Upload) -> HttpResponse:
    found = _preview(request, upload)
    done = import_vouchers(
        act_for(request, upload.organization, "books.keep"),
        upload.organization,
        found.data,
        upload.name,
        mapping=found.mapping,
        now=request.now,
    )
    uploads.drop(request, upload)
    return _tell_and_go(request, upload.organization, found.months, done.vouchers)


def _tell_and_go(
    request: DeskRequest, organization: Organization, months: tuple[str, ...], count: int
) -> HttpResponse:
    messages.success(request, say("已导入{n}张凭证。", "{n} vouchers were imported.", n=count))
    if len(months) == 1:
        return redirect("desk:month", organization.public_id, months[0])
    return redirect("desk:books", organization.public_id)
