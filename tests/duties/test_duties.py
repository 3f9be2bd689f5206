"""Every deadline is a row: opened by the packs, met by a publication, found late by the clock, claimed once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from conftest import Village, build_village
from cunwu.duties import actions
from cunwu.duties.models import Duty
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry

SHANGHAI = ZoneInfo("Asia/Shanghai")
Meanwhile = Callable[[Callable[[], object]], None]


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.fixture
def september(village: Village) -> Duty:
    """The duty to publish September's finances, opened on 1 October 2026."""
    actions.open_duties(CLOCK, now=at(2026, 10, 1, 0, 5))
    return Duty.objects.get(organization=village.committee, period="2026-09")


def test_a_month_that_ended_is_owed_with_its_clause(september: Duty, village: Village) -> None:
    assert september.due_day == date(2026, 10, 31)
    assert september.due_at == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    assert "山东省村务公开条例" in september.basis_zh
    assert "十二条" in september.basis_zh
    assert september.read_in_source
    assert september.next_level == village.township


def test_opening_twice_opens_once(september: Duty) -> None:
    assert actions.open_duties(CLOCK, now=at(2026, 10, 1, 0, 6)) == 0


def test_periods_missed_while_the_clock_stood_are_opened_when_it_runs_again(september: Duty) -> None:
    actions.open_duties(CLOCK, now=at(2027, 1, 2))
    assert sorted(Duty.objects.values_list("period", flat=True)) == [
        "2026-09",
        "2026-10",
        "2026-11",
        "2026-12",
    ]


def test_a_duty_that_is_owed_by_the_month_from_now_on_does_not_stop_the_clock(september: Duty) -> None:
    """Under the packs of before it was owed by the quarter; what was opened then stays as it is."""
    Duty.objects.filter(pk=september.pk).update(period="2026Q3")
    actions.open_duties(CLOCK, now=at(2027, 2, 1, 0, 5))
    actions.open_duties(CLOCK, now=at(2027, 4, 1, 0, 5))
    periods = sorted(Duty.objects.filter(name=september.name).values_list("period", flat=True))
    assert periods == ["2026Q3", "2027-01", "2027-02", "2027-03"]


def test_the_committee_alone_answers_for_it(september: Duty) -> None:
    assert Duty.objects.count() == 1


def test_a_village_without_books_owes_no_accounts(village: Village) -> None:
    village.collective.keeps_books = False
    village.collective.save()
    actions.open_duties(CLOCK, now=at(2026, 10, 1, 0, 5))
    assert not Duty.objects.exists()


def test_an_organization_that_did_not_exist_yet_owes_nothing(village: Village) -> None:
    village.committee.from_day = date(2026, 10, 1)
    village.committee.save()
    actions.open_duties(CLOCK, now=at(2026, 10, 2))
    assert not Duty.objects.exists()


def test_a_duty_met_in_time_is_never_late(september: Duty, village: Village) -> None:
    met = actions.meet(
        village.collective, september.catalogue_item, "2026-09", "publication:x", now=at(2026, 10, 8)
    )
    assert met is not None
    assert actions.mark_late(CLOCK, now=at(2026, 11, 2)) == []


def test_the_last_second_of_the_day_is_in_time(september: Duty) -> None:
    assert actions.mark_late(CLOCK, now=at(2026, 10, 31, 23, 59, 59)) == []
    assert actions.mark_late(CLOCK, now=at(2026, 11, 1, 0, 0, 0)) == [september]


def test_a_late_duty_is_claimed_once(september: Duty) -> None:
    later = at(2026, 11, 3)
    assert actions.mark_late(CLOCK, now=later) == [september]
    assert actions.mark_late(CLOCK, now=later + timedelta(minutes=1)) == []
    september.refresh_from_db()
    assert september.late_at == later


def test_the_first_publication_counts(september: Duty, village: Village) -> None:
    item = september.catalogue_item
    actions.meet(village.collective, item, "2026-09", "publication:first", now=at(2026, 10, 8))
    assert (
        actions.meet(village.collective, item, "2026-09", "publication:second", now=at(2026, 10, 9)) is None
    )
    september.refresh_from_db()
    assert september.met_by == "publication:first"


def test_a_late_duty_can_still_be_met(september: Duty, village: Village) -> None:
    actions.mark_late(CLOCK, now=at(2026, 11, 3))
    met = actions.meet(
        village.collective, september.catalogue_item, "2026-09", "publication:x", now=at(2026, 11, 5)
    )
    assert met == september


def test_of_two_clocks_one_opens_what_is_owed(village: Village, meanwhile: Meanwhile) -> None:
    now, others = at(2026, 10, 1, 0, 5), []
    meanwhile(lambda: others.append(actions.open_duties(CLOCK, now=now)))
    assert actions.open_duties(CLOCK, now=now) == 0
    assert others == [1]
    assert Duty.objects.count() == 1
    assert AuditEntry.objects.filter(action="duties.open").count() == 1


def test_of_two_clocks_each_late_duty_is_found_by_one(
    september: Duty, village: Village, now: datetime, meanwhile: Meanwhile
) -> None:
    neighbour = build_village(now, "石桥村", village.town)
    actions.open_duties(CLOCK, now=now)
    later, others = at(2026, 11, 3), []
    meanwhile(lambda: others.extend(actions.mark_late(CLOCK, now=later)))
    assert actions.mark_late(CLOCK, now=later) == []
    assert {duty.organization for duty in others} == {village.committee, neighbour.committee}
    assert AuditEntry.objects.filter(action="duties.late").count() == 2


def test_a_duty_is_called_by_its_name_and_period(september: Duty) -> None:
    assert str(september) == "每月公布财务收支情况 2026-09"


@pytest.mark.parametrize("villages", [1, 3])
def test_opening_costs_the_same_number_of_queries(
    village: Village, now: datetime, villages: int, django_assert_max_num_queries: object
) -> None:
    for number in range(1, villages):
        build_village(now, f"石桥{number}村", village.town)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        actions.open_duties(CLOCK, now=at(2026, 10, 1, 0, 5))


def test_meetings_are_owed_from_the_day_on_which_they_are_entered(
    village: Village, settings: Settings
) -> None:
    actions.open_duties(CLOCK, now=at(2026, 10, 1, 0, 5))
    assert not Duty.objects.exclude(meeting_kind="").exists()
    settings.CUNWU = settings.CUNWU.model_copy(update={"meetings_from": date(2026, 11, 1)})
    actions.open_duties(CLOCK, now=at(2026, 10, 31))
    assert not Duty.objects.exclude(meeting_kind="").exists()
    actions.open_duties(CLOCK, now=at(2026, 11, 1, 0, 5))
    monthly = Duty.objects.get(organization=village.supervision, meeting_kind="supervision_meeting")
    assert (monthly.period, monthly.due_day) == ("2026-11", date(2026, 11, 30))


def test_a_meeting_meets_what_was_owed_in_its_period(village: Village, settings: Settings) -> None:
    settings.CUNWU = settings.CUNWU.model_copy(update={"meetings_from": date(2026, 11, 1)})
    actions.open_duties(CLOCK, now=at(2026, 11, 1, 0, 5))
    kind, by = "supervision_meeting", "meeting:x"
    assert (
        actions.meet_by_meeting(village.supervision, kind, date(2026, 10, 31), by, now=at(2026, 11, 2)) == []
    )
    (met,) = actions.meet_by_meeting(village.supervision, kind, date(2026, 11, 2), by, now=at(2026, 11, 2))
    assert met.organization == village.supervision
    assert not [late for late in actions.mark_late(CLOCK, now=at(2026, 12, 2)) if late == met]
