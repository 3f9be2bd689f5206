"""What happens by itself: silence on law that was read, its counter-entry, the daily root of the audit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cunwu.disclosure import actions, log, queries
from cunwu.disclosure.models import LogEntry, StalePage
from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.errors import NotReady
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry
from cunwu.tlog.tree import leaf_hash, root_hash
from disclosure.steps import agree, prepare, publish

NOVEMBER = datetime.fromisoformat("2026-11-01T00:00:10+08:00")


@pytest.fixture
def september(village: Any, now: datetime) -> Duty:
    """The duty to publish September, opened in October."""
    duties.open_duties(CLOCK, now=now)
    return Duty.objects.get(organization=village.committee, period="2026-09")


def test_silence_is_an_entry_and_a_late_publication_answers_it(september: Duty, village: Any) -> None:
    (late,) = duties.mark_late(CLOCK, now=NOVEMBER)
    silence = actions.record_silence(CLOCK, late, now=NOVEMBER)
    assert silence is not None
    leaf = json.loads(silence.leaf)
    assert (leaf["due"], leaf["duty"], leaf["provision"]) == (
        "2026-10-31",
        "publish_finance_monthly",
        "shandong_disclosure:12",
    )
    assert leaf["organization"] == village.committee.public_id
    assert StalePage.objects.filter(kind="place", key=village.place.public_id).exists()
    assert actions.record_silence(CLOCK, late, now=NOVEMBER) is None
    later = NOVEMBER + timedelta(days=2)
    publication = publish(village, later)
    log.sequence(now=later)
    counter = json.loads(LogEntry.objects.get(kind=LogEntry.Kind.COUNTER).leaf)
    assert counter["about"] == silence.leaf_hash
    assert counter["by"] == queries.publication_entry(publication).leaf_hash
    (told,) = queries.silences(village.place)
    assert told.counter is not None
    assert told.counter.publication == publication
    assert log.check() == []


def test_one_silence_is_countered_once(september: Duty, village: Any) -> None:
    (late,) = duties.mark_late(CLOCK, now=NOVEMBER)
    actions.record_silence(CLOCK, late, now=NOVEMBER)
    first = publish(village, NOVEMBER)
    draft = agree(village, prepare(village, NOVEMBER, supersedes=first, reason_zh="重新公布"), NOVEMBER)
    actions.publish(village.xiulan, draft, now=NOVEMBER)
    assert LogEntry.objects.filter(kind=LogEntry.Kind.COUNTER).count() == 1


def test_who_is_in_time_is_not_accused(september: Duty, now: datetime) -> None:
    with pytest.raises(NotReady) as refused:
        actions.record_silence(CLOCK, september, now=now)
    assert refused.value.code == "disclosure.not_late"


def test_who_published_before_the_duty_was_opened_is_not_accused(village: Any, now: datetime) -> None:
    publish(village, now)
    duties.open_duties(CLOCK, now=now)
    for late in duties.mark_late(CLOCK, now=NOVEMBER):
        with pytest.raises(NotReady) as refused:
            actions.record_silence(CLOCK, late, now=NOVEMBER)
        assert refused.value.code == "disclosure.was_published"
    assert not LogEntry.objects.filter(kind=LogEntry.Kind.SILENCE).exists()


def test_who_published_early_has_done_it_in_time(village: Any, now: datetime) -> None:
    publication = publish(village, now)
    duties.open_duties(CLOCK, now=now + timedelta(days=1))
    assert actions.meet_published(CLOCK, now=now + timedelta(days=1)) == 1
    duty = Duty.objects.get(period="2026-09")
    assert (duty.met_at, duty.met_by) == (now, f"publication:{publication.public_id}")
    assert actions.meet_published(CLOCK, now=NOVEMBER) == 0
    assert duties.mark_late(CLOCK, now=NOVEMBER) == []


def test_of_two_clocks_one_meets_what_was_published_early(
    village: Any, now: datetime, meanwhile: Any
) -> None:
    publish(village, now)
    duties.open_duties(CLOCK, now=now + timedelta(days=1))
    others: list[int] = []
    meanwhile(lambda: others.append(actions.meet_published(CLOCK, now=now + timedelta(days=1))))
    assert actions.meet_published(CLOCK, now=now + timedelta(days=1)) == 0
    assert others == [1]
    assert AuditEntry.objects.filter(action="disclosure.meet").count() == 1


def test_nobody_is_accused_on_law_that_nobody_has_read(september: Duty) -> None:
    Duty.objects.update(read_in_source=False)
    (late,) = duties.mark_late(CLOCK, now=NOVEMBER)
    with pytest.raises(NotReady) as refused:
        actions.record_silence(CLOCK, late, now=NOVEMBER)
    assert refused.value.code == "disclosure.not_read_in_source"


def test_the_audit_is_rooted_once_a_day(village: Any, now: datetime) -> None:
    leaves = list(AuditEntry.objects.order_by("id").values_list("leaf", flat=True))
    entry = actions.record_audit_root(CLOCK, now=now)
    assert entry is not None
    told = json.loads(entry.leaf)
    assert told["size"] == len(leaves)
    assert told["root"] == root_hash(leaf_hash(leaf.encode()) for leaf in leaves).hex()
    assert actions.record_audit_root(CLOCK, now=now + timedelta(hours=13, minutes=59)) is None
    assert actions.record_audit_root(CLOCK, now=now + timedelta(hours=14)) is not None


def test_of_two_clocks_one_roots_the_audit(village: Any, now: datetime, meanwhile: Any) -> None:
    others: list[LogEntry | None] = []
    meanwhile(lambda: others.append(actions.record_audit_root(CLOCK, now=now)))
    assert actions.record_audit_root(CLOCK, now=now) is None
    assert others == list(LogEntry.objects.filter(kind=LogEntry.Kind.AUDIT_ROOT))
    assert len(others) == 1
