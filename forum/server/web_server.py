"""Run uvicorn with bounded connections, so that pages answer however many phones connect.

The system counts each connection as an open file. When none is left, nothing can be opened: no page, no database, no
photo. So websockets, which last for hours, are refused first (their pages then poll), and a quiet connection is
closed for the next one.

This is the only module that uses names of uvicorn that its documentation does not promise. pyproject.toml bounds the
version, and tests/forum/server/test_web_server.py checks each of these names.
"""

import socket
import sys
import time
from collections.abc import Callable
from typing import Any, ClassVar

import uvicorn
from environs import Env
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from forum import metrics
from forum.server import service_manager
from forum.server.open_files import MAX_FILES, ConnectionLimits

SILENT_SECONDS = 30.0
"""Time in which a phone sends the head of a request; a browser may open a connection too many, and just wait."""
MAX_FRAME_BYTES = 16 * 1024
"""Bytes of one message that a phone sends over its websocket."""
SHUTDOWN_SECONDS = 3
TICKS_PER_SECOND = 10
"""Calls of uvicorn's `Server.on_tick` per second."""
WATCHDOG_SECONDS = 5
"""Between two messages to systemd, which restarts a process that has sent none for `WatchdogSec=` of its unit."""

_PAGE = (
    '<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=320"><title>503</title>'
    "<p>Beaucoup de monde se connecte en ce moment. Revenez en arrière et réessayez dans quelques secondes."
    '<p lang="en">Many people are connecting: go back and try again in a few seconds.'
).encode()
"""In both languages, since the request was not read."""
_UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
) % (len(_PAGE), _PAGE)


class HttpConnection(HttpToolsProtocol):
    """One HTTP connection, closed when it is quiet and others need its file.

    Once upgraded to a websocket, a connection belongs to another class of uvicorn.
    """

    limits: ClassVar = ConnectionLimits(MAX_FILES)
    http_connections: ClassVar[set["HttpConnection"]] = set()
    """Open connections that are not websockets. `connections`, which uvicorn keeps, holds both kinds."""
    refused_at: ClassVar = float("-inf")
    """When a websocket was last refused, on the monotonic clock."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._quiet_since = self.loop.time()
        self._is_refused = False
        self.http_connections.add(self)
        if len(self.connections) > self.limits.connections:
            self._free_a_connection()

    def _free_a_connection(self) -> None:
        """Close the connection that has been quiet for longest; if none is quiet, refuse this one."""
        quiet = [other for other in self.http_connections if other.is_quiet and other is not self]
        if quiet:
            min(quiet, key=lambda other: other._quiet_since).abort()
            return
        # The phone closes the connection: closed here, before its request is read, it would lose the response.
        self._is_refused = True
        metrics.REFUSED.labels("connections").inc()
        self.transport.write(_UNAVAILABLE)
        self.transport.write_eof()

    def abort(self) -> None:
        """Close at once, without sending what is left."""
        for connections in (self.http_connections, self.connections):  # `connection_lost` comes a moment later
            connections.discard(self)
        self.transport.abort()

    @property
    def is_quiet(self) -> bool:
        """Whether the app waits for the phone: for a request, for the rest of a form, or for it to read."""
        return self.awaits_request or self.cycle.more_body or self.flow.write_paused

    @property
    def awaits_request(self) -> bool:
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # none before the first

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        if not self.awaits_request:  # the bytes of an unfinished head do not count
            self._quiet_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._quiet_since = self.loop.time()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._quiet_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.http_connections.discard(self)

    def handle_websocket_upgrade(self) -> None:
        sockets = len(self.connections) - len(self.http_connections)
        if sockets >= self.limits.sockets:
            metrics.REFUSED.labels("sockets").inc()
            HttpConnection.refused_at = time.monotonic()
            self.transport.write(_UNAVAILABLE)
            self.transport.close()
            return
        super().handle_websocket_upgrade()
        self.http_connections.discard(self)

    @classmethod
    def abort_silent(cls) -> None:
        """Close the connections on which no request has come for SILENT_SECONDS. Runs on the event loop."""
        for connection in list(cls.http_connections):
            if connection.awaits_request and connection.loop.time() - connection._quiet_since > SILENT_SECONDS:
                connection.abort()


class WebServer(uvicorn.Server):
    """uvicorn's server, which calls `ready` once it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
            sys.stdout.flush()
            service_manager.tell(service_manager.READY)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_SECOND == 0:
            HttpConnection.abort_silent()
        if counter % (WATCHDOG_SECONDS * TICKS_PER_SECOND) == 0:
            service_manager.tell(service_manager.ALIVE)
        return await super().on_tick(counter)


def uvicorn_config() -> uvicorn.Config:
    """Return the options of uvicorn. Set `HttpConnection.limits` first."""
    return uvicorn.Config(
        "forum.asgi:application",
        loop="uvloop",
        http="forum.server.web_server:HttpConnection",
        backlog=HttpConnection.limits.backlog,
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        # Deflating for each phone apart multiplies the cost of a phone by three to ten.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Without a proxy in front, the sender of X-Forwarded-For would choose its own address.
        proxy_headers=Env().bool("TRUST_PROXY", False),
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        workers=1,
    )
