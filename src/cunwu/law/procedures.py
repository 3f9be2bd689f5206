"""Powers, meetings and joint rights as they hold on a day, with every figure and clause in them.

A matter keeps its `PowerRule` as canonical bytes (`pinned`): whatever packs say later, it ends under the rules that it
began with. Nothing here needs the packs any more once it is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import rfc8785

from cunwu.law.deadlines import Rule
from cunwu.law.entries import Confidence, Form, OrganizationKind, Unit, ValueItem, magnitude
from cunwu.law.powers import (
    Area,
    Base,
    GuardData,
    GuardKind,
    MeetingTerms,
    PaperData,
    PowerClass,
    PowerTerms,
    ProcedureTerms,
    RightTerms,
    Roll,
    StepData,
    StepKind,
)
from cunwu.law.texts import Cite, Source, Text

if TYPE_CHECKING:
    from cunwu.law.resolution import Candidate, Provision

R = TypeVar("R", bound=Form)


class Basis(Form):
    """The clause as shown, and how far it was read."""

    zh: str
    en: str
    confidence: Confidence

    def sentence(self, language: str) -> str:
        """The clause in `language` ("zh" or "en", or a Django language code)."""
        return self.zh if language.startswith("zh") else self.en


class Limit(Form):
    """A figure of law: "2/3" of something, 3 of them, 10 days, 20000 yuan. `more_than`: it must be exceeded."""

    name: str
    title: Text
    value: str
    unit: Unit
    more_than: bool
    counting: Literal["calendar", "working"]
    first_day_counted: bool
    rolls: Literal["yes", "no", "unknown"]
    basis: Basis

    @property
    def amount(self) -> Fraction:
        """The figure as a number."""
        return Fraction(self.value)

    @property
    def term(self) -> Rule:
        """How its days or months are counted. Raises ValueError where the figure is neither."""
        if self.unit not in {"days", "months"}:
            raise ValueError(f"{self.name} is in {self.unit}, not in days or months")
        days, months = (int(self.value), None) if self.unit == "days" else (None, int(self.value))
        return Rule(days, months, self.counting, self.first_day_counted, self.rolls)

    def needed_of(self, whole: int) -> int:
        """How many suffice out of `whole`: the least count that reaches, or exceeds, the share."""
        if self.unit != "fraction":
            return int(self.value)
        exact = self.amount * whole
        return exact.__floor__() + 1 if self.more_than else exact.__ceil__()


class ShareRule(Form):
    """A share of a base."""

    of: Base
    limit: Limit


class GuardRule(Form):
    """One guard with its figures."""

    kind: GuardKind
    shares: tuple[ShareRule, ...]
    days: Limit | None
    line: Limit | None
    count: Limit | None
    persons: Limit | None
    others: tuple[str, ...]
    observer: Literal["supervision_committee"] | None
    name: str | None
    basis: Basis


class MeetingRule(Form):
    """A kind of meeting: who should attend and what makes it valid."""

    name: str
    title: Text
    body: tuple[OrganizationKind, ...]
    roll: Roll
    offices: tuple[str, ...]
    online: bool
    proxy: Literal["none", "household", "written"]
    proxies_at_most: Limit | None
    guards: tuple[GuardRule, ...]
    may_not_decide: tuple[Text, ...]
    basis: Basis


class StepRule(Form):
    """One step. The guards of a step taken in a meeting are those of the meeting first, then its own."""

    name: str
    kind: StepKind
    title: Text
    by: tuple[str, ...]
    meeting: MeetingRule | None
    item: str | None
    term: Limit | None
    above: Limit | None
    papers: tuple[PaperData, ...]
    guards: tuple[GuardRule, ...]
    risk: Text | None
    basis: Basis

    def applies_to(self, amount_fen: int | None) -> bool:
        """Whether the step is taken for a matter of this amount: one `above` a line falls away at or under it."""
        return self.above is None or (amount_fen is not None and amount_fen > self.above.amount * 100)


class PowerRule(Form):
    """A power with its whole procedure: what a matter pins."""

    name: str
    title: Text
    number: int
    area: Area
    class_: PowerClass
    procedure: str
    procedure_title: Text
    organization: tuple[OrganizationKind, ...]
    reserved: tuple[str, ...]
    conditions: tuple[Text, ...]
    papers: tuple[Text, ...]
    days: int | None
    risk: Text
    steps: tuple[StepRule, ...]
    basis: Basis

    def step(self, name: str) -> StepRule:
        """The step of that name. Raises KeyError."""
        return next((step for step in self.steps if step.name == name), None) or _missing(name)


class BackingRule(Form):
    """So many of a roll."""

    of: Roll
    limit: Limit


class RightRule(Form):
    """What a share of people may ask for together."""

    name: str
    title: Text
    addressed_to: OrganizationKind
    backing: tuple[BackingRule, ...]
    answer: Limit | None
    follows: Text
    basis: Basis


def pinned(rule: Form) -> bytes:
    """The rule as RFC 8785 JSON: the bytes that are kept, and whose SHA-256 names them."""
    return rfc8785.dumps(rule.model_dump(mode="json"))


def digest_of(data: bytes) -> str:
    """The SHA-256 of pinned bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def unpinned(form: type[R], data: bytes) -> R:
    """The rule that `pinned` wrote. Raises pydantic's ValidationError for anything else."""
    return form.model_validate_json(data)


class Held(Protocol):
    """What the resolution asks of the packs: the entry of a kind and name that holds on the day."""

    def __call__(self, kind: str, name: str) -> Candidate:
        """Raises `NotFound`."""
        ...


class Resolution:
    """Entries of one day turned into rules: names of values become figures with their clauses."""

    def __init__(self, held: Held, sources: Mapping[str, Source]) -> None:
        self._held = held
        self._sources = sources

    def power(self, name: str) -> PowerRule:
        """The power with its steps. Raises `NotFound` where it, or something that it names, is not in force."""
        held = self._held("powers", name)
        terms = held.stated(PowerTerms)
        procedure = self._held("procedures", terms.procedure)
        return PowerRule(
            name=name,
            title=held.provision.title,
            number=terms.number,
            area=terms.area,
            class_=terms.class_,
            procedure=terms.procedure,
            procedure_title=procedure.provision.title,
            organization=tuple(terms.organization),
            reserved=tuple(terms.reserved),
            conditions=tuple(terms.conditions),
            papers=tuple(terms.papers),
            days=terms.days,
            risk=terms.risk,
            steps=tuple(self._steps(procedure)),
            basis=_basis(held.provision),
        )

    def meeting(self, name: str) -> MeetingRule:
        """The kind of meeting. Raises `NotFound`."""
        held = self._held("meetings", name)
        terms = held.stated(MeetingTerms)
        return MeetingRule(
            name=name,
            title=held.provision.title,
            body=tuple(terms.body),
            roll=terms.roll,
            offices=tuple(terms.offices),
            online=terms.online,
            proxy=terms.proxy,
            proxies_at_most=self._limit(terms.proxies_at_most),
            guards=self._guards(terms.guards, _basis(held.provision)),
            may_not_decide=tuple(terms.may_not_decide),
            basis=_basis(held.provision),
        )

    def right(self, name: str) -> RightRule:
        """The joint right. Raises `NotFound`."""
        held = self._held("rights", name)
        terms = held.stated(RightTerms)
        return RightRule(
            name=name,
            title=held.provision.title,
            addressed_to=terms.addressed_to,
            backing=tuple(BackingRule(of=b.of, limit=self.figure(b.share)) for b in terms.backing),
            answer=self._limit(terms.answer_days),
            follows=terms.follows,
            basis=_basis(held.provision),
        )

    def _steps(self, procedure: Candidate) -> Iterable[StepRule]:
        for step in procedure.stated(ProcedureTerms).steps:
            yield self._step(step, _basis(procedure.provision))

    def _step(self, step: StepData, whole: Basis) -> StepRule:
        basis = whole
        if step.cite is not None:
            cite = Cite(self._sources[step.cite.source], step.cite.article)
            basis = Basis(zh=cite.zh, en=cite.en, confidence=step.confidence or whole.confidence)
        meeting = self.meeting(step.meeting) if step.meeting else None
        return StepRule(
            name=step.name,
            kind=step.kind,
            title=step.title,
            by=tuple(step.by),
            meeting=meeting,
            item=step.item,
            term=self._limit(step.term),
            above=self._limit(step.above),
            papers=tuple(step.papers),
            guards=(meeting.guards if meeting else ()) + self._guards(step.guards, basis),
            risk=step.risk,
            basis=basis,
        )

    def _guards(self, guards: Iterable[GuardData], whole: Basis) -> tuple[GuardRule, ...]:
        return tuple(self._guard(guard, whole) for guard in guards)

    def _guard(self, guard: GuardData, whole: Basis) -> GuardRule:
        shares = tuple(ShareRule(of=share.of, limit=self.figure(share.share)) for share in guard.shares)
        figures = [self._limit(name) for name in (guard.days, guard.line, guard.count, guard.persons)]
        basis = whole
        if guard.cite is not None:
            cite = Cite(self._sources[guard.cite.source], guard.cite.article)
            basis = Basis(zh=cite.zh, en=cite.en, confidence=whole.confidence)
        elif named := [limit for limit in (*(share.limit for share in shares), *figures) if limit]:
            basis = named[0].basis
        days, line, count, persons = figures
        return GuardRule(
            kind=guard.kind,
            shares=shares,
            days=days,
            line=line,
            count=count,
            persons=persons,
            others=tuple(guard.others),
            observer=guard.observer,
            name=guard.name,
            basis=basis,
        )

    def _limit(self, name: str | None) -> Limit | None:
        return self.figure(name) if name else None

    def figure(self, name: str) -> Limit:
        """The value with its clause, as guards and backings use it. Raises `NotFound`."""
        held = self._held("values", name)
        entry, item = held.value_entry, held.stated(ValueItem)
        return Limit(
            name=name,
            title=held.provision.title,
            value=str(magnitude(entry.unit, item.value)),
            unit=entry.unit,
            more_than=item.more_than,
            counting=item.counting,
            first_day_counted=item.first_day_counted,
            rolls=item.rolls,
            basis=_basis(held.provision),
        )


def meeting_tightens(above: MeetingTerms, below: MeetingTerms) -> bool:
    """Whether the lower level only adds: a meeting keeps its people, its guards and what it may not decide; it may give
    up taking part online."""
    same = _people(above) == _people(below) and below.online <= above.online
    kept = all(matter in below.may_not_decide for matter in above.may_not_decide)
    return same and kept and _all_in(above.guards, below.guards)


def procedure_tightens(above: ProcedureTerms, below: ProcedureTerms) -> bool:
    """Whether the lower level only adds: every step stands in the same order with every guard and paper it had."""
    left = iter(below.steps)
    return all(any(_step_tightens(step, other) for other in left) for step in above.steps)


def _people(terms: MeetingTerms) -> tuple[object, ...]:
    return (terms.body, terms.roll, terms.offices, terms.proxy, terms.proxies_at_most)


def _step_tightens(above: StepData, below: StepData) -> bool:
    same = (above.name, above.kind, above.meeting, above.item) == (
        below.name,
        below.kind,
        below.meeting,
        below.item,
    )
    never_less_often = below.above is None or below.above == above.above
    term = above.term is None or below.term == above.term
    papers = {paper.name for paper in above.papers} <= {paper.name for paper in below.papers}
    return same and never_less_often and term and papers and _all_in(above.guards, below.guards)


def _all_in(guards: Iterable[GuardData], others: Iterable[GuardData]) -> bool:
    there = list(others)
    return all(guard in there for guard in guards)


def _basis(provision: Provision) -> Basis:
    return Basis(zh=provision.cite.zh, en=provision.cite.en, confidence=provision.confidence)


def _missing(name: str) -> StepRule:
    raise KeyError(name)
