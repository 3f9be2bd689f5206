"""`cunwu tick`"""

from __future__ import annotations

from typing import Any

from cunwu.management import clock
from cunwu.management.base import Command as Base


class Command(Base):
    """What `cunwu serve` does every minute, once: for a timer, or by hand."""

    help = "到期检查。 Open duties, find what is late, record silence, expire personal lists, record the audit's root."

    def run(self, options: dict[str, Any]) -> None:
        """One tick."""
        done = clock.tick(now=self.now(options))
        self.report(options, [done.sentence], done.as_json())
