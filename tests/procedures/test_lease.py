"""The four deliberations of a land lease, from the inventory to the result on the wall, with a refusal at every guard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from cunwu.errors import Invalid, NotAllowed, NotReady, Refused
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK
from cunwu.org.relations import declare_relation
from cunwu.procedures import matters, meetings, papers, publishing
from cunwu.procedures.guards import Ballot
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Matter, Meeting, Step
from cunwu.procedures.telling import told
from procedures.conftest import Hall, current

POWER = "lease_land"
DAY = timedelta(days=1)


@pytest.fixture
def lease(hall: Hall, now: datetime) -> Matter:
    """李家洼 42 mu, 12,000 yuan a year, to 刘强; 钱进 and 郑好 are members of the committee."""
    for name in ("钱进", "郑好"):
        hall.officers[name] = hall.appoint(name, "committee_member", hall.village.committee)
    return matters.open_matter(
        hall.village.xiulan,
        hall.village.committee,
        POWER,
        "李家洼荒地发包",
        text="面积42亩，发包10年，用于种植。",
        amount_fen=1_200_000,
        parties=[("刘强", None)],
        now=now,
    )


def refusal(what: Any, *arguments: Any, **named: Any) -> Refused:
    """What it refuses."""
    with pytest.raises(Refused) as refused:
        what(*arguments, **named)
    return refused.value


def publish_decision(hall: Hall, step: Step, now: datetime) -> Publication:
    """Drafted from the record, reviewed, agreed by the joint meeting, published, put up."""
    village = hall.village
    draft = publishing.draft_decision(village.clerk, step, now=now)
    disclosure.sign(village.zhao, draft, now=now)
    meeting = meetings.call(
        village.clerk,
        village.committee,
        "two_committees_meeting",
        now.date(),
        [Point("公布方案", draft=draft)],
        now=now,
    )
    meetings.close(village.clerk, meeting, hall.report(meeting), now=now)
    publication = disclosure.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    disclosure.post_notice(village.xiulan, publication, "村委会门口公开栏", put_up_on=now.date(), now=now)
    assert publishing.advance(CLOCK, now=now) == 1
    return publication


def test_from_proposal_to_the_result_on_the_wall(hall: Hall, lease: Matter, now: datetime) -> None:
    village = hall.village
    member, second = hall.officers["钱进"], hall.officers["郑好"]
    hall.take(member, current(lease), now)
    hall.take(village.li, current(lease), now)
    hall.attach(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now, observers=[village.zhao])
    first = publish_decision(hall, current(lease), now)
    assert current(lease).name == "objections"
    assert publishing.advance(CLOCK, now=now + DAY) == 0
    later = now + 16 * DAY
    assert publishing.advance(CLOCK, now=later) == 1
    assert refusal(hall.take, member, current(lease), later).code == "guard.open_trade"
    hall.take(member, current(lease), later, reference="交易2026-018")
    publish_decision(hall, current(lease), later)
    assert refusal(hall.take, member, current(lease), later, amount_fen=1_260_000).code == "guard.objections"
    later += 16 * DAY
    assert refusal(hall.take, member, current(lease), later, amount_fen=1_260_000).code == "guard.separation"
    hall.take(second, current(lease), later, amount_fen=1_260_000)
    hall.take(village.chen, current(lease), later)
    hall.take(village.xiulan, current(lease), later)
    hall.take(village.zhao, current(lease), later)
    last = publish_decision(hall, current(lease), later)
    lease.refresh_from_db()
    assert lease.state == Matter.State.DONE
    assert [step.state for step in lease.steps.all()] == ["done"] * lease.steps.count()
    assert first.about != last.about
    assert Publication.objects.filter(about__startswith="step:").count() == 3


def test_steps_are_taken_in_order_by_whom_they_belong_to(hall: Hall, lease: Matter, now: datetime) -> None:
    village = hall.village
    second = lease.steps.get(number=2)
    assert refusal(hall.take, village.li, second, now).code == "step.closed"
    assert (
        refusal(matters.take, village.li, second, Done(now.date(), "提议"), now=now).code == "step.not_open"
    )
    first = current(lease)
    wrong = refusal(matters.take, village.li, first, Done(now.date(), "清查"), now=now)
    assert (wrong.code, wrong.status) == ("step.office", 403)
    assert (
        refusal(matters.take, hall.officers["钱进"], first, Done(now.date(), "清查"), now=now).code
        == "guard.papers"
    )
    assert (
        "资源清查表"
        in refusal(matters.take, hall.officers["钱进"], first, Done(now.date(), "清查"), now=now).zh
    )
    assert first.state == Step.State.OPEN


def test_nothing_is_dated_back_or_ahead(hall: Hall, lease: Matter, now: datetime) -> None:
    step = current(lease)
    hall.attach(hall.officers["钱进"], step, now)
    for day in (now.date() - DAY, now.date() + DAY):
        refused = refusal(matters.take, hall.officers["钱进"], step, Done(day, "清查"), now=now)
        assert refused.code == "step.day"


def test_of_two_who_press_at_once_one_is_told(hall: Hall, lease: Matter, now: datetime) -> None:
    step = current(lease)
    same = Step.objects.get(pk=step.pk)
    hall.take(hall.officers["钱进"], step, now)
    assert refusal(matters.take, hall.officers["钱进"], same, Done(now.date(), "清查"), now=now).code in {
        "step.done_already",
        "guard.papers",
    }
    assert lease.steps.filter(state="done").count() == 1


def to_the_vote(hall: Hall, lease: Matter, now: datetime) -> Step:
    """Everything before the representatives' vote."""
    village = hall.village
    hall.take(hall.officers["钱进"], current(lease), now)
    hall.take(village.li, current(lease), now)
    hall.attach(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now)
    hall.hold(village.clerk, current(lease), now)
    step = current(lease)
    assert step.name == "resolve"
    return step


def call_vote(hall: Hall, step: Step, now: datetime, **more: Any) -> Meeting:
    """The representatives' meeting, with ten days' notice unless said otherwise."""
    notice_on = more.pop("notice_on", now.date() - 10 * DAY)
    point = Point(step.matter.title, step=step)
    return meetings.call(
        hall.village.clerk,
        hall.village.committee,
        "representatives_meeting",
        now.date(),
        [point],
        notice_on=notice_on,
        now=now,
    )


def test_a_quorum_that_is_missed_is_told_with_figures_and_clause(
    hall: Hall, lease: Matter, now: datetime
) -> None:
    step = to_the_vote(hall, lease, now)
    meeting = call_vote(hall, step, now)
    close = meetings.close
    refused = refusal(close, hall.village.clerk, meeting, hall.report(meeting, absent=10), now=now)
    assert refused.code == "guard.quorum"
    assert "应到28人、实到18，须到19，还差1" in refused.zh
    assert "村民委员会组织法" in refused.basis
    meeting.refresh_from_db()
    assert (meeting.state, meeting.attendance.count()) == ("called", 0)
    assert (
        meetings.fail(hall.village.clerk, meeting, hall.report(meeting, absent=10), now=now).state == "failed"
    )
    assert current(lease).name == "resolve"


def test_women_must_be_there(hall: Hall, lease: Matter, now: datetime) -> None:
    step = to_the_vote(hall, lease, now)
    meeting = call_vote(hall, step, now)
    report = hall.report(meeting)
    came = [each for each in report.came if each.person.name not in {"代表01", "代表02", "代表03"}]
    refused = refusal(
        meetings.close,
        hall.village.clerk,
        meeting,
        hall.report(meeting, came=came, chaired_by=hall.village.xiulan.person),
        now=now,
    )
    assert refused.code == "guard.quorum"
    assert "名妇女" in refused.zh


def test_late_notice_is_refused_before_anybody_comes(hall: Hall, lease: Matter, now: datetime) -> None:
    step = to_the_vote(hall, lease, now)
    refused = refusal(call_vote, hall, step, now, notice_on=now.date() - 2 * DAY)
    assert refused.code == "guard.notice"
    assert not Meeting.objects.filter(kind="representatives_meeting").exists()


def test_more_votes_than_voters(hall: Hall, lease: Matter, now: datetime) -> None:
    step = to_the_vote(hall, lease, now)
    meeting = call_vote(hall, step, now)
    refused = refusal(
        meetings.close, hall.village.clerk, meeting, hall.report(meeting, votes=Ballot(28, 1, 0)), now=now
    )
    assert refused.code == "meeting.too_many_votes"


def test_a_vote_that_is_lost_leaves_the_step_open_and_says_why(
    hall: Hall, lease: Matter, now: datetime
) -> None:
    step = to_the_vote(hall, lease, now)
    meeting = call_vote(hall, step, now)
    meetings.close(hall.village.clerk, meeting, hall.report(meeting, votes=Ballot(18, 8, 2)), now=now)
    item = meeting.items.get()
    assert item.carried is False
    assert "赞成18票，须有19票，还差1票" in item.outcome_zh
    assert current(lease).name == "resolve"


def test_who_is_related_stands_aside(hall: Hall, lease: Matter, now: datetime) -> None:
    step = to_the_vote(hall, lease, now)
    declare_relation(hall.village.xiulan, "sibling", "刘强", now=now)
    meeting = call_vote(hall, step, now)
    meetings.close(hall.village.clerk, meeting, hall.report(meeting), now=now)
    item = meeting.items.get()
    assert item.carried is False
    assert "王秀兰" in item.outcome_zh
    again = call_vote(hall, current(lease), now)
    report = hall.report(again, votes=Ballot(26, 1, 0), recused={1: [hall.village.xiulan.person]})
    meetings.close(hall.village.clerk, again, report, now=now)
    item = again.items.get()
    assert item.carried is True
    assert item.recusals.get().demanded is True
    assert current(lease).name == "publish_decision"


def test_the_dead_and_the_moved_do_not_attend(hall: Hall, lease: Matter, now: datetime) -> None:
    gone = hall.people["代表09"].memberships.get(roll="representative")
    step = to_the_vote(hall, lease, now)
    meeting = call_vote(hall, step, now)
    report = hall.report(meeting)
    org.leave_roll(None, gone, date(2026, 9, 1), "died", now=now)
    refused = refusal(meetings.close, hall.village.clerk, meeting, report, now=now)
    assert refused.code == "meeting.not_on_roll"
    assert "去世" in refused.zh


def test_rights_end_with_the_office(hall: Hall, lease: Matter, now: datetime) -> None:
    org.end_appointment(
        hall.village.xiulan, hall.officers["钱进"], now.date() - DAY, now=now
    ) if False else None
    hall.officers["钱进"].until_day = now.date()
    hall.officers["钱进"].save()
    refused = refusal(matters.take, hall.officers["钱进"], current(lease), Done(now.date(), "清查"), now=now)
    assert (refused.code, type(refused)) == ("authority.expired", NotAllowed)


def test_objections_hold_the_matter_up_until_they_are_answered(
    hall: Hall, lease: Matter, now: datetime
) -> None:
    step = to_the_vote(hall, lease, now)
    hall.hold(hall.village.clerk, step, now)
    published = current(lease)
    publish_decision(hall, published, now)
    published.refresh_from_db()
    objection = papers.receive_objection(hall.village.clerk, published, "租金太低。", now=now)
    later = now + 30 * DAY
    assert publishing.advance(CLOCK, now=later) == 0
    papers.answer_objection(hall.village.xiulan, objection, "底价按周边行情，附评估表。", now=later)
    assert publishing.advance(CLOCK, now=later) == 1
    assert current(lease).name == "tender_notice"
    assert isinstance(
        refusal(papers.answer_objection, hall.village.xiulan, objection, "x", now=later), NotReady
    )


def test_what_is_published_says_who_did_each_step_and_that_objections_were_heard(
    hall: Hall, lease: Matter, now: datetime
) -> None:
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now)
    published = current(lease)
    publish_decision(hall, published, now)
    published.refresh_from_db()
    objection = papers.receive_objection(hall.village.clerk, published, "租金太低。", now=now)
    papers.answer_objection(hall.village.xiulan, objection, "底价按周边行情，附评估表。", now=now)
    content = publishing.decision(lease)
    said = {step.title: step.lines for step in told(content, "zh").steps}
    assert said["清查资源、定底价"] == ["已办理。", "钱进（村民委员会委员）办理。"]
    assert said["决议公开"] == ["收到异议1条，已答复1条。", "王秀兰（村民委员会主任）办理。"]
    assert said["村民代表会议决议"][0].startswith("村民代表会议：应到28人，实到28人")
    in_english = {step.title: step.lines for step in told(content, "en").steps}
    assert in_english["Publication of the decision"][0] == "Objections: 1, answered: 1."
    assert "租金" not in str(content)


def test_withdrawn_with_a_reason(hall: Hall, lease: Matter, now: datetime) -> None:
    assert isinstance(refusal(matters.withdraw, hall.village.xiulan, lease, " ", now=now), Invalid)
    matters.withdraw(hall.village.xiulan, lease, "村民意见不一致。", now=now)
    assert refusal(matters.withdraw, hall.village.xiulan, lease, "再撤", now=now).code == "matter.ended"
    refused = refusal(matters.take, hall.officers["钱进"], current(lease), Done(now.date(), "清查"), now=now)
    assert refused.code in {"step.not_open"}
