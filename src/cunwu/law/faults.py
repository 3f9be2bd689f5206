"""What is wrong with a pack: where, what, and what to write instead. All the words stand here, by code."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from cunwu.law.reader import Place, Sheet

WORDS: dict[str, tuple[str, str]] = {
    "alias": (
        "不能用锚点和引用（& 和 *）；请把内容写全",
        "anchors and aliases (& and *) are not read; write the content out",
    ),
    "choice": ("“{key}”不能是 {found}；只能写 {known}", "“{key}” cannot be {found}; write one of {known}"),
    "date": (
        "“{key}”要写日期，例如 2026-01-01（不加引号）",
        "“{key}” must be a day such as 2026-01-01, without quotes",
    ),
    "day": ("没有 {found} 这一天；日期写成 2026-01-01", "there is no day {found}; write a day as 2026-01-01"),
    "deep": (
        "嵌套超过 {known} 层；请对照 docs/packs.md 写成条目",
        "nested over {known} levels; write it as an entry, as in docs/packs.md",
    ),
    "digits": (
        "整数超过 {known} 位；请改写",
        "a whole number of over {known} digits; write another",
    ),
    "doubled": ("键“{key}”写了两次；请只留一个", "the key “{key}” stands twice; keep one"),
    "empty": (
        "文件里没有内容；请按 docs/packs.md 写“键: 值”",
        "the file holds no entry; write “key: value” as in docs/packs.md",
    ),
    "encoding": ("文件不是 UTF-8 编码；请另存为 UTF-8", "the file is not UTF-8; save it as UTF-8"),
    "example": (
        "{on} 应为 {expected}，得到 {found}；请核对例子或条目",
        "expected {expected} on {on}, came out as {found}; check the example or the entry",
    ),
    "file_name": (
        "这里不该有这个文件；条目文件用小写英文命名并放在一层目录里，如 values/board_days.yaml",
        "this file has no place here; an entry is lower-case, one folder deep, as values/board_days.yaml",
    ),
    "form": (
        "“{key}”的写法不对：{found}；请对照 docs/packs.md",
        "“{key}” cannot be read: {found}; see docs/packs.md",
    ),
    "guard_keys": (
        "“{key}”这种条件要写、也只能写：{known}；请对照 docs/packs.md",
        "the guard “{key}” takes just these keys: {known}; see docs/packs.md",
    ),
    "key_close": ("不认识的键“{key}”；是不是要写“{known}”？", "unknown key “{key}”; did you mean “{known}”?"),
    "key_unknown": (
        "不认识的键“{key}”；请删去，这里可以写：{known}",
        "unknown key “{key}”; remove it, here stand: {known}",
    ),
    "large": (
        "文件超过 {known} 字节；请拆成几个条目",
        "the file has over {known} bytes; cut it into several entries",
    ),
    "language_en": ("“{key}”缺英文；请加上 en: …", "“{key}” has no English; add en: …"),
    "language_zh": ("“{key}”缺中文；请加上 zh: …", "“{key}” has no Chinese; add zh: …"),
    "met_by": (
        "met_by 里写一样：publication 或 meeting",
        "met_by holds one of publication and meeting",
    ),
    "missing": ("缺少“{key}”；请加上 {key}: …", "“{key}” is missing; add {key}: …"),
    "name_taken": (
        "“{key}”在 {where} 里已经有了；请删去这一处，或换一个名称",
        "“{key}” stands in {where} already; remove it here or choose another name",
    ),
    "named_unit": (
        "这里不能用“{key}”：它的单位是 {found}（见 {where}），这里要 {known}；请改用别的值",
        "“{key}” does not fit here: it is in {found} ({where}), {known} is asked; name another value",
    ),
    "no_pack": (
        "没有“{key}”这个包；请建 {key}/pack.yaml，或改正安装设置里的包名",
        "there is no pack “{key}”; write {key}/pack.yaml or correct the name in the settings",
    ),
    "office_begins": (
        "首次写这个职务的包要写明 sits_in 和 capabilities；请补上",
        "the first pack with this office must give sits_in and capabilities; add them",
    ),
    "off_and_worked": (
        "{found} 既放假又上班；请只留一处",
        "{found} stands both in off and in work; keep one",
    ),
    "order": (
        "日期先后不对：{found} 不晚于 {known}；请从早到晚写",
        "the days are out of order: {found} is not after {known}; write them from early to late",
    ),
    "outside_year": (
        "{found} 不在 {known} 年；请写到那一年的文件里",
        "{found} is not in {known}; write it into that year's file",
    ),
    "overlap": (
        "与前一段重叠：前一段到 {known}，这一段从 {found}；请改其中一个日期",
        "overlaps the item before, which ends on {known}, while this begins on {found}; change one of the days",
    ),
    "override": (
        "上级包 {where} 的规定（{known}）不允许这样另定；请删去，或改成允许的方向",
        "what {where} provides ({known}) does not let this differ so (overridable); remove it or change it",
    ),
    "parent": (
        "上级包“{key}”没有装在前面；请把它写进安装设置，排在本包之前",
        "the parent pack “{key}” is not loaded before this one; name it before this one in the settings",
    ),
    "point": (
        '小数 {found} 不能用；金额以分计写整数，比例写成加引号的 "1/10"',
        '{found} has a decimal point; write money in whole fen and shares as "1/10" in quotes',
    ),
    "read_when": (
        "confidence: P 表示有人对照过原文；请写 reviewed: 日期，否则改为 V、S 或 M",
        "confidence P says that somebody compared the text; give the day in reviewed, or write V, S or M",
    ),
    "rule_name": (
        "没有“{key}”这条筛查规则；文件名只能是：{known}",
        "there is no screening rule “{key}”; the file is named one of: {known}",
    ),
    "rule_thresholds": (
        "规则“{key}”的 thresholds 要写、也只能写：{known}",
        "the rule “{key}” takes just these thresholds: {known}",
    ),
    "step_before": (
        "步骤“{key}”不在这一步之前；前面的步骤有：{known}",
        "the step “{key}” does not come before this one; before it stand: {known}",
    ),
    "step_keys": (
        "“{key}”这种步骤的键不对：{known}；请对照 docs/packs.md",
        "a step of kind “{key}” has the wrong keys: {known}; see docs/packs.md",
    ),
    "tag": ("不能用标签 {found}；请删去", "the tag {found} is not read; remove it"),
    "uncited": (
        "这一条没有写依据；请加上 cite: {{source: …, article: …}}",
        "this stands without its source; add cite: {{source: …, article: …}}",
    ),
    "unit": (
        '值 {found} 与单位 {known} 不符；天数、月数写整数，比例写 "1/10"，频次写 monthly 等',
        '{found} is not in {known}; days and months are whole numbers, shares "1/10", frequencies monthly …',
    ),
    "unknown_name": (
        "“{key}”没有写在本包或上级包的 {where}；请补上，或改正名称",
        "“{key}” does not stand in {where} of this pack or one above; write it there or correct the name",
    ),
    "weekday": (
        "{found} 不是周末，本来就上班；请从 work 里删去",
        "{found} is no weekend day; remove it from work",
    ),
    "yaml": (
        "不是规范的 YAML（{found}）；请检查缩进和引号",
        "not well-formed YAML ({found}); check indentation and quotes",
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of one file. `zh` and `en` say what is wrong and what to write; `code` is stable."""

    file: str
    line: int
    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.zh}"

    def sentence(self, language: str) -> str:
        """The fault with its place, in `language`."""
        return f"{self.file}:{self.line}: {self.zh if language.startswith('zh') else self.en}"


def fault(file: str, line: int, code: str, **figures: object) -> Fault:
    """The fault `code` at a place, with its words filled in."""
    zh, en = WORDS[code]
    return Fault(file, line, code, zh.format(**figures), en.format(**figures))


def from_validation(sheet: Sheet, error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Pydantic's complaints about `sheet`, in our words; one a place, none where the form is at fault already."""
    faulty = {known.line for known in sheet.faults}
    places: set[Place] = set()
    result = []
    for detail in error.errors(include_url=False):
        place = tuple(detail["loc"])
        if detail["type"] != "missing":
            place = sheet.known(place)
        if place not in places and sheet.line(place) not in faulty:
            result.append(_translate(sheet, place, dict(detail), model))
        places.add(place)
    return result


def _translate(sheet: Sheet, place: Place, detail: dict[str, Any], model: type[BaseModel]) -> Fault:
    kind, line = str(detail["type"]), sheet.line(place)
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if kind == "missing":
        code, key = _missing(key, place)
        return fault(sheet.file, line, code, key=key)
    if kind == "extra_forbidden":
        known = list(_keys_at(model, place[:-1]))
        close = difflib.get_close_matches(key, known, n=1)
        code = "key_close" if close else "key_unknown"
        return fault(sheet.file, line, code, key=key, known=", ".join(close or known))
    if kind == "value_error":
        zh, _, en = str(detail["ctx"]["error"]).partition(" | ")
        return Fault(sheet.file, line, "value", zh, en)
    if kind == "literal_error":
        known_words = detail["ctx"]["expected"]
        return fault(sheet.file, line, "choice", key=key, found=detail["input"], known=known_words)
    if kind.startswith("date"):
        return fault(sheet.file, line, "date", key=key)
    return fault(sheet.file, line, "form", key=key, found=detail["input"])


def _missing(key: str, place: Place) -> tuple[str, str]:
    if key == "cite":
        return "uncited", key
    if key in {"zh", "en"} and len(place) > 1:
        return f"language_{key}", str(place[-2])
    return "missing", key


def _keys_at(model: type[BaseModel], place: Place) -> Iterator[str]:
    """The keys that `model` knows at `place`, through lists and nested entries."""
    current: type[BaseModel] | None = model
    for part in place:
        if isinstance(part, str) and current is not None:
            found = next((f for n, f in current.model_fields.items() if part in {n, f.alias}), None)
            current = _model_in(found.annotation) if found else None
    known = current.model_fields if current is not None else {}
    yield from (field.alias or name for name, field in known.items())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if hasattr(annotation, "model_fields"):
        found: type[BaseModel] = annotation
        return found
    return next((m for a in get_args(annotation) if (m := _model_in(a)) is not None), None)
