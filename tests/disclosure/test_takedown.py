"""What leaked is gone from every file; that something was there is said for ever."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.db import IntegrityError, connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from cunwu.disclosure import actions, clock, log, queries
from cunwu.disclosure.models import LogEntry, Publication, Salt, StalePage, Tombstone
from cunwu.documents import actions as documents
from cunwu.documents.models import Document, Erasure
from cunwu.errors import Invalid, NotAllowed, NotFound, NotReady
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK
from cunwu.org.models import Appointment
from disclosure.steps import BOARD, agree, hold_meeting, prepare, publish, sheet

LEAK = "付王小明医药费补助"
LIST = {
    "format": "cunwu-list/1",
    "columns": ["户主", "金额"],
    "rows": [["王小明", 30_000], ["李大山", 50_000]],
    "totals": {"households": 2, "amount": 80_000},
}


@pytest.fixture
def take_down(
    village: Any, now: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Callable[[Publication], Tombstone]:
    """The township takes down, and the commit's consequences are carried out."""

    def act(publication: Publication) -> Tombstone:
        with django_capture_on_commit_callbacks(execute=True):
            return actions.take_down(
                village.chen,
                publication,
                reason_code="personal_data",
                reason_zh="摘要写出了个人的健康情况",
                now=now,
            )

    return act


@pytest.fixture
def leaked(village: Any, now: datetime) -> Publication:
    """A publication that should not have said what it says, with a photograph of its paper."""
    publication = publish(village, now, sheet(LEAK))
    log.sequence(now=now)
    photo = documents.store(b"photo:" + LEAK.encode(), "image/jpeg", now=now)
    actions.post_notice(village.clerk, publication, BOARD, put_up_on=now.date(), photo=photo, now=now)
    return publication


def database_holds(needle: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM cunwu_salt")
        return any(needle in bytes(value) for (value,) in cursor.fetchall())


def test_no_byte_of_it_is_left(
    leaked: Publication, take_down: Any, files_with: Callable[[bytes], list[Path]]
) -> None:
    salt = bytes(leaked.salt.value)
    assert files_with(LEAK.encode())
    assert database_holds(salt)
    take_down(leaked)
    assert files_with(LEAK.encode()) == []
    assert files_with(salt) == []
    assert files_with(salt.hex().encode()) == []
    assert not database_holds(salt)
    assert Erasure.objects.count() == 2
    assert log.check() == []


def test_it_is_said_for_ever_and_means_nothing_without_the_salt(
    leaked: Publication, village: Any, take_down: Any, now: datetime
) -> None:
    StalePage.objects.all().delete()
    take_down(leaked)
    log.sequence(now=now)
    leaf = json.loads(LogEntry.objects.get(kind=LogEntry.Kind.TOMBSTONE).leaf)
    assert leaf["about"] == queries.publication_entry(leaked).leaf_hash
    assert leaf["reason"] == "personal_data"
    assert "健康" not in str(leaf)
    assert queries.state(leaked) == "taken_down"
    assert StalePage.objects.filter(kind="publication", key=leaked.public_id).exists()
    with pytest.raises(NotFound) as refused:
        queries.bundle(leaked)
    assert refused.value.code == "disclosure.taken_down"
    assert log.proof(queries.publication_entry(leaked))
    with pytest.raises(IntegrityError, match="tombstones are never deleted"):
        Tombstone.objects.all().delete()


def test_a_corrected_sheet_may_follow_for_the_same_period(
    leaked: Publication, village: Any, take_down: Any, now: datetime
) -> None:
    take_down(leaked)
    assert queries.state(publish(village, now, sheet("付医药费补助1户"))) == "current"


def test_the_same_bytes_do_not_come_back(
    leaked: Publication, village: Any, take_down: Any, now: datetime
) -> None:
    take_down(leaked)
    with pytest.raises(NotFound) as refused:
        prepare(village, now, sheet(LEAK))
    assert refused.value.code == "document.erased"


def test_other_versions_stay_unless_they_are_the_same_bytes(
    leaked: Publication, village: Any, take_down: Any, now: datetime
) -> None:
    second = publish(village, now, sheet("付补助"), supersedes=leaked, reason_zh="摘要不当")
    third = publish(village, now, sheet(LEAK), supersedes=second, reason_zh="恢复原文")
    log.sequence(now=now)
    take_down(third)
    assert [queries.state(each) for each in (leaked, second, third)] == [
        "taken_down",
        "superseded",
        "taken_down",
    ]
    assert queries.bundle(second)["format"] == "cunwu-bundle/1"


@pytest.mark.parametrize(
    ("code", "reason", "refusal"),
    [
        ("because", "不妥", "disclosure.ground"),
        ("personal_data", " ", "disclosure.reason_missing"),
        ("personal_data", "写出了身份证号37070419630915121X", "disclosure.reason_tells"),
    ],
)
def test_the_ground_is_of_a_closed_list_and_tells_nothing(
    published: Publication, village: Any, now: datetime, code: str, reason: str, refusal: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.take_down(village.chen, published, reason_code=code, reason_zh=reason, now=now)
    assert refused.value.code == refusal
    assert Salt.objects.exists()


def test_only_the_township_and_not_who_published(published: Publication, village: Any, now: datetime) -> None:
    reason = {"reason_code": "published_by_mistake", "reason_zh": "误公布"}
    with pytest.raises(NotAllowed) as refused:
        actions.take_down(village.xiulan, published, **reason, now=now)
    assert refused.value.code == "authority.capability"
    double = Appointment.objects.create(
        person=village.xiulan.person,
        office="township_officer",
        organization=village.township,
        from_day=date(2026, 1, 1),
    )
    with pytest.raises(NotAllowed) as refused:
        actions.take_down(double, published, **reason, now=now)
    assert refused.value.code == "authority.same_person"
    actions.take_down(village.chen, published, **reason, now=now)
    with pytest.raises(NotReady) as again:
        actions.take_down(village.chen, published, **reason, now=now)
    assert again.value.code == "disclosure.taken_down_already"


@pytest.fixture
def listed(village: Any, now: datetime) -> Publication:
    """A list of households, public for thirty days."""
    accountant = org.appoint(
        None,
        org.register_person(None, "刘敏", now=now),
        "accountant",
        village.committee,
        date(2026, 1, 1),
        now=now,
    )
    draft = actions.prepare(
        accountant, village.committee, "relief_funds", "2026Q3", rfc8785.dumps(LIST), now=now
    )
    actions.sign(village.zhao, draft, now=now)
    hold_meeting(village, draft, now)
    publication = actions.publish(village.xiulan, draft, now=now)
    log.sequence(now=now)
    return publication


def test_a_list_is_reduced_to_its_totals_when_its_time_is_over(
    listed: Publication,
    files_with: Callable[[bytes], list[Path]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    salt = bytes(listed.salt.value)
    assert listed.expires_on == date(2026, 11, 7)
    last_day = datetime.fromisoformat("2026-11-07T23:59:59+08:00")
    assert actions.expire_lists(CLOCK, now=last_day) == []
    over = datetime.fromisoformat("2026-11-08T00:00:00+08:00")
    with django_capture_on_commit_callbacks(execute=True):
        (expiry,) = actions.expire_lists(CLOCK, now=over)
    assert json.loads(documents.read(expiry.totals)) == {
        "format": "cunwu-list/1",
        "publication": listed.public_id,
        "totals": {"households": 2, "amount": 80_000},
    }
    assert files_with("王小明".encode()) == []
    assert not database_holds(salt)
    assert Erasure.objects.get().by is None
    assert queries.state(listed) == "expired"
    log.sequence(now=over)
    assert log.check() == []
    leaf = json.loads(LogEntry.objects.get(kind=LogEntry.Kind.EXPIRY).leaf)
    assert leaf["about"] == queries.publication_entry(listed).leaf_hash
    assert queries.bundle(listed)["entry"] != ""
    assert actions.expire_lists(CLOCK, now=over) == []


def test_of_two_clocks_one_reduces_a_list(listed: Publication, meanwhile: Any) -> None:
    over, others = datetime.fromisoformat("2026-11-08T00:00:00+08:00"), []
    meanwhile(lambda: others.extend(actions.expire_lists(CLOCK, now=over)))
    assert actions.expire_lists(CLOCK, now=over) == []
    assert [expiry.publication for expiry in others] == [listed]
    assert LogEntry.objects.filter(kind=LogEntry.Kind.EXPIRY).count() == 1


def test_totals_are_taken_down_as_what_they_were_totals_of(
    listed: Publication,
    take_down: Any,
    files_with: Callable[[bytes], list[Path]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        (expiry,) = actions.expire_lists(CLOCK, now=datetime.fromisoformat("2026-11-08T00:00:00+08:00"))
    assert len(files_with(b"households")) == 1
    take_down(listed)
    assert queries.state(listed) == "taken_down"
    assert files_with(b"households") == []
    assert not Salt.objects.exists()
    with pytest.raises(NotFound) as refused:
        documents.read(Document.objects.get(pk=expiry.totals_id))
    assert refused.value.code == "document.erased"
    assert log.check() == []


def test_what_is_no_list_is_never_reduced(published: Publication, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="is no cunwu-list/1 document"):
        clock._expire(CLOCK, published, now)
    assert log.check() == []


def test_bytes_that_another_version_still_shows_outlive_an_expiry(
    listed: Publication,
    village: Any,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    accountant = listed.draft.prepared_by
    texts = [rfc8785.dumps({**LIST, "totals": {"households": 3}}), rfc8785.dumps(LIST)]
    newest = listed
    later = datetime.fromisoformat("2026-10-20T10:00:00+08:00")
    for data in texts:
        draft = actions.prepare(
            accountant,
            village.committee,
            "relief_funds",
            "2026Q3",
            data,
            supersedes=newest,
            reason_zh="名单有误",
            now=later,
        )
        actions.sign(village.zhao, draft, now=later)
        hold_meeting(village, draft, later)
        newest = actions.publish(village.xiulan, draft, now=later)
    with django_capture_on_commit_callbacks(execute=True):
        assert len(actions.expire_lists(CLOCK, now=datetime.fromisoformat("2026-11-08T08:00:00+08:00"))) == 1
    assert documents.read(Document.objects.get(pk=newest.document_id)) == texts[1]
    assert queries.state(newest) == "current"


def test_what_expires_must_be_a_list_with_totals(village: Any, listed: Publication, now: datetime) -> None:
    accountant = listed.draft.prepared_by
    with pytest.raises(Invalid) as refused:
        actions.prepare(accountant, village.committee, "relief_funds", "2026Q2", sheet(), now=now)
    assert refused.value.code == "disclosure.list_format"


def test_what_expires_by_packs_that_came_after_the_draft_must_be_a_list_too(
    village: Any, now: datetime, settings: Settings, tmp_path: Path
) -> None:
    draft = agree(village, prepare(village, now), now)
    assert actions.missing_steps(draft, now) == []
    shutil.copytree(settings.PACKS, tmp_path / "packs")
    item = tmp_path / "packs/cn-shandong/catalogue/finance_monthly.yaml"
    before = item.read_text(encoding="utf-8")
    item.write_text(
        before.replace("redaction: finance", "redaction: finance\n    expires_days: personal_list_days"),
        encoding="utf-8",
    )
    settings.PACKS = tmp_path / "packs"
    with pytest.raises(Invalid) as refused:
        actions.publish(village.xiulan, draft, now=now)
    assert refused.value.code == "disclosure.list_format"
    assert not Publication.objects.exists()


def test_what_the_committee_alone_publishes_the_collective_does_not(village: Any, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.prepare(
            village.wang, village.collective, "relief_funds", "2026Q3", rfc8785.dumps(LIST), now=now
        )
    assert refused.value.code == "disclosure.publisher"
