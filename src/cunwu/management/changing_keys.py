"""Another key in the place of one of the five: what each of them protects is taken along.

The log's key hands over to the next (`disclosure.keys`). Of the others, `seal` signs papers from then on, `django` ends
everybody's session, `field` seals personal data anew, and `index` finds them anew.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import transaction

from cunwu.assets.models import ContractParty
from cunwu.desk.second_factor import open_secret, seal_secret
from cunwu.disclosure import keys
from cunwu.disclosure.keys import Because
from cunwu.documents import seal
from cunwu.installation import read_key, write_key
from cunwu.org.models import Person, Relation
from cunwu.org.relations import name_index
from cunwu.org.secrets import keyed_hash, unseal
from cunwu.org.secrets import seal as seal_cell

NAME_LOST = "（密钥遗失，姓名读不出，请重新申报）"
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Changed:
    """Which key changed and why; `resealed` cells were sealed or indexed anew, `lost` could not be read any more.
    `change` is the log's own, with its handover."""

    name: str
    because: Because
    resealed: int = 0
    lost: int = 0
    change: keys.Change | None = None


def change_key(name: str, because: Because, *, now: datetime) -> Changed:
    """Let another key take the place of `name` ("log", "seal", "django", "field", "index").

    Side effects in order: the new key's file `NAME-next.key`; in one transaction the cells that rest on it, the log's entry
    and the audit; the file takes its place; the cells once more. The old key of `field` stays as `field-until-TIME.key`, for
    backups of that time; every other is gone. Stopped anywhere, it is run again. Raises NotReady `key.lost`, `key.not_lost`, and for the
    log's what `keys.change` raises.
    """
    if name == "log":
        return Changed(name, because, change=keys.change(because, now=now))
    held = read_key(settings.KEYS, name)
    if (because is Because.LOSS) == (held is not None):
        raise keys.not_lost(name) if held else keys.is_lost(name)
    following = read_key(settings.KEYS, f"{name}-next") or _make_next(name)
    with transaction.atomic():
        done = _take_along(name, held, following)
        if not keys.is_entered(name, _fingerprint(name, following)):
            earlier = _fingerprint(name, held) if held else ""
            keys.enter(name, because, earlier, _fingerprint(name, following), now=now)
    path = settings.KEYS / f"{name}.key"
    kept = path.with_name(f"field-until-{now:%Y%m%dT%H%M%S}.key")
    if name == "field" and held is not None and not kept.exists():
        kept.hardlink_to(path)
    path.with_name(f"{name}-next.key").replace(path)
    with transaction.atomic():
        _take_along(name, held, following)  # who was writing until this moment used the old key
    return Changed(name, because, done.resealed, done.lost)


def _make_next(name: str) -> bytes:
    key = secrets.token_bytes(32)
    write_key(settings.KEYS, f"{name}-next", key)
    return key


def _fingerprint(name: str, key: bytes) -> str:
    """What says in public which key it is: of the seal its certificate's, of a secret one a hash that leads to nothing."""
    if name == "seal":
        return seal.fingerprint(key)
    return hmac.new(key, f"cunwu/key/{name}".encode(), hashlib.sha256).hexdigest()[:32]


class _Resealing:
    """Cells opened with the first of `opens` that fits, and sealed with `field`, indexed with `index` (None: as they are)."""

    def __init__(self, opens: Sequence[bytes], field: bytes | None, index: bytes | None) -> None:
        self.opens = opens
        self.field = field
        self.index = index
        self.resealed = self.lost = 0

    def people(self) -> None:
        for person in _each(Person):
            identity = self._open(person.identity_sealed, "person", "identity", person.public_id)
            phone = self._open(person.phone_sealed, "person", "phone", person.public_id)
            if self.field:
                person.identity_sealed = self._seal(identity, "person", "identity", person.public_id)
                person.phone_sealed = self._seal(phone, "person", "phone", person.public_id)
            if self.index:
                person.identity_index = self._identity(identity)
            person.save(update_fields=["identity_sealed", "phone_sealed", "identity_index"])

    def relations(self) -> None:
        for relation in _each(Relation):
            name = self._open(relation.name_sealed, "relation", "name", relation.public_id) or NAME_LOST
            if self.field:
                relation.name_sealed = seal_cell(name, "relation", "name", relation.public_id, key=self.field)
            if self.index:
                # A name that is lost equals nobody's, and no other that is lost.
                shown = relation.public_id if name == NAME_LOST else name
                relation.index = name_index(shown, key=self.index)
            relation.save(update_fields=["name_sealed", "index"])

    def parties(self) -> None:
        for party in _each(ContractParty):
            identity = self._open(party.identity_sealed, "contractparty", "identity", party.public_id)
            if self.field:
                party.identity_sealed = self._seal(identity, "contractparty", "identity", party.public_id)
            if self.index:
                party.identity_index = self._identity(identity) or ""
                party.name_index = name_index(party.name, key=self.index) if party.name_index else ""
            party.save(update_fields=["identity_sealed", "identity_index", "name_index"])

    def second_factors(self) -> None:
        """One that cannot be opened is gone: its person sets up another after the next password."""
        for factor in list(Authenticator.objects.order_by("pk")) if self.field else ():
            name = "secret" if "secret" in factor.data else "seed"
            for key in self.opens:
                try:
                    secret = open_secret(factor.data[name], key=key)
                except InvalidTag:
                    continue
                factor.data[name] = seal_secret(secret, key=self.field)
                factor.save(update_fields=["data"])
                self.resealed += 1
                break
            else:
                factor.delete()
                self.lost += 1

    def _open(self, box: bytes | memoryview | None, *cell: str) -> str | None:
        if box is None:
            return None
        for key in self.opens:
            try:
                text = unseal(box, *cell, key=key)
            except InvalidTag:
                continue
            self.resealed += 1
            return text
        self.lost += 1
        return None

    def _seal(self, text: str | None, *cell: str) -> bytes | None:
        return None if text is None else seal_cell(text, *cell, key=self.field)

    def _identity(self, text: str | None) -> str | None:
        return None if text is None else keyed_hash(text, "identity", key=self.index)


def _take_along(name: str, held: bytes | None, following: bytes) -> _Resealing:
    """Seal or index anew whatever rests on the key, inside the caller's transaction; run again, it changes nothing more."""
    present = read_key(settings.KEYS, "field")
    if name == "field":
        opens = [following, held] if held else [following]
        work = _Resealing(opens, following, None)
    else:
        work = _Resealing([present] if present else [], None, following if name == "index" else None)
    if name in {"field", "index"}:
        work.people()
        work.relations()
        work.parties()
        work.second_factors()
    return work


_Row = TypeVar("_Row", Person, Relation, ContractParty)


def _each(model: type[_Row]) -> Iterator[_Row]:
    """Every row by key, some at a time: rows are written while this goes on."""
    last = 0
    while rows := list(model.objects.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        yield from rows
        last = rows[-1].pk
