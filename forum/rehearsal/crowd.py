"""The participants of a rehearsal, and their acts: all at once, or one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from random import Random

from forum.rehearsal.browser import RequestFailed
from forum.rehearsal.live_page import OnApplied
from forum.rehearsal.page import BoardMissing, NotMarkedAsRehearsal
from forum.rehearsal.participants import JoiningClosed, SimulatedParticipant, UnexpectedStatus
from forum.rehearsal.progress import Progress
from forum.rehearsal.results import RehearsalResult
from forum.rehearsal.screen import Screen

PRESSES_A_SECOND, SECONDS_TO_PRESS = 20, 30
"""Pace of unhurried people: buttons a second in all, or for a large room, seconds until each has pressed one."""

Act = Callable[[SimulatedParticipant], Awaitable[None]]


@dataclass(frozen=True)
class Pace:
    """Durations, in seconds, and amounts of what the crowd does."""

    rates: tuple[int, ...] = (10, 20, 40, 80, 160, 320)
    """Buttons a second, one level after the other until one is not easy; at most one per two phones."""
    level: float = 3.0
    people_a_topic: int = 8
    between_saves: float = 1.0
    saves: int = 4
    calm: float = 5.0
    """Wait until the screens that still differ from a fresh page count as wrong."""
    longest: float = 600.0


class Crowd:
    def __init__(
        self, origin: str, code: str, phones: int, on_applied: OnApplied, result: RehearsalResult, progress: Progress
    ) -> None:
        self.participants = [SimulatedParticipant(rank, origin, code, on_applied) for rank in range(phones)]
        self.joined: list[SimulatedParticipant] = []
        self.random = Random()  # noqa: S311 - nothing secret is drawn
        self._result, self._progress = result, progress
        self._following: list[asyncio.Task[None]] = []
        self._stopped: NotMarkedAsRehearsal | JoiningClosed | None = None

    @property
    def conveners(self) -> list[SimulatedParticipant]:
        return [person for person in self.joined if person.topic]

    @property
    def screens(self) -> Iterator[Screen]:
        return (screen for person in self.participants for screen in person.screens)

    def follow(self, screen: Screen) -> None:
        """Keep a screen current from now on."""
        self._following.append(asyncio.create_task(screen.follow()))

    async def leave(self) -> None:
        """Close every phone."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        await asyncio.gather(*(person.browser.close() for person in self.participants))

    async def each(
        self, people: list[SimulatedParticipant], act: Act, weight: float, *, unhurried: bool = False
    ) -> None:
        """Have everybody act: at once, or one after the other at the pace of unhurried people.

        `weight`: part of the whole rehearsal. Raises NotMarkedAsRehearsal and JoiningClosed.
        """
        done = 0
        pause = min(1 / PRESSES_A_SECOND, SECONDS_TO_PRESS / max(1, len(people))) if unhurried else 0.0

        async def act_after(wait: float, person: SimulatedParticipant) -> None:
            nonlocal done
            await asyncio.sleep(wait)
            await self.attempt(person, act)
            done += 1
            self._progress.advance(weight * done / len(people))

        async with asyncio.TaskGroup() as everybody:
            for rank, person in enumerate(people):
                everybody.create_task(act_after(rank * pause, person))
        if self._stopped:
            raise self._stopped

    async def attempt(self, person: SimulatedParticipant, act: Act) -> None:
        """Have one person act, and count the errors."""
        try:
            await act(person)
        except (NotMarkedAsRehearsal, JoiningClosed) as error:
            self._stopped = error
        except (RequestFailed, UnexpectedStatus, BoardMissing, TimeoutError) as error:
            self.count(error)

    def count(self, error: Exception) -> None:
        """Count an error by its kind."""
        match error:
            case RequestFailed(reason=reason):
                kind = reason
            case UnexpectedStatus(status=status):
                kind = str(status)
            case BoardMissing():
                kind = "board"
            case _:
                kind = "socket"
        self._result.errors[kind] += 1
