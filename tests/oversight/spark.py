"""A real Spark: a master and two workers of one core each, on this machine, for as long as a test needs them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pyspark

HOME = Path(pyspark.__file__).parent
WORKERS = 2


def can_run() -> bool:
    """Whether this machine has a Java."""
    return shutil.which("java") is not None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _running(log: Path, name: str, *arguments: str) -> Iterator[None]:
    environment = {**os.environ, "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    with (
        log.open("ab") as file,
        subprocess.Popen(command, env=environment, stdout=file, stderr=file) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of the master, once both workers have joined."""
    port, page, log = _free_port(), _free_port(), folder / "spark.log"
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        master = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
        stack.enter_context(_running(log, "master.Master", *master))
        for number in range(WORKERS):
            worker = (
                "--cores",
                "1",
                "--memory",
                "1g",
                "--host",
                "127.0.0.1",
                "--webui-port",
                str(_free_port()),
            )
            work = ("--work-dir", str(folder / f"work{number}"), address)
            stack.enter_context(_running(log, "worker.Worker", *worker, *work))
        _await_workers(f"http://127.0.0.1:{page}/json/", log)
        yield address


def _await_workers(page: str, log: Path) -> None:
    for _ in range(120):
        time.sleep(0.5)
        try:
            with urlopen(page, timeout=2) as answer:
                if answer.read().decode().count('"ALIVE"') > WORKERS:  # the master and its workers
                    return
        except OSError:
            continue
    raise RuntimeError(log.read_text(errors="replace")[-2000:])
