"""`cunwu bake`"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandParser

from cunwu.management.base import Command as Base
from cunwu.portal.bake import bake_all, bake_stale


class Command(Base):
    """Residents' pages rendered into files."""

    help = "生成页面。 Render the pages that actions left stale, or all of them."

    def options(self, parser: CommandParser) -> None:
        """Stale ones only, unless told otherwise."""
        parser.add_argument(
            "--all", action="store_true", help="every page, and remove files that belong to none"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Bake."""
        now = self.now(options)
        pages = bake_all(now=now) if options["all"] else bake_stale(now=now)
        self.report(options, [f"{pages} pages rendered."], {"pages": pages})
