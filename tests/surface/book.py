"""The demonstration day of `manage.py demo`: its book in every form, in French and in English, and its pages."""

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
"""Of an archive, the file that tells its content."""
PHASES = ("groups", "marketplace", "published")
"""In which the pages are looked at."""
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
    """Every form of the edition that waits to be made, and what is printed of it."""
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
    """A browser for each role: facilitator, convener of number 1, somebody who is not in its group, and a stranger."""
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
    """A phone for somebody, with the code that the facilitator gives them."""
    [code] = CODE_SHOWN.findall(text_of(camille.post("person_code", person)))
    phone = Browser()
    phone.post("other_phone", code=code)
    return phone
