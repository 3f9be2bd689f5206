"""YAML with line numbers kept, and only the part of YAML that a village accountant can review.

Plain scalars are read as JSON would: `true`, `false`, `null`, whole numbers, and days (2026-01-01). All
else is text, so that `no` and `on` are words. Anchors, tags, decimal points and doubled keys are faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from cunwu.law.faults import Fault, fault

Place = tuple[str | int, ...]

LARGEST_FILE = 256_000
MOST_DEPTH = 30
MOST_DIGITS = 18
_INTEGER = re.compile(r"^-?(0|[1-9]\d*)$", re.ASCII)
_POINT = re.compile(r"^[-+]?\d[\d_]*\.\d*([eE][-+]?\d+)?$", re.ASCII)
_DAY = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}$", re.ASCII)
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_KINDS = ("str", "int", "bool", "null", "timestamp", "float", "map", "seq")
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in _KINDS}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Sheet:
    """One file as read: its data, the line of every place in it, and the faults of its form."""

    file: str
    data: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def known(self, place: Place) -> Place:
        """`place`, or the nearest thing around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return place

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest thing around it."""
        return self.lines.get(self.known(place), 1)

    def part(self, key: str) -> Sheet:
        """What stands under `key`, as a sheet of its own with the lines of this one."""
        data = self.data.get(key) if isinstance(self.data, dict) else None
        lines = {place[1:]: line for place, line in self.lines.items() if place[:1] == (key,)}
        return Sheet(self.file, data, lines, self.faults)

    def _fault(self, node: yaml.Node, code: str, **figures: object) -> None:
        self.faults.append(fault(self.file, node.start_mark.line + 1, code, **figures))

    def _build(self, node: yaml.Node, place: Place) -> object:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._fault(node, "alias")
            return None
        self._seen.add(id(node))
        if node.tag not in _TAGS:
            self._fault(node, "tag", found=node.tag)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, (*place, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in result:
                self._fault(key_node, "doubled", key=key)
            self.lines[*place, key] = key_node.start_mark.line + 1
            result[key] = self._build(value_node, (*place, key))
        return result

    def _scalar(self, node: yaml.Node) -> object:
        text = str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text):
            if len(text.lstrip("-")) > MOST_DIGITS:
                self._fault(node, "digits", known=MOST_DIGITS)
                return None
            return int(text)
        if _POINT.match(text):
            self._fault(node, "point", found=text)
            return None
        return self._day(node, text) if _DAY.match(text) else text

    def _day(self, node: yaml.Node, text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._fault(node, "day", found=text)
            return None


def read(path: Path, file: str) -> Sheet:
    """Read one YAML file; what is wrong with its form stands in `Sheet.faults`, nothing is raised for it.

    `file` is the name used in faults ("cn/values/board_days.yaml"). Raises OSError if it cannot be opened.
    """
    sheet = Sheet(file)
    data = path.read_bytes()
    if len(data) > LARGEST_FILE:
        sheet.faults.append(fault(file, 1, "large", known=LARGEST_FILE))
        return sheet
    try:
        text = data.decode("utf-8")
        deep = _too_deep(text)
        root = yaml.compose(text, Loader=_LOADER) if deep is None else None
    except UnicodeDecodeError:
        sheet.faults.append(fault(file, 1, "encoding"))
        return sheet
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not text"
        sheet.faults.append(fault(file, mark.line + 1 if mark else 1, "yaml", found=problem))
        return sheet
    if deep is not None:
        sheet.faults.append(fault(file, deep, "deep", known=MOST_DEPTH))
    elif isinstance(root, yaml.MappingNode):
        sheet.data = sheet._build(root, ())
    else:
        sheet.faults.append(fault(file, 1, "empty"))
    return sheet


def _too_deep(text: str) -> int | None:
    """The line at which nesting goes too deep. Looked at first, one event after the other: composing calls itself, in C,
    and a file of brackets ends the process."""
    depth = 0
    event: yaml.Event
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            return event.start_mark.line + 1 if event.start_mark else 1
    return None
