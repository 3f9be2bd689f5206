"""What the pages ask, in as many queries for three villages as for one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from conftest import build_village
from cunwu.disclosure import actions, log, qr, queries
from cunwu.disclosure.models import Publication
from cunwu.duties import actions as duties
from cunwu.errors import NotFound
from cunwu.org.authority import CLOCK
from disclosure.steps import BOARD, publish, sheet


def test_an_entry_is_found_by_its_name_in_either_case(published: Publication) -> None:
    entry = queries.publication_entry(published)
    assert queries.entry_named(qr.leaf_name(entry)) == entry
    assert queries.entry_named(qr.leaf_name(entry).lower()) == entry


@pytest.mark.parametrize("name", ["", "A", "0" * 52, "A" * 52, "村" * 52, "A" * 51, "A" * 5000])
@pytest.mark.django_db
def test_what_is_no_entry_says_so(name: str) -> None:
    with pytest.raises(NotFound) as refused:
        queries.entry_named(name)
    assert refused.value.code == "disclosure.no_such_entry"


def test_a_place_lists_its_versions_in_a_fixed_number_of_queries(
    published: Publication, village: Any, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    with django_assert_num_queries(3):
        (one,) = queries.publications(village.place)
    assert (one.state, one.in_log, len(one.notices)) == ("current", True, 1)
    publish(village, now, sheet(amount=2), supersedes=published, reason_zh="金额录错")
    publish(village, now, period="2026-08")
    with django_assert_num_queries(3):
        listed = queries.publications(village.place)
        for each in listed:
            assert each.publication.organization.place == village.place
    assert [(each.publication.period, each.state) for each in listed] == [
        ("2026-09", "current"),
        ("2026-09", "superseded"),
        ("2026-08", "current"),
    ]
    assert listed[1].superseded_by == listed[0].publication
    assert [each.publication.period for each in queries.current_publications(village.place)] == [
        "2026-09",
        "2026-08",
    ]
    assert queries.versions(published) == [published, listed[0].publication]


def test_what_is_owed_and_what_is_missing(village: Any, now: datetime) -> None:
    duties.open_duties(CLOCK, now=now)
    assert [duty.period for duty in queries.owed(village.place)] == ["2026-09"]
    assert queries.missing(village.committee, date(2026, 10, 31)) == []
    assert [duty.period for duty in queries.missing(village.committee, date(2026, 11, 1))] == ["2026-09"]
    publish(village, now)
    assert not queries.owed(village.place).exists()


def test_how_villages_stand_in_two_queries(
    village: Any, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [build_village(now, name, village.town) for name in ("石桥村", "南河村")]
    duties.open_duties(CLOCK, now=now)
    publish(village, now)
    november = datetime.fromisoformat("2026-11-01T09:00:00+08:00")
    duties.mark_late(CLOCK, now=november)
    publish(others[0], november)
    with django_assert_num_queries(2):
        towns = queries.kept_below(village.county, "2026-09")
    assert [(t.place, t.in_time, t.met_late, t.running, t.late) for t in towns] == [
        (village.town, 1, 1, 0, 1)
    ]
    with django_assert_num_queries(2):
        villages = queries.kept_below(village.town, "2026-09")
    counted = {v.place.name_zh: (v.in_time, v.met_late, v.late) for v in villages}
    assert counted == {"云溪村": (1, 0, 0), "石桥村": (0, 1, 0), "南河村": (0, 0, 1)}


def test_open_drafts_are_those_to_work_on(published: Publication, village: Any, now: datetime) -> None:
    assert not queries.open_drafts(village.collective).exists()
    draft = actions.prepare(
        village.wang, village.collective, "finance_monthly", "2026-08", sheet(period="2026-08"), now=now
    )
    assert list(queries.open_drafts(village.collective)) == [draft]


def test_nothing_public_waits_for_a_second_run(village: Any, now: datetime) -> None:
    publication = publish(village, now)
    assert not queries.listed(publication).in_log
    log.sequence(now=now)
    assert queries.listed(publication).in_log
