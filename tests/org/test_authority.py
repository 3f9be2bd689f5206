"""Rights come from the office held today and reach as far as its place."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from conftest import Village, build_village
from cunwu.errors import Invalid, NotAllowed
from cunwu.org import actions, audit
from cunwu.org.authority import CLOCK, may, require, require_other_person
from cunwu.org.models import Appointment, AuditEntry


def test_an_accountant_keeps_the_books_entrusted_to_her(village: Village, now: datetime) -> None:
    require(village.wang, "books.keep", village.collective, now)


def test_an_agency_post_reaches_no_other_village(village: Village, now: datetime) -> None:
    other = build_village(now, "石桥村", village.town)
    with pytest.raises(NotAllowed) as refused:
        require(village.wang, "books.keep", other.collective, now)
    assert refused.value.code == "authority.place"
    assert "石桥村" in str(refused.value)


def test_an_office_in_the_town_reaches_its_villages_and_not_the_county(
    village: Village, now: datetime
) -> None:
    assert may(village.chen, "duties.read", village.collective, now)
    assert may(village.chen, "duties.read", village.town, now)
    assert not may(village.chen, "duties.read", village.county, now)


def test_a_right_that_the_office_does_not_carry_names_who_has_it(village: Village, now: datetime) -> None:
    with pytest.raises(NotAllowed) as refused:
        require(village.wang, "disclosure.sign", village.collective, now)
    assert refused.value.code == "authority.capability"
    assert "村务监督委员会主任" in str(refused.value)


def test_rights_end_by_themselves_with_the_term(village: Village, now: datetime) -> None:
    last = date(2026, 10, 7)
    actions.end_appointment(village.chen, village.wang, last, now=now)
    with pytest.raises(NotAllowed) as refused:
        require(village.wang, "books.keep", village.collective, now)
    assert refused.value.code == "authority.expired"
    require(village.wang, "books.keep", village.collective, now - timedelta(days=1))


def test_rights_do_not_begin_before_the_term(village: Village, now: datetime) -> None:
    early = datetime(2021, 12, 31, 12, tzinfo=now.tzinfo)
    assert not may(village.wang, "books.keep", village.collective, early)


def test_one_person_may_not_keep_the_books_and_supervise_them(village: Village, now: datetime) -> None:
    with pytest.raises(NotAllowed) as refused:
        actions.appoint(
            None, village.wang.person, "supervision_head", village.supervision, date(2026, 1, 1), now=now
        )
    assert refused.value.code == "appointment.excluded"
    assert refused.value.basis


def test_an_office_sits_only_where_it_belongs(village: Village, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.appoint(
            None, village.sun.person, "committee_head", village.collective, date(2026, 1, 1), now=now
        )
    assert refused.value.code == "appointment.office"


def test_separation_compares_persons_not_appointments(village: Village, now: datetime) -> None:
    second = actions.appoint(
        None, village.xiulan.person, "party_secretary", village.party, date(2026, 1, 1), now=now
    )
    with pytest.raises(NotAllowed) as refused:
        require_other_person(
            second, village.xiulan.person, doing_zh="登记和核对", doing_en="Entry and check", basis=""
        )
    assert refused.value.code == "authority.same_person"


def test_a_term_cannot_end_before_it_began(village: Village, now: datetime) -> None:
    with pytest.raises(Invalid):
        actions.end_appointment(village.chen, village.wang, date(2020, 1, 1), now=now)


def test_an_unknown_appointment_is_named(village: Village) -> None:
    with pytest.raises(Invalid) as refused:
        actions.find_appointment("nobody")
    assert refused.value.code == "appointment.unknown"


def test_every_action_leaves_its_entry(village: Village, now: datetime) -> None:
    before = AuditEntry.objects.count()
    actions.end_appointment(village.chen, village.wang, date(2026, 12, 31), now=now)
    entry = AuditEntry.objects.latest("id")
    assert AuditEntry.objects.count() == before + 1
    assert (entry.actor, entry.action) == (village.chen, "org.end_appointment")
    assert entry.target == f"appointment:{village.wang.public_id}"


@pytest.mark.parametrize(
    "statement", ["UPDATE cunwu_auditentry SET action = 'x'", "DELETE FROM cunwu_auditentry"]
)
def test_the_database_keeps_the_audit(village: Village, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_our_own_fault(now: datetime) -> None:
    with pytest.raises(RuntimeError):
        audit.record(CLOCK, "duties.late", "duty:x", now=now)


def test_an_agency_post_names_who_lends(village: Village) -> None:
    assert village.wang.kind == Appointment.Kind.AGENCY
    assert village.wang.home == village.station
