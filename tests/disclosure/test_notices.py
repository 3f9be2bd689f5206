"""The paper hangs on the organization's own boards, for all its days, or it goes up again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from cunwu.disclosure import actions, log, queries
from cunwu.disclosure.models import Publication
from cunwu.errors import Invalid, NotAllowed, NotReady
from disclosure.steps import BOARD, publish, sheet


def test_fifteen_days_the_day_of_putting_up_not_counted(
    published: Publication, village: Any, now: datetime
) -> None:
    assert queries.bare_boards(published) == [BOARD]
    notice = actions.post_notice(village.clerk, published, BOARD, put_up_on=date(2026, 10, 8), now=now)
    assert notice.stays_until == date(2026, 10, 23)
    assert queries.objection_until(notice) == date(2026, 10, 13)
    assert queries.bare_boards(published) == []


def test_the_national_pack_gives_villagers_no_term_to_object(
    village: Any, now: datetime, settings: Settings
) -> None:
    settings.CUNWU = settings.CUNWU.model_copy(update={"packs": ("cn",)})
    publication = publish(village, now)
    log.sequence(now=now)
    notice = actions.post_notice(village.clerk, publication, BOARD, put_up_on=now.date(), now=now)
    assert queries.objection_until(notice) is None
    assert str(publication) == f"{publication.title_zh} 2026-09"


def test_nothing_is_posted_before_its_entry_is_in_the_log(village: Any, now: datetime) -> None:
    publication = publish(village, now)
    with pytest.raises(NotReady) as refused:
        actions.post_notice(village.clerk, publication, BOARD, put_up_on=now.date(), now=now)
    assert refused.value.code == "log.pending"


def test_only_on_a_board_that_there_is(published: Publication, village: Any, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.post_notice(village.clerk, published, "东头墙", put_up_on=now.date(), now=now)
    assert refused.value.code == "disclosure.board"
    assert BOARD in refused.value.zh


@pytest.mark.parametrize("days", [-1, 1])
def test_not_before_publication_nor_after_today(
    published: Publication, village: Any, now: datetime, days: int
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.post_notice(
            village.clerk, published, BOARD, put_up_on=now.date() + timedelta(days=days), now=now
        )
    assert refused.value.code == "disclosure.put_up_day"


def test_once_on_a_board_and_only_by_those_with_the_right(
    published: Publication, village: Any, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        actions.post_notice(village.wang, published, BOARD, put_up_on=now.date(), now=now)
    actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    with pytest.raises(NotReady) as refused:
        actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    assert refused.value.code == "disclosure.hangs_already"


def test_a_superseded_sheet_is_not_posted(published: Publication, village: Any, now: datetime) -> None:
    publish(village, now, sheet(amount=9), supersedes=published, reason_zh="金额录错")
    with pytest.raises(NotReady) as refused:
        actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    assert refused.value.code == "disclosure.not_current"


def test_coming_down_early_is_refused_with_the_clause(
    published: Publication, village: Any, now: datetime
) -> None:
    notice = actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    last_day = now + timedelta(days=15)
    with pytest.raises(NotReady) as refused:
        actions.take_down_notice(village.clerk, notice, taken_down_on=last_day.date(), now=last_day)
    assert refused.value.code == "disclosure.board_days_run"
    assert "第三十五条" in refused.value.basis
    after = now + timedelta(days=16)
    actions.take_down_notice(village.clerk, notice, taken_down_on=after.date(), now=after)
    assert queries.short_notices(village.place) == []
    assert queries.bare_boards(published) == []
    with pytest.raises(NotReady) as again:
        actions.take_down_notice(village.clerk, notice, taken_down_on=after.date(), now=after)
    assert again.value.code == "disclosure.came_down_already"


def test_short_paper_is_shown_until_it_hangs_again(
    published: Publication, village: Any, now: datetime
) -> None:
    notice = actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    soon = now + timedelta(days=3)
    with pytest.raises(Invalid) as refused:
        actions.take_down_notice(village.clerk, notice, taken_down_on=soon.date(), early=True, now=soon)
    assert refused.value.code == "disclosure.reason_missing"
    short = actions.take_down_notice(
        village.clerk, notice, taken_down_on=soon.date(), early=True, reason="公开栏被大风刮倒", now=soon
    )
    assert short.early_reason == "公开栏被大风刮倒"
    assert queries.short_notices(village.place) == [notice]
    assert queries.bare_boards(published) == [BOARD]
    actions.post_notice(village.clerk, published, BOARD, put_up_on=soon.date(), now=soon)
    assert queries.short_notices(village.place) == []


def test_paper_of_a_superseded_sheet_comes_down_at_once(
    published: Publication, village: Any, now: datetime
) -> None:
    notice = actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    publish(village, now, sheet(amount=9), supersedes=published, reason_zh="金额录错")
    log.sequence(now=now)
    assert queries.outdated_notices(village.place) == [notice]
    actions.take_down_notice(village.clerk, notice, taken_down_on=now.date(), now=now)
    assert queries.outdated_notices(village.place) == []
    assert queries.short_notices(village.place) == []


@pytest.mark.parametrize("days", [-1, 1])
def test_it_came_down_on_a_day_that_can_be(
    published: Publication, village: Any, now: datetime, days: int
) -> None:
    notice = actions.post_notice(village.clerk, published, BOARD, put_up_on=now.date(), now=now)
    with pytest.raises(Invalid) as refused:
        actions.take_down_notice(
            village.clerk, notice, taken_down_on=now.date() + timedelta(days=days), now=now
        )
    assert refused.value.code == "disclosure.taken_down_day"


def test_an_organization_without_boards_posts_on_those_of_its_village(
    published: Publication, village: Any, now: datetime
) -> None:
    village.collective.boards = []
    village.collective.save()
    village.committee.boards = ["村口", "西山自然村"]
    village.committee.save()
    published.refresh_from_db()
    assert set(queries.bare_boards(published)) == {"村口", "西山自然村", BOARD}
