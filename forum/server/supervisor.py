"""Keep the background worker alive while the app runs."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

from django.conf import settings

from forum.server.startup import log

WORKER_GOODBYE_SECONDS = 2.0
"""A worker in the middle of a document gets so long to finish it when the app stops; the next start makes it anew."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a worker that died is started again: doubled each time, so that a broken one eats no battery."""
STEADY_SECONDS = 60.0


class WorkerSupervisor:
    """Keeps one background worker alive, in a process of its own, for as long as the app runs."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="worker-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            code = self._work()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            log.warning("the background worker ended (code %s); it starts again in %.0f s", code, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _work(self) -> int:
        """Run a worker to its end, and leave nothing behind that it started."""
        with self._lock:
            if self._stopping.is_set():
                return 0
            # Out of the terminal's group: Ctrl-C is ours to answer, the worker ends when we say so. It watches
            # this very thread (see the command `worker`), which must therefore outlive it. Not out of the session:
            # there Linux may give it a share of the processor of its own, however nice it is.
            self._process = process = subprocess.Popen(
                [sys.executable, str(settings.ROOT / "manage.py"), "worker", "--parent", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        code = process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return code

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()
            self._thread.join(WORKER_GOODBYE_SECONDS)
            if self._thread.is_alive():
                process.kill()
        if self._thread.ident is not None:
            self._thread.join()
