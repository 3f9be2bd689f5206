"""What a fault is injected into: publish, sequence, bake, import, back up, in an installation of its own.

`operations.py prepare` makes the installation in CUNWU_HOME and ends when a notice waits to be published. `operations.py run`
does the five; each says one line on stdout once it is done, and what it said must never be lost. `operations.py judge` then goes
on as a restarted service would, and says as JSON what is wrong. `operations.py serve` does either in a process of its own for
each line of JSON on stdin, as often as it is asked (`inject.py`): only the start of an interpreter is spared.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 10, 8, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ROWS = 3
PATIENCE = 300
"""Seconds after which a run counts as stuck."""
PR_SET_PTRACER = 0x59616D61


def home() -> Path:
    """The installation's folder."""
    return Path(os.environ["CUNWU_HOME"])


def prepare() -> None:
    """A village with a pond that is let; one notice in the log, the next one signed and waiting."""
    home().mkdir(parents=True)
    (home() / "installation.toml").write_text(
        'packs = ["cn", "cn-shandong", "fangzi"]\ncounty_code = "990101"\nlog_origin = "faults.invalid/log"\n'
        'mode = "demo"\n',
        encoding="utf-8",
    )
    start()
    from django.core.management import call_command

    from cunwu import installation
    from cunwu.org.models import DataOrigin

    installation.create_keys(Path(os.environ["CUNWU_KEYS"]))
    call_command("migrate", verbosity=0)
    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.DEMO)
    from assets.conftest import FIELD, POND, lease
    from conftest import build_village
    from cunwu.assets import actions
    from cunwu.assets.publishing import draft_holdings
    from cunwu.disclosure import actions as disclosure
    from cunwu.disclosure import log
    from cunwu.portal import bake

    village = build_village(NOW)
    actions.register_assets(village.clerk, village.collective, [POND, FIELD], now=NOW)
    actions.register_contracts(village.clerk, village.collective, [lease()], now=NOW)
    first = draft_holdings(village.wang, village.collective, now=NOW)
    disclosure.sign(village.zhao, first, now=NOW)
    disclosure.publish(village.xiulan, first, now=NOW)
    log.sequence(now=NOW)
    bake.bake_all(now=NOW, papers=False)
    later = NOW + timedelta(days=100)
    second = draft_holdings(village.wang, village.collective, now=later)
    disclosure.sign(village.zhao, second, now=later)
    facts = {
        "draft": second.public_id,
        "publisher": village.xiulan.public_id,
        "clerk": village.clerk.public_id,
        "collective": village.collective.public_id,
        "checkpoint": (home() / "site/log/checkpoint").read_text(encoding="utf-8"),
    }
    (home().parent / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def run() -> None:
    """The five, one after the other; what fails is told on stderr, and the next is tried as a service would."""
    start()
    facts = known()
    from assets.ledgers import workbook
    from cunwu.assets import importing
    from cunwu.assets.ledger_rows import Choices
    from cunwu.disclosure import actions as disclosure
    from cunwu.disclosure import log
    from cunwu.disclosure.models import Draft
    from cunwu.management.backup import write_backup
    from cunwu.org.models import Appointment, Organization
    from cunwu.portal import bake

    later = NOW + timedelta(days=100)
    data = workbook(
        tuple(
            (f"2024-{n}", f"地块{n}", "马国良", "", "村东", 5, 100, 500, "2024.1-2028.1", "种粮", "")
            for n in range(ROWS)
        )
    )

    def publish() -> str:
        draft = Draft.objects.get(public_id=facts["draft"])
        actor = Appointment.objects.select_related("organization__place").get(public_id=facts["publisher"])
        return disclosure.publish(actor, draft, now=later).public_id

    def take_in() -> str:
        actor = Appointment.objects.select_related("organization__place").get(public_id=facts["clerk"])
        body = Organization.objects.select_related("place").get(public_id=facts["collective"])
        choices = Choices("other_contracting", "reserve_land", date(2026, 1, 1))
        preview = importing.preview_ledger(
            actor, body, "contracts", data, "台账.xlsx", choices=choices, now=later
        )
        return importing.import_ledger(actor, preview, now=later).public_id

    for name, do in (
        ("published", publish),
        ("sequenced", lambda: str(log.sequence(now=later).size)),
        ("baked", lambda: str(bake.bake_stale(now=later, papers=0))),
        ("imported", take_in),
        ("backed_up", lambda: str(write_backup(home().parent / "backup.tar.gz", now=later).log_size)),
    ):
        try:
            said = do()
        except Exception as fault:
            print(f"{name}: {type(fault).__name__}: {fault}", file=sys.stderr)
        else:
            os.write(1, f"{name} {said}\n".encode())


def judge(said: list[str]) -> dict[str, Any]:
    """What is wrong after a restart, given the lines that were said: nothing is, where all four lists are empty."""
    start()
    facts, held = known(), dict(line.split(" ", 1) for line in said)
    from cunwu.assets.models import Contract, LedgerImport
    from cunwu.disclosure import log
    from cunwu.disclosure.models import LogEntry, Publication
    from cunwu.portal import bake
    from cunwu.tlog.check import check_log
    from cunwu.tlog.checkpoints import open_checkpoint
    from cunwu.tlog.files import LogFiles
    from cunwu.tlog.tiles import ENTRIES, Tile
    from cunwu.tlog.tree import leaf_hash, root_hash

    lost, forks, halves, faults = [], [], [], []
    between = (log.folder() / "checkpoint").read_bytes()
    later = NOW + timedelta(days=101)
    size = log.sequence(now=later).size
    bake.bake_stale(now=later, papers=0)
    verifier = log.signer().verifier
    faults += [f"{fault.path}: {fault.en}" for fault in check_log(log.folder(), verifier)]
    faults += log.check()
    leaves = [leaf_hash(entry) for entry in LogFiles(log.folder()).read_entries(Tile(ENTRIES, 0, size))]
    for name, note in (("before", facts["checkpoint"].encode()), ("between", between)):
        seen = open_checkpoint(note, verifier).checkpoint
        if seen.size > size or root_hash(leaves[: seen.size]) != seen.root:
            forks.append(
                f"the checkpoint {name} counts {seen.size} entries and is no beginning of the {size} there are"
            )
    indexes = list(LogEntry.objects.order_by("index").values_list("index", flat=True))
    if indexes != list(range(size)):
        forks.append(f"indexes {indexes} for {size} entries")
    if (
        "published" in held
        and not LogEntry.objects.filter(
            publication__public_id=held["published"], index__isnull=False
        ).exists()
    ):
        lost.append(f"publication {held['published']}")
    if "sequenced" in held and size < int(held["sequenced"]):
        lost.append(f"entries: {held['sequenced']} were said, {size} are there")
    for publication in Publication.objects.all():
        if not (log.folder().parent / f"zh/d/{publication.public_id}/index.html").is_file():
            faults.append(f"no page of {publication.public_id}")
    imported = Contract.objects.filter(source__isnull=False).count()
    if imported not in {0, ROWS} or imported != ROWS * LedgerImport.objects.count():
        halves.append(f"{imported} of {ROWS} contracts")
    if "imported" in held and imported != ROWS:
        lost.append(f"import {held['imported']}")
    halves += _backup(held)
    return {"lost": lost, "forks": forks, "halves": halves, "faults": faults}


def serve() -> None:
    """Answer each line on stdin: fork a process that has everything imported and nothing opened, let strace attach to it
    where the line says so, and say what it said."""
    start()
    import cunwu.assets.importing
    import cunwu.assets.publishing
    import cunwu.management.backup
    import cunwu.portal.bake  # noqa: F401
    from cunwu.org.authority import rules

    rules()
    for line in sys.stdin:
        asked = json.loads(line)
        os.write(1, f"{json.dumps({'said': answered(asked)})}\n".encode())


def answered(asked: dict[str, Any]) -> list[str]:
    """The lines said by a fork that does what is `asked`. Raises TimeoutError where it is stuck."""
    answers, says = os.pipe()
    waits, opens = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(answers)
        _do(asked, waits, says)
    os.close(says)
    tracer = _attach(asked["under"], child) if asked["under"] else None
    os.write(opens, b".")
    said, until = b"", time.monotonic() + PATIENCE
    while select.select([answers], [], [], max(0.0, until - time.monotonic()))[0]:
        data = os.read(answers, 65_536)
        if not data:
            break
        said += data
    else:
        os.kill(child, signal.SIGKILL)
        raise TimeoutError(str(asked))
    os.waitpid(child, 0)
    if tracer is not None:
        tracer.wait(PATIENCE)
    for end in (answers, waits, opens):
        os.close(end)
    return said.decode().splitlines()


def _attach(strace: list[str], process: int) -> subprocess.Popen[bytes]:
    tracer = subprocess.Popen([*strace, "-p", str(process)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE
    while "TracerPid:\t0" in Path(f"/proc/{process}/status").read_text(encoding="utf-8"):
        if time.monotonic() > until or tracer.poll() is not None:
            raise RuntimeError("strace does not attach")
        time.sleep(0.002)
    return tracer


def _do(asked: dict[str, Any], waits: int, says: int) -> NoReturn:
    """In the fork: wait until strace is there, then do it, and end without the parent's way out."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1))
        os.dup2(says, 1)
        os.close(says)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 2)
        os.read(waits, 1)
        if asked["limit"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (asked["limit"], asked["limit"]))
        if asked["what"] == "run":
            run()
        else:
            os.write(1, json.dumps(judge(asked["said"]), ensure_ascii=False).encode())
    finally:
        os._exit(0)


def _backup(held: dict[str, str]) -> list[str]:
    """A backup under its name is whole, or there is none; one that was told is there."""
    path = home().parent / "backup.tar.gz"
    if not path.exists():
        return ["the backup that was told is not there"] if "backed_up" in held else []
    try:
        with tarfile.open(path) as archive:
            archive.extract("cunwu.sqlite3", home().parent / "restored", filter="data")
        with sqlite3.connect(home().parent / "restored" / "cunwu.sqlite3") as database:
            (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
    except (tarfile.TarError, sqlite3.DatabaseError, OSError, EOFError, KeyError) as fault:
        return [f"the backup cannot be read: {fault}"]
    return [] if verdict == "ok" else [f"the backup's database: {verdict}"]


def known() -> dict[str, str]:
    """What `prepare` left."""
    facts: dict[str, str] = json.loads((home().parent / "facts.json").read_text(encoding="utf-8"))
    return facts


def start() -> None:
    """Django, with the tests' own helpers at hand."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cunwu.settings"
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    import django

    django.setup()


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    elif sys.argv[1] == "serve":
        serve()
    elif sys.argv[1] == "run":
        run()
    else:
        print(json.dumps(judge(sys.argv[2:]), ensure_ascii=False))
