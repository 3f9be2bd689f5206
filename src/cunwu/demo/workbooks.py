"""The month's vouchers as the township's bookkeeping program exports them: one table, a row for each posting."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from cunwu.books.actions import PostingEntry, VoucherEntry
from cunwu.documents.cells import money_text

HEADERS = (
    "日期",
    "凭证字号",
    "摘要",
    "科目名称",
    "借方金额",
    "贷方金额",
    "附单据数",
    "经手人",
    "审批人",
    "证明人",
    "往来单位",
)


def as_csv(entries: list[VoucherEntry]) -> bytes:
    """UTF-8 with the byte order mark that Excel writes."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for entry in entries:
        for posting in entry.postings:
            writer.writerow(_row(entry, posting))
    return text.getvalue().encode("utf-8-sig")


def as_workbook(title: str, entries: list[VoucherEntry]) -> bytes:
    """An .xlsx with a title over the table, real dates and real numbers."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("凭证")
        bold = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        head = book.add_format({"bold": True, "border": 1, "align": "center"})
        money = book.add_format({"num_format": "#,##0.00", "border": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd", "border": 1})
        plain = book.add_format({"border": 1})
        sheet.merge_range(0, 0, 0, len(HEADERS) - 1, title, bold)
        sheet.write_row(1, 0, HEADERS, head)
        sheet.set_column(0, len(HEADERS) - 1, 12)
        sheet.set_column(2, 3, 26)
        row = 2
        for entry in entries:
            for posting in entry.postings:
                sheet.write_datetime(row, 0, entry.day, day)
                for column, text in enumerate(_row(entry, posting)[1:4], start=1):
                    sheet.write_string(row, column, str(text), plain)
                for column, fen in ((4, posting.debit), (5, posting.credit)):
                    sheet.write(row, column, fen / 100 if fen else "", money)
                for column, value in enumerate(_row(entry, posting)[6:], start=6):
                    sheet.write(row, column, value, plain)
                row += 1
    return buffer.getvalue()


def _row(entry: VoucherEntry, posting: PostingEntry) -> tuple[str | int, ...]:
    return (
        entry.day.isoformat(),
        f"{entry.word}-{entry.number}",
        posting.summary,
        posting.account,
        money_text(posting.debit) if posting.debit else "",
        money_text(posting.credit) if posting.credit else "",
        entry.attachments,
        entry.handler,
        entry.approver,
        entry.witness,
        posting.counterpart,
    )
