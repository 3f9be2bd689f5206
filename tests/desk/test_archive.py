"""The archive list writes itself: one entry for each meeting, paper and publication, numbered once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import python_calamine
from django.test import Client

from conftest import build_village
from cunwu.org.models import Appointment
from cunwu.procedures import matters
from cunwu.procedures.archive import archive_of, years_of
from cunwu.procedures.models import Matter
from procedures.conftest import Hall, current
from procedures.test_lease import lease, publish_decision, to_the_vote

__all__ = ["lease"]
SignIn = Callable[[Appointment], Client]


def test_every_meeting_paper_and_publication_is_filed_once(hall: Hall, lease: Matter, now: datetime) -> None:
    step = to_the_vote(hall, lease, now)
    before = archive_of(hall.village.place, now.year)
    hall.hold(hall.village.clerk, step, now + timedelta(hours=1))
    publish_decision(hall, current(lease), now + timedelta(hours=2))
    filed = archive_of(hall.village.place, now.year)
    assert [(each.mark, each.key) for each in filed[: len(before)]] == [(e.mark, e.key) for e in before]
    assert [each.mark for each in filed] == [f"2026-{number:04d}" for number in range(1, len(filed) + 1)]
    assert len({(each.kind, each.key) for each in filed}) == len(filed)
    titles = [each.title.zh for each in filed]
    assert "李家洼荒地发包：资源清查表（四至、面积、现状）" in titles
    assert "村民代表会议记录" in titles
    assert any(title.startswith("决议公开") for title in titles)
    assert all(len(each.sha256) == 64 for each in filed if each.kind != "minutes")


def test_papers_of_an_open_step_are_not_filed_yet(hall: Hall, lease: Matter, now: datetime) -> None:
    hall.attach(hall.officers["钱进"], current(lease), now)
    assert archive_of(hall.village.place, now.year) == []
    hall.take(hall.officers["钱进"], current(lease), now)
    assert [each.kind for each in archive_of(hall.village.place, now.year)] == ["paper", "paper"]


def test_a_year_ends_at_midnight_in_china(hall: Hall, lease: Matter, now: datetime) -> None:
    late = now.replace(month=12, day=31, hour=23, minute=59)
    hall.take(hall.officers["钱进"], current(lease), late)
    hall.take(hall.village.li, current(lease), late + timedelta(minutes=1))
    assert [len(archive_of(hall.village.place, year)) for year in (now.year, now.year + 1)] == [2, 2]
    assert years_of(hall.village.place, late + timedelta(minutes=1)) == [now.year + 1, now.year]


def test_the_page_and_its_workbook(hall: Hall, lease: Matter, sign_in: SignIn, now: datetime) -> None:
    hall.take(hall.officers["钱进"], current(lease), now)
    client = sign_in(hall.village.clerk)
    address = f"/archive/{hall.village.committee.public_id}/"
    page = client.get(address).content.decode()
    assert "2026-0001" in page
    assert "没有这样的文件" in client.get(f"{address}?q=鱼塘").content.decode()
    assert client.get(f"{address}?year=1900&page=9").status_code == 200
    client.post("/language/", {"language": "en"})
    assert "Archive list" in client.get(address).content.decode()
    data = io.BytesIO(client.get(f"{address}?as=xlsx").content)
    rows = python_calamine.CalamineWorkbook.from_filelike(data).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows if str(row[1]).startswith("2026-")] == ["2026-0001", "2026-0002"]


def test_another_village_is_refused(hall: Hall, sign_in: SignIn, now: datetime) -> None:
    other = build_village(now, "石桥村", hall.village.town)
    client = sign_in(other.clerk)
    assert client.get(f"/archive/{hall.village.committee.public_id}/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_entries(
    hall: Hall, sign_in: SignIn, now: datetime, count: int, django_assert_num_queries: Any
) -> None:
    member = hall.appoint("钱进", "committee_member", hall.village.committee)
    for number in range(count):
        matter = matters.open_matter(
            hall.village.xiulan, hall.village.committee, "lease_land", f"荒地{number}", amount_fen=1, now=now
        )
        hall.take(member, current(matter), now)
    client = sign_in(hall.village.clerk)
    client.get("/")
    with django_assert_num_queries(11):
        client.get(f"/archive/{hall.village.committee.public_id}/")
