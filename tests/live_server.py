"""Run the real server in a thread of the test process, on the test database."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from channels.layers import channel_layers
from django.db import connections


@contextmanager
def running_server() -> Iterator[str]:
    """Serve forum.asgi on a free loopback port, with the options of `manage.py serve`; yields the base URL."""
    from forum.asgi import application
    from forum.live.database_thread import board_thread
    from forum.server.web_server import HttpConnection, WebServer
    from sessions.coediting import batch

    channel_layers.backends.clear()  # a layer belongs to the loop that first used it
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        application,
        http=HttpConnection,
        ws="websockets-sansio",
        lifespan="on",
        log_level="warning",
        ws_per_message_deflate=False,
    )
    server = WebServer(config, ready=int)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)  # a running check ends first
        assert not thread.is_alive(), f"sockets that never end: {server.server_state.tasks}"
        listener.close()
        for executor in (board_thread, batch.executor):
            executor.submit(connections.close_all).result(timeout=5)
