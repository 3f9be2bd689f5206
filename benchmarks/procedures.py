"""Guarded steps a second, pure and committed with their audit; SpiffWorkflow beside them; a page of 4,000 matters; pinning.

Run: `.venv/bin/python benchmarks/procedures.py`. The comparison needs `uv sync --inexact --group benchmark`; without it
is said. Prints the machine's own speed first, so that figures can be compared.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import machine

NOW = datetime(2026, 10, 8, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = date(2026, 10, 8)
STEPS = 14
"""Steps of the matter that both run, as many as a lease of land has; each passes a line on the amount and is kept apart
from the step before."""
RUNS = 30
LINE_YUAN = 20_000
AMOUNT_FEN = 1_200_000
MATTERS, PAGE = 4_000, 50
CHANGES = 10_000
PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA mmap_size=134217728;"
)
"""As the settings have it, for both."""


@dataclass
class Figure:
    """What was measured, what is asked, and whether it is met."""

    label: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        """Within what is asked."""
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value < self.most
        )

    def show(self) -> None:
        """One line."""
        asked = f"at least {self.least:,.0f}" if self.least is not None else ""
        asked = f"under {self.most:,.0f}" if self.most is not None else asked
        told = f"asked {asked}: {'met' if self.met else 'MISSED'}" if asked else ""
        print(f"{self.label:<58}{self.value:12,.1f} {self.unit:<10}{told}")


def main() -> int:
    """Set up an installation in a temporary folder, measure, report; 1 where something asked was missed."""
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as folder:
        figures = measure(Path(folder))
    return 0 if all(figure.met for figure in figures) else 1


def measure(folder: Path) -> list[Figure]:
    """Everything, one after the other, each figure printed as it comes."""
    os.environ["CUNWU_PACKS"] = str(write_packs(folder))
    machine.set_up_installation(folder)
    from conftest import build_village

    village, figures = build_village(NOW), []

    def told(*found: Figure) -> None:
        for figure in found:
            figure.show()
        figures.extend(found)

    told(pure())
    ours = committed(village)
    told(ours)
    told(*spiff(folder, ours.value))
    told(*page(village))
    told(*pinned_rules(village))
    return figures


def write_packs(folder: Path) -> Path:
    """The packs, and in the national one a procedure of signatures, each with the same two guards."""
    packs = folder / "packs"
    shutil.copytree(machine.ROOT / "packs", packs)
    head = "title: {zh: 测量, en: Measured}\nreviewed: null\nconfidence: ours\noverridable: any\nhistory:\n  - from: 2020-01-01\n"
    steps = "    steps:\n"
    for number in range(1, STEPS + 1):
        steps += f"      - name: s{number}\n        kind: signature\n        title: {{zh: 第{number}步, en: Step {number}}}\n"
        steps += "        by: [committee_head, party_secretary]\n        guards:\n          - {kind: amount, line: measured_line}\n"
        steps += f"          - {{kind: separation, others: [s{number - 1}]}}\n" if number > 1 else ""
    line = f"    value: {LINE_YUAN}\n"
    cite = "    cite: {source: cunwu}\n"
    power = "    number: 900\n    area: other\n    class: daily_management\n    procedure: measured_steps\n"
    power += "    organization: [villagers_committee]\n    risk: {zh: 无, en: None}\n"
    value_head = head.replace("overridable", "unit: yuan\noverridable")
    for kind, name, text in (
        ("values", "measured_line", value_head + line),
        ("procedures", "measured_steps", head + steps),
        ("powers", "measured", head + power),
    ):
        (packs / "cn" / kind / f"{name}.yaml").write_text(text + cite, encoding="utf-8")
    return packs


def pure() -> Figure:
    """The guards of the representatives' vote on a lease (quorum, women, majorities, recusal) on facts, no database."""
    from cunwu.org.authority import rules
    from cunwu.procedures.guards import Ballot, Facts, Held, Turnout, shortfalls

    rule = rules().power("lease_land", DAY).step("resolve")
    turnout = Turnout(roll=28, present=25, households=25, households_present=23, women=9, women_present=8)
    held = Held(DAY, date(2026, 9, 20), turnout, frozenset({"supervision_committee"}))
    facts = [Facts(DAY, rules().calendar, meeting=held, ballot=Ballot(yes, 25 - yes)) for yes in range(26)]
    times, began = 20_000, time.perf_counter()
    for number in range(times):
        shortfalls(rule.guards, facts[number % 26])
    rate = times / (time.perf_counter() - began)
    return Figure(f"pure: a vote's {len(rule.guards)} guards", rate, "steps/s", least=2_000)


def committed(village: Any) -> Figure:
    """Steps taken one after the other by two officers in turn: looked up, guarded, written, audited, synced to disk."""
    from cunwu.procedures import matters
    from cunwu.procedures.matters import Done
    from cunwu.procedures.models import Step

    opened = [new_matter(village, number) for number in range(RUNS)]
    officers = (village.xiulan, village.li)
    began = time.perf_counter()
    for matter in opened:
        for number in range(STEPS):
            step = Step.objects.select_related("matter__organization__place").get(matter=matter, state="open")
            matters.take(officers[number % 2], step, Done(DAY), now=NOW)
    rate = RUNS * STEPS / (time.perf_counter() - began)
    matter.refresh_from_db()
    assert matter.state == "done"
    return Figure("committed: looked up, guarded, written, audited, synced", rate, "steps/s", least=150)


def new_matter(village: Any, number: int) -> Any:
    """A matter under the measured power."""
    from cunwu.procedures import matters

    return matters.open_matter(
        village.xiulan, village.committee, "measured", f"第{number}件", amount_fen=AMOUNT_FEN, now=NOW
    )


def bpmn() -> bytes:
    """The same procedure in BPMN: before each task a gateway asks the same two things."""
    parts, flows = [], []

    def flow(source: str, target: str, condition: str = "") -> str:
        name = f"{source}_{target}"
        said = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        flows.append(
            f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{said}</sequenceFlow>'
        )
        return name

    before = "begin"
    for number in range(1, STEPS + 1):
        ask, task = f"ask{number}", f"s{number}"
        apart = f" and actor != done_by['s{number - 1}']" if number > 1 else ""
        flow(before, ask)
        flow(ask, task, f"amount &lt;= {LINE_YUAN * 100}{apart}")
        parts.append(
            f'<exclusiveGateway id="{ask}" default="{flow(ask, "refused")}"/><manualTask id="{task}"/>'
        )
        before = task
    flow(before, "finish")
    body = "".join(parts) + "".join(flows)
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="b">'
        '<process id="measured" isExecutable="true"><startEvent id="begin"/><endEvent id="finish"/>'
        f'<endEvent id="refused"/>{body}</process></definitions>'
    ).encode()


def spiff(folder: Path, ours: float) -> list[Figure]:
    """SpiffWorkflow with its state saved to SQLite at each step, beside an audit row: once kept in memory between the
    steps, once loaded anew for each step, as ours is."""
    try:
        kept, loaded = (spiff_rate(folder / f"spiff-{anew}.sqlite3", anew=anew) for anew in (False, True))
    except ModuleNotFoundError:
        print("SpiffWorkflow is not installed: uv sync --inexact --group benchmark")
        return []
    return [
        Figure("SpiffWorkflow, kept in memory, saved at each step", kept, "steps/s"),
        Figure("SpiffWorkflow, loaded anew and saved at each step", loaded, "steps/s"),
        Figure("ours against it, loaded anew as ours is", ours / loaded, "times", least=1),
        Figure("ours (loaded anew) against it kept in memory", ours / kept, "times"),
    ]


def spiff_rate(path: Path, *, anew: bool) -> float:
    """Steps a second."""
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    parser, serializer = BpmnParser(), BpmnWorkflowSerializer()
    parser.add_bpmn_str(bpmn())
    spec = parser.get_spec("measured")
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(
        f"{PRAGMAS} CREATE TABLE run (id INTEGER PRIMARY KEY, state TEXT);"
        "CREATE TABLE audit (id INTEGER PRIMARY KEY, leaf TEXT);"
    )
    runs = []
    for key in range(RUNS):
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data.update(amount=AMOUNT_FEN, actor="", done_by={})
        workflow.do_engine_steps()
        database.execute("INSERT INTO run VALUES (?, ?)", (key, serializer.serialize_json(workflow)))
        runs.append(workflow)
    began = time.perf_counter()
    for key, workflow in enumerate(runs):
        for number in range(STEPS):
            database.execute("BEGIN IMMEDIATE")
            if anew:
                ((state,),) = database.execute("SELECT state FROM run WHERE id = ?", (key,))
                workflow = serializer.deserialize_json(state)  # noqa: PLW2901
            actor = ("李建国", "王秀兰")[number % 2]
            (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
            done_by = task.data["done_by"] | {task.task_spec.name: actor}
            task.data.update(actor=("王秀兰", "李建国")[number % 2], done_by=done_by)
            task.run()
            workflow.do_engine_steps()
            database.execute(
                "UPDATE run SET state = ? WHERE id = ?", (serializer.serialize_json(workflow), key)
            )
            leaf = json.dumps(
                {"at": NOW.isoformat(), "actor": actor, "action": "step", "target": f"run:{key}"}
            )
            database.execute("INSERT INTO audit (leaf) VALUES (?)", (leaf,))
            database.execute("COMMIT")
        assert workflow.is_completed()
        assert workflow.get_tasks(spec_name="finish", state=TaskState.COMPLETED)
    seconds = time.perf_counter() - began
    database.close()
    return RUNS * STEPS / seconds


def page(village: Any) -> list[Figure]:
    """One page of a village's matters, newest first, each with where it stands and who holds it, of 4,000."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from cunwu.procedures import queries

    def ask() -> None:
        found = queries.matters_of(village.place)
        assert found.count() > PAGE
        standings = queries.standings(found[:PAGE], DAY)
        assert len(standings) == PAGE
        assert all(each.holders for each in standings if each.step is not None)

    for number in range(RUNS, PAGE + 10):
        new_matter(village, number)
    with CaptureQueriesContext(connection) as few:
        ask()
    for number in range(PAGE + 10, MATTERS):
        new_matter(village, number)
    with CaptureQueriesContext(connection) as many:
        ask()
    times = [timed(ask) for _ in range(20)]
    return [
        Figure(
            f"a page of {PAGE} of {MATTERS:,} matters, median of 20", sorted(times)[10] * 1000, "ms", most=100
        ),
        Figure(f"its queries (of {PAGE + 10} matters: {len(few)})", len(many), "queries", most=len(few) + 1),
    ]


def timed(act: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def pinned_rules(village: Any) -> list[Figure]:
    """Packs replaced 10,000 times, each with rules of another digest, under matters that run: how many it touched."""
    from django.conf import settings

    from cunwu.law import packs
    from cunwu.law.procedures import digest_of, pinned
    from cunwu.org import authority
    from cunwu.procedures import matters
    from cunwu.procedures.models import Step
    from cunwu.procedures.rules import power_of

    matter = new_matter(village, MATTERS)
    began_under, rule = power_of(matter), matter.rule_id
    names = tuple(settings.CUNWU.packs)
    folders = packs.read_packs(names, settings.PACKS)
    line = folders[0].entries["values"]["measured_line"]
    before, digests, touched = authority._load, set(), 0
    for number in range(CHANGES):
        item = line.history[0].model_copy(update={"value": number + 1})
        folders[0].entries["values"]["measured_line"] = line.model_copy(update={"history": [item]})
        fresh = packs.Packs(folders)
        authority._load = lambda *_, fresh=fresh: fresh
        digests.add(digest_of(pinned(fresh.power("measured", DAY))))
        step = Step.objects.select_related("matter__organization__place").get(matter=matter, state="open")
        same = step.matter.rule_id == rule and power_of(step.matter) == began_under
        may = matters.obstacles(step, village.xiulan, matters.Done(DAY), now=NOW) == []
        touched += not (same and may)
    authority._load = before
    return [
        Figure("packs changed under a running matter", CHANGES, "times"),
        Figure("digests among their rules", len(digests - {rule}), "digests", least=CHANGES - 1),
        Figure("times that the matter was touched", touched, "times", most=1),
    ]


if __name__ == "__main__":
    sys.exit(main())
