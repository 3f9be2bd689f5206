"""Bytes are kept by their hash, and what is erased stays erased."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from conftest import Village
from cunwu.documents import actions
from cunwu.documents.models import Document, Erasure
from cunwu.errors import NotFound

DATA = "2026年9月 集体财务收支".encode()


def test_the_same_bytes_are_kept_once(db: None, now: datetime) -> None:
    first = actions.store(DATA, "application/json", now=now)
    assert actions.store(DATA, "application/json", now=now) == first
    assert actions.read(first) == DATA
    assert Document.objects.count() == 1


def test_what_nobody_took_in_is_gone_after_a_day(
    village: Village, now: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    sent, kept = (actions.store(data, "text/csv", now=now) for data in (DATA, b"kept"))
    Erasure.objects.create(document=kept, at=now, by=village.chen, reason_code="x")
    assert {"Draft", "Publication", "VoucherImport", "BoardNotice", "Expiry", "Erasure"} <= {
        model.__name__ for model, _ in actions.references()
    }
    assert actions.drop_unused(now=now + timedelta(hours=23)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.drop_unused(now=now + timedelta(hours=25)) == 1
    assert not actions.path_of(sent.sha256).exists()
    assert actions.read(kept) == b"kept"
    assert actions.read(actions.store(DATA, "text/csv", now=now)) == DATA


def test_changed_bytes_crash_loudly(db: None, now: datetime) -> None:
    document = actions.store(b"honest", "text/plain", now=now)
    actions.path_of(document.sha256).write_bytes(b"forged")
    with pytest.raises(RuntimeError, match="changed"):
        actions.read(document)


@pytest.mark.django_db(transaction=True)
def test_erased_bytes_are_gone_and_do_not_come_back(now: datetime) -> None:
    from conftest import build_village

    village = build_village(now)
    document = actions.store(b"a name that should not stand here", "text/plain", now=now)
    actions.erase(village.chen, document, "personal_data", now=now)
    assert not actions.path_of(document.sha256).exists()
    assert document.sha256 in actions.manifest_path().read_text()
    with pytest.raises(NotFound):
        actions.read(document)
    with pytest.raises(NotFound):
        actions.store(b"a name that should not stand here", "text/plain", now=now)


@pytest.mark.django_db(transaction=True)
def test_a_restored_copy_is_erased_again(now: datetime) -> None:
    from conftest import build_village

    village = build_village(now)
    data = b"restored from yesterday's backup"
    document = actions.store(data, "text/plain", now=now)
    actions.erase(village.chen, document, "personal_data", now=now)
    actions.erase(village.chen, document, "personal_data", now=now)
    actions.path_of(document.sha256).write_bytes(data)
    assert list(actions.replay_erasures()) == [document.sha256]
    assert not actions.path_of(document.sha256).exists()
    assert Erasure.objects.filter(document=document).count() == 1
    assert actions.manifest_path().read_text().count(document.sha256) == 1


def test_a_mapping_is_remembered_for_its_shape(village: Village, now: datetime) -> None:
    assert actions.recall_mapping("vouchers", "shape") is None
    actions.remember_mapping(village.wang, "vouchers", "shape", {"0": "date"}, now=now)
    actions.remember_mapping(village.wang, "vouchers", "shape", {"0": "number"}, now=now)
    assert actions.recall_mapping("vouchers", "shape") == {"0": "number"}
