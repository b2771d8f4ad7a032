"""Sending to sockets: without a task when the socket accepts the event at once."""

import asyncio

import pytest

from forum.live.sending import run_until_first_wait


def test_work_that_need_not_wait_is_done_at_once() -> None:
    done = []

    async def quick() -> None:
        done.append("quick")

    async def slow(gate: asyncio.Event) -> None:
        await gate.wait()
        await asyncio.sleep(0)
        done.append("slow")

    async def broken() -> None:
        raise ConnectionResetError

    async def scene() -> None:
        assert run_until_first_wait(quick()) is None
        gate = asyncio.Event()
        rest = run_until_first_wait(slow(gate))
        assert done == ["quick"]
        task = asyncio.ensure_future(rest)  # type: ignore[arg-type]
        await asyncio.sleep(0)
        gate.set()
        await task
        assert done == ["quick", "slow"]
        with pytest.raises(ConnectionResetError):
            run_until_first_wait(broken())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(run_until_first_wait(slow(asyncio.Event())), 0.05)  # type: ignore[arg-type]

    asyncio.run(scene())
