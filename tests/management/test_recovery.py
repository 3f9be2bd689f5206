"""An old backup and a mirror: the same tree goes on, what was published is there again, and nothing is said twice."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from django.db import transaction
from pytest_django import Settings

from conftest import build_village
from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import keys, log, queries
from cunwu.disclosure.models import Expiry, LogEntry, Publication, Tombstone
from cunwu.disclosure.recovery import recover
from cunwu.documents import actions as documents
from cunwu.duties import actions as duties
from cunwu.duties.models import Duty
from cunwu.errors import Invalid, NotReady
from cunwu.installation import WitnessSetting
from cunwu.org import actions as org
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry
from cunwu.portal.bake import bake_all, bake_stale, site_folder
from cunwu.portal.export import export_site
from cunwu.tlog.cosigning import request_cosignature
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.verify import read_bundle, verify
from cunwu.tlog.witness import Witness, make_server
from disclosure.steps import agree, publish

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from conftest import Village

DAY = timedelta(days=1)


def listing(amount: int) -> bytes:
    """A short invented list, as residents' pages show it."""
    tree = {"format": "cunwu-list/1", "columns": ["项目", "金额"], "rows": [["荒地承包费", amount]]}
    return rfc8785.dumps(tree | {"totals": {"amount": amount}})


WRONG, CORRECTED, NOVEMBER = listing(1_200_000), listing(1_300_000), listing(80_000)


class Undone(Exception):
    """The disk is gone, and with it what was done since the backup."""


@contextmanager
def undone(home: Path, tmp_path: Path) -> Iterator[None]:
    """What is done inside is lost afterwards, in the database and in the data folder, as if a backup of before came back."""
    before = tmp_path / "before"
    shutil.copytree(home, before)
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone
    shutil.rmtree(home)
    shutil.move(before, home)
    log._opened.__dict__.clear()


@pytest.fixture
def mirror(demo_data: None, home: Path, village: Village, now: datetime, tmp_path: Path) -> Path:
    """September's sheet is in the backup. Since then: November's sheet, September corrected, October's silence, and the mirror
    brought up to date; then the disk is lost and the backup brought back."""
    publish(village, now, WRONG)
    duties.open_duties(CLOCK, now=now + 27 * DAY)
    log.sequence(now=now)
    target = tmp_path / "mirror"
    with undone(home, tmp_path):
        later = now + DAY
        september = Publication.objects.get()
        publish(village, later, CORRECTED, supersedes=september, reason_zh="少记一笔")
        publish(village, later, NOVEMBER, period="2026-11")
        duties.mark_late(CLOCK, now=now + 60 * DAY)
        owed = next(each for each in Duty.disclosures.exclude(late_at=None) if each.read_in_source)
        disclosure.record_silence(CLOCK, owed, now=now + 60 * DAY)
        log.sequence(now=later)
        export_site(target, now=later)
    return target


def test_what_was_published_since_the_backup_is_there_again(
    mirror: Path, village: Village, now: datetime
) -> None:
    september = Publication.objects.get()
    later = now + 61 * DAY
    done = recover(mirror, now=later)
    assert (done.adopted, done.brought_back, done.lost, done.unknown) == (4, 2, 0, 0)
    assert log.sequence(now=later).count == 0
    assert (mirror / "log/checkpoint").read_bytes() == (log.folder() / "checkpoint").read_bytes()
    assert log.check() == []
    assert queries.state(september) == "superseded"
    corrected = Publication.objects.get(supersedes=september)
    assert documents.read(corrected.document) == CORRECTED
    assert corrected.draft is None
    assert corrected.published_by is None
    assert (corrected.title_zh, corrected.basis_zh) == (september.title_zh, september.basis_zh)
    assert AuditEntry.objects.filter(action="log.recover").count() == 1
    assert recover(mirror, now=later).adopted == 0


def test_residents_find_it_at_the_same_address_and_it_verifies(
    mirror: Path, village: Village, now: datetime
) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    log.sequence(now=later)
    bake_all(now=later)
    site = site_folder()
    for page in mirror.glob("v/*/index.html"):
        assert (site / page.relative_to(mirror)).exists()
    for found in mirror.glob("d/*/bundle.json"):
        bundle = read_bundle((site / found.relative_to(mirror)).read_bytes())
        assert verify(bundle).verified
    brought_back = Publication.objects.get(period="2026-11")
    shown = (site / f"zh/d/{brought_back.public_id}/index.html").read_text(encoding="utf-8")
    assert "从公开日志和镜像补回" in shown


def test_the_tree_goes_on_and_a_silence_is_not_said_twice(
    mirror: Path, village: Village, now: datetime
) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    before = log.log_directory().size
    duties.mark_late(CLOCK, now=later)
    silent = LogEntry.objects.get(kind=LogEntry.Kind.SILENCE).duty
    assert silent is not None
    assert disclosure.record_silence(CLOCK, silent, now=later) is None
    publish(village, later, period="2026-12")
    assert log.sequence(now=later).count == 1
    assert log.log_directory().prove_consistency(before)
    assert log.check() == []


def test_a_document_that_nobody_holds_is_asked_about_and_then_marked_for_ever(
    mirror: Path, village: Village, now: datetime
) -> None:
    later = now + 61 * DAY
    for bundle in mirror.glob("d/*/bundle.json"):
        bundle.unlink()
    with pytest.raises(NotReady) as refused:
        recover(mirror, now=later)
    assert (refused.value.code, refused.value.details["count"]) == ("recover.documents_missing", 2)
    assert Publication.objects.count() == 1
    done = recover(mirror, accept_loss=True, now=later)
    assert (done.brought_back, done.lost) == (0, 2)
    assert log.sequence(now=later).count == 2
    assert log.check() == []
    marked = Tombstone.objects.get(publication__period="2026-11")
    assert (marked.reason_code, marked.by) == ("lost", None)
    bake_stale(now=later)
    page = site_folder() / f"zh/d/{marked.publication.public_id}/index.html"
    assert "内容已丢失" in page.read_text(encoding="utf-8")


def test_a_forged_document_in_the_mirror_is_not_taken(mirror: Path, village: Village, now: datetime) -> None:
    for bundle in mirror.glob("d/*/bundle.json"):
        other = next(each for each in mirror.glob("d/*/bundle.json") if each != bundle)
        bundle.write_bytes(other.read_bytes())
    with pytest.raises(NotReady) as refused:
        recover(mirror, now=now + 61 * DAY)
    assert refused.value.code == "recover.documents_missing"


def test_what_was_erased_by_law_does_not_come_back_from_a_stale_mirror(
    demo_data: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    publish(village, now, WRONG)
    log.sequence(now=now)
    export_site(tmp_path / "stale", now=now)
    with undone(home, tmp_path):
        disclosure.take_down(
            village.chen,
            Publication.objects.get(),
            reason_code="personal_data",
            reason_zh="摘要写出了个人情况",
            now=now,
        )
        log.sequence(now=now)
        export_site(tmp_path / "mirror", now=now)
    publication = Publication.objects.get()
    assert queries.state(publication) == "current"
    assert recover(tmp_path / "mirror", now=now).adopted == 1
    gone = Tombstone.objects.get(publication=publication)
    assert (gone.reason_code, gone.by, gone.at.date()) == ("personal_data", None, now.date())
    assert recover(tmp_path / "stale", now=now).documents == 0
    publication.document.refresh_from_db()
    assert publication.document.erased_at is not None
    log.sequence(now=now)
    bake_all(now=now)
    assert not (site_folder() / "d" / publication.public_id / "bundle.json").exists()
    shown = (site_folder() / f"zh/d/{publication.public_id}/index.html").read_text(encoding="utf-8")
    assert "有权的上级" in shown


def test_bytes_erased_by_law_stay_erased_where_only_the_manifest_still_tells_of_it(
    mirror: Path, village: Village, now: datetime
) -> None:
    later = now + 61 * DAY
    line = {"document": documents.digest(NOVEMBER), "at": now.isoformat()}
    documents.manifest_path().write_text(json.dumps(line) + "\n")
    with pytest.raises(NotReady) as refused:
        recover(mirror, now=later)
    assert (refused.value.code, refused.value.details["count"]) == ("recover.documents_missing", 1)
    assert recover(mirror, accept_loss=True, now=later).lost == 1
    assert Publication.objects.get(period="2026-11").document.erased_at is not None
    assert not documents.path_of(documents.digest(NOVEMBER)).exists()


def test_what_a_mirror_holds_beside_publications_is_passed_over(
    mirror: Path, village: Village, now: datetime
) -> None:
    (mirror / "d" / "lost+found").mkdir()
    (mirror / "d" / "lost+found" / "entry.json").write_text("{}")
    cut_off = next(
        each for each in mirror.glob("d/*/bundle.json") if read_bundle(each.read_bytes()).document == NOVEMBER
    )
    cut_off.write_bytes(cut_off.read_bytes()[:-5])
    done = recover(mirror, accept_loss=True, now=now + 61 * DAY)
    assert (done.adopted, done.brought_back, done.lost) == (4, 1, 1)
    assert queries.state(Publication.objects.get(period="2026-11")) == "taken_down"


def test_an_entry_that_still_waited_in_the_backup_gets_the_place_that_it_had(
    demo_data: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    publication = publish(village, now, WRONG)
    with undone(home, tmp_path):
        disclosure.record_audit_root(CLOCK, now=now)
        log.sequence(now=now)
        export_site(tmp_path / "mirror", now=now)
    assert queries.publication_entry(publication).index is None
    assert recover(tmp_path / "mirror", now=now).adopted == 2
    assert queries.publication_entry(publication).index == 0
    assert Publication.objects.get() == publication
    assert log.sequence(now=now).count == 0
    assert log.check() == []


def test_who_is_not_known_here_keeps_the_place_in_the_log(
    demo_data: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    with undone(home, tmp_path):
        publish(build_village(now, "石桥村", village.town), now, WRONG)
        log.sequence(now=now)
        export_site(tmp_path / "mirror", now=now)
    done = recover(tmp_path / "mirror", now=now)
    assert (done.adopted, done.unknown, done.brought_back) == (1, 1, 0)
    assert not Publication.objects.exists()
    assert LogEntry.objects.get().index == 0
    assert log.check() == []


def test_what_was_marked_as_lost_and_turns_out_to_have_been_taken_down_is_marked_once(
    demo_data: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    with undone(home, tmp_path):
        publication = publish(village, now, WRONG)
        log.sequence(now=now)
        export_site(tmp_path / "older", now=now)
        reason = {"reason_code": "published_by_mistake", "reason_zh": "误公布"}
        disclosure.take_down(village.chen, publication, **reason, now=now)
        log.sequence(now=now)
        export_site(tmp_path / "newer", now=now)
    for bundle in (tmp_path / "older").glob("d/*/bundle.json"):
        bundle.unlink()
    assert recover(tmp_path / "older", accept_loss=True, now=now).lost == 1
    assert recover(tmp_path / "newer", now=now).adopted == 1
    assert Tombstone.objects.get().reason_code == "lost"
    assert log.sequence(now=now).count == 1
    assert log.check() == []


def test_what_was_brought_back_can_be_taken_down(mirror: Path, village: Village, now: datetime) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    log.sequence(now=later)
    back = Publication.objects.get(period="2026-11")
    disclosure.take_down(
        village.chen, back, reason_code="published_by_mistake", reason_zh="误公布", now=later
    )
    assert queries.state(back) == "taken_down"
    log.sequence(now=later)
    assert log.check() == []


def test_an_expired_list_comes_back_as_its_totals(
    demo_data: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    over = datetime.fromisoformat("2026-11-08T08:00:00+08:00")
    liu = org.register_person(None, "刘敏", now=now)
    accountant = org.appoint(None, liu, "accountant", village.committee, now.date(), now=now)
    with undone(home, tmp_path):
        draft = disclosure.prepare(accountant, village.committee, "relief_funds", "2026Q3", WRONG, now=now)
        agree(village, draft, now)
        disclosure.publish(village.xiulan, draft, now=now)
        log.sequence(now=now)
        assert len(disclosure.expire_lists(CLOCK, now=over)) == 1
        log.sequence(now=over)
        export_site(tmp_path / "mirror", now=over)
    with undone(home, tmp_path):
        for bundle in (tmp_path / "mirror").glob("d/*/bundle.json"):
            bundle.rename(bundle.with_suffix(".away"))
        assert recover(tmp_path / "mirror", accept_loss=True, now=over).lost == 1
        assert not Expiry.objects.exists()
        assert queries.state(Publication.objects.get()) == "taken_down"
    for bundle in (tmp_path / "mirror").glob("d/*/bundle.away"):
        bundle.rename(bundle.with_suffix(".json"))
    done = recover(tmp_path / "mirror", now=over)
    assert (done.adopted, done.lost) == (2, 0)
    came = Publication.objects.get()
    assert queries.state(came) == "expired"
    assert b"totals" in documents.read(Expiry.objects.get().totals)
    log.sequence(now=over)
    bake_all(now=over)
    assert log.check() == []


def test_two_histories_are_told_and_nothing_is_touched(mirror: Path, village: Village, now: datetime) -> None:
    publish(village, now, period="2026-12")
    log.sequence(now=now)
    before = (log.folder() / "checkpoint").read_bytes()
    with pytest.raises(NotReady) as refused:
        recover(mirror, now=now)
    assert (refused.value.code, refused.value.details["index"]) == ("recover.diverged", 1)
    assert (log.folder() / "checkpoint").read_bytes() == before


def test_a_checkpoint_here_over_another_tree_is_told_too(
    mirror: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    other = LogDirectory.create(tmp_path / "other", log.signer().name, log.signer())
    other.append([b"another history"])
    shutil.rmtree(log.folder() / "tile")
    shutil.copy(other.path / "checkpoint", log.folder() / "checkpoint")
    with pytest.raises(NotReady) as refused:
        recover(mirror, now=now)
    assert refused.value.code == "recover.diverged"
    assert "检查点" in refused.value.zh
    assert not (log.folder() / "tile").exists()


def test_a_witness_that_saw_more_stops_it_and_one_that_is_away_does_not(
    mirror: Path, village: Village, now: datetime, tmp_path: Path, settings: Settings
) -> None:
    later = now + 61 * DAY
    watching = Witness.create(tmp_path / "witness", "witness.invalid/school", [log.signer().verifier])
    absent = Witness.create(tmp_path / "absent", "witness.invalid/absent", [log.signer().verifier])
    with make_server(watching) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        request_cosignature(
            url, LogDirectory(mirror / "log", log.signer().name, log.signer()), watching.verifier
        )
        both = [(watching, url), (absent, "http://127.0.0.1:1")]
        known = tuple(
            WitnessSetting(title_zh="见证", title_en="W", key=w.verifier.vkey, url=at, independent=False)
            for w, at in both
        )
        settings.CUNWU = settings.CUNWU.model_copy(update={"witnesses": known})
        with pytest.raises(NotReady) as refused:
            recover(None, now=later)
        assert refused.value.code == "recover.witness_ahead"
        assert not AuditEntry.objects.filter(action="log.recover").exists()
        done = recover(mirror, now=later)
        server.shutdown()
    assert [failure.code for failure in done.failures] == ["witness_unreachable"]
    assert log.witnesses()[0].cosigned_at is not None


def test_bytes_that_nobody_holds_any_more_stay_a_fault(mirror: Path, village: Village, now: datetime) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    publication = Publication.objects.get(period="2026-11")
    documents.path_of(publication.document_id).unlink()
    for bundle in mirror.glob("d/*/bundle.json"):
        bundle.unlink()
    assert recover(mirror, now=later).documents == 0
    (fault,) = log.check()
    assert publication.public_id in fault


def test_a_damaged_mirror_is_not_used(mirror: Path, now: datetime) -> None:
    tile = next((mirror / "log/tile/entries").rglob("*.p/*"), None) or next((mirror / "log").rglob("0*"))
    tile.write_bytes(b"\0" + tile.read_bytes()[1:])
    with pytest.raises(Invalid) as refused:
        recover(mirror, now=now)
    assert refused.value.code == "recover.mirror_damaged"


def test_files_of_the_log_are_healed(mirror: Path, village: Village, now: datetime) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    wanted = {
        path: path.read_bytes() for path in log.folder().rglob("*") if path.is_file() and path.name != ".lock"
    }
    for number, path in enumerate(sorted(wanted)):
        if number % 2:
            path.unlink()
        else:
            path.write_bytes(b"x" + path.read_bytes())
    log._opened.__dict__.clear()
    assert log.check() != []
    assert recover(mirror, now=later).healed > 0
    log._opened.__dict__.clear()
    assert {
        path: path.read_bytes() for path in log.folder().rglob("*") if path.is_file() and path.name != ".lock"
    } == wanted
    assert log.check() == []


def test_a_mirror_older_than_what_was_signed_here_is_not_enough(
    mirror: Path, demo_data: None, village: Village, now: datetime, tmp_path: Path
) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    log.log_directory().append([b'{"kind":"audit_root","time":"2026-12-01T00:00:00Z"}'])
    shutil.rmtree(log.folder() / "tile")
    with pytest.raises(NotReady) as refused:
        recover(mirror, now=later)
    assert refused.value.code == "recover.mirror_behind"


def test_bytes_lost_on_this_disk_are_put_back(mirror: Path, village: Village, now: datetime) -> None:
    later = now + 61 * DAY
    recover(mirror, now=later)
    publication = Publication.objects.get(period="2026-11")
    documents.path_of(publication.document_id).write_bytes(b"turned")
    assert len(log.check()) == 1
    assert recover(mirror, now=later).documents == 1
    assert log.check() == []


@pytest.fixture
def own_keys(settings: Settings, tmp_path: Path) -> None:
    """Keys that this test may change."""
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"


def test_a_key_that_changed_since_the_backup_comes_back_with_the_mirror(
    demo_data: None, own_keys: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    publish(village, now, WRONG)
    log.sequence(now=now)
    first = log.fingerprint()
    with undone(home, tmp_path):
        keys.change(keys.Because.ROTATION, now=now)
        publish(village, now + DAY, NOVEMBER, period="2026-11")
        log.sequence(now=now + DAY)
        export_site(tmp_path / "mirror", now=now + DAY)
    with pytest.raises(Invalid) as refused:
        recover(tmp_path / "mirror", now=now + 2 * DAY)
    assert refused.value.code == "log.other_key"
    done = recover(tmp_path / "mirror", fingerprint=first, now=now + 2 * DAY)
    assert (done.adopted, done.brought_back) == (2, 1)
    assert log.sequence(now=now + 2 * DAY).count == 0
    assert [each.earlier.fingerprint for each in keys.history()] == [first]
    assert len(keys.handovers()) == 1
    assert log.check() == []


def test_a_change_that_nobody_tells_of_is_entered(
    demo_data: None, own_keys: None, home: Path, village: Village, now: datetime, tmp_path: Path
) -> None:
    publish(village, now, WRONG)
    log.sequence(now=now)
    export_site(tmp_path / "mirror", now=now)
    first = log.fingerprint()
    with undone(home, tmp_path):
        keys.change(keys.Because.ROTATION, now=now)
        log.sequence(now=now)
    recover(tmp_path / "mirror", fingerprint=first, now=now + DAY)
    log.sequence(now=now + DAY)
    (change,) = keys.history()
    assert (change.because, change.handover, change.key.fingerprint) == (
        keys.Because.LOSS,
        "",
        log.fingerprint(),
    )
    assert log.check() == []
    # A mirror from before is read by the key that the log itself now tells of.
    assert recover(tmp_path / "mirror", now=now + DAY).adopted == 0


def test_the_command_asks_for_a_source_and_says_what_it_did(
    mirror: Path, cunwu: Callable[..., Any], now: datetime
) -> None:
    assert cunwu("log", "recover").code == 1
    log.restored_mark().write_text("{}")
    with pytest.raises(NotReady) as refused:
        log.sequence(now=now)
    assert refused.value.code == "log.restored"
    done = cunwu("log", "recover", "--from", mirror, "--json")
    assert done.json["brought_back"] == 2
    assert not log.restored_mark().exists()
    assert "Next: cunwu bake --all" in cunwu("log", "recover", "--without-mirror").out
