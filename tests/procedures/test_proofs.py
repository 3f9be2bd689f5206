"""The proof pack: one signed PDF, checked by the tools that anybody has, and nothing of persons in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from conftest import build_village
from cunwu.disclosure import log
from cunwu.documents import seal
from cunwu.errors import NotAllowed
from cunwu.org.models import AuditEntry
from cunwu.procedures import matters, proofs
from cunwu.procedures.models import Matter
from procedures.conftest import Hall, current
from procedures.test_lease import lease, publish_decision, to_the_vote

__all__ = ["lease"]


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A tool of the system, or of Python, in `folder`."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def decided(hall: Hall, lease: Matter, now: datetime) -> Matter:
    """The lease, decided and published once."""
    hall.hold(hall.village.clerk, to_the_vote(hall, lease, now), now)
    publish_decision(hall, current(lease), now)
    return lease


def test_it_verifies_outside(hall: Hall, decided: Matter, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "pack.pdf").write_bytes(proofs.issue_proof(hall.village.xiulan, decided, now=now))
    signature = run("pdfsig", "pack.pdf", folder=tmp_path).stdout
    assert "Signature is Valid" in signature
    assert "Total document signed" in signature
    run("pdfdetach", "-saveall", "pack.pdf", folder=tmp_path)
    assert (tmp_path / "rule.json").read_text() == decided.rule.body
    said = (tmp_path / "README.txt").read_text()
    assert log.fingerprint() in said
    checked = run(
        sys.executable, "-m", "cunwu.tlog", "verify",
        "--bundle", "bundle-1.json", "--fingerprint", log.fingerprint(), folder=tmp_path,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_what_it_says(hall: Hall, decided: Matter, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "pack.pdf").write_bytes(proofs.issue_proof(hall.village.xiulan, decided, now=now))
    run("pdftotext", "-layout", "pack.pdf", "pack.txt", folder=tmp_path)
    text = "".join((tmp_path / "pack.txt").read_text().split())
    for words in (
        "李家洼荒地发包：办事凭证包",
        "应到28人，实到28人，赞成28",
        "钱进（村民委员会委员）",
        "规则指纹",
    ):
        assert words in text, words
    assert seal.fingerprint().replace(" ", "") in text


def test_a_changed_byte_is_found(hall: Hall, decided: Matter, now: datetime, tmp_path: Path) -> None:
    data = bytearray(proofs.issue_proof(hall.village.xiulan, decided, now=now))
    data[len(data) // 3] ^= 1
    (tmp_path / "pack.pdf").write_bytes(data)
    signature = run("pdfsig", "pack.pdf", folder=tmp_path)
    assert "Signature is Valid" not in signature.stdout


def test_that_it_was_issued_is_on_record(hall: Hall, lease: Matter, now: datetime) -> None:
    proofs.issue_proof(hall.village.zhao, lease, now=now)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("matters.issue_proof", hall.village.zhao)


def test_neighbours_get_none(hall: Hall, lease: Matter, now: datetime) -> None:
    other = build_village(now, "石桥村", hall.village.town)
    with pytest.raises(NotAllowed):
        proofs.issue_proof(other.xiulan, lease, now=now)


def test_of_a_matter_about_one_person_nobody_is_named(hall: Hall, now: datetime) -> None:
    matter = matters.open_matter(
        hall.village.xiulan,
        hall.village.committee,
        "help_temporary_relief",
        "刘秀英临时救助",
        text="刘秀英家失火。",
        parties=[("刘秀英", None)],
        now=now,
    )
    content = str(proofs.proof_content(matter, now.date()))
    assert "刘秀英" not in content
    assert "本事项还没有公开过内容" in content


def test_the_certificate_is_the_keys_own(hall: Hall) -> None:
    assert seal.certificate_der() == seal.certificate_der()
