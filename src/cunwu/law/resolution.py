"""Which level's provision holds: one contest, from the nation down, used by every look-up and by `explain`.

A lower pack's candidate wins only in the direction that the candidate above allows (`overridable`). So a
national minimum of fifteen days, `overridable: higher`, prevails by itself over a province's five.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Generic, TypeVar

from cunwu.law.deadlines import Rule
from cunwu.law.entries import Confidence, Form, Item, ValueEntry, ValueItem, magnitude
from cunwu.law.folders import AnyEntry
from cunwu.law.powers import MeetingTerms, ProcedureTerms
from cunwu.law.procedures import meeting_tightens, procedure_tightens
from cunwu.law.texts import Cite, Text

E = TypeVar("E")
F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True)
class Provision:
    """A place in a source, in force from a day until a day: the basis that rows copy when they are created.

    `value` is the number, share ("1/10") or frequency of a value; the frequency of a duty or catalogue item;
    None for an office. `to` is the last day in force, None while nothing ended it. `rule` counts a value in
    days or months. `confidence`: P read in its source, V seen on a published page, S one secondary source,
    M memory, "ours" this software's own choice.
    """

    name: str
    title: Text
    value: int | str | None
    cite: Cite
    from_: date
    to: date | None
    pack: str
    confidence: Confidence
    reviewed: date | None
    note: Text | None = None
    rule: Rule | None = None

    @property
    def read_in_source(self) -> bool:
        """Whether a person compared it with the text. Nothing else may make an entry of silence."""
        return self.confidence == "P" and self.reviewed is not None

    def as_json(self) -> dict[str, str | int | bool | None]:
        """The provision as a row pins it: plain JSON, days in ISO form."""
        return {
            "name": self.name,
            "value": self.value,
            "source": self.cite.source.name,
            "article": self.cite.article,
            "zh": self.cite.zh,
            "en": self.cite.en,
            "from": self.from_.isoformat(),
            "to": self.to.isoformat() if self.to else None,
            "pack": self.pack,
            "confidence": self.confidence,
            "reviewed": self.reviewed.isoformat() if self.reviewed else None,
            "read_in_source": self.read_in_source,
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """One pack's item, with the days on which the law has it in force."""

    pack: str
    entry: AnyEntry
    item: Item
    from_: date
    to: date | None
    provision: Provision

    def stated(self, form: type[F]) -> F:
        """The item, in the form that entries of its kind state. Raises TypeError where one of another kind was taken."""
        return _expected(form, self.item)

    @property
    def value_entry(self) -> ValueEntry:
        """The entry of a value. Raises TypeError where one of another kind was taken."""
        return _expected(ValueEntry, self.entry)


@dataclass(frozen=True, slots=True)
class Step:
    """One level in the answer to "why": the pack, its provision (None if it has none), won or not, and why."""

    pack: str
    provision: Provision | None
    won: bool
    reason: Text


class Timeline(Generic[E]):
    """Something that changes on given days; `at(day)` is a bisection."""

    def __init__(self, changes: Sequence[tuple[date, E | None]]) -> None:
        self._days = [day for day, _ in changes]
        self._states = [state for _, state in changes]

    def at(self, day: date) -> E | None:
        """The state on `day`; None before the first change."""
        index = bisect_right(self._days, day)
        return self._states[index - 1] if index else None

    @property
    def last_day(self) -> date:
        """The day of the newest change."""
        return self._days[-1]


def history_of(items: Sequence[Item]) -> list[tuple[Item, date, date | None]]:
    """Each item with its last day: its own `to`, else the day before the next one, else None."""
    following = [item.from_ for item in items[1:]] + [None]
    return [
        (item, item.from_, item.to or (after - timedelta(days=1) if after else None))
        for item, after in zip(items, following, strict=True)
    ]


def in_force(candidates: Sequence[Candidate], day: date) -> list[Candidate]:
    """Those of `candidates` whose days hold `day`, in the order of the packs."""
    return [c for c in candidates if c.from_ <= day and (c.to is None or day <= c.to)]


def contest(candidates: Sequence[Candidate]) -> tuple[Candidate | None, dict[str, Text]]:
    """The winner among candidates of one day, ordered from the nation down; and the reason for each pack."""
    winner: Candidate | None = None
    reasons: dict[str, Text] = {}
    for candidate in candidates:
        if winner is None:
            winner, reasons[candidate.pack] = candidate, _ALONE
        elif may_replace(winner, candidate):
            reasons[winner.pack] = _REPLACED
            winner, reasons[candidate.pack] = candidate, _REPLACES[winner.entry.overridable]
        else:
            reasons[candidate.pack] = _PREVAILS[winner.entry.overridable]
            reasons[winner.pack] = _HOLDS
    return winner, reasons


def may_replace(above: Candidate, below: Candidate) -> bool:
    """Whether the upper level lets the lower one's item hold in its place."""
    direction = above.entry.overridable
    if direction in {"no", "any"}:
        return direction == "any"
    if direction == "tighten":
        if isinstance(above.item, MeetingTerms):
            return meeting_tightens(above.item, below.stated(MeetingTerms))
        return procedure_tightens(above.stated(ProcedureTerms), below.stated(ProcedureTerms))
    upper, lower = _amount(above), _amount(below)
    return lower > upper if direction == "higher" else lower < upper


def timeline(candidates: Sequence[Candidate]) -> Timeline[Candidate]:
    """Who holds when: the contest, decided afresh on every day on which some level's item begins or ends."""
    begins = {c.from_ for c in candidates}
    ends = {c.to + timedelta(days=1) for c in candidates if c.to}
    return Timeline([(day, contest(in_force(candidates, day))[0]) for day in sorted(begins | ends)])


def _amount(candidate: Candidate) -> Fraction:
    return magnitude(candidate.value_entry.unit, candidate.stated(ValueItem).value)


def _expected(form: type[F], found: Form) -> F:
    if not isinstance(found, form):
        raise TypeError(
            f"{type(found).__name__} where {form.__name__} is meant: an entry of another kind was taken"
        )
    return found


_ALONE = Text(zh="上级没有另外规定，用这一级的", en="No level above provides otherwise; this one holds")
_HOLDS = Text(zh="下级规定不能代替，用这一级的", en="What lower levels say cannot replace it; this one holds")
_REPLACED = Text(
    zh="下级规定在允许的方向上，用下级的", en="A lower level provides in the direction allowed and holds"
)
_REPLACES = {
    "any": Text(
        zh="上级允许下级另行规定，用这一级的", en="The level above lets this one differ; this one holds"
    ),
    "higher": Text(zh="比上级要求更高，用这一级的", en="Asks for more than the level above; this one holds"),
    "lower": Text(
        zh="比上级门槛更低，用这一级的", en="Sets a lower threshold than the level above; this one holds"
    ),
    "tighten": Text(
        zh="在上级规定上只增不减，用这一级的",
        en="Adds to the level above and takes nothing away; this one holds",
    ),
}
_PREVAILS = {
    "no": Text(zh="上级不允许下级另行规定，用上级的", en="The level above allows no difference and prevails"),
    "higher": Text(
        zh="不比上级要求更高，上级规定优先", en="Asks for no more than the level above, which prevails"
    ),
    "lower": Text(
        zh="不比上级门槛更低，上级规定优先", en="Sets no lower threshold than the level above, which prevails"
    ),
    "tighten": Text(
        zh="减少了上级规定的步骤或条件，上级规定优先",
        en="Takes away a step or guard of the level above, which prevails",
    ),
}
