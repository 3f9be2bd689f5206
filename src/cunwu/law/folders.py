"""One pack's folder as read: head, sources, entries by kind, calendar years; each with the sheet it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError


from cunwu.law.calendar import CalendarYear
from cunwu.law.entries import CatalogueEntry, DutyEntry, OfficeEntry, PackHead, SourceData, ValueEntry
from cunwu.law.faults import Fault, from_validation
from cunwu.law.reader import Sheet, read

T = TypeVar("T", bound=BaseModel)
AnyEntry = ValueEntry | CatalogueEntry | DutyEntry | OfficeEntry

KINDS: dict[str, type[AnyEntry]] = {
    "values": ValueEntry,
    "catalogue": CatalogueEntry,
    "duties": DutyEntry,
    "offices": OfficeEntry,
}
EXAMPLES = "examples"
CALENDAR = "calendar"

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_PACK_NAME = re.compile(r"^[a-z][a-z0-9-]*$")
_YEAR = re.compile(r"^20\d\d$")


@dataclass
class Folder:
    """What one pack's folder holds; `faults` are those of its files by themselves."""

    name: str
    head: PackHead | None = None
    sources: dict[str, SourceData] = field(default_factory=dict)
    entries: dict[str, dict[str, AnyEntry]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    calendar: dict[int, CalendarYear] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def sheet(self, *parts: str) -> Sheet:
        """The sheet of a file of this pack, as ("values", "board_days")."""
        return self.sheets["/".join((self.name, *parts)) + ".yaml"]


def read_folder(name: str, root: Path) -> Folder:
    """Read pack `name` under `root`; faults are collected, nothing is raised for what the files say."""
    folder = Folder(name)
    path = root / name
    if not _PACK_NAME.match(name) or not (path / "pack.yaml").is_file():
        folder.faults.append(
            Fault(
                f"{name}/pack.yaml",
                1,
                "no_pack",
                f"没有“{name}”这个包；请建 {name}/pack.yaml，或改正安装设置里的包名",
                f"there is no pack “{name}”; write {name}/pack.yaml or correct the name in the settings",
            )
        )
        return folder
    for file in sorted(path.rglob("*")):
        if file.is_file():
            _read_file(folder, file, file.relative_to(path).parts)
    return folder


def _read_file(folder: Folder, file: Path, parts: tuple[str, ...]) -> None:
    shown = "/".join((folder.name, *parts))
    if not _has_a_place(parts):
        folder.faults.append(
            Fault(
                shown,
                1,
                "file_name",
                "这里不该有这个文件；条目文件用小写英文命名并放在一层目录里，如 values/board_days.yaml",
                "a file of this name has no place here; an entry is lower-case, one folder deep, as values/board_days.yaml",
            )
        )
        return
    if parts[0] == EXAMPLES:
        return
    sheet = read(file, shown)
    folder.sheets[shown] = sheet
    folder.faults += sheet.faults
    if isinstance(sheet.data, dict):
        _take(folder, sheet, parts)


def _has_a_place(parts: tuple[str, ...]) -> bool:
    if len(parts) == 1:
        return parts[0] in {"pack.yaml", "sources.yaml"}
    stem, dot, suffix = parts[-1].partition(".")
    pattern = _YEAR if parts[0] == CALENDAR else _NAME
    return (
        len(parts) == 2
        and parts[0] in {*KINDS, EXAMPLES, CALENDAR}
        and dot + suffix == ".yaml"
        and bool(pattern.match(stem))
    )


def _take(folder: Folder, sheet: Sheet, parts: tuple[str, ...]) -> None:
    kind, stem = parts[0], parts[-1].removesuffix(".yaml")
    if kind == "pack.yaml":
        folder.head = _validate(folder, sheet, PackHead, sheet.data)
    elif kind == "sources.yaml":
        _take_sources(folder, sheet)
    elif kind == CALENDAR:
        year = _validate(folder, sheet, CalendarYear, sheet.data)
        if year is not None:
            folder.calendar[int(stem)] = year
            folder.faults += _days_outside(sheet, int(stem), year)
    else:
        entry = _validate(folder, sheet, KINDS[kind], sheet.data)
        if entry is not None:
            folder.entries[kind][stem] = entry


def _take_sources(folder: Folder, sheet: Sheet) -> None:
    data = sheet.data if isinstance(sheet.data, dict) else {}
    for name, content in data.items():
        inner = Sheet(
            sheet.file, content, {p[1:]: line for p, line in sheet.lines.items() if p[:1] == (name,)}
        )
        source = _validate(folder, inner, SourceData, content)
        if source is not None:
            folder.sources[name] = source


def _validate(folder: Folder, sheet: Sheet, model: type[T], data: object) -> T | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        folder.faults += from_validation(sheet, error, model)
        return None


def _days_outside(sheet: Sheet, year: int, content: CalendarYear) -> list[Fault]:
    days = [
        (("off", i, key), day)
        for i, h in enumerate(content.off)
        for key, day in (("from", h.from_), ("to", h.to))
    ]
    places = [*days, *((("work", i), day) for i, day in enumerate(content.work))]
    return [
        Fault(
            sheet.file,
            sheet.line(place),
            "date",
            f"{day} 不在 {year} 年；请写到那一年的文件里",
            f"{day} is not in {year}; write it into that year's file",
        )
        for place, day in places
        if day.year != year
    ]
