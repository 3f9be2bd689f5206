"""What residents read of matters: where each stands and who holds it, how votes went, a calendar and a register to take
along; of matters about one person, that they run and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar, Component

from conftest import build_village
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice, StalePage
from cunwu.management import clock
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK
from cunwu.org.relations import declare_relation
from cunwu.portal import bake
from cunwu.portal.affairs import ENDED_ON_A_PAGE, affairs_pages
from cunwu.portal.places import place_pages
from cunwu.portal.registers import COLUMNS
from cunwu.procedures import matters, meetings, publishing, requests
from cunwu.procedures.guards import Ballot
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Matter
from procedures.conftest import Hall, current, hall
from procedures.test_lease import call_vote, lease, publish_decision, to_the_vote

pytestmark = pytest.mark.slow

__all__ = ["hall", "lease"]
DAY = timedelta(days=1)
QUERIES = 20
"""What baking a village's affairs asks, with a meeting in the calendar and something ended this year."""
RELATIVE = re.compile(r"今天|昨天|明天|还有\s*\d+\s*天|天前|\btoday\b|\bdays left\b|\bago\b")
SECRETS = ("贺老五", "三十三号家庭", "4,321.09", "4321.09", "432109", "帮申请", "不再需要")
"""What nobody may read of a matter about one person: its title, party, words, sum, reason of withdrawal."""


@pytest.fixture
def read(hall: Hall) -> Callable[..., str]:
    """A page or file of the village's matters as baked at a moment."""

    def text(name: str, now: datetime | None = None) -> str:
        files = affairs_pages(hall.village.place, every_year=True, now=now or hall.now)
        return files[name.replace("ID", hall.village.place.public_id)].decode()

    return text


def events(text: str) -> list[Component]:
    """The calendar's events, as a reader of calendars finds them."""
    return Calendar.from_ical(text).walk("VEVENT")


def stale(hall: Hall) -> bool:
    """Whether the village's page waits to be rendered; it does so no more afterwards."""
    rows = StalePage.objects.filter(kind="place", key=hall.village.place.public_id)
    waits = rows.exists()
    StalePage.objects.all().delete()
    return waits


def spend(hall: Hall, title: str, now: datetime) -> Matter:
    """A small payment."""
    return matters.open_matter(
        hall.village.xiulan,
        hall.village.committee,
        "approve_spending",
        title,
        amount_fen=86_000,
        now=now,
    )


# what pages say


def test_a_matter_under_way_says_step_holder_and_last_day(hall: Hall, lease: Matter, read: Any) -> None:
    page = read("zh/p/ID/matters/index.html")
    for words in ("李家洼荒地发包", "清查资源、定底价", "2026年10月8日发起", "经办：钱进、郑好"):
        assert words in page, words
    english = read("en/p/ID/matters/index.html")
    assert "started 8 October 2026" in english
    assert "with: 钱进, 郑好" in english
    assert "刘强" not in page


def test_the_last_day_of_a_term_is_a_day_and_lateness_is_said(hall: Hall, now: datetime, read: Any) -> None:
    matter = matters.open_matter(
        hall.village.xiulan, hall.village.committee, "hand_over_after_election", "换届移交", now=now
    )
    step = current(matter)
    assert step.duty is not None
    due = step.duty.due_day
    page = read("zh/p/ID/matters/index.html")
    assert f"{due.year}年{due.month}月{due.day}日到期" in page
    later = datetime.combine(due + DAY, now.timetz())
    page = read("zh/p/ID/matters/index.html", later)
    assert f"应于{due.year}年{due.month}月{due.day}日前办，已过期" in page
    assert 'class="tag late"' in page
    assert (
        "1件，超过期限1件"
        in place_pages(hall.village.place, now=later)[
            f"zh/p/{hall.village.place.public_id}/index.html"
        ].decode()
    )


def test_until_which_day_residents_may_object(hall: Hall, lease: Matter, now: datetime, read: Any) -> None:
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now)
    publish_decision(hall, current(lease), now)
    assert current(lease).kind == "objection"
    assert "2026年10月13日前（含当日）可以提异议" in read("zh/p/ID/matters/index.html")
    assert "objections are heard until 13 October 2026" in read("en/p/ID/matters/index.html")
    days = {str(event["summary"]): event["dtstart"].dt for event in events(read("p/ID/calendar.ics"))}
    assert days["异议最后一天：李家洼荒地发包"] == date(2026, 10, 13)
    village = f"zh/p/{hall.village.place.public_id}/index.html"
    assert "10月13日前（含当日）可以提异议" in place_pages(hall.village.place, now=now)[village].decode()
    last = now + 5 * DAY
    assert publishing.advance(CLOCK, now=last) == 0, "that day is included"
    assert publishing.advance(CLOCK, now=last + DAY) == 1


def test_a_time_for_objections_that_has_not_begun_has_no_last_day(
    hall: Hall, lease: Matter, now: datetime, read: Any
) -> None:
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now)
    publish_decision(hall, current(lease), now)
    BoardNotice.objects.all().delete()
    assert "上墙后听取异议" in read("zh/p/ID/matters/index.html")


def test_pages_hold_absolute_days_only(hall: Hall, lease: Matter, now: datetime) -> None:
    files = place_pages(hall.village.place, every_year=True, now=now)
    for path, data in files.items():
        if path.endswith(".html"):
            assert not RELATIVE.search(data.decode()), path


def test_what_a_meeting_decided_stands_with_its_votes(
    hall: Hall, lease: Matter, now: datetime, read: Any
) -> None:
    step = to_the_vote(hall, lease, now)
    assert "待开会：村民代表会议" in read("zh/p/ID/matters/index.html")
    meeting = call_vote(hall, step, now)
    assert "2026年10月8日开村民代表会议" in read("zh/p/ID/matters/index.html")
    meetings.close(hall.village.clerk, meeting, hall.report(meeting, votes=Ballot(18, 8, 2)), now=now)
    page = read("zh/p/ID/matters/index.html")
    assert "2026年10月8日村民代表会议没有通过：赞成18票、反对8票、弃权2票" in page
    assert "待开会：村民代表会议" in page
    hall.hold(hall.village.clerk, current(lease), now, votes=Ballot(27, 1, 0))
    page = read("zh/p/ID/matters/index.html")
    assert "村民代表会议通过：赞成27票、反对1票、弃权0票" in page
    assert "没有通过" not in page
    publication = publish_decision(hall, current(lease), now)
    bake.bake_publications([publication.public_id], now)
    decision = (bake.site_folder() / f"zh/d/{publication.public_id}/index.html").read_text(encoding="utf-8")
    assert "应到28人，实到28人；赞成27票，反对1票，弃权0票" in decision


def test_a_meeting_that_failed_and_one_called_off_are_told(
    hall: Hall, lease: Matter, now: datetime, read: Any
) -> None:
    step = to_the_vote(hall, lease, now)
    meeting = call_vote(hall, step, now)
    meetings.fail(hall.village.clerk, meeting, hall.report(meeting, absent=10), now=now)
    page = read("zh/p/ID/matters/index.html")
    assert "2026年10月8日的村民代表会议没有开成（应到28人，实到18人，人数不够），要另行召集" in page
    assert "18 of 28); must be called again" in read("en/p/ID/matters/index.html")
    (failed,) = events(read("p/ID/calendar.ics"))
    assert failed["summary"] == "没有开成：村民代表会议"
    second = call_vote(hall, current(lease), now)
    meetings.cancel(hall.village.clerk, second, now=now)
    assert "原定2026年10月8日的村民代表会议取消了" in read("zh/p/ID/matters/index.html")
    statuses = [str(event["status"]) for event in events(read("p/ID/calendar.ics"))]
    assert statuses == ["CONFIRMED", "CANCELLED"]


def test_a_withdrawn_matter_gives_its_reason(hall: Hall, lease: Matter, now: datetime, read: Any) -> None:
    matters.withdraw(hall.village.xiulan, lease, "村民意见<不一致>", now=now)
    page = read("zh/p/ID/matters/index.html")
    assert "现在没有正在办的事项" in page
    assert "2026年10月8日撤回：村民意见&lt;不一致&gt;" in page
    assert '<span class="tag none">撤回</span>' in page
    (row,) = json.loads(read("p/ID/decisions-2026.json"))["matters"]
    assert (row["state"], row["ended_on"]) == ("withdrawn", "2026-10-08")


# privacy


def relief(hall: Hall, now: datetime) -> Matter:
    """Relief for one household, with everything that must stay inside."""
    hall.officers.setdefault("钱进", hall.appoint("钱进", "committee_member", hall.village.committee))
    return matters.open_matter(
        hall.village.xiulan,
        hall.village.committee,
        "distribute_relief",
        "三十三号家庭救灾款",
        text="帮申请，房屋进水。",
        amount_fen=432_109,
        parties=[("贺老五", None)],
        now=now,
    )


def everything(hall: Hall, now: datetime) -> dict[str, str]:
    """Every file that shows the village, the log's publications included."""
    bake.bake_all(now=now, papers=False)
    folder = bake.site_folder()
    found = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.suffix in {".html", ".json", ".csv", ".ics", ".txt"}
    }
    assert f"p/{hall.village.place.public_id}/calendar.ics" in found
    return found


@pytest.mark.parametrize("power", ["distribute_relief", "help_temporary_relief", "recruit_party_members"])
def test_a_matter_about_one_person_runs_and_nothing_else_is_told(
    hall: Hall, now: datetime, power: str
) -> None:
    party = power == "recruit_party_members"
    matter = matters.open_matter(
        hall.village.li if party else hall.village.xiulan,
        hall.village.party if party else hall.village.committee,
        power,
        "三十三号家庭",
        text="帮申请。",
        amount_fen=432_109,
        parties=[("贺老五", None)],
        now=now,
    )
    for text in everything(hall, now).values():
        assert not [secret for secret in SECRETS if secret in text]
    withdraw = hall.village.li if party else hall.village.xiulan
    matters.withdraw(withdraw, matter, "贺老五不再需要", now=now)
    files = everything(hall, now)
    for text in files.values():
        assert not [secret for secret in SECRETS if secret in text]
    place = hall.village.place.public_id
    page = files[f"zh/p/{place}/matters/index.html"]
    assert "2026年10月8日撤回</small>" in page
    assert "涉及个人的事项（救助、党务）1件" in page
    register = json.loads(files[f"p/{place}/decisions-2026.json"])
    assert (register["matters"], register["personal"]) == ([], {power: 1})


def test_nor_is_it_where_its_result_is_published(hall: Hall, now: datetime) -> None:
    matter = relief(hall, now)
    take = hall.take
    take(
        hall.officers["钱进"],
        current(matter),
        now,
        text="帮申请，核对过。",
        amount_fen=432_109,
        reference="贺老五",
    )
    hall.hold(hall.village.clerk, current(matter), now)
    take(hall.village.zhao, current(matter), now, text="帮申请")
    take(hall.village.clerk, current(matter), now, text="帮申请", amount_fen=432_109, reference="贺老五")
    take(hall.village.zhao, current(matter), now, text="帮申请")
    publication = publish_decision(hall, current(matter), now)
    matter.refresh_from_db()
    assert matter.state == Matter.State.DONE
    files = everything(hall, now)
    assert f"zh/d/{publication.public_id}/index.html" in files
    for path, text in files.items():
        assert not [secret for secret in SECRETS if secret in text], path


def test_residents_calendar_names_no_one_of_a_matter_about_one_person(
    hall: Hall, now: datetime, read: Any
) -> None:
    matter = relief(hall, now)
    hall.take(hall.officers["钱进"], current(matter), now)
    meetings.call(
        hall.village.clerk,
        hall.village.committee,
        "representatives_meeting",
        (now + 20 * DAY).date(),
        [Point("道路养护"), Point("讨论水费")],
        now=now,
    )
    (event,) = events(read("p/ID/calendar.ics"))
    assert event["description"] == "道路养护；讨论水费"


def test_declared_relations_appear_nowhere(hall: Hall, lease: Matter, now: datetime) -> None:
    step = to_the_vote(hall, lease, now)
    declare_relation(hall.village.xiulan, "sibling", "刘强", now=now)
    meeting = call_vote(hall, step, now)
    meetings.close(hall.village.clerk, meeting, hall.report(meeting), now=now)
    assert "王秀兰" in meeting.items.get().outcome_zh
    again = call_vote(hall, current(lease), now)
    report = hall.report(again, votes=Ballot(26, 1, 0), recused={1: [hall.village.xiulan.person]})
    meetings.close(hall.village.clerk, again, report, now=now)
    publish_decision(hall, current(lease), now)
    told = re.compile(r"兄弟姐妹|王秀兰[^<]*回避|回避[^<]*王秀兰|王秀兰[^<]*stood aside")
    for path, text in everything(hall, now).items():
        assert not told.search(text), path


# calendar


def test_the_calendar_is_read_by_others(hall: Hall, lease: Matter, now: datetime, read: Any) -> None:
    title = "讨论集体土地发包方案；确定底价，公开招租期限，以及其他与会代表提出的需要当场讨论的事项\\附件，一"
    day = (now + 30 * DAY).date()
    meetings.call(
        hall.village.clerk,
        hall.village.committee,
        "representatives_meeting",
        day,
        [Point(title)],
        venue="村委会二楼，会议室",
        now=now,
    )
    matters.open_matter(
        hall.village.xiulan, hall.village.committee, "hand_over_after_election", "换届，移交;一", now=now
    )
    text = read("p/ID/calendar.ics")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")
    meeting, deadline = events(text)
    assert meeting["summary"] == "村民代表会议"
    assert meeting["description"] == title
    assert meeting["location"] == "村委会二楼，会议室"
    assert (meeting.decoded("dtstart"), meeting.decoded("dtend")) == (day, day + DAY)
    assert deadline["summary"] == "期限：换届，移交;一"
    duty = current(Matter.objects.get(power="hand_over_after_election")).duty
    assert duty is not None
    assert deadline.decoded("dtstart") == duty.due_day
    for event in (meeting, deadline):
        assert type(event.decoded("dtstart")) is date
        assert event["dtstamp"].to_ical().endswith(b"Z")
        assert "rrule" not in event
    assert len({str(event["uid"]) for event in (meeting, deadline)}) == 2
    assert text == read("p/ID/calendar.ics")


def test_meetings_of_bodies_and_of_the_party_are_not_in_it(hall: Hall, now: datetime, read: Any) -> None:
    meetings.call(
        hall.village.li, hall.village.party, "party_members_meeting", now.date(), [Point("学习")], now=now
    )
    assert events(read("p/ID/calendar.ics")) == []


# registers


def test_both_registers_agree_row_by_row(hall: Hall, lease: Matter, now: datetime, read: Any) -> None:
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now)
    publication = publish_decision(hall, current(lease), now)
    matters.withdraw(hall.village.xiulan, spend(hall, "修路灯", now), "写错了", now=now)
    told = json.loads(read("p/ID/decisions-2026.json"))
    rows = list(csv.DictReader(io.StringIO(read("p/ID/decisions-2026.csv").removeprefix("\ufeff"))))
    assert (told["format"], told["year"]) == ("cunwu-register/1", 2026)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(told["matters"]) == 2
    for row, entry in zip(rows, told["matters"], strict=True):
        as_text = {
            k: " ".join(v) if k == "publications" else "" if v is None else str(v) for k, v in entry.items()
        }
        assert row == as_text
    entry = told["matters"][0]
    assert entry == {
        "matter": lease.public_id,
        "power": "lease_land",
        "power_title": entry["power_title"],
        "title": "李家洼荒地发包",
        "amount_yuan": "12000.00",
        "state": "open",
        "opened_on": "2026-10-08",
        "ended_on": None,
        "decided_on": "2026-10-08",
        "decided_by": "村民代表会议",
        "expected": 28,
        "present": 28,
        "in_favour": 28,
        "against": 0,
        "abstained": 0,
        "publications": [publication.public_id],
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(hall: Hall, now: datetime, read: Any, start: str) -> None:
    title = f'{start}HYPERLINK("https://example.org")'
    spend(hall, title, now)
    (row,) = csv.DictReader(io.StringIO(read("p/ID/decisions-2026.csv").removeprefix("\ufeff")))
    assert row["title"] == f"'{title}"
    assert json.loads(read("p/ID/decisions-2026.json"))["matters"][0]["title"] == title


def test_a_register_holds_what_ended_in_its_year(hall: Hall, now: datetime, read: Any) -> None:
    new_year = datetime.fromisoformat("2025-01-01T00:30:00+08:00")
    old = spend(hall, "修旧路灯", new_year - 30 * DAY)
    matters.withdraw(hall.village.xiulan, old, "写错了", now=new_year)
    spend(hall, "修新路灯", now)
    told = {year: json.loads(read(f"p/ID/decisions-{year}.json"))["matters"] for year in (2025, 2026)}
    assert [each["title"] for each in told[2025]] == ["修旧路灯"]
    assert [each["title"] for each in told[2026]] == ["修新路灯"]
    assert "修旧路灯" in read("zh/p/ID/matters/2025/index.html")
    page = read("zh/p/ID/matters/index.html")
    assert "修旧路灯" not in page
    assert f'href="../../../../zh/p/{hall.village.place.public_id}/matters/2025/"' in page


# size and speed


@pytest.mark.parametrize("count", [1, 3])
def test_baking_asks_as_much_of_three_matters_as_of_one(
    hall: Hall, lease: Matter, now: datetime, count: int
) -> None:
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now)
    for number in range(count):
        matters.withdraw(hall.village.xiulan, spend(hall, f"修水泵{number}", now), "写错了", now=now)
    for number in range(1, count):
        hall.take(hall.village.clerk, current(spend(hall, f"修路灯{number}", now)), now)
    affairs_pages(hall.village.place, now=now)
    with CaptureQueriesContext(connection) as asked:
        affairs_pages(hall.village.place, now=now)
    assert len(asked) == QUERIES, [each["sql"][:120] for each in asked]


def ended_before(hall: Hall, pattern: Matter, count: int, ended: datetime) -> None:
    """Many matters that ended long ago."""
    Matter.objects.bulk_create(
        Matter(
            organization=pattern.organization,
            power=pattern.power,
            title=f"修路灯{number}",
            rule=pattern.rule,
            pack_digest=pattern.pack_digest,
            opened_at=ended,
            opened_by=pattern.opened_by,
            state=Matter.State.DONE,
            ended_at=ended,
        )
        for number in range(count)
    )


def test_four_thousand_ended_matters_do_not_grow_the_newest_page(
    hall: Hall, lease: Matter, now: datetime, read: Any
) -> None:
    before = len(read("zh/p/ID/matters/index.html"))
    ended_before(hall, lease, 2_000, now - 700 * DAY)
    ended_before(hall, lease, 1_900, now - 365 * DAY)
    grown = read("zh/p/ID/matters/index.html")
    assert len(grown) < before + 1_000
    ended_before(hall, lease, 100, now)
    files = affairs_pages(hall.village.place, now=now)
    pages = {path: data for path, data in files.items() if path.endswith(".html")}
    assert max(map(len, pages.values())) < 40_000
    place = hall.village.place.public_id
    titles = [
        title
        for name in ("index.html", "2026/2/index.html")
        for title in re.findall(r"<span>(修路灯\d+)</span>", pages[f"zh/p/{place}/matters/{name}"].decode())
    ]
    assert len(titles) == len(set(titles)) == 100
    assert titles[0] == "修路灯99"
    assert pages[f"zh/p/{place}/matters/index.html"].decode().count("<span>修路灯") == ENDED_ON_A_PAGE
    assert f"zh/p/{place}/matters/2024/index.html" not in pages
    assert "李家洼荒地发包" not in pages[f"zh/p/{place}/matters/2026/2/index.html"].decode()


# nothing stale


def test_each_action_queues_the_pages_that_it_changes(hall: Hall, lease: Matter, now: datetime) -> None:
    village = hall.village
    assert stale(hall), "opened"
    step = to_the_vote(hall, lease, now)
    assert stale(hall), "taken"
    meeting = call_vote(hall, step, now)
    assert stale(hall), "called"
    meetings.cancel(village.clerk, meeting, now=now)
    assert stale(hall), "called off"
    meeting = call_vote(hall, step, now)
    StalePage.objects.all().delete()
    meetings.fail(village.clerk, meeting, hall.report(meeting, absent=10), now=now)
    assert stale(hall), "failed"
    meeting = call_vote(hall, step, now)
    StalePage.objects.all().delete()
    meetings.close(village.clerk, meeting, hall.report(meeting), now=now)
    assert stale(hall), "held"
    publish_decision(hall, current(lease), now)
    assert stale(hall), "published"
    assert publishing.advance(CLOCK, now=now + 16 * DAY) == 1
    assert stale(hall), "time is over"
    matters.withdraw(village.xiulan, lease, "改期再议", now=now + 16 * DAY)
    assert stale(hall), "withdrawn"


def test_so_do_joint_requests(hall: Hall, now: datetime, read: Any) -> None:
    StalePage.objects.all().delete()
    asked = requests.register(
        hall.village.clerk, hall.village.committee, "villagers_meeting_request", "召开村民会议。", now=now
    )
    assert stale(hall)
    requests.sign(hall.village.clerk, asked, hall.people["代表01"], now.date(), now=now)
    assert stale(hall)
    page = read("zh/p/ID/matters/index.html")
    assert "已有1人签名" in page
    assert "代表01" not in page
    requests.answer(hall.village.xiulan, asked, "11月召开。", now=now)
    assert stale(hall)
    assert "正在联名" not in read("zh/p/ID/matters/index.html")


def test_the_clock_shows_late_steps_new_officers_and_a_new_day(
    hall: Hall, lease: Matter, now: datetime, read: Any
) -> None:
    matter = matters.open_matter(
        hall.village.xiulan, hall.village.committee, "hand_over_after_election", "换届移交", now=now
    )
    duty = current(matter).duty
    assert duty is not None
    clock.tick(now=now)
    StalePage.objects.all().delete()
    quiet = now + 10 * timedelta(minutes=1)
    clock.tick(now=quiet)
    assert not stale(hall), "nothing happened"
    hall.now = quiet
    org.appoint(None, hall.person("新来"), "committee_member", hall.village.committee, now.date(), now=quiet)
    clock.tick(now=quiet + timedelta(seconds=50))
    assert stale(hall), "somebody came into office"
    assert "新来" in read("zh/p/ID/matters/index.html", quiet)
    morning = now + DAY
    clock.tick(now=morning)
    assert stale(hall), "a new day"
    late = duty.due_at + timedelta(seconds=30)
    clock.tick(now=late)
    StalePage.objects.all().delete()
    duty.refresh_from_db()
    assert duty.late_at == late
    type(duty).objects.filter(pk=duty.pk).update(late_at=None)
    clock.tick(now=late + timedelta(minutes=9))
    assert stale(hall), "a step fell late"


def test_the_rows_become_files(hall: Hall, lease: Matter, now: datetime) -> None:
    log.sequence(now=now)
    bake.bake_stale(now=now)
    folder: Path = bake.site_folder()
    place = hall.village.place.public_id
    assert "李家洼荒地发包" in (folder / f"zh/p/{place}/matters/index.html").read_text(encoding="utf-8")
    assert "李家洼荒地发包" in (folder / f"zh/p/{place}/index.html").read_text(encoding="utf-8")
    matters.withdraw(hall.village.xiulan, lease, "改期再议", now=now)
    bake.bake_stale(now=now)
    assert "李家洼荒地发包" not in (folder / f"zh/p/{place}/index.html").read_text(encoding="utf-8")


def test_another_villages_matters_are_not_here(hall: Hall, lease: Matter, now: datetime) -> None:
    other = build_village(now, "柳河村", hall.village.town)
    for data in affairs_pages(other.place, every_year=True, now=now).values():
        assert "李家洼" not in data.decode()
