"""The day that the invented people live: they follow the forum's phases, and every change is timed on every screen."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from statistics import median, quantiles

from django.utils.translation import gettext as _

from forum.phases import Phase
from sessions.rehearsal.figures import Figures, Level
from sessions.rehearsal.people import Closed, Facilitator, NotForUs, Phone, Somebody, Unexpected, phase_of
from sessions.rehearsal.screen import Message, NoBoard, Screen
from sessions.rehearsal.web import Site, Trouble

TOO_LATE = 10.0
"""Seconds after which a change that is not on every screen counts as this late, and is waited for no longer."""
ARRIVAL_PATIENCE = 60.0
MOST_TOPICS = 60
PRESSES_A_SECOND, SECONDS_TO_PRESS = 20, 30
"""When nobody hurries them, people press so many taps a second in all; in a large room, once each in so long."""
PROBE_SECONDS = 0.7

Tell = Callable[[float, str], None]
"""Takes how much of the rehearsal is over (0 to 1), and what is going on."""


@dataclass(frozen=True)
class Pace:
    """How long things take."""

    rates: tuple[int, ...] = (10, 20, 40, 80, 160, 320)
    """Buttons a second, one level after the other until one is too much; never more than one per two phones."""
    level: float = 3.0
    people_a_topic: int = 8
    between_saves: float = 1.0
    saves: int = 4
    calm: float = 5.0
    longest: float = 600.0


class Gone(Exception):
    """The app no longer answers."""


@dataclass(eq=False)
class Probe:
    """One change that every open screen must show: whether a message carries it, and who has not shown it yet."""

    carries: Callable[[Message], bool]
    missing: set[Screen]
    began: float = field(default_factory=time.perf_counter)
    ended: float = 0.0
    everywhere: asyncio.Event = field(default_factory=asyncio.Event)
    answers: dict[Message, bool] = field(default_factory=dict)

    def notice(self, screen: Screen, message: Message) -> None:
        if message not in self.answers:
            self.answers[message] = self.carries(message)
        if self.answers[message] and screen in self.missing:
            self.missing.discard(screen)
            self.ended = time.perf_counter()
            if not self.missing:
                self.everywhere.set()


class Rehearsal:
    """One rehearsal of one forum. `run` never raises for what the app does: it is in the figures."""

    def __init__(
        self, site: Site, code: str, phones: int, facilitator: Facilitator | None, tell: Tell, pace: Pace | None = None
    ) -> None:
        self.site, self.code, self.facilitator = site, code, facilitator
        self.pace = pace or Pace()
        self.tls = site.tls()
        self.figures = Figures(phones, site.is_here)
        self.phones = [Phone(rank, site, code, self.tls, self.notice) for rank in range(phones)]
        self.here: list[Phone] = []
        """Those who came in."""
        self._look_out = Somebody(site, code, self.tls)
        self._tell = tell
        self._over = 0.0
        self._doing = ""
        self._followers: list[asyncio.Task[None]] = []
        self._probes: set[Probe] = set()
        self._busy: set[Phone] = set()
        """Conveners whose topic carries a change that is still on its way."""
        self._lot = Random()  # noqa: S311 - nothing secret is drawn
        self._run = secrets.token_hex(2)
        self._signs = 0

    # ---- the whole -------------------------------------------------------------------------------------------

    async def run(self) -> Figures:
        try:
            async with asyncio.timeout(self.pace.longest):
                await self._measure_round_trip()
                await self._live()
                await self._compare()
                self._tell(1.0, _("That is all"))
        except TimeoutError:
            self._stop("time")
        except asyncio.CancelledError:
            self._stop("interrupted")
            if task := asyncio.current_task():
                task.uncancel()
        except Gone:
            self._stop("gone")
        except NotForUs:
            self._stop("unmarked")
        except Closed:
            self._stop("closed")
        await self._leave()
        return self.figures

    def _stop(self, why: str) -> None:
        self.figures.stopped, self.figures.stopped_at = why, self._doing

    async def _leave(self) -> None:
        """Close every phone, and have everything erased that they did."""
        for task in self._followers:
            task.cancel()
        await asyncio.gather(*self._followers, return_exceptions=True)
        self.figures.drops = sum(screen.drops for screen in self._screens())
        if self.facilitator:
            self.figures.erased = await self._erase(self.facilitator)
        for somebody in (*self.phones, self._look_out, *filter(None, [self.facilitator])):
            somebody.browser.close()
        await asyncio.sleep(0.05)  # connections close when the loop next turns

    async def _erase(self, facilitator: Facilitator) -> bool:
        done = False
        for wait in (0, 2, 4):
            await asyncio.sleep(wait)
            with contextlib.suppress(Trouble, Unexpected):
                await facilitator.erase()
                if done or not self.figures.stopped:
                    return True
                done = True  # once more: a phone that was cut off may have had a request under way
        return done

    async def _live(self) -> None:
        if self.facilitator:
            for phase, steps in self._steps().items():
                await self._move(self.facilitator, phase)
                await self._take(steps)
            return
        lived: set[Phase] = set()
        await self._take(self._steps()[Phase.OPENING])
        while (phase := await self._phase()) not in lived:
            lived.add(phase)
            if phase != Phase.OPENING:
                await self._take(self._steps().get(phase, ()))

    def _steps(self) -> "dict[Phase, Sequence[Step]]":
        return {
            Phase.OPENING: (Step(_("Everybody arrives"), 0.25, self._arrive),),
            Phase.MARKETPLACE: (
                Step(_("Topics are proposed"), 0.1, self._propose),
                Step(_("Topics are placed on the agenda"), 0.05, self._place),
                Step(_("Everybody says where they go"), 0.1, self._go),
                Step(_("More and more taps a second"), 0.2, self._hurry),
            ),
            Phase.GROUPS: (
                Step(_("Groups gather"), 0.08, self._gather),
                Step(_("Reports are written"), 0.1, self._write),
            ),
            Phase.CLOSING: (
                Step(_("Reports are finished"), 0.02, self._finish),
                Step(_("A word before leaving"), 0.06, self._say_goodbye),
            ),
        }

    async def _take(self, steps: "Sequence[Step]") -> None:
        for step in steps:
            self._doing = step.name
            end = self._over + step.weight
            self._tell(self._over, step.name)
            await step.act()
            self._over = end
            await self._check_that_it_answers()

    async def _check_that_it_answers(self) -> None:
        for wait in (0, 1, 2):
            await asyncio.sleep(wait)
            with contextlib.suppress(Trouble):
                await self._look_out.browser.get("/healthz")
                return
        raise Gone

    async def _measure_round_trip(self) -> None:
        seconds = []
        for _time in range(5):
            try:
                seconds.append((await self._look_out.browser.get("/healthz")).seconds)
            except Trouble:
                raise Gone from None
        self.figures.round_trip = median(seconds)

    async def _phase(self) -> Phase:
        try:
            return Phase(phase_of(await self._look_out.open(self._look_out.home)))
        except (Trouble, Unexpected):
            raise Gone from None

    # ---- what people do --------------------------------------------------------------------------------------

    async def _arrive(self) -> None:
        """All at the same instant: nothing that a room does is harder."""
        began = time.perf_counter()

        async def come(phone: Phone) -> None:
            await phone.come_in()
            self._follow(phone.screen)
            async with asyncio.timeout(ARRIVAL_PATIENCE):
                await phone.screen.current.wait()
            self.figures.arrivals.append(time.perf_counter() - began)
            self.here.append(phone)

        await self._each(self.phones, come, 0.25)
        if self.here:
            self.figures.kilobytes = median(phone.browser.received for phone in self.here) / 1000
            with contextlib.suppress(Trouble, Unexpected, NoBoard):
                first = self.here[0]
                self._follow(await first.look("wall", f"{first.home}wall/"))

    def _follow(self, screen: Screen) -> None:
        self._followers.append(asyncio.create_task(screen.follow(self.tls)))

    async def _move(self, facilitator: Facilitator, phase: Phase) -> None:
        """Move everyone; the whole board goes to every screen, which no other change asks for."""
        self._doing = str(phase.label)
        self._tell(self._over, self._doing)
        probe = self._begin(lambda message: message.whole)
        try:
            await facilitator.move(phase)
        except (Trouble, Unexpected) as error:
            self._count(error)
            self._probes.discard(probe)
            await self._check_that_it_answers()
            return
        if probe.missing:
            await self._end(probe)

    @property
    def _conveners(self) -> list[Phone]:
        return [phone for phone in self.here if phone.topic]

    async def _propose(self) -> None:
        count = min(MOST_TOPICS, max(1, len(self.here) // self.pace.people_a_topic))
        await self._each(self.here[:count], lambda phone: phone.propose(self._run), 0.1)

    async def _place(self) -> None:
        await self._each(self._conveners, Phone.place, 0.05)

    async def _go(self) -> None:
        async def tap(phone: Phone) -> None:
            if buttons := phone.buttons("interest"):
                await phone.tap(self._lot.choice(buttons))

        async with self._probing():
            await self._each(self.here, tap, 0.1, unhurried=True)

    async def _hurry(self) -> None:
        """Faster and faster, until answers or updates take more than a second."""
        rates = [rate for rate in self.pace.rates if rate <= max(self.pace.rates[0], len(self.here) // 2)]
        for rate in rates:
            level = await self._press_at(rate)
            self.figures.levels.append(level)
            self._tell(self._over + 0.2 * len(self.figures.levels) / len(rates), self._doing)
            if not level.is_easy:
                return

    async def _press_at(self, rate: int) -> Level:
        answers: list[float] = []
        errors, before = self.figures.errors.total(), len(self.figures.updates)

        async def press(phone: Phone) -> None:
            buttons = phone.buttons("interest")
            if buttons:
                began = time.perf_counter()
                await phone.tap(self._lot.choice(buttons))
                answers.append(time.perf_counter() - began)

        async with self._probing(), asyncio.TaskGroup() as presses:
            began = time.perf_counter()
            for number in range(round(rate * self.pace.level) if self.here else 0):
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                presses.create_task(self._try(self._lot.choice(self.here), press))
        slow = quantiles(answers, n=20)[-1] if len(answers) > 1 else max(answers, default=0.0)
        update, _doing = max(self.figures.updates[before:], default=(0.0, ""))
        level = Level(rate, slow, update, self.figures.errors.total() - errors)
        if not level.is_easy:  # it was meant to be too much
            del self.figures.updates[before:]
        return level

    async def _gather(self) -> None:
        async def sit(phone: Phone) -> None:
            if buttons := phone.buttons("presence"):
                await phone.sit(self._lot.choice(buttons))

        async with self._probing():
            await self._each(self.here, sit, 0.08, unhurried=True)

    async def _write(self) -> None:
        """Two people in each group, each in a field of their own, saved as they type."""
        writers: list[tuple[Phone, str]] = []
        for seat in {phone.seat for phone in self.here if phone.seat}:
            members = [phone for phone in self.here if phone.seat == seat]
            writers += zip(members, ("findings", "proposals"), strict=False)
        fields = dict(writers)

        async def write(phone: Phone) -> None:
            await phone.begin_report(fields[phone])
            for _save in range(self.pace.saves):
                await phone.write()
                await asyncio.sleep(self.pace.between_saves * self._lot.uniform(0.5, 1.5))

        async with self._probing():
            await self._each(list(fields), write, 0.1, unhurried=True)

    async def _finish(self) -> None:
        scribes = {phone.seat: phone for phone in self.here if phone.writing and phone.writing.acknowledged}
        await self._each(list(scribes.values()), Phone.finish_report, 0.02)

    async def _say_goodbye(self) -> None:
        await self._each(self.here, Phone.say_goodbye, 0.06, unhurried=True)

    async def _each(
        self, people: list[Phone], act: Callable[[Phone], Awaitable[None]], weight: float, *, unhurried: bool = False
    ) -> None:
        """Everybody does it: at once, or one after the other as an unhurried room does."""
        over, done = self._over, 0
        pause = min(1 / PRESSES_A_SECOND, SECONDS_TO_PRESS / max(1, len(people))) if unhurried else 0.0

        async def one(phone: Phone, wait: float) -> None:
            nonlocal done
            await asyncio.sleep(wait)
            await self._try(phone, act)
            done += 1
            self._tell(over + weight * done / len(people), self._doing)

        async with asyncio.TaskGroup() as everybody:
            for rank, phone in enumerate(people):
                everybody.create_task(one(phone, rank * pause))
        if self.figures.errors.pop("unmarked", 0):
            raise NotForUs
        if self.figures.errors.pop("closed", 0):
            raise Closed

    async def _try(self, phone: Phone, act: Callable[[Phone], Awaitable[None]]) -> None:
        try:
            await act(phone)
        except (Trouble, Unexpected, NoBoard, NotForUs, Closed, TimeoutError) as error:
            self._count(error)

    def _count(self, error: Exception) -> None:
        match error:
            case Trouble():
                kind = str(error)
            case Unexpected(status=status):
                kind = str(status)
            case NotForUs():
                kind = "unmarked"
            case Closed():
                kind = "closed"
            case NoBoard():
                kind = "board"
            case _:
                kind = "socket"
        self.figures.errors[kind] += 1

    # ---- what is timed ---------------------------------------------------------------------------------------

    def notice(self, screen: Screen, message: Message) -> None:
        """A screen has just shown a message."""
        for probe in list(self._probes):
            probe.notice(screen, message)

    def _screens(self) -> Iterable[Screen]:
        return (screen for phone in self.phones for screen in phone.screens)

    def _begin(self, carries: Callable[[Message], bool]) -> Probe:
        probe = Probe(carries, {screen for screen in self._screens() if screen.is_open})
        self._probes.add(probe)
        return probe

    async def _end(self, probe: Probe) -> None:
        """Wait until the change is everywhere, and keep how long that took."""
        try:
            async with asyncio.timeout(TOO_LATE):
                await probe.everywhere.wait()
            self.figures.updates.append((probe.ended - probe.began, self._doing))
        except TimeoutError:
            self.figures.updates.append((TOO_LATE, self._doing))
        finally:
            self._probes.discard(probe)

    @asynccontextmanager
    async def _probing(self) -> AsyncIterator[None]:
        """Meanwhile, one convener after the other words their topic anew, and the change is timed on every screen."""
        over = asyncio.Event()

        async def probe_on() -> None:
            async with asyncio.TaskGroup() as probes:
                while not over.is_set():
                    free = [phone for phone in self._conveners if phone not in self._busy]
                    if free:
                        probes.create_task(self._probe(self._lot.choice(free)))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(PROBE_SECONDS):
                            await over.wait()

        probing = asyncio.create_task(probe_on())
        try:
            yield
        except BaseException:
            probing.cancel()
            raise
        finally:
            over.set()
            await asyncio.gather(probing, return_exceptions=True)

    async def _probe(self, phone: Phone) -> None:
        self._signs += 1
        sign = f"v{self._run}{self._signs}"
        self._busy.add(phone)
        probe = self._begin(lambda message: sign in message.html)
        try:
            await phone.rename(sign)
            await self._end(probe)
        except (Trouble, Unexpected) as error:
            self._count(error)
        finally:
            self._probes.discard(probe)
            self._busy.discard(phone)

    # ---- what is left at the end -----------------------------------------------------------------------------

    async def _compare(self) -> None:
        """Compare every screen with a fresh page, and every text with what was acknowledged."""
        self._doing = _("Every screen is compared with a fresh one")
        self._tell(self._over, self._doing)
        end = time.monotonic() + self.pace.calm
        while True:
            compared, wrong = await self._differences()
            if not wrong or time.monotonic() > end:
                break
            await asyncio.sleep(0.5)
        self.figures.screens, self.figures.lost = compared, wrong

        async def look_for_words(phone: Phone) -> None:
            self.figures.lost_words += await phone.has_lost_words()

        writers = [phone for phone in self.here if phone.writing]
        await self._each(writers, look_for_words, 0.04)

    async def _differences(self) -> tuple[int, int]:
        """How many screens there are, and how many show something else than a page that is opened now."""
        compared = wrong = 0
        for audience in ("phone", "wall"):
            screens = [s for phone in self.here for s in phone.screens if s.audience == audience]
            if not screens:
                continue
            fresh = await self._fresh(screens[0])
            compared += len(screens)
            wrong += sum(screen.cards != fresh.cards for screen in screens)
        return compared, wrong

    async def _fresh(self, like: Screen) -> Screen:
        for phone in self.here[:3]:
            with contextlib.suppress(Trouble, Unexpected, NoBoard):
                return await phone.fresh(like)
        raise Gone


@dataclass(frozen=True)
class Step:
    """A part of the day: what the progress bar calls it, which part of the whole it is, and what is done."""

    name: str
    weight: float
    act: Callable[[], Awaitable[None]]
