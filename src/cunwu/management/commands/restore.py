"""`cunwu restore`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.management.base import Command as Base
from cunwu.management.restoring import restore


class Command(Base):
    """A backup brought back into an empty folder, without what was erased since."""

    help = (
        "恢复。 Bring a backup back into an empty folder, check it, and erase again what any manifest names."
    )
    needs_data = False

    def options(self, parser: CommandParser) -> None:
        """From which file, whither, and what is known about the time since."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--into", type=Path, help="without it the data folder of this installation")
        parser.add_argument(
            "--erasures",
            type=Path,
            action="append",
            default=[],
            help="erasures.jsonl saved elsewhere; repeatable",
        )
        parser.add_argument(
            "--checkpoint", type=Path, help="the newest checkpoint that was published (a mirror's)"
        )

        parser.add_argument(
            "--fingerprint",
            default="",
            help="of the log's key on papers from then, where the key has changed since the backup was made",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Restore."""
        done = restore(
            options["file"],
            (options["into"] or Path(settings.HOME)).resolve(),
            erasures=options["erasures"],
            published=options["checkpoint"],
            fingerprint=options["fingerprint"],
        )
        self.report(
            options,
            [
                f"{done.folder}: {done.files} files of {done.made_at}; {done.erased} documents erased again.",
                f"The log has {done.log_size} entries and is whole. It is not continued before it was completed from a "
                "mirror: what was published since this backup was made must not be contradicted.",
                f"Next: CUNWU_HOME={done.folder} cunwu log recover --from MIRROR, then cunwu bake --all",
            ],
            {
                "folder": str(done.folder),
                "files": done.files,
                "erased": done.erased,
                "log_size": done.log_size,
                "made_at": done.made_at,
            },
        )
