"""Accept the host names of a laptop, whose addresses change with its network."""

import socket
import time
from collections.abc import Iterator

from forum.server.network_interfaces import lan_addresses

REFRESH_SECONDS = 10.0


class LaptopAllowedHosts(list[str]):
    """ALLOWED_HOSTS of a laptop: loopback, its name, and its present addresses.

    Django reads ALLOWED_HOSTS at every request; the laptop may change Wi-Fi during the day, so the interfaces are
    listed again every REFRESH_SECONDS. The list stays exact: a wildcard would switch the origin check off.
    """

    def __init__(self, *extra: str | None) -> None:
        """Accept the `extra` names too; None and empty ones are ignored."""
        self._fixed = ["localhost", "127.0.0.1", "[::1]", *filter(None, extra)]
        super().__init__(self._fixed)
        self._refreshed_at = -REFRESH_SECONDS

    def add(self, name: str) -> None:
        """Accept one more name: the address that `serve` listens on."""
        self._fixed.append(name)
        self._refreshed_at = -REFRESH_SECONDS

    def __iter__(self) -> Iterator[str]:
        if time.monotonic() - self._refreshed_at > REFRESH_SECONDS:
            name = socket.gethostname().lower()
            self[:] = [*self._fixed, name, f"{name}.local", *lan_addresses()]
            self._refreshed_at = time.monotonic()
        return super().__iter__()
