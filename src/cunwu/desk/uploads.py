"""A file sent to look at before it is taken in: kept for this person's session, its columns set right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from cunwu.desk.requests import DeskRequest
from cunwu.documents import actions as documents
from cunwu.documents.cells import plain_text
from cunwu.documents.headers import Mapping
from cunwu.documents.imports import media_type, require_plain_name
from cunwu.documents.models import Document
from cunwu.documents.redaction import masked
from cunwu.documents.tables import Row
from cunwu.documents.workbooks import LARGEST_FILE
from cunwu.errors import Invalid, NotFound
from cunwu.org.models import Organization

UPLOADS = "uploads"
"""The session's key: what this person sent and has not imported yet, by organization, purpose and hash."""
KEPT = 10


@dataclass(frozen=True)
class Upload:
    """A file that was sent to look at. `columns` is the mapping as the person changed it, or None; `choices` what the person
    said of the file as a whole."""

    organization: Organization
    purpose: str
    sha256: str
    name: str
    columns: dict[str, Any] | None = None
    choices: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Under which the session keeps it: a file sent for one village is not another's."""
        return f"{self.organization.public_id}:{self.purpose}:{self.sha256}"

    @property
    def mapping(self) -> Mapping | None:
        """How the person said that the columns are to be read."""
        return Mapping.from_dict(self.columns) if self.columns else None

    @property
    def data(self) -> bytes:
        """The file."""
        return documents.read(Document.objects.get(pk=self.sha256))

    def changed(
        self, request: DeskRequest, mapping: Mapping, choices: dict[str, str] | None = None
    ) -> Upload:
        """The same with the mapping, and what was chosen, kept in the session."""
        made = replace(self, columns=mapping.as_dict(), choices=self.choices if choices is None else choices)
        _keep(request, made)
        return made


def sent_file(request: DeskRequest) -> tuple[bytes, str]:
    """The file of the form and its name. Raises Invalid `desk.no_file`, `desk.file_too_large`, `redaction.*`."""
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
    return sent.read(), sent.name


def begin(request: DeskRequest, organization: Organization, purpose: str, data: bytes, name: str) -> Upload:
    """Store a file that could be read, for this session. Side effects in order: the document, the session."""
    document = documents.store(data, media_type(data), now=request.now)
    made = Upload(organization, purpose, document.sha256, name)
    _keep(request, made)
    return made


def kept(request: DeskRequest, organization: Organization, purpose: str, sha256: str) -> Upload:
    """What was sent before. Raises NotFound `desk.upload`."""
    key = Upload(organization, purpose, sha256, "").key
    sent = request.session.get(UPLOADS, {}).get(key)
    if sent is None or not Document.objects.filter(pk=sha256, erased_at=None).exists():
        raise NotFound(
            "desk.upload",
            "这个文件没有在本次登录中上传过，或者已经导入；请重新上传。",
            "This file was not sent in this session, or is imported already; send it again.",
        )
    return Upload(organization, purpose, sha256, sent["name"], sent["columns"], sent["choices"])


def drop(request: DeskRequest, upload: Upload) -> None:
    """Forget it: it is imported."""
    uploads = request.session.get(UPLOADS, {})
    uploads.pop(upload.key, None)
    request.session[UPLOADS] = uploads


def columns_as_chosen(request: DeskRequest, mapping: Mapping) -> Mapping:
    """The mapping as the form's choices change it."""
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
    for index, name in changed.items():
        if name is not None:
            mapping = mapping.with_column(index, name)
    return mapping


def shown(rows: Sequence[Row], index: int) -> list[str]:
    """What the rows hold in that column, blanks left out, numbers that no page repeats masked."""
    texts = (plain_text(row.cells[index]) for row in rows if index < len(row.cells))
    return [masked(text) for text in texts if text]


def _keep(request: DeskRequest, upload: Upload) -> None:
    uploads = dict(list(request.session.get(UPLOADS, {}).items())[-KEPT:])
    uploads[upload.key] = {"name": upload.name, "columns": upload.columns, "choices": upload.choices}
    request.session[UPLOADS] = uploads
