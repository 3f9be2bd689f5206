"""The key that signs the log followed by another one: by plan, because it was lost, or because somebody else may have it.

The old key names the new one in a handover (`tlog.handover`), which is part of the log's entry about the change; so papers
that bear the old fingerprint lead to the new key. A key that is lost cannot hand over, and one that was taken must not.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cunwu.disclosure import log
from cunwu.disclosure.entries import write_entry
from cunwu.disclosure.models import LogEntry
from cunwu.errors import Invalid, NotReady, Refused
from cunwu.installation import read_key, write_key
from cunwu.org import audit
from cunwu.org.authority import CLOCK
from cunwu.org.rows import select
from cunwu.tlog.directory import replace_key
from cunwu.tlog.files import KEY_FILE
from cunwu.tlog.handover import write_handover
from cunwu.tlog.notes import Algorithm, Signer, Verifier

NEXT = "log-next"
"""The key file of the key that follows, until it is `log`."""
_ANY_CHANGE = f"SELECT 1 FROM {LogEntry._meta.db_table} WHERE kind = '{LogEntry.Kind.KEY_CHANGE}' LIMIT 1"  # noqa: S608  (names of ours)


class Because(StrEnum):
    """Why a key is followed by another."""

    ROTATION = "rotation"
    LOSS = "loss"
    COMPROMISE = "compromise"


@dataclass(frozen=True)
class Change:
    """One entry of the log about its key. `handover` is blank where the earlier key did not name this one; `index` is None
    while the entry is pending."""

    at: datetime
    because: Because
    earlier: Verifier
    key: Verifier
    handover: str
    index: int | None


def history() -> list[Change]:
    """Every change of the log's key, oldest first."""
    return [_change(entry) for entry in _entries("log")]


def earlier_fingerprints(name: str) -> list[tuple[datetime, str, str]]:
    """Of a key other than the log's: until when, why it changed, and its fingerprint; those that were lost have none."""
    said = [(entry.created_at, json.loads(entry.leaf)) for entry in _entries(name)]
    return [(at, fields["because"], fields["earlier"]) for at, fields in said if fields["earlier"]]


def is_entered(name: str, key: str) -> bool:
    """Whether an entry of the log says that this key took the place of the one called `name`."""
    return any(json.loads(entry.leaf)["key"] == key for entry in _entries(name))


def _entries(name: str) -> list[LogEntry]:
    found = LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE).order_by("id")
    return [entry for entry in found if json.loads(entry.leaf)["name"] == name]


def handovers() -> list[str]:
    """The notes by which earlier keys lead to the present one, oldest first; a lost or taken key breaks the chain."""
    if not select(_ANY_CHANGE):
        return []
    notes: list[str] = []
    for change in history():
        notes = [*notes, change.handover] if change.handover else []
    return notes


def change(because: Because, *, now: datetime) -> Change:
    """Let a new key follow the log's key. Stopped anywhere, it is run again and goes on with the same new key.

    Side effects in order: the new key's file `log-next.key`; in one transaction the entry and the audit; the log's folder
    names and is signed by the new key, and the old one can no longer append; the new key's file takes the place of
    `log.key`, which is gone with that. The caller runs `log.sequence` and bakes all pages. Raises NotReady `log.restored`,
    `key.lost`, `key.not_lost`, and what `replace_key` raises.
    """
    log.require_recovered()
    earlier = _ending(because)
    following = _signer(NEXT) or _make_next()
    found = next((each for each in history() if each.key == following.verifier), None)
    if found is None:
        found = _write(because, earlier, following, now)
    replace_key(log.folder(), found.earlier, following)
    (settings.KEYS / f"{NEXT}.key").replace(settings.KEYS / "log.key")
    return found


def signing(
    folder: Path, *, fingerprint: str = "", known: Sequence[Verifier] = (), origin: str = ""
) -> Verifier:
    """The public key to check a copy of the log with, which may be from before the key changed.

    It is the one that the copy names, if that is today's, one of `known`, or has the `fingerprint` that somebody took from
    a paper. A copy that names none that can be read is checked with today's, and found damaged. Raises Invalid
    `log.other_key`. `origin` is the log's name where it is not this installation's.
    """
    current = log.signer(origin).verifier
    try:
        named = Verifier.parse((folder / KEY_FILE).read_text(encoding="utf-8"))
    except (Refused, OSError, UnicodeDecodeError):
        return current
    if named in (current, *known) or _digits(named.fingerprint) == _digits(fingerprint):
        return named
    raise Invalid(
        "log.other_key",
        f"{folder}中的日志是另一把密钥签的（指纹 {named.fingerprint}），没有使用。请与换钥之前张贴的纸上指纹比对，"
        "一致时用 --fingerprint 写明。",
        f"The log in {folder} is signed by another key (fingerprint {named.fingerprint}) and was not used. Compare it with a "
        "paper from before the key changed; if it is the same, name it with --fingerprint.",
    )


def trusted() -> list[Verifier]:
    """Earlier keys whose copies of the log are believed: not those that somebody else may have. A restored backup's is one,
    since whoever restored it has compared it."""
    earlier = [each.earlier for each in history() if each.because is not Because.COMPROMISE]
    mark = log.restored_mark()
    restored = json.loads(mark.read_text(encoding="utf-8")).get("key", "") if mark.exists() else ""
    return [*earlier, Verifier.parse(restored)] if restored else earlier


def _digits(fingerprint: str) -> str:
    return "".join(fingerprint.split()).lower()


def enter_unannounced(earlier: Verifier, *, now: datetime) -> None:
    """Write the entry of a change that no entry tells of: the machine has another key than the log that was restored.

    Inside the caller's transaction. Nothing where the log's newest change names the present key, or where it is the first.
    """
    key = log.signer().verifier
    known = history()
    if earlier != key and (not known or known[-1].key != key):
        enter("log", Because.LOSS, earlier.vkey, key.vkey, now=now)


def enter(
    name: str, because: Because, earlier: str, key: str, *, handover: str = "", now: datetime
) -> LogEntry:
    """Write the entry and the audit of a changed key inside the caller's transaction. `earlier` and `key` say which keys:
    verifier keys of the log, fingerprints of the others; `earlier` is blank where it is not known any more."""
    fields = {
        "name": name,
        "because": str(because),
        "earlier": earlier,
        "key": key,
        "handover": handover,
    }
    entry = write_entry(LogEntry.Kind.KEY_CHANGE, {**fields}, now=now)
    audit.record(CLOCK, "keys.change", f"entry:{entry.leaf_hash}", now=now, name=name, because=str(because))
    return entry


def not_lost(name: str) -> NotReady:
    """The refusal of a loss where the key is there."""
    return NotReady(
        "key.not_lost",
        f"密钥 {name}.key 还在，不必按遗失处理；定期更换用 --because rotation，可能被他人拿到用 --because compromise。",
        f"The key {name}.key is there, so it is not lost; use --because rotation for a planned change, --because compromise "
        "if somebody else may have it.",
    )


def is_lost(name: str) -> NotReady:
    """The refusal of a change that needs the key where it is missing."""
    return NotReady(
        "key.lost",
        f"{settings.KEYS}中没有密钥 {name}.key；先从保险柜里的副本放回，确实没有时用 --because loss。",
        f"The key {name}.key is missing in {settings.KEYS}; bring it back from the copy in the safe, or, if there is none, "
        "use --because loss.",
    )


def _ending(because: Because) -> Verifier:
    """The key that ends: the one whose file is there, or, where none is, the public key that the log's folder names."""
    held = _signer("log")
    if because is Because.LOSS and held is not None:
        raise not_lost("log")
    if because is Because.ROTATION and held is None:
        raise is_lost("log")
    if held is None:
        return Verifier.parse((log.folder() / KEY_FILE).read_text(encoding="utf-8"))
    return held.verifier


def _write(because: Because, earlier: Verifier, following: Signer, now: datetime) -> Change:
    held = _signer("log")
    handover = ""
    if because is Because.ROTATION and held is not None:
        handover = write_handover(held, following, log.log_directory().size).decode()
    with transaction.atomic():
        return _change(
            enter("log", because, earlier.vkey, following.verifier.vkey, handover=handover, now=now)
        )


def _change(entry: LogEntry) -> Change:
    said = json.loads(entry.leaf)
    return Change(
        entry.created_at,
        Because(said["because"]),
        Verifier.parse(said["earlier"]),
        Verifier.parse(said["key"]),
        said["handover"],
        entry.index,
    )


def _signer(name: str) -> Signer | None:
    seed = read_key(settings.KEYS, name)
    return None if seed is None else _signing_with(seed)


def _make_next() -> Signer:
    seed = secrets.token_bytes(32)
    write_key(settings.KEYS, NEXT, seed)
    return _signing_with(seed)


def _signing_with(seed: bytes) -> Signer:
    return Signer(settings.CUNWU.log_origin, Algorithm.ED25519, seed)
