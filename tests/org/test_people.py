"""Identity numbers are sealed, found by a keyed hash, and read only with a right and a trace."""

from __future__ import annotations

from datetime import datetime

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection

from conftest import Village
from cunwu.errors import Invalid, NotAllowed
from cunwu.org import actions, secrets
from cunwu.org.identifiers import identity_check_character
from cunwu.org.models import AuditEntry, Person
from cunwu.org.reads import Purpose

# An invented person: the area is a county's, the sequence is nobody's that we know, the check character is right.
NUMBER = "37070419500101999" + identity_check_character("37070419500101999")


def test_the_number_is_nowhere_in_the_clear(village: Village, now: datetime) -> None:
    person = actions.register_person(None, "吴桂兰", identity_number=NUMBER, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cunwu_person WHERE id = %s", [person.pk])
        row = cursor.fetchone()
    assert NUMBER.encode() not in b"".join(
        cell if isinstance(cell, bytes) else str(cell).encode() for cell in row
    )


def test_the_same_number_is_the_same_person(village: Village, now: datetime) -> None:
    first = actions.register_person(None, "吴桂兰", identity_number=NUMBER, now=now)
    again = actions.register_person(None, "吴桂兰", identity_number=NUMBER.lower(), now=now)
    assert first == again


def test_reading_a_number_is_audited(village: Village, now: datetime) -> None:
    person = actions.register_person(None, "吴桂兰", identity_number=NUMBER, now=now)
    assert actions.read_identity(village.chen, person, village.committee, Purpose.REQUEST, now=now) == NUMBER
    assert AuditEntry.objects.latest("id").action == "org.read_identity"


def test_an_accountant_has_no_need_of_it(village: Village, now: datetime) -> None:
    person = actions.register_person(None, "吴桂兰", identity_number=NUMBER, now=now)
    with pytest.raises(NotAllowed):
        actions.read_identity(village.wang, person, village.committee, Purpose.REQUEST, now=now)


def test_a_wrong_number_is_refused_and_nothing_is_kept(village: Village, now: datetime) -> None:
    count = Person.objects.count()
    with pytest.raises(Invalid):
        actions.register_person(None, "吴桂兰", identity_number=NUMBER[:-1] + "0", now=now)
    assert Person.objects.count() == count


def test_a_sealed_cell_does_not_open_elsewhere() -> None:
    sealed = secrets.seal("13800000000", "person", "phone", "aaaaaaaaaaaa")
    assert secrets.unseal(sealed, "person", "phone", "aaaaaaaaaaaa") == "13800000000"
    with pytest.raises(InvalidTag):
        secrets.unseal(sealed, "person", "phone", "bbbbbbbbbbbb")
    with pytest.raises(InvalidTag):
        secrets.unseal(sealed, "person", "identity", "aaaaaaaaaaaa")


def test_paths_are_ranges() -> None:
    steps = [actions.path_step(n) for n in (0, 1, 35, 36, 1295, 1296, 46655)]
    assert steps == sorted(steps)
    assert all(len(step) == actions.PATH_STEP for step in steps)
    with pytest.raises(ValueError, match="children"):
        actions.path_step(46656)


def test_a_code_outside_its_parent_is_refused(village: Village, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_place(None, village.town, "village", "外村", code="990102101001", now=now)
    assert refused.value.code == "place.code"
