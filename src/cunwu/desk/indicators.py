"""The ledgers of everything in reach in a few figures, by village, and by band of income; or as workbooks."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from cunwu.assets.ageing import BANDS
from cunwu.assets.areas import mu_text
from cunwu.desk.exports import workbook
from cunwu.desk.requests import DeskRequest, act_with, organizations_in_reach
from cunwu.documents.cells import Cell
from cunwu.documents.exports import Sheet
from cunwu.org.authority import local_day
from cunwu.org.models import Organization
from cunwu.oversight.income_bands import income_bands
from cunwu.oversight.indicators import Indicators, indicators, together

Row = tuple[Organization, Indicators]


def figures(request: DeskRequest) -> HttpResponse:
    """Contracts in order, what was collected, arrears by age, what lies idle: in all and by village, as of today."""
    act_with(request, "findings.read")
    today = local_day(request.now)
    reach = organizations_in_reach(request.appointments, request.now, "findings.read")
    found = indicators(reach, today)
    rows = [(each, found[each.pk]) for each in reach.filter(pk__in=found)]
    if request.GET.get("as") == "xlsx":
        return _workbook(rows)
    context = {
        "tab": "findings",
        "day": today,
        "all": together(one for _, one in rows),
        "rows": rows,
        "bands": BANDS,
    }
    return render(request, "desk/indicators.html", context)


def bands(request: DeskRequest) -> HttpResponse:
    """Villages in reach by what their collective took in over a year; `?year=` or the last one that is over."""
    act_with(request, "findings.read")
    today = local_day(request.now)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and 2000 <= int(asked) <= today.year else today.year - 1
    reach = organizations_in_reach(request.appointments, request.now, "findings.read")
    found = income_bands(reach, year, today)
    if request.GET.get("as") == "xlsx":
        cells: list[list[Cell | None]] = [
            [band.title.zh, body.place.name_zh, body.name_zh, fen]
            for band in found
            for body, fen in band.villages
        ]
        headers = ["分档", "村", "单位", f"{year}年收入（元）"]
        title = f"{year}年村集体收入分档"
        return workbook([Sheet("收入分档", headers, cells, frozenset({3}), title)], f"{title}.xlsx")
    count = sum(len(band.villages) for band in found)
    context = {
        "tab": "findings",
        "year": year,
        "years": range(today.year, today.year - 6, -1),
        "count": count,
    }
    return render(request, "desk/income_bands.html", {**context, "bands": found})


def _workbook(rows: list[Row]) -> HttpResponse:
    cells: list[list[Cell | None]] = [
        [
            organization.name_zh,
            one.contracts,
            one.in_order,
            None if one.per_mille is None else one.per_mille / 10,
            one.collected,
            one.collected_before,
            one.growth,
            one.assets,
            one.idle,
            mu_text(one.idle_area),
            *one.aged.bands,
        ]
        for organization, one in rows
    ]
    headers = [
        "单位", "合同（份）", "规范（份）", "规范率（%）", "本年收缴（元）", "上年同期（元）",
        "增长（%）", "资产资源（项）", "闲置（项）", "闲置面积（亩）",
        *(f"欠款：{band.zh}（元）" for band in BANDS),
    ]  # fmt: skip
    money = frozenset({4, 5, *range(10, 10 + len(BANDS))})
    return workbook([Sheet("台账指标", headers, cells, money, title="台账指标")], "台账指标.xlsx")
