"""Programmes are run from above: started once, villages by phases, somebody answering at each level; red cards are fair."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conftest import build_village
from cunwu.errors import Invalid, NotAllowed, NotFound, NotReady
from cunwu.org import actions as org
from cunwu.org.models import Appointment
from cunwu.programmes import actions
from cunwu.programmes.cards import issue_card, reply_to_card, review_card, standing
from cunwu.programmes.models import Charge, Participation, Programme, RedCard
from cunwu.programmes.queries import cards_of, chain, in_all, progress
from cunwu.programmes.rules import rule_of

if TYPE_CHECKING:
    from conftest import Village

Counting = Callable[..., Any]


def test_a_programme_runs_once_in_a_place_under_the_rules_of_its_first_day(
    village: Village, su: Appointment, clears: Programme, now: datetime
) -> None:
    rule = rule_of(clears)
    assert [level.name for level in rule.levels] == ["district", "street", "community", "village"]
    assert rule.clears == ("contracts", "arrears", "idle_assets", "environment", "disputes")
    with pytest.raises(NotReady, match="不能重复部署"):
        actions.start_programme(su, "five_clears", now=now)
    with pytest.raises(NotFound):
        actions.start_programme(su, "no_such", now=now)
    with pytest.raises(NotAllowed):
        actions.start_programme(village.clerk, "five_clears", now=now)
    actions.end_programme(su, clears, now=now)
    with pytest.raises(NotReady, match="结束"):
        actions.join(su, clears, [village.collective], "pilot", now=now)
    actions.start_programme(su, "five_clears", now=now)


def test_villages_join_and_move_between_phases(
    village: Village, su: Appointment, clears: Programme, now: datetime
) -> None:
    other = build_village(now, "石桥村", village.town)
    actions.join(su, clears, [village.collective, other.collective], "rollout", now=now)
    actions.join(su, clears, [village.collective], "pilot", now=now)
    phases = Participation.objects.order_by("organization__name_zh").values_list("phase", flat=True)
    assert list(phases) == ["pilot", "rollout"]
    with pytest.raises(Invalid, match="批次"):
        actions.join(su, clears, [village.collective], "third", now=now)
    with pytest.raises(Invalid, match="至少选择一个村"):
        actions.join(su, clears, [], "pilot", now=now)
    with pytest.raises(Invalid, match="不管账"):
        actions.join(su, clears, [village.committee], "pilot", now=now)
    with pytest.raises(NotAllowed):
        actions.join(village.chen, clears, [village.collective], "pilot", now=now)


def test_the_chain_of_a_village_names_who_answers_at_each_level(
    village: Village, su: Appointment, clears: Programme, now: datetime
) -> None:
    actions.put_in_charge(su, clears, "district", village.county, su, now=now)
    actions.put_in_charge(su, clears, "street", village.town, village.chen, now=now)
    actions.put_in_charge(su, clears, "village", village.place, village.li, now=now)
    found = chain(clears, village.place, now.date())
    assert {level: charge.appointment for level, charge in found.items()} == {
        "district": su,
        "street": village.chen,
        "village": village.li,
    }
    with pytest.raises(Invalid, match="责任人由"):
        actions.put_in_charge(su, clears, "village", village.place, village.clerk, now=now)
    with pytest.raises(Invalid, match="层级"):
        actions.put_in_charge(su, clears, "province", village.county, su, now=now)
    other = build_village(now, "石桥村", village.town)
    with pytest.raises(Invalid, match="不归这个职务管"):
        actions.put_in_charge(su, clears, "village", other.place, village.li, now=now)
    last = now.date() + timedelta(days=30)
    org.end_appointment(village.chen, village.li, last, now=now)
    assert "village" in chain(clears, village.place, last)
    assert "village" not in chain(clears, village.place, last + timedelta(days=1)), (
        "whose office is over answers no more"
    )
    actions.put_in_charge(su, clears, "community", village.place, village.li, now=now)
    actions.put_in_charge(su, clears, "community", village.place, village.chen, now=now)
    assert chain(clears, village.place, now.date())["community"].appointment == village.chen
    assert Charge.objects.filter(level="community", until_day=now.date()).count() == 1


@pytest.fixture
def charge(village: Village, su: Appointment, clears: Programme, now: datetime) -> Charge:
    """李建国 answers for 云溪村."""
    return actions.put_in_charge(su, clears, "village", village.place, village.li, now=now)


def test_a_card_is_heard_reviewed_by_another_and_lapses(
    village: Village, su: Appointment, charge: Charge, now: datetime
) -> None:
    card = issue_card(village.chen, charge, "三次调度没有到场，台账两个月没有更新。", now=now)
    assert card.reply_until == date(2026, 10, 14), "five working days, Saturday the 10th among them"
    assert standing(card, now.date()) == "reply"
    with pytest.raises(NotAllowed, match="一人兼办"):
        review_card(village.chen, card, "upheld", "属实。", now=now)
    with pytest.raises(NotReady, match="说明的期限"):
        review_card(su, card, "upheld", "属实。", now=now)
    with pytest.raises(NotAllowed, match="本人说明"):
        reply_to_card(village.clerk, card, "书记生病。", now=now)
    reply_to_card(village.li, card, "住院两周，已委托副主任。", now=now + timedelta(days=1))
    assert standing(card, now.date()) == "review"
    review_card(su, card, "upheld", "委托没有手续。", now=now + timedelta(days=2))
    assert card.stands_until == date(2027, 4, 10)
    assert standing(card, date(2027, 4, 10)) == "upheld"
    assert standing(card, date(2027, 4, 11)) == "lapsed"
    assert list(cards_of(charge.programme, date(2027, 4, 10))) == [card]
    assert list(cards_of(charge.programme, date(2027, 4, 11))) == []
    with pytest.raises(NotReady, match="复核过"):
        reply_to_card(village.li, card, "再说明。", now=now + timedelta(days=3))


def test_a_card_that_is_withdrawn_is_gone(
    village: Village, su: Appointment, charge: Charge, now: datetime
) -> None:
    card = issue_card(village.chen, charge, "没有建档。", now=now)
    after = now + timedelta(days=10)
    with pytest.raises(Invalid, match="成立或者撤销"):
        review_card(su, card, "maybe", "。", now=after)
    review_card(su, card, "withdrawn", "档案已经建好，是登记晚了。", now=after)
    assert standing(card, after.date()) == "withdrawn"
    assert not cards_of(charge.programme, after.date()).exists()


def test_whom_no_card_can_reach(
    village: Village, su: Appointment, clears: Programme, charge: Charge, now: datetime
) -> None:
    own = actions.put_in_charge(su, clears, "district", village.county, su, now=now)
    with pytest.raises(NotAllowed, match="一人兼办"):
        issue_card(su, own, "没有统筹。", now=now)
    with pytest.raises(NotAllowed):
        issue_card(village.clerk, charge, "没有到场。", now=now)
    with pytest.raises(NotAllowed):
        issue_card(village.chen, own, "没有统筹。", now=now)
    with pytest.raises(Invalid, match="写明事实"):
        issue_card(village.chen, charge, "", now=now)
    second = org.register_person(None, "郑好", now=now)
    town = org.appoint(None, second, "township_officer", village.township, date(2024, 1, 1), now=now)
    before = actions.put_in_charge(su, clears, "street", village.town, village.chen, now=now)
    actions.put_in_charge(su, clears, "street", village.town, town, now=now)
    before.refresh_from_db()
    with pytest.raises(NotReady, match="不是这里的责任人"):
        issue_card(su, before, "没有调度。", now=now)
    assert not RedCard.objects.exists()


@pytest.mark.parametrize("villages", [1, 3])
def test_progress_costs_the_same_for_one_village_and_three(
    village: Village,
    su: Appointment,
    clears: Programme,
    now: datetime,
    django_assert_num_queries: Counting,
    villages: int,
) -> None:
    others = [build_village(now, f"石桥{n}村", village.town) for n in range(villages - 1)]
    bodies = [village.collective, *(other.collective for other in others)]
    actions.join(su, clears, bodies, "pilot", now=now)
    with django_assert_num_queries(9):
        found = progress(clears, Participation.objects.filter(programme=clears), now.date())
    assert len(found) == villages
    assert in_all(found.values()).items.total == 0
