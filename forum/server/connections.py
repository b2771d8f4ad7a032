"""Bound the connections of this process by the files that it may open, so that pages answer however many come.

The system counts each connection as an open file. When there are no more, nothing can be opened: no page, no database,
no photo. So sockets, which last for hours, are refused first (their pages then look every few seconds), and a
connection on which nobody asks anything makes room for the next one.
"""

import resource
from dataclasses import dataclass
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_FILES = 65_536
"""Open files to ask the system for: room for more phones than one process can serve."""
LEAST_FILES = 128
"""Below, the app could not answer a single page for lack of files."""
AT_REST = 32
"""Open files of a process that serves nobody: 22 to 30 were counted, a third of them the database's."""
SILENT_SECONDS = 30.0
"""How long a phone may take to send the head of a request; a browser that opened a connection too many just waits."""
_PAGE = (
    '<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=320"><title>503</title>'
    "<p>Beaucoup de monde se connecte en ce moment. Revenez en arrière et réessayez dans quelques secondes."
    '<p lang="en">Many people are connecting: go back and try again in a few seconds.'
).encode()
"""In both languages, since what was sent was not read."""
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
) % (len(_PAGE), _PAGE)


@dataclass(frozen=True)
class Room:
    """How the open files of a process are shared."""

    files: int
    """As many as the system allows."""

    @property
    def phones(self) -> int:
        """How many sockets: one for each open page, half of all files."""
        return max(0, self.files // 2 - AT_REST)

    @property
    def connections(self) -> int:
        """How many connections in all: another quarter is for pages alone, the last one for files."""
        return self.phones + self.files // 4

    @property
    def uploads(self) -> int:
        """How many forms may be on the disk while they come, each in a file of its own."""
        return self.files // 16

    @property
    def backlog(self) -> int:
        """How many may come at once: they, and those after them, are all taken before room is made for the first."""
        return min(2048, self.files // 16)


def allow_files(wanted: int = MOST_FILES) -> int:
    """Have the system let this process and its children open so many files, or as many as it grants; how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # macOS announces more than it grants
            return soft
        return most
    return wanted if soft == resource.RLIM_INFINITY else soft


class Connection(HttpToolsProtocol):
    """A phone's connection, while it carries pages: one that becomes a socket is left to the web server."""

    room: ClassVar = Room(MOST_FILES)
    carrying_pages: ClassVar[set["Connection"]] = set()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._quiet_since = self.loop.time()
        self._is_refused = False
        self.carrying_pages.add(self)
        if len(self.connections) > self.room.connections:
            self._make_room()

    def _make_room(self) -> None:
        """End the connection that has been quiet for longest; if none is, this one is refused."""
        quiet = [other for other in self.carrying_pages if other.is_quiet and other is not self]
        if quiet:
            min(quiet, key=lambda other: other._quiet_since).end()
            return
        # The phone hangs up: were it done here, before its request is read, what is said would be lost.
        self._is_refused = True
        self.transport.write(_REFUSAL)
        self.transport.write_eof()

    def end(self) -> None:
        """Hang up, whatever is on its way."""
        for those in (self.carrying_pages, self.connections):  # which would know it a moment later
            those.discard(self)
        self.transport.abort()

    @property
    def is_quiet(self) -> bool:
        """Whether it is for the phone to go on: to ask, to send the rest of a form, or to read."""
        return self.awaits_request or self.cycle.more_body or self.flow.write_paused

    @property
    def awaits_request(self) -> bool:
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # none before the first

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        if not self.awaits_request:  # byte after byte of a head is no request
            self._quiet_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._quiet_since = self.loop.time()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._quiet_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.carrying_pages.discard(self)

    def handle_websocket_upgrade(self) -> None:
        sockets = len(self.connections) - len(self.carrying_pages)
        if sockets >= self.room.phones:
            self.transport.write(_REFUSAL)
            self.transport.close()
            return
        super().handle_websocket_upgrade()
        self.carrying_pages.discard(self)

    @classmethod
    def end_silent(cls) -> None:
        """End the connections on which no request comes. To be called every second or so, on the loop."""
        for one in list(cls.carrying_pages):
            if one.awaits_request and one.loop.time() - one._quiet_since > SILENT_SECONDS:
                one.end()
