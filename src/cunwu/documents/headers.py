"""Columns recognised by what they mean, not by where they stand; nothing is guessed in silence.

`recognise` says for every column which field it is and how that was understood, names what is ambiguous,
unknown or missing, and refuses a table that is plainly something else. A person may change the mapping
(`Mapping.with_column`); it is remembered by the table's shape. `read_rows` then carries down what a voucher
states only on its first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from cunwu.documents.cells import UNITS, Cell, plain_text
from cunwu.documents.kinds import KINDS, SERVED_BY, what_is_it
from cunwu.documents.tables import Row, Table, normalised
from cunwu.documents.vocabulary import NEEDS, PURPOSES, UNITS_OF_AREA
from cunwu.errors import Invalid

How = Literal["exact", "level", "contains", "ambiguous", "unneeded", "unknown", "person"]

_OF_THE_VOUCHER: Final = ("date", "month", "word", "number", "word_number", "attachments")
_SIGNERS: Final = ("handler", "approver", "witness")
_KEY: Final = ("word", "number", "word_number")
_DITTO: Final = {"〃", "″", '"', "同上", "“", "”", "''"}
_UNIT_SUFFIX = re.compile(r"[(/]?(?:单位:)?(?:人民币)?([百千万]?元|角|分)\)?$")
_AREA_SUFFIX = re.compile(r"[(/]?(?:单位:)?(亩|平方米|平米|㎡|m2|公顷)\)?$")
_PRICE_SUFFIX = re.compile(r"[(/]?元/(亩|平方米|平米|㎡|m2)(?:[/·.]?(?:年|每年))?\)?$")
_DECORATION = re.compile(r"\([^)]*\)|[::*※。.、_]")


@dataclass(frozen=True)
class Column:
    """One column: its field (or None), how sure (0 to 1), how it was understood, the unit if it is money."""

    index: int
    header: str
    field: str | None
    score: float
    how: How
    unit: str = ""


@dataclass(frozen=True)
class Mapping:
    """Which column is which field, for tables of one shape."""

    purpose: str
    shape: str
    columns: tuple[Column, ...]

    def index_of(self, field: str) -> int | None:
        """The column of `field`, or None."""
        return next((c.index for c in self.columns if c.field == field), None)

    def unit_of(self, field: str) -> str:
        """The unit of a money field ("元" where the table says nothing)."""
        return next((c.unit for c in self.columns if c.field == field and c.unit), "元")

    def unknown(self) -> tuple[Column, ...]:
        """Columns with a header that were given no field."""
        return tuple(c for c in self.columns if c.field is None and c.header)

    def ambiguous(self) -> tuple[Column, ...]:
        """Columns of which several could be the same field: a person must choose."""
        return tuple(c for c in self.columns if c.how == "ambiguous")

    def uncertain(self) -> tuple[Column, ...]:
        """Columns understood only by a part of their header: worth a look before importing."""
        return tuple(c for c in self.columns if c.how == "contains" and c.field)

    def missing(self) -> tuple[str, ...]:
        """Required fields that no column gives; of alternatives the one that lacks least."""
        have = {c.field for c in self.columns if c.field}
        lacking: list[str] = []
        for alternatives in NEEDS[self.purpose]:
            lacks = [[f for f in fields if f not in have] for fields in alternatives]
            lacking += sorted(lacks, key=len)[0]
        return tuple(lacking)

    def with_column(self, index: int, field: str | None) -> Mapping:
        """The mapping after a person said what column `index` is (None: nothing we need).

        The field is taken from the column that had it. Raises `Invalid` for a field or column there is not.
        """
        if field is not None and field not in PURPOSES[self.purpose]:
            raise Invalid("headers.unknown_field", f"没有“{field}”这一栏。", f"There is no field {field}.")
        if not any(c.index == index for c in self.columns):
            raise Invalid(
                "headers.unknown_column", f"没有第{index + 1}列。", f"There is no column {index + 1}."
            )
        moved = (
            replace(c, field=field, score=1.0, how="person")
            if c.index == index
            else replace(c, field=None, score=0.0, how="unknown")
            if field is not None and c.field == field
            else c
            for c in self.columns
        )
        return replace(self, columns=tuple(moved))

    def as_dict(self) -> dict[str, Any]:
        """A plain dict for JSON; `from_dict` reads it back."""
        columns = [
            {
                "index": c.index,
                "header": c.header,
                "field": c.field,
                "score": c.score,
                "how": c.how,
                "unit": c.unit,
            }
            for c in self.columns
        ]
        return {"format": "cunwu-mapping/1", "purpose": self.purpose, "shape": self.shape, "columns": columns}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Mapping:
        """What `as_dict` wrote. Raises `Invalid` `headers.mapping` for anything else."""
        try:
            mapping = cls(
                stored["purpose"], stored["shape"], tuple(Column(**column) for column in stored["columns"])
            )
            sound = stored["format"] == "cunwu-mapping/1" and mapping._is_sound()
        except (KeyError, TypeError):
            sound = False
        if not sound:
            raise Invalid(
                "headers.mapping",
                "记住的列对应关系无法读取，请重新确认各列。",
                "The remembered mapping cannot be read; please confirm the columns again.",
            )
        return mapping

    def _is_sound(self) -> bool:
        known = PURPOSES.get(self.purpose, {})
        given = [c.field for c in self.columns if c.field is not None]
        units = all(
            not c.unit or c.unit.removeprefix("元/") in {*UNITS, *UNITS_OF_AREA} for c in self.columns
        )
        return bool(known) and set(given) <= set(known) and len(given) == len(set(given)) and units


def field_names(purpose: str) -> dict[str, tuple[str, str]]:
    """Every field of a purpose with its Chinese and English name, in the order people expect."""
    return {field: (zh, en) for field, (zh, en, _, _) in PURPOSES[purpose].items()}


def recognise(table: Table, purpose: str = "vouchers") -> Mapping:
    """The mapping of `table`'s columns, as far as they are understood.

    Raises `Invalid` `headers.other_table` where required columns are missing and the headers are plainly those
    of another kind of table, which the sentence names.
    """
    columns = _resolved([_understood(i, h, table.unit, purpose) for i, h in enumerate(table.headers)])
    mapping = Mapping(purpose, table.shape, tuple(columns))
    kind = what_is_it(table.headers)
    if mapping.missing() and kind not in {*SERVED_BY[purpose], "unknown"}:
        zh, en = KINDS[kind]
        wanted_zh, wanted_en = KINDS[SERVED_BY[purpose][0]]
        raise Invalid(
            "headers.other_table",
            f"《{table.name}》工作表“{table.sheet}”看起来是{zh}，不是{wanted_zh}，请选择{wanted_zh}文件。",
            f"{table.name}, sheet {table.sheet} looks like {en} ({zh}), not {wanted_en} ({wanted_zh}); "
            "please choose another file.",
            kind=kind,
            purpose=purpose,
        )
    return mapping


def require_complete(table: Table, mapping: Mapping) -> None:
    """Refuse (`headers.missing`, `headers.other_shape`) a mapping that does not serve `table`."""
    if mapping.shape != table.shape:
        raise Invalid(
            "headers.other_shape",
            f"《{table.name}》的表头与记住的列对应关系不同，请重新确认各列。",
            f"The headers of {table.name} are not those that the mapping was made for; confirm the columns again.",
        )
    if missing := mapping.missing():
        names = field_names(mapping.purpose)
        raise Invalid(
            "headers.missing",
            f"《{table.name}》工作表“{table.sheet}”第{table.header_rows[0]}行的表头缺少"
            f"{'、'.join(names[f][0] for f in missing)}，请指出是哪一列，或补上后再导入。",
            f"{table.name}, sheet {table.sheet}, header in row {table.header_rows[0]}: no column for "
            f"{', '.join(names[f][1] for f in missing)}; say which column it is, or add it.",
            missing=list(missing),
        )


def _understood(index: int, header: str, table_unit: str, purpose: str) -> Column:
    plain, unit = _without_unit(header)
    field, score, how = _best(plain, purpose)
    return Column(index, header, field, score, how, unit or table_unit)


def _without_unit(header: str) -> tuple[str, str]:
    """The header without its unit, and the unit; "租金(元/亩)" is "租金每亩" in yuan for each mu."""
    text = normalised(header)
    if (match := _PRICE_SUFFIX.search(text)) and match.start() > 0:
        return _DECORATION.sub("", text[: match.start()]) + "每亩", f"元/{match[1]}"
    for pattern in (_UNIT_SUFFIX, _AREA_SUFFIX):
        if (match := pattern.search(text)) and match.start() > 0:
            return _DECORATION.sub("", text[: match.start()]), match[1]
    return _DECORATION.sub("", text), ""


def _best(header: str, purpose: str) -> tuple[str | None, float, How]:
    fields = PURPOSES[purpose]
    levels = header.split("/")
    whole = {header, "".join(levels), "".join(reversed(levels))}
    for field, (_, _, exact, _) in fields.items():
        if whole & set(exact.split()):
            return field, 1.0, "exact"
    for field, (_, _, exact, _) in fields.items():
        if len(levels) > 1 and levels[-1] in exact.split():
            return field, 0.9, "level"
    for field, (_, _, _, pattern) in fields.items():
        if pattern and any(re.fullmatch(pattern, text) for text in whole):
            return field, 0.6, "contains"
    return None, 0.0, "unknown"


def _resolved(columns: Sequence[Column]) -> Iterator[Column]:
    """One column per field: the surest; where two are equally sure neither, and both are said to be ambiguous."""
    best: dict[str, list[Column]] = {}
    for column in columns:
        if column.field:
            rivals = best.setdefault(column.field, [])
            if not rivals or column.score > rivals[0].score:
                best[column.field] = [column]
            elif column.score == rivals[0].score:
                rivals.append(column)
    sides = "debit" in best and "credit" in best
    for column in columns:
        if column.field is None:
            yield column
        elif sides and column.field in {"amount", "side"}:
            yield replace(column, field=None, how="unneeded")
        elif column not in best[column.field]:
            yield replace(column, field=None, score=0.0, how="unknown")
        elif len(best[column.field]) > 1:
            yield replace(column, field=None, how="ambiguous")
        else:
            yield column


@dataclass(frozen=True)
class Line:
    """One row of a table by fields; `carried` names those taken from the first line of the same voucher."""

    row: Row
    values: dict[str, Cell]
    carried: frozenset[str] = frozenset()


def read_rows(table: Table, mapping: Mapping) -> list[Line]:
    """Every data row by fields, what a voucher states once carried down to its further lines.

    A row goes on with the voucher above while its number is blank or the same and its date is blank or the
    same; then blank date, word, number, attachments and signers are taken from the line above, and so is a
    blank or ditto (〃, 同上) summary. Amounts and accounts are never carried. A new voucher inherits nothing.
    Blank cells are left out of `values`. Calls `require_complete` first.
    """
    require_complete(table, mapping)
    indexes = {c.field: c.index for c in mapping.columns if c.field}
    lines: list[Line] = []
    for row in table.rows:
        values = {f: row.cells[i] for f, i in indexes.items() if row.cells[i] != ""}
        carried: frozenset[str] = frozenset()
        if lines and _goes_on(values, lines[-1].values):
            carried = _carry(values, lines[-1].values)
        lines.append(Line(row, values, carried))
    return lines


def _goes_on(values: dict[str, Cell], above: dict[str, Cell]) -> bool:
    return all(
        field not in values
        or values[field] == above.get(field)
        or plain_text(values[field]) == plain_text(above.get(field))
        for field in (*_KEY, "date", "month")
    )


def _carry(values: dict[str, Cell], above: dict[str, Cell]) -> frozenset[str]:
    if plain_text(values.get("summary")) in _DITTO:
        del values["summary"]
    fields: tuple[str, ...] = (*_OF_THE_VOUCHER, *_SIGNERS, "summary")
    taken = {f: above[f] for f in fields if f in above and f not in values}
    values.update(taken)
    return frozenset(taken)
