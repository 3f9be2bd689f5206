"""What pages, paper and commands ask about publications."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Literal

from cunwu.disclosure import log
from cunwu.disclosure.entries import publication_entry
from cunwu.disclosure.models import Expiry, LogEntry, Publication, Salt, Tombstone
from cunwu.documents import actions as documents
from cunwu.documents.models import Document
from cunwu.errors import NotFound

State = Literal["current", "superseded", "expired", "taken_down"]


@dataclass(frozen=True)
class Shown:
    """What can still be read of a publication, with the entry that commits to it and the salt."""

    document: Document
    entry: LogEntry
    salt: bytes


def state(publication: Publication) -> State:
    """What became of it. Taken down says more than superseded, and superseded more than expired."""
    if Tombstone.objects.filter(publication=publication).exists():
        return "taken_down"
    if Publication.objects.filter(supersedes=publication).exists():
        return "superseded"
    return "expired" if Expiry.objects.filter(publication=publication).exists() else "current"


def shown(publication: Publication) -> Shown:
    """The document with its entry, of an expired list the totals with theirs. Raises NotFound
    `disclosure.taken_down`."""
    salt = Salt.objects.filter(publication=publication).first()
    if salt is None:
        raise NotFound(
            "disclosure.taken_down",
            "这份公开内容已经撤下，内容已清除，只留下撤下的记录。",
            "This publication was taken down and its content erased; only the record of that remains.",
        )
    expiry = Expiry.objects.select_related("totals").filter(publication=publication).first()
    if expiry is None:
        return Shown(publication.document, publication_entry(publication), bytes(salt.value))
    entry = LogEntry.objects.get(publication=publication, kind=LogEntry.Kind.EXPIRY)
    return Shown(expiry.totals, entry, bytes(salt.value))


def bundle(publication: Publication) -> dict[str, str]:
    """Everything that an offline check needs, as one JSON object (`cunwu-bundle/1`, read by `cunwu.tlog.verify`).

    Raises NotFound `disclosure.taken_down`, NotReady `log.pending`.
    """
    part = shown(publication)
    return {
        "format": "cunwu-bundle/1",
        "document": b64encode(documents.read(part.document)).decode(),
        "salt": part.salt.hex(),
        "entry": b64encode(part.entry.leaf.encode()).decode(),
        "proof": log.proof(part.entry),
        "key": log.public_key(),
    }
