"""The comparison of every screen with a fresh page, at the end."""

import asyncio
import contextlib
import time

from forum.rehearsal.browser import RequestFailed
from forum.rehearsal.crowd import Crowd
from forum.rehearsal.page import BoardMissing
from forum.rehearsal.participants import UnexpectedStatus
from forum.rehearsal.screen import PATHS, Screen


class Unreachable(Exception):
    """The app no longer answers."""


async def compare_screens(crowd: Crowd, calm: float) -> tuple[int, int]:
    """Count the screens, and those that still differ from a fresh page after `calm` seconds. Raises Unreachable."""
    end = time.monotonic() + calm
    while True:
        compared, wrong = await _count_differences(crowd)
        if not wrong or time.monotonic() > end:
            return compared, wrong
        await asyncio.sleep(0.5)


async def _count_differences(crowd: Crowd) -> tuple[int, int]:
    compared = wrong = 0
    for audience in PATHS:
        screens = [screen for person in crowd.joined for screen in person.screens if screen.audience == audience]
        if screens:
            fresh = await _open_again(crowd, audience)
            compared += len(screens)
            wrong += sum(screen.board != fresh.board for screen in screens)
    return compared, wrong


async def _open_again(crowd: Crowd, audience: str) -> Screen:
    for person in crowd.joined[:3]:
        with contextlib.suppress(RequestFailed, UnexpectedStatus, BoardMissing):
            return await person.open_again(audience)
    raise Unreachable
