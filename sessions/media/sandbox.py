"""Limit a child process: memory, processor time, priority, no network. Imports nothing of Django."""

import contextlib
import errno
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


_REFUSED_CALLS = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "io_uring_setup",  # the network
    "execve", "execveat",  # programs
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd",  # other processes, which have both
)  # fmt: skip
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def deny_network() -> str:
    """Let the kernel deny the network to this process and its children for good; return what does, empty if nothing.

    To be called before anything is read, and before there are threads. "seccomp" also denies programs and access to
    other processes, and works as any user and in containers. Where there is no libseccomp, "namespace" is a network of
    its own without any interface.
    """
    for name, deny in (("seccomp", _filter_calls), ("namespace", _leave_network)):
        with contextlib.suppress(OSError, AttributeError, NameError):  # not on this system
            if deny():
                return name
    return ""


def _filter_calls() -> bool:
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_ALLOW))
    for name in _REFUSED_CALLS:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number != -1 and seccomp.seccomp_rule_add(context, _REFUSE, number, 0):
            return False
    return bool(seccomp.seccomp_load(context) == 0)


def _leave_network() -> bool:
    """Enter an empty network. Only root may without a user namespace of its own, which keeps its rights over files."""
    unshare = ctypes.CDLL(None).unshare
    return bool(unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def can_reach(port: int) -> bool:
    """Say whether this process can connect to a port of this machine."""
    import socket  # here alone: a child that opens images needs none

    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError:
        return False
    return True


def refuse_network(event: str, _arguments: object) -> None:
    """Refuse sockets and programs, also where the kernel does not. An audit hook, which cannot be removed."""
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "os.posix_spawn")):
        raise PermissionError(f"not here: {event}")


def limits_available() -> bool:
    """Say whether this system has limits of memory and processor time."""
    return resource is not None
