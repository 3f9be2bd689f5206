"""The form of every kind of entry in a pack. A key that does not stand here is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cunwu.law.capabilities import CAPABILITIES
from cunwu.law.deadlines import Counting, DueRule, Rolls, Rule
from cunwu.law.reader import Place
from cunwu.law.texts import ARTICLE, Text

Confidence = Literal["P", "V", "S", "M", "ours"]
OrganizationKind = Literal[
    "party_organization",
    "villagers_committee",
    "supervision_committee",
    "collective",
    "township_government",
    "county_bureau",
    "station",
]
Frequency = Literal["monthly", "quarterly", "half_yearly", "yearly", "event"]
Unit = Literal["days", "months", "count", "fraction", "frequency", "yuan"]
Value = int | str
FaultAt = tuple[Place, str, dict[str, object]]

_SHARE = re.compile(r"^[1-9]\d{0,5}/[1-9]\d{0,5}$", re.ASCII)
FREQUENCIES: tuple[Frequency, ...] = ("yearly", "half_yearly", "quarterly", "monthly", "event")


def _known_capability(name: str) -> str:
    if name not in CAPABILITIES:
        listed = ", ".join(CAPABILITIES)
        raise ValueError(
            f"没有“{name}”这项职权；只能写：{listed} | "
            f"there is no capability “{name}”; write one of: {listed}"
        )
    return name


def _article(text: str) -> str:
    if text and not ARTICLE.match(text):
        raise ValueError(
            f'条款“{text}”的写法不对；写 "35"、"35.4"（第四款）或 "7(3)"（第三项） | '
            f'the article “{text}” cannot be read; write "35", "35.4" (paragraph 4) or "7(3)" (item 3)'
        )
    return text


class Form(BaseModel):
    """What every form of a pack shares: unknown keys are refused, nothing is converted, nothing changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PackHead(Form):
    """`pack.yaml`: whose policy this is; `jurisdiction` is a code prefix ("37"), empty for the country."""

    title: Text
    jurisdiction: str = Field(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$")
    parent: str | None = None
    note: Text | None = None


class SourceData(Form):
    """One source in `sources.yaml`: a version of a law, the days it is in force, where to read it."""

    title: Text
    issuer: Text
    version: Text
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    link: str = ""


class CiteData(Form):
    """`source` is a name in sources.yaml of this pack or one above; `article` is empty if it has none."""

    source: str
    article: Annotated[str, AfterValidator(_article)] = ""


class Item(Form):
    """One stretch of an entry's history: from a day, to a day (counted in) or until the next item."""

    from_: date = Field(alias="from")
    to: date | None = None
    cite: CiteData


class Entry(Form):
    """What every entry has; `reviewed` is the day a person last compared it with the text."""

    title: Text
    reviewed: date | None
    confidence: Confidence
    note: Text | None = None

    def faults_within(self) -> Iterator[FaultAt]:
        """What the form alone cannot refuse: the place, the code of the fault, its figures."""
        if self.confidence == "P" and self.reviewed is None:
            yield ("reviewed",), "read_when", {}


class ValueItem(Item):
    """One value; the counting keys only where the unit is days or months, `more_than` only of a fraction."""

    value: Value
    more_than: bool = False
    counting: Counting = "calendar"
    first_day_counted: bool = False
    rolls: Rolls = "unknown"


class ValueEntry(Entry):
    """`values/NAME.yaml`: a number, an interval, a share or a frequency of law."""

    unit: Unit
    overridable: Literal["no", "higher", "lower", "any"] = "no"
    history: list[ValueItem] = Field(min_length=1)

    def faults_within(self) -> Iterator[FaultAt]:
        """A value that is not of the entry's unit."""
        yield from super().faults_within()
        for index, item in enumerate(self.history):
            try:
                magnitude(self.unit, item.value)
            except ValueError:
                yield ("history", index, "value"), "unit", {"found": item.value, "known": self.unit}


class DueData(Form):
    """When a period's item is due; a confidence of its own, since statutes seldom name the day."""

    months_after: int = Field(ge=0, le=24)
    day: Annotated[int, Field(ge=1, le=28)] | Literal["last"]
    confidence: Confidence
    note: Text | None = None

    @property
    def rule(self) -> DueRule:
        """The rule that `deadlines.due_day` takes."""
        return DueRule(self.months_after, self.day)


class CatalogueTerms(Item):
    """What one catalogue item demands. The keys ending in `_days` name values, never numbers."""

    class_: Literal["party", "village", "finance"] = Field(alias="class")
    frequency: Frequency
    publisher: list[OrganizationKind] = Field(min_length=1)
    due: DueData | None = None
    board_days: str | None = None
    reviewer: OrganizationKind | None = None
    joint_meeting: bool = False
    objection_days: str | None = None
    supervision_objection_days: str | None = None
    answer_days: str | None = None
    redaction: Literal["general", "finance", "personal_list"]
    expires_days: str | None = None


class CatalogueEntry(Entry):
    """`catalogue/NAME.yaml`: something that must be disclosed."""

    overridable: Literal["no", "any"] = "no"
    history: list[CatalogueTerms] = Field(min_length=1)


class MetBy(Form):
    """What meets a duty: a publication under this catalogue item, or a meeting of this kind, for the period."""

    publication: str | None = None
    meeting: str | None = None


class DutyTerms(Item):
    """Who owes what, how often, by when, and who asks after it."""

    who: list[OrganizationKind] = Field(min_length=1)
    frequency: Literal["monthly", "quarterly", "half_yearly", "yearly"]
    due: DueData
    met_by: MetBy
    next_level: Literal["township", "county"]


class DutyEntry(Entry):
    """`duties/NAME.yaml`."""

    overridable: Literal["no", "any"] = "no"
    history: list[DutyTerms] = Field(min_length=1)

    def faults_within(self) -> Iterator[FaultAt]:
        """A duty that nothing, or more than one thing, meets."""
        yield from super().faults_within()
        for index, item in enumerate(self.history):
            if (item.met_by.publication is None) == (item.met_by.meeting is None):
                yield ("history", index, "met_by"), "met_by", {}


class Exclusion(Form):
    """An office that the same person may not hold in the same village, nor with `relatives` a near relative of theirs."""

    office: str
    relatives: bool = False
    cite: CiteData
    confidence: Confidence | None = None


class OfficeTerms(Item):
    """Where an office sits and what it may do. A lower pack may leave both out and only add exclusions."""

    sits_in: list[OrganizationKind] | None = None
    capabilities: list[Annotated[str, AfterValidator(_known_capability)]] | None = None
    excludes: list[Exclusion] = []


class OfficeEntry(Entry):
    """`offices/NAME.yaml`."""

    overridable: Literal["no", "any"] = "no"
    history: list[OfficeTerms] = Field(min_length=1)


def magnitude(unit: Unit, value: Value) -> Fraction:
    """How much `value` is, so that two levels can be compared. Raises ValueError if it is not of the unit."""
    if unit == "frequency" and value in FREQUENCIES:
        return Fraction(FREQUENCIES.index(value))
    if unit == "fraction" and isinstance(value, str) and _SHARE.match(value) and Fraction(value) <= 1:
        return Fraction(value)
    if unit in {"days", "months", "count", "yuan"} and isinstance(value, int) and value >= 1:
        return Fraction(value)
    raise ValueError(f"{value!r} is not in {unit}")


def rule_of(entry: ValueEntry, item: ValueItem) -> Rule | None:
    """The deadline rule of a value in days or months; None for any other unit."""
    if entry.unit not in {"days", "months"} or not isinstance(item.value, int):
        return None
    days, months = (item.value, None) if entry.unit == "days" else (None, item.value)
    return Rule(days, months, item.counting, item.first_day_counted, item.rolls)
