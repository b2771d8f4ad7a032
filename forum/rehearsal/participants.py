"""The simulated people of a rehearsal, with a browser each: participants and the facilitator."""

import json
import re
import secrets
from dataclasses import dataclass
from urllib.parse import urljoin

from forum.rehearsal import sample_texts
from forum.rehearsal.browser import Browser, Response
from forum.rehearsal.live_page import OnApplied
from forum.rehearsal.page import Page, form_actions
from forum.rehearsal.screen import PATHS, Screen

FONT = re.compile(r'url\("?([^")]+\.woff2)"?\)')


class UnexpectedStatus(Exception):
    """A response with a status that no page should cause."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status))
        self.status = response.status


class JoiningClosed(Exception):
    """Nobody can join at this moment of the day."""


def expect(response: Response, *statuses: int) -> Response:
    """Return the response. Raises UnexpectedStatus for any other status."""
    if response.status not in statuses:
        raise UnexpectedStatus(response)
    return response


class SimulatedUser:
    """A person with a browser, in one forum."""

    def __init__(self, origin: str, code: str) -> None:
        self.browser = Browser(origin)
        self.code = code

    @property
    def home(self) -> str:
        return f"/{self.code}/"

    async def open(self, path: str) -> Page:
        """Request a page. Raises UnexpectedStatus."""
        return Page(expect(await self.browser.get(path), 200).text)

    async def send(self, path: str, *statuses: int, **fields: str) -> Response:
        """Send a form with a new key, and expect a redirection, or one of the given statuses."""
        response = await self.browser.post(path, {"key": secrets.token_hex(12), **fields})
        return expect(response, *(statuses or (302,)))

    async def press(self, path: str, **fields: str) -> None:
        """Press a button of a live page, which sends its form without leaving the page."""
        fields = {"key": secrets.token_hex(12), **fields}
        expect(await self.browser.post(path, fields, **{"HX-Request": "true"}), 204)


class SimulatedFacilitator(SimulatedUser):
    """The facilitator who moves everyone through the phases, and erases the rehearsal at the end."""

    async def sign_in(self, secret: str) -> bool:
        """Open the personal link. Return whether it is that of a facilitator of this forum."""
        if (await self.browser.get(f"/facilitator/{secret}/")).status != 302:
            return False
        # The settings: operators and sponsors see the desk too, and move nobody.
        return (await self.browser.get(f"{self.home}desk/settings/")).status == 200

    async def move(self, phase: str) -> None:
        await self.press(f"{self.home}desk/phase/", phase=phase)

    async def erase(self) -> None:
        await self.send(f"{self.home}desk/rehearsal/erase/", sure="yes")


@dataclass
class Draft:
    """A field of a report on its author's page."""

    path: str
    field: str
    acknowledged: str = ""
    """The text that the server confirmed."""
    base: str = ""
    """Mark of the version that is edited."""


class SimulatedParticipant(SimulatedUser):
    def __init__(self, rank: int, origin: str, code: str, on_applied: OnApplied) -> None:
        super().__init__(origin, code)
        self.rank = rank
        self.name = sample_texts.name(rank)
        self.screens: list[Screen] = []
        """Their open pages with a live board, the phone first."""
        self.topic = self.topic_title = ""
        """The path of the topic that they proposed, and its title."""
        self.pressed: dict[str, bool] = {}
        """Whether each button of the board is pressed, by path."""
        self.group = ""
        """The path of the topic whose group they joined."""
        self.draft: Draft | None = None
        self._on_applied = on_applied
        self._files: set[str] = set()

    @property
    def phone(self) -> Screen:
        return self.screens[0]

    async def join(self) -> None:
        """Go from the QR code to the board: the page with all its files, the form, the board."""
        page = await self.open(self.home)
        page.rehearsal_phase()
        await self._load_files(page.static_files())
        if not page.has_form(f"{self.home}join/"):
            raise JoiningClosed
        await self.send(
            f"{self.home}join/",
            name=self.name,
            same_name=self.name,
            organisation=sample_texts.ORGANISATIONS[self.rank % len(sample_texts.ORGANISATIONS)],
            territory="",
            appearance="full",
        )
        await self.open_screen("phone")

    async def _load_files(self, paths: list[str]) -> None:
        """Load style sheets and their fonts, scripts and images; each once, as a browser with a cache does."""
        for path in paths:
            if path in self._files:
                continue
            self._files.add(path)
            file = expect(await self.browser.get(path, accept="*/*"), 200)
            if file.headers.get("Content-Type", "").startswith("text/css"):
                await self._load_files([urljoin(path, font) for font in FONT.findall(file.text)])

    async def open_screen(self, audience: str) -> Screen:
        """Open a page with a live board. It is kept current by its `follow`, which the caller runs."""
        screen = Screen(self.browser, self.code, audience, on_applied=self._on_applied)
        page = await self.open(self.home + PATHS[audience])
        await self._load_files(page.static_files())
        screen.load(page)
        self.screens.append(screen)
        return screen

    async def open_again(self, audience: str) -> Screen:
        """Open the same page anew, to compare."""
        screen = Screen(self.browser, self.code, audience)
        screen.load(await self.open(self.home + PATHS[audience]))
        return screen

    def buttons(self, name: str) -> list[str]:
        """Return the paths of the buttons of this name on this phone's board: `interest` or `presence`."""
        paths = (path for fragment in self.phone.board.fragments.values() for path in form_actions(fragment.html))
        return [path for path in paths if path.endswith(f"/{name}/")]

    async def propose(self, run: str) -> None:
        self.topic_title = sample_texts.title(self.rank, run)
        await self.open(f"{self.home}topics/new/")
        fields = {"title": self.topic_title, "description": sample_texts.text(2)}
        self.topic = (await self.send(f"{self.home}topics/new/", **fields)).location

    async def place(self) -> None:
        """Put their topic into a free cell of the agenda, or elsewhere if it was taken meanwhile."""
        cells = (await self.open(self.topic)).choices("cell")
        elsewhere = [cell for cell in cells if cell.endswith("-elsewhere")]
        free = [cell for cell in cells if cell and cell not in elsewhere] or elsewhere
        if not free:
            return
        cell = free[self.rank % len(free)]
        response = await self.send(f"{self.topic}place/", 302, 409, cell=cell)
        if response.status == 409:
            cell = f"{cell.partition('-')[0]}-elsewhere"
            await self.send(f"{self.topic}place/", cell=cell, elsewhere="Dans le hall")

    async def rename(self, sign: str) -> None:
        """Put a sign into the title of their topic, by which a screen shows that it has this change."""
        fields = {"title": f"{self.topic_title} {sign}", "description": sample_texts.text(2)}
        await self.send(f"{self.topic}edit/", **fields)

    async def toggle_interest(self, button: str) -> None:
        """Press “I am going”, or take it back if it is pressed."""
        is_pressed = not self.pressed.get(button, False)
        await self.press(button, going="yes" if is_pressed else "no")
        self.pressed[button] = is_pressed

    async def join_group(self, button: str) -> None:
        await self.press(button, present="yes")
        self.group = button.removesuffix("presence/")

    async def begin_report(self, field: str) -> None:
        """Open the form of their group's report, to write in this field."""
        path = f"{self.group}report/"
        page = await self.open(path)
        self.draft = Draft(path, field, base=page.value_of(f"b_{field}"))

    async def write(self, sentences: int = 2) -> None:
        """Save the draft with more text, as js/report/saver.js does. Raises UnexpectedStatus if it is refused."""
        draft = self.draft
        if draft is None:
            return
        text = f"{draft.acknowledged} {sample_texts.text(sentences)}".strip()
        fields = {draft.field: text, f"b_{draft.field}": draft.base}
        response = expect(await self.browser.post(draft.path, fields, accept="application/json"), 200)
        saved = json.loads(response.text)
        if saved["conflicts"] or saved["errors"]:
            raise UnexpectedStatus(response)
        draft.acknowledged, draft.base = text, saved["fields"][draft.field]["base"]

    async def has_lost_text(self) -> bool:
        """Return whether the server no longer has the text that it confirmed."""
        if self.draft is None or not self.draft.acknowledged:
            return False
        response = expect(await self.browser.get(self.draft.path, accept="application/json"), 200)
        return bool(json.loads(response.text)["fields"][self.draft.field]["value"] != self.draft.acknowledged)

    async def finish_report(self) -> None:
        if self.draft:
            await self.send(f"{self.draft.path}finish/")

    async def leave_closing_words(self) -> None:
        await self.open(f"{self.home}words/")
        words = sample_texts.WORDS[self.rank % len(sample_texts.WORDS)]
        await self.send(f"{self.home}words/", words=words, keep="", change="")
