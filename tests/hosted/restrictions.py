"""Start a command under the restrictions of a unit that need no systemd: `python restrictions.py UNIT COMMAND…`.

They are those that may break a program: the filter of system calls, address families, no memory that can be written and
run, no namespaces, no capabilities, no new privileges. Directories and devices need systemd itself.
"""

import ctypes
import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
EQUAL, MASKED_EQUAL = 4, 7
NAMESPACES = [1 << bit for bit in (7, 17, 25, 26, 27, 28, 29, 30)]
"""The flags CLONE_NEW… of clone."""
PROT_WRITE, PROT_EXEC = 2, 4
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of libseccomp."""

    _fields_ = [
        ("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64),
    ]  # fmt: skip


def missing() -> str:
    """Return what keeps this machine from applying restrictions; empty if nothing does."""
    if not shutil.which("systemd-analyze"):
        return "systemd-analyze is missing"
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return "libseccomp is missing"
    return ""


def values(unit: str, name: str) -> list[str]:
    """Return the values of a directive of a unit, in order."""
    return re.findall(rf"^{name}=(.*)$", unit, re.MULTILINE)


def members(group: str) -> set[str]:
    """Return the system calls of a group of systemd, with those of the groups in it."""
    output = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    words = [line.strip() for line in output.stdout.splitlines()[1:] if not line.strip().startswith("#")]
    return {name for word in words if word for name in (members(word) if word.startswith("@") else {word})}


def allowed_calls(unit: str) -> set[str]:
    allowed: set[str] = set()
    for line in values(unit, "SystemCallFilter"):
        calls = {name for group in line.removeprefix("~").split() for name in members(group)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed | members("@default")


def refused_arguments(unit: str) -> list[tuple[str, list[Comparison]]]:
    """Return the calls that are refused with certain arguments only."""
    assert values(unit, "MemoryDenyWriteExecute") == values(unit, "RestrictNamespaces") == ["true"]
    families = sorted(FAMILIES[name] for name in values(unit, "RestrictAddressFamilies")[0].split())
    gaps = [number for number in range(64) if number not in families]
    writable = PROT_WRITE | PROT_EXEC
    return [
        *(("socket", [Comparison(0, EQUAL, number, 0)]) for number in gaps),
        ("mmap", [Comparison(2, MASKED_EQUAL, writable, writable)]),
        ("mprotect", [Comparison(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC)]),
        ("pkey_mprotect", [Comparison(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC)]),
        ("unshare", []), ("setns", []), ("clone3", []),
        *(("clone", [Comparison(0, MASKED_EQUAL, flag, flag)]) for flag in NAMESPACES),
    ]  # fmt: skip


def apply(unit: str) -> None:
    """Restrict this process and all that it starts."""
    libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    seccomp.seccomp_init.restype = ctypes.c_void_p
    # Two filters, of which the stricter answer counts. The second one refuses libseccomp's first way of adding another.
    context = ctypes.c_void_p(seccomp.seccomp_init(ALLOW))
    for name, comparisons in refused_arguments(unit):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        answer = 0x00050000 | errno.ENOSYS if name == "clone3" else REFUSE  # as systemd does: libc then uses clone
        array = (Comparison * len(comparisons))(*comparisons)
        assert seccomp.seccomp_rule_add_array(context, answer, number, len(comparisons), array) == 0
    assert seccomp.seccomp_load(context) == 0
    context = ctypes.c_void_p(seccomp.seccomp_init(REFUSE))
    for name in allowed_calls(unit):
        if (number := seccomp.seccomp_syscall_resolve_name(name.encode())) >= 0:
            assert seccomp.seccomp_rule_add(context, ALLOW, number, 0) == 0
    assert seccomp.seccomp_load(context) == 0


if __name__ == "__main__":
    apply(Path(sys.argv[1]).read_text())
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
