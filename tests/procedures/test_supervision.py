"""What the supervisory committee does is counted where it is done; the half-yearly report writes itself but for its words."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cunwu.documents import actions as documents
from cunwu.duties.models import Duty
from cunwu.errors import Invalid, NotAllowed, Refused
from cunwu.law.periods import Period
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK
from cunwu.procedures import matters, meetings, supervision
from cunwu.procedures.handover import remind_of_handover
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point
from procedures.conftest import Hall, current

SECOND_HALF = Period("half", 2026, 2)
AFTER = timedelta(days=100)


def test_the_report_counts_what_was_done(hall: Hall, now: datetime) -> None:
    village = hall.village
    assert set(supervision.figures(village.supervision, SECOND_HALF).values()) == {0}
    own = meetings.call(
        village.zhao, village.supervision, "supervision_meeting", now.date(), [Point("检查账目")], now=now
    )
    meetings.close(village.zhao, own, hall.report(own), now=now)
    sat = meetings.call(
        village.clerk, village.committee, "villagers_committee_meeting", now.date(), [Point("议事")], now=now
    )
    meetings.close(village.clerk, sat, hall.report(sat, observers=[village.zhao, village.sun]), now=now)
    counted = supervision.figures(village.supervision, SECOND_HALF)
    assert (counted["meetings"], counted["meetings_sat_in"]) == (1, 1)


def test_it_becomes_a_draft_of_the_committees_own(hall: Hall, now: datetime) -> None:
    village = hall.village
    draft = supervision.draft_report(
        village.zhao, village.supervision, "2026H2", "发票附件不全的有两笔，已补齐。", now=now + AFTER
    )
    content = json.loads(documents.read(draft.document))
    assert content["figures"].keys() == supervision.figures(village.supervision, SECOND_HALF).keys()
    assert content["text"].startswith("发票附件不全")


@pytest.mark.parametrize(
    ("period", "text", "code"),
    [
        ("2026H2", "有问题。", "report.period"),
        ("2026-09", "有问题。", "report.period"),
        ("2026H1", " ", "report.text"),
    ],
)
def test_no_half_year_before_its_end_and_no_report_without_words(
    hall: Hall, now: datetime, period: str, text: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        supervision.draft_report(hall.village.zhao, hall.village.supervision, period, text, now=now)
    assert refused.value.code == code


def test_those_supervised_do_not_write_it(hall: Hall, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        supervision.draft_report(hall.village.xiulan, hall.village.supervision, "2026H1", "很好。", now=now)


def new_head(hall: Hall, now: datetime) -> Any:
    """何勇 follows 王秀兰 on 1 October."""
    org.end_appointment(hall.village.chen, hall.village.xiulan, date(2026, 9, 30), now=now)
    person = hall.person("何勇")
    return org.appoint(
        hall.village.chen, person, "committee_head", hall.village.committee, date(2026, 10, 1), now=now
    )


def test_a_new_committee_is_handed_over_to_in_ten_days(hall: Hall, now: datetime) -> None:
    head = new_head(hall, now)
    assert remind_of_handover(CLOCK, now=now) == 1
    assert remind_of_handover(CLOCK, now=now) == 0
    duty = Duty.objects.get(name="handover")
    assert duty.due_day == date(2026, 10, 11)
    assert "村民委员会组织法" in duty.basis_zh
    matter = matters.open_matter(
        head, hall.village.committee, "hand_over_after_election", "2026年换届移交", now=now
    )
    hall.take(head, current(matter), now, text="公章2枚、账簿12册，逐项点清。")
    assert remind_of_handover(CLOCK, now=now) == 0
    duty.refresh_from_db()
    assert duty.met_at == now
    with pytest.raises(Refused):
        matters.take(head, current(matter), Done(now.date(), "自己核对。"), now=now)


def test_the_first_head_takes_over_from_nobody(hall: Hall, now: datetime) -> None:
    assert remind_of_handover(CLOCK, now=now) == 0
