"""The clock of the computer is set, summer time ends, and a phone's own clock is wrong, in the middle of a round."""

import asyncio
import datetime as dt
import math
import struct
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, Page, async_playwright

from tests.chaos.servers import Served
from tests.faults.kills import ask_for_book
from tests.faults.preload import library
from tests.faults.scene import Outcome, Scene, scene
from tests.services import LAUNCH_OPTIONS

HOUR, DAY = 3600.0, 86400.0
JUMPS = (HOUR, -HOUR, -HOUR, HOUR, DAY, -DAY, -DAY, DAY)
"""Seconds by which the clock is set, one after the other; in the end it is right again."""
JUST_OVER, AHEAD = 15 * 60.0, 12 * HOUR
"""As in js/clock/moments.js."""
END_OF_SUMMER_TIME = dt.datetime(2025, 10, 26, 1, tzinfo=dt.UTC)
NIGHT = "01:30 120\n02:30 60"
"""Rounds of that night: in the first one, three o'clock becomes two."""
WRONG_BY = -7 * HOUR
"""Of the clock of one phone."""
WRONG_CLOCK = """
    const Right = Date;
    globalThis.Date = class extends Right {
        constructor(...given) { given.length ? super(...given) : super(Right.now() + %d); }
        static now() { return Right.now() + %d; }
    };
"""
READ = """
    () => ({
        moments: [...document.querySelectorAll("[data-moments] [data-from]")].map(
            ({ dataset }) => [Number(dataset.from) / 1000, Number(dataset.to) / 1000, dataset.time]),
        countdowns: [...document.querySelectorAll("[data-moments] [data-until]")].filter(
            (element) => element.getClientRects().length).map(
            (element) => [Number(element.dataset.until) / 1000, element.dataset.in ?? "", element.textContent]),
    })
"""


class MovedClock:
    """The time of day of the app's processes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(library("moved_clock")), "MOVED_CLOCK": str(self._file)}

    def set(self, seconds: float) -> None:
        self.moved_by = seconds
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", round(seconds * 1e9)))

    def now(self) -> float:
        return time.time() + self.moved_by


class Moment(NamedTuple):
    start: float
    end: float
    shown: str
    """Empty, or "now", "over" or "next"."""


def expected(moments: Iterable[Moment], at: float) -> list[Moment]:
    """Return the moments as they must be shown at this time."""
    in_order = sorted(moments)
    last_first = [moment for moment in reversed(in_order) if moment.start <= at]
    on = next((moment for moment in last_first if at < moment.end), None)
    on = on or next((moment for moment in last_first if at < moment.end + JUST_OVER), None)
    to_come = next((moment for moment in in_order if at < moment.start <= at + AHEAD), None)
    return [
        moment._replace(
            shown=("now" if at < moment.end else "over") if moment is on else "next" if moment is to_come else ""
        )
        for moment in in_order
    ]


def countdown(left: float, unit: str) -> str:
    """Return a countdown as js/clock/durations.js writes it."""
    if unit == "minutes":
        minutes = max(0, math.ceil(left / 60))
        return f"{minutes}\xa0min" if minutes < 60 else f"{minutes // 60}\xa0h\xa0{minutes % 60:02}"
    seconds = max(0, math.ceil(left))
    hours = f"{seconds // 3600}:{seconds // 60 % 60:02}" if seconds >= 3600 else f"{seconds // 60}"
    return f"{hours}:{seconds % 60:02}"


def wrong_on(shown: Mapping[str, Any], at: float) -> list[str]:
    """Return what a page shows wrongly at this time; a second more or less is right."""
    moments = sorted(Moment(*moment) for moment in shown["moments"])
    if moments not in [expected(moments, at + second) for second in (-1, 0, 1)]:
        return [f"{moments} at {at:.0f}"]
    return [
        f"{text} until {until:.0f} at {at:.0f}"
        for until, unit, text in shown["countdowns"]
        if text not in [countdown(until - at + half / 2, unit) for half in range(-3, 4)]
    ]


async def run(
    outcome: Outcome, home: Path, jumps: tuple[float, ...] = JUMPS, *, night_seconds: float = 40, book: bool = True
) -> None:
    (home / "day").mkdir()
    (home / "night").mkdir()
    await play_jumps(outcome, home / "day", jumps, book=book)
    if night_seconds:
        await play_night(outcome, home / "night", night_seconds)


async def play_jumps(outcome: Outcome, home: Path, jumps: tuple[float, ...], *, book: bool) -> None:
    clock = MovedClock(home / "clock")
    with ExitStack() as stack:
        server = Served(home / "1", **clock.environment)
        today = dt.datetime.now(dt.UTC).date().isoformat()
        async with scene(outcome, home, stack, [server], date=today, without="phase") as day, pages(day) as opened:
            (slot,) = day.query("SELECT MIN(id) FROM forum_slot")[0]
            await day.crowd.send(day.crowd.facilitator, f"desk/slots/{slot}/begin/")
            for jump in (0.0, *jumps):
                await asyncio.sleep(1)
                clock.set(clock.moved_by + jump)
                jumped_at = time.monotonic()
                await check_pages(outcome, opened, clock, jumped_at, f"a jump of {jump / HOUR:+.0f} h")
                await day.writers.pause()
                await day.check_phones(jumped_at, f"a jump of {jump / HOUR:+.0f} h")
                day.writers.go_on()
                outcome.count("jumps", bool(jump))
            await day.writers.pause()
            if book:
                clock.set(-DAY)
                await ask_for_book(day)
            day.check_stored()


async def play_night(outcome: Outcome, home: Path, seconds: float) -> None:
    """Watch a round through the end of summer time."""
    clock = MovedClock(home / "clock")
    clock.set(END_OF_SUMMER_TIME.timestamp() - 600 - time.time())
    with ExitStack() as stack:
        server = Served(home / "1", **clock.environment)
        async with scene(
            outcome, home, stack, [server], date="2025-10-26", slots=NIGHT, phones=0, without="phase"
        ) as day:
            async with pages(day) as opened:
                clock.set(END_OF_SUMMER_TIME.timestamp() - seconds / 2 - time.time())
                began_at = time.monotonic()
                while time.monotonic() - began_at < seconds:
                    await check_pages(outcome, opened, clock, time.monotonic(), "the end of summer time")
                    await asyncio.sleep(1)
            await day.writers.pause()
            day.check_stored()


async def check_pages(outcome: Outcome, opened: list[Page], clock: MovedClock, since: float, when: str) -> None:
    """Wait until every page shows the moments and countdowns of the app's clock."""
    wrong = ["not looked at"]
    while wrong and time.monotonic() - since < 6 * outcome.right_seconds:
        wrong = []
        for page in opened:
            before = clock.now()
            shown = await page.evaluate(READ)
            assert shown["moments"], "the page shows no moments"
            wrong += wrong_on(shown, (before + clock.now()) / 2)
    seconds = time.monotonic() - since
    outcome.keep_worst("countdowns right after, s", seconds)
    outcome.count("countdowns looked at", len(opened))
    if wrong or seconds > outcome.right_seconds:
        outcome.faults.append(f"countdowns right only {seconds:.1f} s after {when}: {wrong}")


@asynccontextmanager
async def pages(day: Scene) -> AsyncIterator[list[Page]]:
    """Open a phone, one whose own clock is wrong, and the wall, in Chromium."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(**LAUNCH_OPTIONS)
        try:
            yield [
                await open_page(day, chromium, ""),
                await open_page(day, chromium, "", WRONG_BY),
                await open_page(day, chromium, "wall/"),
            ]
        finally:
            await chromium.close()


async def open_page(day: Scene, chromium: Browser, path: str, wrong_by: float = 0) -> Page:
    context = await chromium.new_context(timezone_id="America/Guadeloupe" if wrong_by else "Europe/Paris")
    await context.add_cookies(
        [
            {"name": name, "value": value, "url": day.server.origin}
            for name, value in day.crowd.people[0].cookies.items()
        ]
    )
    page = await context.new_page()
    if wrong_by:
        await page.add_init_script(WRONG_CLOCK % (wrong_by * 1000, wrong_by * 1000))
    await page.goto(f"{day.server.origin}/{day.crowd.code}/{path}")
    return page
