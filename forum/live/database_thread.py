"""Database work of sockets, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.db import close_old_connections

T = TypeVar("T")

board_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="board")
"""Reads and renders for all hubs, on one lasting database connection."""


async def run_in_database_thread(work: Callable[[], T], executor: ThreadPoolExecutor = board_thread) -> T:
    """Run work in a thread of the executor, on a database connection that is usable."""
    return await asyncio.get_running_loop().run_in_executor(executor, partial(_with_usable_connection, work))


def _with_usable_connection(work: Callable[[], T]) -> T:
    close_old_connections()
    return work()
