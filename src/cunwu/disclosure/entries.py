"""What a leaf of the public log holds: metadata, a salted commitment, hashes of other leaves; no names, no titles.

v            format version, 1
kind         publication, supersession, expiry, tombstone, silence, counter, audit_root, key_change
time         UTC, whole seconds
organization, place, item, period        random ids and the names of the packs
size         bytes of the document (publication, expiry); entries of the audit (audit_root)
supersedes   of a publication: the leaf hash of the one that it corrects, or null
about        leaf hash of the entry that this one concerns (supersession, expiry, tombstone, counter)
by           leaf hash of the entry that caused it (supersession, counter)
reason       of a tombstone: a code of `takedown.GROUNDS`
due, duty, provision     of a silence: the day that passed, the duty and the place in the source
pack         digest of the packs it was done under
commitment   SHA-256 over a line, 32 bytes of salt and the document (`tlog.commitment`)
root         of an audit_root: RFC 6962 root over the audit's leaves
name, because, earlier, key, handover    of a key_change: which key (log, seal, …); rotation, loss or compromise; the two keys
             (the log's verifier keys, fingerprints of the others); the note in which the earlier one names the later
             (`tlog.handover`), or blank
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785
from django.db import connection

from cunwu.disclosure.models import Expiry, LogEntry, Publication, Salt, StalePage
from cunwu.documents.models import Document
from cunwu.duties.models import Duty
from cunwu.errors import NotFound
from cunwu.org.models import Organization, Place
from cunwu.org.rows import insert, select
from cunwu.tlog.tree import leaf_hash

LEAF_VERSION = 1
_LEVELS_WITH_PAGES = {Place.Level.COUNTY, Place.Level.TOWN, Place.Level.VILLAGE}
_PAGES = "SELECT path, level, public_id FROM cunwu_place WHERE path IN ({})"
_MARK = f"""
    INSERT INTO {StalePage._meta.db_table} (kind, key, since) VALUES (%s, %s, %s)
    ON CONFLICT (kind, key) DO UPDATE SET since = excluded.since
"""  # noqa: S608  (a name of ours)


@dataclass(frozen=True)
class Shown:
    """What can still be read of a publication, with the entry that commits to it and the salt."""

    document: Document
    entry: LogEntry
    salt: bytes


def write_entry(
    kind: LogEntry.Kind,
    fields: dict[str, str | int | None],
    *,
    now: datetime,
    publication: Publication | None = None,
    duty: Duty | None = None,
) -> LogEntry:
    """Write a pending entry inside the caller's transaction; `log.sequence` gives it its place afterwards."""
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    leaf = rfc8785.dumps({"v": LEAF_VERSION, "kind": str(kind), "time": time, **fields})
    return insert(
        LogEntry(
            kind=kind,
            leaf=leaf.decode(),
            leaf_hash=leaf_hash(leaf).hex(),
            created_at=now,
            publication=publication,
            duty=duty,
        )
    )


def subject(organization: Organization, item: str, period: str) -> dict[str, str | int | None]:
    """The fields that say whose it is and what of which period."""
    return {
        "organization": organization.public_id,
        "place": organization.place.public_id,
        "item": item,
        "period": period,
    }


def publication_entry(publication: Publication) -> LogEntry:
    """The entry by which the publication was made; what its QR code points to, for ever."""
    return LogEntry.objects.get(publication=publication, kind=LogEntry.Kind.PUBLICATION)


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


def mark_stale(places: Iterable[Place], publications: Iterable[Publication], *, now: datetime) -> None:
    """Leave rows for the pages of these publications, of these villages, their towns and county, and the front page.

    An existing row gets the later time, so that a baker who took it up before does not delete it unrendered.
    """
    marked = {place.path for place in places}
    above = {path[:end] for path in marked for end in range(3, len(path), 3)}
    wanted = sorted(marked | above)
    pages = select(_PAGES.format(", ".join(["%s"] * len(wanted))), *wanted) if wanted else []
    keys = [("front", "")]
    keys += [("place", key) for path, level, key in pages if path in marked or level in _LEVELS_WITH_PAGES]
    keys += [("publication", publication.public_id) for publication in publications]
    since = StalePage._meta.get_field("since").get_db_prep_save(now, connection)
    with connection.cursor() as cursor:
        cursor.executemany(_MARK, [(kind, key, since) for kind, key in dict.fromkeys(keys)])
