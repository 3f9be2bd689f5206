"""Rows of a voucher table as voucher entries, every fault with its file, sheet, row and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from cunwu.books import charts, entries
from cunwu.books.accounts import AccountBook
from cunwu.books.entries import PostingEntry, Problem, VoucherEntry
from cunwu.books.models import Account
from cunwu.documents import cells
from cunwu.documents.cells import Cell, Unreadable
from cunwu.documents.headers import Line, Mapping
from cunwu.documents.imports import ImportFault
from cunwu.documents.tables import Table
from cunwu.errors import Invalid

DEFAULT_WORD = "记"
# Where a field is not a column of the table, the column that stands for it.
_STANDS_FOR = {
    "debit": ("debit", "amount"),
    "credit": ("credit", "amount"),
    "account": ("account_name", "account_code", "sub_account"),
    "public_summary": ("public_summary", "summary"),
    "word": ("word", "word_number"),
    "number": ("number", "word_number"),
}
_MONTH = re.compile(r"((?:19|20)\d{2})\s*[年.\-/]\s*(\d{1,2})\s*(?:月|$|\D)")
_BARE_MONTH = re.compile(r"(\d{1,2})月?")
T = TypeVar("T")


@dataclass(frozen=True)
class FoundVoucher:
    """A voucher as the file has it. `sound` says that every cell could be read and every account found."""

    entry: VoucherEntry
    number: int
    accounts: tuple[Account, ...]
    lines: tuple[Line, ...]
    reader: TableReader
    sound: bool

    @property
    def name(self) -> str:
        """记-12."""
        return f"{self.entry.word}-{self.number}"

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that it takes up, as Excel numbers them."""
        return tuple(line.row.number for line in self.lines)

    def fault(self, code: str, zh: str, en: str, name: str = "", posting: int | None = None) -> ImportFault:
        """A fault of this voucher: at its first row, or at the line `posting`; in the column of field `name`."""
        return self.reader.fault(self.lines[posting or 0], name, code, zh, en)


@dataclass
class _Gathering:
    """A voucher while its rows are being gathered."""

    word: str
    number: int
    day: date
    lines: list[Line] = field(default_factory=list)
    postings: list[PostingEntry] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    sound: bool = True


class TableReader:
    """One table, its mapping and the accounts: what `read` finds, and in `faults` what it could not read."""

    def __init__(self, table: Table, mapping: Mapping, book: AccountBook, file: str) -> None:
        self.table = table
        self.mapping = mapping
        self.book = book
        self.file = file
        self.faults: list[ImportFault] = []
        self._index = {c.field: c.index for c in mapping.columns if c.field}
        self._units = {name: mapping.unit_of(name) for name in ("debit", "credit", "amount")}
        self._month = _month_named([*table.preamble, table.sheet, file])
        self._dates: dict[tuple[Cell, Cell | None], date] = {}

    def account_cells(self, lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
        """Code and first name of every row, for telling which chart the file follows."""
        seen = {(_text(x, "account_code"), _text(x, "account_name")) for x in lines}
        for code, name in seen:
            name_code, path = charts.split_name(name)
            if path and path[0]:
                yield (code or name_code)[:3], path[0]

    def read(self, lines: list[Line]) -> list[FoundVoucher]:
        """The vouchers in the order of the file; rows of one word and number in one month are one voucher."""
        gathered: dict[tuple[str, str, int], _Gathering] = {}
        for line in lines:
            voucher = self._voucher_of(line, gathered)
            if voucher is not None:
                self._take(line, voucher)
        return [self._found(v) for v in gathered.values() if v.postings]

    def fault(self, line: Line, name: str, code: str, zh: str, en: str) -> ImportFault:
        """A fault in the row of `line`, in the column of field `name` where the table has one."""
        index = next((self._index[n] for n in _STANDS_FOR.get(name, (name,)) if n in self._index), None)
        column = None if index is None else line.row.first_column + index
        return ImportFault(code, zh, en, self.file, self.table.sheet, line.row.number, column)

    def _refuse(self, line: Line, name: str, code: str, zh: str, en: str) -> None:
        self.faults.append(self.fault(line, name, code, zh, en))

    def _attempt(self, line: Line, name: str, parse: Callable[[Cell], T]) -> T | None:
        """The cell read by `parse`; None, with its fault noted, where it cannot be read."""
        try:
            return parse(line.values[name])
        except Unreadable as unreadable:
            self._refuse(line, name, unreadable.code, f"{unreadable.zh}。", f"{unreadable.en}.")
            return None

    def _voucher_of(self, line: Line, gathered: dict[tuple[str, str, int], _Gathering]) -> _Gathering | None:
        day, key = self._day(line), self._word_number(line)
        if day is None or key is None:
            return None
        word, number = key
        voucher = gathered.setdefault((f"{day:%Y-%m}", word, number), _Gathering(word, number, day))
        if voucher.day != day:
            voucher.sound = False
            self._refuse(
                line,
                "date",
                "voucher.two_days",
                f"{word}-{number}有两个日期（{voucher.day}和{day}）；一张凭证只有一个日期，请改正日期或凭证号。",
                f"{word}-{number} has two dates ({voucher.day} and {day}); correct the date or the number.",
            )
        return voucher

    def _day(self, line: Line) -> date | None:
        written, month = line.values.get("date"), line.values.get("month")
        if written is None:
            self._refuse(
                line, "date", "voucher.no_date", "没有日期；请补上。", "The date is missing; add it."
            )
            return None
        if (written, month) not in self._dates:
            hint = self._month if month is None else _month_of_cell(month, self._month)
            found = self._attempt(line, "date", lambda cell: cells.parse_date(cell, month=hint))
            if found is None:
                return None
            self._dates[written, month] = found
        return self._dates[written, month]

    def _word_number(self, line: Line) -> tuple[str, int] | None:
        word = _text(line, "word")
        joined = "word_number" if "word_number" in line.values else "number"
        if joined not in line.values:
            self._refuse(
                line, "number", "voucher.no_number", "没有凭证号；请补上。", "The number is missing; add it."
            )
            return None
        found = self._attempt(line, joined, cells.parse_word_number)
        return None if found is None else (word or found[0] or DEFAULT_WORD, found[1])

    def _take(self, line: Line, voucher: _Gathering) -> None:
        amounts, account = self._amounts(line), self._account(line)
        voucher.lines.append(line)
        if amounts is None or account is None:
            voucher.sound = False
        voucher.accounts.append(account or Account())
        voucher.postings.append(
            PostingEntry(
                account=account.code if account else "",
                summary=_text(line, "summary"),
                debit=amounts[0] if amounts else 0,
                credit=amounts[1] if amounts else 0,
                public_summary=_text(line, "public_summary"),
                counterpart=_text(line, "counterpart"),
            )
        )

    def _amounts(self, line: Line) -> tuple[int, int] | None:
        """Debit and credit, fen."""
        if "amount" in self._index:
            return self._amount_and_side(line)
        found = [self._money(line, name) for name in ("debit", "credit")]
        return None if None in found else (found[0] or 0, found[1] or 0)

    def _amount_and_side(self, line: Line) -> tuple[int, int] | None:
        amount = self._money(line, "amount")
        if "side" not in line.values:
            self._refuse(
                line,
                "side",
                "posting.no_side",
                "没有写借贷方向；请补“借”或“贷”。",
                "The side is missing; write 借 or 贷.",
            )
            return None
        side = self._attempt(line, "side", cells.parse_side)
        if amount is None or side is None:
            return None
        return (amount, 0) if side == "debit" else (0, amount)

    def _money(self, line: Line, name: str) -> int | None:
        if name not in line.values:
            return 0
        return self._attempt(line, name, lambda cell: cells.parse_money(cell, self._units[name]))

    def _account(self, line: Line) -> Account | None:
        try:
            return self.book.resolve(
                *(_text(line, f) for f in ("account_code", "account_name", "sub_account"))
            )
        except Invalid as refused:
            self._refuse(line, "account", refused.code, refused.zh, refused.en)
            return None

    def _found(self, voucher: _Gathering) -> FoundVoucher:
        first = voucher.lines[0]
        attachments = (
            self._attempt(first, "attachments", cells.parse_int) if "attachments" in first.values else 0
        )
        entry = VoucherEntry(
            day=voucher.day,
            postings=tuple(voucher.postings),
            word=voucher.word,
            number=voucher.number,
            attachments=attachments or 0,
            handler=_text(first, "handler"),
            approver=_text(first, "approver"),
            witness=_text(first, "witness"),
        )
        accounts, lines = tuple(voucher.accounts), tuple(voucher.lines)
        return FoundVoucher(
            entry, voucher.number, accounts, lines, self, voucher.sound and attachments is not None
        )


def entry_problems(voucher: FoundVoucher) -> Iterator[tuple[Problem, ImportFault]]:
    """What is wrong with the voucher in itself; of one that could not be read whole, only what its cells say."""
    for problem in entries.problems(voucher.entry):
        if voucher.sound or problem.code not in {
            "voucher.unbalanced",
            "voucher.single_line",
            "posting.no_amount",
        }:
            zh, en = problem.zh, problem.en
            if problem.code == "voucher.unbalanced":
                zh = f"{zh}（第{'、'.join(map(str, voucher.rows[:20]))}行）"
                en = f"{en} (rows {', '.join(map(str, voucher.rows[:20]))})"
            yield problem, voucher.fault(problem.code, zh, en, problem.field, problem.posting)


def _text(line: Line, name: str) -> str:
    return cells.plain_text(line.values.get(name))


def _month_named(texts: Iterable[str]) -> date | None:
    """The month that a title, sheet or file name speaks of, as its first day."""
    for text in texts:
        match = _MONTH.search(text)
        if match and 1 <= int(match[2]) <= 12:
            return date(int(match[1]), int(match[2]), 1)
    return None


def _month_of_cell(cell: Cell, named: date | None) -> date | None:
    text = cells.plain_text(cell)
    bare = _BARE_MONTH.fullmatch(text)
    if bare and named is not None and 1 <= int(bare[1]) <= 12:
        return named.replace(month=int(bare[1]))
    return _month_named([text]) or named
