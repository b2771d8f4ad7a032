"""The rehearsal of one forum: simulated people play the day, phase by phase, and the app is measured."""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from statistics import median

from django.utils.translation import gettext as _

from forum.phases import Phase
from forum.rehearsal.browser import RequestFailed, is_this_computer
from forum.rehearsal.comparison import Unreachable, compare_screens
from forum.rehearsal.crowd import Crowd, Pace
from forum.rehearsal.page import NotMarkedAsRehearsal
from forum.rehearsal.participants import (
    JoiningClosed,
    SimulatedFacilitator,
    SimulatedParticipant,
    SimulatedUser,
    UnexpectedStatus,
)
from forum.rehearsal.probes import Probes
from forum.rehearsal.progress import Progress, ShowProgress
from forum.rehearsal.results import RehearsalResult, StopReason
from forum.rehearsal.steps import Step, Steps


class Rehearsal:
    def __init__(
        self,
        origin: str,
        code: str,
        phones: int,
        facilitator: SimulatedFacilitator | None,
        show_progress: ShowProgress,
        pace: Pace | None = None,
    ) -> None:
        """`facilitator`: signed in; None to rehearse the steps of the present phase alone."""
        self._facilitator = facilitator
        self._pace = pace or Pace()
        self._progress = Progress(show_progress)
        self._result = RehearsalResult(phones, is_this_computer(origin))
        run = secrets.token_hex(2)
        self._probes = Probes(self._result, self._progress, run)
        self._crowd = Crowd(origin, code, phones, self._probes.note, self._result, self._progress)
        self._observer = SimulatedUser(origin, code)
        """The user who checks after each step that the app answers."""
        steps = Steps(self._crowd, self._probes, self._pace, self._result, self._progress, run)
        self._steps: dict[Phase, Sequence[Step]] = steps.by_phase()

    async def run(self) -> RehearsalResult:
        """Play the whole day. Errors of the app are in the result, never raised."""
        try:
            async with asyncio.timeout(self._pace.longest):
                await self._measure_round_trip()
                await self._play()
                await self._compare()
                self._progress.over = 1.0
                self._progress.begin(_("That is all"))
        except TimeoutError:
            self._stop(StopReason.TIME)
        except asyncio.CancelledError:
            self._stop(StopReason.INTERRUPTED)
            if task := asyncio.current_task():
                task.uncancel()
        except Unreachable:
            self._stop(StopReason.UNREACHABLE)
        except NotMarkedAsRehearsal:
            self._stop(StopReason.UNMARKED)
        except JoiningClosed:
            self._stop(StopReason.CLOSED)
        await self._leave()
        return self._result

    def _stop(self, reason: StopReason) -> None:
        self._result.stopped, self._result.stopped_at = reason, self._progress.step

    async def _leave(self) -> None:
        """Close every phone, and have the facilitator erase the rehearsal."""
        await self._crowd.leave()
        self._result.drops = sum(screen.drops for screen in self._crowd.screens)
        if self._facilitator:
            self._result.erased = await self._erase(self._facilitator)
            await self._facilitator.browser.close()
        await self._observer.browser.close()

    async def _erase(self, facilitator: SimulatedFacilitator) -> bool:
        """Erase the rehearsal; after a stop, twice, since a phone's request may be late. Return whether it worked."""
        is_erased = False
        for wait in (0, 2, 4):
            await asyncio.sleep(wait)
            with contextlib.suppress(RequestFailed, UnexpectedStatus):
                await facilitator.erase()
                if is_erased or not self._result.stopped:
                    return True
                is_erased = True
        return is_erased

    # ---- phases and steps -------------------------------------------------------------------------------------

    async def _play(self) -> None:
        if self._facilitator:
            for phase, steps in self._steps.items():
                await self._move(self._facilitator, phase)
                await self._take(steps)
            return
        played: set[Phase] = set()
        await self._take(self._steps[Phase.OPENING])
        while (phase := await self._phase()) not in played:
            played.add(phase)
            if phase != Phase.OPENING:
                await self._take(self._steps.get(phase, ()))

    async def _take(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._progress.begin(step.name)
            await step.act(step.weight)
            self._progress.over += step.weight
            await self._check_that_it_answers()

    async def _move(self, facilitator: SimulatedFacilitator, phase: Phase) -> None:
        """Move everyone to a phase, and measure the whole board, which no other change sends, as a probe."""
        self._progress.begin(str(phase.label))
        probe = self._probes.begin(self._crowd, lambda message: message.whole)
        try:
            await facilitator.move(phase)
        except (RequestFailed, UnexpectedStatus) as error:
            self._crowd.count(error)
            self._probes.abandon(probe)
            await self._check_that_it_answers()
            return
        if probe.missing:
            await self._probes.finish(probe)

    async def _phase(self) -> Phase:
        try:
            return Phase((await self._observer.open(self._observer.home)).rehearsal_phase())
        except (RequestFailed, UnexpectedStatus):
            raise Unreachable from None

    async def _check_that_it_answers(self) -> None:
        for wait in (0, 1, 2):
            await asyncio.sleep(wait)
            with contextlib.suppress(RequestFailed):
                await self._observer.browser.get("/healthz")
                return
        raise Unreachable

    async def _measure_round_trip(self) -> None:
        seconds = []
        for _time in range(5):
            try:
                seconds.append((await self._observer.browser.get("/healthz")).seconds)
            except RequestFailed:
                raise Unreachable from None
        self._result.round_trip = median(seconds)

    # ---- at the end -------------------------------------------------------------------------------------------

    async def _compare(self) -> None:
        """Compare every screen with a fresh page, and every report with the text that was acknowledged."""
        self._progress.begin(_("Every screen is compared with a fresh one"))
        self._result.screens, self._result.lost = await compare_screens(self._crowd, self._pace.calm)

        async def look_for_text(person: SimulatedParticipant) -> None:
            self._result.lost_texts += await person.has_lost_text()

        authors = [person for person in self._crowd.joined if person.draft]
        await self._crowd.each(authors, look_for_text, 0.04)
