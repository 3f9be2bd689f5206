"""`cunwu check-log`"""

from __future__ import annotations

import sys
from typing import Any

from cunwu.disclosure import log
from cunwu.management.base import Command as Base
from cunwu.management.base import language


class Command(Base):
    """The log's full self-check."""

    help = "核对存证。 Compare the database, every file of the log and every proof; exit 1 and a line for each fault."

    def run(self, options: dict[str, Any]) -> None:
        """Check."""
        faults = log.check()
        size = log.log_directory().size
        sentences = [_in_language(fault) for fault in faults]
        self.report(options, sentences or [f"{size} entries, no fault."], {"size": size, "faults": faults})
        if faults:
            sys.exit(1)


def _in_language(fault: str) -> str:
    zh, _, en = fault.partition(" | ")
    return zh if language() == "zh" else en
