"""What residents wait for: publishing a sheet until its page is there, and reading a page from our own server.

Run: `.venv/bin/python benchmarks/portal.py`. Prints the machine's own speed first. Targets: publishing (action, log
entry, bake) under 150 ms, median; a village's page at a fifth of nginx's requests per second or more, p99 under 20 ms
at 64 connections, under 50 kB whole. The second part needs nginx and wrk (Debian: nginx-light, wrk) and says what is
missing. Loopback only, a few seconds each.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import machine

NOW = datetime(2026, 10, 8, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MONTHS, LINES = 11, 40
TARGET_MS = 150
READER_PORT, NGINX_PORT = 18931, 18932
SECONDS, CONNECTIONS, ROUNDS = 3, 64, 3


def publish_months() -> tuple[str, float]:
    """Publish `MONTHS` months of one village among thirty, print the times; the village's id and the median in ms."""
    from conftest import build_village
    from cunwu.books import actions as books
    from cunwu.books import sheets
    from cunwu.books.actions import PostingEntry, VoucherEntry
    from cunwu.disclosure import actions as disclosure
    from cunwu.disclosure import log
    from cunwu.law.periods import Period
    from cunwu.portal import bake

    village = build_village(NOW)
    for number in range(29):
        build_village(NOW, f"示例{number}村", village.town)
    period = Period("month", 2025, 1)
    who = (village.wang, village.collective)
    books.open_books(*who, period, {"102": 10**10, "322": -(10**10)}, now=NOW)
    parts: dict[str, list[float]] = {"action": [], "log": [], "pages": [], "papers": [], "all": []}
    for _ in range(MONTHS):
        now = datetime.combine(period.last_day, NOW.timetz()) + timedelta(days=8)
        for line in range(LINES):
            purpose = f"付第{line}笔道路养护费"
            postings = (
                PostingEntry("513", purpose, debit=12_345),
                PostingEntry("102", purpose, credit=12_345),
            )
            day = date(period.year, period.number, 1 + line % 28)
            books.enter_voucher(*who, VoucherEntry(day, postings), now=now)
        books.close_month(*who, period, now=now)
        draft = sheets.draft_sheet(*who, period, now=now)
        disclosure.sign(village.zhao, draft, now=now)
        disclosure.record_joint_meeting(
            village.clerk,
            draft,
            held_on=now.date(),
            chaired_by="李建国",
            present=7,
            expected=9,
            in_favour=6,
            now=now,
        )
        times = [time.perf_counter()]
        sheets.publish_sheet(village.xiulan, draft, now=now)
        times.append(time.perf_counter())
        log.sequence(now=now)
        times.append(time.perf_counter())
        bake.bake_stale(now=now, papers=0)
        times.append(time.perf_counter())
        bake.bake_stale(now=now)
        times.append(time.perf_counter())
        for name, begun, ended in zip(parts, times, times[1:], strict=False):
            parts[name].append(ended - begun)
        parts["all"].append(times[3] - times[0])
        period = period.next
    names = {
        "action": "action",
        "log": "log entry",
        "pages": "pages baked",
        "papers": "notices (A4, A3), xlsx",
        "all": "until residents see it",
    }
    for name, seconds in parts.items():
        middle, first = statistics.median(seconds) * 1000, seconds[0] * 1000
        print(
            f"publishing one sheet of {LINES} lines, {names[name]:<22} median {middle:6.1f} ms (the first {first:.0f} ms)"
        )
    began = time.perf_counter()
    bake.bake_all(now=NOW)
    print(f"baking everything again ({MONTHS} publications, 32 places): {time.perf_counter() - began:.2f} s")
    return str(village.place.public_id), statistics.median(parts["all"]) * 1000


def weight(page: Path, site: Path) -> tuple[int, int]:
    """Bytes of a page with its style, its scripts and what they import: as they are, and compressed as they are sent."""
    html = page.read_text(encoding="utf-8")
    parts = {site / part for part in re.findall(r'(?:src|href)="[./]*(static/[^"]+)"', html)}
    waiting = [part for part in parts if part.suffix == ".js"]
    while waiting:
        script = waiting.pop()
        imported = re.findall(r'^import .* from "\./([^"]+)"', script.read_text(encoding="utf-8"), re.M)
        fresh = {script.parent / name for name in imported} - parts
        parts |= fresh
        waiting += fresh
    everything = [page.read_bytes(), *(part.read_bytes() for part in parts)]
    return sum(map(len, everything)), sum(len(gzip.compress(data)) for data in everything)


def wrk(port: int, path: str, encoding: str) -> tuple[float, float]:
    """Requests per second and p99 in ms."""
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}s",
        "--latency",
        "-H",
        f"Accept-Encoding: {encoding}",
    ]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    last = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if rate is None or last is None:
        raise RuntimeError(said)
    return float(rate[1]), float(last[1]) * {"us": 0.001, "ms": 1, "s": 1000}[last[2]]


def nginx(folder: Path, site: Path) -> subprocess.Popen[bytes]:
    """nginx with two workers on the same folder, gzip_static as in production."""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr;
        events {{ worker_connections 512; }}
        http {{ access_log off; include /etc/nginx/mime.types; sendfile on; etag on; gzip_static on;
        client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
        uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
        server {{ listen 127.0.0.1:{NGINX_PORT}; root {site}; index index.html; }} }}"""
    )
    folder.chmod(0o755)
    return subprocess.Popen(["nginx", "-c", str(configuration), "-e", "stderr"], stderr=subprocess.DEVNULL)


def wait(port: int) -> None:
    """Until something answers."""
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{port}/static/cunwu.css", timeout=1).read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers on port {port}")


def serve_and_measure(folder: Path, site: Path, path: str) -> bool:
    """Our reader and nginx side by side, in turns; whether the targets were met."""
    absent = [
        tool
        for tool in ("wrk", "nginx")
        if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin") is None
    ]
    if absent:
        print(f"reading not measured: {' and '.join(absent)} not installed (Debian: nginx-light, wrk)")
        return True
    os.environ["PATH"] += ":/usr/sbin"
    command = [sys.executable, "-m", "cunwu.portal.reader", "127.0.0.1", str(READER_PORT), str(site)]
    environment = os.environ | {"PYTHONPATH": str(machine.ROOT / "src")}
    with subprocess.Popen(command, env=environment) as ours, nginx(folder, site) as theirs:
        try:
            wait(READER_PORT)
            wait(NGINX_PORT)
            rounds = [(wrk(READER_PORT, path, "gzip"), wrk(NGINX_PORT, path, "gzip")) for _ in range(ROUNDS)]
            memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{ours.pid}/status").read_text())
        finally:
            ours.send_signal(signal.SIGTERM)
            theirs.send_signal(signal.SIGTERM)
    rate, p99 = (statistics.median(r[0][n] for r in rounds) for n in (0, 1))
    their_rate, their_p99 = (statistics.median(r[1][n] for r in rounds) for n in (0, 1))
    print(f"reader: {rate:,.0f} requests/s, p99 {p99:.1f} ms at {CONNECTIONS} connections")
    print(
        f"nginx:  {their_rate:,.0f} requests/s, p99 {their_p99:.1f} ms; ours is {rate / their_rate:.2f} of it"
    )
    print(f"reader's memory: {int(memory[1]) / 1024:.0f} MB" if memory else "reader's memory: unknown")
    return rate >= their_rate / 5 and p99 < 20


def main() -> int:
    """Measure, print; 1 where a target was missed."""
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-benchmark-") as name:
        folder = Path(name)
        machine.set_up_installation(folder)
        place, milliseconds = publish_months()
        site = folder / "var" / "site"
        path = f"/zh/p/{place}/"
        for page in (
            path[1:] + "index.html",
            *sorted(str(p.relative_to(site)) for p in site.glob("v/*/index.html"))[:1],
        ):
            whole, sent = weight(site / page, site)
            print(
                f"weight of {page[:24]}… with style and scripts: {whole / 1000:.1f} kB, compressed {sent / 1000:.1f} kB"
            )
        met = milliseconds < TARGET_MS
        met &= (
            serve_and_measure(folder, site, path)
            and weight(site / (path[1:] + "index.html"), site)[0] < 50_000
        )
    print(f"targets {'met' if met else 'missed'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
