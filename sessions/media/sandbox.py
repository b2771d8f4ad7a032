"""Limit a child process: memory, processor time, priority, no network. Imports nothing of Django."""

import contextlib
import os
import sys
from pathlib import Path

try:
    import ctypes
    import resource
except ImportError:  # pragma: no cover - on systems without such limits
    resource = None  # type: ignore[assignment]  # a module elsewhere


def write_line(line: str) -> None:
    """Write a line to the parent at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def lower_priority() -> None:
    """Raise the niceness by 10; that of the session too, where Linux shares the processor out by session."""
    os.nice(10)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text("10")


def run_when_idle() -> None:
    """Run only while no other process wants the processor, where the system knows this policy."""
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def apply_limits(megabytes: int, seconds: int, memory: str = "RLIMIT_AS") -> None:
    """Limit memory and processor time, lower the priority, and end with the parent.

    `memory`: RLIMIT_AS counts all addresses, RLIMIT_DATA only private memory that can be written.
    """
    if resource is None:
        return
    lower_priority()
    for name, most in ((getattr(resource, memory), megabytes * 1024 * 1024), (resource.RLIMIT_CPU, seconds)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (most, most))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL


def refuse_network(event: str, _arguments: object) -> None:
    """Refuse sockets and programs. An audit hook, which cannot be removed."""
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "os.posix_spawn")):
        raise PermissionError(f"not here: {event}")


def limits_available() -> bool:
    """Say whether this system has limits of memory and processor time."""
    return resource is not None
