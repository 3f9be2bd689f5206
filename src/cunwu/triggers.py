"""Puts the rooms' database guards in place: after every migration, since SQLite drops them when a table is rebuilt."""

from __future__ import annotations

from django.db import connection

from cunwu.assets.triggers import TRIGGERS as ASSETS
from cunwu.books.triggers import TRIGGERS as BOOKS
from cunwu.disclosure.triggers import TRIGGERS as DISCLOSURE
from cunwu.org.triggers import TRIGGERS as ORG
from cunwu.procedures.triggers import TRIGGERS as PROCEDURES

TRIGGERS = {**ORG, **DISCLOSURE, **PROCEDURES, **BOOKS, **ASSETS}


def install() -> None:
    """Drop and create every guard. Idempotent."""
    remove()
    with connection.cursor() as cursor:
        for name, body in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER {name} {body}")


def remove() -> None:
    """Drop every guard, for as long as tables must be rebuilt or emptied; the system check E002 finds them missing."""
    with connection.cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing() -> list[str]:
    """Guards that the database does not have, or has in another wording; empty where all is well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        there = {str(name): " ".join(str(sql).split()) for name, sql in cursor.fetchall()}
    return [
        name
        for name, body in TRIGGERS.items()
        if there.get(name) != " ".join(f"CREATE TRIGGER {name} {body}".split())
    ]


def install_after_migrate(**_: object) -> None:
    """Receiver of `post_migrate`; migrating to zero leaves no tables to guard."""
    if "cunwu_meeting" in connection.introspection.table_names():
        install()
