"""Probes: changes of which the time until they are on every open screen is measured."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from forum.rehearsal.browser import RequestFailed
from forum.rehearsal.crowd import Crowd
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.participants import SimulatedParticipant, UnexpectedStatus
from forum.rehearsal.progress import Progress
from forum.rehearsal.protocol import Message
from forum.rehearsal.results import RehearsalResult

TOO_LATE = 10.0
"""Longest wait for a change to be on every screen, in seconds; it then counts as this long."""
BETWEEN_PROBES = 0.7
"""Pause between two probes, in seconds."""


@dataclass(eq=False)
class Probe:
    carries: Callable[[Message], bool]
    """Returns whether a message carries the change."""
    missing: set[LivePage]
    """Screens that do not show it."""
    began: float = field(default_factory=time.perf_counter)
    ended: float = 0.0
    is_everywhere: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: dict[Message, bool] = field(default_factory=dict)

    def note(self, page: LivePage, message: Message) -> None:
        """Note that a page has applied a message."""
        if message not in self._answers:
            self._answers[message] = self.carries(message)
        if self._answers[message] and page in self.missing:
            self.missing.discard(page)
            self.ended = time.perf_counter()
            if not self.missing:
                self.is_everywhere.set()


class Probes:
    def __init__(self, result: RehearsalResult, progress: Progress, run: str) -> None:
        self._result, self._progress, self._run = result, progress, run
        self._probes: set[Probe] = set()
        self._busy: set[SimulatedParticipant] = set()
        """Conveners with a probe under way."""
        self._signs = 0

    def note(self, page: LivePage, message: Message) -> None:
        """Note that a screen has applied a message."""
        for probe in list(self._probes):
            probe.note(page, message)

    def begin(self, crowd: Crowd, carries: Callable[[Message], bool]) -> Probe:
        probe = Probe(carries, {screen for screen in crowd.screens if screen.is_open})
        self._probes.add(probe)
        return probe

    async def finish(self, probe: Probe) -> None:
        """Wait until the change is on every screen, and add the time to the result."""
        try:
            async with asyncio.timeout(TOO_LATE):
                await probe.is_everywhere.wait()
            self._result.updates.append((probe.ended - probe.began, self._progress.step))
        except TimeoutError:
            self._result.updates.append((TOO_LATE, self._progress.step))
        finally:
            self._probes.discard(probe)

    def abandon(self, probe: Probe) -> None:
        self._probes.discard(probe)

    @asynccontextmanager
    async def running(self, crowd: Crowd) -> AsyncIterator[None]:
        """Have one convener after the other rename their topic meanwhile, and measure each change."""
        over = asyncio.Event()
        probing = asyncio.create_task(self._probe_until(over, crowd))
        try:
            yield
        except BaseException:
            probing.cancel()
            raise
        finally:
            over.set()
            await asyncio.gather(probing, return_exceptions=True)

    async def _probe_until(self, over: asyncio.Event, crowd: Crowd) -> None:
        async with asyncio.TaskGroup() as probes:
            while not over.is_set():
                free = [person for person in crowd.conveners if person not in self._busy]
                if free:
                    probes.create_task(self._probe(crowd, crowd.random.choice(free)))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BETWEEN_PROBES):
                        await over.wait()

    async def _probe(self, crowd: Crowd, convener: SimulatedParticipant) -> None:
        self._signs += 1
        sign = f"v{self._run}{self._signs}"
        self._busy.add(convener)
        probe = self.begin(crowd, lambda message: sign in message.html)
        try:
            await convener.rename(sign)
            await self.finish(probe)
        except (RequestFailed, UnexpectedStatus) as error:
            crowd.count(error)
        finally:
            self.abandon(probe)
            self._busy.discard(convener)
