"""Whatever a backup, a settings file, an erasure manifest or DATABASE_URL holds: taken, or refused whole."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given
from hypothesis import strategies as st

from cunwu.errors import Refused
from cunwu.installation import Installation, read_installation
from cunwu.management.base import _moment
from cunwu.management.restoring import restore
from cunwu.settings import _postgresql
from hostile import LONG, answer, contents, few, many, texts

SETTINGS = b'title_zh = "a"\ncounty_code = "370704"\npacks = ["cn"]\nportal_url = "https://a.example"\nmeetings_from = 2027-01-01\n'
LINE = b'{"document": "' + b"ab" * 32 + b'", "at": "2026-10-09T00:00:00+00:00"}\n'
Members = list[tuple[str, bytes, bytes]]
SOUND: Members = [
    ("cunwu.sqlite3", b"not a database", tarfile.REGTYPE),
    ("documents/aa/b", b"x", tarfile.REGTYPE),
]


def archive(members: Members, manifest: object = None) -> bytes:
    """A backup as it might be: its members, and a list that agrees with them unless another is given."""
    files = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data, _ in members
    }
    listed = {
        "format": "cunwu-backup/1",
        "made_at": "2026-10-08",
        "log_size": 0,
        "log_origin": "a/b",
        "files": files,
    }
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, data, kind in (
            *members,
            ("manifest.json", json.dumps(manifest or listed).encode(), tarfile.REGTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(data), "../../outside"
            tar.addfile(member, io.BytesIO(data))
    return target.getvalue()


def refused(folder: Path, data: bytes) -> str:
    """The refusal's code; nothing is left beside the folder."""
    backup = folder / "county.tar.gz"
    backup.write_bytes(data)
    with pytest.raises(Refused) as refusal:
        restore(backup, folder / "new")
    assert [path.name for path in folder.iterdir()] == ["county.tar.gz"]
    return refusal.value.code


@pytest.mark.parametrize(
    "name",
    ["../outside", "/etc/outside", "documents/../../outside", "a\\..\\b", ".", "", "x" * 300, "a/../b"],
)
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE,
                                  tarfile.CHRTYPE, tarfile.GNUTYPE_SPARSE])  # fmt: skip
def test_a_backup_leads_nowhere_else(db: None, tmp_path: Path, name: str, kind: bytes) -> None:
    assert refused(tmp_path, archive([*SOUND, (name, b"", kind)])).startswith("restore.")


def test_a_link_and_what_is_written_through_it_are_refused(db: None, tmp_path: Path) -> None:
    members = [("documents", b"", tarfile.SYMTYPE), ("documents/x", b"x", tarfile.REGTYPE)]
    assert refused(tmp_path, archive([*SOUND, *members])) == "restore.damaged"


@pytest.mark.parametrize(
    "manifest",
    [[], "x", 5, {"format": "cunwu-backup/1"}, {"format": "cunwu-backup/1", "files": []},
     {"format": "cunwu-backup/1", "files": {"cunwu.sqlite3": 5}}, {"format": "cunwu-backup/1", "files": {"x": {}}},
     {"format": []}],
)  # fmt: skip
def test_a_list_in_another_form_is_refused(db: None, tmp_path: Path, manifest: object) -> None:
    assert refused(tmp_path, archive(SOUND, manifest)) in {"restore.not_a_backup", "restore.damaged"}


def test_a_database_that_is_none_is_refused(db: None, tmp_path: Path) -> None:
    assert refused(tmp_path, archive(SOUND)) == "restore.damaged"
    assert refused(tmp_path, archive(SOUND[1:])) == "restore.damaged"


def test_a_backup_that_claims_more_than_it_lists_is_stopped_early(db: None, tmp_path: Path) -> None:
    """A file that unpacks to far more than there is room for, and one whose holes are larger than any disk."""
    member = tarfile.TarInfo("documents/aa/c")
    member.size = 10**15
    bomb = gzip.compress(member.tobuf() + bytes(50_000_000))
    assert refused(tmp_path, bomb) in {"restore.not_a_backup", "restore.no_room"}


@few
@given(data=contents(archive(SOUND), gzip.compress(b"x" * 2_000)))
def test_any_bytes_are_no_backup(db: None, tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    assert refused(tmp_path_factory.mktemp("any"), data).startswith("restore.")


@few
@given(data=contents(gzip.decompress(archive(SOUND))))
def test_any_archive_is_no_backup(db: None, tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    assert refused(tmp_path_factory.mktemp("any"), gzip.compress(data, 1)).startswith("restore.")


@few
@given(data=contents(LINE * 2))
@example(data=b"[" * 100_000)
@example(data=LINE.replace(b'"ab', b'" ab'))
def test_any_manifest_is_read_or_refused(
    db: None, tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("manifest")
    (folder / "m.jsonl").write_bytes(data)
    (folder / "county.tar.gz").write_bytes(b"")
    answer(lambda: restore(folder / "county.tar.gz", folder / "new", erasures=[folder / "m.jsonl"]))


@many
@given(data=contents(SETTINGS))
@example(data=b"\xff")
@example(data=b"county_code = " + b"[" * 50_000)
@example(data=b"county_code = " + LONG.encode())
@example(data=b'desk_url = "https://["')
@example(data=b'desk_url = "javascript:alert(1)"')
@example(data=b'portal_url = "https://a.example:99999"')
def test_any_settings_file_is_read_or_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "installation.toml").write_bytes(data)
    found = answer(lambda: read_installation(tmp_path))
    assert found is None or isinstance(found, Installation)


@pytest.mark.parametrize("text", [b"\xff", b"a = [", b"unknown = 1", b'desk_url = "https://["'])
def test_a_settings_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: bytes
) -> None:
    from cunwu.management import run

    (tmp_path / "installation.toml").write_bytes(text)
    monkeypatch.setenv("CUNWU_HOME", str(tmp_path))
    assert run(["appointments"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "installation.toml" in told


@many
@given(
    texts("postgresql://cunwu:secret@127.0.0.1:5432/cunwu?sslmode=require", "postgres://%2Fvar%2Frun/cunwu")
)
@example("postgresql://[")
@example("postgresql://host:port/name")
@example("mysql://x")
@example("postgresql://u:p@h:99999999/x")
def test_any_database_url_is_settings_or_refused_and_never_repeated(url: str) -> None:
    said = ""
    try:
        said = str(_postgresql(url)["ENGINE"])
    except ImproperlyConfigured as refusal:
        said = str(refusal)
    assert said == "cunwu.postgresql" or ("DATABASE_URL must read" in said and "secret" not in said)


@given(st.text(max_size=30))
@example("2026-10-08T10:00")
@example("٢٠٢٦-10-08")
def test_any_moment_is_a_time_or_a_usage_error(text: str) -> None:
    zone: object = None
    try:
        zone = _moment(text).tzinfo
    except ArgumentTypeError as told:
        zone = str(told)
    assert zone
