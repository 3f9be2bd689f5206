"""From a fresh clone to the first page, and the memory of the running demo, all processes.

    .venv/bin/python benchmarks/demo.py [--cold]

Clones this checkout's last commit into a temporary folder and runs `bin/demo` there. `--cold` gives the package
installers empty caches, so that everything is fetched. Targets: under 60 s with packages cached, under 4 min with
nothing cached, under 500 MB. Debian packages that are installed already are not fetched again.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import machine

PORT = 18700


def answers(port: int) -> bool:
    """Whether residents' front page is served."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/zh/", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def family(root: int) -> list[int]:
    """The process `root` and everything below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [root]
    for each in found:
        found += children.get(each, [])
    return found


def proportional_memory(processes: list[int]) -> dict[str, float]:
    """MB by process, shared pages counted once in all (PSS)."""
    found = {}
    for each in processes:
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            name = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")[-60:]
        except OSError:
            continue
        kilobytes = int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
        found[f"{each} {name}"] = kilobytes / 1024
    return found


def main() -> int:
    """Measure once; 1 where a target was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cold", action="store_true", help="empty package caches")
    cold = parser.parse_args().cold
    machine.speed()
    with tempfile.TemporaryDirectory(prefix="cunwu-demo-") as folder:
        clone = Path(folder) / "cunwu"
        subprocess.run(["git", "clone", "-q", machine.ROOT, clone], check=True)
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("CUNWU_", "DJANGO_", "VIRTUAL_ENV"))
        }
        if cold:
            environment |= {"UV_CACHE_DIR": f"{folder}/uv", "PIP_CACHE_DIR": f"{folder}/pip"}
        began = time.perf_counter()
        demo = subprocess.Popen(
            ["bin/demo", "--port", str(PORT), "--json"], cwd=clone, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            while not answers(PORT):
                if demo.poll() is not None:
                    print("bin/demo ended before it served")
                    return 1
                time.sleep(0.2)
            seconds = time.perf_counter() - began
            print(f"bin/demo to the first page, {'nothing' if cold else 'packages'} cached: {seconds:.1f} s")
            time.sleep(20)
            used = proportional_memory(family(demo.pid))
            for name, megabytes in used.items():
                print(f"  {megabytes:7.1f} MB  {name}")
            print(f"memory of the running demo, all processes: {sum(used.values()):.0f} MB")
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(timeout=60)
    return int(seconds > (240 if cold else 60) or sum(used.values()) > 500)


if __name__ == "__main__":
    sys.exit(main())
