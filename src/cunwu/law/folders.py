"""One pack's folder as read: head, sources, entries by kind, calendar years; each with its sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cunwu.law.calendar import CalendarYear
from cunwu.law.entries import (
    CatalogueEntry,
    DutyEntry,
    FaultAt,
    OfficeEntry,
    PackHead,
    SourceData,
    ValueEntry,
)
from cunwu.law.faults import Fault, fault, from_validation
from cunwu.law.powers import MeetingEntry, PowerEntry, ProcedureEntry, ReservedEntry, RightEntry
from cunwu.law.programmes import ProgrammeEntry
from cunwu.law.reader import Place, Sheet, read
from cunwu.law.screening import THRESHOLDS, RuleEntry

T = TypeVar("T", bound=BaseModel)
AnyEntry = (
    ValueEntry
    | CatalogueEntry
    | DutyEntry
    | OfficeEntry
    | MeetingEntry
    | ProcedureEntry
    | PowerEntry
    | ReservedEntry
    | RightEntry
    | RuleEntry
    | ProgrammeEntry
)

KINDS: dict[str, type[AnyEntry]] = {
    "values": ValueEntry,
    "catalogue": CatalogueEntry,
    "duties": DutyEntry,
    "offices": OfficeEntry,
    "meetings": MeetingEntry,
    "procedures": ProcedureEntry,
    "powers": PowerEntry,
    "reserved": ReservedEntry,
    "rights": RightEntry,
    "rules": RuleEntry,
    "programmes": ProgrammeEntry,
}
EXAMPLES = "examples"
CALENDAR = "calendar"

_NAME = re.compile(r"^[a-z][a-z0-9_]*\.yaml$", re.ASCII)
_YEAR = re.compile(r"^20\d\d\.yaml$", re.ASCII)
_PACK = re.compile(r"^[a-z][a-z0-9-]*$", re.ASCII)


@dataclass
class Folder:
    """What one pack's folder holds; `faults` are those of its files by themselves.

    `sheets` is by path within the pack ("values/board_days"), also for files that could not be read.
    """

    name: str
    head: PackHead | None = None
    sources: dict[str, SourceData] = field(default_factory=dict)
    entries: dict[str, dict[str, AnyEntry]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    calendar: dict[int, CalendarYear] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def names(self, kind: str) -> set[str]:
        """The names of entries of `kind` (or of "sources") that are meant here, readable or not."""
        if kind == "sources":
            sheet = self.sheets.get("sources")
            return set(sheet.data) if sheet and isinstance(sheet.data, dict) else set()
        return {path.removeprefix(f"{kind}/") for path in self.sheets if path.startswith(f"{kind}/")}

    def fault(self, path: str, place: Place, code: str, **figures: object) -> Fault:
        """A fault at `place` of the file `path` ("values/board_days")."""
        sheet = self.sheets[path]
        return fault(sheet.file, sheet.line(place), code, **figures)


def read_folder(name: str, root: Path) -> Folder:
    """Read pack `name` under `root`; faults are collected, nothing is raised for what the files say."""
    folder = Folder(name)
    path = root / name
    if not _PACK.match(name) or not (path / "pack.yaml").is_file():
        folder.faults.append(fault(f"{name}/pack.yaml", 1, "no_pack", key=name))
        return folder
    for file in sorted(path.rglob("*")):
        if file.is_file():
            _read_file(folder, file, file.relative_to(path).parts)
    return folder


def _read_file(folder: Folder, file: Path, parts: tuple[str, ...]) -> None:
    shown = "/".join((folder.name, *parts))
    if not _has_a_place(parts):
        folder.faults.append(fault(shown, 1, "file_name"))
    elif parts[0] != EXAMPLES:
        sheet = read(file, shown)
        folder.sheets["/".join(parts).removesuffix(".yaml")] = sheet
        if isinstance(sheet.data, dict):
            _take(folder, sheet, parts[0].removesuffix(".yaml"), file.stem)
        folder.faults += sheet.faults


def _has_a_place(parts: tuple[str, ...]) -> bool:
    if len(parts) == 1:
        return parts[0] in {"pack.yaml", "sources.yaml"}
    pattern = _YEAR if parts[0] == CALENDAR else _NAME
    return len(parts) == 2 and parts[0] in {*KINDS, EXAMPLES, CALENDAR} and bool(pattern.match(parts[1]))


def _take(folder: Folder, sheet: Sheet, kind: str, stem: str) -> None:
    if kind == "pack":
        folder.head = _validate(folder, sheet, PackHead)
    elif kind == "sources":
        for name in folder.names("sources"):
            if (source := _validate(folder, sheet.part(name), SourceData)) is not None:
                folder.sources[name] = source
    elif kind == CALENDAR:
        if (year := _validate(folder, sheet, CalendarYear)) is not None:
            folder.calendar[int(stem)] = year
            folder.faults += _within(sheet, year.faults_within(int(stem)))
    elif (entry := _validate(folder, sheet, KINDS[kind])) is not None:
        folder.entries[kind][stem] = entry
        folder.faults += _within(sheet, entry.faults_within())
        if isinstance(entry, RuleEntry):
            folder.faults += _rule_faults(sheet, stem, entry)


def _rule_faults(sheet: Sheet, name: str, entry: RuleEntry) -> Iterable[Fault]:
    """A rule that there is not, or thresholds that are not just the rule's own."""
    if name not in THRESHOLDS:
        yield fault(sheet.file, 1, "rule_name", key=name, known=", ".join(THRESHOLDS))
        return
    for index, item in enumerate(entry.history):
        if set(item.thresholds) != set(THRESHOLDS[name]):
            line = sheet.line(("history", index, "thresholds"))
            known = ", ".join(THRESHOLDS[name]) or "—"
            yield fault(sheet.file, line, "rule_thresholds", key=name, known=known)


def _validate(folder: Folder, sheet: Sheet, model: type[T]) -> T | None:
    try:
        return model.model_validate(sheet.data)
    except ValidationError as error:
        folder.faults += from_validation(sheet, error, model)
        return None


def _within(sheet: Sheet, found: Iterable[FaultAt]) -> list[Fault]:
    return [fault(sheet.file, sheet.line(place), code, **figures) for place, code, figures in found]
