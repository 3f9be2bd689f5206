"""`cunwu proof`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from cunwu.errors import NotFound
from cunwu.management.base import Command as Base
from cunwu.procedures.models import Matter
from cunwu.procedures.proofs import issue_proof


class Command(Base):
    """The proof pack of a matter, as on the desk."""

    help = "办事凭证包。 Write the proof pack of a matter: one signed PDF with its proofs from the log."
    acts = True

    def options(self, parser: CommandParser) -> None:
        """Which matter, where to."""
        parser.add_argument("matter", metavar="ID")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def run(self, options: dict[str, Any]) -> None:
        """Make it, write it."""
        actor, now, out = self.actor(options), self.now(options), options["out"]
        matter = (
            Matter.objects.select_related("organization__place").filter(public_id=options["matter"]).first()
        )
        if matter is None:
            raise NotFound(
                "matter.unknown",
                "没有这个事项，请从“事项”进入。",
                "There is no such matter; start from Matters.",
            )
        self.concerns = matter.organization
        data = issue_proof(actor, matter, now=now)
        out.write_bytes(data)
        self.report(options, [f"{out}: {len(data):,} bytes."], {"file": str(out), "bytes": len(data)})
