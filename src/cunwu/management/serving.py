"""A running installation: the reader and the writer as processes, the background work in the one that started them.

The reader serves files and knows neither Django nor the database: residents read on while the desk is down. Each
process that dies is started again, and everything stops, loudly, when one dies too often.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core import checks

from cunwu.errors import NotAllowed, NotReady
from cunwu.management import background
from cunwu.tlog import witness

logger = logging.getLogger("cunwu.serve")
DEATHS, WITHIN = 5, 60.0
PATIENCE = 10.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WITNESS_FOLDER = "witness"


class Stopped(BaseException):
    """Somebody wants us to end. Raised wherever the background work is: all of it can be cut off and carried on."""


def _stop(*_: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # once is enough: what follows is the orderly end
    raise Stopped


@dataclass
class Process:
    """A process of ours, and when it died."""

    name: str
    command: list[str]
    running: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a process group of its own, so that Ctrl-C reaches it through us, once."""
        self.running = subprocess.Popen(self.command, process_group=0)  # noqa: S603  (our own programs)

    def restart_if_dead(self) -> None:
        """Start it again if it has died; raises RuntimeError if it died too often."""
        if self.running is None or self.running.poll() is None:
            return
        now = time.monotonic()
        self.deaths = [*(at for at in self.deaths if now - at < WITHIN), now]
        logger.error("the %s ended with code %s", self.name, self.running.returncode)
        self._kill_group()
        if len(self.deaths) >= DEATHS:
            raise RuntimeError(f"the {self.name} ended {DEATHS} times within {WITHIN:.0f} seconds")
        self.start()

    def stop(self) -> None:
        """Ask it to end; after ten seconds make it."""
        if self.running is None or self.running.poll() is not None:
            return
        self.running.terminate()
        try:
            self.running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            logger.warning("the %s does not end and is killed", self.name)
            self._kill_group()
            self.running.wait()

    def _kill_group(self) -> None:
        """A server's workers outlive it when it is killed, and keep its port."""
        if self.running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)


def serve(host: str, port: int, desk_port: int) -> None:
    """Run until SIGTERM or SIGINT; then stop every process and return.

    Raises NotAllowed `serve.demo_loopback`, NotReady `serve.checks` or `serve.port_taken` before anything is started;
    RuntimeError if a process dies five times within a minute.
    """
    if settings.CUNWU.demo and host not in LOOPBACK:
        raise NotAllowed(
            "serve.demo_loopback",
            f"演示数据只在本机（127.0.0.1）上运行，不能用地址{host}对外提供。",
            f"A demo runs on this machine only (127.0.0.1), not at {host}.",
        )
    require_sound()
    for each in (port, desk_port):
        require_free(host, each)
    processes = [
        Process("reader", _python("cunwu.portal.reader", host, str(port), str(Path(settings.HOME) / "site"))),
        Process("desk", _desk(host, desk_port)),
    ]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        _start_own_witness()
        for process in processes:
            process.start()
        background.work(partial(keep_running, processes))
    except Stopped:
        logger.info("stopping")
    finally:
        for process in processes:
            process.stop()


def keep_running(processes: list[Process]) -> None:
    """Start again whichever has died."""
    for process in processes:
        process.restart_if_dead()


def require_sound() -> None:
    """Raise NotReady `serve.checks` with every fault that the system checks find, database guards included."""
    faults = [each for each in checks.run_checks(databases=["default"]) if each.level >= checks.ERROR]
    if faults:
        listed = "; ".join(
            f"{each.id}: {each.msg}" + (f" ({each.hint})" if each.hint else "") for each in faults
        )
        raise NotReady(
            "serve.checks",
            f"自检没有通过，不能运行：{listed}",
            f"The checks have failed, nothing is served: {listed}",
        )


def require_free(host: str, port: int) -> None:
    """Raise NotReady `serve.port_taken` if another program listens at `port`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(
                "serve.port_taken",
                f"端口{port}不能使用（{error.strerror}）；请停掉占用它的程序，或用 --port、--desk-port 另选端口。",
                f"Port {port} cannot be used ({error.strerror}); stop the program that has it, or choose others with "
                "--port and --desk-port.",
            ) from error


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _desk(host: str, port: int) -> list[str]:
    return _python(
        "granian",
        "--interface", "wsgi",
        "--host", host,
        "--port", str(port),
        "--workers", "1",
        "--blocking-threads", "4",
        "--no-ws",
        "--workers-kill-timeout", "5",
        "--log-level", "warning",
        "--static-path-route", "/static",
        "--static-path-mount", str(settings.STATIC_ROOT),
        "cunwu.wsgi:application",
    )  # fmt: skip


def _start_own_witness() -> None:
    """The demo's own witness, in a thread: it shows how cosigning works and is marked as not independent."""
    folder = Path(settings.HOME) / WITNESS_FOLDER
    own = next((each for each in settings.CUNWU.witnesses if not each.independent), None)
    if own is None or not folder.is_dir():
        return
    port = int(own.url.rstrip("/").rpartition(":")[2])
    server = witness.make_server(witness.Witness(folder), "127.0.0.1", port)
    threading.Thread(target=server.serve_forever, name="witness", daemon=True).start()
