"""Who comes to a rehearsal: people with a phone each, and the facilitator, if their link was given."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from ssl import SSLContext
from urllib.parse import urljoin

from sessions.rehearsal import story
from sessions.rehearsal.screen import Message, Screen, elements
from sessions.rehearsal.web import Answer, Browser, Site

MARK = re.compile(r'<meta name="forum-rehearsal" content="(\w+)">')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FILE = re.compile(r'(?:href|src)="(/[^"]*static/[^"]+)"')
FONT = re.compile(r'url\("?([^")]+\.woff2)"?\)')
FREE_CELL = re.compile(r'<option value="(\d+-\d+)">')
ANY_CELL = re.compile(r'<option value="(\d+-elsewhere)"')
BUTTON = re.compile(r'formaction="([^"]+/(?:interest|presence)/)"')

Notice = Callable[[Screen, Message], None]


class NotForUs(Exception):
    """The forum is not, or no longer, marked as a rehearsal: nothing more is sent to it."""


class Unexpected(Exception):
    """An answer that no phone should get in an honest day; `status` is its number."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.status = answer.status


class Closed(Exception):
    """Nobody can join at this moment of the day."""


def phase_of(page: str) -> str:
    """The phase that the page of a rehearsal tells. Raises NotForUs for any other forum."""
    mark = MARK.search(page)
    if mark is None:
        raise NotForUs
    return mark.group(1)


def expect(answer: Answer, *statuses: int) -> Answer:
    if answer.status not in statuses:
        raise Unexpected(answer)
    return answer


class Somebody:
    """Someone with a browser, in one forum."""

    def __init__(self, site: Site, code: str, tls: SSLContext | None) -> None:
        self.browser = Browser(site, tls)
        self.code = code
        self.token = ""

    @property
    def home(self) -> str:
        return f"/{self.code}/"

    async def open(self, path: str) -> str:
        """A page, whose forms can be sent from now on."""
        page = expect(await self.browser.get(path), 200).text
        if token := TOKEN.search(page):
            self.token = unescape(token.group(1))
        return page

    async def send(self, path: str, *statuses: int, **fields: str) -> Answer:
        """A form with a key of its own; its answer leads on (302), unless other statuses are expected."""
        proof = {"csrfmiddlewaretoken": self.token, "key": secrets.token_hex(12)}
        return expect(await self.browser.post(path, {**proof, **fields}), *(statuses or (302,)))

    async def press(self, path: str, **fields: str) -> Answer:
        """A button of a live page."""
        proof = {"csrfmiddlewaretoken": self.token, "key": secrets.token_hex(12)}
        answer = await self.browser.post(path, {**proof, **fields}, HX_Request="true")
        return expect(answer, 204)


class Facilitator(Somebody):
    """Moves everyone through the day, and erases it at the end."""

    async def come(self, secret: str) -> bool:
        """Open the personal link; False if it is not of somebody who runs this forum."""
        if (await self.browser.get(f"/facilitator/{secret}/")).status != 302:
            return False
        desk = await self.browser.get(f"{self.home}desk/")
        if desk.status != 200:
            return False
        await self.open(f"{self.home}desk/")
        return True

    async def move(self, phase: str) -> None:
        await self.press(f"{self.home}desk/phase/", phase=phase)

    async def erase(self) -> None:
        await self.send(f"{self.home}desk/rehearsal/erase/", sure="yes")


@dataclass
class Writing:
    """A report as its writer knows it: what the server acknowledged, and the marks to send with the next words."""

    path: str
    field: str
    acknowledged: str = ""
    base: str = ""


class Phone(Somebody):
    """A participant's."""

    def __init__(self, rank: int, site: Site, code: str, tls: SSLContext | None, notice: Notice) -> None:
        super().__init__(site, code, tls)
        self.rank = rank
        self.name = story.name(rank)
        self.notice = notice
        self.screens: list[Screen] = []
        self.topic = self.topic_title = ""
        """The path of the topic that they proposed, and its title."""
        self.pressed: dict[str, bool] = {}
        """The buttons of the board that they pressed, by path."""
        self.seat = ""
        """The path of the group in which they sit."""
        self.writing: Writing | None = None
        self._files: set[str] = set()

    @property
    def screen(self) -> Screen:
        return self.screens[0]

    async def come_in(self) -> None:
        """From the QR code to the board: the page with all its files, the form, the board."""
        page = await self.open(self.home)
        phase_of(page)
        await self._load_files(FILE.findall(page))
        if f'action="{self.home}join/"' not in page:
            raise Closed
        said = {
            "name": self.name,
            "same_name": self.name,
            "organisation": story.ORGANISATIONS[self.rank % len(story.ORGANISATIONS)],
            "territory": "",
            "appearance": "full",
        }
        await self.send(f"{self.home}join/", **said)
        await self.look("phone", self.home)

    async def _load_files(self, paths: list[str]) -> None:
        """Style sheets with the fonts that they name, scripts and pictures; each once, as a browser keeps them."""
        for path in paths:
            if path in self._files:
                continue
            self._files.add(path)
            file = expect(await self.browser.get(path, accept="*/*"), 200)
            if file.headers.get("content-type", "").startswith("text/css"):
                await self._load_files([urljoin(path, font) for font in FONT.findall(file.text)])

    async def look(self, audience: str, path: str) -> Screen:
        """Open a page with a live board."""
        screen = Screen(self.browser, self.code, audience, self.notice)
        page = await self.open(path)
        await self._load_files(FILE.findall(page))
        screen.load(page)
        self.screens.append(screen)
        return screen

    def buttons(self, which: str) -> list[str]:
        """The buttons that the board shows on this phone: `interest` or `presence`."""
        cards = "".join(card.html for card in self.screen.cards.values())
        return [path for path in BUTTON.findall(cards) if path.endswith(f"/{which}/")]

    async def propose(self, run: str) -> None:
        self.topic_title = story.title(self.rank, run)
        await self.open(f"{self.home}topics/new/")
        said = {"title": self.topic_title, "description": story.text(2)}
        self.topic = (await self.send(f"{self.home}topics/new/", **said)).path

    async def place(self) -> None:
        """Put their topic into a free cell, or elsewhere if somebody was faster."""
        page = await self.open(self.topic)
        free, elsewhere = FREE_CELL.findall(page), ANY_CELL.findall(page)
        if not elsewhere:
            return
        cell = free[self.rank % len(free)] if free else elsewhere[self.rank % len(elsewhere)]
        answer = await self.send(f"{self.topic}place/", 302, 409, cell=cell)
        if answer.status == 409:
            cell = f"{cell.partition('-')[0]}-elsewhere"
            await self.send(f"{self.topic}place/", cell=cell, elsewhere="Dans le hall")

    async def rename(self, sign: str) -> None:
        """Word their topic anew, with a sign by which every screen can tell that it has this very change."""
        said = {"title": f"{self.topic_title} {sign}", "description": story.text(2)}
        await self.send(f"{self.topic}edit/", **said)

    async def tap(self, button: str) -> None:
        """Press “I am going” or “Join”, or press it again to take it back."""
        now = not self.pressed.get(button, False)
        await self.press(button, **{"going" if button.endswith("/interest/") else "present": "yes" if now else "no"})
        self.pressed[button] = now

    async def sit(self, button: str) -> None:
        await self.press(button, present="yes")
        self.seat = button.removesuffix("presence/")

    async def begin_report(self, name: str) -> None:
        """Open the form of their group's report, to write in this field."""
        path = f"{self.seat}report/"
        page = await self.open(path)
        self.writing = Writing(path, name)
        for element in elements(page, f'name="b_{name}"'):
            self.writing.base = element.attributes["value"]

    async def write(self, sentences: int = 2) -> None:
        """One autosave, as js/report/saver.js sends it. Raises Unexpected when the server did not take the words."""
        writing = self.writing
        if writing is None:
            return
        words = f"{writing.acknowledged} {story.text(sentences)}".strip()
        said = {"csrfmiddlewaretoken": self.token, writing.field: words, f"b_{writing.field}": writing.base}
        answer = expect(await self.browser.post(writing.path, said, accept="application/json"), 200)
        kept = json.loads(answer.text)
        if kept["conflicts"] or kept["errors"]:
            raise Unexpected(answer)
        writing.acknowledged, writing.base = words, kept["fields"][writing.field]["base"]

    async def has_lost_words(self) -> bool:
        """Whether the server no longer has what it acknowledged."""
        if self.writing is None or not self.writing.acknowledged:
            return False
        answer = expect(await self.browser.get(self.writing.path, accept="application/json"), 200)
        return bool(json.loads(answer.text)["fields"][self.writing.field]["value"] != self.writing.acknowledged)

    async def finish_report(self) -> None:
        if self.writing:
            await self.send(f"{self.writing.path}finish/")

    async def say_goodbye(self) -> None:
        await self.open(f"{self.home}words/")
        await self.send(f"{self.home}words/", words=story.WORDS[self.rank % len(story.WORDS)], keep="", change="")

    async def fresh(self, screen: Screen) -> Screen:
        """The same page, opened anew."""
        again = Screen(self.browser, self.code, screen.audience, lambda _screen, _message: None)
        path = self.home if screen.audience == "phone" else f"{self.home}wall/"
        again.load(await self.open(path))
        return again

    def leave(self) -> None:
        self.browser.close()
