"""The log completed from a mirror, after a backup was restored or files were lost; the same tree goes on.

Three sources hold entries: the database, the log's folder, and a mirror (a copy of the residents' site). Each must begin
as the longest of them does; where two tell different histories nothing is touched. What a mirror adds comes back into the
database: entries as they are, publications with the document that the mirror still holds and that the entry commits to.
A document that nobody holds is marked as lost, on its page and in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cunwu.disclosure import keys, log
from cunwu.disclosure.adoption import Adoption, Fresh, Held, is_lost
from cunwu.disclosure.drafting import JSON
from cunwu.disclosure.entries import mark_stale
from cunwu.disclosure.models import LogEntry, Publication, Salt
from cunwu.documents import actions as documents
from cunwu.errors import Invalid, NotReady, Refused
from cunwu.org import audit
from cunwu.org.authority import CLOCK
from cunwu.tlog.check import check_log
from cunwu.tlog.checkpoints import open_checkpoint
from cunwu.tlog.cosigning import request_cosignature
from cunwu.tlog.files import CHECKPOINT_FILE
from cunwu.tlog.healing import heal
from cunwu.tlog.notes import Verifier
from cunwu.tlog.reader import LogReader, LogRolledBack
from cunwu.tlog.tree import leaf_hash, root_hash


@dataclass(frozen=True)
class Recovered:
    """What a recovery did: the log's size, files of the log written anew, entries new to this database, publications
    brought back with their document, those whose document is lost, documents of known publications put back, entries
    about organizations that this database does not know, and what witnesses answered who could not be asked."""

    size: int
    healed: int
    adopted: int
    brought_back: int
    lost: int
    documents: int
    unknown: int
    failures: tuple[Refused, ...] = ()


def recover(
    mirror: Path | None, *, fingerprint: str = "", accept_loss: bool = False, now: datetime
) -> Recovered:
    """Complete log and database from `mirror`, a copy of the residents' site; None: from what is here alone.

    `fingerprint` is that of the key that signed the mirror or the log here, where no entry here tells of the key's change.

    Side effects in order: the log's files; each witness is asked for the newest checkpoint that it saw; in one
    transaction the entries, publications, marks of what is lost, and the audit; the mark of a restored backup is
    removed. The caller runs `log.sequence` afterwards. Stopped anywhere, it is run again. With `accept_loss` documents
    that nobody holds are marked as lost; without it nothing is done while there are any.

    Raises Invalid `recover.mirror_damaged`, `log.other_key`; NotReady `recover.diverged`, `.mirror_behind`, `.documents_missing`,
    `.witness_ahead`; NotFound `no_log_here`.
    """
    here = keys.signing(log.folder(), fingerprint=fingerprint, known=keys.trusted())
    entries = _longest(mirror, here, fingerprint)
    held = Held(mirror)
    known = list(_placed())
    fresh = [Fresh(index, leaf) for index, leaf in enumerate(entries) if index >= len(known)]
    lost = {each.hash for each in fresh if is_lost(each, fresh, held)}
    if lost and not accept_loss:
        raise _documents_missing(len(lost))
    copies = [] if mirror is None else [mirror / "log"]
    healed = heal(log.folder(), settings.CUNWU.log_origin, log.signer(), entries, cosigned=copies)
    failures = _ask_witnesses()
    with transaction.atomic():
        back = Adoption(held, lost, now)
        for each in fresh:
            back.adopt(each)
        keys.enter_unannounced(here, now=now)
        put_back = _put_documents_back(held, now)
        audit.record(
            CLOCK,
            "log.recover",
            f"log:{len(entries)}",
            now=now,
            adopted=len(fresh),
            brought_back=back.brought_back,
            lost=len(lost),
            mirror=mirror is not None,
        )
    log.restored_mark().unlink(missing_ok=True)
    return Recovered(
        len(entries), healed, len(fresh), back.brought_back, len(lost), put_back, back.unknown, failures
    )


def _placed() -> Iterator[bytes]:
    leaves = LogEntry.objects.exclude(index=None).order_by("index").values_list("leaf", flat=True)
    return (leaf.encode() for leaf in leaves.iterator())


def _longest(mirror: Path | None, here: Verifier, fingerprint: str) -> list[bytes]:
    """The entries of the longest source; every other one begins it."""
    sources = [("数据库", "the database", list(_placed()))]
    if mirror is not None:
        sources.append(("镜像", "the mirror", _mirrored(mirror / "log", fingerprint)))
    signed = _signed_here(here)
    if signed is not None and not check_log(log.folder(), here):
        sources.append(("日志文件", "the log's files", _read(log.folder(), here)))
    longest = max((entries for _, _, entries in sources), key=len)
    for zh, en, entries in sources:
        for index, (one, other) in enumerate(zip(entries, longest, strict=False)):
            if one != other:
                raise _diverged(zh, en, index)
    if signed is not None:
        size, root = signed
        if size > len(longest):
            raise _mirror_behind(size, len(longest))
        if root_hash(leaf_hash(entry) for entry in longest[:size]) != root:
            raise _diverged("本机的检查点", "the checkpoint here", size - 1)
    return longest


def _mirrored(folder: Path, fingerprint: str) -> list[bytes]:
    key = keys.signing(folder, fingerprint=fingerprint, known=keys.trusted())
    faults = check_log(folder, key)
    if faults:
        raise Invalid(
            "recover.mirror_damaged",
            f"镜像里的日志有误（{faults[0].path}：{faults[0].zh}），没有使用；请换一个镜像。",
            f"The log in the mirror is wrong ({faults[0].path}: {faults[0].en}) and was not used; use another mirror.",
        )
    return _read(folder, key)


def _read(folder: Path, key: Verifier) -> list[bytes]:
    return list(LogReader(folder, key).entries())


def _signed_here(key: Verifier) -> tuple[int, bytes] | None:
    """Size and root that the folder's checkpoint signs; None where it is missing or cannot be read."""
    try:
        note = (log.folder() / CHECKPOINT_FILE).read_bytes()
        checkpoint = open_checkpoint(note, key).checkpoint
    except (OSError, Refused):
        return None
    return checkpoint.size, checkpoint.root


def _ask_witnesses() -> tuple[Refused, ...]:
    """Ask each witness for its signature under what there is now; one that has seen more stops everything."""
    directory = log.log_directory()
    failures: list[Refused] = []
    for setting in settings.CUNWU.witnesses if directory.size else ():
        witness = Verifier.parse(setting.key)
        try:
            request_cosignature(setting.url, directory, witness, timeout_seconds=log.WITNESS_SECONDS)
        except LogRolledBack as behind:
            raise NotReady(
                "recover.witness_ahead",
                f"见证人“{setting.title_zh}”见过更长的日志：{behind.zh}。没有续写，请换用更新的镜像。",
                f"The witness {setting.title_en} has seen a longer log: {behind.en}. Nothing was continued; use a newer "
                "mirror.",
            ) from behind
        except Refused as refused:
            failures.append(refused)
    return tuple(failures)


def _put_documents_back(held: Held, now: datetime) -> int:
    """Bytes and salts of publications that the database has and that are gone or changed on this disk."""
    alive = Publication.objects.filter(tombstone=None, expiry=None, document__erased_at=None)
    done = 0
    for publication in alive.select_related("document", "salt", "expiry").prefetch_related("log_entries"):
        if log.is_committed(publication):
            continue
        (entry,) = [each for each in publication.log_entries.all() if each.kind == LogEntry.Kind.PUBLICATION]
        found = held.document(entry.leaf_hash)
        if found is not None and documents.digest(found[0]) == publication.document_id:
            documents.path_of(publication.document_id).unlink(missing_ok=True)
            documents.store(found[0], JSON, now=now)
            Salt.objects.update_or_create(publication=publication, defaults={"value": found[1]})
            mark_stale([publication.organization.place], [publication], now=now)
            done += 1
    return done


def _diverged(zh: str, en: str, index: int) -> NotReady:
    return NotReady(
        "recover.diverged",
        f"{zh}的第{index}条（从0起数）存证与其他来源不同：同一日志有了两种历史。什么也没有改，请保存现场，请见证人和上级来核对。",
        f"Index {index} of {en} is another entry than elsewhere: the log has two histories. Nothing was changed; keep "
        "everything as it is and call the witnesses and the level above.",
        index=index,
    )


def _mirror_behind(signed: int, there: int) -> NotReady:
    return NotReady(
        "recover.mirror_behind",
        f"本机签过{signed}条存证的检查点，而数据库和镜像最多只有{there}条，缺的补不出来；请换用更新的镜像。",
        f"A checkpoint of {signed} entries was signed here, but database and mirror have {there} at most; use a newer "
        "mirror.",
        signed=signed,
        there=there,
    )


def _documents_missing(count: int) -> NotReady:
    return NotReady(
        "recover.documents_missing",
        f"有{count}件公开过的内容，数据库和这个镜像里都没有。请先找内容更全的镜像；确实没有时加 --accept-loss，"
        "这些页面会永远写明内容已丢失。",
        f"Neither the database nor this mirror holds the documents of {count} publications. Look for a mirror that has "
        "them; if there is none, add --accept-loss, and their pages will say for ever that they were lost.",
        count=count,
    )
