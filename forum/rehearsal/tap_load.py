"""Levels of load: more and more buttons a second, until answers or updates take more than a second."""

import asyncio
import time
from collections.abc import AsyncIterator
from statistics import quantiles

from forum.rehearsal.crowd import Crowd, Pace
from forum.rehearsal.participants import SimulatedParticipant
from forum.rehearsal.probes import Probes
from forum.rehearsal.results import LoadLevel, RehearsalResult


def rates(pace: Pace, phones: int) -> list[int]:
    """Return the rates to try with this number of phones, in buttons a second."""
    return [rate for rate in pace.rates if rate <= max(pace.rates[0], phones // 2)]


async def levels(crowd: Crowd, probes: Probes, pace: Pace, result: RehearsalResult) -> AsyncIterator[LoadLevel]:
    """Measure one level after the other, up to the first that is not easy."""
    for rate in rates(pace, len(crowd.joined)):
        level = await measure(rate, crowd, probes, pace, result)
        yield level
        if not level.is_easy:
            return


async def measure(rate: int, crowd: Crowd, probes: Probes, pace: Pace, result: RehearsalResult) -> LoadLevel:
    """Press buttons for a few seconds, `rate` a second, and return the measurements."""
    answers: list[float] = []
    errors, before = result.errors.total(), len(result.updates)

    async def press(person: SimulatedParticipant) -> None:
        if buttons := person.buttons("interest"):
            began = time.perf_counter()
            await person.toggle_interest(crowd.random.choice(buttons))
            answers.append(time.perf_counter() - began)

    async with probes.running(crowd), asyncio.TaskGroup() as presses:
        began = time.perf_counter()
        for number in range(round(rate * pace.level) if crowd.joined else 0):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            presses.create_task(crowd.attempt(crowd.random.choice(crowd.joined), press))
    answer = quantiles(answers, n=20)[-1] if len(answers) > 1 else max(answers, default=0.0)
    update, _step = max(result.updates[before:], default=(0.0, ""))
    level = LoadLevel(rate, answer, update, result.errors.total() - errors)
    if not level.is_easy:  # the last level is meant to exceed the limit
        del result.updates[before:]
    return level
