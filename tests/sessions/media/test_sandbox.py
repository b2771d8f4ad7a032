"""What the kernel denies to the processes that open images and print documents, tried for real."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from sessions.media import images, sandbox
from sessions.proceedings.pdf_process import PdfProcess

USERS = ["the one who runs the tests", pytest.param("an ordinary one", marks=pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user"
))]  # fmt: skip
SCRIPT = """
import ctypes, os, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
from sessions.media import sandbox
sandbox.can_reach(0)  # loads what an ordinary user may not read here
if sys.argv[3] == "an ordinary one":
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
before = sandbox.can_reach(int(sys.argv[2]))
by = {deny}
libc = ctypes.CDLL(None, use_errno=True)
descriptor = libc.socket(2, 1, 0)  # without Python's own audit
address = (2).to_bytes(2, sys.byteorder) + int(sys.argv[2]).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
connected = libc.connect(descriptor, address, 16)
pid = os.fork()
if not pid:
    os._exit(sandbox.can_reach(int(sys.argv[2])))
child = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
try:
    program = subprocess.run(["true"]).returncode == 0
except PermissionError:
    program = False
print(before, by, connected, child, program)
"""


@pytest.fixture
def port() -> Iterator[int]:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def outcome(deny: str, port: int, user: str) -> list[str]:
    """Run the script: could it connect before, by what it is denied, can it connect, its child, run a program?"""
    command = [sys.executable, "-I", "-c", SCRIPT.format(deny=deny), str(settings.ROOT), str(port), user]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


@pytest.mark.parametrize("user", USERS)
def test_the_kernel_denies_network_and_programs_for_good(port: int, user: str) -> None:
    before, by, connected, child, program = outcome("sandbox.deny_network()", port, user)
    if by != "seccomp":
        pytest.skip("this kernel takes no filter, or libseccomp is missing")
    assert (before, connected, child, program) == ("True", "-1", "0", "False")


@pytest.mark.parametrize("user", USERS)
def test_without_libseccomp_the_network_is_an_empty_one(port: int, user: str) -> None:
    before, by, connected, child, _program = outcome("sandbox._leave_network()", port, user)
    if by != "True":
        pytest.skip("this kernel lets nobody make a network of their own")
    assert (before, connected, child) == ("True", "-1", "0")


def test_without_either_nothing_claims_to_deny(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> bool:
        raise OSError

    monkeypatch.setattr(sandbox, "_filter_calls", refuse)
    monkeypatch.setattr(sandbox, "_leave_network", lambda: False)
    assert sandbox.deny_network() == ""


def becomes_filtered(child: "subprocess.Popen[str]") -> bool:
    """Say whether the kernel filters the calls of this process, which was given nothing yet."""
    end = time.monotonic() + 30
    while time.monotonic() < end and child.poll() is None:
        if "\nSeccomp:\t2\n" in Path(f"/proc/{child.pid}/status").read_text():
            return True
        time.sleep(0.05)
    return False


def test_both_children_are_filtered_before_they_are_given_anything(port: int, tmp_path: Path) -> None:
    if outcome("sandbox.deny_network()", port, "")[1] != "seccomp":
        pytest.skip("this kernel takes no filter, or libseccomp is missing")
    arguments = [str(settings.ROOT), str(tmp_path), "256", "10", "100", "100", "0"]
    with subprocess.Popen(
        [sys.executable, "-I", "-c", images._CHILD_CODE, *arguments], stdin=subprocess.PIPE, text=True
    ) as drawing:
        assert becomes_filtered(drawing)
        drawing.kill()
    with contextlib.closing(PdfProcess()) as printing:
        assert becomes_filtered(printing.child)
