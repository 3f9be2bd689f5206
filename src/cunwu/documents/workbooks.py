"""Opening a file that a stranger sent: from bytes to plain grids of cells, or a refusal.

What arrives is checked before anything reads it: its size, what it really is (whatever its name says),
how large it unpacks, macros, formulas, error values. The workbook library never sees the stranger's
container: it is given a new one that holds only the parts we read, each of them bounded.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import python_calamine

from cunwu.documents.cells import Cell
from cunwu.documents.sheet_xml import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_MERGED,
    MOST_ROWS,
    check_sheet,
    damaged,
    too_many_rows,
    too_many_strings,
)
from cunwu.errors import Invalid

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_RATIO = 100
MOST_FRAME = 200_000
"""Elements of the workbook's own part, which lists sheets and names; Excel's largest have some thousands."""

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_PARTS = re.compile(r"(?:\[Content_Types\]\.xml|_rels/\.rels|xl/(?!externalLinks/|media/).*\.(?:xml|rels))")
_FRAME = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(?:_rels/workbook\.xml\.rels|(?i:workbook|styles|sharedstrings)\.xml)"
)
# RuntimeError: an encrypted part, or (NotImplementedError) a compression that Excel does not use.
_BAD_ZIP = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error)
_UNZIP_FAULTS = (*_BAD_ZIP, RuntimeError, ValueError, EOFError, OSError)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Grid:
    """A sheet as it is: `rows[0]` is row 1 in Excel; empty cells are "". `merged` are 0-based corners within."""

    sheet: str
    rows: list[list[Cell]]
    merged: tuple[Range, ...] = ()


def column_name(index: int) -> str:
    """A 0-based column as Excel calls it: 0 is "A", 27 is "AB"."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def open_grids(data: bytes, name: str) -> list[Grid]:
    """Every visible sheet of an .xlsx or the one of a .csv, by what the bytes are and not by the name.

    Raises `Invalid` with a `table.*` code; see docs/imports.md for each. Nothing is written anywhere.
    """
    if not data.strip():
        raise Invalid(
            "table.empty_file",
            f"《{name}》是空文件，请重新选择。",
            f"{name} is empty; please choose it again.",
        )
    if len(data) > LARGEST_FILE:
        raise Invalid(
            "table.file_too_large",
            f"《{name}》有{len(data) / 2**20:.0f} MB，超过20 MB的上限，请按月拆分，并去掉图片后再导入。",
            f"{name} is {len(data) / 2**20:.0f} MB, over the limit of 20 MB; "
            "split it by month and take out pictures.",
            bytes=len(data),
            limit=LARGEST_FILE,
        )
    if data.startswith(_OLE):
        raise _ole_refusal(data, name)
    if data.startswith(b"PK"):
        return _open_xlsx(data, name)
    return [_open_text(data, name)]


def _ole_refusal(data: bytes, name: str) -> Invalid:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Invalid(
            "table.encrypted",
            f"《{name}》设有打开密码，请在Excel或WPS中取消密码后另存再导入。",
            f"{name} is protected by a password; remove the password in Excel or WPS and save it again.",
        )
    return Invalid(
        "table.legacy_format",
        f"《{name}》是旧版.xls或WPS的.et格式，请用Excel或WPS另存为.xlsx后再导入。",
        f"{name} is in the old .xls or WPS .et format; save it as .xlsx in Excel or WPS.",
    )


def _not_excel(name: str) -> Invalid:
    return Invalid(
        "table.not_excel",
        f"《{name}》不是Excel工作簿，也不是CSV文本，请在Excel或WPS中打开后另存为.xlsx再导入。",
        f"{name} is neither an Excel workbook nor CSV text; open it in Excel or WPS and save it as .xlsx.",
    )


def _open_xlsx(data: bytes, name: str) -> list[Grid]:
    parts = _unpack(data, name)
    if "xl/workbook.xml" not in parts:
        raise _not_excel(name)
    sheets = _sheet_parts(parts, name)
    checked = set(sheets.values())
    if len(checked) < len(sheets) or any(map(too_many_strings, parts.values())):
        raise damaged(name)
    for sheet, path in sheets.items():
        if path not in parts:
            raise damaged(name)
        check_sheet(parts[path], sheet, name)
    kept = {path: part for path, part in parts.items() if path in checked or _FRAME.fullmatch(path)}
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(_repacked(kept)))
        grids = [_grid(book, sheet) for sheet in sheets]
    except (python_calamine.CalamineError, ValueError, OSError):
        raise damaged(name) from None
    if any(len(g.merged) > MOST_MERGED or (g.rows and len(g.rows[0]) > MOST_COLUMNS) for g in grids):
        raise damaged(name)
    return grids


def _unpack(data: bytes, name: str) -> dict[str, bytes]:
    """The parts that we read, bounded before and while unpacking; macros and nonsense refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_sizes(infos, len(data), name)
            if name.lower().endswith((".xlsm", ".xltm", ".xlam")) or any(
                "vbaProject" in i.filename for i in infos
            ):
                raise Invalid(
                    "table.macros",
                    f"《{name}》是带宏的工作簿，请另存为不带宏的.xlsx后再导入。",
                    f"{name} is a workbook with macros; save it as .xlsx without macros.",
                )
            parts = {i.filename: archive.read(i) for i in infos if _PARTS.fullmatch(i.filename)}
    except _UNZIP_FAULTS:
        raise damaged(name) from None
    for part in parts.values():
        head = part[:512]
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\0" in head or _other_encoding(head):
            raise damaged(name)
    return parts


def _other_encoding(head: bytes) -> bool:
    declared = re.search(rb"<\?xml[^>]*encoding=[\"']([^\"']+)", head)
    return declared is not None and declared[1].lower() not in {b"utf-8", b"us-ascii"}


def _check_sizes(infos: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    unpacked = sum(i.file_size for i in infos)
    if unpacked > LARGEST_UNPACKED or (unpacked > LARGEST_FILE and unpacked > packed * LARGEST_RATIO):
        raise Invalid(
            "table.zip_bomb",
            f"《{name}》解压后大得不合常理（{unpacked // 2**20} MB），已拒绝，请只保留凭证数据另存后再导入。",
            f"{name} would unpack to an unreasonable {unpacked // 2**20} MB and was refused; "
            "keep only the vouchers and save it again.",
            unpacked=unpacked,
            packed=packed,
        )


def _repacked(parts: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, part in parts.items():
            archive.writestr(path, part)
    return target.getvalue()


def _sheet_parts(parts: Mapping[str, bytes], name: str) -> dict[str, str]:
    """Visible worksheets in their order: name and part."""
    frame = (parts["xl/workbook.xml"], parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    if any(part.count(b"<") > MOST_FRAME for part in frame):
        raise damaged(name)
    try:
        # DOCTYPE and ENTITY were refused above, so nothing can expand.
        book, relations = (ET.fromstring(part) for part in frame)  # noqa: S314
    except ET.ParseError:
        raise damaged(name) from None
    targets = {
        r.get("Id"): "xl/" + (r.get("Target") or "").removeprefix("/xl/")
        for r in relations
        if (r.get("Type") or "").endswith("/worksheet")
    }
    found: dict[str, str] = {}
    for element in book.iter():
        if element.tag.rpartition("}")[2] != "sheet" or element.get("state", "visible") != "visible":
            continue
        relation = next((v for k, v in element.items() if k == _RELATION or k.endswith("}id")), None)
        if relation in targets:
            found[element.get("name") or ""] = targets[relation]
    return found


def _grid(book: python_calamine.CalamineWorkbook, sheet: str) -> Grid:
    page = book.get_sheet_by_name(sheet)
    rows: list[list[Cell]] = page.to_python(skip_empty_area=False) if page.height else []
    height, width = len(rows), len(rows[0]) if rows else 0
    merged = tuple(
        ((r1, c1), (min(r2, height - 1), min(c2, width - 1)))
        for (r1, c1), (r2, c2) in page.merged_cell_ranges or ()
        if r1 < height and c1 < width
    )
    return Grid(sheet, rows, merged)


def _open_text(data: bytes, name: str) -> Grid:
    text = _decoded(data, name)
    if text.lstrip()[:1] == "<":
        raise Invalid(
            "table.not_excel",
            f"《{name}》其实是网页或XML文本，只是用了表格的扩展名，请在Excel或WPS中打开后另存为.xlsx再导入。",
            f"{name} is really a web page or XML under a spreadsheet's name; "
            "open it in Excel or WPS and save it as .xlsx.",
        )
    if name.lower().endswith((".xlsx", ".xls", ".et")):
        raise _not_excel(name)
    try:
        rows: list[list[Cell]] = []
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
            rows.append([cell.strip() for cell in record])
            if len(rows) > MOST_ROWS + 100:
                raise too_many_rows(len(rows), "CSV", name)
    except csv.Error:
        raise _damaged_csv(name, len(rows) + 1) from None
    width = max(map(len, rows), default=0)
    if width > MOST_COLUMNS or width * len(rows) > MOST_CELLS:
        raise _damaged_csv(name, 1)
    return Grid(name, [row + [""] * (width - len(row)) for row in rows])


def _damaged_csv(name: str, row: int) -> Invalid:
    return Invalid(
        "table.damaged",
        f"《{name}》第{row}行起的引号或列数不合CSV格式，无法读取，请在Excel中另存为.xlsx再导入。",
        f"{name} is not proper CSV from row {row} on (quotation marks or columns); "
        "save it as .xlsx in Excel.",
        row=row,
    )


def _decoded(data: bytes, name: str) -> str:
    """Text in UTF-8 or UTF-16 (with or without mark) or GB18030, of which GBK and GB2312 are parts."""
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(
            unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} and c not in "\t\r\n\x1a" for c in set(text)
        ):
            return text.rstrip("\x1a")
    raise Invalid(
        "table.encoding",
        f"《{name}》的文字编码无法识别（不是UTF-8、UTF-16或GBK），请在Excel或WPS中打开后另存为.xlsx再导入。",
        f"The text encoding of {name} is none of UTF-8, UTF-16 and GBK; "
        "open it in Excel or WPS and save it as .xlsx.",
    )


def _candidates(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if b"\0" in data[:4096]:
        even, odd = data[0:4096:2].count(0), data[1:4096:2].count(0)
        return ("utf-16-le",) if odd > even else ("utf-16-be",)
    return ("utf-8-sig", "gb18030")


def _delimiter(text: str) -> str:
    """The separator that cuts the first lines into the most cells: comma, tab or semicolon."""
    head = text[:20_000]
    return max(",\t;", key=head.count)
