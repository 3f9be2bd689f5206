"""Questions asked, answered, judged by another, taken up; and gone when their reason is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assets.conftest import lease
from conftest import Village, build_village
from cunwu.assets import actions as ledgers
from cunwu.assets.correcting import Inspection, inspect_contract
from cunwu.assets.models import Asset, Contract
from cunwu.errors import Invalid, NotAllowed, NotReady
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry
from cunwu.oversight import actions
from cunwu.oversight.models import Finding
from cunwu.oversight.queries import findings_of, records


@pytest.fixture
def angling(village: Village, assets: dict[str, Asset], now: datetime) -> Contract:
    """The pond's lease, sound on paper (decided, with terms and a number); but people angle where fish were to be bred."""
    sound = lease(
        breach_terms=True, increase_terms=True, decision_day=date(2022, 2, 1), in_favour=30, entitled=36
    )
    (made,) = ledgers.register_contracts(village.clerk, village.collective, [sound], now=now)
    return inspect_contract(village.clerk, made, Inspection(actual_use="垂钓园"), now=now)


def other_use(contract: Contract) -> Finding:
    """The live question of the contract's use."""
    return Finding.objects.get(rule="other_use", contract=contract, gone_day=None)


def test_a_question_is_asked_once_and_is_gone_with_its_reason(
    village: Village, angling: Contract, now: datetime
) -> None:
    first = actions.ask_every_day(CLOCK, now=now)
    assert first is not None
    assert first.asked >= 1
    assert actions.ask_every_day(CLOCK, now=now) is None, "once a day"
    tomorrow = now + timedelta(days=1)
    again = actions.ask_every_day(CLOCK, now=tomorrow)
    assert again is not None
    assert (again.asked, again.gone) == (0, 0)
    found = other_use(angling)
    assert (found.first_seen, found.last_seen) == (now.date(), tomorrow.date())
    inspect_contract(village.clerk, angling, Inspection(actual_use="养鱼"), now=tomorrow)
    over = actions.ask(village.chen, village.township, now=tomorrow + timedelta(days=1))
    assert over.gone == 1
    found.refresh_from_db()
    assert found.gone_day == date(2026, 10, 10)
    assert found.state == "gone"
    with pytest.raises(NotReady, match="已经消除"):
        actions.answer(village.clerk, found, "改好了", now=tomorrow)
    inspect_contract(village.clerk, angling, Inspection(actual_use="垂钓园"), now=tomorrow)
    actions.ask(village.chen, village.township, now=tomorrow + timedelta(days=2))
    assert other_use(angling).pk != found.pk, "a question that comes back is a new one"


def test_the_village_answers_and_somebody_else_judges(
    village: Village, angling: Contract, now: datetime
) -> None:
    actions.ask(village.chen, village.township, now=now)
    found = other_use(angling)
    with pytest.raises(NotAllowed):
        actions.answer(village.zhao, found, "没有问题", now=now)
    with pytest.raises(Invalid):
        actions.answer(village.clerk, found, "  ", now=now)
    actions.answer(village.clerk, found, "对方说垂钓只是周末。", now=now)
    assert found.state == "answered"
    with pytest.raises(NotAllowed):
        actions.review(village.clerk, found, "dismissed", "没有问题", now=now)
    with pytest.raises(Invalid):
        actions.review(village.chen, found, "maybe", "不好说", now=now)
    actions.review(village.chen, found, "confirmed", "现场照片可见垂钓台。", now=now)
    assert found.state == "confirmed"
    with pytest.raises(NotReady, match="已经复核"):
        actions.answer(village.clerk, found, "再说一遍", now=now)
    record = records(findings_of([village.collective]))["other_use"]
    assert (record.confirmed, record.dismissed, record.precision) == (1, 0, 100)
    assert records(findings_of([village.collective]))["low_rent"].precision is None
    told = AuditEntry.objects.get(action="findings.review")
    assert "垂钓" not in told.leaf, "the audit keeps the verdict, not the words"


def test_a_dismissed_question_is_not_asked_again_and_keeps_its_figures(
    village: Village, angling: Contract, now: datetime
) -> None:
    actions.ask(village.chen, village.township, now=now)
    found = other_use(angling)
    figures = dict(found.figures)
    actions.review(village.chen, found, "dismissed", "养鱼兼垂钓，合同允许。", now=now)
    later = now + timedelta(days=40)
    run = actions.ask(village.chen, village.township, now=later)
    assert run.asked == 0
    found.refresh_from_db()
    assert (found.state, found.figures, found.last_seen) == ("dismissed", figures, later.date())


def test_nobody_reviews_an_answer_of_their_own(village: Village, angling: Contract, now: datetime) -> None:
    """Also where one person holds both offices."""
    actions.ask(village.chen, village.township, now=now)
    found = other_use(angling)
    actions.answer(village.clerk, found, "说明", now=now)
    both = org.appoint(
        None, village.clerk.person, "township_officer", village.township, date(2026, 1, 1), now=now
    )
    with pytest.raises(NotAllowed) as refused:
        actions.review(both, found, "dismissed", "没有问题", now=now)
    assert refused.value.code == "authority.same_person"


def test_a_screening_of_one_village_leaves_the_others_alone(
    village: Village, angling: Contract, now: datetime
) -> None:
    other = build_village(now, "石桥村", village.town)
    run = actions.ask(other.zhao, other.supervision, now=now)
    assert (run.asked, Finding.objects.count()) == (0, 0)
    with pytest.raises(NotAllowed):
        actions.ask(other.zhao, village.supervision, now=now)
    actions.ask(village.zhao, village.supervision, now=now)
    inspect_contract(village.clerk, angling, Inspection(actual_use="养鱼"), now=now)
    assert actions.ask(other.zhao, other.supervision, now=now + timedelta(days=1)).gone == 0
    assert other_use(angling).last_seen == now.date()


def test_the_database_keeps_findings(village: Village, angling: Contract, now: datetime) -> None:
    actions.ask(village.chen, village.township, now=now)
    found = other_use(angling)
    changes: list[dict[str, Any]] = [{"rule": "low_rent"}, {"first_seen": date(2020, 1, 1)}]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Finding.objects.filter(pk=found.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        found.delete()
