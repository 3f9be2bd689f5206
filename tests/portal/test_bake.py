"""From stale rows to files, and back to nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cunwu.disclosure.models import Publication, StalePage
from cunwu.portal import bake


def test_a_publication_becomes_pages_and_downloads(
    published: Publication, site: Path, now: datetime, read: Callable[[str], str]
) -> None:
    assert bake.bake_stale(now=now) > 0
    assert not StalePage.objects.exists()
    for name in (
        "document.json",
        "salt.txt",
        "entry.json",
        "proof.txt",
        "bundle.json",
        "sheet.xlsx",
        "sheet.csv",
        "notice-a4.pdf",
        "notice-a3.pdf",
    ):
        assert (site / "d" / published.public_id / name).exists(), name
