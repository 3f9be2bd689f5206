"""Actions read, decide, then write. On SQLite they do so one after the other; here an advisory lock keeps that order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.types.numeric import NumericLoader

WRITER = 0x63756E7775
"""The lock's number: "cunwu" in ASCII. Advisory locks belong to one database, so others there do not meet it."""


class WholeLoader(NumericLoader):
    """PostgreSQL adds whole numbers up to a `numeric`, which is read as a Decimal; of whole numbers it is one again."""

    def load(self, data: Buffer) -> Decimal | int:  # type: ignore[override]
        """An int, or the Decimal where there is a fraction."""
        found = super().load(data)
        return int(found) if found.is_finite() and found == found.to_integral_value() else found


class DatabaseWrapper(base.DatabaseWrapper):
    """A transaction begins by waiting for the one before it to end; statements outside of one, which is how pages read,
    wait for nobody. Who waits longer than the connection's `lock_timeout` gets an OperationalError, as on SQLite."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's; whole numbers stay whole."""
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("numeric", WholeLoader)
        return connection

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs leave it out
        if not autocommit:
            with self.wrap_database_errors:
                self.connection.execute(f"SELECT pg_advisory_xact_lock({WRITER})")
