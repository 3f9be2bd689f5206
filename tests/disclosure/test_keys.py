"""The log's key followed by another one: planned, lost, or taken; stopped anywhere it is carried on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from cunwu.disclosure import keys, log, queries
from cunwu.disclosure.keys import Because
from cunwu.disclosure.models import LogEntry, Publication
from cunwu.errors import Invalid, NotReady
from cunwu.installation import create_keys
from cunwu.org.models import AuditEntry
from cunwu.tlog.handover import open_handover
from cunwu.tlog.verify import read_bundle, verify
from disclosure.steps import publish


class Stopped(Exception):
    """The machine lost power here."""


@pytest.fixture
def key_file(settings: Settings, tmp_path: Path) -> Path:
    """The log's key, in a folder of its own for this test."""
    folder = tmp_path / "keys"
    shutil.copytree(settings.KEYS, folder)
    settings.KEYS = folder
    return folder / "log.key"


@pytest.fixture
def published(key_file: Path, village: Any, now: datetime) -> Publication:
    """A sheet in the log, under the first key."""
    made = publish(village, now)
    log.sequence(now=now)
    return made


def new_process() -> None:
    log._opened.__dict__.clear()


def verified(publication: Publication) -> set[str]:
    """The fingerprints on papers that a check of this publication's proof accepts."""
    bundle = read_bundle(json.dumps(queries.bundle(publication)).encode())
    report = verify(bundle)
    assert report.verified, report.lines
    return {key.fingerprint for key in [bundle.key, *bundle.earlier_keys()]}


def test_a_planned_change_leads_old_papers_to_the_new_key(
    published: Publication, key_file: Path, village: Any, now: datetime
) -> None:
    first, size = log.fingerprint(), log.log_directory().size
    done = keys.change(Because.ROTATION, now=now)
    assert log.fingerprint() == done.key.fingerprint != first
    assert open_handover(done.handover.encode()).size == size
    assert log.sequence(now=now).count == 1
    assert verified(published) == {first, log.fingerprint()}
    assert log.check() == []
    assert [path.name for path in key_file.parent.glob("log*")] == ["log.key"]
    assert key_file.stat().st_mode & 0o777 == 0o600
    (entry,) = LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE)
    assert entry.index == size
    assert AuditEntry.objects.filter(action="keys.change").count() == 1

    keys.change(Because.ROTATION, now=now + timedelta(days=365))
    log.sequence(now=now + timedelta(days=365))
    assert len(verified(published)) == 3
    later = publish(village, now + timedelta(days=365), period="2027-08")
    log.sequence(now=now + timedelta(days=365))
    assert first in verified(later)


def test_a_lost_key_is_followed_but_vouches_for_nothing(
    published: Publication, key_file: Path, now: datetime
) -> None:
    first = log.fingerprint()
    with pytest.raises(NotReady) as refused:
        keys.change(Because.LOSS, now=now)
    assert refused.value.code == "key.not_lost"
    key_file.unlink()
    with pytest.raises(NotReady) as refused:
        keys.change(Because.ROTATION, now=now)
    assert refused.value.code == "key.lost"
    done = keys.change(Because.LOSS, now=now)
    assert (done.earlier.fingerprint, done.handover) == (first, "")
    log.sequence(now=now)
    assert verified(published) == {log.fingerprint()}
    assert log.check() == []


def test_a_key_that_was_taken_hands_nothing_over_and_ends_every_chain(
    published: Publication, key_file: Path, now: datetime
) -> None:
    keys.change(Because.ROTATION, now=now)
    log.sequence(now=now)
    stolen = key_file.read_text()
    keys.change(Because.COMPROMISE, now=now)
    log.sequence(now=now)
    assert verified(published) == {log.fingerprint()}
    assert keys.trusted() == [keys.history()[0].earlier]

    before = (log.folder() / "checkpoint").read_bytes()
    key_file.write_text(stolen)
    new_process()
    with pytest.raises(Invalid):
        log.sequence(now=now)
    assert (log.folder() / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("because", list(Because))
@pytest.mark.parametrize("at", ["enter", "replace_key", "between", "after"])
def test_stopped_anywhere_it_goes_on_with_the_same_key(
    published: Publication, key_file: Path, village: Any, now: datetime, monkeypatch: pytest.MonkeyPatch,
    because: Because, at: str,
) -> None:  # fmt: skip
    if because is Because.LOSS:
        key_file.unlink()
    with monkeypatch.context() as patched:
        stop(patched, at)
        with pytest.raises(Stopped):
            keys.change(because, now=now)
    new_process()
    following = keys._signer(keys.NEXT)
    if because is not Because.LOSS:
        # Work goes on meanwhile: nothing is signed by a key that has ended, and nothing is lost.
        publish(village, now, period="2026-10")
        if at in {"between", "after"}:
            with pytest.raises((NotReady, Invalid)):
                log.sequence(now=now)
            assert log.check() != []
    new_process()
    done = keys.change(because, now=now)
    assert following is not None
    assert done.key == following.verifier
    assert done.because is because
    log.sequence(now=now)
    assert log.check() == []
    assert LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE).count() == 1
    assert len(verified(published)) == (2 if because is Because.ROTATION else 1)


def stop(patched: pytest.MonkeyPatch, at: str) -> None:
    """Lose power before the entry, before the folder's key, between the folder's key and its checkpoint, or before the
    key file takes its place."""

    def stopping(*_: Any, **__: Any) -> None:
        raise Stopped

    if at in {"enter", "replace_key"}:
        patched.setattr(keys, at, stopping)
    elif at == "after":
        patched.setattr(Path, "replace", replace_but(lambda path: path.stem == keys.NEXT))
    else:
        patched.setattr(Path, "replace", replace_but(lambda path: path.name == "checkpoint.tmp"))


def replace_but(stops: Callable[[Path], bool]) -> Callable[[Path, Path], Path]:
    original = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if stops(path):
            raise Stopped
        return original(path, target)

    return replace


def test_another_thread_takes_the_new_key_up(published: Publication, key_file: Path, now: datetime) -> None:
    opened = log.log_directory()
    keys.change(Because.ROTATION, now=now)
    with pytest.raises(NotReady) as refused:
        opened.append([b"under the old key"])
    assert refused.value.code == "log_key_changed"
    assert log.log_directory().verifier == log.signer().verifier


def test_nothing_is_changed_while_a_restored_log_waits(
    published: Publication, key_file: Path, now: datetime
) -> None:
    log.restored_mark().write_text("{}")
    with pytest.raises(NotReady) as refused:
        keys.change(Because.ROTATION, now=now)
    assert refused.value.code == "log.restored"
    log.restored_mark().unlink()


def test_a_copy_from_before_is_read_with_the_key_it_names(
    published: Publication, key_file: Path, now: datetime, tmp_path: Path
) -> None:
    shutil.copytree(log.folder(), tmp_path / "copy")
    first = log.signer().verifier
    keys.change(Because.COMPROMISE, now=now)
    with pytest.raises(Invalid) as refused:
        keys.signing(tmp_path / "copy", known=keys.trusted())
    assert refused.value.code == "log.other_key"
    assert first.fingerprint in refused.value.zh
    assert keys.signing(tmp_path / "copy", fingerprint=first.fingerprint.upper().replace(" ", "")) == first
    assert keys.signing(tmp_path / "copy", known=[first]) == first
    assert keys.signing(log.folder()) == log.signer().verifier


def test_keys_are_made_once(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    before = {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()}
    create_keys(tmp_path / "keys")
    assert {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()} == before
