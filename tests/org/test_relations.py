"""What officers declare of themselves: given by them, read by few and on record, gone with the office, and it bars."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from conftest import Village
from cunwu.errors import Invalid, NotAllowed
from cunwu.org import actions, relations
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry, Relation
from cunwu.org.reads import Purpose

DAY = date(2026, 10, 8)


def test_the_township_reads_them_and_leaves_a_trace(village: Village, now: datetime) -> None:
    relations.declare_relation(village.xiulan, "sibling", " 王强 ", now=now)
    ((found, name),) = relations.read_relations(village.chen, village.committee, Purpose.RECUSAL, now=now)
    assert (found.kind, name) == ("sibling", "王强")
    assert AuditEntry.objects.latest("id").action == "org.read_relations"


def test_neighbours_in_office_do_not_read_them(village: Village, now: datetime) -> None:
    relations.declare_relation(village.xiulan, "sibling", "王强", now=now)
    for officer in (village.clerk, village.wang, village.li):
        with pytest.raises(NotAllowed):
            relations.read_relations(officer, village.committee, Purpose.RECUSAL, now=now)


def test_the_audit_does_not_say_what_was_declared(village: Village, now: datetime) -> None:
    relations.declare_relation(village.xiulan, "sibling", "王强", now=now)
    assert not AuditEntry.objects.filter(leaf__contains="王强").exists()
    assert not AuditEntry.objects.filter(leaf__contains="sibling").exists()


def test_only_ones_own_is_taken_back(village: Village, now: datetime) -> None:
    relation = relations.declare_relation(village.xiulan, "sibling", "王强", now=now)
    with pytest.raises(Invalid) as refused:
        relations.withdraw_relation(village.clerk, relation, now=now)
    assert refused.value.code == "relation.not_own"
    relations.withdraw_relation(village.xiulan, relation, now=now)
    assert not Relation.objects.exists()


def test_they_go_with_the_office(village: Village, now: datetime) -> None:
    relations.declare_relation(village.xiulan, "sibling", "王强", now=now)
    actions.end_appointment(village.chen, village.xiulan, DAY, now=now)
    assert relations.conflicted([village.xiulan.person_id], ["王强"], DAY + timedelta(days=1)) == {}
    assert relations.expire_relations(CLOCK, now=now) == 0
    assert relations.expire_relations(CLOCK, now=now + timedelta(days=1)) == 1


@pytest.mark.parametrize("office", ["supervision_head", "supervision_member"])
def test_a_near_relative_of_the_committee_does_not_supervise_it(
    village: Village, now: datetime, office: str
) -> None:
    relations.declare_relation(village.xiulan, "sibling", "王强", now=now)
    brother = actions.register_person(None, "王强", now=now)
    with pytest.raises(NotAllowed) as refused:
        actions.appoint(village.chen, brother, office, village.supervision, DAY, now=now)
    assert refused.value.code == "appointment.relative"
    assert "村民委员会组织法" in refused.value.basis


def test_nor_does_the_committee_take_a_relative_of_who_supervises(village: Village, now: datetime) -> None:
    relations.declare_relation(village.zhao, "child", "赵敏", now=now)
    daughter = actions.register_person(None, "赵敏", now=now)
    with pytest.raises(NotAllowed) as refused:
        actions.appoint(village.chen, daughter, "committee_member", village.committee, DAY, now=now)
    assert refused.value.code == "appointment.relative"


def test_a_business_interest_bars_from_no_office(village: Village, now: datetime) -> None:
    relations.declare_relation(village.xiulan, "interest", "王强", now=now)
    partner = actions.register_person(None, "王强", now=now)
    assert actions.appoint(village.chen, partner, "supervision_member", village.supervision, DAY, now=now)


def test_a_relative_may_hold_an_office_that_no_clause_bars(village: Village, now: datetime) -> None:
    relations.declare_relation(village.xiulan, "sibling", "王强", now=now)
    brother = actions.register_person(None, "王强", now=now)
    assert actions.appoint(village.chen, brother, "group_head", village.committee, DAY, now=now)
