"""Keep the background worker alive while the app runs."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time

from django.conf import settings

from forum.server import service_manager

log = logging.getLogger(__name__)

STOP_SECONDS = 2.0
"""Time that a worker in the middle of a document has to finish when the app stops; the next start makes it again."""
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 30.0
"""Pause before a worker that died is started again, doubled each time: a broken worker must not drain the battery."""
STEADY_SECONDS = 60.0
"""Run time of a worker after which the pause is the first one again."""
CHECK_SECONDS = 1.0
"""Time between two checks whether the worker hangs."""
SILENT_SECONDS = 60.0
"""A worker that has said nothing for so long hangs, and is killed; it tells every few seconds that it is alive."""


class WorkerSupervisor:
    """Run one background worker in a child process, and start it again when it dies or hangs."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._supervise, name="worker-supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _supervise(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            started_at = time.monotonic()
            code = self._run_worker()
            if self._stopping.is_set():
                return
            if time.monotonic() - started_at > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning("the background worker ended (code %s); it starts again in %.0f s", code, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    def _run_worker(self) -> int:
        """Run a worker to its end, then kill the processes that it left. Return its exit code."""
        with service_manager.Listener() as listener:
            with self._lock:
                if self._stopping.is_set():
                    return 0
                self._process = process = _start_worker(listener.environment)
            try:
                return _wait_for_end(process, listener)
            finally:
                _kill_group(process)

    def stop(self) -> None:
        """End the worker: ask it first, kill it after STOP_SECONDS."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()
            self._thread.join(STOP_SECONDS)
            if self._thread.is_alive():
                process.kill()
        if self._thread.ident is not None:
            self._thread.join()


def _start_worker(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    # In a process group of its own, so that Ctrl-C reaches this process alone, which then ends the worker.
    # The worker ends with this very thread (see `--parent` of the command), which must therefore outlive it.
    # In the same session: Linux may give a new one its own share of the processor, whatever its niceness.
    return subprocess.Popen(
        [sys.executable, str(settings.ROOT / "manage.py"), "worker", "--parent", str(os.getpid())],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


def _wait_for_end(process: "subprocess.Popen[bytes]", listener: service_manager.Listener) -> int:
    """Wait until the process ends, and return its exit code; kill it if it hangs."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(CHECK_SECONDS)
        if listener.seconds_of_silence() > SILENT_SECONDS:
            log.warning("the background worker hangs")
            _kill_group(process)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
