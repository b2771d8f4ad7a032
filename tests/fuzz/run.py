"""Send many inputs, and gather what is wrong."""

import gc
import logging
import random
import resource
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from forum.auth.identity import identify_all
from forum.live import catch_up
from forum.live.audience import BOARDS, Audience
from forum.live.board import Board
from forum.models import Actor, Forum
from forum.phases import Phase
from forum.rehearsal.live_page import LivePage
from tests.conftest import forget, forget_limits
from tests.fuzz.answers import faults
from tests.fuzz.fields import Fields
from tests.fuzz.requests import Input, make_input, numbers
from tests.live_pages import message_of, opened, shown
from tests.scene import Scene
from tests.surface.crawl import patterns

MAX_SECONDS = 2.0
"""Of processor, for one answer."""
ROUND = 200
"""Requests after which the database is checked, and is again what it was before them."""
KEPT = 0.3
"""Part of the requests whose changes those after them find."""
STEP = 20
"""Requests after which the forum moves to another phase."""
OUTSIDERS = (
    "nobody",
    "participant of another forum",
    "removed participant",
    "facilitator of another forum",
    "revoked facilitator",
)
INSIDERS = ("participant", "member", "convener")
PEOPLE = (*OUTSIDERS, *INSIDERS * 4)
"""Of whom those inside come more often, since they reach more."""
FACILITATORS = ("sponsor", "operator", *["facilitator"] * 8)
LANGUAGES = {"fr", "en"}
OUTSIDE_TRANSACTIONS = {"readiness"}
"""URLs whose view writes on another connection."""


def urls() -> list[str]:
    """Return the name of every URL, in a forum or not."""
    return sorted({pattern.name or "" for _route, pattern in patterns()} - OUTSIDE_TRANSACTIONS)


@dataclass
class Findings:
    """What a run sent, and what was wrong."""

    inputs: int = 0
    sent: int = 0
    """Requests, sockets and connections, most of which hold several inputs."""
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            self.inputs + other.inputs,
            self.sent + other.sent,
            self.statuses + other.statuses,
            max(self.slowest, other.slowest),
            self.faults + other.faults,
        )


class _ErrorLog(logging.Handler):
    """Keeps what is logged as an error, or with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or (record.levelno >= logging.ERROR and not self._is_no_fault(record)):
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            self.lines.append(f"{record.name}: {record.getMessage()[:200]} … {trace[-600:]}")

    def _is_no_fault(self, record: logging.LogRecord) -> bool:
        """Say whether it only repeats a status, which is judged, or says that this machine is busy."""
        return record.name == "django.request" or "timed out after" in record.getMessage()

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


@contextmanager
def error_log() -> Iterator[_ErrorLog]:
    handler, root, server = _ErrorLog(), logging.getLogger(), logging.getLogger("uvicorn")
    root.addHandler(handler)
    server_handlers, server.handlers = server.handlers, [handler]  # it says much about requests that are none
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        server.handlers = server_handlers


def processor_seconds() -> float:
    """Return the processor time of this thread and of the child processes that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + children.ru_utime + children.ru_stime


class Fuzz:
    """Sends requests with hostile inputs to the URLs of a scene, within a transaction."""

    def __init__(
        self, scene: Scene, urls: dict[str, Fields], roles: tuple[str, ...], seed: str, *, is_long: bool = False
    ) -> None:
        self.scene, self.urls, self.roles, self.seed = scene, urls, list(roles), seed
        self.systematic = numbers(scene, urls, roles[-1], one_by_one=is_long)
        """Sent first."""
        self.media = Path(f"{settings.MEDIA_ROOT}-of-the-scene")
        shutil.copytree(settings.MEDIA_ROOT, self.media, dirs_exist_ok=True)
        self.entrance = f"/{scene.forum.code}/"

    def run(self, inputs: int) -> Findings:
        found, number = Findings(), 0
        with error_log() as log:
            while found.inputs < inputs:
                chance = random.Random(f"{self.seed} {self.roles[-1]} {number}")
                found += self._round(chance, inputs - found.inputs, log)
                number += 1
        shutil.rmtree(settings.MEDIA_ROOT)
        self.media.rename(settings.MEDIA_ROOT)
        return found

    def _round(self, chance: random.Random, inputs: int, log: _ErrorLog) -> Findings:
        """Send requests one after the other, each of which finds what those before it left; then check the database.

        It ends before when somebody has lost their rights, or the forum or its topic is gone.
        """
        found = Findings()
        forget()
        shutil.rmtree(settings.MEDIA_ROOT)
        shutil.copytree(self.media, settings.MEDIA_ROOT)
        with transaction.atomic():
            standing = self._move(chance)
            audience = chance.choice(list(BOARDS))
            page = self._open(audience)
            while found.sent < ROUND and found.inputs < inputs:
                if found.sent % STEP == STEP - 1 and self._move(chance) != standing:
                    break
                made = next(self.systematic, None)
                is_kept = made is None and chance.random() < KEPT
                made = made or make_input(chance, self.scene, self.urls, self.roles)
                problems = [*self._send(made, is_kept, found), *log.take()]
                found.faults += [f"{problem}\n    {made}" for problem in problems]
            found.faults += [
                f"after a round of seed {self.seed}: {problem}" for problem in self._database(audience, page)
            ]
            transaction.set_rollback(True)
        return found

    def _move(self, chance: random.Random) -> list[Any]:
        """Move the forum to some phase, and let nobody be kept out by a limit.

        Return what must stay so that inputs reach anything: who has which rights, and the topic.
        """
        forget_limits()
        if (forum := self._forum()) is None:
            return []
        forum.move_to(chance.choice((*Phase, *[Phase.GROUPS] * 5, *[Phase.MARKETPLACE] * 3)), Actor())
        clients = [self.scene.clients[role] for role in sorted(set(self.roles))]
        return identify_all(
            [{name: cookie.value for name, cookie in client.cookies.items()} for client in clients], forum
        )

    def _forum(self) -> Forum | None:
        return Forum.objects.filter(pk=self.scene.forum.pk).first()

    def _open(self, audience: Audience) -> LivePage:
        forum = self._forum()
        assert forum
        return opened(Board(forum, audience).html(), forum.revision, forum.epoch)

    def _send(self, made: Input, is_kept: bool, found: Findings) -> list[str]:
        """Send an input; return what is wrong with its answer."""
        languages = self._languages(made)
        seconds, answer, body = self._answer(made, is_kept)
        found.inputs += made.hostile
        found.sent += 1
        found.statuses[answer.status_code] += 1
        problems = list(faults(answer, body, languages))
        problems += [
            f"shows {whose}"
            for whose, secret in self.scene.secrets.items()
            if secret.encode() in body and secret not in made.path
        ]
        if (
            b"CANARI" in body
            and "another" not in made.role
            and (made.role not in FACILITATORS or b"CANARI-A" not in body)
        ):
            problems.append("shows another forum, or who is expected")
        if seconds > MAX_SECONDS:
            seconds = min(seconds, self._answer(made, is_kept=False)[0])
        found.slowest = max(found.slowest, (seconds, str(made)[:200]))
        if seconds > MAX_SECONDS:
            problems.append(f"takes {seconds:.1f} s of processor")
        return problems

    def _answer(self, made: Input, is_kept: bool) -> tuple[float, Any, bytes]:
        """Send an input. If it is kept, do what its changes do once they are committed; else take them back."""
        client = self.scene.browser(made.role)
        gc.disable()  # what it collects is the tests' too
        begin = processor_seconds()
        with transaction.atomic():
            answer = made.send(client)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            transaction.set_rollback(not is_kept or answer.status_code >= 500)
        waiting: list[Any] = list(connection.run_on_commit)
        connection.run_on_commit.clear()
        for _savepoints, callback, _robust in waiting:
            callback()
        seconds = processor_seconds() - begin
        gc.enable()
        return seconds, answer, body

    def _languages(self, made: Input) -> set[str]:
        """Return the languages in which the answer may be: that of the forum, unless the request asks for another."""
        asks = made.chooses_language or made.url == "describe" or not made.path.startswith(self.entrance)
        own = () if asks else Forum.objects.filter(pk=self.scene.forum.pk).values_list("language", flat=True)
        return set(own) or LANGUAGES

    def _database(self, audience: Audience, page: LivePage) -> Iterator[str]:
        """Say what is inconsistent: rows without what they refer to, a board that does not follow."""
        translation.deactivate()
        try:
            connection.check_constraints()
        except IntegrityError as error:
            yield str(error)
        if (forum := self._forum()) is None:
            return
        page.show(message_of(catch_up.delta(forum, audience, page.shown, forum.epoch)))
        if page.board != shown(Board(Forum.objects.get(pk=forum.pk), audience).html()):
            yield f"the board of the {audience} that caught up is another than a fresh one"
