"""The house keeps its order: who may import whom, and which table may point at which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

PROJECT = Path(__file__).parents[2]
ROOMS = [
    "org",
    "documents",
    "duties",
    "disclosure",
    "procedures",
    "books",
    "assets",
    "oversight",
    "programmes",
]
"""Rooms with tables, from the lowest up; siblings would share a place."""

NAMES_NOT_TAKEN = {"utils", "helpers", "common", "services", "managers", "signals"}


def room_of(model: type[models.Model]) -> str:
    """The package that a table is written in."""
    return model.__module__.split(".")[1]


def own_models() -> list[type[models.Model]]:
    """Our tables."""
    return list(apps.get_app_config("cunwu").get_models())


def test_rooms_import_only_downwards() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("model", own_models(), ids=lambda m: m.__name__)
def test_keys_point_downwards(model: type[models.Model]) -> None:
    """A foreign key, also one named by a string, goes to the same room or a lower one."""
    for field in model._meta.get_fields():
        target = field.related_model
        if not field.concrete or not isinstance(target, type) or target._meta.app_label != "cunwu":
            continue
        assert ROOMS.index(room_of(target)) <= ROOMS.index(room_of(model)), f"{model.__name__}.{field.name}"


def test_lower_rooms_do_not_read_reverse_accessors_of_higher_ones() -> None:
    """`month.vouchers` in books is well; `publication.months` in disclosure would be an upward look."""
    found = []
    for model in own_models():
        for relation in model._meta.related_objects:
            owner, user = room_of(model), room_of(relation.related_model)
            name = relation.get_accessor_name()
            if name is None or ROOMS.index(user) <= ROOMS.index(owner):
                continue
            lower = ROOMS[: ROOMS.index(user)]
            found += [
                f"{path.relative_to(PROJECT)} reads .{name}"
                for room in lower
                for path in (PROJECT / "src" / "cunwu" / room).glob("**/*.py")
                if f".{name}." in path.read_text(encoding="utf-8")
                and path.name != "models.py"
                and path.parent.name != "models"
                # the same word as an accessor of a lower table is that table's own
                and not any(
                    other.get_accessor_name() == name
                    and ROOMS.index(room_of(other.related_model)) < ROOMS.index(user)
                    for lower_model in own_models()
                    for other in lower_model._meta.related_objects
                )
            ]
    assert found == []


def test_no_room_for_leftovers() -> None:
    """Folders are nouns: no utils, helpers, common, services, managers, signals."""
    assert [p for p in (PROJECT / "src").glob("**/*") if p.stem in NAMES_NOT_TAKEN] == []


def test_files_stay_small() -> None:
    """400 lines a file, migrations and generated files aside."""
    long = {
        str(path.relative_to(PROJECT)): lines
        for path in (PROJECT / "src").glob("**/*.py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_migrations_keep_to_the_database_that_is_migrated() -> None:
    """A backup from PostgreSQL migrates a file beside the database in use: rows of the latter are none of its business."""
    astray = [
        f"{path.name}: {line.strip()}"
        for path in (PROJECT / "src" / "cunwu" / "migrations").glob("0*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if ".objects" in line and ".objects.using(" not in line
    ]
    assert astray == []
