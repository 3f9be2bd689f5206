"""The form of a clean-up programme in a pack: what it clears, by which procedure, in which phases, who answers for it.

What is cleared and how an item may end are closed sets: each is read from a ledger or checked against one
(`cunwu.programmes`). Phases, levels, step names and the answers to what people ask are the pack's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from cunwu.law.entries import Entry, FaultAt, Form, Item
from cunwu.law.procedures import Basis, Limit
from cunwu.law.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cunwu.law.resolution import Candidate

Clears = Literal["contracts", "arrears", "idle_assets", "environment", "disputes"]
"""What a programme clears. The first three are read from the ledgers; the last two are written down as they are found."""

Outcome = Literal[
    "confirmed",
    "supplemented",
    "renegotiated",
    "collected",
    "terminated",
    "sued",
    "let_anew",
    "put_right",
    "referred",
    "unresolvable",
]
"""How an item may end."""


class NamedText(Form):
    """A phase: its name in rows, its title on pages."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text


class ChargeData(NamedText):
    """A level of the chain of responsibility: who may stand there, and for what they answer."""

    offices: list[str] = Field(min_length=1)
    answers_for: Text


class AnswerData(Form):
    """Something that people ask about the programme, and the answer."""

    ask: Text
    answer: Text


class ProgrammeTerms(Item):
    """`report_days`: how often the figures are looked at. `card_reply_days`: what the person has to reply to a red card;
    `card_term`: how long it stands. All three name values."""

    clears: list[Clears] = Field(min_length=1)
    power: str
    phases: list[NamedText] = Field(min_length=1)
    levels: list[ChargeData] = Field(min_length=1)
    outcomes: list[Outcome] = Field(min_length=1)
    answers: list[AnswerData] = []
    report_days: str | None = None
    card_reply_days: str
    card_term: str


class ProgrammeEntry(Entry):
    """`programmes/NAME.yaml`."""

    overridable: Literal["no", "any"] = "any"
    history: list[ProgrammeTerms] = Field(min_length=1)

    def faults_within(self) -> Iterator[FaultAt]:
        """Phases or levels of one name."""
        yield from super().faults_within()
        for index, item in enumerate(self.history):
            for key in ("phases", "levels"):
                before: set[str] = set()
                for number, named in enumerate(getattr(item, key)):
                    if named.name in before:
                        yield ("history", index, key, number, "name"), "doubled", {"key": named.name}
                    before.add(named.name)


class ProgrammeRule(Form):
    """A programme as it holds on a day, with every figure and clause in it: what a running one pins."""

    name: str
    title: Text
    note: Text | None
    clears: tuple[Clears, ...]
    power: str
    phases: tuple[NamedText, ...]
    levels: tuple[ChargeData, ...]
    outcomes: tuple[Outcome, ...]
    answers: tuple[AnswerData, ...]
    report: Limit | None
    card_reply: Limit
    card_stands: Limit
    basis: Basis

    @classmethod
    def of(cls, held: Candidate, figure: Callable[[str], Limit]) -> ProgrammeRule:
        """The programme that `held` states; `figure` finds a value by name. Raises `NotFound` for one not in force."""
        terms, provision = held.stated(ProgrammeTerms), held.provision
        return cls(
            name=provision.name,
            title=provision.title,
            note=provision.note,
            clears=tuple(terms.clears),
            power=terms.power,
            phases=tuple(terms.phases),
            levels=tuple(terms.levels),
            outcomes=tuple(terms.outcomes),
            answers=tuple(terms.answers),
            report=figure(terms.report_days) if terms.report_days else None,
            card_reply=figure(terms.card_reply_days),
            card_stands=figure(terms.card_term),
            basis=Basis(zh=provision.cite.zh, en=provision.cite.en, confidence=provision.confidence),
        )
