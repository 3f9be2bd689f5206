"""What time it is here: the present, and in a demo whatever moment it was told to stand at."""

from __future__ import annotations

import os
from datetime import datetime

from django.conf import settings
from django.utils import timezone


def moment_now() -> datetime:
    """Now. A demo may stand at another moment (`CUNWU_NOW`, ISO with offset); real installations may not."""
    told = os.environ.get("CUNWU_NOW") if settings.CUNWU.demo else None
    return datetime.fromisoformat(told) if told else machine_now()


def machine_now() -> datetime:
    """The machine's time, for what passes between people and the machine: sessions and waits go on in a demo that stands."""
    return timezone.now()
