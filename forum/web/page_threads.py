"""Pools of threads that answer pages, in which forms that wait to be written never keep others from reading."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

STUCK_SECONDS = 10.0
"""Time without an end of any form, after which those that wait are told to come again."""


class NoTurn(Exception):
    """The form that is being written has waited for the database all the time."""


class PageThreads:
    """Threads that read, and others that write, and thus may wait for the database.

    SQLite has one writer, and PostgreSQL may be locked too: while another program writes, pages are still read.
    """

    def __init__(self, name: str, *, readers: int, writers: int) -> None:
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix=name)
        self._writing = ThreadPoolExecutor(writers, thread_name_prefix=f"{name}-writing")
        self._written = 0
        """Number of forms that have ended."""

    async def run(self, work: Callable[[], object], *, writes: bool) -> None:
        """Run `work` in a thread. Raises NoTurn if it `writes` and nothing was written for STUCK_SECONDS."""
        run_in_context = contextvars.copy_context().run
        if not writes:
            await asyncio.get_running_loop().run_in_executor(self._reading, run_in_context, work)
            return
        form = self._writing.submit(run_in_context, work)
        form.add_done_callback(self._count)
        ended = asyncio.wrap_future(form)
        while not ended.done():
            written = self._written
            await asyncio.wait([ended], timeout=STUCK_SECONDS)
            if not ended.done() and written == self._written and form.cancel():
                raise NoTurn
        await ended

    def _count(self, form: Future[object]) -> None:
        self._written += not form.cancelled()
