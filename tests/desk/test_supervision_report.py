"""The supervisory committee's half-yearly report through pages: counted first, then its own words, then a draft as any."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from cunwu.disclosure import actions as disclosure
from cunwu.disclosure.models import Draft, Publication
from cunwu.documents import actions as documents
from cunwu.org.models import Appointment
from cunwu.procedures import meetings
from cunwu.procedures.meetings import Point
from procedures.conftest import Hall

SignIn = Callable[[Appointment], Client]
FOUND = "发票附件不全的有两笔，已补齐；建议重大开支先上会。"


@pytest.fixture
def in_june(hall: Hall, now: datetime) -> Hall:
    """The committee met once in June."""
    june, village = now - timedelta(days=112), hall.village
    own = meetings.call(
        village.zhao, village.supervision, "supervision_meeting", june.date(), [Point("检查账目")], now=june
    )
    meetings.close(village.zhao, own, hall.report(own), now=june)
    return hall


def address(hall: Hall) -> str:
    """The page of the village's committee."""
    return f"/supervision/{hall.village.supervision.public_id}/"


def press(client: Client, hall: Hall, **typed: str) -> Any:
    """Draft the report of the first half of 2026."""
    return client.post(address(hall), {"do": "draft", "period": "2026H1", "text": FOUND} | typed)


def test_a_supervisor_is_led_to_it_and_sees_the_figures_first(
    in_june: Hall, sign_in: SignIn, settings: Settings
) -> None:
    client = sign_in(in_june.village.zhao)
    for since in (None, date(2026, 1, 2)):
        settings.CUNWU = settings.CUNWU.model_copy(update={"meetings_from": since})
        assert address(in_june) not in client.get("/").content.decode(), (
            "not owed of a time that is not on record"
        )
    settings.CUNWU = settings.CUNWU.model_copy(update={"meetings_from": date(2026, 1, 1)})
    assert address(in_june) in client.get("/").content.decode()
    page = client.get(address(in_june)).content.decode()
    assert "2026年上半年" in page
    assert '召开监督委员会会议（次）</th><td class="n">1</td>' in page
    assert (
        address(in_june)
        in client.get(f"/disclosure/{in_june.village.supervision.public_id}/").content.decode()
    )
    older = client.get(address(in_june) + "?half=2025H2").content.decode()
    assert '召开监督委员会会议（次）</th><td class="n">0</td>' in older


def test_the_draft_goes_the_way_of_every_draft(in_june: Hall, sign_in: SignIn, now: datetime) -> None:
    client = sign_in(in_june.village.zhao)
    answer = press(client, in_june)
    draft = Draft.objects.get()
    assert answer["Location"] == f"/draft/{draft.public_id}/"
    page = client.get(answer["Location"]).content.decode()
    assert FOUND in page
    assert "召开监督委员会会议（次）" in page
    assert json.loads(documents.read(draft.document))["figures"]["meetings"] == 1
    assert "监督工作报告，等您拟订" not in client.get("/").content.decode()
    assert f"/draft/{draft.public_id}/" in client.get(address(in_june)).content.decode()
    assert sign_in(in_june.village.xiulan).post(answer["Location"], {"do": "publish"}).status_code == 302
    assert Publication.objects.get().organization == in_june.village.supervision


def test_what_is_published_is_corrected_with_a_reason(in_june: Hall, sign_in: SignIn, now: datetime) -> None:
    client = sign_in(in_june.village.zhao)
    press(client, in_june)
    first = disclosure.publish(in_june.village.xiulan, Draft.objects.get(), now=now)
    assert "更正公布" in client.get(address(in_june)).content.decode()
    refused = press(client, in_june, text="另有一笔。")
    assert refused.status_code == 422
    assert "另有一笔。</textarea>" in refused.content.decode()
    assert Draft.objects.count() == 1
    assert press(client, in_june, text="另有一笔。", reason="漏写一笔").status_code == 302
    assert Draft.objects.latest("id").supersedes == first


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text": "  "}, "请写明监督中发现的问题和建议"),
        ({"text": "长" * 2001}, "最多2000字（现有2001个）"),
        ({"period": "2026H2"}, "2026H2不是已经结束的半年"),
        ({"period": "上半年"}, "不是期间"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(
    in_june: Hall, sign_in: SignIn, typed: dict[str, str], said: str
) -> None:
    answer = press(sign_in(in_june.village.zhao), in_june, **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert typed.get("text", FOUND).strip()[:40] in page
    assert not Draft.objects.exists()


def test_those_supervised_neither_see_the_form_nor_draft(in_june: Hall, sign_in: SignIn) -> None:
    village = in_june.village
    for officer in (village.xiulan, village.clerk, village.li, village.chen):
        client = sign_in(officer)
        assert client.get(address(in_june)).status_code == 403
        assert press(client, in_june).status_code == 403
        assert address(in_june) not in client.get(f"/matters/{village.committee.public_id}/").content.decode()
        assert "监督工作报告，等您拟订" not in client.get("/").content.decode()
    assert not Draft.objects.exists()


def test_a_place_without_a_committee_is_told(in_june: Hall, sign_in: SignIn) -> None:
    answer = sign_in(in_june.village.zhao).get(f"/supervision/{in_june.village.township.public_id}/")
    assert answer.status_code == 404
    assert "没有登记村务监督委员会" in answer.content.decode()
