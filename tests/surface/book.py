"""The demonstration day of `manage.py demo`: its book in every format, in French and in English, and its pages."""

import io
import re
import zipfile
from pathlib import Path

from django.core.management import call_command

from tests.surface import pages
from tests.surface.browser import Browser, address, expect, links, text_of
from tests.surface.clean import keep
from tests.surface.day import CODE_SHOWN
from tests.surface.world import Clock, fix_forum, run_tasks

INSIDE = {"book.odt": "content.xml", "site.zip": "index.html"}
"""The file of each archive to compare."""
PHASES = ("groups", "marketplace", "published")
"""Phases in which the pages are written."""
CONVENER = re.compile(r'<p class="meta">([^,<]+)')


def write(directory: Path, clock: Clock) -> None:
    """Write `book/` and `pages/`."""
    terminal, camille = io.StringIO(), Browser()
    call_command("demo", stdout=terminal)
    desk = expect(camille.get(terminal.getvalue().split()[-1]), 302).headers["Location"]
    fix_forum(desk.split("/")[1])
    clock.forward(60)
    _book(directory / "book" / "fr", camille)
    roles = _roles(camille)
    for phase in PHASES:
        _move(camille, phase)
        for role, browser in roles.items():
            pages.write(directory / "pages" / phase / role, browser)
    _move(camille, "closing")
    camille.submit("describe", language="en")
    camille.post("request_edition")
    _book(directory / "book" / "en", camille)


def _move(camille: Browser, phase: str) -> None:
    if phase == "published":
        camille.submit("publish")
    else:
        camille.post("move", phase=phase)


def _book(directory: Path, camille: Browser) -> None:
    """Make the requested edition and the sheets, and write them in every format."""
    for number, page in enumerate(run_tasks()):
        keep(directory / f"printed-{number}.html", page)
    page = camille.page("book")
    for path in links(page)["other_format"]:
        name = path.rpartition("/")[2]
        content = b"".join(expect(camille.get(path), 200).streaming_content)
        if name in INSIDE:
            content = zipfile.ZipFile(io.BytesIO(content)).read(INSIDE[name])
        keep(directory / name, content.decode())
    keep(directory / "page.html", text_of(camille.get(links(page)["book_page"][0])))
    camille.get(address("essential"))
    camille.get(address("report_pdf", 1))
    camille.submit("printing", blank_rows="3")
    for number, page in enumerate(run_tasks()):
        keep(directory / f"sheets-{number}.html", page)


def _roles(camille: Browser) -> dict[str, Browser]:
    """Return a browser for each role: facilitator, convener of topic 1, participant outside its group, stranger."""
    [convener, *_others] = CONVENER.findall(camille.page("topic", 1))
    people = dict(re.findall(r'data-person="(\d+)" data-name="([^"]+)"', camille.page("desk")))
    numbers = {name: number for number, name in people.items()}
    around = camille.page("topic", 1)
    outsider = next(name for name in numbers if name not in around.split("<select")[0])
    return {
        "facilitator": camille,
        "convener": _phone(camille, numbers[convener]),
        "participant": _phone(camille, numbers[outsider]),
        "stranger": Browser(),
    }


def _phone(camille: Browser, person: str) -> Browser:
    """Make a second device for a person, with a code from the facilitator."""
    [code] = CODE_SHOWN.findall(text_of(camille.post("person_code", person)))
    phone = Browser()
    phone.post("other_phone", code=code)
    return phone
