"""Annual appraisal by secret ballot: only totals are kept, and two of "incompetent" in a row end the post."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from cunwu.errors import Invalid, NotAllowed
from cunwu.org.models import Appointment, AuditEntry
from cunwu.procedures import matters, meetings
from cunwu.procedures.guards import Ballot
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Meeting
from procedures.conftest import Hall, current

YEAR = timedelta(days=365)


def appraise(hall: Hall, officer: Appointment, ballot: Ballot, now: datetime) -> Meeting:
    """The representatives' appraisal of one officer, chaired by the supervisory committee's head of the roll."""
    meeting = meetings.call(
        hall.village.zhao,
        hall.village.supervision,
        "appraisal_meeting",
        now.date(),
        [Point(f"评议{officer.person.name}", appraised=officer)],
        notice_on=now.date() - timedelta(days=10),
        now=now,
    )
    return meetings.close(hall.village.zhao, meeting, hall.report(meeting, votes=ballot), now=now)


def test_one_bad_year_is_told_and_ends_nothing(hall: Hall, now: datetime) -> None:
    officer = hall.appoint("钱进", "committee_member", hall.village.committee)
    item = appraise(hall, officer, Ballot(in_favour=5, against=15, abstained=5), now).items.get()
    officer.refresh_from_db()
    assert (item.secret, item.carried, officer.until_day) == (True, False, None)
    assert "不称职15票，有效票25票" in item.outcome_zh
    assert "连续2次的，职务终止" in item.outcome_zh


def test_two_in_a_row_end_the_post(hall: Hall, now: datetime) -> None:
    officer = hall.appoint("钱进", "committee_member", hall.village.committee)
    appraise(hall, officer, Ballot(5, 15, 5), now)
    item = appraise(hall, officer, Ballot(5, 15, 5), now + YEAR).items.get()
    officer.refresh_from_db()
    assert officer.until_day == (now + YEAR).date()
    assert "村民委员会组织法" in item.outcome_zh
    assert AuditEntry.objects.filter(action="org.end_by_law").exists()
    assert not officer.held_on((now + YEAR).date())


@pytest.mark.parametrize(("month", "day"), [(4, 7), (3, 9)])
def test_two_are_six_months_apart(hall: Hall, now: datetime, month: int, day: int) -> None:
    """Shandong's measures, Article 29.2: refused when it is called, the earliest day named. Now is 8 October."""
    officer = hall.appoint("钱进", "committee_member", hall.village.committee)
    appraise(hall, officer, Ballot(5, 15, 5), now)
    with pytest.raises(Invalid) as refused:
        appraise(hall, officer, Ballot(5, 15, 5), now.replace(year=2027, month=month, day=day))
    officer.refresh_from_db()
    assert (refused.value.code, officer.until_day) == ("appraisal.too_soon", None)
    assert "6个月；最早2027-04-08评议，请改期" in refused.value.zh
    assert "第二十九条" in str(refused.value.basis)
    appraise(hall, officer, Ballot(5, 15, 5), now.replace(year=2027, month=4, day=8))


def test_one_that_is_called_already_counts_and_one_that_is_cancelled_does_not(
    hall: Hall, now: datetime
) -> None:
    officer = hall.appoint("钱进", "committee_member", hall.village.committee)

    def called(on: date) -> Meeting:
        return meetings.call(
            hall.village.zhao,
            hall.village.supervision,
            "appraisal_meeting",
            on,
            [Point("评议", appraised=officer)],
            now=now,
        )

    later = called(date(2026, 11, 30))
    with pytest.raises(Invalid) as refused:
        called(date(2026, 10, 20))
    assert refused.value.code == "appraisal.too_soon"
    meetings.cancel(hall.village.zhao, later, now=now)
    called(date(2026, 10, 20))


def test_a_good_year_between_two_bad_ones_breaks_the_row(hall: Hall, now: datetime) -> None:
    officer = hall.appoint("钱进", "committee_member", hall.village.committee)
    for year, ballot in enumerate((Ballot(5, 15, 5), Ballot(20, 3, 2), Ballot(5, 15, 5))):
        appraise(hall, officer, ballot, now + year * YEAR)
    officer.refresh_from_db()
    assert officer.until_day is None


@pytest.mark.parametrize(("against", "bad"), [(12, False), (13, True)])
def test_more_than_half_of_the_votes_make_it(hall: Hall, now: datetime, against: int, bad: bool) -> None:
    officer = hall.appoint("钱进", "committee_member", hall.village.committee)
    item = appraise(hall, officer, Ballot(24 - against, against, 0), now).items.get()
    assert item.carried is not bad


def test_who_is_appraised_takes_no_part_reported_or_not(hall: Hall, now: datetime) -> None:
    officer = hall.appoint("代表03", "committee_member", hall.village.committee)
    meeting = appraise(hall, officer, Ballot(24), now)
    recusal = meeting.items.get().recusals.get()
    assert (recusal.person, recusal.demanded) == (officer.person, True)
    with pytest.raises(Invalid) as refused:
        appraise(hall, officer, Ballot(25), now + YEAR)
    assert refused.value.code == "meeting.too_many_votes"


def test_the_supervisory_committee_itself_is_appraised(hall: Hall, now: datetime) -> None:
    item = appraise(hall, hall.village.sun, Ballot(25), now).items.get()
    assert item.carried is True


def test_who_holds_no_office_of_the_village_is_not(hall: Hall, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        appraise(hall, hall.village.chen, Ballot(25), now)
    assert refused.value.code == "appraisal.officer"


def test_a_meeting_of_the_two_committees_appraises_nobody(hall: Hall, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        meetings.call(
            hall.village.clerk,
            hall.village.committee,
            "two_committees_meeting",
            now.date(),
            [Point("评议", appraised=hall.village.xiulan)],
            now=now,
        )
    assert refused.value.code == "appraisal.meeting"


def test_those_appraised_do_not_organize_it(hall: Hall, now: datetime) -> None:
    matter = matters.open_matter(
        hall.village.li, hall.village.supervision, "appraise_committee", "2026年民主评议", now=now
    )
    matters.take(hall.village.li, current(matter), Done(now.date(), "请监委会组织。"), now=now)
    with pytest.raises(NotAllowed) as refused:
        matters.take(hall.village.xiulan, current(matter), Done(now.date(), "方案"), now=now)
    assert refused.value.code == "step.office"
