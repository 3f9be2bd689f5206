"""Backup and restore: everything but the keys comes back, and what was erased does not."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import Settings

from cunwu import triggers
from cunwu.demo import ledger, steps
from cunwu.demo.county import Village as Acting
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import keys, log
from cunwu.disclosure.models import Publication
from cunwu.documents import actions as documents
from cunwu.errors import Invalid, NotReady
from cunwu.installation import Installation
from cunwu.law.periods import Period
from cunwu.management.backup import write_backup
from cunwu.management.restoring import restore
from cunwu.portal.bake import bake_all
from cunwu.portal.export import export_site
from cunwu.tlog.check import check_log
from disclosure.steps import publish, sheet

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from conftest import Village

SEPTEMBER = Period("month", 2026, 9)
SHOWN = "购买办公用品".encode()
"""A line of the sheet; the books keep it, residents' pages must not."""


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """Rows that are really committed, as a backup sees them. Afterwards the guards are taken off, so that the tables
    can be emptied; `flush` puts them back."""
    yield
    with connection.cursor() as cursor:
        for name in triggers.TRIGGERS:
            cursor.execute(f"DROP TRIGGER {name}")


@pytest.fixture
def acting(village: Village) -> Acting:
    """Who acts for 云溪村."""
    return Acting(
        place=village.place,
        books=village.collective,
        accountant=village.wang,
        supervision_head=village.zhao,
        committee_head=village.xiulan,
        party_secretary=village.li,
        clerk=village.clerk,
        committee_members=(),
        boards=("村委会门口公开栏",),
        profile=ledger.profile("云溪村", ("周小雨", "王秀兰", "孙梅")),
    )


@pytest.fixture
def published(committed: None, demo_data: None, acting: Acting, now: datetime) -> Publication:
    """September's sheet of a real month of books, published and in the log."""
    steps.open_books(acting, SEPTEMBER, now=now)
    return publish_month(acting, SEPTEMBER, now)


def publish_month(acting: Acting, period: Period, now: datetime) -> Publication:
    """From vouchers to the log."""
    steps.take_in(acting, period, now=now)
    steps.close(acting, period, now=now)
    draft = steps.draft(acting, period, now=now)
    steps.sign(acting, draft, now=now)
    publication = steps.meet_and_publish(acting, draft, now=now)
    log.sequence(now=now)
    return publication


@pytest.fixture
def backup(published: Publication, tmp_path: Path, now: datetime) -> Path:
    """A backup taken after it was published."""
    return write_backup(tmp_path / "county.tar.gz", now=now).path


def files_with(folder: Path, needle: bytes) -> list[Path]:
    """Every file below `folder` that holds these bytes, compressed copies unpacked."""

    def holds(path: Path) -> bool:
        data = path.read_bytes()
        return needle in data or (path.suffix == ".gz" and needle in gzip.decompress(data))

    return [path for path in folder.rglob("*") if path.is_file() and holds(path)]


def test_a_backup_holds_everything_but_keys(backup: Path, published: Publication) -> None:
    with tarfile.open(backup) as archive:
        names = archive.getnames()
        every = b"".join(archive.extractfile(member).read() for member in archive)  # type: ignore[union-attr]
    assert {"cunwu.sqlite3", "manifest.json", "site/log/checkpoint"} <= set(names)
    assert any(published.document_id in name for name in names)
    for key in Path(django_settings.KEYS).glob("*.key"):
        text = key.read_text().strip()
        assert text.encode() not in every
        assert bytes.fromhex(text) not in every
    assert backup.stat().st_mode & 0o077 == 0


def test_restored_into_an_empty_folder_it_is_the_same(
    backup: Path, published: Publication, tmp_path: Path, village: Village
) -> None:
    done = restore(backup, tmp_path / "new")
    assert (done.erased, done.log_size) == (0, 1)
    found = sqlite3.connect(tmp_path / "new" / "cunwu.sqlite3")
    assert found.execute("SELECT count(*) FROM cunwu_publication").fetchone() == (1,)
    with pytest.raises(sqlite3.DatabaseError, match="never deleted"):
        found.execute("DELETE FROM cunwu_publication")
    found.close()
    document = tmp_path / "new" / "documents" / published.document_id[:2] / published.document_id
    assert document.read_bytes() == documents.read(published.document)
    assert check_log(tmp_path / "new" / "site" / "log", log.signer().verifier) == []
    assert not [p for p in tmp_path.iterdir() if "restoring" in p.name]


def test_a_restore_refuses_a_folder_that_holds_something(backup: Path, home: Path) -> None:
    with pytest.raises(NotReady) as refused:
        restore(backup, home)
    assert refused.value.code == "restore.not_empty"


def test_a_backup_never_overwrites(backup: Path, now: datetime) -> None:
    with pytest.raises(NotReady) as refused:
        write_backup(backup, now=now)
    assert refused.value.code == "backup.exists"


def test_the_takedown_drill_leaves_no_byte(
    backup: Path,
    published: Publication,
    village: Village,
    home: Path,
    tmp_path: Path,
    now: datetime,
) -> None:
    bake_all(now=now)
    mirror = tmp_path / "mirror"
    export_site(mirror, now=now)
    content, salt = documents.read(published.document), bytes(published.salt.value)
    assert files_with(mirror, SHOWN)
    assert files_with(mirror, content)
    assert files_with(mirror, salt.hex().encode())
    disclosure.take_down(
        village.chen, published, reason_code="personal_data", reason_zh="写了个人信息", now=now
    )
    log.sequence(now=now)
    export_site(mirror, now=now)
    restored = tmp_path / "new"
    done = restore(backup, restored, erasures=[home / "erasures.jsonl"])
    assert done.erased == 1
    for folder in (home, mirror, restored):
        for needle in (content, salt, salt.hex().encode()):
            assert files_with(folder, needle) == []
    assert files_with(mirror, SHOWN) == files_with(home / "site", SHOWN) == []
    found = sqlite3.connect(restored / "cunwu.sqlite3")
    assert found.execute("SELECT count(*) FROM cunwu_salt").fetchone() == (0,)
    assert found.execute(
        "SELECT erased_at IS NOT NULL FROM cunwu_document WHERE sha256 = ?", (published.document_id,)
    ).fetchone() == (1,)
    found.close()


def test_a_backup_from_before_the_take_down_shows_the_erasure_and_everything_else(
    published: Publication, village: Village, acting: Acting, home: Path, tmp_path: Path, now: datetime
) -> None:
    other = publish_month(acting, SEPTEMBER.shifted(1), now + timedelta(days=30))
    shutil.copy(Path(os.environ["CUNWU_HOME"]) / "installation.toml", home)
    backup = write_backup(tmp_path / "county.tar.gz", now=now).path
    disclosure.take_down(
        village.chen, published, reason_code="personal_data", reason_zh="写了个人信息", now=now
    )
    restored = tmp_path / "new"
    restore(backup, restored, erasures=[home / "erasures.jsonl"])
    environment = os.environ | {
        "CUNWU_HOME": str(restored),
        "CUNWU_KEYS": str(django_settings.KEYS),
        "DJANGO_SETTINGS_MODULE": "cunwu.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "cunwu.management", "bake", "--all", "--json"],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["erased_without_record"] == [published.public_id]
    site = restored / "site"
    for language, words in (("zh", "从更早的备份恢复"), ("en", "restored from an older backup")):
        page = (site / language / "d" / published.public_id / "index.html").read_text(encoding="utf-8")
        assert words in page
        assert (site / language / "d" / other.public_id / "index.html").exists()
        assert (site / language / "p" / village.place.public_id / "index.html").exists()
    assert published.public_id in (site / "erasures.json").read_text(encoding="utf-8")
    assert not (site / "d" / published.public_id).exists()


def test_the_manifest_that_waits_in_the_folder_is_replayed_too(
    backup: Path, published: Publication, tmp_path: Path
) -> None:
    target = tmp_path / "new"
    target.mkdir()
    line = {"document": published.document_id, "at": "2026-10-09T00:00:00+00:00"}
    (target / "erasures.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert restore(backup, target).erased == 1
    assert json.loads((target / "erasures.jsonl").read_text(encoding="utf-8")) == line


def test_an_older_log_than_the_published_one_is_refused(
    backup: Path, village: Village, tmp_path: Path, now: datetime
) -> None:
    publish(village, now, sheet(period="2026-08"), period="2026-08")
    log.sequence(now=now)
    with pytest.raises(NotReady) as refused:
        restore(backup, tmp_path / "new", published=log.folder() / "checkpoint")
    assert refused.value.code == "restore.log_is_older"
    assert "log recover" in refused.value.en
    assert not (tmp_path / "new").exists()


def changed(backup: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """A copy of the backup in which `change` was made to each member."""
    target = backup.with_name("changed.tar.gz")
    with tarfile.open(backup) as source, tarfile.open(target, "w:gz") as copy:
        for member in source:
            stream = source.extractfile(member)
            assert stream is not None
            member.name, data = change(member.name, stream.read())
            member.size = len(data)
            copy.addfile(member, io.BytesIO(data))
    return target


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("restore.damaged", lambda name, data: (name, data + b"x" if "documents/" in name else data)),
        ("restore.damaged", lambda name, data: (name.replace("documents/", "documents/0"), data)),
        ("restore.damaged", lambda name, data: (name.replace("documents/", "../documents/"), data)),
        ("restore.not_a_backup", lambda name, data: (name, b"{}" if name == "manifest.json" else data)),
        ("restore.not_a_backup", lambda name, data: (name, b"{" if name == "manifest.json" else data)),
    ],
)
def test_a_changed_backup_is_refused_whole(
    backup: Path, tmp_path: Path, code: str, change: Callable[[str, bytes], tuple[str, bytes]]
) -> None:
    with pytest.raises(Invalid) as refused:
        restore(changed(backup, change), tmp_path / "new")
    assert refused.value.code == code
    assert not (tmp_path / "new").exists()
    assert not [p for p in tmp_path.iterdir() if "restoring" in p.name]


@pytest.mark.parametrize("cut", [0, 10, 1000])
def test_a_backup_that_is_cut_off_is_refused(backup: Path, tmp_path: Path, cut: int) -> None:
    short = tmp_path / "short.tar.gz"
    short.write_bytes(backup.read_bytes()[:cut])
    with pytest.raises(Invalid) as refused:
        restore(short, tmp_path / "new")
    assert refused.value.code == "restore.not_a_backup"


def test_a_manifest_that_cannot_be_read_is_refused_not_skipped(backup: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "from-a-mirror.jsonl"
    for text in ("{", '{"document": "not a hash"}', '{"doc": 1}'):
        manifest.write_text(text, encoding="utf-8")
        with pytest.raises(Invalid) as refused:
            restore(backup, tmp_path / "new", erasures=[manifest])
        assert refused.value.code == "restore.manifest"


def test_a_clean_machine_does_not_know_the_name_of_the_log(
    backup: Path, tmp_path: Path, settings: Settings
) -> None:
    installation: Installation = settings.CUNWU
    settings.CUNWU = type(installation)(**{**vars(installation), "log_origin": "localhost/not-set-up"})
    assert restore(backup, tmp_path / "new").log_size == 1


def test_a_backup_from_before_the_key_changed_is_restored_by_its_fingerprint(
    backup: Path, tmp_path: Path, settings: Settings, now: datetime
) -> None:
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"
    first = log.fingerprint()
    keys.change(keys.Because.COMPROMISE, now=now)
    log.sequence(now=now)
    for typed in ("", "dead beef"):
        with pytest.raises(Invalid) as refused:
            restore(backup, tmp_path / "new", fingerprint=typed)
        assert refused.value.code == "log.other_key"
        assert first in refused.value.zh
        assert not (tmp_path / "new").exists()
    newest = log.folder() / "checkpoint"
    with pytest.raises(NotReady) as older:
        restore(backup, tmp_path / "new", fingerprint=first, published=newest)
    assert older.value.code == "restore.log_is_older"
    assert restore(backup, tmp_path / "new", fingerprint=first).log_size == 1
    settings.HOME = tmp_path / "new"
    assert [key.fingerprint for key in keys.trusted()] == [first]


def test_the_commands_report(
    published: Publication, cunwu: Callable[..., Any], tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "b.tar.gz"
    assert cunwu("backup", file, "--json").json["log_size"] == 1
    done = cunwu("restore", file, "--into", tmp_path / "new", "--json")
    assert (done.code, done.json["log_size"]) == (0, 1)
    assert "CUNWU_HOME" in cunwu("restore", file, "--into", tmp_path / "other").out
    shutil.rmtree(tmp_path / "other")
    assert cunwu("restore", file).code == 1
