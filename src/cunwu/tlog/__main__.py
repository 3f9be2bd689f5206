"""`python -m cunwu.tlog verify|check`: the stand-alone verifier."""

import sys

from cunwu.tlog.command import run

sys.exit(run(sys.argv[1:]))
