"""Importing a contract ledger of 50,000 rows, looked at first. Targets: under 30 s and 500 MB.

Run: `.venv/bin/python benchmarks/ledgers.py`. Prints the machine's own speed first, so that figures can be compared.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import machine
import xlsxwriter

from books import timed

ROWS = 50_000
TARGET_SECONDS, TARGET_MEGABYTES = 30.0, 500.0
NOW = datetime(2026, 10, 8, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
HEADER = (
    "合同编号", "项目", "承包方", "坐落四至", "面积（亩）", "单价（元/亩）", "年租金（元）", "合同期限", "用途", "应交未交金额",
)  # fmt: skip


def main() -> int:
    """Set up an installation in a temporary folder, look, import, report; 1 where a target was missed."""
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as folder:
        seconds = measure(Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory of the process               {peak:8.0f} MB")
    met = seconds < TARGET_SECONDS and peak < TARGET_MEGABYTES
    print(f"targets under {TARGET_SECONDS:.0f} s, {TARGET_MEGABYTES:.0f} MB: {'met' if met else 'missed'}")
    return 0 if met else 1


def measure(folder: Path) -> float:
    """Seconds of looking and importing, each with its own reading of the file, as on the desk."""
    machine.set_up_installation(folder)
    from conftest import build_village
    from cunwu.assets import importing
    from cunwu.assets.ledger_rows import Choices
    from cunwu.assets.models import Contract

    village = build_village(NOW)
    data = workbook()
    print(f"workbook: {ROWS:,} rows, {len(data) / 2**20:.1f} MB")
    choices = Choices("other_contracting", "reserve_land", NOW.date())

    def look() -> importing.Preview:
        return importing.preview_ledger(
            village.clerk, village.collective, "contracts", data, "台账.xlsx", choices=choices, now=NOW
        )

    seconds = timed("preview (read, recognise, check)", look)
    seconds += timed(
        "import (preview, write, audit)", lambda: importing.import_ledger(village.clerk, look(), now=NOW)
    )
    if Contract.objects.count() != ROWS:
        raise RuntimeError("not every contract was registered")
    print(f"{'both':<44}{seconds:8.3f} s")
    return seconds


def workbook() -> bytes:
    """Fields of a township, each let once."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        page = book.add_worksheet("台账")
        page.write_row(0, 0, HEADER)
        for n in range(ROWS):
            area, price = 5 + n % 60, 200 + n % 400
            owed = 1000 + n % 5000 if n % 7 == 0 else ""
            term = f"{2010 + n % 15}.{1 + n % 12}-{2030 + n % 10}.{1 + n % 12}"
            page.write_row(
                n + 1,
                0,
                (
                    f"HT-{n:05}",
                    f"第{n}号地块",
                    f"农户{n % 9000}",
                    f"村东第{n % 40}排",
                    area,
                    price,
                    area * price,
                    term,
                    "种粮",
                    owed,
                ),
            )
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
