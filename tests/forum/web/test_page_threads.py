"""Threads of pages: forms that wait for one that is stuck are all told to come again."""

import asyncio
import threading
import time

import pytest

from forum.web import page_threads
from forum.web.page_threads import NoTurn, PageThreads


def test_all_forms_that_wait_behind_a_stuck_one_are_told_to_come_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_threads, "STUCK_SECONDS", 0.5)
    threads, released = PageThreads("test", readers=1, writers=1), threading.Event()

    async def scene() -> tuple[list[BaseException | None], float]:
        stuck = asyncio.ensure_future(threads.run(released.wait, writes=True))
        await asyncio.sleep(0)
        began = time.monotonic()
        waiting = await asyncio.gather(
            *(threads.run(lambda: None, writes=True) for _form in range(20)), return_exceptions=True
        )
        seconds = time.monotonic() - began
        released.set()
        await stuck
        return waiting, seconds

    waiting, seconds = asyncio.run(scene())
    assert [type(answer) for answer in waiting] == [NoTurn] * 20
    assert seconds < 20 * 0.5 / 2
