"""Meetings through pages: who came and how, who stands aside, votes that cannot be, too few; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cunwu.org import actions as org
from cunwu.org.models import Appointment, Household
from cunwu.org.relations import declare_relation
from cunwu.procedures import matters, meetings, requests
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Attendance, Matter, Meeting
from procedures.conftest import Hall, current

SignIn = Callable[[Appointment], Client]
SINCE = date(2024, 1, 1)


@pytest.fixture
def discussed(hall: Hall, now: datetime) -> Meeting:
    """The two committees are called to discuss a lease to 刘强, to whom 钱进 is a brother."""
    hall.officers |= {
        name: hall.appoint(name, "committee_member", hall.village.committee) for name in ("钱进", "郑好")
    }
    declare_relation(hall.officers["钱进"], "sibling", "刘强", now=now)
    matter = matters.open_matter(
        hall.village.xiulan,
        hall.village.committee,
        "lease_land",
        "李家洼荒地发包",
        amount_fen=1_200_000,
        parties=[("刘强", None)],
        now=now,
    )
    hall.take(hall.officers["郑好"], current(matter), now)
    hall.take(hall.village.li, current(matter), now)
    hall.attach(hall.village.clerk, current(matter), now)
    points = [Point(matter.title, step=current(matter))]
    return meetings.call(
        hall.village.clerk, hall.village.committee, "two_committees_meeting", now.date(), points, now=now
    )


def close(client: Client, meeting: Meeting, do: str = "close", **typed: Any) -> Any:
    """Record the result: everybody came and 王秀兰 chaired, unless said otherwise."""
    due = Appointment.objects.filter(
        office__in=("committee_head", "committee_member", "party_secretary"),
        organization__place=meeting.organization.place,
    )
    form = {f"mark_{each.person_id}": "present" for each in due}
    chair = due.get(office="committee_head").person_id
    return client.post(
        f"/meeting/{meeting.public_id}/",
        form
        | {"do": do, "chair": chair, "against_1": "0", "abstained_1": "0", "minutes": "1. 议定。"}
        | typed,
    )


def key(hall: Hall, name: str) -> int:
    """The person's row."""
    return int(hall.officers[name].person_id)


def test_who_must_stand_aside_is_ticked_beforehand(hall: Hall, discussed: Meeting, sign_in: SignIn) -> None:
    page = sign_in(hall.village.clerk).get(f"/meeting/{discussed.public_id}/").content.decode()
    assert f'name="recused_1" value="{key(hall, "钱进")}" checked' in page
    assert f'name="recused_1" value="{key(hall, "郑好")}" checked' not in page
    assert 'placeholder="3"' in page


def test_unticked_the_vote_is_on_record_and_decides_nothing(
    hall: Hall, discussed: Meeting, sign_in: SignIn
) -> None:
    client = sign_in(hall.village.clerk)
    assert close(client, discussed, in_favour_1="4").status_code == 302
    item = discussed.items.get()
    assert (item.carried, item.outcome_zh.startswith("钱进与本事项有利害关系")) == (False, True)
    assert current(Matter.objects.get()).name == "discuss"


def test_more_votes_than_voters_change_nothing_and_lose_nothing(
    hall: Hall, discussed: Meeting, sign_in: SignIn
) -> None:
    client = sign_in(hall.village.clerk)
    absent = key(hall, "郑好")
    answer = close(
        client,
        discussed,
        in_favour_1="3",
        recused_1=str(key(hall, "钱进")),
        minutes="1. 三人赞成。",
        **{f"mark_{absent}": "absent"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "共3票，而有表决权的到会人员只有2人" in page
    discussed.refresh_from_db()
    assert (discussed.state, discussed.attendance.count()) == (Meeting.State.CALLED, 0)
    kept = page.split(f'name="mark_{absent}"')[1].split("</select>")[0]
    assert '<option value="absent" selected' in kept
    assert f'name="recused_1" value="{key(hall, "钱进")}" checked' in page
    assert 'name="in_favour_1" inputmode="numeric" value="3"' in page
    assert "1. 三人赞成。" in page


def test_too_few_came_it_failed_and_who_came_is_kept(hall: Hall, discussed: Meeting, sign_in: SignIn) -> None:
    client = sign_in(hall.village.clerk)
    away = {f"mark_{key(hall, name)}": "absent" for name in ("钱进", "郑好")}
    away[f"mark_{hall.village.li.person_id}"] = "absent"
    refused = close(client, discussed, in_favour_1="1", **away)
    assert refused.status_code == 409
    assert "到会人数不足：应到4人、实到1" in refused.content.decode()
    assert close(client, discussed, "fail", **away).status_code == 302
    discussed.refresh_from_db()
    assert (discussed.state, discussed.attendance.filter(mark="present", votes=True).count()) == ("failed", 1)


def test_enough_came_so_it_did_not_fail(hall: Hall, discussed: Meeting, sign_in: SignIn) -> None:
    answer = close(sign_in(hall.village.clerk), discussed, "fail")
    assert answer.status_code == 409
    assert "到会人数够了" in answer.content.decode()


def test_the_result_is_offered_to_who_may_enter_it(hall: Hall, discussed: Meeting, sign_in: SignIn) -> None:
    for officer in (hall.village.wang, hall.village.sun):
        client = sign_in(officer)
        page = client.get(f"/meeting/{discussed.public_id}/")
        assert 'value="close"' not in page.content.decode()
        assert 'value="cancel"' not in page.content.decode()
        assert close(client, discussed, in_favour_1="3").status_code == 403
    discussed.refresh_from_db()
    assert discussed.state == Meeting.State.CALLED


@pytest.fixture
def assembly(hall: Hall, now: datetime) -> Meeting:
    """The members of the collective are called: 代表01 to 代表03, each of a household; 钱多 lives with 代表01."""
    for number in range(1, 4):
        person = hall.person(f"代表{number:02}")
        home = person.memberships.exclude(household=None).values_list("household", flat=True)[0]
        household = Household.objects.get(pk=home)
        org.enrol(None, person, hall.village.collective, "member", SINCE, household=household, now=now)
        if number == 1:
            org.enrol(
                None,
                hall.person("钱多"),
                hall.village.committee,
                "villager",
                SINCE,
                household=household,
                now=now,
            )
    return meetings.call(
        hall.village.li,
        hall.village.collective,
        "collective_assembly",
        now.date(),
        [Point("讨论分红")],
        notice_on=now.date() - timedelta(days=10),
        now=now,
    )


def attend(client: Client, hall: Hall, meeting: Meeting, proxy: str) -> Any:
    """代表01 sends `proxy`; the others come."""
    persons = [hall.person(f"代表{number:02}").pk for number in range(1, 4)]
    form = {f"mark_{person}": "present" for person in persons}
    form |= {f"mark_{persons[0]}": "proxy", f"proxy_{persons[0]}": proxy}
    return client.post(
        f"/meeting/{meeting.public_id}/", form | {"do": "close", "chair": persons[1], "minutes": "讨论。"}
    )


def test_one_of_the_household_may_stand_in_and_nobody_else(
    hall: Hall, assembly: Meeting, sign_in: SignIn
) -> None:
    client = sign_in(hall.village.li)
    for stranger in ("代表09", "无名", ""):
        refused = attend(client, hall, assembly, stranger)
        assert refused.status_code == 422
        assert "代表01" in refused.content.decode()
        assert Attendance.objects.count() == 0
    assert attend(client, hall, assembly, "钱多").status_code == 302
    proxy = Attendance.objects.get(mark="proxy").proxy
    assert proxy is not None
    assert proxy.name == "钱多"


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_meetings(
    hall: Hall, sign_in: SignIn, now: datetime, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        meetings.call(
            hall.village.clerk,
            hall.village.committee,
            "villagers_committee_meeting",
            now.date(),
            [Point(f"议题{number}")],
            now=now,
        )
        requests.register(
            hall.village.zhao, hall.village.committee, "villagers_meeting_request", f"请求{number}", now=now
        )
    client = sign_in(hall.village.clerk)
    for address, queries in (("meetings", 13), ("requests", 8)):
        page = f"/{address}/{hall.village.committee.public_id}/"
        client.get(page)  # rules are read once
        with django_assert_num_queries(queries):
            client.get(page)


def test_signatures_are_counted_until_there_are_enough(hall: Hall, sign_in: SignIn, now: datetime) -> None:
    client = sign_in(hall.village.zhao)
    form = {"do": "register", "right": "villagers_meeting_request", "text": "请召开村民会议讨论道路。"}
    address = client.post(f"/requests/{hall.village.committee.public_id}/", form)["Location"]
    sign = {"do": "sign", "signed_on": now.date().isoformat()}
    for number in (1, 2):
        client.post(address, sign | {"name": f"代表{number:02}"})
    page = client.get(address).content.decode()
    assert "名册25人，须3人，还差1人" in page
    assert 'value="answer"' not in sign_in(hall.village.xiulan).get(address).content.decode()
    again = client.post(address, sign | {"name": "代表01"})
    assert again.status_code in {409, 422}
    client.post(address, sign | {"name": "代表03"})
    page = client.get(address).content.decode()
    assert "人数已够" in page
    assert 'value="answer"' in sign_in(hall.village.xiulan).get(address).content.decode()
    assert "代表01" not in sign_in(hall.village.xiulan).get(address).content.decode()
