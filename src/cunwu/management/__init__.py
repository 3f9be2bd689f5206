"""The command `cunwu`: every action of the house under one name, for operators and scripts.

A command only calls actions and queries. What it may not do it says in one line on stderr (exit 1), a wrong use exits
with 2, and a fault of our own is a traceback. `cunwu witness` and `cunwu verify` run without a database and without Django.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cunwu import installation
from cunwu.errors import Refused
from cunwu.tlog import command, witness

REFUSED, USAGE = 1, 2


def main() -> None:
    """The console script `cunwu`."""
    sys.exit(run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Run one command; returns its exit code: 0 done, 1 refused, 2 used wrongly."""
    if argv and argv[0] == "witness":
        return witness.run(argv[1:])
    if argv and argv[0] == "verify":
        return command.run(argv)
    try:
        installation.read_installation(installation.home())
    except Refused as refused:
        sys.stderr.write(f"{refused.en}\n")
        return REFUSED
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cunwu.settings")
    from cunwu.management.listing import execute

    return execute(list(argv))
