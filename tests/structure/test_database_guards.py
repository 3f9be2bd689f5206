"""Every guard that a room declares is in the database, on each engine, and is missed when it is taken away or weakened."""

from __future__ import annotations

import pytest
from django.db import connection

from cunwu import triggers


@pytest.mark.django_db
def test_every_guard_is_in_place_and_its_absence_is_noticed() -> None:
    assert triggers.missing() == []
    on = " ON cunwu_publication" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER publication_no_update{on}")
    assert triggers.missing() == ["publication_no_update"]
    triggers.install()
    assert triggers.missing() == []


@pytest.mark.django_db
def test_a_guard_in_another_wording_or_switched_off_is_no_guard() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION audit_no_delete() RETURNS trigger LANGUAGE plpgsql"
                " AS 'BEGIN RETURN OLD; END'"
            )
            cursor.execute("ALTER TABLE cunwu_publication DISABLE TRIGGER publication_no_delete")
        else:
            cursor.execute("DROP TRIGGER audit_no_delete")
            cursor.execute(
                "CREATE TRIGGER audit_no_delete BEFORE DELETE ON cunwu_auditentry BEGIN SELECT 1; END"
            )
            cursor.execute("DROP TRIGGER publication_no_delete")
    assert set(triggers.missing()) == {"audit_no_delete", "publication_no_delete"}
