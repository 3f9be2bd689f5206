"""`cunwu load-places`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.management.base import Command as Base
from cunwu.org.places import load_places


class Command(Base):
    """The national lists of divisions, bulk-loaded; running it again adds only what is new."""

    help = "导入区划。 Load provinces.csv, cities.csv, areas.csv, streets.csv and villages_national.csv(.xz) from a folder."

    def options(self, parser: CommandParser) -> None:
        """Which folder, which province."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--province", metavar="CODE", help="two digits; without it the whole country")

    def run(self, options: dict[str, Any]) -> None:
        """Load, showing progress on stderr, and report the counts."""
        counts = load_places(
            options["folder"],
            now=self.now(options),
            province=options["province"],
            progress=lambda line: self.stderr.write(line, self.style.NOTICE),
        )
        self.report(
            options,
            [
                f"{counts.added} places with a code and {counts.villages_added} villages added; {counts.known} were there.",
                f"Left out: {counts.unmatched_villages} villages of {counts.unmatched_towns} towns without an official "
                f"code, {counts.repeated} names that a town has twice, {counts.unreadable} unreadable names.",
                f"{counts.renamed} places have another name in the list than here; they were left as they are.",
            ],
            counts.as_json(),
        )
