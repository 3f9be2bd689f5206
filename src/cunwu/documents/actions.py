"""Keeping bytes by their hash, erasing them so that they stay erased, remembering how columns are read."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from cunwu.documents.models import ColumnMapping, Document, Erasure
from cunwu.errors import NotFound
from cunwu.org import audit
from cunwu.org.authority import Actor, Clock
from cunwu.org.models import Appointment
from cunwu.org.rows import insert

UNUSED_FOR = timedelta(days=1)


def path_of(sha256: str) -> Path:
    """Where the bytes with this hash lie in the data folder."""
    return Path(settings.HOME) / "documents" / sha256[:2] / sha256


def digest(data: bytes) -> str:
    """The name that `data` are kept under: SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def manifest_path() -> Path:
    """The erasure manifest: one JSON object a line, replayed by restore and by mirrors."""
    return Path(settings.HOME) / "erasures.jsonl"


def store(data: bytes, media_type: str, *, now: datetime) -> Document:
    """Keep `data` under its SHA-256; the same bytes are kept once. The file is durable before the row is written.

    Bytes that were erased once do not come back by being stored again: raises NotFound `document.erased`.
    """
    sha256 = digest(data)
    existing = Document.objects.filter(pk=sha256).first()
    if existing is not None and existing.erased_at is not None:
        raise _erased(sha256)
    if existing is None or not path_of(sha256).exists():
        _write(path_of(sha256), data)
    return existing or insert(Document(sha256=sha256, size=len(data), media_type=media_type, stored_at=now))


def read(document: Document) -> bytes:
    """The bytes. Raises NotFound `document.erased` where they were erased, RuntimeError where they were changed."""
    if document.erased_at is not None:
        raise _erased(document.sha256)
    data = path_of(document.sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != document.sha256:
        raise RuntimeError(f"the bytes of document {document.sha256} were changed on disk")
    return data


def erase(actor: Actor, document: Document, reason_code: str, *, now: datetime) -> Erasure:
    """Erase the bytes: a line in the manifest, the row marked, and after the commit the file overwritten and removed.

    The caller has required the right (a tombstone's, an expiry's). Idempotent: an erased document stays as it is.
    """
    done = Erasure.objects.filter(document=document).first()
    if done is not None:
        return done
    with transaction.atomic():
        document.erased_at = now
        document.save(update_fields=["erased_at"])
        by = None if isinstance(actor, Clock) else actor
        erasure = Erasure.objects.create(document=document, at=now, by=by, reason_code=reason_code)
        audit.record(
            actor, "documents.erase", f"document:{document.sha256[:24]}", now=now, reason=reason_code
        )
        transaction.on_commit(lambda: _finish_erasure(document.sha256, now))
    return erasure


def drop_unused(*, now: datetime) -> int:
    """Remove what was sent more than a day ago and nothing refers to: files that were looked at and never taken in,
    with whatever personal data made the desk refuse them. Returns how many; no manifest, for nothing of it was shown."""
    unused = Document.objects.filter(stored_at__lt=now - UNUSED_FOR, erased_at=None)
    for model, field in references():
        unused = unused.exclude(pk__in=model._default_manager.exclude(**{field: None}).values(field))
    with transaction.atomic():
        dropped = list(unused.values_list("sha256", flat=True))
        Document.objects.filter(pk__in=dropped).delete()
        for sha256 in dropped:
            transaction.on_commit(partial(_remove, path_of(sha256)))
    return len(dropped)


def references() -> list[tuple[type[Model], str]]:
    """Every table and column that refers to a document, those without a way back included."""
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Document
    ]


def replay_erasures() -> Iterator[str]:
    """Remove every byte that the manifest or the table says is erased; yields the hashes whose bytes were still there."""
    for sha256 in sorted(erased_hashes()):
        if path_of(sha256).exists():
            _finish_erasure(sha256, None)
            yield sha256


def remember_mapping(
    actor: Appointment, purpose: str, shape: str, columns: dict[str, Any], *, now: datetime
) -> ColumnMapping:
    """Keep how columns of this shape are read, for the next file of that shape; the last confirmed one counts."""
    with transaction.atomic():
        mapping, _ = ColumnMapping.objects.update_or_create(
            purpose=purpose,
            shape=shape,
            defaults={"columns": columns, "confirmed_at": now, "confirmed_by": actor},
        )
        audit.record(actor, "documents.remember_mapping", f"mapping:{shape[:24]}", now=now)
    return mapping


def recall_mapping(purpose: str, shape: str) -> dict[str, Any] | None:
    """The columns as a person last confirmed them for this shape, or None."""
    mapping = ColumnMapping.objects.filter(purpose=purpose, shape=shape).first()
    return None if mapping is None else dict(mapping.columns)


def _erased(sha256: str) -> NotFound:
    return NotFound(
        "document.erased",
        f"文件{sha256[:8]}已依法删除，不能再取出，也不能再存入。",
        f"Document {sha256[:8]} was erased by law; it can be neither read nor stored again.",
        basis="个人信息保护法第四十七条",
        basis_en="Personal Information Protection Law, Article 47",
    )


def erased_hashes() -> set[str]:
    """The SHA-256 of everything that the manifest or the table says is erased."""
    listed = {str(line["document"]) for line in _manifest_lines()}
    return listed | set(Document.objects.exclude(erased_at=None).values_list("sha256", flat=True))


def _manifest_lines() -> list[dict[str, object]]:
    path = manifest_path()
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _finish_erasure(sha256: str, now: datetime | None) -> None:
    if now is not None and all(line["document"] != sha256 for line in _manifest_lines()):
        with manifest_path().open("a") as file:
            file.write(json.dumps({"document": sha256, "at": now.isoformat()}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    _remove(path_of(sha256))


def _remove(path: Path) -> None:
    """Overwrite and remove."""
    if path.exists():
        with path.open("r+b") as file:
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
