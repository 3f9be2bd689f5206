"""Two processes at the same moment on one database: one publication, one history, each step once."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from cunwu import installation
from cunwu.tlog.check import check_log
from cunwu.tlog.notes import Verifier

TESTS = Path(__file__).resolve().parents[1]
BEGIN = """
import json, sys
from datetime import datetime
import django
django.setup()
from django.core.management import call_command
from conftest import SHANGHAI, build_village
from cunwu.disclosure import actions, log
from cunwu.disclosure.models import Draft, LogEntry, Publication
from cunwu.errors import Refused
from cunwu.org.models import Appointment
from disclosure.steps import agree, prepare, publish
now = datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)
def wait():
    print("ready", flush=True)
    sys.stdin.readline()
def answer(found):
    print(json.dumps(found), flush=True)
"""
SET_UP = """
call_command("migrate", verbosity=0)
village = build_village(now)
for month in range(1, 13):
    publish(village, now, period=f"2025-{month:02}")
agree(village, prepare(village, now), now)
"""
PUBLISH = """
draft = Draft.objects.get(period="2026-09")
head = Appointment.objects.get(office=sys.argv[1])
wait()
try:
    answer(actions.publish(head, draft, now=now).public_id)
except Refused as refused:
    answer(refused.code)
"""
SEQUENCE = """
wait()
answer(log.sequence(now=now).count)
"""
LOOK = """
entries = LogEntry.objects.order_by("index")
answer({
    "publications": Publication.objects.filter(period="2026-09").count(),
    "indexes": list(entries.values_list("index", flat=True)),
    "faults": log.check(),
    "key": log.public_key(),
})
"""


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A data folder on disk, twelve publications waiting for the log, one draft that everybody has agreed to."""
    home = tmp_path / "var"
    home.mkdir()
    (home / "installation.toml").write_text(
        'county_code = "990101"\npacks = ["cn", "cn-shandong", "fangzi"]\nmode = "demo"\n'
    )
    installation.create_keys(tmp_path / "keys")
    path = os.pathsep.join((str(TESTS), str(TESTS.parent / "src")))
    return os.environ | own_database() | {
        "CUNWU_HOME": str(home), "CUNWU_KEYS": str(tmp_path / "keys"), "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "cunwu.settings",
    }  # fmt: skip


def own_database() -> dict[str, str]:
    """On PostgreSQL a database of the test's own; on SQLite the data folder has one."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return {}
    import psycopg

    name = f"at_once_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}


def start(code: str, surroundings: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """A process that runs `code` after the common beginning."""
    command = [sys.executable, "-c", BEGIN + code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=surroundings, stdin=pipe, stdout=pipe, text=True)


def together(processes: list[subprocess.Popen[str]]) -> list[object]:
    """Let all begin at once, when all are ready; what each answered."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = []
    for process in processes:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        found.append(json.loads(said))
    return found


@pytest.mark.slow
@pytest.mark.at_once
def test_two_publish_and_two_sequence_at_the_same_moment(surroundings: dict[str, str]) -> None:
    with start(SET_UP, surroundings) as process:
        process.communicate(timeout=120)
        assert process.returncode == 0
    told = together(
        [start(PUBLISH, surroundings, office) for office in ("committee_head", "party_secretary")]
    )
    assert told.count("disclosure.published_already") == 1
    together([start(SEQUENCE, surroundings) for _ in range(2)])
    with start(LOOK, surroundings) as process:
        found = json.loads(process.communicate(timeout=60)[0])
    assert found["publications"] == 1
    assert found["indexes"] == list(range(13))
    assert found["faults"] == []
    home = Path(surroundings["CUNWU_HOME"])
    assert check_log(home / "site" / "log", Verifier.parse(found["key"])) == []


OPEN_MATTER = """
call_command("migrate", verbosity=0)
from procedures.conftest import Hall, current
from cunwu.procedures import matters
village = build_village(now)
hall = Hall(village, now)
for name in ("钱进", "郑好"):
    hall.appoint(name, "committee_member", village.committee)
matter = matters.open_matter(village.xiulan, village.committee, "lease_land", "荒地发包", amount_fen=100, now=now)
hall.attach(village.xiulan, current(matter), now)
"""
PRESS = """
from cunwu.procedures import matters
from cunwu.procedures.matters import Done
from cunwu.procedures.models import Step
actor = Appointment.objects.select_related("person", "organization__place").get(person__name=sys.argv[1])
step = Step.objects.select_related("matter__organization__place").get(state="open")
wait()
try:
    answer(matters.take(actor, step, Done(now.date(), "清查"), now=now).state)
except Refused as refused:
    answer(refused.code)
"""
LOOK_AT_STEPS = """
from cunwu.org.models import AuditEntry
from cunwu.procedures.models import Step
answer({
    "states": list(Step.objects.order_by("number").values_list("state", flat=True)[:3]),
    "taken": AuditEntry.objects.filter(action="matters.step").count(),
})
"""


@pytest.mark.slow
@pytest.mark.at_once
def test_two_people_press_the_same_step_at_the_same_moment(surroundings: dict[str, str]) -> None:
    """Two processes, each with its own connection."""
    with start(OPEN_MATTER, surroundings) as process:
        process.communicate(timeout=120)
        assert process.returncode == 0
    told = together([start(PRESS, surroundings, name) for name in ("钱进", "郑好")])
    assert sorted(map(str, told)) == ["done", "step.done_already"]
    with start(LOOK_AT_STEPS, surroundings) as process:
        found = json.loads(process.communicate(timeout=60)[0])
    assert found == {"states": ["done", "open", "waiting"], "taken": 1}


OWING = """
from datetime import timedelta
call_command("migrate", verbosity=0)
village = build_village(now)
publish(village, now - timedelta(days=40), period="2026-08")
log.sequence(now=now)
"""
TICK = """
from cunwu.management.clock import tick
at = datetime.fromisoformat(sys.argv[1])
wait()
done = tick(now=at)
answer([done.opened, done.late, done.silences, int(done.audit_root)])
"""
MOMENTS = ("2026-11-01T08:00:00+08:00", "2026-12-01T08:00:00+08:00", "2027-01-20T08:00:00+08:00")
LOOK_AT_DUTIES = """
from collections import Counter
from cunwu.duties.models import Duty
from cunwu.org.models import AuditEntry
kinds = Counter(LogEntry.objects.values_list("kind", flat=True))
answer({
    "duties": Duty.objects.count(),
    "late": Duty.objects.exclude(late_at=None).count(),
    "audited": AuditEntry.objects.filter(action="duties.late").count(),
    "silences": kinds["silence"],
    "silent": LogEntry.objects.filter(kind="silence").values("duty").distinct().count(),
    "roots": kinds["audit_root"],
})
"""


def ask(code: str, surroundings: dict[str, str]) -> dict[str, int]:
    """What the database holds afterwards."""
    with start(code, surroundings) as process:
        found: dict[str, int] = json.loads(process.communicate(timeout=60)[0])
    return found


@pytest.mark.slow
@pytest.mark.at_once
def test_two_clocks_at_the_same_moment_do_each_thing_once(surroundings: dict[str, str]) -> None:
    with start(OWING, surroundings) as process:
        process.communicate(timeout=120)
        assert process.returncode == 0
    counted = [0, 0, 0, 0]
    for moment in MOMENTS:
        for told in together([start(TICK, surroundings, moment) for _ in range(2)]):
            assert isinstance(told, list)
            counted = [one + other for one, other in zip(counted, told, strict=True)]
    found = ask(LOOK_AT_DUTIES, surroundings)
    assert counted == [found["duties"], found["late"], found["silences"], found["roots"]]
    assert found["late"] == found["audited"] > 0
    assert found["silences"] == found["silent"] > 0
    assert found["roots"] == 3


@pytest.mark.slow
def test_a_clock_that_jumps_back_and_forward_repeats_and_undoes_nothing(surroundings: dict[str, str]) -> None:
    with start(OWING, surroundings) as process:
        process.communicate(timeout=120)
        assert process.returncode == 0
    for moment in MOMENTS:
        together([start(TICK, surroundings, moment)])
    before = ask(LOOK_AT_DUTIES, surroundings)
    for moment in (MOMENTS[0], MOMENTS[2]):
        assert together([start(TICK, surroundings, moment)]) == [[0, 0, 0, 0]]
    assert ask(LOOK_AT_DUTIES, surroundings) == before
