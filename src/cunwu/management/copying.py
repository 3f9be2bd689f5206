"""Every row of one database into another, of whichever engine: how a backup leaves PostgreSQL and comes back to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.models import Model

from cunwu import triggers

SNAPSHOT, FILE = "snapshot", "file"
"""Aliases of the databases that are open only while a copy is made."""
BATCH = 2_000


def copy_to_file(path: Path) -> None:
    """Write what the PostgreSQL database holds at this moment into a new SQLite file, with the same tables.

    Reads in one REPEATABLE READ transaction that takes no lock of writers: work goes on meanwhile.
    """
    default = connections.settings["default"]
    reading = {**default, "ENGINE": "django.db.backends.postgresql"}
    with _opened(SNAPSHOT, reading), _opened(FILE, _sqlite(path)):
        call_command("migrate", database=FILE, verbosity=0)
        with transaction.atomic(SNAPSHOT):
            with connections[SNAPSHOT].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            copy_rows(SNAPSHOT, FILE)


def copy_from_file(path: Path) -> None:
    """Write what a SQLite file holds into the PostgreSQL database, whose tables hold nothing that is ours.

    All or nothing. The guards are lifted for that transaction only.
    """
    with _opened(FILE, _sqlite(path)):
        copy_rows(FILE, "default")


def copy_rows(source: str, target: str) -> None:
    """Every row of every table with its keys, in one transaction; what migrations wrote into the target is replaced."""
    tables = list(_tables())
    with transaction.atomic(target):
        triggers.remove(target)
        for model in tables:
            model._base_manager.using(target).all()._raw_delete(target)
        for model in tables:
            _copy(model, source, target)
        triggers.install(target)
        with connections[target].cursor() as cursor:
            for statement in connections[target].ops.sequence_reset_sql(no_style(), tables):
                cursor.execute(statement)


def _tables() -> Iterator[type[Model]]:
    """Models with a table of their own, tables between two models included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def _copy(model: type[Model], source: str, target: str) -> None:
    rows: list[Model] = []
    for row in model._base_manager.using(source).order_by("pk").iterator(BATCH):
        rows.append(row)
        if len(rows) == BATCH:
            model._base_manager.using(target).bulk_create(rows)
            rows = []
    model._base_manager.using(target).bulk_create(rows)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {},
    }


@contextmanager
def _opened(alias: str, database: dict[str, Any]) -> Iterator[None]:
    connections.settings[alias] = database
    try:
        yield
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
