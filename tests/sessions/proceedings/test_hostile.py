"""Whatever people write, the book comes out: whole, within its limits, with nothing in it that is not theirs."""

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
from sessions.models.report import report_of
from sessions.proceedings import content, fallback, html, jobs, pdf, variants
from sessions.proceedings.book import Book
from sessions.proceedings.truncate import BARE, PLAIN
from tests.sessions.proceedings.conftest import BY, arrive, begin, meet, passing, write
from tests.sessions.proceedings.structure import CHECKS, Anatomy

pytestmark = pytest.mark.django_db

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
MARKS = "".join(map(chr, range(0x300, 0x36F)))
REST = "The rest of this text is in the other forms."


def wide_photo(report: Report) -> None:
    """As wide as what is taken may be, sent and drawn as any photo."""
    sent = io.BytesIO()
    Image.new("RGB", (8000, 5), "#b23c16").save(sent, "JPEG")
    (drawn,) = images.redraw([io.BytesIO(sent.getvalue())])
    assert isinstance(drawn, images.Drawn)
    photo = Photo.add(report, drawn, BY)
    photo.write({"caption": "a very wide photo"}, photo.bases(), BY)
    photo.agree(True, BY)


def many_actions(report: Report) -> None:
    report.add_action(BY, what="Act 0")
    Action.objects.bulk_create(
        Action(report=report, position=position, what=f"Act {position}") for position in range(2, 401)
    )


@dataclass(frozen=True)
class Bomb:
    """What one group writes, and what the book must then hold, whatever its spaces."""

    written: dict[str, str]
    shown: tuple[str, ...]
    more: Callable[[Report], None] = lambda report: None


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
    "signs that nobody sees": Bomb(
        {
            "findings": "be\x00\x01\x1b\x7f\x85\ufffe\uffff\ufeff\u2028tween" + "\u00ad\u200d\u2060" * 2000,
            "contact": "\x0b",
        },
        ("be", "tween"),
    ),
}
GROUPS = {name: number for number, name in enumerate(BOMBS, 1)}
INNOCENT = "The third schoolyard was shaded in June."


def bombed() -> Forum:
    """A forum where each of the first groups wrote a bomb, and each person has the longest of names."""
    forum = begin(title="F" * 120, question="Q" * 300, venue="V" * 200, organisers="O" * 300)
    person = arrive(forum, "N\x0b" * 40, "full", "T" * 120, "O" * 120)
    for name, bomb in BOMBS.items():
        group = meet(forum, "t" * 200, person, person, place=f"Table {GROUPS[name]}"[:80])
        report = report_of(group)
        report.write(bomb.written, report.bases(), BY)
        bomb.more(report)
        report.finish(BY)
    write(meet(forum, "Shade", person, place="Barn"), findings=INNOCENT)
    return forum


def squeezed(text: str) -> str:
    """Without the spaces and hyphens that lines bring, and marks on letters."""
    kinds = ((sign, unicodedata.category(sign)) for sign in unicodedata.normalize("NFD", text))
    return "".join(sign for sign, kind in kinds if kind[0] not in "MZC" and kind != "Pd")


@dataclass
class Result:
    book: Book
    forms: dict[str, bytes]
    anatomy: Anatomy
    text: str


@pytest.fixture(scope="module")
def bombs(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: Any) -> Iterator[Result]:
    """The book of all bombs, printed once, with the limits that books have."""
    with passing(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        book, made = printed_safely(content.read(bombed(), 1))
        anatomy = Anatomy(made.content)
        yield Result(book, variants.make_all(book, made.content, jobs.STATIC), anatomy, squeezed(anatomy.text))


def printed_safely(book: Book, **limits: Any) -> tuple[Book, pdf.Pdf]:
    def press(book: Book) -> pdf.Pdf:
        return pdf.render_pdf(html.render(book), jobs.STATIC, images=images.directory(), **limits)

    return fallback.printed(book, press, partial(pdf.judge, static=jobs.STATIC, images=images.directory(), **limits))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_shown_as_the_text_that_it_is(bombs: Result, name: str) -> None:
    assert bombs.book.reports[GROUPS[name] - 1].plainness == 0
    assert [words for words in BOMBS[name].shown if squeezed(words) not in bombs.text] == []


def test_bombs_leave_the_others_whole(bombs: Result) -> None:
    assert squeezed(INNOCENT) in bombs.text
    assert [number for number in range(1, len(BOMBS) + 2) if f"{number}" not in bombs.text] == []
    assert len(bombs.anatomy.pages) < 200


def test_bombs_are_whole_in_the_other_forms(bombs: Result) -> None:
    assert "w" * 100_000 in bombs.forms["book.md"].decode()
    assert bombs.forms["data.json"].decode().count(FAMILY) == 20_000
    assert bombs.forms["book.odt"].startswith(b"PK")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_hostile_book(bombs: Result, check: Callable[[Anatomy], None]) -> None:
    check(bombs.anatomy)


# Files and addresses that a text or a mark-up asks for

SECRET = "The secret key is 8f1d"
GRABS = {
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
class Trap:
    """A file that nobody may read, and a site that nobody may call."""

    file: Path
    site: socket.socket

    def told(self, grab: str) -> str:
        return grab.format(
            file=self.file.as_uri(),
            site=f"http://127.0.0.1:{self.site.getsockname()[1]}/x.png",
            folder=self.file.parent.as_uri() + "/",
            path=str(self.file).lstrip("/"),
        )

    @property
    def was_called(self) -> bool:
        try:
            self.site.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def trap(tmp_path_factory: Any) -> Iterator[Trap]:
    file = tmp_path_factory.mktemp("trap") / "secret.png"
    file.write_text(SECRET)
    with closing(socket.create_server(("127.0.0.1", 0))) as site:
        site.setblocking(False)
        yield Trap(file, site)


@pytest.fixture(scope="module")
def grabs(trap: Trap, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Anatomy:
    """The book of people who typed all of them as what they write, one group each."""
    with passing(django_db_blocker):
        forum = begin()
        for name, grab in GRABS.items():
            text = trap.told(grab)
            report = write(
                meet(forum, text[:200], arrive(forum, text[:80]), place=name), findings=text, quote=text[:400]
            )
            report.add_action(BY, what=text[:300])
        _book, made = printed_safely(content.read(forum, 1))
        return Anatomy(made.content)


@pytest.mark.parametrize("name", GRABS)
def test_a_grab_is_shown_as_the_text_that_it_is(grabs: Anatomy, trap: Trap, name: str) -> None:
    told = squeezed(trap.told(GRABS[name]))
    shown = squeezed(grabs.text)
    assert told in shown or name == "Markdown"
    assert squeezed(SECRET) not in shown
    assert list(grabs.reader.attachments) == []
    assert not trap.was_called


@pytest.fixture(scope="module")
def fed(trap: Trap) -> tuple[Anatomy, bytes]:
    """The same as mark-up, given to the renderer as if nothing had stood before it."""
    page = f'<html lang="en"><title>x</title>{"".join(map(trap.told, GRABS.values()))}<p>The end of it</p></html>'
    made = pdf.render_pdf(page, jobs.STATIC, images=trap.file.parent)
    return Anatomy(made.content), made.content


def test_mark_up_that_grabs_gets_nothing(fed: tuple[Anatomy, bytes], trap: Trap) -> None:
    anatomy, file = fed
    assert "The end of it" in anatomy.text
    assert SECRET.encode() not in file
    assert squeezed(SECRET) not in squeezed(anatomy.text)
    assert dict(anatomy.reader.attachments) == {}
    assert [page.images for page in anatomy.reader.pages if len(page.images)] == []
    assert not trap.was_called


# When all of this was not enough

TOUCHY = """
import runpy, sys
renderer = runpy.run_path({renderer!r}, run_name="renderer")
import weasyprint
real = weasyprint.HTML
def touchy(string, **named):
    for article in string.split("<article class=")[1:]:
        if "{word}" in article and not article.startswith('"report flat"'):
            {end}
    return real(string=string, **named)
weasyprint.HTML = touchy
renderer["limit"](int(sys.argv[3]), int(sys.argv[4]))
sys.exit(renderer["main"](__import__("pathlib").Path(sys.argv[1]), __import__("pathlib").Path(sys.argv[2])))
"""
"""Our renderer, over libraries that cannot bear a word in a layout."""


def test_a_passage_that_cannot_be_laid_out_is_given_as_plain_text(tmp_path: Path) -> None:
    script = tmp_path / "touchy.py"
    script.write_text(TOUCHY.format(renderer=str(pdf.RENDERER), word="BOMB", end="bytearray(3 << 30)"))
    forum = begin()
    write(meet(forum, "Shade", None, place="Barn"), findings="- one\n- two")
    write(meet(forum, "Water", None, place="Glass hall"), findings="- a **BOMB**\n- three", proposals="x: y")
    book, made = printed_safely(content.read(forum, 1), script=script)
    assert [report.plainness for report in book.reports] == [0, PLAIN]
    assert book.plainness == 0
    anatomy = Anatomy(made.content)
    assert "This report could not be laid out: its text is given as it is." in anatomy.text
    assert "a BOMB" in anatomy.text.replace("**", "")
    assert "three" in anatomy.text
    assert "2. Water" in [title for _level, title in anatomy.bookmarks]
    for check in CHECKS:
        check(anatomy)


def test_what_is_stripped_bare_is_short_and_in_our_letters_and_still_a_book() -> None:
    forum = begin()
    write(meet(forum, "水 for all", None, place="Barn"), findings="水 is " + "far too long " * 100)
    stripped = fallback.stripped(content.read(forum, 1))
    assert {report.plainness for report in stripped.reports} == {BARE}
    anatomy = Anatomy(pdf.render_pdf(html.render(stripped), jobs.STATIC).content)
    assert "? is far too long" in anatomy.text
    assert REST in anatomy.text
    assert "水" not in anatomy.text
    assert len(anatomy.pages) < 6
