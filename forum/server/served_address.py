"""The host and port on which the app listens, in the settings and in the data directory."""

import os
from typing import IO

from django.conf import settings

from forum.server.allowed_hosts import LaptopAllowedHosts

ALL_INTERFACES = "0.0.0.0"  # noqa: S104 phones come from the network
SERVING_FILE = "serving"
"""File of the data directory that the server locks, and that holds its host and port."""


def listens_on_all_interfaces() -> bool:
    return bool(settings.HOST == ALL_INTERFACES)


def set_served_address(host: str, port: int) -> None:
    """Set HOST and PORT in this process and its children, for the addresses in QR codes and documents."""
    settings.HOST = ALL_INTERFACES if host == "::" else f"[{host}]" if ":" in host else host
    settings.PORT = port
    if isinstance(settings.ALLOWED_HOSTS, LaptopAllowedHosts) and not listens_on_all_interfaces():
        settings.ALLOWED_HOSTS.add(settings.HOST)
    os.environ |= {"HOST": settings.HOST, "PORT": str(port)}


def write_served_address(file: IO[str]) -> None:
    """Write the host and the port of this server for the other commands on the same data."""
    file.truncate(0)
    file.write(f"{settings.HOST} {settings.PORT}\n")
    file.flush()


def read_served_address() -> tuple[str, int] | None:
    """Return the host and port that the last server of these data wrote; None if there was none."""
    try:
        host, port = (settings.DATA_DIR / SERVING_FILE).read_text().split()
        return host, int(port)
    except (OSError, ValueError):
        return None


def adopt_served_address() -> None:
    """Set HOST and PORT to those of the server of these data, so that the links of other commands lead to it."""
    if address := read_served_address():
        host, port = address
        set_served_address(host.strip("[]"), port)
