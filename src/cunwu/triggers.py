"""Puts the rooms' database guards in place: after every migration, since SQLite drops them when a table is rebuilt."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from cunwu.assets.triggers import TRIGGERS as ASSETS
from cunwu.books.triggers import TRIGGERS as BOOKS
from cunwu.disclosure.triggers import TRIGGERS as DISCLOSURE
from cunwu.org.triggers import TRIGGERS as ORG
from cunwu.org.triggers import Trigger
from cunwu.oversight.triggers import TRIGGERS as OVERSIGHT
from cunwu.procedures.triggers import TRIGGERS as PROCEDURES
from cunwu.programmes.triggers import TRIGGERS as PROGRAMMES

TRIGGERS = {**ORG, **DISCLOSURE, **PROCEDURES, **BOOKS, **ASSETS, **OVERSIGHT, **PROGRAMMES}

_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_POSTGRESQL = """
    SELECT t.tgname, p.prosrc, c.relname, t.tgtype, t.tgenabled::text, t.tgqual IS NULL, ARRAY(
        SELECT a.attname::text FROM unnest(t.tgattr) AS k(number) JOIN pg_attribute AS a
        ON a.attrelid = t.tgrelid AND a.attnum = k.number)
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"""
"""What the database has: each guard's name, and what makes it up there."""
_BEFORE_EACH_ROW = 1 | 2
_ON = {"INSERT": 4, "DELETE": 8, "UPDATE": 16}
"""Bits of PostgreSQL's `tgtype`."""


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop and create every guard, in one transaction: at no moment is there none. Idempotent, also where two migrate at once."""
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        remove(using)
        for name, trigger in TRIGGERS.items():
            if connection.vendor == "postgresql":
                cursor.execute(trigger.function_on_postgresql(name))
                cursor.execute(trigger.on_postgresql(name))
            else:
                cursor.execute(trigger.on_sqlite(name))


def remove(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop every guard, for as long as tables must be rebuilt or emptied; the system check E002 finds them missing."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, trigger in TRIGGERS.items():
            where = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def missing() -> list[str]:
    """Guards that the database does not have, has in another wording, or has disabled; empty where all is well."""
    connection = connections[DEFAULT_DB_ALIAS]
    on_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL if on_postgresql else _SQLITE)
        there = {str(name): list(made_up) for name, *made_up in cursor.fetchall()}
    if on_postgresql:
        return [n for n, trigger in TRIGGERS.items() if not _is_that(trigger, there.get(n))]
    return [name for name, trigger in TRIGGERS.items() if there.get(name) != [trigger.on_sqlite(name)]]


def _is_that(trigger: Trigger, there: list[Any] | None) -> bool:
    if there is None:
        return False
    *made_up, columns = there
    wanted = [trigger.body_on_postgresql, trigger.table, _BEFORE_EACH_ROW | _ON[trigger.verb], "O", True]
    return made_up == wanted and set(columns) == set(trigger.of)


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """Receiver of `post_migrate`; migrating to zero leaves no tables to guard."""
    if "cunwu_meeting" in connections[using].introspection.table_names():
        install(using)
