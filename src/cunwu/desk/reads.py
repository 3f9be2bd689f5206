"""Every look at personal data in reach: who looked, when, at what, and why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from cunwu.desk.acts import act
from cunwu.desk.exports import MOST_ROWS, workbook
from cunwu.desk.lists import listing
from cunwu.desk.requests import DeskRequest, act_with, organizations_in_reach
from cunwu.desk.wording import language, moment_text, office_title
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.law.deadlines import SHANGHAI
from cunwu.org.models import AuditEntry
from cunwu.org.reads import Purpose, purpose_of, reads_in

READ = "audit.read"
HEADERS = ["时间", "姓名", "职务", "单位", "看了什么", "哪个单位的人", "对象", "为什么"]


def reads(request: DeskRequest) -> HttpResponse:
    """The looks by word, purpose and days, newest first; or as a workbook."""
    act_with(request, READ)
    asked = request.GET.get("purpose", "")
    why = Purpose(asked) if asked in set(Purpose) else None
    reach = organizations_in_reach(request.appointments, request.now, READ)
    first, last = _day(request, "first"), _day(request, "last")
    found = listing(
        request,
        _between(reads_in(reach, why), first, last),
        words=("actor__person__name", "actor__organization__name_zh", "organization__name_zh", "target"),
        sorts={"at": ("-id",), "who": ("actor__person__sort_key", "-id")},
    )
    if request.GET.get("as") == "xlsx":
        return _workbook(found.rows[:MOST_ROWS])
    context = {
        "list": found,
        "rows": [(each, purpose_of(each)) for each in found.page],
        "purposes": list(Purpose),
        "purpose": why or "",
        "first": first,
        "last": last,
    }
    return render(request, "desk/reads.html", context)


def _day(request: DeskRequest, name: str) -> date | None:
    """A day of the filter; none where it is not one."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _between(found: QuerySet[AuditEntry], first: date | None, last: date | None) -> QuerySet[AuditEntry]:
    if first is not None:
        found = found.filter(at__gte=_midnight(first))
    if last is not None and last < date.max:
        found = found.filter(at__lt=_midnight(last + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _workbook(found: QuerySet[AuditEntry]) -> HttpResponse:
    rows: list[list[Cell | None]] = []
    for entry in found:
        why, reader = purpose_of(entry), entry.actor
        rows.append(
            [
                moment_text(entry.at),
                reader.person.name if reader else "",
                office_title(reader.office) if reader else "",
                reader.organization.name_zh if reader else "",
                act(entry.action),
                entry.organization.name_zh if entry.organization else "",
                entry.target,
                why.words.sentence(language()) if why else "",
            ]
        )
    return workbook([Sheet("查阅记录", HEADERS, rows, title="个人信息查阅记录")], "个人信息查阅记录.xlsx")
