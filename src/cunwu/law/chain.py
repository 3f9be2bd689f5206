"""A chain of packs read together: what each says about the others, and the faults only the chain can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from cunwu.law.entries import (
    CatalogueTerms,
    CiteData,
    DutyTerms,
    Item,
    OfficeTerms,
    ValueEntry,
    ValueItem,
    rule_of,
)
from cunwu.law.faults import Fault
from cunwu.law.folders import CALENDAR, KINDS, AnyEntry, Folder, read_folder
from cunwu.law.powers import GuardData, MeetingTerms, PowerTerms, ProcedureTerms, RightTerms, StepData
from cunwu.law.programmes import ProgrammeTerms
from cunwu.law.reader import Place
from cunwu.law.resolution import Candidate, Provision, contest, history_of, in_force
from cunwu.law.texts import Cite, Source

_NAMED_VALUES = (
    "board_days",
    "objection_days",
    "supervision_objection_days",
    "answer_days",
    "expires_days",
)
_DAYS = frozenset({"days"})
_UNITS: dict[str, frozenset[str]] = {
    **dict.fromkeys((*_NAMED_VALUES, "days", "report_days", "card_reply_days"), _DAYS),
    **dict.fromkeys(("term", "card_term"), _DAYS | {"months"}),
    "above": frozenset({"yuan"}),
    "line": frozenset({"yuan"}),
    "share": frozenset({"fraction", "count"}),
    **dict.fromkeys(("count", "persons", "proxies_at_most"), frozenset({"count"})),
}
"""The units that a value may have where it is named under a key."""


def read_chain(names: Sequence[str], root: Path) -> list[Folder]:
    """Read each pack's folder, in the order given (from the nation down)."""
    return [read_folder(name, root) for name in names]


def sources_of(folders: Sequence[Folder]) -> dict[str, Source]:
    """Every source of the chain by name."""
    return {
        name: Source(name, s.title, s.issuer, s.version, s.from_, s.to, s.link, folder.name)
        for folder in folders
        for name, s in folder.sources.items()
    }


def candidates_of(
    folders: Sequence[Folder], kind: str, sources: Mapping[str, Source]
) -> dict[str, list[Candidate]]:
    """Every item of every entry of `kind`, by entry name, in the order of the packs; `sources` has all cited."""
    result: dict[str, list[Candidate]] = {}
    for folder in folders:
        for name, entry in folder.entries[kind].items():
            result.setdefault(name, []).extend(_candidates(folder.name, name, entry, sources))
    return dict(sorted(result.items()))


def faults_of(folders: Sequence[Folder]) -> list[Fault]:
    """Every fault of the chain, by file and line.

    Whether a lower pack may override is asked only when all else is in order: it takes sources and days.
    """
    faults = [fault for folder in folders for fault in folder.faults]
    for folder in folders:
        faults += _history_faults(folder)
    faults += [
        *_parent_faults(folders),
        *_reference_faults(folders),
        *_unit_faults(folders),
        *_collisions(folders),
    ]
    faults += _office_faults(folders)
    return sorted(faults or _override_faults(folders))


def _candidates(pack: str, name: str, entry: AnyEntry, sources: Mapping[str, Source]) -> Iterator[Candidate]:
    for item, from_, to in history_of(entry.history):
        provision = Provision(
            name=name,
            title=entry.title,
            value=_headline(item),
            cite=Cite(sources[item.cite.source], item.cite.article),
            from_=from_,
            to=to,
            pack=pack,
            confidence=entry.confidence,
            reviewed=entry.reviewed,
            note=entry.note,
            rule=rule_of(entry, item)
            if isinstance(entry, ValueEntry) and isinstance(item, ValueItem)
            else None,
        )
        yield Candidate(pack, entry, item, from_, to, provision)


def _headline(item: Item) -> int | str | None:
    if isinstance(item, ValueItem):
        return item.value
    return item.frequency if isinstance(item, DutyTerms | CatalogueTerms) else None


def _each_entry(folder: Folder) -> Iterator[tuple[str, AnyEntry]]:
    """Each entry with its path in the pack ("values/board_days")."""
    for kind, by_name in folder.entries.items():
        for name, entry in by_name.items():
            yield f"{kind}/{name}", entry


def _history_faults(folder: Folder) -> Iterator[Fault]:
    for path, entry in _each_entry(folder):
        for index, item in enumerate(entry.history):
            if item.to is not None and item.to < item.from_:
                place = ("history", index, "to")
                yield folder.fault(path, place, "order", found=item.to, known=item.from_)
        for index, (before, item) in enumerate(pairwise(entry.history), start=1):
            place = ("history", index, "from")
            if item.from_ <= before.from_:
                yield folder.fault(path, place, "order", found=item.from_, known=before.from_)
            elif before.to is not None and item.from_ <= before.to:
                yield folder.fault(path, place, "overlap", found=item.from_, known=before.to)


def _parent_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    loaded: set[str] = set()
    for folder in folders:
        parent = folder.head.parent if folder.head else None
        if parent is not None and parent not in loaded:
            yield folder.fault("pack", ("parent",), "parent", key=parent)
        loaded.add(folder.name)


def _reference_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    known: dict[str, set[str]] = {kind: set() for kind in (*KINDS, "sources")}
    for folder in folders:
        for kind in known:
            known[kind] |= folder.names(kind)
        for path, entry in _each_entry(folder):
            for place, kind, name in references(entry):
                if name not in known[kind]:
                    where = "sources.yaml" if kind == "sources" else f"{kind}/{name}.yaml"
                    yield folder.fault(path, place, "unknown_name", key=name, where=where)
        for year, content in folder.calendar.items():
            if content.cite.source not in known["sources"]:
                figures = {"key": content.cite.source, "where": "sources.yaml"}
                yield folder.fault(f"{CALENDAR}/{year}", ("cite", "source"), "unknown_name", **figures)


def _unit_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    """Values named where a figure of another unit is asked, as a share where days are counted."""
    units = {
        name: (entry.unit, f"{folder.name}/values/{name}.yaml")
        for folder in folders
        for name, entry in folder.entries["values"].items()
        if isinstance(entry, ValueEntry)
    }
    for folder in folders:
        for path, entry in _each_entry(folder):
            for place, kind, name in references(entry):
                asked = _UNITS[str(place[-1])] if kind == "values" and name in units else None
                if asked is not None and units[name][0] not in asked:
                    unit, where = units[name]
                    figures = {"key": name, "found": unit, "where": where, "known": ", ".join(sorted(asked))}
                    yield folder.fault(path, place, "named_unit", **figures)


def references(entry: AnyEntry) -> Iterator[tuple[Place, str, str]]:
    """Every name of something else that an entry uses: its place, the kind, the name."""
    for index, item in enumerate(entry.history):
        here: Place = ("history", index)
        yield _cited(here, item.cite)
        if isinstance(item, CatalogueTerms):
            for key in _NAMED_VALUES:
                if (value := getattr(item, key)) is not None:
                    yield (*here, key), "values", value
        elif isinstance(item, DutyTerms):
            met = item.met_by
            yield from _named((*here, "met_by", "publication"), "catalogue", met.publication)
            yield from _named((*here, "met_by", "meeting"), "meetings", met.meeting)
        elif isinstance(item, OfficeTerms):
            for number, excluded in enumerate(item.excludes):
                yield _cited((*here, "excludes", number), excluded.cite)
                yield (*here, "excludes", number, "office"), "offices", excluded.office
        else:
            yield from _of_powers(item, here)


def _of_powers(item: Item, here: Place) -> Iterator[tuple[Place, str, str]]:
    if isinstance(item, MeetingTerms):
        yield from _named((*here, "proxies_at_most"), "values", item.proxies_at_most)
        for number, office in enumerate(item.offices):
            yield (*here, "offices", number), "offices", office
        yield from _of_guards(item.guards, here)
    elif isinstance(item, ProcedureTerms):
        for number, step in enumerate(item.steps):
            yield from _of_step(step, (*here, "steps", number))
    elif isinstance(item, PowerTerms):
        yield (*here, "procedure"), "procedures", item.procedure
        for number, group in enumerate(item.reserved):
            yield (*here, "reserved", number), "reserved", group
    elif isinstance(item, RightTerms):
        yield from _named((*here, "answer_days"), "values", item.answer_days)
        for number, backing in enumerate(item.backing):
            yield (*here, "backing", number, "share"), "values", backing.share
    elif isinstance(item, ProgrammeTerms):
        yield from _of_programme(item, here)


def _of_programme(item: ProgrammeTerms, here: Place) -> Iterator[tuple[Place, str, str]]:
    yield (*here, "power"), "powers", item.power
    for key in ("report_days", "card_reply_days", "card_term"):
        yield from _named((*here, key), "values", getattr(item, key))
    for number, level in enumerate(item.levels):
        for position, office in enumerate(level.offices):
            yield (*here, "levels", number, "offices", position), "offices", office


def _of_step(step: StepData, here: Place) -> Iterator[tuple[Place, str, str]]:
    named = {"meeting": "meetings", "item": "catalogue", "term": "values", "above": "values"}
    for key, kind in named.items():
        yield from _named((*here, key), kind, getattr(step, key))
    for number, office in enumerate(step.by):
        yield (*here, "by", number), "offices", office
    if step.cite is not None:
        yield _cited(here, step.cite)
    yield from _of_guards(step.guards, here)


def _of_guards(guards: Sequence[GuardData], here: Place) -> Iterator[tuple[Place, str, str]]:
    for position, guard in enumerate(guards):
        place = (*here, "guards", position)
        for key in ("days", "line", "count", "persons"):
            yield from _named((*place, key), "values", getattr(guard, key))
        for number, share in enumerate(guard.shares):
            yield (*place, "shares", number, "share"), "values", share.share
        if guard.cite is not None:
            yield _cited(place, guard.cite)


def _named(place: Place, kind: str, name: str | None) -> Iterator[tuple[Place, str, str]]:
    if name is not None:
        yield place, kind, name


def _cited(place: Place, cite: CiteData) -> tuple[Place, str, str]:
    return (*place, "cite", "source"), "sources", cite.source


def _collisions(folders: Sequence[Folder]) -> Iterator[Fault]:
    """A name means one thing: no two kinds share it, no source and no calendar year stands in two packs."""
    kinds: dict[str, str] = {}
    taken: dict[str, str] = {}
    for folder in folders:
        for path, _ in _each_entry(folder):
            kind, _, name = path.partition("/")
            if kinds.setdefault(name, kind) != kind:
                yield folder.fault(path, (), "name_taken", key=name, where=f"{kinds[name]}/")
        once: list[tuple[str, Place, str]] = [("sources", (name,), name) for name in folder.sources]
        once += [(f"{CALENDAR}/{year}", (), str(year)) for year in folder.calendar]
        for path, place, name in once:
            if taken.setdefault(name, folder.name) != folder.name:
                yield folder.fault(path, place, "name_taken", key=name, where=taken[name])


def _office_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    """The first pack with an office says where it sits and what it may do; later ones only if it lets them."""
    first: dict[str, AnyEntry] = {}
    for folder in folders:
        for name, entry in folder.entries["offices"].items():
            above = first.setdefault(name, entry)
            for index, item in enumerate(entry.history):
                given = [key for key in ("sits_in", "capabilities") if getattr(item, key, None) is not None]
                place: Place = ("history", index)
                if above is entry and len(given) < 2:
                    yield folder.fault(f"offices/{name}", place, "office_begins")
                elif above is not entry and given and above.overridable == "no":
                    where = next(f.name for f in folders if name in f.entries["offices"])
                    figures = {"where": where, "known": given[0]}
                    yield folder.fault(f"offices/{name}", (*place, given[0]), "override", **figures)


def _override_faults(folders: Sequence[Folder]) -> list[Fault]:
    """Items that could not hold even on their first day, against a provision that was there before them.

    An item that a later national provision overtakes is no fault: that is what `overridable` is for.
    """
    sources = sources_of(folders)
    by_pack = {folder.name: folder for folder in folders}
    faults = []
    for kind in (kind for kind in KINDS if kind != "offices"):
        for name, candidates in candidates_of(folders, kind, sources).items():
            for candidate in candidates:
                winner, _ = contest(in_force(candidates, candidate.from_))
                if winner is None or not _overruled(winner, candidate, list(by_pack)):
                    continue
                index = next(i for i, item in enumerate(candidate.entry.history) if item is candidate.item)
                known = f"{winner.provision.value}, {winner.provision.cite.zh}"
                figures = {"where": winner.pack, "known": known}
                folder = by_pack[candidate.pack]
                faults.append(folder.fault(f"{kind}/{name}", ("history", index), "override", **figures))
    return faults


def _overruled(winner: Candidate, candidate: Candidate, order: Sequence[str]) -> bool:
    """Whether `winner` stands above `candidate` and says something else."""
    if order.index(winner.pack) >= order.index(candidate.pack):
        return False
    is_value = isinstance(candidate.entry, ValueEntry)
    return not (is_value and winner.provision.value == candidate.provision.value)
