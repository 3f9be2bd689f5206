"""The small county: built by the real actions, everything that can befall a month in it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from pytest_django import Settings

from cunwu import installation
from cunwu.books.models import Month, Voucher
from cunwu.demo.build import EXTENTS, FATES, build
from cunwu.disclosure import log, queries
from cunwu.disclosure.models import BoardNotice, LogEntry, Publication
from cunwu.documents.models import Document
from cunwu.duties.models import Duty
from cunwu.errors import NotAllowed, NotReady
from cunwu.org.models import Appointment, AuditEntry, Membership, Organization, Person
from cunwu.procedures.models import Matter, Meeting
from cunwu.procedures.queries import standings

pytestmark = pytest.mark.slow

DECIDING = ("representative", "voter", "party_member", "member_representative")
NOVEMBER = datetime.fromisoformat("2026-11-21T22:00:00+08:00")


def test_the_small_county(db: None) -> None:
    told: list[str] = []
    demo = build("test", now=NOVEMBER, progress=told.append)
    first, second, third = demo.county.villages

    # Whole and sound: database, files, proofs, commitments.
    assert log.check() == []
    kinds = Counter(LogEntry.objects.values_list("kind", flat=True))
    assert kinds == {
        "publication": 12,
        "supersession": 2,
        "tombstone": 1,
        "silence": 1,
        "audit_root": 3,
    }
    assert told

    # The first village's newest month waits in a workbook.
    assert demo.workbook.name == "云溪村2026年10月凭证.xlsx"
    assert demo.workbook.exists()
    assert not Month.objects.filter(organization=first.books, period="2026-10").exists()
    assert (demo.example.organization, demo.example.period) == (first.books, "2026-09")

    # Everything was done at its own time, in order, and audited then.
    times = list(LogEntry.objects.order_by("index").values_list("created_at", flat=True))
    assert times == sorted(times)
    assert all(entry.at <= NOVEMBER for entry in AuditEntry.objects.all())
    assert {p.published_at.month for p in Publication.objects.all()} == {9, 10, 11}

    # What befell the others.
    states = Counter(
        (p.period, queries.state(p)) for p in Publication.objects.filter(organization=second.books)
    )
    assert states["2026-08", "taken_down"] == 1
    assert states["2026-09", "superseded"] == 1
    assert Voucher.objects.filter(kind="reversal").count() == 1
    silent = Duty.objects.get(organization__place=third.place, period="2026-08")
    assert silent.late_at is not None
    assert silent.met_at is None
    nil = Publication.objects.get(organization=third.books, period="2026-09")
    assert Month.objects.get(publication=nil).nil
    assert Month.objects.get(organization=third.books, period="2026-10").publication is None
    assert Document.objects.filter(erased_at__isnull=False).count() == 1

    # Bodies and people: one accountant for all, a village without a collective, two boards, an acting head.
    assert first.accountant.person == second.accountant.person == third.accountant.person
    assert first.accountant.kind == Appointment.Kind.AGENCY
    assert third.books.kind == Organization.Kind.COMMITTEE
    assert third.committee_head.kind == Appointment.Kind.ACTING
    assert set(BoardNotice.objects.values_list("board", flat=True)) >= {"前庄公开栏", "后庄公开栏"}
    assert Membership.objects.exclude(roll__in=DECIDING).count() == 10
    assert not Person.objects.exclude(identity_sealed=None).exists()

    # What the first village decided: done, open to objections, waiting for a second signature.
    standing = {
        each.matter.power: each.step.name if each.step else each.matter.state
        for each in standings(Matter.objects.order_by("id"), NOVEMBER.date())
    }
    assert standing == {"lease_land": "done", "lease_assets": "objections", "approve_spending": "countersign"}
    assert Meeting.objects.filter(state="held").count() == 11

    with pytest.raises(NotReady) as refused:
        build("test", now=NOVEMBER, progress=told.append)
    assert refused.value.code == "demo.not_empty"


def test_invented_data_go_into_a_demo_only(db: None, settings: Settings) -> None:
    settings.CUNWU = installation.Installation(mode="production")
    with pytest.raises(NotAllowed) as refused:
        build("test", now=NOVEMBER, progress=lambda _: None)
    assert refused.value.code == "demo.not_a_demo"


def test_every_fate_is_of_a_village_that_is_there() -> None:
    for size, fates in FATES.items():
        extent = EXTENTS[size]
        months = fates.silent | fates.late | fates.corrected | fates.taken_down | fates.nil
        for number, back in months | {(number, 0) for number in fates.newest}:
            assert back < extent.months[number // extent.villages]
