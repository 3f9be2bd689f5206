"""What must not pass, tried one by one: refused with the clause, on record as tried, and nothing else is changed.

Two people who press the same step at the same moment: tests/contract/test_at_once.py, in two processes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conftest import build_village
from cunwu.disclosure.clock import record_audit_root
from cunwu.errors import Refused
from cunwu.org import actions as org
from cunwu.org import appointing, audit
from cunwu.org.authority import CLOCK
from cunwu.org.models import Appointment, AuditEntry, DataOrigin, Organization
from cunwu.procedures import matters, meetings, papers
from cunwu.procedures.attendance import Came
from cunwu.procedures.guards import Ballot
from cunwu.procedures.matters import Done
from cunwu.procedures.meetings import Point
from cunwu.procedures.models import Matter, Meeting, Step
from desk.conftest import SignIn, give_sign_in, sign_in
from procedures import faces
from procedures.conftest import SINCE, Hall, current
from procedures.test_lease import to_the_vote

__all__ = ["sign_in"]

DAY = timedelta(days=1)
Try = Callable[[Appointment], object]


@pytest.fixture
def lease(hall: Hall, now: datetime) -> Matter:
    """A lease of land, just opened."""
    hall.officers["钱进"] = hall.appoint("钱进", "committee_member", hall.village.committee)
    return matters.open_matter(
        hall.village.xiulan, hall.village.committee, "lease_land", "李家洼荒地发包", amount_fen=1_200_000, now=now
    )  # fmt: skip


@pytest.fixture
def vote(hall: Hall, lease: Matter, now: datetime) -> Meeting:
    """The representatives' meeting that is to vote on the lease, called and not yet closed."""
    village = hall.village
    points = [Point(lease.title, step=to_the_vote(hall, lease, now))]
    return meetings.call(
        village.clerk, village.committee, "representatives_meeting", now.date(), points, notice_on=now.date() - 10 * DAY, now=now
    )  # fmt: skip


@pytest.fixture
def attack(sign_in: SignIn, settings: Any) -> Callable[..., AuditEntry]:
    """Tries something on the desk: refused with `code` and its clause, one entry in the audit, nothing else changed."""
    settings.ROOT_URLCONF = "procedures.faces"

    def attacked(actor: Appointment, code: str, tried: Try, about: Organization | None = None) -> AuditEntry:
        browser, organization = sign_in(actor), about or actor.organization
        before, entries = everything(), AuditEntry.objects.count()
        faces.trying.append(tried)
        answer = browser.post(f"/attempt/{organization.public_id}/", {"do": "try", "text": "秘密"})
        faces.trying.pop()
        assert everything() == before
        assert AuditEntry.objects.count() == entries + 1
        entry = AuditEntry.objects.latest("id")
        details = json.loads(entry.leaf)["details"]
        assert (entry.action, entry.target, details["code"]) == ("refused", "desk:attempt/try", code)
        assert (entry.actor.person, entry.organization) == (actor.person, organization)
        assert details["basis"], "the clause"
        assert answer.status_code == details["status"]
        assert details["basis"] in answer.text
        assert "秘密" not in entry.leaf
        return entry

    return attacked


def everything() -> str:
    """A hash over all that the house keeps, but for what the audit says was refused."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table.startswith("cunwu_"):
                kept = " WHERE action <> 'refused'" if table == "cunwu_auditentry" else ""
                cursor.execute(f"SELECT * FROM {table}{kept} ORDER BY 1")  # noqa: S608  (our own names)
                found.update(f"{table}{cursor.fetchall()}".encode())
    return found.hexdigest()


def test_more_ballots_than_voters(attack: Any, hall: Hall, vote: Meeting, now: datetime) -> None:
    for ballot in (Ballot(28, 1, 0), Ballot(29, 0, 0), Ballot(-1, 2, 3)):
        report = hall.report(vote, votes=ballot)
        attack(
            hall.village.clerk,
            "meeting.too_many_votes",
            lambda actor, report=report: meetings.close(actor, vote, report, now=now),
        )


@pytest.mark.parametrize(("why", "said"), [("died", "去世"), ("moved", "迁出")])
def test_a_roll_with_the_dead_or_the_moved(
    why: str, said: str, attack: Any, hall: Hall, vote: Meeting, now: datetime
) -> None:
    report = hall.report(vote)
    org.leave_roll(
        None, hall.people["代表09"].memberships.get(roll="representative"), date(2026, 9, 1), why, now=now
    )
    attack(
        hall.village.clerk,
        "meeting.not_on_roll",
        lambda actor: meetings.close(actor, vote, report, now=now),
    )
    with pytest.raises(Refused) as refused:
        meetings.close(hall.village.clerk, vote, report, now=now)
    assert said in refused.value.zh


def test_a_proxy_outside_the_household(attack: Any, hall: Hall, now: datetime) -> None:
    village = hall.village
    head = hall.appoint("理事长", "collective_head", village.collective)
    homes = [org.create_household(None, village.place, f"社员{number}", now=now) for number in range(2)]
    for name, home in (("甲", homes[0]), ("乙", homes[0]), ("丙", homes[1])):
        org.enrol(None, hall.person(name), village.collective, "member", SINCE, household=home, now=now)
    meeting = meetings.call(
        head, village.collective, "collective_assembly", now.date(), [Point("分配方案")], notice_on=now.date() - 15 * DAY, now=now
    )  # fmt: skip
    came = [
        Came(hall.people["乙"]),
        Came(hall.people["丙"]),
        Came(hall.people["甲"], "proxy", proxy=hall.people["丙"]),
    ]
    report = hall.report(meeting, came=came, votes=Ballot(3))
    attack(head, "meeting.proxy_household", lambda actor: meetings.close(actor, meeting, report, now=now))
    inside = [*came[:2], Came(hall.people["甲"], "proxy", proxy=hall.people["乙"])]
    meetings.close(head, meeting, hall.report(meeting, came=inside, votes=Ballot(3)), now=now)


def test_no_proxy_where_the_law_knows_none(attack: Any, hall: Hall, vote: Meeting, now: datetime) -> None:
    came = hall.report(vote).came
    came = [*came[1:], Came(came[0].person, "proxy", proxy=hall.people["代表02"])]
    report = hall.report(vote, came=came)
    attack(hall.village.clerk, "meeting.proxy", lambda actor: meetings.close(actor, vote, report, now=now))


def test_a_meeting_before_its_notice(attack: Any, hall: Hall, now: datetime) -> None:
    def call(notice_on: date) -> Try:
        return lambda actor: meetings.call(
            actor, hall.village.committee, "villagers_meeting", now.date(), [Point("年度计划")], notice_on=notice_on, now=now
        )  # fmt: skip

    attack(hall.village.clerk, "meeting.day", call(now.date() + DAY))
    attack(hall.village.clerk, "guard.notice", call(now.date() - DAY))


def test_a_step_dated_back(attack: Any, hall: Hall, lease: Matter, now: datetime) -> None:
    member, step = hall.officers["钱进"], current(lease)
    hall.attach(member, step, now)
    for day in (now.date() - DAY, now.date() + DAY):
        attack(
            member,
            "step.day",
            lambda actor, day=day: matters.take(actor, step, Done(day, "清查"), now=now),
            lease.organization,
        )


def test_a_meeting_dated_before_the_step_was_open(
    attack: Any, hall: Hall, lease: Matter, now: datetime
) -> None:
    village, early = hall.village, now.date() - DAY
    hall.take(hall.officers["钱进"], current(lease), now)
    hall.take(village.li, current(lease), now)
    hall.attach(village.clerk, current(lease), now)
    points = [Point(lease.title, step=current(lease))]
    meeting = meetings.call(
        village.clerk, village.committee, "two_committees_meeting", early, points, notice_on=early - 9 * DAY, now=now
    )  # fmt: skip
    report = hall.report(meeting)
    attack(village.clerk, "step.day", lambda actor: meetings.close(actor, meeting, report, now=now))


def test_one_person_in_two_offices_that_exclude_each_other(attack: Any, hall: Hall, now: datetime) -> None:
    village = hall.village
    for person, office, organization in (
        (village.xiulan.person, "supervision_head", village.supervision),
        (village.zhao.person, "committee_member", village.committee),
        (village.wang.person, "cashier", village.collective),
    ):
        attack(
            village.chen,
            "appointment.excluded",
            lambda actor, person=person, office=office, organization=organization: appointing.appoint(
                actor, person, office, organization, now.date(), now=now
            ),
            organization,
        )


def test_an_expired_appointment(attack: Any, hall: Hall, lease: Matter, now: datetime) -> None:
    member, step = hall.officers["钱进"], current(lease)
    hall.attach(member, step, now)
    Appointment.objects.filter(pk=member.pk).update(until_day=now.date())
    member.refresh_from_db()
    other = hall.appoint("钱进", "group_head", hall.village.committee)
    attack(
        other,
        "authority.expired",
        lambda _: matters.take(member, step, Done(now.date(), "清查"), now=now),
    )


def test_a_step_that_was_taken_is_not_taken_again(
    attack: Any, hall: Hall, lease: Matter, now: datetime
) -> None:
    member, step = hall.officers["钱进"], current(lease)
    stale = Step.objects.select_related("matter__organization__place").get(pk=step.pk)
    hall.attach(member, stale, now)
    hall.take(member, step, now)
    attack(
        member,
        "step.done_already",
        lambda actor: matters.take(actor, stale, Done(now.date(), "清查"), now=now),
    )


def test_a_withdrawn_matter_goes_no_further(attack: Any, hall: Hall, vote: Meeting, now: datetime) -> None:
    """Neither by a page that was open before, nor by a meeting that was called before."""
    item = vote.items.get()
    stale = Step.objects.select_related("matter__organization__place").get(pk=item.step_id)
    matters.withdraw(
        hall.village.xiulan, stale.matter.__class__.objects.get(pk=stale.matter_id), "不办了。", now=now
    )
    report, clerk = hall.report(vote), hall.village.clerk
    attack(clerk, "step.not_open", lambda actor: meetings.close(actor, vote, report, now=now))
    fresh = Step.objects.get(pk=stale.pk)
    points = [Point("再议", step=fresh)]
    attack(
        clerk,
        "meeting.item",
        lambda actor: meetings.call(
            actor,
            hall.village.committee,
            "representatives_meeting",
            now.date(),
            points,
            notice_on=now.date() - 10 * DAY,
            now=now,
        ),
    )
    with pytest.raises(Refused) as refused:
        papers.attach(clerk, fresh, "x", b"x", filename="x", media_type="application/pdf", now=now)
    assert refused.value.code == "step.closed"


def test_a_step_by_address_and_not_by_button(attack: Any, hall: Hall, lease: Matter, now: datetime) -> None:
    village, first = hall.village, current(lease)
    other = build_village(now, "石桥村", village.town)
    later = {name: lease.steps.get(name=name) for name in ("propose", "contract", "resolve")}
    neighbour = org.register_person(None, "邻村委员", now=now)
    member = appointing.appoint(None, neighbour, "committee_member", other.committee, SINCE, now=now)
    done = Done(now.date(), "已办", 1, "1")
    for actor, step, code in (
        (member, first, "authority.place"),
        (village.clerk, first, "step.office"),
        (village.li, later["propose"], "step.not_open"),
        (village.xiulan, later["contract"], "step.not_open"),
        (village.clerk, later["resolve"], "step.not_open"),
    ):
        attack(
            actor, code, lambda a, step=step: matters.take(a, step, done, now=now), lease.organization
        )  # fmt: skip


def test_a_vote_is_not_taken_by_hand(attack: Any, hall: Hall, vote: Meeting, now: datetime) -> None:
    step = vote.items.get().step
    attack(hall.village.clerk, "step.kind", lambda a: matters.take(a, step, Done(now.date(), "过"), now=now))


def test_the_page_itself_is_refused_by_address_and_on_record(
    hall: Hall, sign_in: SignIn, settings: Any, now: datetime
) -> None:
    settings.ROOT_URLCONF = "procedures.faces"
    other = build_village(now, "石桥村", hall.village.town)
    browser, address = sign_in(other.clerk), f"/by-address/{hall.village.committee.public_id}/"
    assert browser.post(address).status_code == 403
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.target) == ("refused", "desk:by_address")
    assert (entry.actor, entry.organization) == (other.clerk, hall.village.committee)
    count = AuditEntry.objects.count()
    assert browser.get(address).status_code == 403, "who only looks is told, and changes no record"
    assert AuditEntry.objects.count() == count


def test_strangers_cannot_fill_the_audit(hall: Hall, sign_in: SignIn, settings: Any, now: datetime) -> None:
    settings.ROOT_URLCONF = "procedures.faces"
    faces.trying.append(lambda _: None)
    ended = hall.appoint("离任者", "committee_member", hall.village.committee)
    address, count = f"/attempt/{hall.village.committee.public_id}/", AuditEntry.objects.count()
    half = Client()
    half.force_login(give_sign_in(hall.village.sun, second_factor=False))
    gone = sign_in(ended)
    Appointment.objects.filter(pk=ended.pk).update(until_day=now.date())
    for browser in (Client(), half, gone):
        for _ in range(3):
            assert browser.post(address, {"do": "try"}).status_code in {302, 403}
    faces.trying.pop()
    assert AuditEntry.objects.count() == count


def test_what_was_typed_as_a_step_is_not_kept(hall: Hall, sign_in: SignIn, settings: Any) -> None:
    settings.ROOT_URLCONF = "procedures.faces"
    address = f"/attempt/{hall.village.committee.public_id}/"
    answer = sign_in(hall.village.clerk).post(address, {"do": "身份证370799199001010017"})
    assert answer.status_code == 422
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.target) == ("refused", "desk:attempt")
    assert "370799" not in entry.leaf


def test_the_command_puts_a_refusal_on_record(
    hall: Hall, tmp_path: Any, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    from cunwu.management import run

    DataOrigin.objects.create(pk=1, kind=DataOrigin.Kind.DEMO)
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"")
    village, count = hall.village, AuditEntry.objects.count()
    where = ("--organization", village.collective.public_id, "--now", now.isoformat())
    assert run(["import-vouchers", str(book), "--as", village.clerk.public_id, *where]) == 1
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.target) == ("refused", "command:import_vouchers")
    assert (entry.actor, entry.organization) == (village.clerk, village.collective)
    assert json.loads(entry.leaf)["details"]["code"] == "authority.capability"
    assert run(["import-vouchers", str(book), "--as", "nobody", *where]) == 1
    assert AuditEntry.objects.count() == count + 1
    capsys.readouterr()


def test_the_audit_says_in_words_what_was_refused_and_keeps_its_root(
    attack: Any, hall: Hall, vote: Meeting, sign_in: SignIn, now: datetime
) -> None:
    report = hall.report(vote, votes=Ballot(29))
    entry = attack(
        hall.village.clerk,
        "meeting.too_many_votes",
        lambda actor: meetings.close(actor, vote, report, now=now),
    )
    browser = sign_in(hall.village.chen)
    address = f"/audit/{hall.village.committee.public_id}/"
    told = browser.get(address).text
    assert "办理被拒绝：填写的内容不对（meeting.too_many_votes，依据：" in told
    assert "村民委员会组织法" in told
    browser.post("/language/", {"language": "en", "next": "/"})
    assert (
        "was refused: what was given was wrong (meeting.too_many_votes, basis: " in browser.get(address).text
    )
    assert browser.get(f"{address}?as=xlsx").status_code == 200
    assert json.loads(entry.leaf)["v"] == audit.LEAF_VERSION
    root = record_audit_root(CLOCK, now=now)
    assert root is not None
    assert json.loads(root.leaf)["size"] == AuditEntry.objects.filter(pk__lte=entry.pk).count()
