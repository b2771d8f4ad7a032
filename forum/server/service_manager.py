"""Tell whoever started this process that it serves, and that it is not stuck: systemd, or on a laptop the web process.

systemd listens when its unit has `Type=notify` and `WatchdogSec=`; the web process listens to its worker.
"""

import contextlib
import os
import secrets
import socket
import time
from typing import Self

READY, ALIVE = b"READY=1", b"WATCHDOG=1"


def tell(message: bytes) -> None:
    """Send one message. No-op when nobody waits for it: without systemd there is no NOTIFY_SOCKET."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        sender.sendto(message, address.replace("@", "\0", 1) if address.startswith("@") else address)


class Listener:
    """Hears what one child process tells, as systemd would."""

    def __init__(self) -> None:
        self._name = f"forum-{secrets.token_hex(8)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._socket.bind(f"\0{self._name}")
        self._heard_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the process to listen to."""
        return {"NOTIFY_SOCKET": f"@{self._name}"}

    def seconds_of_silence(self) -> float:
        """Return the seconds since it told something, or since this began."""
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(100):
                self._heard_at = time.monotonic()
        return time.monotonic() - self._heard_at
