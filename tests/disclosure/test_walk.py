"""From the draft to the proof in a resident's hand."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from cunwu.disclosure import actions, log, qr, queries
from cunwu.disclosure.models import LogEntry, Publication, StalePage
from cunwu.duties import actions as duties
from cunwu.org.authority import CLOCK
from cunwu.org.models import AuditEntry
from cunwu.tlog import proofs
from cunwu.tlog.command import run
from cunwu.tlog.commitment import commit
from cunwu.tlog.notes import Verifier
from disclosure.steps import agree, prepare, publish, sheet


def test_publication_bears_title_basis_and_days_of_the_packs(published: Publication, now: datetime) -> None:
    assert published.title_zh == "财务收支情况（逐项逐笔）"
    assert published.basis_zh.startswith("《山东省村务公开条例》第十二条")
    assert published.board_days == 15
    assert published.objection_until == date(2026, 10, 13)
    assert published.expires_on is None
    assert queries.state(published) == "current"


def test_leaf_tells_no_name_and_no_title(published: Publication, village: Any) -> None:
    entry = queries.publication_entry(published)
    leaf = json.loads(entry.leaf)
    assert set(leaf) == {
        "v", "kind", "time", "organization", "place", "item", "period", "size", "supersedes", "pack", "commitment",
    }  # fmt: skip
    assert leaf["time"] == "2026-10-08T02:00:00Z"
    assert leaf["size"] == len(sheet())
    assert leaf["organization"] == village.collective.public_id
    assert all(name not in entry.leaf for name in ("云溪", "王芳", "财务"))


def test_bundle_proves_what_was_published(published: Publication) -> None:
    bundle = queries.bundle(published)
    document = b64decode(bundle["document"])
    entry = b64decode(bundle["entry"])
    checked = proofs.check_proof(entry, bundle["proof"].encode(), Verifier.parse(bundle["key"]))
    assert document == sheet()
    assert checked.index == 0
    assert json.loads(entry)["commitment"] == commit(document, bytes.fromhex(bundle["salt"]))


def test_the_verifier_that_anyone_can_keep_accepts_the_bundle(
    published: Publication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(queries.bundle(published)))
    assert run(["verify", "--bundle", str(file), "--key", log.public_key()]) == 0
    changed = {**queries.bundle(published), "document": b64encode(sheet(amount=1)).decode()}
    file.write_text(json.dumps(changed))
    assert run(["verify", "--bundle", str(file), "--key", log.public_key()]) == 1
    assert capsys.readouterr().out


def test_publishing_meets_the_duty_and_leaves_the_pages_to_render(village: Any, now: datetime) -> None:
    duties.open_duties(CLOCK, now=now)
    publication = publish(village, now)
    duty = village.committee.duties.get(period="2026-09")
    assert duty.met_by == f"publication:{publication.public_id}"
    stale = set(StalePage.objects.values_list("kind", "key"))
    places = {("place", place.public_id) for place in (village.place, village.town, village.county)}
    assert stale == places | {("front", ""), ("publication", publication.public_id)}
    assert AuditEntry.objects.filter(action="disclosure.publish").count() == 1


def test_sequencing_marks_the_pages_again(village: Any, now: datetime) -> None:
    publication = publish(village, now)
    StalePage.objects.all().delete()
    done = log.sequence(now=now)
    assert (done.count, done.size, done.cosigned, done.failures) == (1, 1, (), ())
    assert StalePage.objects.filter(kind="publication", key=publication.public_id).exists()


def test_a_page_marked_stale_again_gets_the_later_time(village: Any, now: datetime) -> None:
    publish(village, now)
    log.sequence(now=now + timedelta(seconds=1))
    assert set(StalePage.objects.values_list("since", flat=True)) == {now + timedelta(seconds=1)}


def test_correction_supersedes_and_the_log_says_so(
    published: Publication, village: Any, now: datetime
) -> None:
    second = publish(village, now, sheet(amount=1_300_000), supersedes=published, reason_zh="承包费金额录错")
    log.sequence(now=now)
    old, new = queries.publication_entry(published), queries.publication_entry(second)
    assert json.loads(new.leaf)["supersedes"] == old.leaf_hash
    told = json.loads(LogEntry.objects.get(kind=LogEntry.Kind.SUPERSESSION).leaf)
    assert (told["about"], told["by"]) == (old.leaf_hash, new.leaf_hash)
    assert (queries.state(published), queries.state(second)) == ("superseded", "current")
    assert queries.bundle(published)["document"] != queries.bundle(second)["document"]


def test_the_same_proposal_keeps_its_signatures(village: Any, now: datetime) -> None:
    draft = agree(village, prepare(village, now), now)
    assert prepare(village, now + timedelta(hours=1)) == draft
    assert actions.missing_steps(draft, now) == []


def test_qr_holds_the_leaf_in_capitals(published: Publication) -> None:
    entry = queries.publication_entry(published)
    address = qr.verify_address(entry)
    host, _, name = address.rpartition("/V/")
    assert host == settings.CUNWU.portal_url.upper()
    assert len(name) == 52
    assert set(address) <= set(qr.ALPHANUMERIC)
    svg = qr.qr_svg(entry, title="核验2026年9月财务公开")
    assert "<title>核验2026年9月财务公开</title>" in svg


def test_sequencing_one_entry_reads_no_more_of_a_long_log(
    published: Publication, village: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    LogEntry.objects.bulk_create(
        LogEntry(kind="audit_root", leaf=f'{{"n":{n}}}', leaf_hash=f"{n:064x}", created_at=now)
        for n in range(1500)
    )
    log.sequence(now=now)
    read = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or original(path))
    publish(village, now, period="2026-08")
    read.clear()
    assert log.sequence(now=now).count == 1
    assert len({path for path in read if "tile" in path.parts}) <= 6
