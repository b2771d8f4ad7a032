"""People who write of every kind, each until the app acknowledges, with the same key: as phones do."""

import asyncio
import io
import itertools
import json
import random
import re
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from PIL import Image

from forum.rehearsal.browser import Browser
from tests.chaos.crowd import Crowd
from tests.chaos.writer import SECTIONS, Writer
from tests.faults.ledger import Ledger, Subject, Value
from tests.faults.stored import PHRASE

ONCE = Value(1)
PARTS = 2
"""In how many parts a photo is sent."""
MAX_PHOTOS = 12
"""Of one report."""
PAUSE = 0.25
"""Mean seconds between two writes of one person."""


class CoWriter(Writer):
    """The page of a report in which somebody types phrase after phrase; each is noted."""

    def __init__(self, origin: str, path: str, cookies: dict[str, str], ledger: Ledger, name: str) -> None:
        super().__init__(origin, path, cookies, random.Random(), has_sockets=name != "b")  # `b` polls, the others not
        self.ledger, self.name = ledger, name
        self.numbers = itertools.count(1)

    def type(self) -> None:
        phrase = f"§{self.name}-{next(self.numbers)}."
        self.ledger.note("sent", Subject("phrase", phrase), ONCE)
        with self.typing():
            self.texts[self.chance.choice(SECTIONS)].insert(0, f"{phrase} ")
        self.unkept.add(phrase)

    def open_page(self, stored: bytes | None) -> None:
        self.unkept: set[str] = set()
        self.under_way: set[str] = set()
        """The phrases in the message that was sent last."""
        super().open_page(stored)

    def message(self) -> dict[str, object]:
        self.under_way = set(self.unkept)
        return super().message()

    def receive(self, message: dict[str, object]) -> None:
        if message.get("kept"):
            for phrase in sorted(self.under_way):
                self.ledger.note("kept", Subject("phrase", phrase), ONCE)
            self.unkept -= self.under_way
            self.under_way = set()
        super().receive(message)


class Writers:
    """One person for each kind of writing. Begin, then `pause` and `go_on` as often as you like, then `end`."""

    def __init__(self, crowd: Crowd, ledger: Ledger, origin: str) -> None:
        self.crowd, self.ledger, self.origin = crowd, ledger, origin
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.pace = 1.0
        """Factor of all pauses."""
        self._numbers = itertools.count(1)
        self._busy: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._moves = 0
        self._photos = 0
        self.co_writers: list[CoWriter] = []
        self.writing: Writing = {}

    # ---- the scene -----------------------------------------------------------------------------------------

    async def begin(self, *, without: str = "") -> None:
        """Prepare a forum whose groups work, and have everybody write. `without`: a kind of writing to leave out."""
        crowd = self.crowd
        self.topics = [await self._topic() for _ in range(3)]
        for number, slot in zip(self.topics, itertools.cycle(crowd.slots)):
            await self._need(crowd.facilitator, f"topics/{number}/place/", cell=f"{slot}-elsewhere", elsewhere="Là")
        await self._move("groups")
        people = {name: await self._newcomer() for name in ("interest", "presence", "comment", "a", "b", "photo")}
        for name in ("a", "b", "photo"):
            await self._need(people[name][1], f"topics/{self.topics[0]}/presence/", present="yes")
        await self._quote()
        self.writing = {
            "join": (self._newcomer_who_leaves, 3),
            "topic": (self._topic, 6),
            "interest": (self._alternator("interest", *people["interest"], "going"), 1),
            "presence": (self._alternator("presence", *people["presence"], "present"), 1),
            "comment": (partial(self._comment, people["comment"][1]), 2),
            "word": (self._word, 2),
            "quote": (self._quote, 2),
            "photo": (partial(self._photo, people["photo"][1]), 4),
            "phase": (self._next_phase, 8),
        }
        self.writing.pop(without, None)
        for name in ("a", "b"):
            writer = CoWriter(
                self.origin, f"/{crowd.code}/topics/{self.topics[0]}/report/writing/", people[name][1].cookies,
                self.ledger, name,
            )  # fmt: skip
            self.co_writers.append(writer)
            self._tasks.append(asyncio.ensure_future(writer.live()))
            self.writing[name] = (partial(self._type, writer), 1.5)
        self._tasks += [asyncio.ensure_future(self._go_on(name, *how)) for name, how in self.writing.items()]

    async def _go_on(self, name: str, write: "Callable[[], Awaitable[object]]", pauses: float) -> None:
        while True:
            await asyncio.sleep(random.uniform(0, 2) * PAUSE * pauses * self.pace)
            await self.goes_on.wait()
            self._busy.add(name)
            try:
                await write()
            finally:
                self._busy.discard(name)

    async def pause(self, within: float = 300) -> None:
        """Begin no more writes, and wait until all that was sent is acknowledged."""
        self.goes_on.clear()
        async with asyncio.timeout(within):
            while self._busy or not all(writer.is_settled for writer in self.co_writers):
                self.check()
                await asyncio.sleep(0.02)

    def go_on(self) -> None:
        self.check()
        self.goes_on.set()

    def check(self) -> None:
        """Raise what ended a writer, if one has ended."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self.co_writers:
            writer.close_page()

    # ---- writes --------------------------------------------------------------------------------------------

    async def _send(self, subject: Subject, value: Value, browser: Browser, path: str, **fields: str) -> str | None:
        """Send a form until it is answered, and note it. Return where the answer leads; None when it was refused."""
        self.ledger.note("sent", subject, value)
        answer = await self.crowd.send(browser, path, **fields)
        self.ledger.note("kept" if answer else "refused", subject, value)
        return answer.location if answer else None

    async def _need(self, browser: Browser, path: str, **fields: str) -> None:
        assert await self.crowd.send(browser, path, **fields), f"{path} was refused"

    async def _newcomer(self) -> tuple[str, Browser]:
        name, browser = f"Personne {next(self._numbers):05}", self.crowd.new_browser()
        fields = {"name": name, "appearance": "full"}
        assert await self._send(Subject("join", name), ONCE, browser, "join/", **fields)
        self.crowd.people.append(browser)
        return name, browser

    async def _newcomer_who_leaves(self) -> None:
        _name, browser = await self._newcomer()
        self.crowd.people.remove(browser)
        await browser.close()

    async def _topic(self) -> int:
        title = f"Sujet {next(self._numbers):05}"
        to = await self._send(
            Subject("topic", title), ONCE, self.crowd.facilitator, "topics/new/", title=title, description=""
        )
        return int(re.findall(r"/topics/(\d+)/", to)[0]) if to else 0

    def _alternator(self, kind: str, name: str, browser: Browser, field: str) -> "Callable[[], Awaitable[object]]":
        """Return what switches the interest or the presence of somebody on and off in turn."""
        count = 0

        async def alternate() -> None:
            nonlocal count
            on = "no" if count % 2 else "yes"
            value = Value(count + 1, on)
            path = f"topics/{self.topics[1]}/{kind}/"
            if await self._send(Subject(kind, name), value, browser, path, **{field: on}) is not None:
                count += 1

        return alternate

    async def _comment(self, browser: Browser) -> None:
        text = f"Commentaire {next(self._numbers):05}"
        path = f"topics/{self.topics[0]}/report/comments/"
        await self._send(Subject("comment", text), ONCE, browser, path, text=text)

    async def _word(self) -> None:
        text = f"Mot {next(self._numbers):05}"
        await self._send(Subject("word", text), ONCE, self.crowd.facilitator, "words/", words=text, keep="", change="")

    async def _quote(self) -> None:
        number, text = self.topics[0], f"Citation {next(self._numbers):05}"
        path = f"topics/{number}/report/"
        page = await self._read(self.crowd.facilitator, path)
        base = re.findall(r'name="b_quote" value="([^"]*)"', page)[0]
        subject, value = Subject("quote", str(number)), Value(0, text)
        await self._send(subject, value, self.crowd.facilitator, path, quote=text, b_quote=base)

    async def _next_phase(self) -> None:
        await self._move("closing" if self._moves % 2 else "groups")

    async def _move(self, phase: str) -> None:
        # The two moves of the set-up count too: to the opening, then to the marketplace.
        value = Value(3 + self._moves, phase)
        if await self._send(Subject("phase", ""), value, self.crowd.facilitator, "desk/phase/", phase=phase) is None:
            raise AssertionError(f"the facilitator could not move to {phase}")
        self._moves += 1

    async def _type(self, writer: CoWriter) -> None:
        writer.type()

    async def _photo(self, browser: Browser) -> None:
        """Send a photo of a size of its own in parts, each until it is answered."""
        number = self._photos
        if number >= MAX_PHOTOS * len(self.topics):
            return
        self._photos += 1
        width, height = 300 + number % 100, 200 + number // 100
        topic = self.topics[number // MAX_PHOTOS]
        if number % MAX_PHOTOS == 0:
            await self._need(browser, f"topics/{topic}/presence/", present="yes")
        subject = Subject("photo", f"{width}×{height}")
        self.ledger.note("sent", subject, ONCE)
        await self._upload(browser, f"topics/{topic}/report/photos/upload/{secrets.token_hex(8)}/", jpeg(width, height))
        self.ledger.note("kept", subject, ONCE)

    async def _upload(self, browser: Browser, path: str, content: bytes) -> None:
        offset, step = 0, len(content) // PARTS + 1
        while True:
            part = content[offset : offset + step]
            try:
                async with asyncio.timeout(self.crowd.answer_seconds):
                    query = f"offset={offset}&size={len(content)}"
                    answer = await browser.post_part(f"/{self.crowd.code}/{path}?{query}", part)
                if answer.status < 500:
                    said = json.loads(answer.text)
                    assert "problem" not in said, said
                    if said.get("done"):
                        return
                    offset = said["offset"]
                    if answer.status == 200:
                        continue
            except (OSError, TimeoutError):
                pass
            await asyncio.sleep(0.2)

    async def _read(self, browser: Browser, path: str) -> str:
        while True:
            try:
                async with asyncio.timeout(self.crowd.answer_seconds):
                    answer = await browser.get(f"/{self.crowd.code}/{path}")
                if answer.status == 200:
                    return answer.text
            except (OSError, TimeoutError):
                pass
            await asyncio.sleep(0.2)


Writing = dict[str, tuple[Callable[[], Awaitable[object]], float]]
"""By name: what somebody writes, and the length of the pauses in between."""


def jpeg(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width, height), 60).save(file, "JPEG", quality=70)
    return file.getvalue()


assert PHRASE.fullmatch("§a-1.")
