"""Ledgers from a file: sent once, looked at, the columns set right, taken in whole or not at all, undone as a whole."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from cunwu.assets.importing import (
    PURPOSES,
    Preview,
    annotated_ledger,
    import_ledger,
    preview_ledger,
    undo_ledger,
)
from cunwu.assets.ledger_rows import Choices
from cunwu.assets.models import LedgerImport
from cunwu.assets.words import ASSET_KINDS, CONTRACT_KINDS
from cunwu.desk import typed, uploads
from cunwu.desk.assets import ledger_of
from cunwu.desk.exports import attachment
from cunwu.desk.lists import listing
from cunwu.desk.pages import answer
from cunwu.desk.requests import DeskRequest, act_for
from cunwu.desk.uploads import Upload
from cunwu.desk.wording import language, say
from cunwu.documents.cells import Unreadable, parse_date
from cunwu.documents.headers import field_names
from cunwu.documents.imports import XLSX
from cunwu.errors import Invalid, NotFound
from cunwu.law.texts import Text
from cunwu.org.models import Organization

SAMPLE = 20
MOST_FAULTS = 200
PURPOSE_WORDS = {
    "contracts": Text(zh="合同台账", en="contracts"),
    "assets": Text(zh="资产资源台账", en="assets and resources"),
    "receivables": Text(zh="欠款清单", en="what is owed"),
}
_PAGES = {"contracts": "desk:contracts", "assets": "desk:assets", "receivables": "desk:receivables"}


def imports(request: DeskRequest, organization_id: str) -> HttpResponse:
    """Send a ledger; the imports so far, each to be undone as a whole."""
    organization = ledger_of(request, organization_id)
    act_for(request, organization, "assets.keep")
    return answer(request, organization, _show_imports, {"upload": _upload, "undo": _undo})


def _show_imports(request: DeskRequest, organization: Organization) -> tuple[str, dict[str, object]]:
    return "desk/ledger_import.html", {
        "organization": organization,
        "tab": "assets",
        "purposes": PURPOSE_WORDS,
        "chosen": request.GET.get("purpose", "contracts"),
        "list": listing(
            request,
            organization.ledger_imports.select_related("by__person"),
            words=("file_name",),
            sorts={"at": ("-at",), "name": ("file_name", "-at")},
        ),
    }


def _upload(request: DeskRequest, organization: Organization) -> HttpResponse:
    purpose = _purpose(typed.text(request, "purpose"))
    data, name = uploads.sent_file(request)
    actor = act_for(request, organization, "assets.keep")
    # Read and checked before anything is kept: what cannot be read leaves no trace.
    preview_ledger(actor, organization, purpose, data, name, now=request.now)
    upload = uploads.begin(request, organization, purpose, data, name)
    return redirect("desk:ledger_preview", organization.public_id, purpose, upload.sha256)


def _purpose(name: str) -> str:
    if name not in PURPOSES:
        raise Invalid("ledger.purpose", "请选择是哪一种台账。", "Choose which ledger it is.")
    return name


def _undo(request: DeskRequest, organization: Organization) -> str:
    found = LedgerImport.objects.select_related("organization__place").filter(
        organization=organization, public_id=typed.text(request, "import")
    )
    done = found.first()
    if done is None:
        raise NotFound(
            "desk.import", "没有这次导入，请刷新页面。", "There is no such import; reload the page."
        )
    undo_ledger(act_for(request, organization, "assets.keep"), done, now=request.now)
    return say("已撤销，{n}行已移除。", "Undone: {n} rows were removed.", n=done.rows)


def preview(request: DeskRequest, organization_id: str, purpose: str, sha256: str) -> HttpResponse:
    """What the file would bring: columns, faults, remarks, the first rows; POST sets columns or imports."""
    organization = ledger_of(request, organization_id)
    act_for(request, organization, "assets.keep")
    upload = uploads.kept(request, organization, _purpose(purpose), sha256)
    if request.GET.get("as") == "xlsx":
        marked = annotated_ledger(_preview(request, upload))
        name = f"{upload.name.rpartition('.')[0]}（已标注）.xlsx"
        return HttpResponse(marked, content_type=XLSX, headers=attachment(name))
    return answer(request, upload, _show_preview, {"columns": _set_columns, "import": _import})


def _preview(request: DeskRequest, upload: Upload) -> Preview:
    chosen = upload.choices
    return preview_ledger(
        act_for(request, upload.organization, "assets.keep"),
        upload.organization,
        upload.purpose,
        upload.data,
        upload.name,
        mapping=upload.mapping,
        choices=Choices(
            chosen.get("kind", ""),
            chosen.get("asset_kind", ""),
            parse_date(chosen["owed_day"]) if chosen.get("owed_day") else None,
        ),
        now=request.now,
    )


def _show_preview(request: DeskRequest, upload: Upload) -> tuple[str, dict[str, object]]:
    found = _preview(request, upload)
    names = field_names(found.mapping.purpose)
    mapped = {column.field for column in found.mapping.columns}
    return "desk/ledger_preview.html", {
        "organization": upload.organization,
        "tab": "assets",
        "upload": upload,
        "purpose": PURPOSE_WORDS[upload.purpose],
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
        "sample": found.found[:SAMPLE],
        "contract_kinds": CONTRACT_KINDS if upload.purpose == "contracts" else {},
        "asset_kinds": ASSET_KINDS if upload.purpose != "receivables" else {},
        "asks_owed_day": "owed" in mapped,
    }


def _set_columns(request: DeskRequest, upload: Upload) -> str:
    owed_day = typed.text(request, "owed_day")
    try:
        chosen_day = parse_date(owed_day).isoformat() if owed_day else ""
    except Unreadable as fault:
        raise Invalid("desk.field", f"“欠款应交日期”：{fault.zh}。", f"“Day due”: {fault.en}.") from None
    choices = {
        "kind": typed.text(request, "kind"),
        "asset_kind": typed.text(request, "asset_kind"),
        "owed_day": chosen_day,
    }
    upload.changed(request, uploads.columns_as_chosen(request, _preview(request, upload).mapping), choices)
    return say("已按新的选择重新读取。", "Read again as you chose.")


def _import(request: DeskRequest, upload: Upload) -> HttpResponse:
    actor = act_for(request, upload.organization, "assets.keep")
    done = import_ledger(actor, _preview(request, upload), now=request.now)
    uploads.drop(request, upload)
    messages.success(request, say("已导入{n}行。", "{n} rows were imported.", n=done.rows))
    return redirect(_PAGES[upload.purpose], upload.organization.public_id)
