"""Tables as villages have them: found in a sheet among titles, units, merged headers, totals and footers.

A sheet is read from the top: rows of title and unit (the preamble), one or more rows of header, data,
totals, footers. Headers of two rows are joined with "/" ("金额/借方"). A table that goes on to the right
under the same headers is put back into one. Merged text is filled into the rows it covers; merged numbers
are not, since an amount that covers three rows is still one amount.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from cunwu.documents.cells import Cell, is_blank, plain_text
from cunwu.documents.sheet_xml import MOST_ROWS
from cunwu.documents.workbooks import Grid, column_name, open_grids
from cunwu.errors import Invalid

NOTES_SHEET = "导入说明"
HEADER_WITHIN = 40
MOST_HEADER_ROWS = 5

_TOTAL = re.compile(
    r"(?:本[日月季年页期]|当[日月年]|全[年部]|各项)?(?:合计|小计|总计|累计|共计|总合计|合计金额|过次页|承前页|[日月季年]计)"
    r"(?:数|金额)?(?:[::].*|\(.*\))?"
)
_FOOTER_WORD = (
    r"(?:制表|制单|填表|填报|编制|审核|复核|记账|出纳|会计主管|财务主管|主管会计|主管|单位负责人|负责人|会计|经办|打印"
    r"|监督|村主任|书记|盖章|签字|说明|备注|注)"
)
_FOOTER = re.compile(
    rf"{_FOOTER_WORD}\w{{0,8}}(?:\([^)]*\))?\s*(?::.*)?|第\d+页.*|共\d+页.*|[-\s]*\d+/\d+[-\s]*", re.DOTALL
)
_UNIT = re.compile(r"单位[::]\s*(?:人民币)?\(?([百千万]?元|角|分)\)?(?:\W|$)")
_META = re.compile(r"[::]\s*\S|[::]$|单位|会计期间|账套")
_NUMBER = re.compile(
    r"[¥￥]?[-+(]?[\d,]*\.?\d+\)?%?|\d{4}[-./年]\d{1,2}(?:[-./月]\d{1,2}日?|月)?|\d{17}[\dXx]"
)
_SPACES = re.compile(r"\s+")
_CONTINUED = re.compile(r"[(（]续表?[)）]$")


@dataclass(frozen=True, slots=True)
class Row:
    """`number` as Excel shows it; `cells` as wide as the headers, beginning at `first_column` (0-based)."""

    number: int
    cells: tuple[Cell, ...]
    first_column: int = 0


@dataclass(frozen=True)
class Table:
    """One table: `headers` joined into one line, `rows` of data, and apart from them totals and footers.

    `shape` is the SHA-256 of the normalised headers and the unit line: files with the same shape are read
    the same way, so a mapping made for one is remembered for the next.
    """

    name: str
    sheet: str
    headers: tuple[str, ...]
    rows: list[Row]
    header_rows: tuple[int, ...]
    first_row_number: int
    shape: str
    unit: str = ""
    preamble: tuple[str, ...] = ()
    totals: list[Row] = field(default_factory=list)
    footers: tuple[str, ...] = ()

    def cell_name(self, row: Row, index: int) -> str:
        """What Excel calls the cell of column `index` in `row`: "C7"."""
        return f"{column_name(row.first_column + index)}{row.number}"


def normalised(header: str) -> str:
    """A header without what does not matter: width, spaces, line breaks, case."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", header)).lower()


def read_tables(data: bytes, name: str) -> list[Table]:
    """Every table of an .xlsx workbook (visible sheets) or a .csv file, in the order of the sheets.

    Sheets with nothing but a note are passed over, as is the sheet of notes that `exports.annotate` adds.
    Raises `Invalid` with codes `table.*` (docs/imports.md), naming file, sheet and cell where there is one.
    """
    grids = [g for g in open_grids(data, name) if g.sheet != NOTES_SHEET and _holds_a_table(g)]
    tables = [_read_grid(grid, name) for grid in grids]
    if not tables:
        raise _no_header(name, "")
    return tables


def _holds_a_table(grid: Grid) -> bool:
    """A row of three cells, or two rows of two; what holds less is a note."""
    pairs = 0
    for row in grid.rows:
        filled = sum(not is_blank(c) for c in row)
        pairs += filled == 2
        if filled > 2 or pairs > 1:
            return True
    return False


def _no_header(name: str, sheet: str) -> Invalid:
    where = f"工作表“{sheet}”" if sheet else ""
    return Invalid(
        "table.no_header",
        f"《{name}》{where}前{HEADER_WITHIN}行内没有找到表头，请保证表格有一行列名（如“日期、凭证号、摘要、借方金额、贷方金额”）。",
        f"{name}{f', sheet {sheet}' if sheet else ''}: no header within the first {HEADER_WITHIN} rows; "
        "the table needs a row of column names (date, voucher number, summary, debit, credit).",
        sheet=sheet,
    )


def _read_grid(grid: Grid, name: str) -> Table:
    top = _find_header(grid)
    if top is None:
        raise _no_header(name, grid.sheet)
    bottom, labels = _join_header(grid, top)
    preamble = tuple(t for t in (" ".join(_texts(row)) for row in grid.rows[:top]) if t)
    blocks = _blocks(labels)
    headers = tuple(labels[blocks[0][0] : blocks[0][1]])
    table_rows = _data_rows(grid, bottom + 1, blocks, headers, set(preamble))
    unit = next((m[1] for line in preamble if (m := _UNIT.search(unicodedata.normalize("NFKC", line)))), "")
    kept = _Kept()
    for row in table_rows:
        kept.take(row)
    if len(kept.rows) > MOST_ROWS:
        raise Invalid(
            "table.too_many_rows",
            f"《{name}》工作表“{grid.sheet}”有{len(kept.rows)}行，超过20万行的上限，请按月拆分后再导入。",
            f"{name}, sheet {grid.sheet} has {len(kept.rows)} rows, over the limit of 200,000; "
            "split it by month.",
            rows=len(kept.rows),
            limit=MOST_ROWS,
        )
    shape = hashlib.sha256("\x1f".join([*map(normalised, headers), unit]).encode()).hexdigest()
    return Table(
        name=name,
        sheet=grid.sheet,
        headers=headers,
        rows=kept.rows,
        header_rows=tuple(range(top + 1, bottom + 2)),
        first_row_number=kept.rows[0].number if kept.rows else bottom + 2,
        shape=shape,
        unit=unit,
        preamble=preamble,
        totals=kept.totals,
        footers=tuple(kept.footers),
    )


def _texts(row: list[Cell]) -> list[str]:
    return [plain_text(c) for c in row if not is_blank(c)]


def _is_label(value: Cell) -> bool:
    """Text that can name a column; a year counts as one ("2020" above the sums of a year)."""
    if isinstance(value, str):
        return (len(value) <= 80 and not _NUMBER.fullmatch(value.strip())) or _is_year(value)
    return _is_year(value)


def _is_year(value: Cell) -> bool:
    text = plain_text(value)
    return len(text) == 4 and text.isdecimal() and "1949" <= text <= "2100"


def _merged_at(grid: Grid, top: int, bottom: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [m for m in grid.merged if m[0][0] <= bottom and m[1][0] >= top]


def _find_header(grid: Grid) -> int | None:
    """The first row that names columns: labels only, over at least half of the table's width."""
    rows = grid.rows[: HEADER_WITHIN + 20]
    covered = [_covered(grid, i) for i in range(len(rows))]
    width = max((len(c) for c in covered), default=0)
    for i, row in enumerate(rows[:HEADER_WITHIN]):
        filled = [c for c in row if not is_blank(c)]
        if len(filled) < 2 or len(covered[i]) < max(2, width / 2) or not all(map(_is_label, filled)):
            continue
        if sum(isinstance(c, str) and not _is_year(c) for c in filled) < 2:
            continue
        few = len(filled) <= max(3, width / 3)
        if few and any(_META.search(unicodedata.normalize("NFKC", plain_text(c))) for c in filled):
            continue
        return i
    return None


def _covered(grid: Grid, index: int) -> set[int]:
    """The columns of a row that hold something, merged cells counted whole (unless one covers the row)."""
    covered = {i for i, c in enumerate(grid.rows[index]) if not is_blank(c)}
    for (r1, c1), (_, c2) in _merged_at(grid, index, index):
        if not is_blank(grid.rows[r1][c1]):
            covered.update(range(c1, c2 + 1))
    return covered


def _join_header(grid: Grid, top: int) -> tuple[int, list[str]]:
    """The last row of the header and one label per column, the levels joined with "/"."""
    bottom = top
    last = min(top + MOST_HEADER_ROWS, len(grid.rows)) - 1
    while bottom < last:
        merged_to = max((m[1][0] for m in _merged_at(grid, bottom, bottom) if m[0][0] >= top), default=bottom)
        grouped = merged_to > bottom and _could_be_header(grid, bottom + 1)
        if not grouped and not _completes(grid.rows[bottom], grid.rows[bottom + 1]):
            break
        bottom += 1
    levels = [_level(grid, i, bottom) for i in range(top, bottom + 1)]
    labels = [_joined([level[c] for level in levels]) for c in range(len(grid.rows[top]))]
    if bottom + 1 < len(grid.rows) and _numbers_columns(grid.rows[bottom + 1]):
        bottom += 1
    return bottom, labels


def _could_be_header(grid: Grid, index: int) -> bool:
    return all(is_blank(c) or _is_label(c) for c in grid.rows[index])


def _completes(upper: list[Cell], lower: list[Cell]) -> bool:
    """Whether `lower` names the columns that `upper` only groups: it fills gaps, and only there."""
    below = [i for i, c in enumerate(lower) if not is_blank(c)]
    if not below or not all(_is_label(lower[i]) for i in below):
        return False
    gaps = {i for i, c in enumerate(upper) if is_blank(c)}
    groups = {i for i in range(len(upper) - 1) if i not in gaps and i + 1 in gaps}
    return any(i in gaps for i in below) and all(i in gaps or i in groups for i in below)


def _level(grid: Grid, index: int, bottom: int) -> list[str]:
    row = [plain_text(c) for c in grid.rows[index]]
    for (r1, c1), (r2, c2) in _merged_at(grid, index, index):
        if r1 <= index and (r1 == index or index <= r2 <= bottom) and r1 >= 0:
            anchor = plain_text(grid.rows[r1][c1])
            for c in range(c1, min(c2, len(row) - 1) + 1):
                row[c] = row[c] or anchor
    if index < bottom:
        _fill_groups(row, grid.rows[index + 1])
    return row


def _fill_groups(row: list[str], below: list[Cell]) -> None:
    """A group's name reaches right over blanks as far as the row below names columns (where none are merged)."""
    for c in range(1, len(row)):
        if not row[c] and row[c - 1] and not is_blank(below[c]) and not is_blank(below[c - 1]):
            row[c] = row[c - 1]


def _joined(levels: list[str]) -> str:
    parts: list[str] = []
    for level in levels:
        text = _SPACES.sub("", level)
        if text and text not in parts:
            parts.append(text)
    return "/".join(parts)


def _numbers_columns(row: list[Cell]) -> bool:
    """A row that only numbers the columns: 1, 2, 3 … or 甲, 乙, 1, 2 …"""
    texts = [t for t in _texts(row) if t not in set("甲乙丙丁")]
    return len(texts) >= 3 and texts == [str(i) for i in range(1, len(texts) + 1)]


def _blocks(labels: list[str]) -> list[tuple[int, int]]:
    """Where the table's columns lie: once, or several times side by side under the same headers."""
    first = next(i for i, label in enumerate(labels) if label)
    end = max(i for i, label in enumerate(labels) if label) + 1
    for second in range(first + 2, end):
        width = second - first
        while width > 2 and not labels[first + width - 1]:
            width -= 1
        block = labels[first : first + width]
        starts = [s for s in range(second, end) if labels[s : s + width] == block]
        if starts and starts[0] == second and width * (1 + len(starts)) >= sum(map(bool, labels[first:end])):
            return [(s, s + width) for s in [first, *starts]]
    return [(first, end)]


def _filled_merges(grid: Grid, start: int) -> dict[tuple[int, int], Cell]:
    """Text and dates of merged cells, for every further row that they cover."""
    filled: dict[tuple[int, int], Cell] = {}
    for (r1, c1), (r2, _) in grid.merged:
        if r1 < start or r2 == r1 or c1 >= len(grid.rows[0]):
            continue
        value = grid.rows[r1][c1]
        if isinstance(value, date) or (isinstance(value, str) and value and not _NUMBER.fullmatch(value)):
            filled.update({(r, c1): value for r in range(r1 + 1, min(r2, len(grid.rows) - 1) + 1)})
        if len(filled) > len(grid.rows) * len(grid.rows[0]):
            break
    return filled


def _data_rows(
    grid: Grid, start: int, blocks: list[tuple[int, int]], headers: tuple[str, ...], titles: set[str]
) -> Iterator[Row]:
    filled = _filled_merges(grid, start)
    wanted = [(normalised(h), *normalised(h).split("/")) for h in headers]
    for first, end in blocks:
        for r in range(start, len(grid.rows)):
            cells = tuple(map(_without_continuation, grid.rows[r][first:end]))
            if filled:
                cells = tuple(filled.get((r, c), v) if v == "" else v for c, v in enumerate(cells, first))
            there = [(i, c) for i, c in enumerate(cells) if c != ""]
            if there and not _repeats(there, wanted) and not _is_title(there, titles):
                yield Row(r + 1, cells, first)


def _without_continuation(value: Cell) -> Cell:
    """The cell without spaces around it, and without "（续）", which a table that goes on repeats."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return _CONTINUED.sub("", text) if text.endswith((")", "）")) else text


def _repeats(there: list[tuple[int, Cell]], wanted: list[tuple[str, ...]]) -> bool:
    """The header printed again at the top of a page: every filled cell is a part of its column's header."""
    return len(there) >= 2 and all(
        isinstance(value, str) and normalised(value) in wanted[i] for i, value in there
    )


def _is_title(there: list[tuple[int, Cell]], titles: set[str]) -> bool:
    first = there[0][1]
    return (
        isinstance(first, str)
        and any(title.startswith(first) for title in titles)
        and " ".join(plain_text(value) for _, value in there) in titles
    )


class _Kept:
    """The rows sorted into data, totals and footers."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.totals: list[Row] = []
        self.footers: list[str] = []

    def take(self, row: Row) -> None:
        texts = [_SPACES.sub("", c) for c in row.cells if isinstance(c, str) and c][:3]
        texts = [text if text.isascii() else unicodedata.normalize("NFKC", text) for text in texts]
        if any(map(_TOTAL.fullmatch, texts)):
            self.totals.append(row)
        elif texts and _FOOTER.fullmatch(texts[0]) and all(isinstance(c, str) for c in row.cells):
            self.footers.append(" ".join(_texts(list(row.cells))))
        else:
            self.rows.append(row)
