"""What the imports of every room share: faults with their place, the mapping of a table, the file back with its marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cunwu.documents import actions as documents
from cunwu.documents import exports, redaction
from cunwu.documents.headers import Mapping, recognise
from cunwu.documents.kinds import KINDS, SERVED_BY, what_is_it
from cunwu.documents.tables import Table
from cunwu.documents.workbooks import column_name
from cunwu.errors import Invalid, Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"


@dataclass(frozen=True)
class ImportFault:
    """What is wrong where: `row` as Excel numbers it (0: the file as a whole), `column` 0-based or None."""

    code: str
    zh: str
    en: str
    file: str
    sheet: str = ""
    row: int = 0
    column: int | None = None

    def sentence(self, language: str) -> str:
        """The place and the reason in one sentence."""
        letters = column_name(self.column) if self.column is not None else ""
        if language.startswith("zh"):
            place = f"《{self.file}》"
            place += f"工作表“{self.sheet}”" if self.sheet else ""
            place += f"第{self.row}行" if self.row else ""
            return f"{place}{f'{letters}列' if letters else ''}：{self.zh}"
        parts = [
            self.file,
            f"sheet {self.sheet}" if self.sheet else "",
            f"row {self.row}" if self.row else "",
            f"column {letters}" if letters else "",
        ]
        return f"{', '.join(p for p in parts if p)}: {self.en}"

    @property
    def place(self) -> tuple[str, int, int]:
        """By what faults are put in order."""
        return self.sheet, self.row, -1 if self.column is None else self.column


def media_type(data: bytes) -> str:
    """What sort of file these bytes of a table are."""
    return XLSX if data[:2] == b"PK" else CSV


def mapping_for(table: Table, purpose: str, given: Mapping | None) -> Mapping:
    """What a person said, else what is remembered for this shape, else what is recognised. Raises Invalid `headers.*`."""
    if given is not None and given.shape == table.shape:
        return given
    remembered = documents.recall_mapping(purpose, table.shape)
    return Mapping.from_dict(remembered) if remembered is not None else recognise(table, purpose)


def doubts(table: Table, mapping: Mapping, file: str) -> Iterator[ImportFault]:
    """What a person should look at before importing: columns that were half understood, a table that looks like another kind."""
    header = (file, table.sheet, table.header_rows[-1])
    for column in mapping.ambiguous() + mapping.uncertain():
        understood_zh = "没有采用" if column.field is None else "按相近的意思采用"
        understood_en = "was left out" if column.field is None else f"was taken as {column.field}"
        yield ImportFault(
            "headers.uncertain",
            f"“{column.header}”列{understood_zh}；请核对各列的对应关系。",
            f"The column “{column.header}” {understood_en}; check what the columns mean.",
            *header,
            column.index,
        )
    kind = what_is_it(table.headers)
    if kind not in {*SERVED_BY[mapping.purpose], "unknown"}:
        zh, en = KINDS[kind]
        yield ImportFault(
            "headers.looks_like",
            f"这张表看起来是{zh}，请核对是不是拿错了表。",
            f"This looks like {en}; check that it is the right file.",
            *header,
        )


def passed_over(file: str, refused: Refused) -> ImportFault:
    """A sheet that was left out, and why."""
    return ImportFault("import.sheet_left_out", f"没有导入：{refused.zh}", f"Left out: {refused.en}", file)


def require_plain_name(file_name: str) -> None:
    """Raises Invalid `redaction.*` for a file whose name holds an identity or account number: it is not even kept."""
    for fault in faults_of_name(file_name):
        raise Invalid(fault.code, fault.sentence("zh"), fault.sentence("en"))


def faults_of_name(file_name: str) -> Iterator[ImportFault]:
    """Identity and account numbers in a file's name."""
    stem = file_name.rpartition(".")[0] or file_name
    for hit in redaction.scan(stem, "文件名"):
        if not hit.overrulable:
            yield ImportFault(f"redaction.{hit.kind}", hit.zh, hit.en, shown_name(file_name))


def shown_name(file_name: str) -> str:
    """The file's name as sentences may repeat it: an identity or account number in it is masked."""
    stem, dot, ending = file_name.rpartition(".")
    return f"{redaction.masked(stem)}.{ending}" if dot else redaction.masked(file_name)


def refusal_of(faults: Sequence[ImportFault]) -> Invalid:
    """Why a file was not taken in: the first fault in a sentence, all of them in the details."""
    first, count = faults[0], len(faults)
    more_zh = f"（共{count}处错误，全部改正后再导入，这次一条也没有导入）" if count > 1 else "（没有导入）"
    more_en = f" ({count} faults in all; nothing was imported)" if count > 1 else " (nothing was imported)"
    return Invalid(
        "import.faults" if count > 1 else first.code,
        first.sentence("zh") + more_zh,
        first.sentence("en") + more_en,
        faults=[
            {"code": f.code, "zh": f.sentence("zh"), "en": f.sentence("en"), "sheet": f.sheet, "row": f.row}
            for f in faults
        ],
    )


def annotated(data: bytes, file_name: str, faults: Sequence[ImportFault], sheet: str) -> bytes:
    """The file back with its faults marked in their cells, as .xlsx; `sheet` is that of faults of the file as a whole."""
    marks = [
        exports.Fault(max(f.row, 1), f.column, f.sentence("zh"), f.sentence("en"), f.sheet or sheet)
        for f in faults
    ]
    return exports.annotate(data, file_name, marks)
