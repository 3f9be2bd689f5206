"""The form of meetings, procedures, powers, reserved matters and joint rights in a pack.

A pack names step kinds and guards from closed sets and gives them figures by naming values; what they mean is Python
(`cunwu.procedures`). A key that does not stand here is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from cunwu.law.entries import CiteData, Confidence, Entry, FaultAt, Form, Item, OrganizationKind
from cunwu.law.texts import Text

Roll = Literal[
    "officers", "party_members", "voters", "representatives", "members", "member_representatives", "villagers"
]
"""Who should attend: those with a vote on a roll; "officers" are on none, the meeting names their offices."""

Base = Literal["roll", "present", "cast", "households", "women"]
"""What a share is taken of: all on the roll, those present, the votes cast, the households or women on the roll."""

StepKind = Literal[
    "proposal",
    "deliberation",
    "vote",
    "disclosure",
    "objection",
    "signature",
    "quotation",
    "tender",
    "acceptance",
    "payment",
    "site_check",
]
GuardKind = Literal[
    "quorum",
    "majority",
    "notice",
    "objections",
    "papers",
    "recusal",
    "separation",
    "amount",
    "open_trade",
    "quotes",
    "observed",
    "higher_room",
]
Area = Literal[
    "decision",
    "bidding",
    "finance",
    "staff",
    "sunshine",
    "assets",
    "homestead",
    "aid",
    "party",
    "seal",
    "other",
]
PowerClass = Literal["major_decisions", "daily_management", "public_services"]

GUARD_KEYS: dict[GuardKind, frozenset[str]] = {
    "quorum": frozenset({"shares"}),
    "majority": frozenset({"shares"}),
    "notice": frozenset({"days"}),
    "objections": frozenset({"days"}),
    "papers": frozenset(),
    "recusal": frozenset(),
    "separation": frozenset({"others"}),
    "amount": frozenset({"line"}),
    "open_trade": frozenset({"line"}),
    "quotes": frozenset({"count", "persons"}),
    "observed": frozenset({"observer"}),
    "higher_room": frozenset({"name"}),
}
"""What each guard needs, and may have, beside `kind` and `cite`."""

MEETING_STEPS: frozenset[StepKind] = frozenset({"deliberation", "vote"})


class ShareOf(Form):
    """`share` names a value: a fraction of `of`, or a plain count."""

    of: Base
    share: str


class GuardData(Form):
    """One guard; `shares` are alternatives, any one of which suffices. Every figure is the name of a value."""

    kind: GuardKind
    shares: list[ShareOf] = []
    days: str | None = None
    line: str | None = None
    count: str | None = None
    persons: str | None = None
    others: list[str] = []
    observer: Literal["supervision_committee"] | None = None
    name: str | None = None
    cite: CiteData | None = None

    @property
    def given(self) -> set[str]:
        """The keys of its own that stand in the file."""
        return {key for key in self.model_fields_set if key not in {"kind", "cite"}}


class MeetingTerms(Item):
    """Whose meeting, who should attend, and what makes it valid.

    To it belong those with a vote on `roll`, and who holds one of `offices`; of the roll "officers" only the latter.
    """

    body: list[OrganizationKind] = Field(min_length=1)
    roll: Roll
    offices: list[str] = []
    online: bool = False
    proxy: Literal["none", "household", "written"] = "none"
    proxies_at_most: str | None = None
    guards: list[GuardData] = Field(min_length=1)
    may_not_decide: list[Text] = []


class MeetingEntry(Entry):
    """`meetings/NAME.yaml`: a kind of meeting."""

    overridable: Literal["no", "tighten", "any"] = "no"
    history: list[MeetingTerms] = Field(min_length=1)

    def faults_within(self) -> Iterator[FaultAt]:
        """Guards without their keys, or with another's."""
        yield from super().faults_within()
        for index, item in enumerate(self.history):
            yield from guard_faults(item.guards, ("history", index))


class PaperData(Form):
    """A paper that must lie with the step."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text


class StepData(Form):
    """One step: who does it, what it needs, and the guards that it must pass."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: StepKind
    title: Text
    by: list[str] = []
    meeting: str | None = None
    item: str | None = None
    term: str | None = None
    above: str | None = None
    papers: list[PaperData] = []
    guards: list[GuardData] = []
    risk: Text | None = None
    cite: CiteData | None = None
    confidence: Confidence | None = None


class ProcedureTerms(Item):
    """The steps in order."""

    steps: list[StepData] = Field(min_length=1)


class ProcedureEntry(Entry):
    """`procedures/NAME.yaml`. With `overridable: tighten` a lower pack may add steps and guards, and take none away."""

    overridable: Literal["no", "tighten", "any"] = "no"
    history: list[ProcedureTerms] = Field(min_length=1)

    def faults_within(self) -> Iterator[FaultAt]:
        """Steps of one name, steps that lack what their kind needs, guards that name steps which do not come before."""
        yield from super().faults_within()
        for index, item in enumerate(self.history):
            before: set[str] = set()
            for number, step in enumerate(item.steps):
                here = ("history", index, "steps", number)
                if step.name in before:
                    yield (*here, "name"), "doubled", {"key": step.name}
                yield from _step_faults(step, here)
                yield from guard_faults(step.guards, here)
                for position, guard in enumerate(step.guards):
                    for other in guard.others:
                        if other not in before:
                            place = (*here, "guards", position, "others")
                            yield place, "step_before", {"key": other, "known": ", ".join(sorted(before))}
                before.add(step.name)


class PowerTerms(Item):
    """One small power: what it is for, how it runs, what goes wrong with it. `days` is what the whole should take."""

    number: int = Field(ge=1, le=999)
    area: Area
    class_: PowerClass = Field(alias="class")
    procedure: str
    organization: list[OrganizationKind] = Field(min_length=1)
    reserved: list[str] = []
    conditions: list[Text] = []
    papers: list[Text] = []
    days: int | None = Field(default=None, ge=1)
    risk: Text


class PowerEntry(Entry):
    """`powers/NAME.yaml`: an item of the list of small and micro powers."""

    overridable: Literal["no", "any"] = "no"
    history: list[PowerTerms] = Field(min_length=1)


class ReservedTerms(Item):
    """A group of matters that the villagers' meeting decides; `delegable` to its representatives."""

    delegable: bool = True
    studied_by_party: bool = False


class ReservedEntry(Entry):
    """`reserved/NAME.yaml`."""

    overridable: Literal["no", "any"] = "no"
    history: list[ReservedTerms] = Field(min_length=1)


class Backing(Form):
    """So many of a roll must ask: `share` names a value, a fraction of the roll or a plain count."""

    of: Roll
    share: str


class RightTerms(Item):
    """What a share of people may ask for together, of whom, and what must follow."""

    addressed_to: OrganizationKind
    backing: list[Backing] = Field(min_length=1)
    answer_days: str | None = None
    follows: Text


class RightEntry(Entry):
    """`rights/NAME.yaml`: a right that needs a share of people."""

    overridable: Literal["no", "any"] = "no"
    history: list[RightTerms] = Field(min_length=1)


def guard_faults(guards: list[GuardData], here: tuple[str | int, ...]) -> Iterator[FaultAt]:
    """Guards whose keys are not those of their kind."""
    for position, guard in enumerate(guards):
        wanted = GUARD_KEYS[guard.kind]
        if guard.given != wanted:
            known = ", ".join(sorted(wanted)) or "—"
            yield (*here, "guards", position), "guard_keys", {"key": guard.kind, "known": known}


def _step_faults(step: StepData, here: tuple[str | int, ...]) -> Iterator[FaultAt]:
    needs = {"meeting": step.kind in MEETING_STEPS, "item": step.kind == "disclosure"}
    needs["by"] = step.kind not in MEETING_STEPS
    for key, needed in needs.items():
        if needed != bool(getattr(step, key)):
            yield here, "step_keys", {"key": step.kind, "known": key if needed else f"— {key}"}
