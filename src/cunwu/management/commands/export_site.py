"""`cunwu export-site`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.management.base import Command as Base
from cunwu.portal.export import export_site


class Command(Base):
    """A copy of everything that residents can read, for a mirror or another server."""

    help = "导出网站。 Write residents' pages and the log into a folder that any static server can serve."

    def options(self, parser: CommandParser) -> None:
        """Whither."""
        parser.add_argument("folder", type=Path)

    def run(self, options: dict[str, Any]) -> None:
        """Export; an earlier export in the same folder is brought up to date, erasures included."""
        exported = export_site(options["folder"], now=self.now(options))
        self.report(
            options,
            [
                f"{options['folder']}: {exported.files} files; {exported.copied} were new or other, "
                f"{exported.removed} removed."
            ],
            {"folder": str(options["folder"]), **asdict(exported)},
        )
