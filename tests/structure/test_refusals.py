"""Every refusal code that the software can raise is documented, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_the_page_of_refusals_is_the_sources() -> None:
    """Run `bin/refusals` and commit the page if this fails."""
    source = (
        "import runpy; m = runpy.run_path('bin/refusals', run_name='x'); import sys; "
        "sys.stdout.buffer.write(m['page']().encode())"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", source], cwd=PROJECT, capture_output=True, check=True
    ).stdout.decode()
    assert (PROJECT / "docs" / "refusals.md").read_text(encoding="utf-8") == fresh
