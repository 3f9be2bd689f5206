"""What is wrong with a pack: where, what, and what to write instead."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from cunwu.law.reader import Sheet


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


def from_validation(sheet: Sheet, error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Pydantic's complaints about `sheet` as faults with lines, in the words of docs/packs.md."""
    return [_translate(sheet, dict(detail), model) for detail in error.errors(include_url=False)]


def _translate(sheet: Sheet, detail: dict[str, Any], model: type[BaseModel]) -> Fault:
    place = tuple(detail["loc"])
    line = sheet.line(place)
    key = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    kind = str(detail["type"])
    if kind == "extra_forbidden":
        zh, en = _unknown_key(key, _keys_at(model, place[:-1]))
        return Fault(sheet.file, line, "unknown_key", zh, en)
    if kind == "missing":
        return _missing(sheet.file, line, key, place)
    if kind == "value_error":
        zh, _, en = str(detail["ctx"]["error"]).partition(" | ")
        return Fault(sheet.file, line, "value", zh, en)
    if kind == "literal_error":
        expected = str(detail["ctx"]["expected"])
        return Fault(
            sheet.file,
            line,
            "choice",
            f"“{key}”不能是 {detail['input']!r}；只能写 {expected}",
            f"“{key}” cannot be {detail['input']!r}; write one of {expected}",
        )
    if kind in {"date_type", "date_from_datetime_parsing"}:
        return Fault(
            sheet.file,
            line,
            "date",
            f"“{key}”要写日期，例如 2026-01-01（不加引号）",
            f"“{key}” must be a day such as 2026-01-01, without quotes",
        )
    return Fault(
        sheet.file,
        line,
        "kind",
        f"“{key}”的写法不对：{detail['input']!r}；请对照 docs/packs.md",
        f"“{key}” cannot be read: {detail['input']!r} ({detail['msg']}); see docs/packs.md",
    )


def _missing(file: str, line: int, key: str, place: tuple[str | int, ...]) -> Fault:
    if key == "cite":
        return Fault(
            file,
            line,
            "uncited",
            '这一条没有写依据；请加上 cite: {source: …, article: "…"}',
            'this stands without its source; add cite: {source: …, article: "…"}',
        )
    if key in {"zh", "en"} and len(place) > 1:
        language_zh, language_en = ("中文", "Chinese") if key == "zh" else ("英文", "English")
        return Fault(
            file,
            line,
            "language",
            f"“{place[-2]}”缺{language_zh}；请加上 {key}: …",
            f"“{place[-2]}” has no {language_en}; add {key}: …",
        )
    return Fault(file, line, "missing", f"缺少“{key}”；请加上 {key}: …", f"“{key}” is missing; add {key}: …")


def _unknown_key(key: str, known: list[str]) -> tuple[str, str]:
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return (
            f"不认识的键“{key}”；是不是要写“{close[0]}”？",
            f"unknown key “{key}”; did you mean “{close[0]}”?",
        )
    listed = "、".join(known)
    return (
        f"不认识的键“{key}”；请删去，这里可以写：{listed}",
        f"unknown key “{key}”; remove it, here stand: {', '.join(known)}",
    )


def _keys_at(model: type[BaseModel], place: tuple[Any, ...]) -> list[str]:
    """The keys that `model` knows at `place`, following lists and nested entries."""
    current: type[BaseModel] = model
    for part in place:
        if not isinstance(part, str):
            continue
        found = next((f for n, f in current.model_fields.items() if part in {n, f.alias}), None)
        nested = _model_in(found.annotation) if found else None
        if nested is None:
            return []
        current = nested
    return [f.alias or name for name, f in current.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if hasattr(annotation, "model_fields"):
        found: type[BaseModel] = annotation
        return found
    return next((m for a in get_args(annotation) if (m := _model_in(a)) is not None), None)
