"""The packs of an installation, loaded as a chain: what holds on a day, by which clause, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import rfc8785

from cunwu.errors import Invalid, NotFound
from cunwu.law.calendar import Calendar
from cunwu.law.chain import candidates_of, faults_of, read_chain, sources_of
from cunwu.law.deadlines import Rule
from cunwu.law.entries import OfficeTerms
from cunwu.law.examples import failing_examples
from cunwu.law.faults import Fault
from cunwu.law.folders import KINDS, Folder
from cunwu.law.procedures import (
    Limit,
    MeetingRule,
    PowerRule,
    Resolution,
    RightRule,
    digest_of,
    pinned,
)
from cunwu.law.programmes import ProgrammeRule
from cunwu.law.resolution import Candidate, Provision, Step, Timeline, contest, in_force, timeline
from cunwu.law.terms import CatalogueItem, DutyRule, Office, ScreeningRule, Separation
from cunwu.law.texts import Cite, Source, Text

Plain = Mapping[str, "Plain"] | list["Plain"] | str | int | None
_ADDS_UP = Text(
    zh="职务的回避要求逐级累加",
    en="What keeps offices apart adds up from level to level",
)
_SILENT = Text(zh="这一级在这一天没有规定", en="Says nothing on that day")


def load(names: Sequence[str], root: Path) -> Packs:
    """Read the packs `names`, from the nation down to the county, under `root`.

    Raises as `read_packs`.
    """
    return Packs(read_packs(names, root))


def read_packs(names: Sequence[str], root: Path) -> list[Folder]:
    """The folders of the packs `names` under `root`, as they are compared by `difference`.

    Raises `Invalid` (law.packs_faulty) naming the first fault and how many there are, if there is any.
    """
    folders = read_chain(names, root)
    faults = faults_of(folders)
    if faults:
        raise Invalid(
            "law.packs_faulty",
            f"规则包有 {len(faults)} 处错误，不能使用；第一处：{faults[0]}。"
            "请运行 cunwu packs check 查看全部。",
            f"The packs have {len(faults)} faults and cannot be used; the first: {faults[0].sentence('en')}. "
            "Run cunwu packs check for all of them.",
            faults=len(faults),
        )
    return folders


def check(names: Sequence[str], root: Path) -> list[Fault]:
    """Every fault of the packs `names` under `root`, by file and line.

    If the packs can be read without fault, their examples are tried too, each pack's with the chain that ends
    at it; one that comes out otherwise is a fault.
    """
    folders = read_chain(names, root)
    faults = faults_of(folders)
    if faults:
        return faults
    return [
        fault
        for count in range(1, len(folders) + 1)
        for fault in failing_examples(Packs(folders[:count]), root / folders[count - 1].name)
    ]


class Packs:
    """A chain of packs without faults. Made by `load`; a look-up is a dictionary and a bisection."""

    def __init__(self, folders: Sequence[Folder]) -> None:
        self.names = tuple(folder.name for folder in folders)
        self.titles = {folder.name: folder.head.title for folder in folders if folder.head}
        self._folders = folders
        self.calendar: Calendar = Calendar.of(
            {y: c for folder in folders for y, c in folder.calendar.items()}
        )
        self._sources = sources_of(folders)
        self._offices: dict[tuple[str, date | None], Office] = {}  # every right is asked of them
        self._candidates = {kind: candidates_of(folders, kind, self._sources) for kind in KINDS}
        self._timelines: dict[str, dict[str, Timeline[Candidate]]] = {
            kind: {name: timeline(candidates) for name, candidates in by_name.items()}
            for kind, by_name in self._candidates.items()
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of all that the packs state; what rows pin."""
        return _digest(self._folders)

    def value(self, name: str, on: date) -> Provision:
        """The value `name` in force on `on`. Raises `NotFound` (law.unknown: no pack has it; law.not_in_force)."""
        return self._held("values", name, on).provision

    def rule(self, name: str, on: date) -> Rule:
        """How the value `name`, in days or months, is counted. Raises as `value`; `Invalid` (law.not_a_term)."""
        provision = self.value(name, on)
        if provision.rule is None:
            raise Invalid(
                "law.not_a_term",
                f"“{provision.title.zh}”不是天数或月数，不能用来计算期限。",
                f"“{provision.title.en}” is no number of days or months; no deadline follows from it.",
            )
        return provision.rule

    def days(self, name: str, on: date) -> int:
        """The number of days of the value `name`. Raises as `rule`; `Invalid` law.not_a_term for months."""
        rule = self.rule(name, on)
        if rule.days is None:
            raise Invalid(
                "law.not_a_term", f"“{name}”以月计，不以日计。", f"“{name}” is in months, not in days."
            )
        return rule.days

    def limit(self, name: str, on: date) -> Limit:
        """The value `name` as guards use it: a share, a count, an amount. Raises as `value`."""
        return self._resolution(on).figure(name)

    def limit_if_any(self, name: str, on: date) -> Limit | None:
        """The value `name` as `limit` gives it; None where no pack has it, or none on `on`: a local rule may be absent."""
        try:
            return self.limit(name, on)
        except NotFound:
            return None

    @property
    def offices(self) -> dict[str, Office]:
        """Every office by name, as newest."""
        return {name: self.office(name) for name in self._candidates["offices"]}

    def office(self, name: str, on: date | None = None) -> Office:
        """The office `name` on `on` (as newest, if no day is given). Separations of all levels add up.

        Raises `NotFound` (law.unknown, law.not_in_force).
        """
        found = self._offices.get((name, on))
        if found is None:
            found = self._offices[name, on] = self._office(name, on)
        return found

    def _office(self, name: str, on: date | None) -> Office:
        line = self._line("offices", name)
        day = line.last_day if on is None else on
        levels = in_force(self._candidates["offices"][name], day)
        terms = [(c, c.item) for c in levels if isinstance(c.item, OfficeTerms)]
        sits_in = [t.sits_in for _, t in terms if t.sits_in is not None]
        capabilities = [t.capabilities for _, t in terms if t.capabilities is not None]
        if not sits_in or not capabilities:
            raise _not_in_force(name, day)
        return Office(
            name,
            levels[0].provision.title,
            tuple(sits_in[-1]),
            frozenset(capabilities[-1]),
            tuple(
                Separation(
                    name,
                    excluded.office,
                    excluded.relatives,
                    Cite(self._sources[excluded.cite.source], excluded.cite.article),
                    excluded.confidence or held.entry.confidence,
                )
                for held, t in terms
                for excluded in t.excludes
            ),
            levels[0].provision,
        )

    def separation(self, office: str, other: str, on: date, *, relatives: bool = False) -> Separation | None:
        """Why one person, or with `relatives` two near relatives, may not hold both offices in one village on `on`.

        None if nothing forbids it. It does not matter in which of the two offices' files the clause stands. Raises as
        `office`.
        """
        for one, two in ((office, other), (other, office)):
            for found in self.office(one, on).excludes:
                if found.other == two and (found.relatives or not relatives):
                    return found
        return None

    def duties(self, on: date) -> list[DutyRule]:
        """Every duty in force on `on`, by name."""
        return [DutyRule.of(held) for held in self._all("duties", on)]

    def duty(self, name: str, on: date) -> DutyRule:
        """One duty. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return DutyRule.of(self._held("duties", name, on))

    def catalogue(self, on: date) -> list[CatalogueItem]:
        """Every catalogue item in force on `on`, by name."""
        return [CatalogueItem.of(held) for held in self._all("catalogue", on)]

    def catalogue_item(self, name: str, on: date) -> CatalogueItem:
        """One catalogue item. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return CatalogueItem.of(self._held("catalogue", name, on))

    def power(self, name: str, on: date) -> PowerRule:
        """One power with its whole procedure. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return self._resolution(on).power(name)

    def powers(self, on: date) -> list[PowerRule]:
        """The list of small and micro powers in force on `on`, by number."""
        resolution = self._resolution(on)
        found = [resolution.power(held.provision.name) for held in self._all("powers", on)]
        return sorted(found, key=lambda power: (power.number, power.name))

    def power_digests(self, on: date) -> dict[str, str]:
        """What a matter begun on `on` would pin, by power: the digest of its rules."""
        return {power.name: digest_of(pinned(power)) for power in self.powers(on)}

    def meeting(self, name: str, on: date) -> MeetingRule:
        """One kind of meeting. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return self._resolution(on).meeting(name)

    def meetings(self, on: date) -> list[MeetingRule]:
        """Every kind of meeting in force on `on`, by name."""
        resolution = self._resolution(on)
        return [resolution.meeting(held.provision.name) for held in self._all("meetings", on)]

    def right(self, name: str, on: date) -> RightRule:
        """One joint right. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return self._resolution(on).right(name)

    def rights(self, on: date) -> list[RightRule]:
        """Every joint right in force on `on`, by name."""
        resolution = self._resolution(on)
        return [resolution.right(held.provision.name) for held in self._all("rights", on)]

    def reserved(self, on: date) -> list[Provision]:
        """The groups of matters reserved to the villagers' meeting on `on`, by name."""
        return [held.provision for held in self._all("reserved", on)]

    def screening_rule(self, name: str, on: date) -> ScreeningRule:
        """One screening rule. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return ScreeningRule.of(self._held("rules", name, on))

    def screening_rules(self, on: date) -> list[ScreeningRule]:
        """The screening rules that are switched on on `on`, by name."""
        found = [ScreeningRule.of(held) for held in self._all("rules", on)]
        return [rule for rule in found if rule.on]

    def programme(self, name: str, on: date) -> ProgrammeRule:
        """One clean-up programme. Raises `NotFound` (law.unknown, law.not_in_force)."""
        return ProgrammeRule.of(self._held("programmes", name, on), self._resolution(on).figure)

    def programmes(self, on: date) -> list[ProgrammeRule]:
        """Every clean-up programme in force on `on`, by name."""
        figure = self._resolution(on).figure
        return [ProgrammeRule.of(held, figure) for held in self._all("programmes", on)]

    def source(self, name: str) -> Source:
        """One source. Raises `NotFound` (law.unknown)."""
        if name not in self._sources:
            raise _unknown(name)
        return self._sources[name]

    def explain(self, name: str, on: date) -> list[Step]:
        """Each pack's candidate for `name` on `on`, from the nation down; which won, and why.

        Raises `NotFound` (law.unknown) if no pack has an entry of that name.
        """
        kind = next((kind for kind, by_name in self._candidates.items() if name in by_name), None)
        if kind is None:
            raise _unknown(name)
        held = {c.pack: c for c in in_force(self._candidates[kind][name], on)}
        winner, reasons = contest(list(held.values()))
        winners = set(held) if kind == "offices" else {winner.pack} if winner else set()
        if kind == "offices":
            reasons = dict.fromkeys(held, _ADDS_UP)
        return [
            Step(pack, held[pack].provision, pack in winners, reasons[pack])
            if pack in held
            else Step(pack, None, won=False, reason=_SILENT)
            for pack in self.names
        ]

    def _resolution(self, on: date) -> Resolution:
        return Resolution(lambda kind, name: self._held(kind, name, on), self._sources)

    def _line(self, kind: str, name: str) -> Timeline[Candidate]:
        line = self._timelines[kind].get(name)
        if line is None:
            raise _unknown(name)
        return line

    def _held(self, kind: str, name: str, on: date) -> Candidate:
        held = self._line(kind, name).at(on)
        if held is None:
            raise _not_in_force(name, on)
        return held

    def _all(self, kind: str, on: date) -> list[Candidate]:
        return [held for line in self._timelines[kind].values() if (held := line.at(on)) is not None]


def _digest(folders: Sequence[Folder]) -> str:
    """SHA-256, in hex, of the RFC 8785 form of every file but the examples; comments do not matter."""
    content: Plain = {
        sheet.file: _plain(sheet.data) for folder in folders for sheet in folder.sheets.values()
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _plain(data: object) -> Plain:
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    if data is None or isinstance(data, str | int):
        return data
    return str(data)


def _unknown(name: str) -> NotFound:
    return NotFound(
        "law.unknown",
        f"已装的规则包里没有“{name}”；请核对名称，或在相应的包里补写。",
        f"No pack that is loaded has “{name}”; check the name, or write it into the pack it belongs to.",
        name=name,
    )


def _not_in_force(name: str, on: date) -> NotFound:
    return NotFound(
        "law.not_in_force",
        f"“{name}”在 {on} 没有生效的规定。",
        f"“{name}” has no provision in force on {on}.",
        name=name,
        on=on.isoformat(),
    )
