"""How fast the log is: append a million entries with their tiles, prove, verify. Prints figures; exit 1 if too slow.

    python benchmarks/tlog.py [--entries 1000000]

Targets on two ordinary cores: a million entries in 15 s, a proof and a verification in 0.3 ms each (median).
The machine's own speed is printed first, so that figures from different machines can be compared.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import machine

from cunwu.tlog import notes
from cunwu.tlog.directory import LogDirectory
from cunwu.tlog.notes import Signer
from cunwu.tlog.proofs import check_proof

ORIGIN = "bench.example/log"
BATCH = 10_000
SAMPLES = 2_000


def median_ms(action: Callable[[int], object], indexes: list[int]) -> float:
    """The median time of `action` over `indexes`, in milliseconds."""
    times = []
    for index in indexes:
        start = time.perf_counter()
        action(index)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def entry(number: int) -> bytes:
    """300 bytes, about the size of a leaf of a publication."""
    return b"%012d" % number * 25


def verify_afresh(index: int, proofs: dict[int, bytes], log: LogDirectory) -> None:
    """Verify with the checkpoint's signature reckoned anew."""
    notes._has_signed.cache_clear()
    check_proof(entry(index), proofs[index], log.verifier)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    count = parser.parse_args().entries
    machine.speed()
    with tempfile.TemporaryDirectory() as name:
        log = LogDirectory.create(Path(name) / "log", ORIGIN, Signer.generate(ORIGIN))
        seconds = 0.0
        for start in range(0, count, BATCH):
            batch = [entry(number) for number in range(start, min(start + BATCH, count))]
            began = time.perf_counter()
            log.append(batch, at=start)
            seconds += time.perf_counter() - began
        print(
            f"append {count:,} entries in batches of {BATCH:,}, synced: {seconds:.2f} s, {count / seconds:,.0f}/s"
        )
        one = median_ms(
            lambda number: log.append([entry(number)], at=number), list(range(count, count + 200))
        )
        print(f"append one entry, synced: {one:.2f} ms")
        indexes = random.Random(1).sample(range(count), min(SAMPLES, count))  # noqa: S311 a sample, not a secret
        prove = median_ms(log.prove, indexes)
        newest = median_ms(log.prove, list(range(count - 200, count)))
        proofs = {index: log.prove(index) for index in indexes}
        verify = median_ms(lambda index: check_proof(entry(index), proofs[index], log.verifier), indexes)
        first = median_ms(lambda number: verify_afresh(number, proofs, log), indexes[:200])
        print(f"prove {prove:.3f} ms, verify {verify:.3f} ms (median of {len(indexes):,}, random entries)")
        print(f"verify under a checkpoint that was not seen before: {first:.3f} ms")
        print(f"prove one of the newest 200 entries, as publishing does: {newest:.3f} ms")
        began = time.perf_counter()
        faults = log.check()
        print(f"check of the whole log: {time.perf_counter() - began:.2f} s, {len(faults)} faults")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    return 0 if seconds * 1_000_000 / count < 15 and max(prove, verify, first) < 0.3 and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
