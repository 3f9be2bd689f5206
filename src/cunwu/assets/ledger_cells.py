"""The cells of a ledger's row by field: read exactly, or told with their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cunwu.assets.areas import UNITS as AREA_UNITS
from cunwu.assets.areas import parse_area
from cunwu.assets.entries import Problem
from cunwu.documents.cells import UNITS, Cell, Unreadable, money_text, parse_money, plain_text
from cunwu.documents.headers import Mapping
from cunwu.documents.imports import ImportFault
from cunwu.documents.tables import Row, Table
from cunwu.law.texts import Text

T = TypeVar("T")
_COLUMNS_OF = {
    "parties": ("party",),
    "identity": ("party_number",),
    "credit_code": ("party_number",),
    "until_day": ("until_day", "term"),
    "rents": ("rent", "price"),
    "rent_as_written": ("rent", "price"),
    "title": ("title", "asset_name"),
    "asset_name": ("asset_name", "title", "asset", "location"),
}
"""Field of an entry: the columns that it may come from."""
_NOTHING = ("-", "—", "——", "/", "无")
CLOSE_ENOUGH = 100
"""Fen by which an amount may differ from its product: people round to a yuan."""


class LedgerCells:
    """The row at hand of one table; `faults` keep the file out, `warnings` are told."""

    def __init__(self, table: Table, mapping: Mapping, file: str) -> None:
        self.table = table
        self.mapping = mapping
        self.file = file
        self.faults: list[ImportFault] = []
        self.warnings: list[ImportFault] = []
        self.row = table.rows[0] if table.rows else Row(0, ())
        self._index = {c.field: c.index for c in mapping.columns if c.field}
        self._units = {field: mapping.unit_of(field) for field in self._index}
        self._values: dict[str, Cell] = {}

    def tell(self, row: Row, problem: Problem) -> None:
        """A problem of an entry, at the cell that it comes from."""
        self.row = row
        told = self.faults if problem.severity == "fault" else self.warnings
        told.append(self._at(problem.field, problem.code, problem.zh, problem.en))

    def warn(self, row: Row, name: str, code: str, text: Text) -> None:
        """A remark at a cell of `row`."""
        self.row = row
        self.warn_here(name, code, text)

    def compare(self, name: str, stated: int, product: int, what: Text) -> None:
        """Remark that an amount as written (fen) is not the product that it should be; it is taken as written."""
        if abs(stated - product) > CLOSE_ENOUGH:
            self.warn_here(
                name,
                "ledger.does_not_multiply",
                Text(
                    zh=f"写的是{money_text(stated)}元，{what.zh}是{money_text(product)}元，对不上；按写的登记",
                    en=f"it says {money_text(stated)} yuan, {what.en} is {money_text(product)}; taken as written",
                ),
            )

    def area(self, name: str) -> int | None:
        """An area in millionths of a mu; None where the cell is empty, zero or faulty."""
        value = self.cell(name)
        if value in {"", 0}:
            return None
        unit = self._units[name]
        return self.read_cell(name, lambda cell: parse_area(cell, unit if unit in AREA_UNITS else "亩"))

    def money(self, name: str) -> int | None:
        """Fen; None where the cell is empty or faulty."""
        return self.read_cell(name, lambda value: parse_money(value, self.money_unit(name)))

    def money_unit(self, name: str) -> str:
        """The unit that the header names, else 元."""
        unit = self._units[name]
        return unit if unit in UNITS else "元"

    def read_cell(self, name: str, parse: Callable[[Cell], T]) -> T | None:
        """What `parse` makes of the cell; None where it is empty, or faulty, which is told."""
        value = self.cell(name)
        if value == "":
            return None
        try:
            return parse(value)
        except Unreadable as fault:
            self.faults.append(self._at(name, fault.code, f"{fault.zh}。", f"{fault.en}."))
            return None

    def cell(self, name: str) -> Cell:
        """The cell of a field; "" where there is no such column, or a dash says that there is nothing."""
        return self._values.get(name, "")

    def turn_to(self, row: Row) -> None:
        """Take up another row."""
        self.row = row
        self._values = {
            name: value
            for name, index in self._index.items()
            if (value := row.cells[index]) not in _NOTHING or name in {"written", "member"}
        }

    def text(self, name: str) -> str:
        """The cell as one line of text."""
        value = self.cell(name)
        return " ".join(plain_text(value).split()) if value != "" else ""

    def fault(self, name: str, code: str, text: Text) -> None:
        """A fault at a cell of the row at hand."""
        self.faults.append(self._at(name, code, text.zh, text.en))

    def warn_here(self, name: str, code: str, text: Text) -> None:
        """A remark at a cell of the row at hand."""
        self.warnings.append(self._at(name, code, f"{text.zh}。", f"{text.en}."))

    def _at(self, name: str, code: str, zh: str, en: str) -> ImportFault:
        columns = (self._index.get(each) for each in _COLUMNS_OF.get(name, (name,)))
        column = next((column for column in columns if column is not None), None)
        return ImportFault(code, zh, en, self.file, self.table.sheet, self.row.number, column)
