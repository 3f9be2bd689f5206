"""Rows written and read by plain statements, where an action does it each time.

Django composes a statement anew whenever it is used, which takes several times as long as SQLite needs to answer it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model

M = TypeVar("M", bound=Model)
_AS_THEY_ARE = {str, int, bool, type(None)}
"""Types that the drivers of both engines write as Django would hand them on."""
_DAYS = {date, datetime, type(None)}


def insert(row: M) -> M:
    """Write `row`, which is new, as `save(force_insert=True)` does; no signals are sent. Returns it with its key."""
    statement, fields = _insertion(type(row))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias
    return row


BATCH = 5_000
"""Rows of a generator that are held at once."""


def insert_all(rows: Iterable[M]) -> None:
    """Write rows of one table, all of them new, by one statement; they do not learn their keys."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        _insert_batch(batch)


def insert_values(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """As `insert_all`, of rows that nobody needs afterwards: each by the names of its columns in Python (`contract_id`);
    what is not named has the field's default."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        statement, fields = _insertion(model)
        columns = [
            [row[field.attname] if field.attname in row else field.get_default() for row in batch]
            for field in fields
        ]
        _execute(statement, fields, columns)


def _insert_batch(rows: Sequence[M]) -> None:
    statement, fields = _insertion(type(rows[0]))
    _execute(statement, fields, [[getattr(row, field.attname) for row in rows] for field in fields])


def _execute(statement: str, fields: Sequence[Field[Any, Any]], columns: Sequence[list[Any]]) -> None:
    prepared = [_prepared(field, column) for field, column in zip(fields, columns, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(statement.partition(" RETURNING ")[0], list(zip(*prepared, strict=True)))


def _prepared(field: Field[Any, Any], column: list[Any]) -> list[Any]:
    """A column's values as the driver takes them; plain text, numbers and nothing go as they are."""
    types = {type(value) for value in column}
    if not isinstance(field, JSONField) and types <= _AS_THEY_ARE:
        return column
    if types <= _DAYS:  # of many rows few are different
        said = {value: field.get_db_prep_save(value, connection) for value in set(column)}
        return [said[value] for value in column]
    return [field.get_db_prep_save(value, connection) for value in column]


def insert_all_with_keys(rows: Sequence[M]) -> None:
    """As `insert_all`, for a table whose rows have a `public_id`; they learn their keys, by a query for every thousand."""
    if not rows:
        return
    insert_all(rows)
    model, by_id = type(rows[0]), {row.public_id: row for row in rows}  # type: ignore[attr-defined]
    for ids in _batched(by_id, 900):
        for key, public_id in model._default_manager.filter(public_id__in=ids).values_list("pk", "public_id"):
            row = by_id[public_id]
            row.pk, row._state.adding, row._state.db = key, False, connection.alias


def _batched(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """The ids, so many at a time."""
    every = list(ids)
    return (every[start : start + size] for start in range(0, len(every), size))


def update(model: type[Model], changes: Mapping[str, Any], where: Mapping[str, Any]) -> int:
    """Set `changes` in the rows whose columns equal `where` (names of fields, no None); returns how many.

    As `filter(**where).update(**changes)`: what is claimed this way is claimed once.
    """
    statement, fields = _update(model, tuple(changes), tuple(where))
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, (*changes.values(), *where.values()), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def select(statement: str, *values: str | int | None) -> list[tuple[Any, ...]]:
    """What `statement` finds, with `values` in the place of its `%s`."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


@cache
def _update(
    model: type[Model], changes: tuple[str, ...], where: tuple[str, ...]
) -> tuple[str, tuple[Field[Any, Any], ...]]:
    known, quoted = model._meta, connection.ops.quote_name
    by_name = {field.name: field for field in known.concrete_fields}
    fields = tuple(by_name[name] for name in (*changes, *where))
    named = [f"{quoted(str(field.column))} = %s" for field in fields]
    setting, asking = ", ".join(named[: len(changes)]), " AND ".join(named[len(changes) :])
    return f"UPDATE {quoted(known.db_table)} SET {setting} WHERE {asking}", fields  # noqa: S608  (names of ours)


@cache
def _insertion(model: type[Model]) -> tuple[str, tuple[Field[Any, Any], ...]]:
    known, quoted = model._meta, connection.ops.quote_name
    fields = tuple(field for field in known.concrete_fields if not isinstance(field, AutoField))
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    key = quoted(str(known.pk.column))
    return f"INSERT INTO {quoted(known.db_table)} ({columns}) VALUES ({marks}) RETURNING {key}", fields  # noqa: S608  (names of ours)
