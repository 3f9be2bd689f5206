"""A county on PostgreSQL: backed up while it runs, brought back to another database or into a SQLite file, row by row the same."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cunwu import installation
from postgresql import server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgresql")]

TESTS = Path(__file__).resolve().parents[1]
BEGIN = """
import json
from datetime import datetime
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from cunwu import triggers
"""
PUBLISH = """
call_command("migrate", verbosity=0)
from conftest import SHANGHAI, build_village
from cunwu.disclosure import log
from cunwu.org.models import DataOrigin
from disclosure.steps import publish
now = datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)
DataOrigin.objects.create(pk=1, kind="demo")
village = build_village(now)
for month in range(1, 4):
    publish(village, now, period=f"2026-{month:02}")
log.sequence(now=now)
"""
TELL = """
tables = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
def told(value):
    return value.hex() if isinstance(value, bytes) else bytes(value).hex() if isinstance(value, memoryview) else str(value)
print(json.dumps({
    "engine": connection.vendor,
    "missing": triggers.missing(),
    "rows": {
        model._meta.label: [[told(value) for value in row] for row in model._base_manager.order_by("pk").values_list()]
        for model in tables
    },
}))
"""
GO_ON = """
from conftest import SHANGHAI
from cunwu.disclosure import log
from cunwu.org import actions
print(actions.register_person(None, "新来的人", now=datetime(2026, 10, 9, 10, 0, tzinfo=SHANGHAI)).pk)
print(json.dumps(log.check()))
"""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """A server of the module's own."""
    with server("18") as url:
        yield url


def database(postgresql: str) -> str:
    """The address of a new, empty database."""
    import psycopg

    name = f"county_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgresql.rpartition('/')[0]}/{name}"


def county(home: Path, keys: Path, url: str | None) -> dict[str, str]:
    """The surroundings of one installation."""
    path = os.pathsep.join((str(TESTS), str(TESTS.parent / "src")))
    found = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    found |= {"CUNWU_HOME": str(home), "CUNWU_KEYS": str(keys), "PYTHONPATH": path}
    found |= {"DJANGO_SETTINGS_MODULE": "cunwu.settings"}
    return found | ({"DATABASE_URL": url} if url else {})


def python(code: str, surroundings: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cunwu(surroundings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cunwu.management", *arguments]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)


def test_a_backup_comes_back_to_either_engine_row_by_row(postgresql: str, tmp_path: Path) -> None:
    home, keys = tmp_path / "var", tmp_path / "keys"
    home.mkdir()
    (home / "installation.toml").write_text(
        'county_code = "990101"\npacks = ["cn", "cn-shandong", "fangzi"]\nmode = "demo"\n'
    )
    installation.create_keys(keys)
    running = county(home, keys, database(postgresql))
    python(PUBLISH, running)
    before = json.loads(python(TELL, running))
    assert before["engine"] == "postgresql"
    assert before["missing"] == []
    assert len(before["rows"]["cunwu.Publication"]) == 3
    file = tmp_path / "county.tar.gz"
    assert cunwu(running, "backup", str(file)).returncode == 0

    refused = cunwu(running | {"CUNWU_HOME": str(tmp_path / "third")}, "restore", str(file))
    assert refused.returncode == 1
    assert "create an empty one" in refused.stderr

    for folder, url in (("server", database(postgresql)), ("file", None)):
        again = county(tmp_path / folder, keys, url)
        done = cunwu(again, "restore", str(file))
        assert done.returncode == 0, done.stderr
        after = json.loads(python(TELL, again))
        assert after["engine"] == ("postgresql" if url else "sqlite")
        assert after["missing"] == []
        assert after["rows"] == before["rows"]
        person, faults = python(GO_ON, again).splitlines()
        assert int(person) > max(int(row[0]) for row in before["rows"]["cunwu.Person"])
        assert json.loads(faults) == []
        assert (tmp_path / folder / "cunwu.sqlite3").exists() == (url is None)
