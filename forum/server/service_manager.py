"""Tell systemd that this process serves, and that it is not stuck (`Type=notify` and `WatchdogSec=` of its unit)."""

import contextlib
import os
import socket

READY, ALIVE = b"READY=1", b"WATCHDOG=1"


def tell(message: bytes) -> None:
    """Send one message. No-op when nobody waits for it: without systemd there is no NOTIFY_SOCKET."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        sender.sendto(message, address.replace("@", "\0", 1) if address.startswith("@") else address)
