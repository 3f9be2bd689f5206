"""`cunwu packs`"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.law import packs
from cunwu.law.faults import Fault
from cunwu.management.base import Command as Base
from cunwu.management.base import language


class Command(Base):
    """The packs of law and policy: checked with all their faults, or digested."""

    help = "规则包。 `packs check` lists every fault with file and line (exit 1 if any); `packs digest` prints the digest."
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """What to do, and with which packs."""
        parser.add_argument("what", choices=["check", "digest"])
        parser.add_argument("--packs", help="as cn,cn-shandong; without it those of the installation")

    def run(self, options: dict[str, Any]) -> None:
        """Check or digest."""
        names = tuple(options["packs"].split(",")) if options["packs"] else settings.CUNWU.packs
        if options["what"] == "digest":
            digest = packs.load(names, settings.PACKS).digest
            self.report(options, [digest], {"packs": names, "digest": digest})
            return
        faults = packs.check(names, settings.PACKS)
        self.report(
            options,
            [fault.sentence(language()) for fault in faults] or [f"{', '.join(names)}: no fault."],
            {"packs": names, "faults": [_plain(fault) for fault in faults]},
        )
        if faults:
            sys.exit(1)


def _plain(fault: Fault) -> dict[str, Any]:
    return {"file": fault.file, "line": fault.line, "code": fault.code, "zh": fault.zh, "en": fault.en}
