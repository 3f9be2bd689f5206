"""`cunwu build-demo`"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandParser

from cunwu.management import building, installing
from cunwu.management.base import Command as Base
from cunwu.management.commands.serve import port_of
from cunwu.management.serving import require_free
from cunwu.moment import moment_now
from cunwu.portal.bake import bake_all


class Command(Base):
    """The invented county, from nothing to rendered pages; of one that is there, its addresses and log-ins."""

    help = (
        "建立演示。 Build the invented county into an empty demo installation, or show the one that is there."
    )

    def options(self, parser: CommandParser) -> None:
        """How much, and where it will be served."""
        parser.add_argument("--size", choices=["full", "test"], default="full")
        parser.add_argument(
            "--port", type=int, help="where `cunwu serve` will be; the desk is on the port after it"
        )
        parser.add_argument("--show", action="store_true", help="only show what was built")

    def run(self, options: dict[str, Any]) -> None:
        """Build or show."""
        if options["port"] and not options["show"]:
            self._move(options["port"])
        summary = building.read_summary()
        if summary is None:
            began = time.monotonic()
            summary = building.build_demo(
                options["size"],
                now=options["now"] or moment_now(),
                progress=lambda line: self.stderr.write(
                    f"{time.monotonic() - began:6.1f} s  {line}", lambda text: text
                ),
            )
        self.report(options, building.in_words(summary), summary)

    def _move(self, port: int) -> None:
        """Put the addresses on `port`; pages that were rendered with others are rendered anew."""
        for each in (port, port + 1, port + building.WITNESS_PORT_AFTER):
            require_free("127.0.0.1", each)
        before = settings.CUNWU
        if port_of(before.portal_url, 8000) == port:
            return
        witnesses = tuple(
            each.model_copy(update={"url": f"http://127.0.0.1:{port + building.WITNESS_PORT_AFTER}"})
            for each in before.witnesses
        )
        settings.CUNWU = before.model_copy(
            update={
                "portal_url": f"http://127.0.0.1:{port}",
                "desk_url": f"http://127.0.0.1:{port + 1}",
                "witnesses": witnesses,
            }
        )
        installing.write_settings(Path(settings.HOME), settings.CUNWU)
        if building.read_summary() is not None:
            self.stderr.write("The addresses have changed: rendering every page anew.", lambda text: text)
            bake_all(now=moment_now())
