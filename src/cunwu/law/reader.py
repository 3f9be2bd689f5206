"""YAML with line numbers kept, and only the part of YAML that a village accountant can review.

Plain scalars are read as JSON would: `true`, `false`, `null`, whole numbers, and days (2026-01-01). Everything
else is text, so that `no` and `on` are words. Anchors, tags, fractions with a point and doubled keys are faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from cunwu.law.faults import Fault

Place = tuple[str | int, ...]

_INTEGER = re.compile(r"^-?(0|[1-9]\d*)$")
_POINT = re.compile(r"^[-+]?\d[\d_]*\.\d*([eE][-+]?\d+)?$")
_DAY = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}$")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_TAGS = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "bool", "null", "timestamp", "float", "map", "seq")
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Sheet:
    """One file as read: its data, the line of every place in it, and the faults of its form."""

    file: str
    data: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest thing around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def _fault(self, node: yaml.Node, code: str, zh: str, en: str) -> None:
        self.faults.append(Fault(self.file, node.start_mark.line + 1, code, zh, en))

    def _build(self, node: yaml.Node, place: Place) -> object:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._fault(
                node,
                "alias",
                "不能用锚点和引用（& 和 *）；请把内容写全",
                "anchors and aliases (& and *) are not read; write the content out",
            )
            return None
        self._seen.add(id(node))
        if node.tag not in _TAGS:
            self._fault(
                node, "tag", f"不能用标签 {node.tag}；请删去", f"the tag {node.tag} is not read; remove it"
            )
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
                self._fault(
                    key_node,
                    "doubled",
                    f"键“{key}”写了两次；请只留一个",
                    f"the key “{key}” stands twice; keep one",
                )
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            result[key] = self._build(value_node, (*place, key))
        return result

    def _scalar(self, node: yaml.Node) -> object:
        text = str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text):
            return int(text)
        if _POINT.match(text):
            self._fault(
                node,
                "point",
                f'小数 {text} 不能用；金额以分计写整数，比例写成加引号的 "1/10"',
                f'{text} has a decimal point; write money in whole fen and shares as "1/10" in quotes',
            )
            return None
        if _DAY.match(text):
            return self._day(node, text)
        return text

    def _day(self, node: yaml.Node, text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._fault(
                node,
                "date",
                f"没有 {text} 这一天；日期写成 2026-01-01",
                f"there is no day {text}; write a day as 2026-01-01",
            )
            return None


def read(path: Path, file: str) -> Sheet:
    """Read one YAML file; what is wrong with its form stands in `Sheet.faults`, nothing is raised for it.

    `file` is the name used in faults ("cn/values/board_days.yaml"). Raises OSError if the file cannot be opened.
    """
    sheet = Sheet(file)
    try:
        root = yaml.compose(path.read_bytes().decode("utf-8"), Loader=_LOADER)
    except UnicodeDecodeError:
        sheet.faults.append(
            Fault(
                file,
                1,
                "encoding",
                "文件不是 UTF-8 编码；请另存为 UTF-8",
                "the file is not UTF-8; save it as UTF-8",
            )
        )
        return sheet
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        sheet.faults.append(
            Fault(
                file,
                line,
                "yaml",
                f"不是规范的 YAML（{error.problem}）；请检查缩进和引号",
                f"not well-formed YAML ({error.problem}); check indentation and quotes",
            )
        )
        return sheet
    if not isinstance(root, yaml.MappingNode):
        sheet.faults.append(
            Fault(
                file,
                1,
                "empty",
                "文件里没有内容；请按 docs/packs.md 写“键: 值”",
                "the file holds no entry; write “key: value” as in docs/packs.md",
            )
        )
        return sheet
    sheet.data = sheet._build(root, ())
    return sheet
