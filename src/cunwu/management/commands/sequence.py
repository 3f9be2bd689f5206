"""`cunwu sequence`"""

from __future__ import annotations

from typing import Any

from cunwu.disclosure import log
from cunwu.management.base import Command as Base
from cunwu.management.base import language
from cunwu.portal.bake import bake_stale


class Command(Base):
    """What `cunwu serve` does every second, once: pending entries into the log, cosignatures, stale pages."""

    help = "存证。 Put pending entries into the log, ask the witnesses for cosignatures, render stale pages."

    def run(self, options: dict[str, Any]) -> None:
        """Sequence, then bake."""
        now = self.now(options)
        done = log.sequence(now=now)
        pages = bake_stale(now=now)
        self.report(
            options,
            [
                f"{done.count} entries taken up; the log has {done.size}; cosigned by "
                f"{', '.join(done.cosigned) or 'nobody'}; {pages} pages rendered.",
                *(failure.sentence(language()) for failure in done.failures),
            ],
            {
                "count": done.count,
                "size": done.size,
                "cosigned": done.cosigned,
                "failures": [failure.as_json()["error"] for failure in done.failures],
                "pages": pages,
            },
        )
