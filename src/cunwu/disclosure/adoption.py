"""Entries of the log that a database does not know taken into it, with what they say happened, from what a mirror holds."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cunwu.disclosure.drafting import JSON
from cunwu.disclosure.entries import mark_stale, subject, write_entry
from cunwu.disclosure.models import Expiry, LogEntry, Publication, Salt, Tombstone
from cunwu.disclosure.publishing import titles, what_follows
from cunwu.disclosure.takedown import LOST, erase_shown
from cunwu.documents import actions as documents
from cunwu.documents.models import Document
from cunwu.duties.models import Duty
from cunwu.errors import Refused
from cunwu.org.authority import CLOCK, local_day, rules
from cunwu.org.models import Organization, random_id
from cunwu.org.rows import insert
from cunwu.tlog.commitment import commit
from cunwu.tlog.tree import leaf_hash
from cunwu.tlog.verify import Bundle, read_bundle

_PUBLIC_ID = re.compile(r"[a-z0-9]{12}")


@dataclass(frozen=True)
class Fresh:
    """An entry that the database has not placed."""

    index: int
    leaf: bytes

    @cached_property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.leaf)
        return found

    @cached_property
    def hash(self) -> str:
        return leaf_hash(self.leaf).hex()

    @property
    def kind(self) -> str:
        return str(self.fields["kind"])

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.fields["time"])


class Held:
    """What a mirror still holds of documents: bundles by the hash of the entry that commits to them."""

    def __init__(self, mirror: Path | None) -> None:
        self._erased = documents.erased_hashes()
        self._bundles: dict[str, Path] = {}
        self.ids: dict[str, str] = {}
        for path in mirror.glob("d/*/entry.json") if mirror is not None else ():
            if _PUBLIC_ID.fullmatch(path.parent.name):
                self._take(path)

    def _take(self, path: Path) -> None:
        leaf = path.read_bytes()
        hashed = leaf_hash(leaf).hex()
        self._bundles[hashed] = path.with_name("bundle.json")
        fields = json.loads(leaf)
        shown = fields["about"] if fields["kind"] == LogEntry.Kind.EXPIRY else hashed
        self.ids[shown] = path.parent.name

    def document(self, hashed: str) -> tuple[bytes, bytes] | None:
        """Document and salt that lead to the commitment of the entry with this hash; None where there are none such.

        What was erased by law counts as not held, whatever a mirror kept of it.
        """
        bundle = self._bundle(hashed)
        if bundle is None or bundle.document is None or bundle.salt is None:
            return None
        if documents.digest(bundle.document) in self._erased:
            return None
        committed = json.loads(bundle.entry).get("commitment") == commit(bundle.document, bundle.salt)
        return (bundle.document, bundle.salt) if committed else None

    def _bundle(self, hashed: str) -> Bundle | None:
        path = self._bundles.get(hashed)
        try:
            bundle = read_bundle(path.read_bytes()) if path is not None and path.exists() else None
        except Refused:
            return None
        return bundle if bundle is not None and leaf_hash(bundle.entry).hex() == hashed else None


def is_lost(each: Fresh, fresh: Sequence[Fresh], held: Held) -> bool:
    """Whether it committed to something that should still be shown and that nobody holds."""
    if each.kind not in {LogEntry.Kind.PUBLICATION, LogEntry.Kind.EXPIRY}:
        return False
    about = each.fields["about"] if each.kind == LogEntry.Kind.EXPIRY else each.hash
    ended = {LogEntry.Kind.TOMBSTONE}
    if each.kind == LogEntry.Kind.PUBLICATION:
        ended.add(LogEntry.Kind.EXPIRY)
    over = any(later.kind in ended and later.fields["about"] == about for later in fresh)
    return not over and held.document(each.hash) is None


class Adoption:
    """Entries of the log into the database, and what they say happened, in the order of the log."""

    def __init__(self, held: Held, lost: Collection[str], now: datetime) -> None:
        self.held = held
        self.lost = lost
        self.now = now
        self.brought_back = 0
        self.unknown = 0

    def adopt(self, each: Fresh) -> None:
        """Give the entry its row, or its place where the row was pending, and do what it says."""
        pending = LogEntry.objects.filter(leaf_hash=each.hash).first()
        if pending is not None:
            LogEntry.objects.filter(pk=pending.pk).update(index=each.index, sequenced_at=self.now)
            return
        publication, duty = self._concerned(each)
        insert(
            LogEntry(
                kind=each.kind,
                leaf=each.leaf.decode(),
                leaf_hash=each.hash,
                created_at=each.time,
                index=each.index,
                sequenced_at=self.now,
                publication=publication,
                duty=duty,
            )
        )
        if publication is None:
            return
        mark_stale([publication.organization.place], [publication], now=self.now)
        if each.kind == LogEntry.Kind.TOMBSTONE:
            self._entomb(publication, str(each.fields["reason"]), each.time)
        elif each.kind == LogEntry.Kind.EXPIRY:
            self._expire(publication, each)
        if each.hash in self.lost:
            self._mark_lost(publication, str(each.fields.get("about") or each.hash))

    def _concerned(self, each: Fresh) -> tuple[Publication | None, Duty | None]:
        fields = each.fields
        if each.kind == LogEntry.Kind.PUBLICATION:
            return self._bring_back(each), None
        if each.kind == LogEntry.Kind.SILENCE:
            owed = Duty.objects.filter(
                organization__public_id=fields["organization"], name=fields["duty"], period=fields["period"]
            )
            return None, owed.first()
        named = _entry(fields.get("by") or fields.get("about"))
        publication = named.publication if named is not None else None
        silence = _entry(fields["about"]) if each.kind == LogEntry.Kind.COUNTER else None
        return publication, silence.duty if silence is not None else None

    def _bring_back(self, each: Fresh) -> Publication | None:
        fields = each.fields
        organization = Organization.objects.filter(public_id=fields["organization"]).first()
        if organization is None:
            self.unknown += 1
            return None
        found = self.held.document(each.hash)
        content = json.loads(found[0]) if found is not None else {}
        earlier = _entry(fields["supersedes"])
        corrected = earlier.publication if earlier is not None else None
        day = local_day(each.time)
        item = rules().catalogue_item(fields["item"], day)
        publication = insert(
            Publication(
                public_id=self.held.ids.get(each.hash) or random_id(),
                organization=organization,
                item=fields["item"],
                **titles(item, str(content.get("title", ""))),
                period=fields["period"],
                about=_about(organization, each, corrected),
                document=self._document(each, found),
                published_at=each.time,
                supersedes=corrected,
                reason_zh="更正的理由没有随公开日志补回" if corrected is not None else "",
                pack_digest=fields["pack"],
                **what_follows(item, day),
            )
        )
        if found is not None:
            insert(Salt(publication=publication, value=found[1]))
            self.brought_back += 1
        if corrected is not None:
            mark_stale([], [corrected], now=self.now)
        return publication

    def _document(self, each: Fresh, found: tuple[bytes, bytes] | None) -> Document:
        """The document; where nobody holds its bytes a row for them, erased, under the hash of the entry."""
        if found is not None:
            return documents.store(found[0], JSON, now=self.now)
        return insert(
            Document(
                sha256=each.hash,
                size=each.fields["size"],
                media_type=JSON,
                stored_at=each.time,
                erased_at=self.now,
            )
        )

    def _entomb(self, publication: Publication, reason_code: str, at: datetime) -> None:
        if not Tombstone.objects.filter(publication=publication).exists():
            Tombstone.objects.create(publication=publication, reason_code=reason_code, at=at)
        self._erase(publication, reason_code)

    def _expire(self, publication: Publication, each: Fresh) -> None:
        self._erase(publication, "expired")
        found = self.held.document(each.hash)
        if found is not None:
            insert(Salt(publication=publication, value=found[1]))
            totals = documents.store(found[0], JSON, now=self.now)
            Expiry.objects.create(publication=publication, totals=totals, at=each.time)

    def _erase(self, publication: Publication, reason_code: str) -> None:
        others = Publication.objects.filter(document=publication.document_id, expiry=None, tombstone=None)
        keep = publication.document.erased_at is not None or others.exclude(pk=publication.pk).exists()
        erase_shown(CLOCK, publication, reason_code, keep_document=keep, now=self.now)

    def _mark_lost(self, publication: Publication, published: str) -> None:
        Tombstone.objects.create(publication=publication, reason_code=LOST, at=self.now)
        write_entry(
            LogEntry.Kind.TOMBSTONE,
            {
                **subject(publication.organization, publication.item, publication.period),
                "about": published,
                "reason": LOST,
                "pack": rules().digest,
            },
            now=self.now,
            publication=publication,
        )


def _entry(hashed: str | None) -> LogEntry | None:
    found = LogEntry.objects.select_related("publication__organization__place", "duty")
    return found.filter(leaf_hash=hashed).first() if hashed else None


def _about(organization: Organization, each: Fresh, corrected: Publication | None) -> str:
    """What it is about: as what it corrects; else by its entry, where the period has another one already."""
    if corrected is not None:
        return corrected.about
    same = Publication.objects.filter(
        organization=organization, item=each.fields["item"], period=each.fields["period"]
    )
    return f"entry:{each.hash[:16]}" if same.exists() else ""
