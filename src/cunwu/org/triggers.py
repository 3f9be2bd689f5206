"""The database's own guards: what a trigger refuses, said once for SQLite and PostgreSQL; and the one over the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Trigger:
    """Before `verb` on `table` (of one of the columns `of`, where there are any), rows for which `when` holds are refused.

    `when` is SQL over OLD and NEW that both engines read: truth values plainly (`NEW.entered`), never compared with 1;
    `IS DISTINCT FROM`, never `IS NOT`. `refusal` is the engine's message, in English, without a quotation mark.
    """

    verb: Literal["INSERT", "UPDATE", "DELETE"]
    table: str
    refusal: str
    when: str = ""
    of: tuple[str, ...] = ()

    @property
    def _event(self) -> str:
        columns = ", ".join(f'"{column}"' for column in self.of)
        return f"BEFORE {self.verb}{f' OF {columns}' if columns else ''} ON {self.table}"

    def on_sqlite(self, name: str) -> str:
        """The statement that creates it there."""
        when = f" WHEN {self.when}" if self.when else ""
        return f"CREATE TRIGGER {name} {self._event}{when} BEGIN SELECT RAISE(ABORT, '{self.refusal}'); END"

    @property
    def body_on_postgresql(self) -> str:
        """What its function does there: a condition of PostgreSQL's own WHEN may not look into tables."""
        row = "OLD" if self.verb == "DELETE" else "NEW"
        raised = f"RAISE EXCEPTION '{self.refusal}' USING ERRCODE = 'integrity_constraint_violation'"
        return f"BEGIN IF {self.when or 'TRUE'} THEN {raised}; END IF; RETURN {row}; END"

    def function_on_postgresql(self, name: str) -> str:
        """The statement that creates its function there."""
        return (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $guard${self.body_on_postgresql}$guard$"
        )

    def on_postgresql(self, name: str) -> str:
        """The statement that creates it there, after its function."""
        return f"CREATE TRIGGER {name} {self._event} FOR EACH ROW EXECUTE FUNCTION {name}()"


TRIGGERS = {
    "audit_no_update": Trigger("UPDATE", "cunwu_auditentry", "audit entries are never changed"),
    "audit_no_delete": Trigger("DELETE", "cunwu_auditentry", "audit entries are never changed"),
}
