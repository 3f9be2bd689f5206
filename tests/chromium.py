"""The browser of the tests: the system's Chromium, else the one that Playwright fetched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """A running Chromium; skips the test where there is none."""
    own = playwright.chromium.executable_path
    path = (
        shutil.which("chromium") or shutil.which("chromium-browser") or (own if Path(own).exists() else None)
    )
    if path is None:
        pytest.skip("Chromium is not installed: bin/setup test")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
