"""The worker of a laptop: started again when it dies, and when it hangs."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from forum.server import supervisor
from forum.server.supervisor import WorkerSupervisor
from tests.served_app import children

pytestmark = pytest.mark.laptop


@pytest.fixture
def worker_supervisor(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerSupervisor]:
    monkeypatch.setattr(supervisor, "SILENT_SECONDS", 5.0)
    running = WorkerSupervisor()
    running.start()
    yield running
    running.stop()


def worker_pid(running: WorkerSupervisor, than: int = 0) -> int:
    """Wait for a worker with another process number than this, and return its number."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if running._process and running._process.pid != than:
            return running._process.pid
        time.sleep(0.05)
    pytest.fail(f"no worker but {than}: {children(os.getpid())}")


def test_a_worker_that_hangs_is_replaced_and_one_that_works_is_not(worker_supervisor: WorkerSupervisor) -> None:
    first = worker_pid(worker_supervisor)
    time.sleep(supervisor.SILENT_SECONDS + 1)
    assert worker_pid(worker_supervisor) == first
    os.kill(first, signal.SIGSTOP)
    assert worker_pid(worker_supervisor, than=first)
