"""People who change a forum over HTTP, through the same bad network, until the server acknowledges."""

import asyncio
import itertools
import random
import re
import secrets
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from lxml import html

from forum.rehearsal.browser import Browser, Response

ANSWER_SECONDS = 3.0
TOO_MANY = 429
"""Status that says: the same again, a little later."""
SLOTS = "10:15 75\n13:30 60"


@dataclass
class Ledger:
    """The acknowledged writes, each of which the server must have once."""

    names: set[str] = field(default_factory=set)
    titles: dict[int, str] = field(default_factory=dict)
    """By numbers of topics."""


class Crowd:
    def __init__(self, new_browser: Callable[[], Browser], answer_seconds: float = ANSWER_SECONDS) -> None:
        """`answer_seconds`: the time after which a form without an answer is sent again."""
        self.new_browser = new_browser
        self.answer_seconds = answer_seconds
        self.facilitator = new_browser()
        self.code = ""
        self.people: list[Browser] = []
        self.ledger = Ledger()
        self.phase = "marketplace"
        self.acknowledged = 0
        self.retries = 0
        self.errors = 0
        """Answers with a status of 500 or more."""
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self._count = itertools.count(1)
        self._busy: set[int] = set()
        self._under_way = 0
        self._idle = asyncio.Event()
        self.something_happened = asyncio.Event()

    # ---- set-up ----------------------------------------------------------------------------------------

    async def open_forum(self, first_link: str, date: str = "2026-01-01", slots: str = SLOTS) -> None:
        """Create the first facilitator and a forum, and move it to its marketplace."""
        await self.facilitator.post(first_link, {"name": "Camille Dufour"})
        day = {"title": "Chaos", "question": "Qui tient bon ?", "date": date, "language": "fr"}
        day |= {"time_zone": "Europe/Paris", "slots": slots, "places": "Salle des Fêtes (40)"}
        made = await self.facilitator.post("/facilitator/new/", day)
        self.code = made.location.strip("/").split("/")[0]
        for phase in ("opening", "marketplace"):
            await self.facilitator.post(f"/{self.code}/desk/phase/", {"phase": phase})
        desk = await self.facilitator.get(f"/{self.code}/desk/")
        self.slots = sorted(set(re.findall(r"list-cell-(\d+)-elsewhere", desk.text)))
        assert self.slots, desk.text

    async def arrive(self, browser: Browser) -> None:
        """Have one more person join, who may make changes from now on."""
        await self._join(browser)
        self.people.append(browser)

    # ---- changes ---------------------------------------------------------------------------------------

    async def live(self, changes: int, writers: int = 4, pause: float = 0.25) -> None:
        """Make this many changes, by several people at once, in bursts; the groups begin half-way."""
        start = self.acknowledged

        async def write() -> None:
            while (done := self.acknowledged - start) < changes:
                await self.goes_on.wait()
                if done > changes * 0.5 and self.phase == "marketplace":
                    self.phase = "groups"
                    await self.send(self.facilitator, "desk/phase/", phase="groups")
                    continue
                await self._do_something()
                if random.random() < 0.7:
                    await asyncio.sleep(random.random() * pause * 2)

        await asyncio.gather(*(write() for _ in range(writers)))

    async def pause(self) -> None:
        """Start no more changes, and wait until those under way are finished."""
        self.goes_on.clear()
        await self._idle.wait()

    async def _do_something(self) -> None:
        free = [number for number in self.ledger.titles if number not in self._busy]
        verbs: list[Any] = [self._newcomer, self._propose] if len(self.ledger.titles) < 30 else [self._newcomer]
        if free:
            common = [self._interest, self._interest, self._edit, self._place, self._place, self._unplace]
            verbs += common if self.phase == "marketplace" else [self._presence] * 4 + [self._place, self._report]
        self._under_way += 1
        self._idle.clear()
        try:
            await random.choice(verbs)(*([random.choice(free)] if free else []))
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def send(self, browser: Browser, path: str, **fields: str) -> Response | None:
        """Send a form with one key until the server answers. Return None when it refused the form."""
        key = secrets.token_hex(8)
        while True:
            try:
                async with asyncio.timeout(self.answer_seconds):
                    answer = await browser.post(f"/{self.code}/{path}", {"key": key, **fields})
                if answer.status < 400:
                    self.acknowledged += 1
                    self.something_happened.set()
                    return answer
                if answer.status < 500 and answer.status != TOO_MANY:
                    return None
                self.errors += answer.status >= 500
            except (OSError, TimeoutError):
                pass
            self.retries += 1
            await asyncio.sleep(0.2)

    async def _join(self, browser: Browser) -> None:
        name = f"Personne {next(self._count):05}"
        if await self.send(browser, "join/", name=name, appearance="full"):
            self.ledger.names.add(name)

    async def _newcomer(self, number: int = 0) -> None:
        async with self.new_browser() as browser:
            await self._join(browser)

    async def _propose(self, number: int = 0) -> None:
        title = f"Sujet {next(self._count):05}"
        browser = self.facilitator if self.phase == "groups" else random.choice(self.people)
        answer = await self.send(browser, "topics/new/", title=title, description="")
        if answer:
            self.ledger.titles[int(re.findall(r"/topics/(\d+)/", answer.location)[0])] = title

    async def _edit(self, number: int) -> None:
        if number in self._busy:
            return
        self._busy.add(number)
        title = f"{self.ledger.titles[number].partition(',')[0]}, mot {next(self._count):05}"
        if await self.send(self.facilitator, f"topics/{number}/edit/", title=title, description=""):
            self.ledger.titles[number] = title
        self._busy.discard(number)

    async def _interest(self, number: int) -> None:
        going = random.choice(("yes", "yes", "no"))
        await self.send(random.choice(self.people), f"topics/{number}/interest/", going=going)

    async def _place(self, number: int) -> None:
        cell = f"{random.choice(self.slots)}-elsewhere"
        await self.send(self.facilitator, f"topics/{number}/place/", cell=cell, elsewhere=f"Table {number}")

    async def _unplace(self, number: int) -> None:
        await self.send(self.facilitator, f"topics/{number}/unplace/")

    async def _presence(self, number: int) -> None:
        present = random.choice(("yes", "yes", "no"))
        await self.send(random.choice(self.people), f"topics/{number}/presence/", present=present)

    async def _report(self, number: int) -> None:
        """Write the findings of a report anew."""
        if number in self._busy:
            return
        self._busy.add(number)
        try:
            async with asyncio.timeout(self.answer_seconds):
                page = await self.facilitator.get(f"/{self.code}/topics/{number}/report/")
            base = re.findall(r'name="b_findings" value="([^"]*)"', page.text)
            if base:
                findings = f"Constat {next(self._count)}"
                await self.send(self.facilitator, f"topics/{number}/report/", findings=findings, b_findings=base[0])
        except (OSError, TimeoutError):
            pass  # the connection was cut before anything was written
        finally:
            self._busy.discard(number)

    # ---- checks ----------------------------------------------------------------------------------------

    def remember(self) -> tuple[Ledger, str]:
        return deepcopy(self.ledger), self.phase

    def go_back(self, memory: tuple[Ledger, str]) -> None:
        """Go back to the ledger of a restored backup."""
        self.ledger, self.phase = memory

    async def leave(self) -> None:
        """Close every browser."""
        await asyncio.gather(*(browser.close() for browser in (self.facilitator, *self.people)))

    async def audit(self, server: str) -> tuple[int, int]:
        """Count the acknowledged writes that this server lacks, and the writes that it has twice."""
        page = await self.facilitator.get(f"/{self.code}/desk/", through=server)
        desk: Any = html.document_fromstring(page.text)
        board: Any = desk.xpath("//*[@id='board']")[0]
        names: Counter[str] = Counter(board.xpath(".//@data-name"))
        titles: Counter[str] = Counter(" ".join(h3.xpath(".//text()")) for h3 in board.xpath(".//article//h3"))
        wanted = {f"{number} {title}" for number, title in self.ledger.titles.items()}
        lost = len(self.ledger.names - names.keys()) + len(wanted - titles.keys())
        return lost, sum(n - 1 for n in names.values()) + sum(n - 1 for n in titles.values())
