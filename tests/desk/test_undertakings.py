"""Projects, co-operatives and income bands on the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from conftest import Village
from cunwu.assets.models import Asset, Project, Venture
from cunwu.assets.projects import ProjectEntry, register_project
from cunwu.assets.ventures import HoldingEntry, VentureEntry, register_venture
from desk.conftest import SignIn

Counting = Callable[..., Any]


def sheet_of(content: bytes) -> list[list[Any]]:
    """The rows of a workbook's first sheet."""
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_project_from_the_form_to_the_asset(village: Village, sign_in: SignIn, now: datetime) -> None:
    clerk, address = sign_in(village.clerk), f"/projects/{village.collective.public_id}/"
    assert "还没有登记项目" in clerk.get(address).text
    form = {
        "do": "register",
        "name": "南洼U型渠",
        "budget": "30万",
        "fund_county": "20万",
        "begun_day": "2026-03-01",
    }
    refused = clerk.post(address, {**form, "fund_county": "31万"})
    assert (refused.status_code, "超过预算" in refused.text, "南洼U型渠" in refused.text) == (422, True, True)
    page = clerk.post(address, form).headers["Location"]
    assert "市县财政 200,000.00元" in clerk.get(page).text
    photo = BytesIO(b"jpeg")
    photo.name = "a.jpg"
    done = {"do": "progress", "day": "2026-06-01", "percent": "100", "spent": "29.5万", "photo": photo}
    told = clerk.post(page, done, follow=True).text
    assert "100% · 已用295,000.00元" in told
    project = Project.objects.get()
    picture = clerk.get(f"/project-photo/{project.progress.get().pk}/")
    assert (picture.content, picture.headers["Content-Type"]) == (b"jpeg", "application/octet-stream")
    accept = {
        "do": "accept",
        "accepted_day": "2026-09-05",
        "words": "合格",
        "people": "180",
        "yearly_income": "20万",
    }
    assert "带动180人" in clerk.post(page, accept, follow=True).text
    left = {"do": "asset", "number": "Z-09", "asset_name": "南洼渠", "kind": "other", "value": "295,000.00"}
    assert clerk.post(page, left).headers["Location"].startswith("/asset/")
    assert Asset.objects.get().project == project
    assert "Z-09" in clerk.get(page).text
    assert "没有这样的项目" in clerk.get(f"{address}?state=running").text
    rows = sheet_of(clerk.get(f"{address}?as=xlsx").content)
    assert any(row[0] == "南洼U型渠" and 295000 in row for row in rows)
    assert "登记进度" not in sign_in(village.zhao).get(page).text


def test_a_cooperative_from_the_form_to_the_dividend(
    village: Village, sign_in: SignIn, now: datetime
) -> None:
    clerk, address = sign_in(village.clerk), f"/ventures/{village.collective.public_id}/"
    assert "还没有登记" in clerk.get(address).text
    form = {
        "do": "register", "name": "云溪果蔬专业合作社", "kind": "cooperative", "from_day": "2024-05-01",
        "product": "沿丰果蔬", "lead": village.party.public_id, "shares_collective": "300",
        "shares_members": "700", "holders_members": "36", "contribution_members": "7万",
    }  # fmt: skip
    assert clerk.post(address, {**form, "shares_collective": ""}).status_code == 422
    page = clerk.post(address, form).headers["Location"]
    told = clerk.get(page).text
    assert "30.0%" in told
    assert "云溪村党支部" in told
    dividend = {
        "do": "dividend",
        "year": "2025",
        "total": "10万",
        "to_collective": "2万",
        "day": "2026-01-20",
    }
    refused = clerk.post(page, dividend)
    assert (refused.status_code, "应得30,000.00元" in refused.text) == (422, True)
    assert "分红已登记" in clerk.post(page, {**dividend, "to_collective": "3万"}, follow=True).text
    assert "累计分红30,000.00元" in clerk.get(address).text
    assert any("云溪果蔬专业合作社" in row for row in sheet_of(clerk.get(f"{address}?as=xlsx").content))
    assert (
        "注销或者退出" in clerk.post(page, {"do": "end_venture", "until_day": "2026-09-01"}, follow=True).text
    )
    assert Venture.objects.get().until_day == date(2026, 9, 1)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_in_both_languages(village: Village, sign_in: SignIn, now: datetime, language: str) -> None:
    begun = ProjectEntry("修水渠", 10_000_000, begun_day=date(2026, 9, 1))
    project = register_project(village.clerk, village.collective, begun, now=now)
    holdings = {"collective": HoldingEntry(10, 0)}
    entry = VentureEntry("company", "云溪公司", date(2024, 1, 1), holdings)
    venture = register_venture(village.clerk, village.collective, entry, now=now)
    browser = sign_in(village.clerk)
    browser.post("/language/", {"language": language})
    body = village.collective.public_id
    for address in (
        f"/projects/{body}/",
        f"/project/{project.public_id}/",
        f"/ventures/{body}/",
        f"/venture/{venture.public_id}/",
        "/income-bands/",
        "/income-bands/?year=1",
    ):
        assert browser.get(address).status_code == 200, address


@pytest.mark.parametrize(("page", "queries"), [("projects", 8), ("ventures", 8)])
@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_row_and_three(
    village: Village,
    sign_in: SignIn,
    now: datetime,
    django_assert_num_queries: Counting,
    page: str,
    queries: int,
    rows: int,
) -> None:
    for number in range(rows):
        begun = ProjectEntry(f"修水渠{number}", 10_000_000)
        register_project(village.clerk, village.collective, begun, now=now)
        holdings = {"collective": HoldingEntry(10, 0)}
        entry = VentureEntry("company", f"公司{number}", date(2024, 1, 1), holdings)
        register_venture(village.clerk, village.collective, entry, now=now)
    browser, address = sign_in(village.clerk), f"/{page}/{village.collective.public_id}/"
    browser.get(address)
    with django_assert_num_queries(queries):
        assert browser.get(address).text.count(f"/{page[:-1]}/") == rows


def test_income_bands_on_the_desk(village: Village, sign_in: SignIn, now: datetime) -> None:
    page = sign_in(village.chen).get("/income-bands/?year=2026").text
    assert "2026年村集体收入分档" in page
    assert "不是排名" in page
    rows = sheet_of(sign_in(village.chen).get("/income-bands/?year=2026&as=xlsx").content)
    assert any("分档" in row for row in rows)
