"""Rights that need a share of people, each by its own clause: counted on the roll of the village, whoever is asked."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.org import actions as org
from cunwu.procedures import requests
from cunwu.procedures.models import JointRequest
from procedures.conftest import SINCE, Hall

DAY = timedelta(days=1)
SHANDONG, ZHEJIANG = ["cn", "cn-shandong", "fangzi"], ["cn", "cn-zhejiang"]


def use(settings: Settings, packs: list[str]) -> None:
    """The rules of that province."""
    settings.CUNWU = settings.CUNWU.model_copy(update={"packs": tuple(packs)})


@pytest.fixture
def crowd(hall: Hall) -> Hall:
    """75 voters more: 100 on the roll, 25 of them representatives."""
    for number in range(26, 101):
        voter = hall.person(f"选民{number:03}")
        org.enrol(None, voter, hall.village.committee, "voter", SINCE, now=hall.now)
    return hall


def register(hall: Hall, right: str, now: datetime) -> JointRequest:
    """The clerk registers what people came with."""
    return requests.register(hall.village.clerk, hall.village.committee, right, "请依法办理。", now=now)


def sign(hall: Hall, request: JointRequest, names: list[str], now: datetime) -> None:
    """They sign, each by name."""
    for name in names:
        requests.sign(hall.village.clerk, request, hall.person(name), now.date(), now=now)


def voters(count: int) -> list[str]:
    """Voters who represent nobody."""
    return [f"选民{number:03}" for number in range(26, 26 + count)]


def representatives(count: int) -> list[str]:
    """Representatives, who are voters as well."""
    return [f"代表{number:02}" for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("packs", "right", "asked", "of_voters", "of_representatives"),
    [
        (SHANDONG, "recall", "villagers_committee", 20, 9),
        (SHANDONG, "villagers_meeting_request", "villagers_committee", 10, 9),
        (SHANDONG, "representatives_meeting_request", "villagers_committee", None, 5),
        (SHANDONG, "audit_items", "township_government", 20, None),
        (SHANDONG, "extra_disclosure", "villagers_committee", 10, 5),
        (SHANDONG, "second_audit", "county_bureau", 20, 17),
        (ZHEJIANG, "formal_question", "villagers_committee", 10, 5),
    ],
)
def test_each_right_by_its_own_share_and_to_whom_it_is_addressed(
    crowd: Hall,
    settings: Settings,
    now: datetime,
    packs: list[str],
    right: str,
    asked: str,
    of_voters: int | None,
    of_representatives: int | None,
) -> None:
    use(settings, packs)
    if asked == "county_bureau":
        org.create_organization(None, crowd.village.county, "county_bureau", "示范县农业农村局", now=now)
    for needed, people in ((of_voters, voters), (of_representatives, representatives)):
        if needed is None:
            continue
        request = register(crowd, right, now)
        assert (request.organization.kind, request.village) == (asked, crowd.village.committee)
        sign(crowd, request, people(needed - 1), now)
        assert request.reached_at is None
        assert 1 in {way.short for way in requests.support(request, now.date())}
        sign(crowd, request, people(needed)[-1:], now)
        assert request.reached_at == now


def test_the_clock_of_a_formal_question_runs_fifteen_days(
    crowd: Hall, settings: Settings, now: datetime
) -> None:
    use(settings, ZHEJIANG)
    request = register(crowd, "formal_question", now)
    sign(crowd, request, representatives(5), now)
    assert request.duty is not None
    assert request.duty.due_day == now.date() + 15 * DAY
    requests.answer(crowd.village.xiulan, request, "已书面答复。", now=now + DAY)
    request.duty.refresh_from_db()
    assert request.duty.met_at == now + DAY
    with pytest.raises(NotReady, match="已经答复"):
        requests.answer(crowd.village.xiulan, request, "再答复。", now=now + DAY)


def test_who_is_asked_answers_and_the_accountant_does_not(crowd: Hall, now: datetime) -> None:
    request = register(crowd, "audit_items", now)
    for officer in (crowd.village.wang, crowd.village.zhao, crowd.village.xiulan):
        with pytest.raises(NotAllowed):
            requests.answer(officer, request, "已审计。", now=now)
    assert requests.answer(crowd.village.chen, request, "已列入审计计划。", now=now).answered_at == now


def test_where_nobody_receives_it_that_is_said(crowd: Hall, now: datetime) -> None:
    with pytest.raises(Invalid, match="接收单位（县级部门）在云溪村和上级都没有登记") as refused:
        register(crowd, "second_audit", now)
    assert refused.value.code == "request.addressee"
