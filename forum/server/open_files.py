"""Share the files that this process may open between sockets, pages and uploads."""

import resource
from dataclasses import dataclass

from django.utils.translation import gettext as _

from forum.server.errors import CannotStart

MAX_FILES = 65_536
"""Open files to ask the system for: more than the sockets that one process can serve."""
MIN_FILES = 128
"""Below, the app could not answer a single page."""
RECOMMENDED_FILES = 4096
"""Open files that hold over two thousand phones."""
IDLE_FILES = 32
"""Open files of a process that serves nobody: 22 to 30 were counted, a third of them the database's."""


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections of each kind fit in the open files of a process."""

    files: int
    """Open files that the system allows."""

    @property
    def sockets(self) -> int:
        """Websockets, one for each open page: half of all files."""
        return max(0, self.files // 2 - IDLE_FILES)

    @property
    def connections(self) -> int:
        """Connections in all: a quarter of the files is for pages alone, which leaves the last one for other files."""
        return self.sockets + self.files // 4

    @property
    def uploads(self) -> int:
        """Request bodies on the disk at a time, each in a file of its own."""
        return self.files // 16

    @property
    def backlog(self) -> int:
        """Connections that the system accepts at once, before the first of them can make another one end."""
        return min(2048, self.files // 16)


def raise_file_limit(wanted: int = MAX_FILES) -> int:
    """Raise the limit of open files of this process and its children; return the limit that the system granted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # macOS announces more than it grants
            return soft
        return most
    return wanted if soft == resource.RLIM_INFINITY else soft


def connection_limits() -> ConnectionLimits:
    """Raise the limit of open files and share it. Raises CannotStart below MIN_FILES."""
    limits = ConnectionLimits(raise_file_limit())
    if limits.files < MIN_FILES:
        text = _("The app may open only {files} files here, and needs {least}. Type, then start again: {command}")
        raise CannotStart(text.format(files=limits.files, least=MIN_FILES, command=f"ulimit -n {RECOMMENDED_FILES}"))
    return limits
