"""Situations and what is expected of them, in a pack's `examples/`: reviewed by people, run as tests.

Each pack's examples are asked of the chain that ends at that pack, so that a province's examples do not
change when a county is added below it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cunwu.errors import NotFound, Refused
from cunwu.law.deadlines import deadline, due_day
from cunwu.law.faults import Fault, fault, from_validation
from cunwu.law.folders import EXAMPLES
from cunwu.law.periods import Period
from cunwu.law.reader import read
from cunwu.law.texts import Text

if TYPE_CHECKING:
    from cunwu.law.packs import Packs

Answer = str | int | bool | date | None
_SECOND = frozenset({"from_", "period", "whole"})


class Ask(BaseModel):
    """One question; exactly one key, except that `deadline`, `due` and `needed` have a second one each."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: str | None = None
    article: str | None = None
    separation: list[str] | None = Field(default=None, min_length=2, max_length=2)
    capability: list[str] | None = Field(default=None, min_length=2, max_length=2)
    frequency: str | None = None
    joint_meeting: str | None = None
    board_days: str | None = None
    deadline: str | None = None
    from_: date | None = Field(default=None, alias="from")
    due: str | None = None
    period: str | None = None
    working_day: date | None = None
    needed: str | None = None
    whole: int | None = Field(default=None, ge=0)
    steps: str | None = None
    guards: list[str] | None = Field(default=None, min_length=2, max_length=2)
    reserved: str | None = None
    backing: list[str | int] | None = None

    @field_validator("backing")
    @classmethod
    def _right_roll_and_size(cls, found: list[str | int]) -> list[str | int]:
        if [type(part) for part in found] != [str, str, int]:
            raise ValueError(
                "backing 要写三样：[权利, 名册, 人数]，例如 [recall, voters, 802] | "
                "backing takes three things: [RIGHT, ROLL, SIZE], such as [recall, voters, 802]"
            )
        return found

    @model_validator(mode="after")
    def _one_question(self) -> Ask:
        asked = set(self.model_fields_set) - _SECOND
        alone = (
            (self.deadline and not self.from_)
            or (self.due and not self.period)
            or (self.needed and self.whole is None)
        )
        if len(asked) != 1 or alone:
            raise ValueError(
                "ask 里只写一个问题；deadline 还要写 from，due 还要写 period，needed 还要写 whole | "
                "ask holds one question; deadline needs from, due needs period, needed needs whole"
            )
        return self


class Situation(BaseModel):
    """On a day, a question and what is expected; `expect: null` says that nothing is in force."""

    model_config = ConfigDict(extra="forbid", strict=True)

    on: date
    ask: Ask
    expect: Answer


class Examples(BaseModel):
    """`examples/NAME.yaml`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Text
    situations: list[Situation] = Field(min_length=1)


def failing_examples(packs: Packs, folder: Path) -> list[Fault]:
    """The situations of the pack in `folder` that come out otherwise than expected, as faults with lines."""
    faults: list[Fault] = []
    for path in sorted((folder / EXAMPLES).glob("*.yaml")):
        sheet = read(path, f"{folder.name}/{EXAMPLES}/{path.name}")
        faults += sheet.faults
        try:
            examples = Examples.model_validate(sheet.data)
        except ValidationError as error:
            faults += from_validation(sheet, error, Examples)
            continue
        for index, situation in enumerate(examples.situations):
            try:
                found = answer(packs, situation)
            except Refused as refusal:
                found = str(refusal)
            if found != situation.expect or isinstance(found, bool) != isinstance(situation.expect, bool):
                line = sheet.line(("situations", index, "expect"))
                figures = {"on": situation.on, "expected": situation.expect, "found": found}
                faults.append(fault(sheet.file, line, "example", **figures))
    return faults


def answer(packs: Packs, situation: Situation) -> Answer:
    """What the packs say to `situation`; None where nothing is in force."""
    (question,) = set(situation.ask.model_fields_set) - _SECOND
    try:
        return _QUESTIONS[question](packs, situation.ask, situation.on)
    except NotFound as missing:
        if missing.code != "law.not_in_force":
            raise
        return None


def _deadline(packs: Packs, ask: Ask, on: date) -> Answer:
    return deadline(ask.from_ or on, packs.rule(str(ask.deadline), on), packs.calendar).day


def _due(packs: Packs, ask: Ask, on: date) -> Answer:
    return due_day(Period.parse(str(ask.period)), packs.duty(str(ask.due), on).due.rule)


def _separation(packs: Packs, ask: Ask, on: date) -> Answer:
    one, two = ask.separation or ("", "")
    found = packs.separation(one, two, on)
    return found.cite.zh if found else None


def _capability(packs: Packs, ask: Ask, on: date) -> Answer:
    office, capability = ask.capability or ("", "")
    return capability in packs.office(office, on).capabilities


def _board_days(packs: Packs, ask: Ask, on: date) -> Answer:
    name = packs.catalogue_item(str(ask.board_days), on).board_days
    return packs.value(name, on).value if name else None


def _guards(packs: Packs, ask: Ask, on: date) -> Answer:
    power, step = ask.guards or ("", "")
    rule = packs.power(power, on)
    found = next((s for s in rule.steps if s.name == step), None)
    if found is None:
        known = ", ".join(s.name for s in rule.steps)
        raise NotFound(
            "law.no_step",
            f"“{power}”没有步骤“{step}”；它的步骤是：{known}。",
            f"“{power}” has no step “{step}”; its steps are: {known}.",
        )
    return ", ".join(guard.kind for guard in found.guards)


def _reserved(packs: Packs, ask: Ask, on: date) -> Answer:
    packs.explain(str(ask.reserved), on)
    return ask.reserved in {provision.name for provision in packs.reserved(on)}


def _backing(packs: Packs, ask: Ask, on: date) -> Answer:
    name, roll, size = ask.backing or ("", "", 0)
    backings = packs.right(str(name), on).backing
    found = [backing.limit.needed_of(int(size)) for backing in backings if backing.of == roll]
    return found[0] if found else None


_QUESTIONS: dict[str, Callable[[Packs, Ask, date], Answer]] = {
    "value": lambda packs, ask, on: packs.value(str(ask.value), on).value,
    "article": lambda packs, ask, on: packs.value(str(ask.article), on).cite.zh,
    "separation": _separation,
    "capability": _capability,
    "frequency": lambda packs, ask, on: packs.catalogue_item(str(ask.frequency), on).frequency,
    "joint_meeting": lambda packs, ask, on: packs.catalogue_item(str(ask.joint_meeting), on).joint_meeting,
    "board_days": _board_days,
    "deadline": _deadline,
    "due": _due,
    "working_day": lambda packs, ask, on: packs.calendar.is_working_day(ask.working_day or on),
    "needed": lambda packs, ask, on: packs.limit(str(ask.needed), on).needed_of(ask.whole or 0),
    "steps": lambda packs, ask, on: ", ".join(step.name for step in packs.power(str(ask.steps), on).steps),
    "guards": _guards,
    "reserved": _reserved,
    "backing": _backing,
}
