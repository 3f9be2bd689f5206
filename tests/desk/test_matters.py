"""Matters through pages: what is offered is allowed, what is not offered is refused by address too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conftest import build_village
from cunwu.org.models import Appointment
from cunwu.procedures import matters
from cunwu.procedures.models import Matter, Meeting, Step
from cunwu.procedures.rules import step_rule
from procedures.conftest import Hall, current

SignIn = Callable[[Appointment], Client]
WEEK = timedelta(days=10)


def start(client: Client, hall: Hall, power: str = "lease_land", **fields: str) -> Matter:
    """Start a matter from the power's page."""
    typed = {
        "do": "open",
        "title": "李家洼荒地发包",
        "text": "面积42亩，发包10年。",
        "amount": "1.2万",
        "parties": "刘强",
        "body": hall.village.committee.public_id,
    }
    answer = client.post(f"/powers/{hall.village.committee.public_id}/{power}/", typed | fields)
    assert answer.status_code == 302, answer.content.decode()
    return Matter.objects.get(public_id=answer["Location"].split("/")[2])


def press(client: Client, matter: Matter, do: str = "take", **fields: Any) -> Any:
    """Press a button of the matter's page, with every paper that the open step needs."""
    step = current(matter)
    files = {
        f"paper_{paper.name}": SimpleUploadedFile(f"{paper.name}.pdf", b"%PDF-1.7 invented")
        for paper in step_rule(step).papers
    }
    return client.post(f"/matter/{matter.public_id}/", {"do": do, "step": step.number, **files, **fields})


def test_a_matter_is_started_from_its_picture(hall: Hall, sign_in: SignIn) -> None:
    client = sign_in(hall.village.xiulan)
    page = client.get(f"/powers/{hall.village.committee.public_id}/lease_land/").content.decode()
    assert '<svg class="flow"' in page
    matter = start(client, hall)
    assert (matter.amount_fen, matter.parties.get().name) == (1_200_000, "刘强")
    page = client.get(f"/matter/{matter.public_id}/").content.decode()
    assert "清查资源、定底价" in page
    assert "按发起当天的规则办" in page


def test_every_page_of_it_answers_in_both_languages(hall: Hall, sign_in: SignIn) -> None:
    client = sign_in(hall.village.xiulan)
    matter = start(client, hall)
    village = hall.village.committee.public_id
    for language in ("zh-hans", "en"):
        client.post("/language/", {"language": language})
        for address in (
            f"/powers/{village}/",
            f"/powers/{village}/approve_spending/",
            f"/matters/{village}/",
            f"/matters/{village}/?state=overdue&q=x",
            f"/matter/{matter.public_id}/",
            f"/meetings/{village}/",
            f"/meetings/{village}/?kind=villagers_committee_meeting",
            f"/requests/{village}/",
            f"/archive/{village}/",
            "/relations/",
            "/",
        ):
            assert client.get(address).status_code == 200, address


def test_what_is_not_offered_is_refused_by_address(hall: Hall, sign_in: SignIn) -> None:
    matter = start(sign_in(hall.village.xiulan), hall)
    for officer in (hall.village.clerk, hall.village.li, hall.village.zhao):
        client = sign_in(officer)
        page = client.get(f"/matter/{matter.public_id}/").content.decode()
        assert 'value="take"' not in page
        answer = press(client, matter, text="清查")
        assert answer.status_code == 403
        assert "办理；请切换任职，或者请其办理" in answer.content.decode()
    assert current(matter).number == 1


def test_what_is_offered_is_allowed(hall: Hall, sign_in: SignIn) -> None:
    member = hall.appoint("钱进", "committee_member", hall.village.committee)
    matter = start(sign_in(hall.village.xiulan), hall)
    client = sign_in(member)
    assert 'value="take"' in client.get(f"/matter/{matter.public_id}/").content.decode()
    assert press(client, matter, text="四至清楚。").status_code == 302
    assert current(matter).name == "propose"
    page = client.get(f"/matter/{matter.public_id}/").content.decode()
    paper = Step.objects.get(matter=matter, number=1).papers.first()
    assert paper is not None
    assert f"/paper/{paper.pk}/" in page
    kept = client.get(f"/paper/{paper.pk}/")
    assert kept.content == b"%PDF-1.7 invented"
    assert kept["Content-Disposition"].startswith("attachment")


def test_of_two_who_press_one_is_told(hall: Hall, sign_in: SignIn) -> None:
    member = hall.appoint("钱进", "committee_member", hall.village.committee)
    matter = start(sign_in(hall.village.xiulan), hall)
    client, number = sign_in(member), current(matter).number
    press(client, matter, text="四至清楚。")
    again = client.post(f"/matter/{matter.public_id}/", {"do": "take", "step": number, "text": "再来。"})
    assert again.status_code == 409
    assert "已经办过了" in again.content.decode()


def test_another_village_is_not_shown(hall: Hall, sign_in: SignIn, now: datetime) -> None:
    matter = start(sign_in(hall.village.xiulan), hall)
    other = build_village(now, "石桥村", hall.village.town)
    client = sign_in(other.xiulan)
    for address in (
        f"/matter/{matter.public_id}/",
        f"/matters/{hall.village.committee.public_id}/",
        f"/meetings/{hall.village.committee.public_id}/",
        f"/requests/{hall.village.committee.public_id}/",
    ):
        assert client.get(address).status_code == 403, address


def test_a_meeting_is_called_and_recorded_once(hall: Hall, sign_in: SignIn, now: datetime) -> None:
    village = hall.village
    client = sign_in(village.clerk)
    typed = {
        "do": "call",
        "kind": "villagers_committee_meeting",
        "held_on": now.date().isoformat(),
        "item_0": "商议道路养护",
    }
    answer = client.post(f"/meetings/{village.committee.public_id}/", typed)
    meeting = Meeting.objects.get(public_id=answer["Location"].split("/")[2])
    page = client.get(f"/meeting/{meeting.public_id}/").content.decode()
    assert village.xiulan.person.name in page
    key = village.xiulan.person_id
    told = {"do": "close", f"mark_{key}": "present", "chair": key, "minutes": "1. 商议道路养护：分段承包。"}
    assert client.post(f"/meeting/{meeting.public_id}/", told).status_code == 302
    page = client.get(f"/meeting/{meeting.public_id}/").content.decode()
    assert "分段承包" in page
    assert client.post(f"/meeting/{meeting.public_id}/", told).status_code == 409


def test_relations_are_declared_and_looked_at_on_record(hall: Hall, sign_in: SignIn) -> None:
    client = sign_in(hall.village.xiulan)
    client.post("/relations/", {"do": "declare", "kind": "sibling", "name": "刘强"})
    assert "刘强" in client.get("/relations/").content.decode()
    township = sign_in(hall.village.chen)
    address = f"/relations/{hall.village.committee.public_id}/"
    assert "刘强" not in township.get(address).content.decode()
    assert "刘强" in township.post(address, {"do": "read", "purpose": "recusal"}).content.decode()
    assert sign_in(hall.village.clerk).get(address).status_code == 403


def test_a_joint_request_counts_signatures(hall: Hall, sign_in: SignIn, now: datetime) -> None:
    client = sign_in(hall.village.clerk)
    typed = {"do": "register", "right": "call_assembly", "text": "请召开村民会议讨论道路。"}
    page = client.get(f"/requests/{hall.village.committee.public_id}/").content.decode()
    right = page.split('<option value="')[1].split('"')[0]
    answer = client.post(f"/requests/{hall.village.committee.public_id}/", typed | {"right": right})
    address = answer["Location"]
    client.post(address, {"do": "sign", "name": "代表01", "signed_on": now.date().isoformat()})
    assert "代表01" in client.get(address).content.decode()
    stranger = client.post(address, {"do": "sign", "name": "无名", "signed_on": now.date().isoformat()})
    assert stranger.status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_rows(
    hall: Hall, sign_in: SignIn, now: datetime, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        matters.open_matter(
            hall.village.xiulan, hall.village.committee, "lease_land", f"荒地{number}", amount_fen=1, now=now
        )
    client = sign_in(hall.village.xiulan)
    client.get("/")
    with django_assert_max_num_queries(12):
        client.get(f"/matters/{hall.village.committee.public_id}/")
    with django_assert_max_num_queries(35):
        client.get("/")
    with django_assert_max_num_queries(35):
        client.get(f"/matter/{Matter.objects.latest('id').public_id}/")
