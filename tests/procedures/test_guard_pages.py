"""docs/guards and docs/steps are what people read; every example in them is run by the real guard, word for word."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Village
from cunwu.errors import Refused
from cunwu.law.faults import fault
from cunwu.law.powers import GUARD_KEYS, GuardData, ProcedureEntry, StepData
from cunwu.law.procedures import Basis, GuardRule
from cunwu.org.authority import rules
from cunwu.procedures.guards import GUARDS, Ballot, Facts, Held, Offer, Posted, Turnout, shortfalls
from cunwu.procedures.kinds import KINDS
from cunwu.procedures.matters import Done

DOCS = Path(__file__).parents[2] / "docs"
DAY = date(2026, 10, 8)
NO_CLAUSE = Basis(zh="", en="", confidence="ours")


def pages(folder: str) -> set[str]:
    """The names that have a page."""
    return {path.stem for path in (DOCS / folder).glob("*.md")} - {"README"}


def examples(folder: str, name: str) -> list[Any]:
    """The YAML blocks of a page."""
    text = (DOCS / folder / f"{name}.md").read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def guard_of(told: dict[str, Any], step: str = "") -> GuardRule:
    """A guard as a pack writes it, with the figures that the packs give it on the day of the examples.

    `step` ("power/step") says whose clause stands behind a guard that has no figure of its own.
    """
    power, _, name = step.partition("/")
    basis = rules().power(power, DAY).step(name).basis if step else NO_CLAUSE
    (rule,) = rules()._resolution(DAY)._guards([GuardData.model_validate(told)], basis)
    return rule


def facts_of(told: dict[str, Any], organization: int = 0) -> Facts:
    """What an example says is so."""
    said = dict(told)
    on = said.pop("today", DAY)
    meeting, posted = said.pop("meeting", None), said.pop("posted", None)
    if meeting is not None:
        turnout = {key: meeting[key] for key in Turnout.__slots__ if key in meeting}
        said["meeting"] = Held(
            meeting.get("held_on", on),
            meeting.get("notice_on", on),
            Turnout(**turnout),
            frozenset(meeting.get("observers", ())),
        )
    if posted is not None:
        said["posted"] = Posted(**posted)
    if "ballot" in said:
        said["ballot"] = Ballot(**said["ballot"])
    if "offers" in said:
        said["offers"] = tuple(Offer(**offer) for offer in said["offers"])
    for key in ("papers", "conflicted"):
        if key in said:
            said[key] = frozenset(said[key]) if key == "papers" else tuple(said[key])
    if "doers" in said:
        said["doers"] = {step: frozenset(people) for step, people in said["doers"].items()}
    return Facts(on, rules().calendar, organization=organization, **said)


def said(refusal: Refused) -> dict[str, str]:
    """A refusal as the pages write it."""
    return {"code": refusal.code, "zh": refusal.sentence("zh"), "en": refusal.sentence("en")}


def test_every_guard_and_every_kind_has_its_page_and_no_page_is_left_over() -> None:
    assert pages("guards") == set(GUARDS) == set(GUARD_KEYS)
    assert pages("steps") == set(KINDS)


@pytest.mark.parametrize(("folder", "names"), [("guards", sorted(GUARDS)), ("steps", sorted(KINDS))])
def test_the_index_names_every_page(folder: str, names: list[str]) -> None:
    index = (DOCS / folder / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\w+)\.md\)", index) == names


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_a_guards_page_says_what_the_guard_says(name: str, village: Village) -> None:
    found = examples("guards", name)
    assert found
    for example in found:
        assert set(example) - {"step"} == {"guard", "passes", "refused", "says"}
        assert example["guard"]["kind"] == name
        guards = (guard_of(example["guard"], example.get("step", "")),)
        assert shortfalls(guards, facts_of(example["passes"], village.committee.pk)) == []
        (refusal,) = shortfalls(guards, facts_of(example["refused"], village.committee.pk))
        assert refusal.basis, "a guard without a clause"
        assert said(refusal) == example["says"]


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_a_guards_page_names_its_keys(name: str) -> None:
    text = (DOCS / "guards" / f"{name}.md").read_text(encoding="utf-8")
    (keys,) = re.findall(r"^Keys: (.*)$", text, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", keys)) == set(GUARD_KEYS[name])  # type: ignore[index]


def faults_of(step: dict[str, Any]) -> list[dict[str, str]]:
    """What the reader of packs says of a step written so."""
    terms = {"from": date(2020, 1, 1), "steps": [step], "cite": {"source": "cunwu"}}
    head = {"title": {"zh": "程序", "en": "Procedure"}, "reviewed": None, "confidence": "ours"}
    entry = ProcedureEntry.model_validate({**head, "history": [terms]})
    words = [fault("p", 1, code, **figures) for _, code, figures in entry.faults_within()]
    return [{"code": each.code, "zh": each.zh, "en": each.en} for each in words]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kinds_page_says_what_the_reader_and_the_step_say(name: str) -> None:
    found = examples("steps", name)
    assert found
    for example in found:
        step = example["step"]
        assert StepData.model_validate(step).kind == name
        assert faults_of(step) == []
        assert faults_of(example["faulty"]) == [example["says"]]
        if KINDS[name].needs:
            assert KINDS[name].lacking(Done(DAY, **example["done"])) is None
            refusal = KINDS[name].lacking(Done(DAY, **example["incomplete"]))
            assert refusal is not None
            assert said(refusal) == example["refused"]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kinds_page_names_what_it_needs(name: str) -> None:
    text = (DOCS / "steps" / f"{name}.md").read_text(encoding="utf-8")
    (stated,) = re.findall(r"^Stated when it is taken: (.*)$", text, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", stated)) == set(KINDS[name].needs)
