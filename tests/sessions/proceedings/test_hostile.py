"""Hostile and excessive texts: the book is complete, within its limits, and fetches nothing."""

import io
import socket
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytest_django import DjangoDbBlocker

from forum.models import Forum
from sessions.media import images
from sessions.models import Action, Photo, Report
from sessions.proceedings import content, fallback, formats, html, pdf, pdf_process
from sessions.proceedings.book import BARE, FLAT, Book
from tests.sessions.proceedings.conftest import ACTOR, hold_group, join, make_forum, rolled_back, write_report
from tests.sessions.proceedings.pdf_structure import CHECKS, PdfStructure

pytestmark = pytest.mark.django_db

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
MARKS = "".join(map(chr, range(0x300, 0x36F)))
REST = "The rest of this text is in the other formats."


def wide_photo(report: Report) -> None:
    """Add a photo as wide as is accepted."""
    upload = io.BytesIO()
    Image.new("RGB", (8000, 5), "#b23c16").save(upload, "JPEG")
    (drawn,) = images.process_images([io.BytesIO(upload.getvalue())])
    assert isinstance(drawn, images.ProcessedImage)
    photo = Photo.add(report, drawn, ACTOR)
    photo.write({"caption": "a very wide photo"}, photo.bases(), ACTOR)
    photo.set_people_agreed(True, ACTOR)


def many_actions(report: Report) -> None:
    report.add_action(ACTOR, what="Act 0")
    Action.objects.bulk_create(
        Action(report=report, position=position, what=f"Act {position}") for position in range(2, 401)
    )


@dataclass(frozen=True)
class Bomb:
    """The report of one group, and the texts that the book must have, spaces aside."""

    texts: dict[str, str]
    printed: tuple[str, ...]
    add: Callable[[Report], None] = lambda report: None


BOMBS = {
    "one word of 100,000 letters": Bomb({"findings": "w" * 100_000}, ("w" * 5900, REST)),
    "20,000 families": Bomb({"debate": FAMILY * 20_000}, (REST,)),
    "a deep nest": Bomb(
        {"debate": "\n".join("  " * depth + ("- deep", "> deep", "1. deep")[depth % 3] for depth in range(3000))},
        ("deep", REST),
    ),
    "a huge table": Bomb({"findings": "\n".join(["|" + "cell|" * 100] * 1000)}, ("|cell|cell|cell|cell|", REST)),
    "marks upon marks": Bomb({"needs": "".join(f"z{MARKS}" for _ in range(50)) + " heaped"}, ("heaped",)),
    "reading turned about": Bomb({"quote": "\u202e\u2066\u202b" * 100 + "backwards"}, ("backwards",)),
    "thousands of links": Bomb(
        {"resources": "\n".join(f"[link {n}](https://a.example/{n})" for n in range(5000))}, ("link 199",)
    ),
    "titles of one word": Bomb({"title": "T" * 200, "findings": "x"}, ("T" * 100, "T" * 200)),
    "400 actions": Bomb({"findings": "x"}, ("Act 0", "Act 399", "Act 400"), many_actions),
    "50,000 lines": Bomb({"proposals": "line\n" * 50_000}, ("line" * 10, REST)),
    "all scripts at once": Bomb({"debate": "שלום مرحبا ᠮᠣᠩᠭᠣᠯ 縦書き सभी\u00a0" * 200 + "so be it"}, ("so be it",)),
    "a very wide photo": Bomb({"findings": "x"}, ("a very wide photo",), wide_photo),
    "invisible characters": Bomb(
        {
            "findings": "be\x00\x01\x1b\x7f\x85\ufffe\uffff\ufeff\u2028tween" + "\u00ad\u200d\u2060" * 2000,
            "contact": "\x0b",
        },
        ("be", "tween"),
    ),
}
GROUPS = {name: number for number, name in enumerate(BOMBS, 1)}
INNOCENT = "The third schoolyard was shaded in June."


def make_bombed_forum() -> Forum:
    """Make a forum whose first groups each wrote a bomb, and whose people have the longest names."""
    forum = make_forum(title="F" * 120, question="Q" * 300, venue="V" * 200, organisers="O" * 300)
    person = join(forum, "N\x0b" * 40, "full", "T" * 120, "O" * 120)
    for name, bomb in BOMBS.items():
        group = hold_group(forum, "t" * 200, person, person, place=f"Table {GROUPS[name]}"[:80])
        report = Report.for_group(group)
        report.write(bomb.texts, report.bases(), ACTOR)
        bomb.add(report)
        report.finish(ACTOR)
    write_report(hold_group(forum, "Shade", person, place="Barn"), findings=INNOCENT)
    return forum


def squeezed(text: str) -> str:
    """Remove the spaces and hyphens of line breaks, and combining marks."""
    kinds = ((sign, unicodedata.category(sign)) for sign in unicodedata.normalize("NFD", text))
    return "".join(sign for sign, kind in kinds if kind[0] not in "MZC" and kind != "Pd")


@dataclass
class BombedBook:
    book: Book
    files: dict[str, bytes]
    structure: PdfStructure
    text: str


@pytest.fixture(scope="module")
def bombs(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: Any) -> Iterator[BombedBook]:
    """The book of all bombs, printed once with the usual limits."""
    with rolled_back(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        book, printed = print_safely(content.read_book(make_bombed_forum(), 1))
        structure = PdfStructure(printed.content)
        yield BombedBook(book, formats.make_formats(book, printed.content), structure, squeezed(structure.text))


def print_safely(book: Book, **limits: Any) -> tuple[Book, pdf_process.Pdf]:
    def print_attempt(book: Book) -> pdf_process.Pdf:
        return pdf.render_pdf(html.render_book(book), images=images.directory(), **limits)

    return fallback.print_with_fallback(
        book, print_attempt, partial(pdf.find_printable, images=images.directory(), **limits)
    )


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_printed_as_the_text_that_it_is(bombs: BombedBook, name: str) -> None:
    assert bombs.book.reports[GROUPS[name] - 1].plainness == 0
    assert [text for text in BOMBS[name].printed if squeezed(text) not in bombs.text] == []


def test_bombs_leave_other_reports_whole(bombs: BombedBook) -> None:
    assert squeezed(INNOCENT) in bombs.text
    assert [number for number in range(1, len(BOMBS) + 2) if f"{number}" not in bombs.text] == []
    assert len(bombs.structure.pages) < 200


def test_bombs_are_whole_in_the_other_formats(bombs: BombedBook) -> None:
    assert "w" * 100_000 in bombs.files["book.md"].decode()
    assert bombs.files["data.json"].decode().count(FAMILY) == 20_000
    assert bombs.files["book.odt"].startswith(b"PK")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_hostile_book(bombs: BombedBook, check: Callable[[PdfStructure], None]) -> None:
    check(bombs.structure)


# Texts and markup that ask for files and URLs

SECRET = "The secret key is 8f1d"
INJECTIONS = {
    "an image": '<img src="{file}" alt="x"><img src="{site}" alt="x">',
    "a choice of images": '<picture><source srcset="{site} 2x"><img srcset="{file} 1x" src="{file}" alt="x"></picture>',
    "a style sheet": '<link rel="stylesheet" href="{file}"><link rel="stylesheet" href="{site}">',
    "an attachment": '<link rel="attachment" href="{file}"><a rel="attachment" href="{file}">x</a>',
    "an imported style": '<style>@import url("{file}"); @import "{site}";</style>',
    "a background": '<style>p {{ background: url("{file}"), url({site}) }}</style>',
    "content": '<style>p::before {{ content: url("{file}") url("{site}") }}</style>',
    "a font": '<style>@font-face {{ font-family: x; src: url("{file}"), url("{site}") }} p {{ font: 9pt x }}</style>',
    "a bullet": '<ul><li style="list-style-image: url({file})">x</li><li style="list-style: url({site})">x</li></ul>',
    "objects": '<object data="{file}"></object><embed src="{site}"><iframe src="{file}"></iframe>',
    "a drawing": '<svg><image href="{file}" width="9" height="9"/><use href="{site}#x"/></svg>',
    "an entity": '<!DOCTYPE p [<!ENTITY x SYSTEM "{file}">]><p>&x;</p><img alt="x" src=\'data:image/svg+xml,'
    '<!DOCTYPE svg [<!ENTITY x SYSTEM "{file}">]><svg xmlns="http://www.w3.org/2000/svg"><text>&amp;x;</text></svg>\'>',
    "a base": '<base href="{folder}"><img src="secret.png" alt="x">',
    "ways around": '<img src="book:/../{path}" alt="x"><img src="book:/css/..%2f..%2f{path}" alt="x">'
    '<link rel="stylesheet" href="book:/images/../../{path}"><img src="book:/images/%2e%2e/{path}" alt="x">',
    "Markdown": "![x]({file}) [x]({file}) [x](javascript:alert(1)) [x](data:text/html,x) <{site}> ![x]({site})",
    "a template": "{{{{ settings.SECRET_KEY }}}} {{% include '{path}' %}} {{% load static %}}{{% debug %}} ${{7*7}}",
}


@dataclass
class Canary:
    """A file that must not be read, and a server that must not be called."""

    file: Path
    server: socket.socket

    def fill(self, injection: str) -> str:
        """Put the file and the URL that must not be read into an injection."""
        return injection.format(
            file=self.file.as_uri(),
            site=f"http://127.0.0.1:{self.server.getsockname()[1]}/x.png",
            folder=self.file.parent.as_uri() + "/",
            path=str(self.file).lstrip("/"),
        )

    @property
    def was_called(self) -> bool:
        try:
            self.server.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def canary(tmp_path_factory: Any) -> Iterator[Canary]:
    file = tmp_path_factory.mktemp("canary") / "secret.png"
    file.write_text(SECRET)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.setblocking(False)
        yield Canary(file, server)


@pytest.fixture(scope="module")
def book_of_injections(canary: Canary, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> PdfStructure:
    """The book of groups that each typed an injection into every field."""
    with rolled_back(django_db_blocker):
        forum = make_forum()
        for name, injection in INJECTIONS.items():
            text = canary.fill(injection)
            report = write_report(
                hold_group(forum, text[:200], join(forum, text[:80]), place=name), findings=text, quote=text[:400]
            )
            report.add_action(ACTOR, what=text[:300])
        _book, printed = print_safely(content.read_book(forum, 1))
        return PdfStructure(printed.content)


@pytest.mark.parametrize("name", INJECTIONS)
def test_markup_in_a_text_is_printed_as_the_text_that_it_is(
    book_of_injections: PdfStructure, canary: Canary, name: str
) -> None:
    printed = squeezed(book_of_injections.text)
    assert squeezed(canary.fill(INJECTIONS[name])) in printed or name == "Markdown"
    assert squeezed(SECRET) not in printed
    assert list(book_of_injections.reader.attachments) == []
    assert not canary.was_called


@pytest.fixture(scope="module")
def page_of_injections(canary: Canary) -> tuple[PdfStructure, bytes]:
    """The same as real markup, given to the child process directly."""
    page = (
        f'<html lang="en"><title>x</title>{"".join(map(canary.fill, INJECTIONS.values()))}<p>The end of it</p></html>'
    )
    printed = pdf.render_pdf(page, images=canary.file.parent)
    return PdfStructure(printed.content), printed.content


def test_markup_fetches_neither_files_nor_urls(page_of_injections: tuple[PdfStructure, bytes], canary: Canary) -> None:
    structure, file = page_of_injections
    assert "The end of it" in structure.text
    assert SECRET.encode() not in file
    assert squeezed(SECRET) not in squeezed(structure.text)
    assert dict(structure.reader.attachments) == {}
    assert [page.images for page in structure.reader.pages if len(page.images)] == []
    assert not canary.was_called


# Texts that cannot be laid out

FRAGILE_CHILD = """
import runpy, sys
child = runpy.run_path({script!r}, run_name="child")
import weasyprint
real = weasyprint.HTML
def fragile(string, **named):
    for article in string.split("<article class=")[1:]:
        if "{word}" in article and not article.startswith('"report flat"'):
            {end}
    return real(string=string, **named)
weasyprint.HTML = fragile
child["apply_limits"](int(sys.argv[3]), int(sys.argv[4]))
sys.exit(child["main"](__import__("pathlib").Path(sys.argv[1]), __import__("pathlib").Path(sys.argv[2])))
"""
"""The child process, over a WeasyPrint that fails on a word, except in a flat report."""


def test_a_report_that_cannot_be_laid_out_is_printed_as_plain_text(tmp_path: Path) -> None:
    script = tmp_path / "fragile.py"
    script.write_text(FRAGILE_CHILD.format(script=str(pdf_process.SCRIPT), word="BOMB", end="bytearray(3 << 30)"))
    forum = make_forum()
    write_report(hold_group(forum, "Shade", None, place="Barn"), findings="- one\n- two")
    write_report(
        hold_group(forum, "Water", None, place="Glass hall"), findings="- a **BOMB**\n- three", proposals="x: y"
    )
    book, printed = print_safely(content.read_book(forum, 1), script=script)
    assert [report.plainness for report in book.reports] == [0, FLAT]
    assert book.plainness == 0
    structure = PdfStructure(printed.content)
    assert "This report could not be laid out: its text is given as it is." in structure.text
    assert "a BOMB" in structure.text.replace("**", "")
    assert "three" in structure.text
    assert "2. Water" in [title for _level, title in structure.bookmarks]
    for check in CHECKS:
        check(structure)


def test_a_bare_book_is_short_and_in_latin_letters() -> None:
    forum = make_forum()
    write_report(hold_group(forum, "水 for all", None, place="Barn"), findings="水 is " + "far too long " * 100)
    bare = fallback.strip(content.read_book(forum, 1))
    assert {report.plainness for report in bare.reports} == {BARE}
    structure = PdfStructure(pdf.render_pdf(html.render_book(bare)).content)
    assert "? is far too long" in structure.text
    assert REST in structure.text
    assert "水" not in structure.text
    assert len(structure.pages) < 6
