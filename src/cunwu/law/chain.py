"""A chain of packs read together: what each says about the others, and the faults only the chain can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from cunwu.law.reader import Place
from cunwu.law.resolution import Candidate, Provision, contest, history_of, in_force
from cunwu.law.texts import Cite, Source

_NAMED_VALUES = ("board_days", "objection_days", "answer_days", "expires_days")


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
    """Every item of every entry of `kind`, by entry name, in the order of the packs."""
    result: dict[str, list[Candidate]] = {}
    for folder in folders:
        for name, entry in folder.entries[kind].items():
            result.setdefault(name, []).extend(_candidates(folder.name, name, entry, sources))
    return dict(sorted(result.items()))


def faults_of(folders: Sequence[Folder]) -> list[Fault]:
    """Every fault of the chain, by file and line. References are checked only once every file can be read."""
    faults = [fault for folder in folders for fault in folder.faults]
    faults += [fault for folder in folders for fault in _history_faults(folder)]
    if not faults:
        faults = [*_parent_faults(folders), *_reference_faults(folders), *_collisions(folders)]
    if not faults:
        faults = [*_office_faults(folders), *_override_faults(folders)]
    return sorted(faults)


def _candidates(pack: str, name: str, entry: AnyEntry, sources: Mapping[str, Source]) -> Iterator[Candidate]:
    for item, from_, to in history_of(entry.history):
        provision = Provision(
            name,
            entry.title,
            _headline(item),
            Cite(sources[item.cite.source], item.cite.article),
            from_,
            to,
            pack,
            entry.confidence,
            entry.reviewed,
            entry.note,
            rule_of(entry, item) if isinstance(entry, ValueEntry) and isinstance(item, ValueItem) else None,
        )
        yield Candidate(pack, entry, item, from_, to, provision)


def _headline(item: Item) -> int | str | None:
    if isinstance(item, ValueItem):
        return item.value
    return item.frequency if isinstance(item, DutyTerms | CatalogueTerms) else None


def _each_entry(folder: Folder) -> Iterator[tuple[str, str, AnyEntry]]:
    for kind, by_name in folder.entries.items():
        for name, entry in by_name.items():
            yield kind, name, entry


def _at(folder: Folder, kind: str, name: str, place: Place, code: str, zh: str, en: str) -> Fault:
    sheet = folder.sheet(kind, name)
    return Fault(sheet.file, sheet.line(place), code, zh, en)


def _history_faults(folder: Folder) -> Iterator[Fault]:
    for kind, name, entry in _each_entry(folder):
        items: list[Item] = list(entry.history)
        for index, item in enumerate(items):
            if item.to is not None and item.to < item.from_:
                yield _at(
                    folder,
                    kind,
                    name,
                    ("history", index, "to"),
                    "order",
                    f"止于 {item.to}，早于起始日 {item.from_}；请改正",
                    f"ends on {item.to}, before it begins on {item.from_}; correct the days",
                )
        for index, (before, item) in enumerate(zip(items, items[1:], strict=False), start=1):
            if item.from_ <= before.from_:
                yield _at(
                    folder,
                    kind,
                    name,
                    ("history", index, "from"),
                    "order",
                    f"历史没有按日期先后排列：{item.from_} 不晚于 {before.from_}；请从早到晚写",
                    f"the history is out of order: {item.from_} is not after {before.from_}; write it from early to late",
                )
            elif before.to is not None and item.from_ <= before.to:
                yield _at(
                    folder,
                    kind,
                    name,
                    ("history", index, "from"),
                    "overlap",
                    f"与前一段重叠：前一段到 {before.to}，这一段从 {item.from_}；请改其中一个日期",
                    f"overlaps the item before, which ends on {before.to}; change one of the days",
                )


def _parent_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    loaded: set[str] = set()
    for folder in folders:
        parent = folder.head.parent if folder.head else None
        if parent is not None and parent not in loaded:
            sheet = folder.sheet("pack")
            yield Fault(
                sheet.file,
                sheet.line(("parent",)),
                "parent",
                f"上级包“{parent}”没有装在前面；请把它写进安装设置，排在“{folder.name}”之前",
                f"the parent pack “{parent}” is not loaded before it; name it in the settings before “{folder.name}”",
            )
        loaded.add(folder.name)


def _reference_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    sources: set[str] = set()
    known: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for folder in folders:
        sources |= set(folder.sources)
        for kind in KINDS:
            known[kind] |= set(folder.entries[kind])
        for kind, name, entry in _each_entry(folder):
            for place, cite in _cites(entry):
                if cite.source not in sources:
                    yield _dangling(folder, kind, name, place, "source", cite.source, "sources.yaml")
            for place, code, target, where in _names(entry):
                if target not in known[where]:
                    yield _dangling(folder, kind, name, place, code, target, f"{where}/{target}.yaml")
        for year, content in folder.calendar.items():
            if content.cite.source not in sources:
                place = ("cite", "source")
                yield _dangling(
                    folder, CALENDAR, str(year), place, "source", content.cite.source, "sources.yaml"
                )


def _dangling(
    folder: Folder, kind: str, name: str, place: Place, code: str, target: str, where: str
) -> Fault:
    return _at(
        folder,
        kind,
        name,
        place,
        f"unknown_{code}",
        f"“{target}”没有写在本包或上级包的 {where}；请补上，或改正名称",
        f"“{target}” does not stand in {where} of this pack or one above; write it there or correct the name",
    )


def _cites(entry: AnyEntry) -> Iterator[tuple[Place, CiteData]]:
    for index, item in enumerate(entry.history):
        yield ("history", index, "cite", "source"), item.cite
        if isinstance(item, OfficeTerms):
            for number, excluded in enumerate(item.excludes):
                yield ("history", index, "excludes", number, "cite", "source"), excluded.cite


def _names(entry: AnyEntry) -> Iterator[tuple[Place, str, str, str]]:
    """Every name of another entry: its place, what it is called in the fault's code, the name, the folder."""
    for index, item in enumerate(entry.history):
        if isinstance(item, CatalogueTerms):
            for key in _NAMED_VALUES:
                if (target := getattr(item, key)) is not None:
                    yield ("history", index, key), "value", target, "values"
        elif isinstance(item, DutyTerms):
            yield ("history", index, "met_by", "publication"), "item", item.met_by.publication, "catalogue"
        elif isinstance(item, OfficeTerms):
            for number, excluded in enumerate(item.excludes):
                yield ("history", index, "excludes", number, "office"), "office", excluded.office, "offices"


def _collisions(folders: Sequence[Folder]) -> Iterator[Fault]:
    """A name means one thing: no two kinds share it, no source and no calendar year stands in two packs."""
    kinds: dict[str, str] = {}
    once: set[str] = set()
    for folder in folders:
        for kind, name, _ in _each_entry(folder):
            if kinds.setdefault(name, kind) != kind:
                yield _at(
                    folder,
                    kind,
                    name,
                    (),
                    "name_taken",
                    f"“{name}”这个名称在 {kinds[name]}/ 里已经用了；请换一个",
                    f"the name “{name}” is taken in {kinds[name]}/; choose another",
                )
        for kind, name in (
            *(("sources", s) for s in folder.sources),
            *((CALENDAR, str(y)) for y in folder.calendar),
        ):
            if name in once:
                sheet = folder.sheet("sources") if kind == "sources" else folder.sheet(kind, name)
                yield Fault(
                    sheet.file,
                    sheet.line((name,)),
                    "name_taken",
                    f"“{name}”上级包里已经有了；请删去这一处，或换一个名称",
                    f"“{name}” stands in a pack above already; remove it here or choose another name",
                )
            once.add(name)


def _office_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    """The first pack with an office says where it sits and what it may do; later ones, only if it lets them."""
    first: dict[str, AnyEntry] = {}
    for folder in folders:
        for name, entry in folder.entries["offices"].items():
            above = first.setdefault(name, entry)
            for index, item in enumerate(entry.history):
                if not isinstance(item, OfficeTerms):
                    continue
                given = [key for key in ("sits_in", "capabilities") if getattr(item, key) is not None]
                if above is entry and len(given) < 2:
                    yield _at(
                        folder,
                        "offices",
                        name,
                        ("history", index),
                        "missing",
                        "首次写这个职务的包要写明 sits_in 和 capabilities；请补上",
                        "the first pack with this office must give sits_in and capabilities; add them",
                    )
                elif above is not entry and given and above.overridable == "no":
                    yield _at(
                        folder,
                        "offices",
                        name,
                        ("history", index, given[0]),
                        "override",
                        f"上级包不允许另写“{given[0]}”；请删去，这里只能增加 excludes",
                        f"the pack above does not allow “{given[0]}” to differ; remove it, here only excludes may be added",
                    )


def _override_faults(folders: Sequence[Folder]) -> Iterator[Fault]:
    """An item that could not hold even on its first day, against a provision that was there before it.

    An item that a later national provision overtakes is no fault: that is what `overridable` is for.
    """
    sources = sources_of(folders)
    by_pack = {folder.name: folder for folder in folders}
    for kind in ("values", "catalogue", "duties"):
        for name, candidates in candidates_of(folders, kind, sources).items():
            for candidate in candidates:
                winner, _ = contest([c for c in in_force(candidates, candidate.from_)])
                if winner is None or winner is candidate or not _stands_above(winner, candidate, by_pack):
                    continue
                if _same(winner, candidate):
                    continue
                index = list(candidate.entry.history).index(candidate.item)
                yield _at(
                    by_pack[candidate.pack],
                    kind,
                    name,
                    ("history", index),
                    "override",
                    f"上级包 {winner.pack} 的规定（{winner.provision.value}，{winner.provision.cite.zh}）不允许这样另定；请删去或改值",
                    f"the provision of {winner.pack} ({winner.provision.value}, {winner.provision.cite.en}) does not let this "
                    "differ so (overridable); remove it or change it",
                )


def _stands_above(winner: Candidate, candidate: Candidate, order: Mapping[str, Folder]) -> bool:
    packs = list(order)
    return packs.index(winner.pack) < packs.index(candidate.pack)


def _same(winner: Candidate, candidate: Candidate) -> bool:
    return isinstance(candidate.entry, ValueEntry) and winner.provision.value == candidate.provision.value
