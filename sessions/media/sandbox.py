"""Limits of a child process: memory, processor time, priority, no network. Imports nothing of Django."""

import contextlib
import os
import sys
from pathlib import Path

try:
    import ctypes
    import resource
except ImportError:  # pragma: no cover - only where there is no such limit
    resource = None  # type: ignore[assignment]  # a module elsewhere


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def step_back() -> None:
    """Let everybody else go first. Where Linux shares the processor out by session, that of a session counts too."""
    os.nice(10)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text("10")


def stand_aside() -> None:
    """Run when nobody else wants to; even the core on which it runs is given up at once."""
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def limit(megabytes: int, seconds: int, memory: str = "RLIMIT_AS") -> None:
    """Bound memory and processor time, let the live board go first, and die with the parent.

    `memory` names which limit: RLIMIT_AS counts all addresses, RLIMIT_DATA only what is private and can be written.
    """
    if resource is None:
        return
    step_back()
    for what, most in ((getattr(resource, memory), megabytes * 1024 * 1024), (resource.RLIMIT_CPU, seconds)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL


def refuse_network(event: str, _arguments: object) -> None:
    """An audit hook, which nothing can take off again."""
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "os.posix_spawn")):
        raise PermissionError(f"not here: {event}")


def limits_apply() -> bool:
    """Say whether this system has limits at all."""
    return resource is not None
