"""The background work of a running installation, in one loop: the log and the pages every second, the clock every minute.

What fails is told loudly and tried again, later and later, up to a minute apart; the other work goes on meanwhile.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections

from cunwu.disclosure import log
from cunwu.disclosure.models import LogEntry, StalePage
from cunwu.management import clock
from cunwu.moment import moment_now
from cunwu.portal.bake import bake_stale

logger = logging.getLogger("cunwu.background")
SECOND, MINUTE = 1.0, 60.0


@dataclass
class Job:
    """Something done again and again: every `interval` seconds, more seldom while it fails."""

    name: str
    interval: float
    work: Callable[[datetime], object]
    due: float = 0.0
    failures: int = 0

    def run_if_due(self) -> None:
        """Do it if its time has come. A failure is logged with its traceback; the next attempt comes later."""
        if time.monotonic() < self.due:
            return
        try:
            self.work(moment_now())
        except Exception:
            self.failures += 1
            logger.exception("%s failed, %s times in a row", self.name, self.failures)
        else:
            self.failures = 0
        finally:
            close_old_connections()
        self.due = time.monotonic() + min(MINUTE, self.interval * 2**self.failures)


def jobs() -> list[Job]:
    """The work of the background."""
    return [
        Job("the log and its pages", SECOND, publish_pending),
        Job("the clock", MINUTE, lambda now: clock.tick(now=now)),
        Job("the witnesses", MINUTE, lambda now: log.sequence(now=now)),
    ]


def publish_pending(now: datetime) -> None:
    """Take up entries that wait for their place, then render what is stale; nothing to do costs two small queries."""
    if LogEntry.objects.filter(sequenced_at=None).exists():
        log.sequence(now=now)
    if StalePage.objects.exists():
        bake_stale(now=now)


def work(look: Callable[[], None]) -> None:
    """Run the jobs for ever; `look` is called twice a second and may raise to end it."""
    todo = jobs()
    while True:
        look()
        for job in todo:
            job.run_if_due()
        time.sleep(SECOND / 2)
