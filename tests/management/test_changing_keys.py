"""The keys other than the log's: what they protect is readable, found and signed afterwards, or said to be lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from cryptography.exceptions import InvalidTag
from django.contrib.auth.models import User
from pytest_django import Settings

from cunwu.disclosure import keys, log
from cunwu.disclosure.keys import Because
from cunwu.disclosure.models import LogEntry
from cunwu.documents import seal
from cunwu.errors import NotReady
from cunwu.management.changing_keys import NAME_LOST, change_key
from cunwu.org import actions as org
from cunwu.org import relations
from cunwu.org.models import Person, Relation
from cunwu.org.secrets import seal as seal_cell
from cunwu.org.secrets import unseal

if TYPE_CHECKING:
    from conftest import Village

SEED = "JBSWY3DPEHPK3PXP"
IDENTITY, PHONE = "110101199003070011", "13800000000"


class Stopped(Exception):
    """The machine lost power here."""


@pytest.fixture
def folder(home: Path, settings: Settings, tmp_path: Path) -> Path:
    """Keys that this test may change."""
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"
    return tmp_path / "keys"


@pytest.fixture
def person(demo_data: None, folder: Path, now: datetime) -> Person:
    """An invented person with a number and a phone."""
    return org.register_person(None, "周小满", identity_number=IDENTITY, phone=PHONE, now=now)


@pytest.fixture
def relation(folder: Path, village: Village, now: datetime) -> Relation:
    """What the accountant declared."""
    return relations.declare_relation(village.wang, Relation.Kind.SIBLING, "王桂兰", now=now)


def phone_of(person: Person) -> str:
    person.refresh_from_db()
    assert person.phone_sealed is not None
    return unseal(person.phone_sealed, "person", "phone", person.public_id)


def is_found(person: Person, now: datetime) -> bool:
    """Whether the same number still leads to the person who has it."""
    return org.register_person(None, "周小满", identity_number=IDENTITY, now=now) == person


@pytest.mark.parametrize("because", [Because.ROTATION, Because.COMPROMISE])
@pytest.mark.parametrize("name", ["field", "index"])
def test_people_are_read_and_found_under_another_key(
    person: Person, relation: Relation, village: Village, folder: Path, now: datetime, name: str, because: Because
) -> None:  # fmt: skip
    before, old = (folder / f"{name}.key").read_text(), bytes(person.phone_sealed or b"")
    done = change_key(name, because, now=now)
    assert (done.resealed, done.lost) == (3, 0)
    assert (folder / f"{name}.key").read_text() != before
    assert phone_of(person) == PHONE
    assert is_found(person, now)
    relation.refresh_from_db()
    assert relations.name_of(relation) == "王桂兰"
    assert relations.conflicted([village.wang.person_id], ["王桂兰"], now.date())
    kept = [path.read_text() for path in folder.glob("field-until-*.key")]
    assert kept == ([before] if name == "field" else [])
    if name == "field":
        with pytest.raises(InvalidTag):
            unseal(old, "person", "phone", person.public_id)
    (entry,) = LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE)
    assert before not in entry.leaf
    log.sequence(now=now)
    assert log.check() == []
    assert keys.history() == []


def test_without_the_key_of_the_cells_they_are_said_to_be_lost(
    person: Person, relation: Relation, village: Village, folder: Path, now: datetime
) -> None:
    (folder / "field.key").unlink()
    with pytest.raises(NotReady) as refused:
        change_key("field", Because.ROTATION, now=now)
    assert refused.value.code == "key.lost"
    done = change_key("field", Because.LOSS, now=now)
    assert (done.resealed, done.lost) == (0, 3)
    person.refresh_from_db()
    relation.refresh_from_db()
    assert (person.phone_sealed, person.identity_sealed) == (None, None)
    assert relations.name_of(relation) == NAME_LOST
    # The key that finds is another one: a person and a conflict are recognised as before.
    assert is_found(person, now)
    assert relations.conflicted([village.wang.person_id], ["王桂兰"], now.date())
    done = change_key("index", Because.ROTATION, now=now)
    assert not is_found(person, now)
    assert not relations.conflicted([village.wang.person_id], ["王桂兰"], now.date())


@pytest.mark.parametrize("at", ["enter", "replace"])
def test_stopped_it_goes_on_and_no_cell_is_left_behind(
    person: Person, folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def stopping(*_: Any, **__: Any) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(keys if at == "enter" else Path, at, stopping)
        with pytest.raises(Stopped):
            change_key("field", Because.ROTATION, now=now)
    following = (folder / "field-next.key").read_text()
    change_key("field", Because.ROTATION, now=now)
    assert (folder / "field.key").read_text() == following
    assert phone_of(person) == PHONE
    assert LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE).count() == 1


def test_what_was_written_meanwhile_under_the_old_key_is_taken_along(
    person: Person, folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.replace

    def written_just_before(path: Path, target: Path) -> Path:
        person.phone_sealed = seal_cell("13900000000", "person", "phone", person.public_id)
        person.save()
        return original(path, target)

    monkeypatch.setattr(Path, "replace", written_just_before)
    change_key("field", Because.ROTATION, now=now)
    assert phone_of(person) == "13900000000"


@pytest.mark.parametrize("because", list(Because))
def test_the_seal_of_papers_has_another_fingerprint(
    demo_data: None, folder: Path, now: datetime, because: Because
) -> None:
    before = seal.fingerprint()
    if because is Because.LOSS:
        (folder / "seal.key").unlink()
    change_key("seal", because, now=now)
    (entry,) = LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE)
    assert seal.fingerprint() != before
    assert seal.fingerprint() in entry.leaf
    assert (before in entry.leaf) == (because is not Because.LOSS)


def test_the_command_says_what_to_do_next(
    demo_data: None, folder: Path, cunwu: Callable[..., Any], now: datetime
) -> None:
    log.sequence(now=now)
    first = log.fingerprint()
    told = cunwu("change-key", "log", "--because", "rotation", "--json").json
    assert told["fingerprint"] == log.fingerprint() != first
    assert told["handover"]
    assert told["size"] == 1
    assert "--papers-anew" in cunwu("change-key", "log", "--because", "compromise").out
    assert cunwu("change-key", "log", "--because", "loss").code == 1
    assert cunwu("change-key", "log").code == 2
    assert cunwu("change-key", "django", "--because", "rotation").out.rstrip().endswith("signs in anew.")
    assert cunwu("bake", "--papers-anew").code == 1
    assert cunwu("bake", "--all", "--papers-anew").code == 0


def test_second_factors_are_sealed_and_taken_along(demo_data: None, folder: Path, now: datetime) -> None:
    TOTP.activate(User.objects.create_user("zhouxiaoman"), SEED)
    before = Authenticator.objects.get().data["secret"]
    assert SEED not in before
    assert change_key("field", Because.ROTATION, now=now).resealed == 1
    after = Authenticator.objects.get().data["secret"]
    assert after != before
    assert decrypt(after) == SEED


def test_second_factors_are_set_up_again_where_their_key_is_lost(
    demo_data: None, folder: Path, now: datetime
) -> None:
    TOTP.activate(User.objects.create_user("zhouxiaoman"), SEED)
    (folder / "field.key").unlink()
    assert change_key("field", Because.LOSS, now=now).lost == 1
    assert not Authenticator.objects.exists()
