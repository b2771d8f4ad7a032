"""`python -m tests.chaos.writing --runs 1000`: many hands on one report, cut off at random; nothing may be lost.

In each run two, five or ten writers, with real sockets against the real app, type paragraphs of their own into the same
sections, take some out again, lose their line in the middle, close their page and come back; some have no socket at
all. In the end all texts must be the same, on every page and in the report, with every phrase in it, once.
With `--browser 100` the hands are pages in Chromium. The server is killed in some runs and started again.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from pycrdt import Doc, Text, merge_updates
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

T = TypeVar("T")
SECTIONS = ("findings", "debate", "proposals")
WORDS = [
    "été",
    "façade",
    "🌳",
    "tilleul",
    "l’eau",
    "👩\u200d🌾",
    "cœur",
    "où",
    "naïve",
    "ombre",
    "46",
    "°C",
    "cour",
    "日本",
    "vélo",
]
PATIENCE = 60.0
"""Seconds after which all must be the same."""
AT_ONCE = 6
"""Runs at the same time, each on a report of its own."""


def unpack(said: dict[str, Any], name: str) -> bytes:
    return b64decode(said[name])


def pack(data: bytes) -> str:
    return b64encode(data).decode()


@dataclass
class Desk:
    """Where one report is written: how to come in, and what must be there in the end."""

    urls: list[str]
    """Of the report's page, in each process that serves it."""
    cookies: list[str]
    """One for each writer."""
    columns: Callable[[], dict[str, str]]
    """The report's own fields, as its readers see them."""
    phrases: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    """Seconds between sending and the acknowledgement."""


class Hand:
    """One page, as js/coediting has it: what was typed is sent one message at a time, and kept until it is saved."""

    def __init__(self, desk: Desk, rank: int, chance: random.Random) -> None:
        self.desk, self.rank, self.chance = desk, rank, chance
        self.url = desk.urls[rank % len(desk.urls)]
        self.has_sockets = chance.random() > 0.1
        self.typed = 0
        self.line: ClientConnection | None = None
        self.open_page(None)

    def open_page(self, kept: bytes | None) -> None:
        """A new page, with what the one before left behind."""
        self.doc: Doc[Text] = Doc()
        self.texts = {name: self.doc.get(name, type=Text) for name in SECTIONS}
        if kept:
            self.doc.apply_update(kept)
        self.waiting: list[bytes] = []
        self.flight: list[bytes] = []
        self.is_ready = self.is_dirty = False
        self.listening = self.doc.observe(lambda event: self._changed(event.update))
        self.is_local = False

    def close_page(self) -> None:
        self.doc.unobserve(self.listening)

    def _changed(self, update: bytes) -> None:
        if self.is_local:
            self.waiting.append(update)
            self.is_dirty = True

    @contextmanager
    def typing(self) -> Iterator[None]:
        self.is_local = True
        try:
            yield
        finally:
            self.is_local = False

    # what they write

    async def write(self, paragraphs: int) -> None:
        mine: list[tuple[str, list[str]]] = []
        for _n in range(paragraphs):
            name = self.chance.choice(SECTIONS)
            self.typed += 1
            phrases = [f"§{self.rank}-{self.typed}.{k} {self.chance.choice(WORDS)}. " for k in range(4)]
            await self.type(name, [*phrases[:-1], f"{phrases[-1]}\n"])
            self.desk.phrases.update(phrases)
            mine.append((name, phrases))
            if len(mine) > 2 and self.chance.random() < 0.3:
                self.take_out(*mine.pop(self.chance.randrange(len(mine))))
            await asyncio.sleep(self.chance.uniform(0, 0.06))

    async def type(self, name: str, phrases: list[str]) -> None:
        """A paragraph at the beginning of some line, pasted or phrase by phrase.

        A paragraph that is typed beside one that is taken out may be parted by others: a phrase never is.
        """
        text = str(self.texts[name])
        starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
        before = text[: self.chance.choice(starts)]
        if self.chance.random() < 0.5:
            phrases = ["".join(phrases)]
        for phrase in phrases:
            with self.typing():
                self.texts[name].insert(len(before.encode()), phrase)
            await asyncio.sleep(self.chance.uniform(0, 0.02))
            # Others write meanwhile: the caret is after one's own last phrase.
            text = str(self.texts[name])
            before = text[: text.index(phrase) + len(phrase)]

    def take_out(self, name: str, phrases: list[str]) -> None:
        text, line = str(self.texts[name]), "".join(phrases)
        if line not in text:
            return
        at = len(text[: text.index(line)].encode())
        with self.typing():
            del self.texts[name][at : at + len(line.encode())]
        self.desk.phrases.difference_update(phrases)
        self.desk.removed.update(phrases)

    # the line

    async def live(self) -> None:
        """Connect, and come back, for ever."""
        while True:
            try:
                await (self._by_socket() if self.has_sockets else self._by_http())
            except (OSError, WebSocketException, TimeoutError, ValueError, asyncio.IncompleteReadError):
                pass
            finally:
                self.is_ready = False
                self.line = None
                self.waiting, self.flight = [*self.flight, *self.waiting], []
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))

    async def _by_socket(self) -> None:
        url = f"{self.url.replace('http', 'ws', 1)}writing/"
        async with connect(url, additional_headers={"Cookie": self.cookie}, open_timeout=5, max_size=None) as line:
            await line.send(json.dumps({"have": pack(self.doc.get_state())}))
            self.line = line
            sending = asyncio.ensure_future(self._send(line))
            try:
                async for text in line:
                    self.hear(json.loads(text))
            finally:
                sending.cancel()

    @property
    def cookie(self) -> str:
        return self.desk.cookies[self.rank]

    async def _send(self, line: ClientConnection) -> None:
        while True:
            if self.is_ready and self.waiting and not self.flight:
                await line.send(json.dumps(self.message()))
            await asyncio.sleep(0.02)

    def message(self) -> dict[str, Any]:
        self.flight, self.waiting = self.waiting, []
        self.sent_at = time.monotonic()
        clock = clock_of(self.doc.get_state(), self.doc.client_id)
        return {"update": pack(merge_updates(*self.flight)), "client": self.doc.client_id, "clock": clock}

    def hear(self, said: dict[str, Any]) -> None:
        assert not said.get("refused"), "nothing that was typed is refused"
        if "update" in said:
            self.doc.apply_update(unpack(said, "update"))
        if said.get("kept"):
            self.desk.waits.append(time.monotonic() - self.sent_at)
            self.flight = []
        if "vector" in said:
            self.waiting, self.flight = [*self.flight, *self.waiting], []
            lacking = self.doc.get_update(unpack(said, "vector"))
            if lacking[0]:  # words, and all that was taken out; else what waits is all there is
                self.waiting = [lacking]
            self.is_ready = True
        self.is_dirty = bool(self.flight or self.waiting)

    async def _by_http(self) -> None:
        while True:
            have = pack(self.doc.get_state())
            if self.is_ready and self.waiting:
                said = await self._ask("POST", "", json.dumps(self.message() | {"have": have}))
            else:
                said = await self._ask("GET", f"?have={quote(have.replace('+', '-').replace('/', '_'))}", "")
            self.hear(said)
            await asyncio.sleep(0.2)

    async def _ask(self, method: str, query: str, body: str) -> dict[str, Any]:
        host, _slash, path = self.url.removeprefix("http://").partition("/")
        name, _colon, port = host.partition(":")
        head = [
            f"{method} /{path}writing/{query} HTTP/1.1",
            f"Host: {host}",
            "Connection: close",
            "X-CSRFToken: " + TOKEN,
        ]
        head += [f"Cookie: csrftoken={TOKEN}; {self.cookie}", f"Content-Length: {len(body)}"]
        reader, writer = await asyncio.wait_for(asyncio.open_connection(name, int(port)), 5)
        try:
            writer.write("\r\n".join([*head, "", body]).encode())
            raw = await asyncio.wait_for(reader.read(), 20)
        finally:
            writer.transport.abort()
        answer, _blank, text = raw.partition(b"\r\n\r\n")
        if b" 200 " not in answer.split(b"\r\n")[0] + b" ":
            raise ConnectionError(answer[:80])
        found: dict[str, Any] = json.loads(text)
        return found

    # what happens to them

    def cut(self) -> None:
        if self.line:
            self.line.transport.abort()

    async def reopen(self) -> None:
        """Close the page in the middle of something, and open it again: the browser kept what was not answered."""
        self.close_page()
        self.cut()
        self.open_page(self.doc.get_update())


async def aside(work: Callable[[], T]) -> T:
    """Run database work in a thread of its own, which keeps no connection."""

    def and_close() -> T:
        from django.db import connections

        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(and_close)


TOKEN = secrets.token_hex(16)


def clock_of(vector: bytes, client: int) -> int:
    from sessions.models.manuscript import read_vector

    return read_vector(vector).get(client, 0)


Trouble = Callable[[], Awaitable[None]]


@dataclass
class Found:
    writers: int
    lost: int
    doubled: int
    returned: int
    """Phrases that were taken out, and are there."""
    different: int
    """Pages, or the report itself, that show something else than the first page."""
    seconds: float
    waits: list[float] = field(repr=False)
    missing: list[str]
    text: str = field(repr=False)

    @property
    def is_exact(self) -> bool:
        return not (self.lost or self.doubled or self.returned or self.different)


async def run(desk: Desk, seed: int, paragraphs: int = 6, trouble: Trouble | None = None) -> Found:
    """One report, as many hands as there are cookies."""
    began = time.monotonic()
    chance = random.Random(seed)
    hands = [Hand(desk, rank, random.Random(seed * 100 + rank)) for rank in range(len(desk.cookies))]
    lines = [asyncio.ensure_future(hand.live()) for hand in hands]

    async def annoy() -> None:
        while True:
            await asyncio.sleep(chance.uniform(0.02, 0.3))
            chance.choice(hands).cut()

    annoying = asyncio.ensure_future(annoy())
    troubling = asyncio.ensure_future(trouble()) if trouble else None
    try:
        await asyncio.gather(*(write_and_leave(hand, paragraphs) for hand in hands))
        if troubling:
            await troubling
        annoying.cancel()
        await settle(hands)
        # What everybody shows is what readers read.
        shown = [{name: str(text) for name, text in hand.texts.items()} for hand in hands]
        shown.append(await aside(desk.columns))
    finally:
        for task in (annoying, *lines):
            task.cancel()
        await asyncio.gather(annoying, *lines, return_exceptions=True)
        await asyncio.sleep(0.05)  # what was cut in this very moment is closed by the loop's next rounds
        for hand in hands:
            hand.close_page()
    return judge(desk, shown, time.monotonic() - began)


async def write_and_leave(hand: Hand, paragraphs: int) -> None:
    await hand.write(paragraphs // 2)
    if hand.chance.random() < 0.3:
        await hand.reopen()
    await hand.write(paragraphs - paragraphs // 2)


async def settle(hands: list[Hand]) -> None:
    """Wait until nobody has anything to send, and all have the same."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        texts = {tuple(map(str, hand.texts.values())) for hand in hands}
        if len(texts) == 1 and all(hand.is_ready and not hand.waiting and not hand.flight for hand in hands):
            return
        await asyncio.sleep(0.05)


def judge(desk: Desk, shown: list[dict[str, str]], seconds: float) -> Found:
    whole = "\n".join(shown[0].values())
    missing = sorted(phrase for phrase in desk.phrases if phrase not in whole)
    return Found(
        writers=len(desk.cookies),
        lost=len(missing),
        doubled=sum(whole.count(phrase) > 1 for phrase in desk.phrases),
        returned=sum(phrase in whole for phrase in desk.removed),
        different=sum(texts != shown[0] for texts in shown),
        seconds=seconds,
        waits=desk.waits,
        missing=missing,
        text=whole,
    )


# ---- the same with pages in Chromium ---------------------------------------------------------------------------------


async def run_browser(chromium: Any, desk: Desk, seed: int, trouble: Trouble | None = None) -> Found:
    """Three phones: one loses its network, one is closed and opened again."""
    began = time.monotonic()
    chance = random.Random(seed)
    contexts = [await chromium.new_context(viewport={"width": 390, "height": 844}) for _ in desk.cookies]
    try:
        pages = []
        for context, cookie in zip(contexts, desk.cookies, strict=True):
            name, _equals, value = cookie.partition("=")
            origin = "/".join(desk.urls[0].split("/")[:3])
            await context.add_cookies([{"name": name, "value": value, "url": origin}])
            pages.append(await context.new_page())
            await pages[-1].goto(desk.urls[0])
        await asyncio.gather(*(_type(desk, page, rank, range(1, 3), chance) for rank, page in enumerate(pages)))
        troubling = asyncio.ensure_future(trouble()) if trouble else None
        await contexts[1].set_offline(True)
        await asyncio.gather(*(_type(desk, page, rank, range(3, 5), chance) for rank, page in enumerate(pages)))
        if troubling:
            await troubling
        await pages[1].close()
        await contexts[1].set_offline(False)
        pages[1] = await contexts[1].new_page()
        await pages[1].goto(desk.urls[0])
        await asyncio.gather(*(_type(desk, page, rank, range(5, 6), chance) for rank, page in enumerate(pages)))
        shown: list[dict[str, str]] = []
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            shown = [await _shown(page) for page in pages]
            shown.append(await aside(desk.columns))
            found = judge(desk, shown, time.monotonic() - began)
            if found.is_exact:
                break
            await asyncio.sleep(0.1)
        return judge(desk, shown, time.monotonic() - began)
    finally:
        for context in contexts:
            await context.close()


async def _type(desk: Desk, page: Any, rank: int, numbers: range, chance: random.Random) -> None:
    """Key by key, at the end or at the beginning."""
    for number in numbers:
        line = f"§{rank}-{number} {' '.join(chance.choices(WORDS, k=3))}."
        box = page.locator(f"[name={chance.choice(SECTIONS)}]")
        await box.focus()
        await page.keyboard.press("Control+Home")
        desk.phrases.add(line)
        await page.keyboard.type(f"{line}\n", delay=chance.uniform(0, 12))


async def _shown(page: Any) -> dict[str, str]:
    return {name: await page.locator(f"[name={name}]").input_value() for name in SECTIONS}


# ---- the command -----------------------------------------------------------------------------------------------------


def desk_for(urls: list[str], forum: Any, people: list[tuple[Any, str]], number: int) -> Desk:
    """A topic with a group and its report, in a forum that is served at these addresses; `people` have keys."""
    from forum.models import Actor, Group, Presence, Topic
    from sessions.models import Report
    from sessions.models.report import report_of

    topic = Topic.propose(forum, f"Sujet {number}", "", None, Actor())
    group = Group.objects.create(topic=topic)
    Presence.objects.bulk_create(Presence(group=group, participant=person) for person, _key in people)
    report = report_of(group)

    def columns() -> dict[str, str]:
        return dict(Report.objects.values(*SECTIONS).get(pk=report.pk))

    return Desk([f"{url}{topic.get_absolute_url()}report/" for url in urls], [key for _person, key in people], columns)


def people_for(forum: Any, count: int) -> list[tuple[Any, str]]:
    """Writers, and the cookies of their phones."""
    from forum.auth.identity import participant_cookie
    from forum.models import Device, Participant

    people = [Participant.join(forum, name=f"Main {rank}") for rank in range(count)]
    return [(person, f"{participant_cookie(forum)}={Device.issue(person)}") for person in people]


class House:
    """The app on data of its own, in one process or more, and desks in it, as many as there are runs."""

    def __init__(self, home: Path, redis: str, processes: int) -> None:
        from django.core.management import call_command

        from forum.models import Forum
        from forum.phases import Phase
        from tests.chaos.servers import Served

        call_command("migrate", verbosity=0)
        self.forum = Forum.objects.create(title="Écrire à plusieurs", question="?", phase=Phase.GROUPS)
        self.people = people_for(self.forum, 10)
        self.count = 0
        shared = {"FORUM_DATA": os.environ["FORUM_DATA"]}
        if redis:
            shared |= {"REDIS_URL": redis, "SECRET_KEY": "the same in every process"}
        self.served = [Served(home / str(n), **shared) for n in range(processes)]
        for served in self.served:
            served.start()

    def desk(self, writers: int) -> Desk:
        self.count += 1
        urls = [f"http://127.0.0.1:{served.port}" for served in self.served]
        return desk_for(urls, self.forum, self.people[:writers], self.count)

    async def kill(self) -> None:
        """In the middle of everything; another one starts at once."""
        await asyncio.sleep(0.3)
        await asyncio.to_thread(self.served[0].kill)
        await asyncio.to_thread(self.served[0].start)


async def many(house: House, runs: int, kills: int, seed: int) -> list[Found]:
    """All runs; the server is killed under some of them."""
    found: list[Found] = []
    tickets = asyncio.Semaphore(AT_ONCE)
    every = max(1, runs // kills) if kills else 0

    async def one(n: int) -> None:
        async with tickets:
            desk = await aside(partial(house.desk, (2, 5, 10)[n % 3]))
            trouble = house.kill if every and n % every == every - 1 else None
            found.append(await run(desk, seed + n, trouble=trouble))
            _tell(found, runs, n)

    await asyncio.gather(*(one(n) for n in range(runs)))
    return found


async def many_in_browser(house: House, runs: int, kills: int, seed: int) -> list[Found]:
    from playwright.async_api import async_playwright

    from tests.services import LAUNCH

    found = []
    every = max(1, runs // kills) if kills else 0
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(**LAUNCH)
        for n in range(runs):
            desk = await aside(partial(house.desk, 3))
            trouble = house.kill if every and n % every == every - 1 else None
            found.append(await run_browser(chromium, desk, seed + n, trouble))
            _tell(found, runs, n)
        await chromium.close()
    return found


def _tell(found: list[Found], runs: int, n: int) -> None:
    last = found[-1]
    if not last.is_exact:
        print(f"run {n}: {last}\n{last.text}", file=sys.stderr)
    if len(found) % 50 == 0 or len(found) == runs:
        print(f"{len(found)} of {runs}", file=sys.stderr)


def summary(found: list[Found]) -> dict[str, Any]:
    waits = sorted(wait for one in found for wait in one.waits)
    return {
        "runs": len(found),
        "exact": all(one.is_exact for one in found),
        "lost": sum(one.lost for one in found),
        "doubled": sum(one.doubled for one in found),
        "returned": sum(one.returned for one in found),
        "different": sum(one.different for one in found),
        "writers": {str(n): sum(one.writers == n for one in found) for n in sorted({one.writers for one in found})},
        "seconds_a_run": round(statistics.median(one.seconds for one in found), 2),
    } | ({"acknowledged_ms": {"median": _ms(waits, 0.5), "p95": _ms(waits, 0.95)}} if waits else {})


def _ms(waits: list[float], part: float) -> int:
    return round(1000 * waits[min(len(waits) - 1, int(part * len(waits)))])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.writing", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="with sockets, 2, 5 and 10 writers in turn (20)")
    parser.add_argument("--browser", type=int, default=0, help="with three pages in Chromium (0)")
    parser.add_argument("--kills", type=int, help="in how many runs of each the server is killed (one in ten)")
    parser.add_argument("--processes", type=int, default=1, help="web processes, which share a Redis (1)")
    parser.add_argument("--seed", type=int, default=0, help="for the same chances again, as far as time allows")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forum-writing-") as directory:
        os.environ["FORUM_DATA"] = str(Path(directory) / "data")
        os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        import django

        django.setup()
        from tests.services import redis_server

        line = {}
        with redis_server() if asked.processes > 1 else nullcontext("") as redis:
            house = House(Path(directory), redis, asked.processes)
            try:
                for name, runs, act in (("sockets", asked.runs, many), ("browser", asked.browser, many_in_browser)):
                    if runs:
                        kills = asked.kills if asked.kills is not None else runs // 10
                        line[name] = summary(asyncio.run(act(house, runs, kills, asked.seed))) | {"kills": kills}
            finally:
                for served in house.served:
                    with suppress(Exception):
                        served.stop()
    print(json.dumps(line, ensure_ascii=False))
    return 0 if all(part["exact"] for part in line.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
