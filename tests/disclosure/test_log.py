"""Stopped at any point, the sequencer carries on with the same log; beside an old backup it does not carry on."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.db import IntegrityError
from pytest_django import Settings

from cunwu.disclosure import log, queries
from cunwu.disclosure.models import LogEntry, Publication, Salt
from cunwu.documents import actions as documents
from cunwu.errors import NotReady
from cunwu.installation import WitnessSetting
from cunwu.tlog import directory
from cunwu.tlog.tree import leaf_hash, root_hash
from cunwu.tlog.witness import Witness, make_server
from disclosure.steps import publish, sheet

MONTHS = [f"2026-{month:02}" for month in range(1, 6)]


class Stopped(Exception):
    """The machine lost power here."""


@pytest.fixture
def pending(village: Any, now: datetime) -> list[LogEntry]:
    """Two entries in the log, three that wait."""
    for period in MONTHS[:2]:
        publish(village, now, period=period)
    log.sequence(now=now)
    for period in MONTHS[2:]:
        publish(village, now, period=period)
    return list(LogEntry.objects.filter(index=None))


def new_process() -> None:
    """Forget what this process has opened."""
    log._opened.__dict__.clear()


def assert_sound(now: datetime) -> None:
    """Every entry is in, in the order in which it was written, and everything agrees."""
    entries = list(LogEntry.objects.order_by("id"))
    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert all(entry.sequenced_at is not None for entry in entries)
    root = root_hash(leaf_hash(entry.leaf.encode()) for entry in entries)
    assert log.log_directory().checkpoint.root == root
    assert log.check() == []
    assert log.sequence(now=now).count == 0


@pytest.mark.parametrize("writes", range(4))
def test_stopped_while_writing_files(
    pending: list[LogEntry], now: datetime, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    original, done = directory.write_files, []

    def stopping(*arguments: Any, **more: Any) -> None:
        if len(done) == writes:
            raise Stopped
        done.append(1)
        original(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(directory, "write_files", stopping)
        if writes < 2:
            with pytest.raises(Stopped):
                log.sequence(now=now)
    new_process()
    log.sequence(now=now)
    assert_sound(now)


@pytest.mark.parametrize("name", ["_append", "mark_stale", "_ask_witnesses"])
def test_stopped_between_the_steps(
    pending: list[LogEntry], village: Any, now: datetime, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(log, name, stop)
        with pytest.raises(Stopped):
            log.sequence(now=now)
    new_process()
    publish(village, now, period="2026-06")
    log.sequence(now=now)
    assert_sound(now)


def test_a_place_once_given_is_kept(pending: list[LogEntry], now: datetime) -> None:
    log.sequence(now=now)
    entry = LogEntry.objects.get(index=0)
    with pytest.raises(IntegrityError, match="a place in the log is never changed"):
        LogEntry.objects.filter(pk=entry.pk).update(index=99)


def test_without_files_but_with_entries_nothing_is_begun_anew(pending: list[LogEntry], now: datetime) -> None:
    shutil.rmtree(log.folder())
    new_process()
    with pytest.raises(NotReady) as refused:
        log.sequence(now=now)
    assert refused.value.code == "log.files_missing"
    assert "cunwu log recover" in refused.value.zh


@pytest.mark.parametrize("same_process", [True, False])
def test_old_files_are_not_continued(
    pending: list[LogEntry], now: datetime, tmp_path: Path, same_process: bool
) -> None:
    shutil.copytree(log.folder(), tmp_path / "old")
    log.sequence(now=now)
    shutil.rmtree(log.folder())
    shutil.copytree(tmp_path / "old", log.folder())
    if not same_process:
        new_process()
    with pytest.raises(NotReady) as refused:
        log.sequence(now=now)
    assert refused.value.code == "log.files_behind"


def test_an_old_database_is_not_continued(pending: list[LogEntry], now: datetime) -> None:
    log.log_directory().append([b"sequenced before the backup was restored"])
    with pytest.raises(NotReady) as refused:
        log.sequence(now=now)
    assert refused.value.code == "log.database_behind"
    assert LogEntry.objects.filter(index=None).count() == len(pending)


def test_another_history_of_the_same_length_is_not_continued(village: Any, now: datetime) -> None:
    LogEntry.objects.create(
        kind="audit_root", leaf="{}", leaf_hash="0" * 64, created_at=now, index=0, sequenced_at=None
    )
    log.log_directory().append([b'{"another":1}'])
    with pytest.raises(NotReady) as refused:
        log.sequence(now=now)
    assert refused.value.code == "log.diverged"


def test_a_pending_entry_has_no_proof_yet(pending: list[LogEntry]) -> None:
    with pytest.raises(NotReady) as refused:
        log.proof(pending[0])
    assert refused.value.code == "log.pending"


def test_entries_beyond_one_bundle(published: Publication, village: Any, now: datetime) -> None:
    LogEntry.objects.bulk_create(
        LogEntry(kind="audit_root", leaf=f'{{"n":{n}}}', leaf_hash=f"{n:064x}", created_at=now)
        for n in range(600)
    )
    assert log.sequence(now=now).size == 601
    assert len([fault for fault in log.check() if "601" in fault]) == 0
    assert log.proof(queries.publication_entry(published))


def test_the_check_names_changed_bytes(published: Publication, now: datetime) -> None:
    path = documents.path_of(published.document_id)
    path.write_bytes(sheet(amount=1))
    (fault,) = log.check()
    assert published.public_id in fault
    path.unlink()
    assert log.check() == [fault]


def test_the_check_names_a_changed_salt(published: Publication, now: datetime) -> None:
    Salt.objects.update(value=b"\x01" * 32)
    (fault,) = log.check()
    assert published.public_id in fault


def test_the_check_names_a_changed_tile(published: Publication, now: datetime) -> None:
    (tile,) = (log.folder() / "tile" / "0").rglob("1")
    tile.write_bytes(bytes(32))
    new_process()
    assert any("tile/0" in fault for fault in log.check())
    shutil.rmtree(log.folder())
    assert any("checkpoint" in fault for fault in log.check())


def test_the_check_names_how_many_are_where(published: Publication, now: datetime) -> None:
    log.log_directory().append([b"nobody knows of this one"])
    (fault,) = log.check()
    assert "the database has placed 1 entries, the log's files have 2" in fault


def test_without_its_key_the_log_is_not_even_opened(
    published: Publication, settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS = tmp_path / "keys"
    with pytest.raises(RuntimeError, match="run `cunwu init`, or bring it back"):
        log.log_directory()


def test_two_processes_that_begin_the_log_at_once_begin_one(
    village: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(village, now)
    begin = directory.LogDirectory.create
    monkeypatch.setattr(directory.LogDirectory, "create", lambda *given: (begin(*given), begin(*given))[1])
    assert log.sequence(now=now).size == 1
    assert_sound(now)


def test_a_log_that_another_process_holds_is_not_begun(
    village: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(village, now)
    monkeypatch.setattr(directory, "LOCK_SECONDS", 0.05)
    log.folder().mkdir(parents=True)
    with directory.locked(log.folder()), pytest.raises(NotReady) as refused:
        log.sequence(now=now)
    assert refused.value.code == "log_busy"
    log.sequence(now=now)
    assert_sound(now)


@pytest.mark.django_db
def test_a_log_that_has_not_begun_has_no_fault() -> None:
    assert log.check() == []


@pytest.fixture
def witness(tmp_path: Path, settings: Settings) -> Iterator[WitnessSetting]:
    """A witness of our own on the loopback interface, and one at an address where nobody listens."""
    watching = Witness.create(tmp_path / "witness", "witness.invalid/school", [log.signer().verifier])
    server = make_server(watching)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    ours = WitnessSetting(
        title_zh="演示见证",
        title_en="Demonstration witness",
        key=watching.verifier.vkey,
        url=f"http://127.0.0.1:{server.server_address[1]}",
        independent=False,
    )
    other = Witness.create(tmp_path / "absent", "witness.invalid/absent", [log.signer().verifier])
    nobody = ours.model_copy(update={"key": other.verifier.vkey, "url": "http://127.0.0.1:1"})
    settings.CUNWU = live_settings.CUNWU.model_copy(update={"witnesses": (ours, nobody)})
    yield ours
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_witness_cosigns_and_an_absent_one_stops_nothing(
    village: Any, witness: WitnessSetting, now: datetime
) -> None:
    publish(village, now)
    done = log.sequence(now=now)
    assert done.cosigned == ("witness.invalid/school",)
    assert [failure.code for failure in done.failures] == ["witness_unreachable"]
    there, absent = log.witnesses()
    assert there.setting == witness
    assert there.cosigned_at is not None
    assert absent.cosigned_at is None
    assert "witness.invalid/school" in log.proof(LogEntry.objects.get())
    assert log.check() == []


def test_a_witness_that_was_away_is_asked_at_the_next_run(
    pending: list[LogEntry], witness: WitnessSetting, now: datetime
) -> None:
    assert log.witnesses()[0].cosigned_at is None
    log.sequence(now=now)
    again = log.sequence(now=now)
    assert (again.count, again.cosigned) == (0, ("witness.invalid/school",))
