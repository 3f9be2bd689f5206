"""Whose step is next: only persons are named who can take it, separation of duties counted in."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from conftest import Village
from cunwu.books.actions import close_month
from cunwu.books.sheets import draft_sheet
from cunwu.desk.steps import MonthState, Step, holders, month_states
from cunwu.disclosure import actions
from cunwu.disclosure.models import Draft
from cunwu.duties import actions as duties
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK, local_day
from cunwu.org.models import Appointment, Organization, Person
from desk.conftest import SEPTEMBER, SignIn, keep_books


@pytest.fixture
def draft(village: Village, now: datetime) -> Draft:
    """September's sheet, drafted by 王芳, who also kept the books."""
    keep_books(village, now)
    close_month(village.wang, village.collective, SEPTEMBER, now=now)
    return draft_sheet(village.wang, village.collective, SEPTEMBER, now=now)


def state(village: Village, now: datetime) -> MonthState:
    """How far September is."""
    found = month_states([village.collective], ["2026-09"], local_day(now))
    return found[village.collective.pk, "2026-09"]


def waiting_for(village: Village, now: datetime) -> tuple[Step, set[str]]:
    """The next step of September and the names of those who can take it."""
    found = state(village, now)
    return found.step, {each.person.name for each in holders(found, now)}


def seat(person: Person, office: str, organization: Organization, now: datetime) -> Appointment:
    """One more office, held since 2022."""
    return org.appoint(None, person, office, organization, date(2022, 1, 1), now=now)


def meet(village: Village, draft: Draft, now: datetime, in_favour: int = 6) -> None:
    """Six of seven came."""
    actions.record_joint_meeting(
        village.clerk,
        draft,
        held_on=local_day(now),
        chaired_by="李建国",
        present=6,
        expected=7,
        in_favour=in_favour,
        now=now,
    )


def test_the_head_signs_and_a_member_who_would_not_suffice_is_not_named(
    village: Village, draft: Draft, now: datetime
) -> None:
    assert waiting_for(village, now) == (Step.SIGN, {"赵立新"})
    actions.sign(village.sun, draft, now=now)
    third = seat(org.register_person(None, "郑大江", now=now), "supervision_member", village.supervision, now)
    actions.sign(third, draft, now=now)
    assert waiting_for(village, now) == (Step.SIGN, {"赵立新"}), (
        "two members do not stand in for a head who can sign"
    )
    actions.sign(village.zhao, draft, now=now)
    assert state(village, now).step == Step.MEETING


def test_a_head_who_kept_the_books_is_not_named_and_two_members_sign(
    village: Village, draft: Draft, sign_in: SignIn, now: datetime
) -> None:
    third = seat(org.register_person(None, "郑大江", now=now), "supervision_member", village.supervision, now)
    draft.kept_by.add(village.zhao.person)
    assert waiting_for(village, now) == (Step.SIGN, {"孙梅", "郑大江"})
    head = sign_in(village.zhao)
    page = head.get(f"/draft/{draft.public_id}/").text
    assert "由您办" not in page
    assert 'value="sign"' not in page
    assert 'value="object"' in page, "objecting is no review"
    assert head.post(f"/draft/{draft.public_id}/", {"do": "sign"}).status_code == 403
    actions.sign(village.sun, draft, now=now)
    assert waiting_for(village, now) == (Step.SIGN, {"郑大江"})
    actions.sign(third, draft, now=now)
    assert state(village, now).step == Step.MEETING


def test_who_kept_the_books_and_drafted_is_not_named_after_joining_the_committee(
    village: Village, draft: Draft, now: datetime
) -> None:
    tomorrow = now + timedelta(days=1)
    org.end_appointment(village.chen, village.zhao, date(2026, 10, 1), now=now)
    org.end_appointment(village.chen, village.wang, local_day(now), now=now)
    org.appoint(
        None, village.wang.person, "supervision_member", village.supervision, local_day(tomorrow), now=now
    )
    assert waiting_for(village, tomorrow) == (Step.SIGN, {"孙梅"})


def test_where_nobody_can_the_page_says_so(
    village: Village, draft: Draft, sign_in: SignIn, now: datetime
) -> None:
    draft.kept_by.add(village.zhao.person, village.sun.person)
    page = sign_in(village.li).get(f"/draft/{draft.public_id}/").text
    assert "没有人能办这一步" in page
    assert holders(state(village, now), now) == []


def test_a_paper_signature_waits_for_another_than_who_entered_it(
    village: Village, draft: Draft, sign_in: SignIn, now: datetime
) -> None:
    # 陈晓明, the township's officer, serves as the village's secretary as well.
    org.end_appointment(village.chen, village.li, date(2026, 10, 1), now=now)
    secretary = seat(village.chen.person, "party_secretary", village.party, now)
    actions.record_paper_signature(secretary, draft, village.zhao, now=now)
    assert waiting_for(village, now) == (Step.CONFIRM, {"赵立新", "孙梅"})
    address = f"/draft/{draft.public_id}/"
    officer = sign_in(village.chen).get(address).text
    assert "由您办" not in officer
    assert 'value="confirm"' not in officer
    page = sign_in(village.sun).get(address).text
    assert "下一步：核对纸质签名" in page
    assert 'value="confirm"' in page
    actions.confirm_signature(village.sun, draft.signatures.get(), now=now)
    assert state(village, now).step == Step.MEETING


def test_a_meeting_that_refused_has_to_meet_again(village: Village, draft: Draft, now: datetime) -> None:
    actions.sign(village.zhao, draft, now=now)
    meet(village, draft, now, in_favour=3)
    assert state(village, now).step == Step.MEETING
    meet(village, draft, now)
    assert waiting_for(village, now) == (Step.PUBLISH, {"李建国", "王秀兰"})


def test_today_counts_only_what_this_person_can_do(
    village: Village, draft: Draft, sign_in: SignIn, now: datetime
) -> None:
    duties.open_duties(CLOCK, now=now)
    assert "今天要办 1 件" in sign_in(village.zhao).get("/").text
    draft.kept_by.add(village.zhao.person)
    assert "没有要您办的事" in sign_in(village.zhao).get("/").text
