"""`cunwu backup`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.management.backup import write_backup
from cunwu.management.base import Command as Base


class Command(Base):
    """Everything but the keys in one file, while the installation runs."""

    help = "备份。 Write one .tar.gz with database, documents, log, settings and erasure manifest; never the keys."

    def options(self, parser: CommandParser) -> None:
        """Whither."""
        parser.add_argument("file", type=Path)

    def run(self, options: dict[str, Any]) -> None:
        """Back up."""
        done = write_backup(options["file"], now=self.now(options))
        self.report(
            options,
            [
                f"{done.path}: {done.files} files, {done.size:,} bytes, the log with {done.log_size} entries.",
                f"The keys in {settings.KEYS} are not in it: keep a copy of them apart, or the backup cannot be used.",
            ],
            {"file": str(done.path), "files": done.files, "bytes": done.size, "log_size": done.log_size},
        )
