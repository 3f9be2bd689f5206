"""The desk and the command as people outside meet them: real pages, real files, one village with open books."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from conftest import Village
from cunwu.books import actions as books
from cunwu.law.periods import Period
from cunwu.org.models import DataOrigin
from desk.conftest import SignIn, own_home, sign_in

__all__ = ["SignIn", "own_home", "sign_in"]

SEPTEMBER = Period("month", 2026, 9)
HEADERS = ("日期", "凭证字号", "摘要", "科目名称", "借方金额", "贷方金额")
GUARDED = ("voucher", "posting", "month", "voucherimport", "draft", "signature", "jointmeeting", "publication",
           "logentry", "person", "appointment", "auditentry", "boardnotice", "tombstone", "salt")  # fmt: skip
Row = Sequence[Any]


def pair(number: int, day: str, summary: str, debit: float = 360.5, credit: float | None = None) -> list[Row]:
    """The two rows of one invented voucher: the lamps' electricity paid from the bank."""
    name, paid = f"记-{number}", debit if credit is None else credit
    return [(day, name, summary, "公益支出", debit, None), (day, name, summary, "银行存款", None, paid)]


def workbook(rows: Sequence[Row], *, formula: str = "", headers: Row = HEADERS) -> bytes:
    """A voucher list on the sheet 凭证, as bookkeeping software exports it; `formula` names a cell that holds one."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("凭证")
        for r, row in enumerate((headers, *rows)):
            for c, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(r, c, value)
                elif value is not None:
                    page.write(r, c, value)
        if formula:
            page.write_formula(formula, "=SUM(E2:E2)", value=360.5)
    return target.getvalue()


def counts() -> dict[str, int]:
    """How many rows each guarded table has; that something was refused is on record and changes nothing else."""
    with connection.cursor() as cursor:
        found = {}
        for table in GUARDED:
            done = " WHERE action <> 'refused'" if table == "auditentry" else ""
            cursor.execute(f"SELECT count(*) FROM cunwu_{table}{done}")  # noqa: S608  (our own names)
            found[table] = int(cursor.fetchone()[0])
    return found


def told(page: str) -> list[str]:
    """The sentences that a page says in alert, tags taken out."""
    alerts = re.findall(r'<(section|p) class="refusal" role="alert".*?</\1>', page, re.DOTALL)
    assert len(alerts) == page.count('role="alert"')
    sections = re.findall(r'<section class="refusal" role="alert".*?</section>', page, re.DOTALL)
    found = [s for section in sections for s in re.findall(r"<(?:p|li)>(.*?)</(?:p|li)>", section, re.DOTALL)]
    return [html.unescape(re.sub(r"<[^>]+>", "", sentence)) for sentence in found]


def speak(browser: Client, language: str) -> None:
    """Switch the browser's language: "zh-hans" or "en"."""
    browser.post("/language/", {"language": language, "next": "/"})


def upload(browser: Client, village: Village, data: bytes, name: str = "9月凭证.xlsx") -> HttpResponse:
    """Sends a file to the village's import page."""
    sent = {"do": "upload", "file": SimpleUploadedFile(name, data)}
    return browser.post(f"/books/{village.collective.public_id}/import/", sent)  # type: ignore[return-value]


@pytest.fixture
def opened(village: Village, now: datetime) -> Village:
    """The village, its books open from September on, as a demo installation has it."""
    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.DEMO)
    opening = {"102": 1_000_000, "301": -1_000_000}
    books.open_books(village.wang, village.collective, SEPTEMBER, opening, now=now)
    return village


@pytest.fixture
def cunwu(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """`cunwu("zh_CN.UTF-8", "packs", "check")`: the exit code, and what was said on both streams."""
    from cunwu.management import run

    def command(locale: str, *argv: object) -> tuple[int, str]:
        monkeypatch.setenv("LC_ALL", locale)
        capsys.readouterr()
        code = run([str(argument) for argument in argv])
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes, str], Path]:
    """Writes a file into a folder of its own."""

    def write(data: bytes, name: str) -> Path:
        path = tmp_path / "sent" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    return write
