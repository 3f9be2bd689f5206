"""A worksheet's XML looked at before the workbook library reads it: formulas, error values, and how large it is.

What is not understood here might be understood there: a tag in a form that no spreadsheet writes is refused.
"""

from __future__ import annotations

import re
from itertools import islice

from cunwu.errors import Invalid

MOST_ROWS = 200_000
MOST_COLUMNS = 500
MOST_CELLS = 5_000_000
MOST_MERGED = 50_000

_FORMULA = re.compile(rb"<(?:[A-Za-z]\w*:)?f(?=[\s/>])")
# None of these looks beyond the next "<", and what is taken is not given back: a stranger's file is read once, in one pass.
_ERROR = re.compile(rb"<(?:[A-Za-z]\w*:)?c\s[^<]*?t=[\"']e[\"']")
_OPENED = re.compile(rb"<(?:[A-Za-z]\w*:)?(?:c|row)(?=[\s/>])")
_OTHER = rb"(?:\s++(?!r=)[\w:.\-]++=(?:\"[^\"<>]*\"|'[^'<>]*'))*+"
_CELL = re.compile(
    rb"<(?:[A-Za-z]\w*:)?(c|row)"
    + _OTHER
    + rb"(?:\s++r=[\"']([A-Za-z]{0,3})([0-9]{1,8})[\"'])?"
    + _OTHER
    + rb"\s*+(/?)>"
)
_MERGED = re.compile(rb"<(?:[A-Za-z]\w*:)?mergeCell(?=[\s/>])")
_STRING = re.compile(rb"<(?:[A-Za-z]\w*:)?si(?=[\s/>])")


def count(pattern: re.Pattern[bytes], xml: bytes, most: int) -> int:
    """How often it is there, without a list of it; counting stops beyond `most`."""
    return sum(1 for _ in islice(pattern.finditer(xml), most + 1))


def too_many_strings(xml: bytes) -> bool:
    """Whether a part holds more shared strings than a sheet may have cells."""
    return count(_STRING, xml, MOST_CELLS) > MOST_CELLS


def damaged(name: str) -> Invalid:
    """The refusal of a workbook that no spreadsheet wrote so."""
    return Invalid(
        "table.damaged",
        f"《{name}》已损坏，无法读取，请在Excel或WPS中打开后另存为新的.xlsx再导入。",
        f"{name} is damaged and cannot be read; open it in Excel or WPS and save it as a new .xlsx.",
    )


def check_sheet(xml: bytes, sheet: str, name: str) -> None:
    """Raises Invalid `table.formula`, `table.external_link`, `table.error_value`, `table.too_wide`, `table.too_many_rows`,
    `table.damaged` for what is not read, before it costs the memory of reading it."""
    if formula := _FORMULA.search(xml):
        raise _formula_refusal(xml, formula.start(), sheet, name)
    if error := _ERROR.search(xml):
        cell = _cell_at(xml, error.end())
        raise Invalid(
            "table.error_value",
            f"《{name}》工作表“{sheet}”{cell}单元格是错误值（如#REF!），请改正后再导入。",
            f"{name}, sheet {sheet}, cell {cell} holds an error value such as #REF!; please correct it.",
            sheet=sheet,
            cell=cell,
        )
    if count(_MERGED, xml, MOST_MERGED) > MOST_MERGED:
        raise damaged(name)
    most = MOST_CELLS + MOST_ROWS
    opened = count(_OPENED, xml, most)
    if opened > most:
        raise _too_wide(sheet, name)
    rows, columns = _extent(xml, name, opened)
    if rows > MOST_ROWS + 100:
        raise too_many_rows(rows, sheet, name)
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise _too_wide(sheet, name)


def _too_wide(sheet: str, name: str) -> Invalid:
    return Invalid(
        "table.too_wide",
        f"《{name}》工作表“{sheet}”超过{MOST_COLUMNS}列或{MOST_CELLS // 10_000}万格，超出可读范围，请删去无关的行列再导入。",
        f"{name}, sheet {sheet} has over {MOST_COLUMNS} columns or {MOST_CELLS:,} cells, more than can be read; "
        "delete the rows and columns that do not belong to it.",
        sheet=sheet,
    )


def _extent(xml: bytes, name: str, opened: int) -> tuple[int, int]:
    """The last row and column that hold anything, so that one cell in the far corner cannot cost the memory of all.

    Counted before the library reads; a tag for a row or cell in a form that no spreadsheet writes is refused,
    since what is not understood here might be understood there.
    """
    tags = _CELL.findall(xml)
    if len(tags) != opened:
        raise damaged(name)
    filled = [(letters, row) for kind, letters, row, empty in tags if kind == b"c" and not empty]
    if any(not row for _, row in filled):  # cells without a place follow their row's number
        filled += [(b"", row) for kind, _, row, _ in tags if kind == b"row"]
        filled += [(b"", b"%d" % len(tags))]
    rows = max((int(row or 0) for row in {row for _, row in filled}), default=0)
    return rows, max((_column_number(letters) for letters in {letters for letters, _ in filled}), default=0)


def too_many_rows(rows: int, sheet: str, name: str) -> Invalid:
    """The refusal of a sheet with more rows than a year of a large village has."""
    return Invalid(
        "table.too_many_rows",
        f"《{name}》工作表“{sheet}”有{rows}行，超过20万行的上限，请按月拆分后再导入。",
        f"{name}, sheet {sheet} has {rows} rows, over the limit of 200,000; split it by month.",
        rows=rows,
        limit=MOST_ROWS,
    )


def _formula_refusal(xml: bytes, position: int, sheet: str, name: str) -> Invalid:
    cell = _cell_at(xml, position)
    text = xml[position : position + 2000].partition(b"</")[0]
    if b"[" in text:
        return Invalid(
            "table.external_link",
            f"《{name}》工作表“{sheet}”{cell}单元格的公式引用了另一个文件，请全选后“选择性粘贴—数值”，另存再导入。",
            f"{name}, sheet {sheet}, cell {cell} takes its value from another file; "
            "select all, paste as values, save and import again.",
            sheet=sheet,
            cell=cell,
        )
    return Invalid(
        "table.formula",
        f"《{name}》工作表“{sheet}”{cell}单元格是公式，看到的数不一定是算出的数，请全选后“选择性粘贴—数值”，另存再导入。",
        f"{name}, sheet {sheet}, cell {cell} is a formula, whose stored result may be stale; "
        "select all, paste as values, save and import again.",
        sheet=sheet,
        cell=cell,
    )


def _cell_at(xml: bytes, position: int) -> str:
    start = max(0, position - 2000)
    names = re.findall(
        rb"<(?:[A-Za-z]\w*:)?c\s(?:[^>]*?\s)?r=[\"']([A-Z]+[0-9]+)[\"']", xml[start : position + 1]
    )
    return names[-1].decode() if names else "?"


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
