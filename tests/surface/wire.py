"""The messages of the live protocol, after each step of the scripted day, for each kind of page and language.

Each step has a file. `poll` is the HTTP answer to a page at the revision before the step, `calm` to one that is up to
date, `whole` to one without a revision; `socket` has the messages on a new socket of the first page, then the answer to
`?`; `load` is the board in a page that is opened now. Revisions are written as BEFORE and NOW, so that one more in a
step does not change all files after it; `steps.txt` has their numbers, and the answers to the requests of each step.
`writing.txt` has the messages of co-writing.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.surface.browser import Browser, address, taken_answers, text_of
from tests.surface.clean import keep
from tests.surface.day import Cast, the_day
from tests.surface.world import EPOCH, Clock
from tests.surface.writing import together

LANGUAGES = ("fr", "en")
LOADED = {"phone": "board", "wall": "wall", "desk": "desk"}
"""Name of the page with the board of each audience."""
WATCHED = "agenda,stage,edition,messages,topic-1,report-1"
"""Keys that the pages of the audience `page` watch."""
REVISION = re.compile(r'"(from|to|at|beat)": ?(\d+)')
HEADERS = ("Content-Type", "ETag", "Cache-Control", "Vary")
BEFORE_WRITING = "a late topic comes"
"""The step after which two people write together in the report of topic 1, still empty; both are in its group."""


@dataclass(frozen=True)
class Page:
    """An open page: its audience, language and browser."""

    audience: str
    language: str
    browser: Browser

    @property
    def name(self) -> str:
        return f"{self.audience} {self.language}"

    def address(self, since: int, more: str = "") -> str:
        """Return the path of the socket, and of the poll, of a page at this revision."""
        watch = {"watch": WATCHED} if self.audience == "page" else {}
        query = urlencode({"as": self.audience, "since": since, "epoch": EPOCH, **watch})
        return f"{address('live')}?{query}{more}"

    def load(self, whole: str) -> str:
        """Open the page, and return its HTML, or a note when its board is the one of the answer `whole`."""
        if self.audience not in LOADED or not whole.startswith("{"):
            return "(no board)"
        page = text_of(self.browser.get(address(LOADED[self.audience])))
        return "(the same HTML as the whole)" if json.loads(whole)["html"] in page else page


def write(directory: Path, clock: Clock) -> None:
    """Play the day, and write a file for each step."""
    cast, recorder, steps = Cast(), Recorder(directory / "wire"), []
    for step in the_day(cast, clock):
        steps.append(recorder.record(step, cast))
        if step == BEFORE_WRITING:
            lines = recorder.loop.run_until_complete(together(cast.nadia, cast.theo))
            keep(directory / "wire" / "writing.txt", lines)
    keep(directory / "wire" / "steps.txt", "".join(steps))


class Recorder:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.loop = asyncio.new_event_loop()
        self.number = self.revision = 0

    def record(self, step: str, cast: Cast) -> str:
        """Write the answers to each page. Return the lines of this step for `steps.txt`."""
        self.number += 1
        before, self.revision = self.revision, revision(cast.camille)
        holders = {"phone": cast.nadia, "wall": cast.theo, "desk": cast.camille, "page": cast.salma}
        pages = [
            Page(name, language, holder.copy(language))
            for name, holder in holders.items()
            for language in (LANGUAGES if name in LOADED else LANGUAGES[:1])
        ]
        parts, polls = [], []
        for page in pages:
            answers = self._ask(page, before)
            polls.append((page, shown(text_of(answers["poll"]))))
            for name, answer in answers.items():
                head = f"======== {page.name}: {name}, {answer.status_code} {headers(answer)}"
                parts.append(f"{head}\n{shown(text_of(answer))}")
            parts.append(f"======== {page.name}: load\n{page.load(text_of(answers['whole']))}")
        parts += self.loop.run_until_complete(sockets(polls, before))
        path = self.directory / f"{self.number:03} {re.sub('[^a-z0-9]+', '-', step.lower())}.txt"
        keep(path, named("\n".join(parts), {before: "BEFORE", self.revision: "NOW"}))
        lines = (f"    {answer}\n" for answer in taken_answers())
        return "".join([f"{self.number:03} {step}: {self.revision - before}\n", *lines])

    def _ask(self, page: Page, before: int) -> dict[str, Any]:
        """Return the HTTP answers to this page, by their names in the file."""
        paths = {
            "poll": page.address(before),
            "calm": page.address(self.revision),
            "calm with marks": page.address(self.revision, "&me"),
            "whole": page.address(-1),
        }
        return {name: page.browser.get(path) for name, path in paths.items()}


async def sockets(polls: list[tuple[Page, str]], since: int) -> list[str]:
    """Return the messages on the sockets of these pages, each with the answer to its poll.

    Only pages of strangers, who are refused, and of participants, whose last message has their marks.
    """
    pages = [(page, poll) for page, poll in polls if '"me":' in poll or poll.startswith("<")]
    received = await asyncio.gather(*(frames(page, since) for page, _poll in pages))
    return [
        f"======== {page.name}: socket\n{shown(message, but=poll)}"
        for (page, poll), messages in zip(pages, received, strict=True)
        for message in messages
    ]


async def frames(page: Page, since: int) -> list[str]:
    """Open a socket of a page, and return its messages as far as the marks, then the answer to `?`."""
    socket = page.browser.socket(page.address(since))
    if refusal := await socket.open():
        return [refusal]
    messages = [await socket.receive()]
    while '"me":' not in messages[-1]:
        messages.append(await socket.receive())
    await socket.send("?")
    messages.append(await socket.receive())
    await socket.close()
    return messages


def revision(browser: Browser) -> int:
    """Return the revision of the forum, read by the live protocol."""
    return int(json.loads(text_of(browser.get(f"{address('live')}?as=page&since=-1")))["to"])


def headers(answer: Any) -> str:
    return " · ".join(f"{name}: {answer.headers[name]}" for name in HEADERS if name in answer.headers)


def shown(message: str, but: str = "") -> str:
    """Write the HTML of a message after it, unless it is that of `but`."""
    if not message.startswith("{") or not (html := json.loads(message).get("html")):
        return message
    head = message.replace(json.dumps(html, ensure_ascii=False), '"…"')
    return f"{head}\n(the same HTML as the poll)" if but.endswith(f"\n{html}") else f"{head}\n{html}"


def named(text: str, names: dict[int, str]) -> str:
    """Replace the numbers of revisions by their names."""
    return REVISION.sub(lambda match: match[0].replace(match[2], names.get(int(match[2]), match[2])), text)
