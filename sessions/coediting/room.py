"""Rooms: one per process and report, where the people who write it meet.

What they send in the same half-second is kept in one change, and only then acknowledged and passed on: what somebody
sees of the others is never lost. Rooms of other processes find it in the rows. A page sends nothing new before the
last thing that it sent is answered, and keeps it until then; when it comes back, both say what they have.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.db import DatabaseError

from forum import notify
from forum.auth.identity import identify_all
from forum.auth.rules import Rights
from forum.fragment_keys import Key, RowKey, touch_rights
from forum.live import hub
from forum.live.catch_up import keys_since
from forum.live.credentials import Credentials
from forum.live.messages import to_json
from forum.models import Actor
from sessions.coediting.protocol import Said, answer_to, pack, sent_by
from sessions.models import Report
from sessions.models.crdt import UpdateRefused
from sessions.models.manuscript import WriterUpdate
from sessions.models.report import group_of_report

log = logging.getLogger(__name__)

BREATH_SECONDS = 0.5
"""The first words go out at once; those of the next half-second share a change of the forum."""
LOOK_SECONDS = 2.0
"""How often a room looks by itself: what a lost stroke of the bell costs at most."""
SEND_SECONDS = 10.0
"""A phone that takes nothing for so long is let go; it comes back and is told what it lacks."""
PATIENT_MESSAGES = 300
"""So many messages may wait for a slow phone."""
NUDGE_SECONDS = 0.1
"""Between two words of a page about where its writer is."""
AWAY_SECONDS = 40.0
"""After so long without a word, nobody is thought to write in another process."""

scribe = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writing")
"""Reads and keeps for all rooms, on one lasting database connection. Boards are not to wait for the disk."""


# ---- the wire ---------------------------------------------------------------------------------------------------


# ---- who writes -------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Writer:
    """One open page."""

    holder: Credentials
    who: str
    name: str
    revision: int
    """Of the forum, when their right to write was last read."""
    end: Callable[[], object]
    """Ends the page's socket without a word, for when it takes none."""
    is_given_up: bool = False
    is_shut_out: bool = False
    """Nothing more is taken, not even what was on its way when they lost the right to write."""
    section: str = ""
    """Where they are; empty: nowhere."""
    shown: int = 0
    """The row up to which they were told."""
    outbox: "asyncio.Queue[hub.Event]" = field(default_factory=lambda: asyncio.Queue(PATIENT_MESSAGES))

    def tell(self, said: Said) -> None:
        self._put({"type": "websocket.send", "text": to_json(said)})

    def close(self, code: int) -> None:
        self._put({"type": "websocket.close", "code": code})

    def _put(self, event: hub.Event) -> None:
        try:
            self.outbox.put_nowait(event)
        except asyncio.QueueFull:
            self.hang_up()

    def hang_up(self) -> None:
        self.is_given_up = True
        self.end()

    async def deliver(self, send: Callable[[hub.Event], Awaitable[None]]) -> None:
        while True:
            event = await self.outbox.get()
            try:
                async with asyncio.timeout(SEND_SECONDS):  # not wait_for, which may miss that it is cancelled
                    await send(event)
            except TimeoutError:
                self.hang_up()
            except Exception:  # it has just left; its socket says so to itself
                return


def may_write(actor: Actor, report: Report) -> bool:
    """The same row as the page's."""
    topic = report.group.topic
    return topic.withdrawn_at is None and Rights(actor, topic.forum).may("writing", topic)


# ---- what a room reads and keeps in one go ------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """What somebody sent, and who waits for an answer."""

    writer: Writer
    said: Said
    answer: "asyncio.Future[Said]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, answer: Said) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(DatabaseError())

    def turn_away(self) -> None:
        """The room is over: the last one was shut out, or the process stops and they must come again."""
        if self.writer.is_shut_out:
            self.settle({"refused": True})
        else:
            self.fail()


@dataclass
class Found:
    revision: int
    answers: list[Said] = field(default_factory=list)
    """To what was offered, in its order."""
    rows: list[tuple[int, str]] = field(default_factory=list)
    """What was written since, here and in other processes: number, and text for the wire."""
    shut_out: set[Credentials] = field(default_factory=set)


def _work(report: int, number: int, since: int | None, here: Sequence[Credentials], offers: Sequence[Offer]) -> Found:
    """Shut out those who may no longer write, keep what the others sent, read what is new."""
    shown = Report.objects.select_related("group__topic__forum").filter(pk=report).first()
    if shown is None:  # it told of a rehearsal, which was erased
        return Found(0, [{"refused": True} for _offer in offers], shut_out=set(here))
    forum = shown.group.topic.forum
    found = Found(forum.revision)
    if since is not None and _rights_moved(shown, since):
        actors = identify_all([holder.cookies for holder in here], forum)
        found.shut_out = {h for h, actor in zip(here, actors, strict=True) if not may_write(actor, shown)}
    if offers:
        found.answers = _keep(shown, offers, found.shut_out)
    rows = shown.updates.filter(number__gt=number).values_list("number", "data")
    found.rows = [(number, pack(bytes(data))) for number, data in rows]
    return found


def _rights_moved(report: Report, since: int) -> bool:
    """Whether something has moved on which the right to write here hangs. Writing itself does not touch these."""
    topic = report.group.topic
    if topic.forum.revision == since:
        return False
    keys = keys_since(topic.forum, since)
    about_us = {Key.EVERYTHING, RowKey.TOPIC.of(topic.pk), RowKey.REPORT.of(topic.pk)}
    return bool(keys & about_us) or touch_rights(keys)


def _keep(report: Report, offers: Sequence[Offer], shut_out: set[Credentials]) -> list[Said]:
    answers: list[Said] = [{"refused": True} for _offer in offers]
    actors = identify_all([offer.writer.holder.cookies for offer in offers], report.group.topic.forum)
    sent: dict[int, WriterUpdate] = {}
    for n, (offer, actor) in enumerate(zip(offers, actors, strict=True)):
        if actor.is_stranger or offer.writer.is_shut_out or offer.writer.holder in shut_out:
            continue
        with suppress(UpdateRefused):
            sent[n] = sent_by(actor, offer.said)
    if sent:
        for n, outcome in zip(sent, report.apply_updates(list(sent.values())), strict=True):
            answers[n] = answer_to(outcome, report)
    return answers


# ---- the rooms ----------------------------------------------------------------------------------------------------


class Room:
    def __init__(self, report: int, number: int) -> None:
        self.report, self.number = report, number
        self.key = secrets.token_hex(4)
        """What tells this room from those of other processes."""
        self.writers: set[Writer] = set()
        self.offers: list[Offer] = []
        self.elsewhere: dict[str, tuple[float, list[Said]]] = {}
        """Who writes in other processes: when we heard, and whom."""
        self.called = asyncio.Event()
        self.breath_until = 0.0
        self.is_over = False
        self.task = asyncio.ensure_future(self.run())

    async def run(self) -> None:
        """Serve for as long as somebody is here."""
        listening = asyncio.ensure_future(notify.listen(group_of_report(self.report), self.hear, LOOK_SECONDS))
        await asyncio.sleep(0)  # who opens a room takes a seat in it
        try:
            while self.writers:
                await self._until_called()
                await self._serve()
        finally:
            self.is_over = True
            listening.cancel()
            for offer in self.offers:
                offer.turn_away()

    async def _until_called(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self.called.wait()
        await asyncio.sleep(max(0.0, self.breath_until - time.monotonic()))
        self.called.clear()

    async def _serve(self) -> None:
        """Keep what was handed in, then pass it on, then acknowledge it."""
        offers, self.offers = self.offers, []
        here = list(self.writers)
        holders, since = [writer.holder for writer in here], min((writer.revision for writer in here), default=None)
        try:
            found = await hub.run_in_reader(partial(_work, self.report, self.number, since, holders, offers), scribe)
        except BaseException as error:
            for offer in offers:
                offer.fail()
            if not isinstance(error, Exception):
                raise  # the process stops
            if isinstance(error, DatabaseError):
                log.warning("the room of report %s waits for the database: %s", self.report, str(error).strip())
            else:
                log.exception("the room of report %s goes on", self.report)
            return
        if offers:
            self.breath_until = time.monotonic() + BREATH_SECONDS
        for writer in list(self.writers):
            if writer.holder in found.shut_out:
                writer.is_shut_out = True
                self.leave(writer)
                writer.close(hub.NOT_ALLOWED)
            else:
                self._pass_on(writer, found.rows)
        self.number = max([self.number, *(number for number, _update in found.rows)])
        for writer in here:
            writer.revision = found.revision
        for offer, answer in zip(offers, found.answers, strict=True):
            offer.settle(answer)

    def _pass_on(self, writer: Writer, rows: list[tuple[int, str]]) -> None:
        for number, update in rows:
            if number > writer.shown:
                writer.tell({"update": update})
                writer.shown = number

    def seat(self, writer: Writer) -> None:
        self.writers.add(writer)
        self.number = min(self.number, writer.shown)
        self.called.set()
        self.say_who()

    def leave(self, writer: Writer) -> None:
        if writer not in self.writers:
            return
        self.writers.discard(writer)
        if writer.section:
            self.say_who()
        self.called.set()

    async def offer(self, writer: Writer, said: Said) -> Said:
        """Hand in what somebody wrote; the answer comes once it is on the disk. Raises DatabaseError."""
        offer = Offer(writer, said)
        if self.is_over:
            offer.turn_away()
        else:
            self.offers.append(offer)
            self.called.set()
        return await offer.answer

    # who is where

    def place(self, writer: Writer, section: str) -> None:
        moved = writer.section != section
        writer.section = section
        if moved or settings.REDIS_URL:
            self.say_who(even_if_nobody=moved)
        writer.tell(self.people())

    def people(self) -> Said:
        now = time.monotonic()
        others = [one for heard, people in self.elsewhere.values() if now - heard < AWAY_SECONDS for one in people]
        return {"people": [*self._people_here(), *others]}

    def _people_here(self) -> list[Said]:
        return [{"who": w.who, "name": w.name, "in": w.section} for w in self.writers if w.section]

    def say_who(self, *, even_if_nobody: bool = False) -> None:
        self._tell_everyone()
        if settings.REDIS_URL:
            message = {"type": "report.people", "from": self.key, "people": self._people_here()}
            notify.send(group_of_report(self.report), message)

    def _tell_everyone(self) -> None:
        people = self.people()
        for writer in self.writers:
            writer.tell(people)

    def hear(self, message: notify.Message) -> None:
        """The report has moved somewhere, or people in another process have."""
        if message["type"] != "report.people":
            self.called.set()
        elif message["from"] != self.key:
            self.elsewhere[message["from"]] = time.monotonic(), message["people"]
            self._tell_everyone()


_rooms: dict[int, Room] = {}


def room_of(report: int, number: int) -> Room:
    """The report's room, which is opened if nobody was there; take a seat in it at once. Call it from the loop."""
    room = _rooms.get(report)
    if room is None or room.is_over or room.task.done():
        for over in [pk for pk, old in _rooms.items() if old.is_over]:
            del _rooms[over]
        room = _rooms[report] = Room(report, number)
    return room


def stop() -> None:
    """Close every room; the process stops. Pages keep what was not answered."""
    for room in _rooms.values():
        room.task.cancel()
    _rooms.clear()


# ---- the socket -----------------------------------------------------------------------------------------------------
