"""The messages of the live protocol, after each step of the scripted day, for each kind of page and language.

One file a step. `poll` is the HTTP answer to a page that stands at the revision before the step, `calm` to one that is
up to date; `socket` is what the first one gets when it opens its socket, then when it asks whether there is anything
newer; `whole` is the answer to a page that knows nothing; `load` is the board inside a page that is opened now.
Revisions are written as BEFORE and NOW, so that a step that takes one more does not change all that follows; how many
each step takes is in `steps.txt`, with what its requests were answered. `writing.txt` is the other protocol.
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
"""The name of the page on which each audience has its board."""
WATCHED = "agenda,stage,edition,messages,topic-1,report-1"
"""What the pages of the audience `page` want to know of."""
REVISION = re.compile(r'"(from|to|at|beat)": ?(\d+)')
HEADERS = ("Content-Type", "ETag", "Cache-Control", "Vary")
BEFORE_WRITING = "a late topic comes"
"""The step after which two people write together: the report of number 1 is empty, and both sit there."""


@dataclass(frozen=True)
class Page:
    """An open page: its audience, its language, and the browser that holds it."""

    audience: str
    language: str
    browser: Browser

    @property
    def name(self) -> str:
        return f"{self.audience} {self.language}"

    def address(self, since: int, more: str = "") -> str:
        """Of the live board, for a page that stands at this revision: the socket's and the poll's."""
        watch = {"watch": WATCHED} if self.audience == "page" else {}
        query = urlencode({"as": self.audience, "since": since, "epoch": EPOCH, **watch})
        return f"{address('live')}?{query}{more}"

    def load(self, whole: str) -> str:
        """The board in the page as it is opened, unless it is the one that a poll gets whole."""
        if self.audience not in LOADED or not whole.startswith("{"):
            return "(no board)"
        page = text_of(self.browser.get(address(LOADED[self.audience])))
        return "(the same HTML as the whole)" if json.loads(whole)["html"] in page else page


def write(directory: Path, clock: Clock) -> None:
    """Play the day, and write a file for each of its steps."""
    cast, recorder, steps = Cast(), Recorder(directory / "wire"), []
    for step in the_day(cast, clock):
        steps.append(recorder.record(step, cast))
        if step == BEFORE_WRITING:
            said = recorder.loop.run_until_complete(together(cast.nadia, cast.theo))
            keep(directory / "wire" / "writing.txt", said)
    keep(directory / "wire" / "steps.txt", "".join(steps))


class Recorder:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.loop = asyncio.new_event_loop()
        self.number = self.revision = 0

    def record(self, step: str, cast: Cast) -> str:
        """Write what each page gets. Returns the lines of this step."""
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
        answered = (f"    {answer}\n" for answer in taken_answers())
        return "".join([f"{self.number:03} {step}: {self.revision - before}\n", *answered])

    def _ask(self, page: Page, before: int) -> dict[str, Any]:
        """What this page is answered by HTTP, by the names under which it is written."""
        paths = {
            "poll": page.address(before),
            "calm": page.address(self.revision),
            "calm with marks": page.address(self.revision, "&me"),
            "whole": page.address(-1),
        }
        return {name: page.browser.get(path) for name, path in paths.items()}


async def sockets(polls: list[tuple[Page, str]], since: int) -> list[str]:
    """What the sockets of these pages hear, beside what each was answered by a poll.

    Only those of strangers, who are turned away, and of participants: their marks are the last thing that they hear.
    """
    hearing = [(page, poll) for page, poll in polls if '"me":' in poll or poll.startswith("<")]
    heard = await asyncio.gather(*(frames(page, since) for page, _poll in hearing))
    return [
        f"======== {page.name}: socket\n{shown(frame, but=poll)}"
        for (page, poll), each in zip(hearing, heard, strict=True)
        for frame in each
    ]


async def frames(page: Page, since: int) -> list[str]:
    """What the socket of a page says when it opens, up to the marks, and when it is asked for anything newer."""
    socket = page.browser.socket(page.address(since))
    if refusal := await socket.open():
        return [refusal]
    said = [await socket.hear()]
    while '"me":' not in said[-1]:
        said.append(await socket.hear())
    await socket.say("?")
    said.append(await socket.hear())
    await socket.close()
    return said


def revision(browser: Browser) -> int:
    """The revision of the forum, which the live protocol tells."""
    return int(json.loads(text_of(browser.get(f"{address('live')}?as=page&since=-1")))["to"])


def headers(answer: Any) -> str:
    return " · ".join(f"{name}: {answer.headers[name]}" for name in HEADERS if name in answer.headers)


def shown(message: str, but: str = "") -> str:
    """A message with its HTML after it as it is, unless it is the HTML of `but`."""
    if not message.startswith("{") or not (html := json.loads(message).get("html")):
        return message
    head = message.replace(json.dumps(html, ensure_ascii=False), '"…"')
    return f"{head}\n(the same HTML as the poll)" if but.endswith(f"\n{html}") else f"{head}\n{html}"


def named(text: str, names: dict[int, str]) -> str:
    """The text with the names of revisions in the place of their numbers."""
    return REVISION.sub(lambda found: found[0].replace(found[2], names.get(int(found[2]), found[2])), text)
