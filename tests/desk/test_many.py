"""Ten villages by one accountant: each row succeeds or is refused by itself."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from conftest import Village, build_village
from cunwu.books.models import Month
from cunwu.disclosure import log
from cunwu.disclosure.models import BoardNotice, JointMeeting, Publication
from cunwu.duties import actions as duties
from cunwu.org import actions
from cunwu.org.authority import CLOCK
from cunwu.org.models import Appointment
from desk.conftest import SignIn, keep_books


@pytest.fixture
def three(village: Village, now: datetime) -> list[Village]:
    """Three villages whose books 王芳 keeps, and whose steps 李建国 and 赵立新 may not do elsewhere."""
    villages = [village]
    for name in ("石桥村", "柳湾村"):
        other = build_village(now, name, village.town)
        actions.end_appointment(village.chen, other.wang, date(2026, 10, 1), now=now)
        other.wang = actions.appoint(
            None,
            village.wang.person,
            "accountant",
            other.collective,
            date(2022, 1, 1),
            kind=Appointment.Kind.AGENCY,
            home=village.station,
            now=now,
        )
        villages.append(other)
    for one in villages:
        keep_books(one, now)
    duties.open_duties(CLOCK, now=now)
    return villages


def ids(villages: list[Village]) -> list[str]:
    """The organizations that keep books."""
    return [one.collective.public_id for one in villages]


def test_the_accountant_sees_all_and_acts_for_all(
    three: list[Village], sign_in: SignIn, now: datetime
) -> None:
    browser = sign_in(three[0].wang)
    page = browser.get("/").text
    assert "今天要办 3 件" in page
    assert "一起办（3个）" in page
    table = browser.get("/many/?period=2026-09")
    assert table.text.count('name="organization"') == 3
    done = browser.post(
        "/many/", {"do": "close", "period": "2026-09", "organization": ids(three)}, follow=True
    )
    assert done.text.count("已结账") >= 3
    assert Month.objects.filter(closed_at__isnull=False).count() == 3
    again = browser.post(
        "/many/", {"do": "close", "period": "2026-09", "organization": ids(three[:1])}, follow=True
    )
    assert "已经结账" in again.text
    browser.post("/many/", {"do": "draft", "period": "2026-09", "organization": ids(three)})
    assert browser.get("/many/?period=2026-09&step=sign").text.count("监督委员会签名") >= 3


def test_each_row_by_itself(three: list[Village], sign_in: SignIn, now: datetime) -> None:
    accountant, head, secretary = (sign_in(p) for p in (three[0].wang, three[0].zhao, three[0].li))
    for step in ("close", "draft"):
        accountant.post("/many/", {"do": step, "period": "2026-09", "organization": ids(three)})
    # 赵立新 heads the committee of one village only: the others are not in his reach and are not signed.
    head.post("/many/", {"do": "sign", "period": "2026-09", "organization": ids(three)})
    mine = three[0].collective.public_id
    fields = {
        f"held_on_{mine}": "2026-10-08",
        f"chaired_by_{mine}": "李建国",
        f"expected_{mine}": "7",
        f"present_{mine}": "5",
        f"in_favour_{mine}": "5",
    }
    secretary.post("/many/", {"do": "meeting", "period": "2026-09", "organization": mine, **fields})
    assert JointMeeting.objects.count() == 1
    secretary.post("/many/", {"do": "publish", "period": "2026-09", "organization": mine})
    publication = Publication.objects.get()
    poster = sign_in(three[0].xiulan)
    form = {"do": "post", "period": "2026-09", "organization": mine, "put_up_on": "2026-10-08"}
    early = poster.post("/many/", form, follow=True)
    assert "还没有编入日志" in early.text
    log.sequence(now=now)
    poster.post("/many/", form)
    assert BoardNotice.objects.get().publication == publication


def test_nothing_ticked_is_said(three: list[Village], sign_in: SignIn) -> None:
    answer = sign_in(three[0].wang).post("/many/", {"do": "close", "period": "2026-09"})
    assert answer.status_code == 422
    assert "没有勾选" in answer.text


def test_other_organizations_are_passed_over(three: list[Village], sign_in: SignIn, now: datetime) -> None:
    outsider = sign_in(three[1].li)
    answer = outsider.post("/many/", {"do": "close", "period": "2026-09", "organization": ids(three[:1])})
    assert answer.status_code == 422
    assert not Month.objects.filter(closed_at__isnull=False).exists()


def test_switching_by_pinyin(three: list[Village], sign_in: SignIn) -> None:
    browser = sign_in(three[0].wang)
    found = browser.get("/switch/?q=shi qiao").text
    assert "石桥村" in found
    assert "柳湾村" not in found
    browser.post("/switch/", {"appointment": three[1].wang.public_id})
    assert "石桥村股份经济合作社 ▾" in browser.get("/").text
    assert browser.get("/books/").headers["Location"] == f"/books/{three[1].collective.public_id}/"
    assert browser.post("/switch/", {"appointment": three[1].zhao.public_id}).status_code == 403


def test_late_villages_are_seen_from_the_township(
    three: list[Village], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(three[0].chen)
    monkeypatch.setenv("CUNWU_NOW", "2026-11-02T09:00:00+08:00")
    page = browser.get("/").text
    assert "已过期" in page
    assert "待结账3个" in page
    assert "青石镇人民政府已能看到" in page
