"""Nobody publishes alone: who prepared may not sign, who entered may not confirm, and a changed draft has no signature."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from conftest import build_village
from cunwu.disclosure import actions
from cunwu.disclosure.drafting import barred_from_confirming, propose
from cunwu.disclosure.missing import counted_signatures
from cunwu.disclosure.models import JointMeeting, Publication
from cunwu.disclosure.objections import last_day_to_object
from cunwu.errors import Invalid, NotAllowed, NotFound, NotReady
from cunwu.org import actions as org
from cunwu.org.models import Appointment, AuditEntry
from disclosure.steps import agree, hold_meeting, prepare, publish, sheet

PHONE = "退还李某押金，电话13805361234"
IDENTITY = "发放补助37070419630915121X"


def codes(draft: Any, now: datetime) -> list[str]:
    return [refused.code for refused in actions.missing_steps(draft, now)]


def test_everything_missing_is_told_at_once_each_with_its_clause(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    missing = actions.missing_steps(draft, now)
    assert [refused.code for refused in missing] == [
        "disclosure.review_missing",
        "disclosure.meeting_missing",
    ]
    assert all("山东省村务公开条例" in refused.basis for refused in missing)
    with pytest.raises(NotReady) as refused:
        actions.publish(village.xiulan, draft, now=now)
    assert refused.value.details["missing"] == ["disclosure.review_missing", "disclosure.meeting_missing"]
    assert not Publication.objects.exists()


def test_another_draft_has_no_signature_and_the_old_one_is_closed(village: Any, now: datetime) -> None:
    first = agree(village, prepare(village, now), now)
    second = prepare(village, now, sheet(amount=1))
    assert codes(first, now) == ["disclosure.draft_replaced"]
    assert codes(second, now) == ["disclosure.review_missing", "disclosure.meeting_missing"]
    for action in (
        lambda: actions.sign(village.sun, first, now=now),
        lambda: actions.publish(village.xiulan, first, now=now),
        lambda: hold_meeting(village, first, now),
        lambda: actions.object_to(village.zhao, first, "数字不对", now=now),
        lambda: actions.overrule(village.zhao, first, "a", "phone", "b", now=now),
    ):
        with pytest.raises(NotReady, match="新的方案"):
            action()


def test_a_published_draft_is_closed(published: Publication, village: Any, now: datetime) -> None:
    assert codes(published.draft, now) == ["disclosure.published_already"]
    with pytest.raises(NotReady) as refused:
        actions.publish(village.xiulan, published.draft, now=now)
    assert refused.value.code == "disclosure.published_already"


def test_who_prepared_may_not_sign(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    # The exclusions of the packs forbid this double office; the action does not rely on them.
    double = Appointment.objects.create(
        person=village.wang.person,
        office="supervision_head",
        organization=village.supervision,
        from_day=date(2026, 1, 1),
    )
    with pytest.raises(NotAllowed) as refused:
        actions.sign(double, draft, now=now)
    assert refused.value.code == "authority.same_person"
    with pytest.raises(NotAllowed) as refused:
        actions.record_paper_signature(village.clerk, draft, double, now=now)
    assert refused.value.code == "authority.same_person"


def test_who_kept_the_books_may_not_sign_though_another_drafted(village: Any, now: datetime) -> None:
    draft = prepare(village, now, kept_by=[village.zhao.person])
    for act in (
        lambda: actions.sign(village.zhao, draft, now=now),
        lambda: actions.record_paper_signature(village.clerk, draft, village.zhao, now=now),
    ):
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.code == "authority.same_person"
        assert "2026-09" in refused.value.zh
        assert refused.value.basis
    assert prepare(village, now, kept_by=[village.sun.person]) == draft  # the very same proposal
    with pytest.raises(NotAllowed):
        actions.sign(village.sun, draft, now=now)


def test_a_head_who_kept_the_books_gives_way_to_two_members(village: Any, now: datetime) -> None:
    draft = prepare(village, now, kept_by=[village.zhao.person])
    actions.sign(village.sun, draft, now=now)
    (missing,) = [
        step for step in actions.missing_steps(draft, now) if step.code == "disclosure.review_missing"
    ]
    assert "回避" in missing.zh
    second = Appointment.objects.create(
        person=village.clerk.person,
        office="supervision_member",
        organization=village.supervision,
        from_day=now.date(),
    )
    actions.sign(second, draft, now=now)
    assert "disclosure.review_missing" not in codes(draft, now)


def test_the_database_never_forgets_who_kept_the_books(village: Any, now: datetime) -> None:
    draft = prepare(village, now, kept_by=[village.zhao.person])
    with pytest.raises(IntegrityError, match="never forgotten"), transaction.atomic():
        draft.kept_by.clear()
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        draft.kept_by.through.objects.update(person=village.sun.person)


def test_only_the_supervision_committee_of_this_village_signs(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    other = build_village(now, "石桥村", village.town)
    with pytest.raises(NotAllowed) as refused:
        actions.sign(village.li, draft, now=now)
    assert refused.value.code == "authority.capability"
    with pytest.raises(NotAllowed) as refused:
        actions.sign(other.zhao, draft, now=now)
    assert refused.value.code == "authority.place"
    with pytest.raises(NotAllowed) as refused:
        actions.record_paper_signature(village.clerk, draft, other.zhao, now=now)
    assert refused.value.code == "disclosure.signer"


def test_nobody_signs_twice(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    actions.sign(village.zhao, draft, now=now)
    for action in (
        lambda: actions.sign(village.zhao, draft, now=now),
        lambda: actions.record_paper_signature(village.clerk, draft, village.zhao, now=now),
    ):
        with pytest.raises(NotReady) as refused:
            action()
        assert refused.value.code == "disclosure.signed_already"


def test_a_paper_signature_counts_once_another_person_confirmed_it(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    signature = actions.record_paper_signature(village.clerk, draft, village.zhao, now=now)
    assert "disclosure.review_missing" in codes(draft, now)
    signature = actions.confirm_signature(village.chen, signature, now=now)
    assert signature.confirmed_by == village.chen
    assert "disclosure.review_missing" not in codes(draft, now)
    with pytest.raises(NotReady) as refused:
        actions.confirm_signature(village.sun, signature, now=now)
    assert refused.value.code == "disclosure.confirmed_already"


def test_who_entered_a_paper_signature_may_not_confirm_it(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    signature = actions.record_paper_signature(village.clerk, draft, village.zhao, now=now)
    double = Appointment.objects.create(
        person=village.clerk.person,
        office="township_officer",
        organization=village.township,
        from_day=date(2026, 1, 1),
    )
    with pytest.raises(NotAllowed) as refused:
        actions.confirm_signature(double, signature, now=now)
    assert refused.value.code == "authority.same_person"


def test_signing_takes_the_place_of_an_unconfirmed_paper_signature(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    actions.record_paper_signature(village.clerk, draft, village.zhao, now=now)
    signature = actions.sign(village.zhao, draft, now=now)
    assert list(draft.signatures.all()) == [signature]
    assert not signature.on_paper


def test_who_counts_as_having_signed_and_who_may_not_confirm_it(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    by_hand = actions.sign(village.sun, draft, now=now)
    on_paper = actions.record_paper_signature(village.clerk, draft, village.zhao, now=now)
    assert counted_signatures(draft) == [by_hand]
    assert barred_from_confirming(on_paper) == {village.wang.person_id, village.clerk.person_id}
    assert barred_from_confirming(by_hand) == {village.wang.person_id}
    actions.confirm_signature(village.chen, on_paper, now=now)
    assert set(counted_signatures(draft)) == {by_hand, on_paper}


def test_what_the_supervisory_committee_publishes_itself_needs_no_signature_of_its_own(
    village: Any, now: datetime
) -> None:
    report = rfc8785.dumps({"format": "cunwu-report/1", "text": "上半年监督报告"})
    draft = propose(village.clerk, village.supervision, "supervision_report", "2026H1", report, now=now)
    assert codes(draft, now) == []
    with pytest.raises(Invalid) as refused:
        actions.sign(village.zhao, draft, now=now)
    assert refused.value.code == "disclosure.no_review"
    assert not draft.signatures.exists()


def test_a_member_does_not_sign_for_the_head(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    actions.sign(village.sun, draft, now=now)
    assert "disclosure.review_missing" in codes(draft, now)


def test_while_the_head_is_vacant_two_members_sign(village: Any, now: datetime) -> None:
    org.end_appointment(village.chen, village.zhao, date(2026, 9, 30), now=now)
    draft = prepare(village, now)
    actions.sign(village.sun, draft, now=now)
    (missing, _) = actions.missing_steps(draft, now)
    assert "空缺" in missing.zh
    second = org.appoint(
        None,
        org.register_person(None, "吴海燕", now=now),
        "supervision_member",
        village.supervision,
        date(2026, 1, 1),
        now=now,
    )
    actions.sign(second, draft, now=now)
    assert codes(draft, now) == ["disclosure.meeting_missing"]


def test_no_meeting_before_the_review(village: Any, now: datetime) -> None:
    with pytest.raises(NotReady) as refused:
        hold_meeting(village, prepare(village, now), now)
    assert refused.value.code == "disclosure.review_missing"


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ({"present": 4, "expected": 8, "in_favour": 4}, "disclosure.meeting_quorum"),
        ({"present": 6, "expected": 8, "in_favour": 3}, "disclosure.meeting_majority"),
        ({"present": 0, "expected": 8, "in_favour": 0}, "disclosure.meeting_quorum"),
    ],
)
def test_half_is_not_a_majority(village: Any, now: datetime, figures: dict[str, int], code: str) -> None:
    draft = agree(village, prepare(village, now), now)
    assert not hold_meeting(village, draft, now, **figures).carried
    assert codes(draft, now) == [code]
    assert hold_meeting(village, draft, now).carried
    assert codes(draft, now) == []
    assert AuditEntry.objects.filter(action="disclosure.record_joint_meeting").count() == 3


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(st.integers(-1, 12), st.integers(-1, 12), st.integers(-1, 12))
def test_a_meeting_passes_exactly_when_more_than_half_came_and_more_than_half_of_them_agreed(
    village: Any, now: datetime, present: int, expected: int, in_favour: int
) -> None:
    draft = prepare(village, now)
    if not draft.signatures.exists():
        actions.sign(village.zhao, draft, now=now)
    figures = {"present": present, "expected": expected, "in_favour": in_favour}
    if not (0 <= in_favour <= present <= expected and expected > 0):
        with pytest.raises(Invalid) as refused:
            hold_meeting(village, draft, now, **figures)
        assert refused.value.code == "disclosure.meeting_figures"
        return
    hold_meeting(village, draft, now, **figures)
    passed = present > expected / 2 and in_favour > present / 2
    assert (codes(draft, now) == []) == passed


@pytest.mark.parametrize("days", [-1, 1])
def test_a_meeting_is_neither_before_the_draft_nor_after_today(
    village: Any, now: datetime, days: int
) -> None:
    draft = agree(village, prepare(village, now), now)
    with pytest.raises(Invalid) as refused:
        actions.record_joint_meeting(
            village.clerk,
            draft,
            held_on=now.date() + timedelta(days=days),
            chaired_by="李建国",
            present=5,
            expected=7,
            in_favour=5,
            now=now,
        )
    assert refused.value.code == "disclosure.meeting_day"
    assert JointMeeting.objects.get().held_on == now.date()


def test_an_objection_blocks_until_it_is_answered(village: Any, now: datetime) -> None:
    draft = agree(village, prepare(village, now), now)
    objection = actions.object_to(village.zhao, draft, "第1笔没有附单据。", now=now)
    assert objection.answer_due == date(2026, 10, 13)
    assert codes(draft, now) == ["disclosure.objection_open"]
    (late,) = actions.missing_steps(draft, now + timedelta(days=6))
    assert "逾期" in late.zh
    with pytest.raises(NotAllowed):
        actions.answer_objection(village.wang, objection, "已补附。", now=now)
    actions.answer_objection(village.xiulan, objection, "已补附收据2张。", now=now)
    assert codes(draft, now) == []
    with pytest.raises(NotReady) as refused:
        actions.answer_objection(village.xiulan, objection, "再答。", now=now)
    assert refused.value.code == "disclosure.answered_already"


def test_an_objection_after_its_term_is_refused_with_the_clause(village: Any, now: datetime) -> None:
    draft = prepare(village, now)
    last = now + timedelta(days=5)
    assert last_day_to_object(draft) == last.date() == date(2026, 10, 13)
    assert actions.object_to(village.zhao, draft, "第1笔没有附单据。", now=last.replace(hour=23))
    with pytest.raises(NotReady) as refused:
        actions.object_to(village.zhao, draft, "第1笔没有附单据。", now=now + timedelta(days=6))
    assert refused.value.code == "disclosure.objection_late"
    assert refused.value.basis == "《山东省村务公开条例》第十六条第一款"
    assert "2026-10-13" in refused.value.zh
    assert "2026-10-13" in refused.value.en
    changed = prepare(village, now + timedelta(days=6), sheet(summary="收荒地承包费"))
    assert actions.object_to(village.zhao, changed, "还是不对。", now=now + timedelta(days=11))


def test_a_term_to_object_that_ends_on_a_holiday_runs_on(village: Any, now: datetime) -> None:
    draft = prepare(village, now.replace(month=9, day=28))
    assert last_day_to_object(draft) == date(2026, 10, 8)


def test_a_term_to_object_that_ends_in_a_year_without_calendar_is_counted_in_plain_days(
    village: Any, now: datetime
) -> None:
    draft = prepare(village, now.replace(year=2027, month=12, day=28))
    assert last_day_to_object(draft) == date(2028, 1, 2)


def test_the_national_pack_sets_no_term_to_object(village: Any, now: datetime, settings: Settings) -> None:
    settings.CUNWU = settings.CUNWU.model_copy(update={"packs": ("cn",)})
    draft = prepare(village, now)
    assert last_day_to_object(draft) is None
    assert actions.object_to(village.zhao, draft, "第1笔没有附单据。", now=now + timedelta(days=60))


@pytest.mark.parametrize(
    ("text", "code"), [("  ", "disclosure.reason_missing"), ("长" * 501, "disclosure.text_too_long")]
)
def test_an_objection_says_something_short(village: Any, now: datetime, text: str, code: str) -> None:
    draft = prepare(village, now)
    with pytest.raises(Invalid) as refused:
        actions.object_to(village.zhao, draft, text, now=now)
    assert refused.value.code == code


def test_the_gate_opens_for_a_phone_when_a_second_person_says_why(village: Any, now: datetime) -> None:
    draft = agree(village, prepare(village, now, sheet(PHONE)), now)
    assert codes(draft, now) == ["disclosure.redaction_open"]
    (hit,) = actions.open_hits(draft)
    assert "13805361234" not in hit.shown + hit.zh + actions.missing_steps(draft, now)[0].zh
    with pytest.raises(Invalid):
        actions.overrule(village.zhao, draft, hit.where, hit.kind, " ", now=now)
    actions.overrule(village.zhao, draft, hit.where, hit.kind, "村委会公开的服务电话", now=now)
    assert codes(draft, now) == []
    with pytest.raises(NotFound) as refused:
        actions.overrule(village.zhao, draft, hit.where, hit.kind, "再次", now=now)
    assert refused.value.code == "disclosure.no_such_hit"


def test_an_identity_number_is_let_pass_by_nobody(village: Any, now: datetime) -> None:
    draft = agree(village, prepare(village, now, sheet(IDENTITY)), now)
    (hit,) = actions.open_hits(draft)
    with pytest.raises(Invalid) as refused:
        actions.overrule(village.zhao, draft, hit.where, hit.kind, "需要公示", now=now)
    assert refused.value.code == "disclosure.never_overruled"
    draft.overrules.create(where=hit.where, kind=hit.kind, reason="绕过", by=village.zhao, at=now)
    assert codes(draft, now) == ["disclosure.redaction_open"]
    assert "任何人" in actions.missing_steps(draft, now)[0].zh


def test_who_prepared_does_not_overrule(village: Any, now: datetime) -> None:
    draft = prepare(village, now, sheet(PHONE))
    (hit,) = actions.open_hits(draft)
    double = Appointment.objects.create(
        person=village.wang.person,
        office="township_officer",
        organization=village.township,
        from_day=date(2026, 1, 1),
    )
    with pytest.raises(NotAllowed) as refused:
        actions.overrule(double, draft, hit.where, hit.kind, "理由", now=now)
    assert refused.value.code == "authority.same_person"


def test_the_reason_of_a_correction_goes_through_the_gate_too(
    published: Publication, village: Any, now: datetime
) -> None:
    draft = prepare(village, now, sheet(amount=3), supersedes=published, reason_zh=PHONE)
    assert [hit.where for hit in actions.open_hits(draft)] == ["更正理由"]


@pytest.mark.parametrize("data", [b"", b"\xff", b"{}\n", b'{"b":1,"a":2}', b'{"a":NaN}', b'{"a":1,"a":1}'])
def test_only_canonical_bytes_are_prepared(village: Any, now: datetime, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        actions.prepare(village.wang, village.collective, "finance_monthly", "2026-09", data, now=now)
    assert refused.value.code == "disclosure.not_canonical"


def test_what_is_prepared_must_be_known_dated_and_ones_own(village: Any, now: datetime) -> None:
    with pytest.raises(NotFound) as unknown:
        actions.prepare(village.wang, village.collective, "no_such_item", "2026-09", sheet(), now=now)
    assert unknown.value.code == "law.unknown"
    with pytest.raises(Invalid) as undated:
        prepare(village, now, sheet(), period="2026-13")
    assert undated.value.code == "law.period"
    with pytest.raises(NotAllowed):
        actions.prepare(village.li, village.collective, "finance_monthly", "2026-09", sheet(), now=now)
    with pytest.raises(NotAllowed):
        actions.prepare(village.wang, village.committee, "finance_monthly", "2026-09", sheet(), now=now)


def test_a_period_is_published_once(published: Publication, village: Any, now: datetime) -> None:
    draft = agree(village, prepare(village, now, sheet(amount=5)), now)
    with pytest.raises(NotReady) as refused:
        actions.publish(village.xiulan, draft, now=now)
    assert refused.value.code == "disclosure.period_published"


def test_only_the_newest_version_is_corrected_and_with_a_reason(
    published: Publication, village: Any, now: datetime
) -> None:
    publish(village, now, sheet(amount=2), supersedes=published, reason_zh="金额录错")
    stale = agree(
        village, prepare(village, now, sheet(amount=3), supersedes=published, reason_zh="又录错"), now
    )
    with pytest.raises(NotReady) as refused:
        actions.publish(village.xiulan, stale, now=now)
    assert refused.value.code == "disclosure.not_the_newest"
    with pytest.raises(Invalid) as missing:
        prepare(village, now, sheet(amount=4), supersedes=published)
    assert missing.value.code == "disclosure.reason_missing"


@pytest.mark.parametrize("who", ["wang", "zhao", "clerk", "chen"])
def test_only_those_with_the_right_publish(village: Any, now: datetime, who: str) -> None:
    draft = agree(village, prepare(village, now), now)
    with pytest.raises(NotAllowed) as refused:
        actions.publish(getattr(village, who), draft, now=now)
    assert refused.value.code == "authority.capability"
