"""Reading every pack, and resolving all powers of a day. Target: under 0.5 s, what a process pays once at its start.

Run: `.venv/bin/python benchmarks/law.py`. Prints the machine's own speed first, so that figures can be compared.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import machine

from cunwu.law import packs

CHAINS = (("cn", "cn-shandong", "fangzi"), ("cn", "suzhou"))
ROOT = Path(__file__).parents[1] / "packs"
TARGET_SECONDS = 0.5


def main() -> int:
    """Load each chain, report; 1 where the target was missed."""
    machine.speed()
    worst = 0.0
    for chain in CHAINS:
        began = time.process_time()
        loaded = packs.load(chain, ROOT)
        read = time.process_time() - began
        powers = loaded.powers(date(2026, 11, 1))
        both = time.process_time() - began
        print(
            f"{' '.join(chain):<28}{read:8.3f} s to read, {both - read:6.3f} s to resolve {len(powers)} powers"
        )
        worst = max(worst, both)
    print(f"target under {TARGET_SECONDS} s: {'met' if worst < TARGET_SECONDS else 'missed'}")
    return 0 if worst < TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
