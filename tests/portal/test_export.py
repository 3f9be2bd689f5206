"""A folder that any static server can serve, brought up to date and cleaned by running it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cunwu.disclosure import actions as disclosure
from cunwu.disclosure import log
from cunwu.disclosure.models import Publication
from cunwu.errors import NotFound, NotReady
from cunwu.portal.export import export_site
from cunwu.tlog.check import check_log
from cunwu.tlog.command import run as verify
from cunwu.tlog.notes import Verifier

if TYPE_CHECKING:
    from conftest import Village

pytestmark = pytest.mark.slow


def test_the_copy_is_whole_and_its_log_checks(
    published: Publication, village: Village, tmp_path: Path, now: datetime
) -> None:
    mirror = tmp_path / "mirror"
    done = export_site(mirror, now=now)
    assert done.removed == 0
    assert done.copied == done.files
    for path in (
        "zh/index.html",
        "en/index.html",
        "verify.html",
        "erasures.json",
        "log/checkpoint",
        "static/cunwu.css",
    ):
        assert (mirror / path).is_file(), path
    assert (mirror / "d" / published.public_id / "notice-a4.pdf").is_file()
    assert not list(mirror.rglob(".*"))
    key = (mirror / "log" / "key").read_text().strip()
    assert check_log(mirror / "log", Verifier.parse(key)) == []
    bundle = mirror / "d" / published.public_id / "bundle.json"
    assert verify(["verify", "--bundle", str(bundle), "--key", key]) == 0
    again = export_site(mirror, now=now)
    assert (again.copied, again.removed) == (0, 0)


def test_a_mirror_loses_what_was_erased(
    published: Publication, village: Village, tmp_path: Path, now: datetime,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:  # fmt: skip
    mirror = tmp_path / "mirror"
    export_site(mirror, now=now)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        disclosure.take_down(
            village.chen, published, reason_code="court_order", reason_zh="依裁定撤下", now=now
        )
    log.sequence(now=now)
    assert export_site(mirror, now=now).removed > 5
    for needle in ("东沟鱼塘", "120,450.00"):
        assert not [p for p in mirror.rglob("*") if p.is_file() and needle.encode() in p.read_bytes()]
    for erased in json.loads((mirror / "erasures.json").read_text())["erasures"]:
        assert not [path for path in erased["paths"] if (mirror / path).exists()]


def test_somebody_elses_folder_is_left_alone(published: Publication, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "home.txt").write_text("dear")
    with pytest.raises(NotReady) as refused:
        export_site(tmp_path / "letters", now=now)
    assert refused.value.code == "portal.not_an_export"
    assert (tmp_path / "letters" / "home.txt").read_text() == "dear"


def test_nothing_to_export_yet(db: None, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(NotFound) as refused:
        export_site(tmp_path / "mirror", now=now)
    assert refused.value.code == "portal.nothing_baked"
