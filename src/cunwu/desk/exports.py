"""The desk's lists as Excel files: the rows that the page's filter lets through, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from cunwu.books.models import Month
from cunwu.desk.acts import told
from cunwu.desk.stages import Disclosure
from cunwu.desk.wording import moment_text, office_title
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet, write_workbook
from cunwu.org.authority import local_day
from cunwu.org.models import Appointment, AuditEntry, Organization

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000


def workbook(sheets: Sequence[Sheet], name: str) -> HttpResponse:
    """An Excel file to download; text stays text, whatever it begins with."""
    return HttpResponse(write_workbook(sheets), content_type=XLSX, headers=attachment(name))


def attachment(name: str) -> dict[str, str]:
    """The header that gives a download its name."""
    return {"Content-Disposition": content_disposition_header(True, name) or "attachment"}


def disclosures_workbook(organization: Organization, rows: Iterable[Disclosure]) -> HttpResponse:
    """What is published, under way or late, since when and by which clause."""
    cells: list[list[Cell | None]] = [
        [d.period, d.title_zh, "、".join(stage.words.zh for stage in d.stages), d.day, d.due, d.basis_zh]
        for d in rows
    ]
    headers = ["期间", "内容", "状态", "公布或拟订日", "逾期的期限", "依据"]
    return _workbook(f"{organization.name_zh}公开目录", headers, cells)


def months_workbook(organization: Organization, rows: Iterable[Month]) -> HttpResponse:
    """Every month with its vouchers (annotated as `count`), closing and publication."""
    cells: list[list[Cell | None]] = [
        [
            month.period,
            int(getattr(month, "count", 0)),
            local_day(month.closed_at) if month.closed_at else None,
            local_day(month.publication.published_at) if month.publication else None,
        ]
        for month in rows
    ]
    return _workbook(f"{organization.name_zh}各月账目", ["月份", "凭证张数", "结账日", "公布日"], cells)


def people_workbook(rows: Iterable[Appointment]) -> HttpResponse:
    """Who holds which office from when until when; no identity numbers."""
    cells: list[list[Cell | None]] = [
        [a.person.name, office_title(a.office), a.organization.name_zh, a.from_day, a.until_day] for a in rows
    ]
    return _workbook("任职名单", ["姓名", "职务", "单位", "任职日", "任期止（不含当日）"], cells)


def audit_workbook(organization: Organization, rows: Iterable[AuditEntry]) -> HttpResponse:
    """Who did what and when: the newest twenty thousand, beyond which a sheet is of no use to a reader."""
    cells: list[list[Cell | None]] = [
        [
            moment_text(entry.at),
            entry.actor.person.name if entry.actor else "系统",
            office_title(entry.actor.office) if entry.actor else "",
            told(entry),
            entry.target,
        ]
        for entry in rows
    ]
    return _workbook(f"{organization.name_zh}操作记录", ["时间", "姓名", "职务", "做了什么", "对象"], cells)


def _workbook(title: str, headers: list[str], cells: list[list[Cell | None]]) -> HttpResponse:
    return workbook([Sheet(title[-4:], headers, cells[:MOST_ROWS], title=title)], f"{title}.xlsx")
