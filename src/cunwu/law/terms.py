"""Offices, duties and catalogue items as they hold on a day: what the rooms above read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cunwu.law.entries import CatalogueTerms, Confidence, DueData, DutyTerms
from cunwu.law.resolution import Candidate, Provision
from cunwu.law.screening import RuleTerms
from cunwu.law.texts import Cite, Text


@dataclass(frozen=True, slots=True)
class Separation:
    """Two offices that one person, and with `relatives` near relatives, may not hold in one village; the clause."""

    office: str
    other: str
    relatives: bool
    cite: Cite
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Office:
    """An office: the kinds of organization it sits in, what it may do, and what excludes it."""

    name: str
    title: Text
    sits_in: tuple[str, ...]
    capabilities: frozenset[str]
    excludes: tuple[Separation, ...]
    provision: Provision


@dataclass(frozen=True, slots=True)
class DutyRule:
    """Something that organizations of the kinds `who` must do once a period.

    What meets it is one of two: a publication under the catalogue item `publication` for the period, by any of the
    item's publishers in the same place; or a meeting of the kind `meeting`, held by the organization in the period.
    """

    name: str
    title: Text
    who: tuple[str, ...]
    frequency: Literal["monthly", "quarterly", "half_yearly", "yearly"]
    due: DueData
    publication: str | None
    meeting: str | None
    next_level: Literal["township", "county"]
    provision: Provision

    @classmethod
    def of(cls, held: Candidate) -> DutyRule:
        """The duty that `held` states."""
        terms = held.stated(DutyTerms)
        return cls(
            held.provision.name,
            held.provision.title,
            tuple(terms.who),
            terms.frequency,
            terms.due,
            terms.met_by.publication,
            terms.met_by.meeting,
            terms.next_level,
            held.provision,
        )


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """Something that must be disclosed. The fields ending in `_days` name values (`Packs.value`)."""

    name: str
    title: Text
    class_: Literal["party", "village", "finance"]
    frequency: Literal["monthly", "quarterly", "half_yearly", "yearly", "event"]
    publisher: tuple[str, ...]
    due: DueData | None
    board_days: str | None
    reviewer: str | None
    joint_meeting: bool
    objection_days: str | None
    supervision_objection_days: str | None
    answer_days: str | None
    redaction: Literal["general", "finance", "personal_list"]
    expires_days: str | None
    provision: Provision

    @classmethod
    def of(cls, held: Candidate) -> CatalogueItem:
        """The catalogue item that `held` states."""
        terms = held.stated(CatalogueTerms)
        return cls(
            name=held.provision.name,
            title=held.provision.title,
            class_=terms.class_,
            frequency=terms.frequency,
            publisher=tuple(terms.publisher),
            due=terms.due,
            board_days=terms.board_days,
            reviewer=terms.reviewer,
            joint_meeting=terms.joint_meeting,
            objection_days=terms.objection_days,
            supervision_objection_days=terms.supervision_objection_days,
            answer_days=terms.answer_days,
            redaction=terms.redaction,
            expires_days=terms.expires_days,
            provision=held.provision,
        )


@dataclass(frozen=True, slots=True)
class ScreeningRule:
    """A rule as it holds on a day."""

    name: str
    title: Text
    on: bool
    thresholds: dict[str, int]
    provision: Provision

    @classmethod
    def of(cls, held: Candidate) -> ScreeningRule:
        """The rule that `held` states."""
        terms = held.stated(RuleTerms)
        return cls(
            held.provision.name, held.provision.title, terms.on, dict(terms.thresholds), held.provision
        )
