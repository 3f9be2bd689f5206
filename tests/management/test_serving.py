"""What starts, what refuses to start, what goes on when something fails."""

from __future__ import annotations

import logging
import socket
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from cunwu.errors import NotAllowed, NotReady
from cunwu.management import serving
from cunwu.management.background import Job, publish_pending
from cunwu.management.serving import Process


def test_a_demo_is_served_on_this_machine_only(demo_data: None) -> None:
    with pytest.raises(NotAllowed) as refused:
        serving.serve("0.0.0.0", 8000, 8001)  # noqa: S104  (what is refused)
    assert refused.value.code == "serve.demo_loopback"


def test_a_port_that_is_taken_is_named(demo_data: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotReady) as refused:
            serving.require_free("127.0.0.1", port)
    assert refused.value.code == "serve.port_taken"
    assert str(port) in refused.value.zh


def test_nothing_is_served_while_a_check_fails(demo_data: None, tmp_path: Path, settings: Settings) -> None:
    serving.require_sound()
    settings.KEYS = tmp_path / "nowhere"
    with pytest.raises(NotReady) as refused:
        serving.require_sound()
    assert refused.value.code == "serve.checks"
    assert "cunwu.E001" in refused.value.en


def test_a_process_that_dies_is_started_again_but_not_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    process = Process("reader", [sys.executable, "-c", "raise SystemExit(3)"])
    process.start()
    with caplog.at_level(logging.ERROR):
        for _ in range(serving.DEATHS - 1):
            die(process)
            process.restart_if_dead()
        die(process)
        with pytest.raises(RuntimeError, match="5 times"):
            process.restart_if_dead()
    assert "code 3" in caplog.text


def die(process: Process) -> None:
    """Wait until it has died by itself."""
    assert process.running is not None
    process.running.wait(10)


def test_a_process_is_asked_to_end() -> None:
    process = Process("reader", [sys.executable, "-c", "import time; time.sleep(60)"])
    process.start()
    process.stop()
    assert process.running is not None
    assert process.running.returncode is not None
    process.stop()


def test_failing_work_is_told_loudly_and_tried_again_later(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[datetime] = []

    def fail(now: datetime) -> None:
        calls.append(now)
        raise OSError("no space left")

    job = Job("the log", 1.0, fail)
    with caplog.at_level(logging.ERROR):
        job.run_if_due()
        job.run_if_due()
    assert len(calls) == 1
    assert "no space left" in caplog.text
    assert job.due > time.monotonic() + 1.5
    job.work, job.due = calls.append, 0.0
    job.run_if_due()
    assert (job.failures, len(calls)) == (0, 2)


def test_nothing_to_publish_does_nothing(demo_data: None, now: datetime, home: Path) -> None:
    publish_pending(now)
    assert not (home / "site").exists()
