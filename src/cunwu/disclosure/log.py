"""The log's database side: pending entries get their place, then the folder grows, then witnesses are asked.

The place is committed to the database before the folder is touched, and the folder's `append` takes up where it was
stopped; so a crash at any point, followed by another run, gives the same log. Where database and folder disagree in
any other way, one of them comes from an old backup, and nothing is appended.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cunwu.disclosure.entries import mark_stale
from cunwu.disclosure.models import Expiry, LogEntry, Publication, Salt
from cunwu.documents import actions as documents
from cunwu.errors import NotReady, Refused
from cunwu.installation import WitnessSetting, read_key
from cunwu.tlog.check import check_log
from cunwu.tlog.commitment import commit
from cunwu.tlog.cosigning import request_cosignature
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.files import CHECKPOINT_FILE
from cunwu.tlog.notes import Algorithm, Signer, Verifier
from cunwu.tlog.proofs import check_proof
from cunwu.tlog.reader import LogRolledBack
from cunwu.tlog.tree import leaf_hash

WITNESS_SECONDS = 3.0
_opened = threading.local()  # a `LogDirectory` belongs to one thread: its checkpoint moves while it is read


@dataclass(frozen=True)
class Sequenced:
    """What one run did: entries newly in the log, its size, the witnesses whose cosignature the checkpoint now has,
    and the sentences of those who could not be had (they are asked again at the next run)."""

    count: int
    size: int
    cosigned: tuple[str, ...]
    failures: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class WitnessState:
    """A configured witness, and when it says that it saw the present checkpoint."""

    setting: WitnessSetting
    cosigned_at: datetime | None


def folder() -> Path:
    """Where the log lies, in the folder that the public reader serves."""
    return Path(settings.HOME) / "site" / "log"


def restored_mark() -> Path:
    """The file that `restore` leaves and `recover` removes: until then the log is read and not continued."""
    return Path(settings.HOME) / "restored.json"


def signer(origin: str = "") -> Signer:
    """The key that signs checkpoints, from the key file `log`, named after the log's origin (`origin` of another one)."""
    seed = read_key(settings.KEYS, "log")
    if seed is None:
        raise RuntimeError(f"the key 'log' is missing in {settings.KEYS}: run `cunwu init`, or bring it back")
    return Signer(origin or settings.CUNWU.log_origin, Algorithm.ED25519, seed)


def public_key() -> str:
    """The log's verifier key as text (vkey); its fingerprint is on every paper."""
    return signer().verifier.vkey


def fingerprint() -> str:
    """The fingerprint of the public key, eight groups of four hex digits."""
    return signer().verifier.fingerprint


def log_directory() -> LogDirectory:
    """The log, verified when this thread opened it and whenever its checkpoint has changed since; begun if there is
    none and the database knows of none. Raises NotReady `log.files_missing`, `log.files_behind` (this thread has seen
    a longer one), or what `LogDirectory` raises."""
    path, key = folder(), _key_stamp()
    log: LogDirectory | None = getattr(_opened, "log", None)
    if log is None or log.path != path or _opened.key != key:
        log = _opened.log = _open(path)
        _opened.key = key
    try:
        log.refresh()
    except LogRolledBack as rolled_back:
        raise _differ("log.files_behind", rolled_back.zh, rolled_back.en) from rolled_back
    return log


def sequence(*, now: datetime) -> Sequenced:
    """Give every pending entry its place and put it into the log; then ask each witness that has not cosigned.

    In order: places committed to the database, bundles and tiles, checkpoint, `sequenced_at`, pages to render,
    cosignatures. A witness that fails leaves the checkpoint valid without it. Raises NotReady `log.restored`,
    `log.database_behind`, `log.files_behind`, `log.files_missing`, and what `LogDirectory.append` raises.
    """
    require_recovered()
    log = log_directory()
    _assign_places(log)
    count = _append(log, now)
    cosigned, failures = _ask_witnesses(log)
    return Sequenced(count, log.size, cosigned, failures)


def proof(entry: LogEntry) -> str:
    """The tlog-proof of the entry under the newest checkpoint, cosignatures included, checked before it is given out.

    Raises NotReady `log.pending`, and `ProofError` where the log's files hold another entry in its place.
    """
    if entry.index is None or entry.sequenced_at is None:
        raise pending()
    log = log_directory()
    proven = log.prove(entry.index)
    check_proof(entry.leaf.encode(), proven, log.verifier)
    return proven.decode()


def pending() -> NotReady:
    """The refusal of whatever needs an entry that is not in the log yet."""
    return NotReady(
        "log.pending",
        "这条存证还没有编入日志，暂时没有证明，也不能打印上墙；系统会自动补上，请稍后再试。",
        "This entry is not in the log yet, so it has no proof and nothing is printed; it is taken up by itself, try again "
        "shortly.",
    )


def witnesses() -> list[WitnessState]:
    """Every witness of this installation, and when it cosigned the present checkpoint (None: it has not)."""
    settled = {Verifier.parse(setting.key): setting for setting in settings.CUNWU.witnesses}
    times = {each.vkey: each.time for each in log_directory().signed_checkpoint(list(settled)).cosignatures}
    return [WitnessState(setting, times.get(witness.vkey)) for witness, setting in settled.items()]


def check() -> list[str]:
    """Compare database, files and proofs from end to end; a sentence (Chinese | English) for each fault, [] if none.

    Reads every file and every entry of the log, every published document that was not erased, and its salt.
    """
    begun = (folder() / CHECKPOINT_FILE).exists() or LogEntry.objects.exclude(index=None).exists()
    faults = check_log(folder(), signer().verifier) if begun else []
    found = [f"{fault.path}：{fault.zh} | {fault.path}: {fault.en}" for fault in faults]
    if begun and not found:
        found = _compare_entries(log_directory())
    return found + _check_key() + _check_commitments()


def _check_key() -> list[str]:
    changes = LogEntry.objects.filter(kind=LogEntry.Kind.KEY_CHANGE).order_by("id")
    named = [
        said["key"]
        for said in map(json.loads, changes.values_list("leaf", flat=True))
        if said["name"] == "log"
    ]
    if named[-1:] in ([], [public_key()]):
        return []
    return [
        "日志最近一次换钥写明的不是现在这把密钥：换钥没有做完的，请再运行一次 cunwu change-key log | the newest change of "
        "the log's key names another one than is used: run cunwu change-key log once more if it was interrupted"
    ]


def _compare_entries(log: LogDirectory) -> list[str]:
    found: list[str] = []
    placed = LogEntry.objects.exclude(index=None).order_by("index").values_list("index", "leaf", "leaf_hash")
    count = placed.count()
    if count != log.size:
        found.append(
            f"数据库编了{count}条，日志文件有{log.size}条 | "
            f"the database has placed {count} entries, the log's files have {log.size}"
        )
    for number, (in_files, (index, leaf, hashed)) in enumerate(
        zip(log.entries(), placed.iterator(), strict=False)
    ):
        if index != number or leaf.encode() != in_files or leaf_hash(in_files).hex() != hashed:
            found.append(f"第{number}条（从0起数）与数据库不符 | index {number} is not what the database has")
    return found


def _check_commitments() -> list[str]:
    alive = Publication.objects.filter(tombstone=None).order_by("id")
    fetched = alive.select_related("document", "salt", "expiry__totals").prefetch_related("log_entries")
    found = [
        f"公开件{publication.public_id}的文件与存证不符 | "
        f"the document of publication {publication.public_id} is not what its entry commits to"
        for publication in fetched.iterator(chunk_size=500)
        if not is_committed(publication)
    ]
    left = Salt.objects.filter(publication__tombstone__isnull=False).values_list(
        "publication__public_id", flat=True
    )
    return found + [
        f"已撤下的公开件{public_id}的盐值还在 | the salt of publication {public_id}, taken down, is still there"
        for public_id in left
    ]


def is_committed(publication: Publication) -> bool:
    """Whether document and salt are there and lead to the commitment; changed or lost bytes are a fault to name."""
    expiry: Expiry | None = getattr(publication, "expiry", None)
    kind = LogEntry.Kind.EXPIRY if expiry else LogEntry.Kind.PUBLICATION
    committing = [entry for entry in publication.log_entries.all() if entry.kind == kind]
    try:
        data = documents.read(expiry.totals if expiry else publication.document)
        commitment = commit(data, bytes(publication.salt.value))
    except (Refused, Salt.DoesNotExist, OSError, RuntimeError):
        return False
    return [json.loads(entry.leaf)["commitment"] for entry in committing] == [commitment]


def _key_stamp() -> tuple[int, int] | None:
    """What changes when another key file takes the place of this one; the key itself is read where it is needed."""
    try:
        found = (settings.KEYS / "log.key").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _open(path: Path) -> LogDirectory:
    sequenced = LogEntry.objects.exclude(sequenced_at=None).count()
    if (path / CHECKPOINT_FILE).exists():
        return LogDirectory(path, settings.CUNWU.log_origin, signer())
    if sequenced:
        raise _differ(
            "log.files_missing",
            f"数据库中有{sequenced}条已编入的存证，而日志文件夹是空的",
            f"the database has {sequenced} sequenced entries but there is no log folder",
        )
    try:
        return LogDirectory.create(path, settings.CUNWU.log_origin, signer())
    except NotReady as begun:
        if begun.code != "log_exists":
            raise
        # Another process began it at this very moment.
        return LogDirectory(path, settings.CUNWU.log_origin, signer())


def _assign_places(log: LogDirectory) -> None:
    """Commit the index of every pending entry. The write transaction keeps a second sequencer waiting."""
    with transaction.atomic():
        # Ordered by id and locked: on engines with many writers two sequencers must not number the same rows.
        pending = list(LogEntry.objects.select_for_update().filter(index=None).order_by("id"))
        placed = LogEntry.objects.exclude(index=None).order_by("-index").values_list("index", flat=True)
        size = next((index + 1 for index in placed[:1] if index is not None), 0)
        log.refresh()
        _require_agreement(log, size, placed.exclude(sequenced_at=None).first())
        for number, entry in enumerate(pending, start=size):
            entry.index = number
        LogEntry.objects.bulk_update(pending, ["index"], batch_size=200)


def _require_agreement(log: LogDirectory, size: int, sequenced: int | None) -> None:
    """The database has placed `size` entries: the folder may lack only those that were never marked as sequenced."""
    if log.size > size:
        raise _differ(
            "log.database_behind",
            f"日志文件有{log.size}条存证，数据库只编了{size}条",
            f"the log's files have {log.size} entries, the database has placed {size}",
        )
    if sequenced is not None and sequenced >= log.size:
        raise _differ(
            "log.files_behind",
            f"数据库中第{sequenced}条（从0起数）早已编入，日志文件只有{log.size}条",
            f"the database has index {sequenced} as sequenced, the log's files have only {log.size} entries",
        )
    if log.size:
        last = LogEntry.objects.filter(index=log.size - 1).values_list("leaf", flat=True).get()
        if log.entry(log.size - 1) != last.encode():
            raise _differ(
                "log.diverged",
                f"数据库与日志文件的第{log.size - 1}条（从0起数）存证不同",
                f"index {log.size - 1} is another entry in the database than in the log's files",
            )


def _append(log: LogDirectory, now: datetime) -> int:
    placed = LogEntry.objects.filter(sequenced_at=None).exclude(index=None)
    fresh = list(
        placed.order_by("index").select_related(
            "publication__organization__place", "duty__organization__place"
        )
    )
    if not fresh or fresh[0].index is None:
        return 0
    log.append([entry.leaf.encode() for entry in fresh], at=fresh[0].index)
    with transaction.atomic():
        LogEntry.objects.filter(pk__in=[entry.pk for entry in fresh]).update(sequenced_at=now)
        touched = [entry.publication for entry in fresh if entry.publication is not None]
        owing = [entry.duty for entry in fresh if entry.duty is not None]
        places = [publication.organization.place for publication in touched]
        mark_stale([*places, *(duty.organization.place for duty in owing)], touched, now=now)
    return len(fresh)


def _ask_witnesses(log: LogDirectory) -> tuple[tuple[str, ...], tuple[Refused, ...]]:
    witnesses = {Verifier.parse(setting.key): setting for setting in settings.CUNWU.witnesses}
    failures: list[Refused] = []
    if log.size:
        there = {cosignature.vkey for cosignature in log.signed_checkpoint(list(witnesses)).cosignatures}
        for witness, setting in witnesses.items():
            if witness.vkey not in there:
                try:
                    request_cosignature(setting.url, log, witness, timeout_seconds=WITNESS_SECONDS)
                except Refused as refused:
                    failures.append(refused)
    present = log.signed_checkpoint(list(witnesses)).cosignatures
    return tuple(cosignature.name for cosignature in present), tuple(failures)


def require_recovered() -> None:
    """Refuse (NotReady `log.restored`) to continue a log that comes from a backup and was not completed yet."""
    if restored_mark().exists():
        raise NotReady(
            "log.restored",
            "数据刚从备份恢复，公开日志可能比公布过的短，暂不续写；请先运行 cunwu log recover --from 镜像文件夹。",
            "The data were just restored from a backup and the public log may be shorter than what was published, so it "
            "is not continued; run `cunwu log recover --from MIRROR` first.",
        )


def _differ(code: str, zh: str, en: str) -> NotReady:
    return NotReady(
        code,
        f"日志与数据库对不上：{zh}，其中一方可能恢复自旧备份。已停止续写；请用 cunwu log recover --from 镜像文件夹 补齐，不要自行改动。",
        f"Log and database disagree: {en}; one of them may come from an old backup. Nothing is appended. Complete it "
        "with `cunwu log recover --from MIRROR`; change nothing by hand.",
    )
