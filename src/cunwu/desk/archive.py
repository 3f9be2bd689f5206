"""The archive list of a village, a year at a time; as a workbook to print and sign."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from cunwu.desk.exports import workbook
from cunwu.desk.lists import asked_word
from cunwu.desk.powers import village_or_refused
from cunwu.desk.requests import DeskRequest
from cunwu.desk.wording import language
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.org.models import Organization
from cunwu.procedures.archive import KINDS, Filed, archive_of, years_of

RIGHTS = ("matters.open", "matters.act", "duties.read")
PER_PAGE = 50


def archive(request: DeskRequest, organization_id: str) -> HttpResponse:
    """What is kept of a year (`year`, else this one), by its number; found by a word of its title."""
    village = village_or_refused(request, organization_id, *RIGHTS)
    years = years_of(village.place, request.now)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) in years else years[0]
    word = asked_word(request)
    found = [
        each for each in archive_of(village.place, year) if word in each.title.zh or word in each.title.en
    ]
    if request.GET.get("as") == "xlsx":
        return _workbook(village, year, found)
    context = {
        "organization": village,
        "tab": "matters",
        "years": years,
        "year": year,
        "list": {
            "word": word,
            "total": len(found),
            "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        },
        "kinds": {name: kind.sentence(language()) for name, kind in KINDS.items()},
    }
    return render(request, "desk/archive.html", context)


def _workbook(village: Organization, year: int, found: list[Filed]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            each.number,
            each.mark,
            each.responsible.name_zh,
            each.title.zh,
            each.day,
            KINDS[each.kind].zh,
            each.sha256,
            None,
        ]
        for each in found
    ]
    headers = ["序号", "档号", "责任者", "题名", "日期", "种类", "文件指纹（SHA-256）", "备注"]
    title = f"{village.place.name_zh}{year}年归档文件目录"
    return workbook([Sheet("归档文件目录", headers, cells, title=title)], f"{title}.xlsx")
