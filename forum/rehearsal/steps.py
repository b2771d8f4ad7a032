"""The steps of the day that a rehearsal plays, by phase."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median

from django.utils.translation import gettext as _

from forum.phases import Phase
from forum.rehearsal import tap_load
from forum.rehearsal.browser import RequestFailed
from forum.rehearsal.crowd import Crowd, Pace
from forum.rehearsal.page import BoardMissing
from forum.rehearsal.participants import SimulatedParticipant, UnexpectedStatus
from forum.rehearsal.probes import Probes
from forum.rehearsal.progress import Progress
from forum.rehearsal.results import RehearsalResult

ARRIVAL_TIMEOUT = 60.0
"""Seconds until a phone whose board is not current counts as not arrived."""
MAX_TOPICS = 60


@dataclass(frozen=True)
class Step:
    name: str
    """Shown beside the progress bar."""
    weight: float
    """Part of the whole rehearsal."""
    act: Callable[[float], Awaitable[None]]
    """Takes the weight."""


@dataclass
class Steps:
    crowd: Crowd
    probes: Probes
    pace: Pace
    result: RehearsalResult
    progress: Progress
    run: str
    """Part of the titles of topics, which differs from those of earlier rehearsals."""

    def by_phase(self) -> dict[Phase, Sequence[Step]]:
        return {
            Phase.OPENING: (Step(_("Everybody arrives"), 0.25, self.arrive),),
            Phase.MARKETPLACE: (
                Step(_("Topics are proposed"), 0.1, self.propose),
                Step(_("Topics are placed on the agenda"), 0.05, self.place),
                Step(_("Everybody says where they go"), 0.1, self.express_interest),
                Step(_("More and more taps a second"), 0.2, self.raise_load),
            ),
            Phase.GROUPS: (
                Step(_("Groups gather"), 0.08, self.join_groups),
                Step(_("Reports are written"), 0.1, self.write_reports),
            ),
            Phase.CLOSING: (
                Step(_("Reports are finished"), 0.02, self.finish_reports),
                Step(_("A word before leaving"), 0.06, self.leave_closing_words),
            ),
        }

    async def arrive(self, weight: float) -> None:
        """Have everybody join at the same instant, which is the highest load of a day. Then open the wall."""
        began = time.perf_counter()

        async def come(person: SimulatedParticipant) -> None:
            await person.join()
            self.crowd.follow(person.phone)
            async with asyncio.timeout(ARRIVAL_TIMEOUT):
                await person.phone.current.wait()
            self.result.arrivals.append(time.perf_counter() - began)
            self.crowd.joined.append(person)

        await self.crowd.each(self.crowd.participants, come, weight)
        if self.crowd.joined:
            self.result.kilobytes = median(person.browser.received for person in self.crowd.joined) / 1000
            with contextlib.suppress(RequestFailed, UnexpectedStatus, BoardMissing):
                self.crowd.follow(await self.crowd.joined[0].open_screen("wall"))

    async def propose(self, weight: float) -> None:
        joined = self.crowd.joined
        count = min(MAX_TOPICS, max(1, len(joined) // self.pace.people_a_topic))
        await self.crowd.each(joined[:count], lambda person: person.propose(self.run), weight)

    async def place(self, weight: float) -> None:
        await self.crowd.each(self.crowd.conveners, SimulatedParticipant.place, weight)

    async def express_interest(self, weight: float) -> None:
        async def press(person: SimulatedParticipant) -> None:
            if buttons := person.buttons("interest"):
                await person.toggle_interest(self.crowd.random.choice(buttons))

        async with self.probes.running(self.crowd):
            await self.crowd.each(self.crowd.joined, press, weight, unhurried=True)

    async def raise_load(self, weight: float) -> None:
        count = len(tap_load.rates(self.pace, len(self.crowd.joined)))
        async for level in tap_load.levels(self.crowd, self.probes, self.pace, self.result):
            self.result.levels.append(level)
            self.progress.advance(weight * len(self.result.levels) / count)

    async def join_groups(self, weight: float) -> None:
        async def join(person: SimulatedParticipant) -> None:
            if buttons := person.buttons("presence"):
                await person.join_group(self.crowd.random.choice(buttons))

        async with self.probes.running(self.crowd):
            await self.crowd.each(self.crowd.joined, join, weight, unhurried=True)

    async def write_reports(self, weight: float) -> None:
        """Have two people in each group write, each in another field, which is saved several times."""
        fields: dict[SimulatedParticipant, str] = {}
        for group in {person.group for person in self.crowd.joined if person.group}:
            members = [person for person in self.crowd.joined if person.group == group]
            fields |= zip(members, ("findings", "proposals"), strict=False)

        async def write(person: SimulatedParticipant) -> None:
            await person.begin_report(fields[person])
            for _save in range(self.pace.saves):
                await person.write()
                await asyncio.sleep(self.pace.between_saves * self.crowd.random.uniform(0.5, 1.5))

        async with self.probes.running(self.crowd):
            await self.crowd.each(list(fields), write, weight, unhurried=True)

    async def finish_reports(self, weight: float) -> None:
        authors = {person.group: person for person in self.crowd.joined if person.draft and person.draft.acknowledged}
        await self.crowd.each(list(authors.values()), SimulatedParticipant.finish_report, weight)

    async def leave_closing_words(self, weight: float) -> None:
        await self.crowd.each(self.crowd.joined, SimulatedParticipant.leave_closing_words, weight, unhurried=True)
