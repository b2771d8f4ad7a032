"""Pools of threads that answer pages, in which forms that wait to be written never take every thread."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

TURN_SECONDS = 10.0
"""Time that a form waits for its turn. Then its page is told to send it again."""


class NoTurn(Exception):
    """Forms that came earlier have waited for the database all the time."""


class PageThreads:
    """A pool of threads, all but one of which (or `writers`) may write, and thus wait for the database, at a time.

    SQLite has one writer, and PostgreSQL may be locked too: while another program writes, pages are still read.
    """

    def __init__(self, threads: int, name: str, writers: int | None = None) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most_writers = threads - 1 if writers is None else writers
        self.begin()

    def begin(self) -> None:
        """Serve another event loop."""
        self._turns = asyncio.Semaphore(self._most_writers)

    async def run(self, work: Callable[[], object], *, writes: bool) -> None:
        """Run `work` in a thread. Raises NoTurn if it `writes` and its turn does not come within TURN_SECONDS."""
        run_in_context = contextvars.copy_context().run
        loop = asyncio.get_running_loop()
        if not writes:
            await loop.run_in_executor(self._threads, run_in_context, work)
            return
        try:
            await asyncio.wait_for(self._turns.acquire(), TURN_SECONDS)
        except TimeoutError:
            raise NoTurn from None
        running = loop.run_in_executor(self._threads, run_in_context, work)
        running.add_done_callback(lambda _done: self._turns.release())
        await running
