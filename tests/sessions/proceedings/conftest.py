"""Fixtures: a short day with every kind of content of a book, made by the methods of the models."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, DjangoDbBlocker, Settings

from forum.models import Actor, Feedback, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from sessions.models import Edition, Report
from sessions.proceedings import content, edition_requests, html, pdf, spreadsheet
from sessions.proceedings.book import Book
from sessions.proceedings.pdf_process import Attachment
from tests.sessions.proceedings.editions import PRINTS_HTML, replace_child

ACTOR = Actor()

RequestEdition = Callable[[], Edition]


def make_forum(**fields: Any) -> Forum:
    """Create a forum of two rounds and two places, without people."""
    defaults = {
        "title": "Meeting of the valleys",
        "question": "How shall we live at +4 °C?",
        "date": date(2026, 11, 19),
        "venue": "Brévannes",
        "organisers": "Adaptation network",
        "contact": "contact@network.example",
        "language": "en",
        "phase": Phase.CLOSING,
    }
    forum = Forum.objects.create(**defaults | fields)
    Slot.objects.create(forum=forum, starts_at=time(9, 15), minutes=45, title="Opening circle")
    Slot.objects.create(forum=forum, starts_at=time(10, 15), minutes=75)
    Slot.objects.create(forum=forum, starts_at=time(14, 0), minutes=60)
    Place.objects.create(forum=forum, name="Glass hall", seats=24, position=1)
    Place.objects.create(forum=forum, name="Barn", position=2)
    return forum


def join(forum: Forum, name: str, appearance: str = "full", territory: str = "", organisation: str = "") -> Participant:
    return Participant.join(forum, name=name, appearance=appearance, territory=territory, organisation=organisation)


def hold_group(
    forum: Forum, title: str, convener: Participant | None, *people: Participant, slot: int = 1, place: str = ""
) -> Group:
    """Place a topic in the first or second slot for groups. A `place` that is no Place is elsewhere."""
    topic = Topic.propose(forum, title, "", convener, ACTOR)
    known_place = Place.objects.filter(forum=forum, name=place).first()
    moment = Slot.objects.for_groups().filter(forum=forum)[slot - 1]
    group = Group.place_topic(topic, moment, known_place, ACTOR, elsewhere=place)
    for person in people:
        group.join(person, ACTOR)
    return group


def write_report(group: Group, *, finished: bool = True, **texts: Any) -> Report:
    report = Report.for_group(group)
    report.write(texts, report.bases(), ACTOR)
    if finished:
        report.finish(ACTOR)
    return report


@dataclass
class SampleDay:
    forum: Forum
    ana: Participant
    """Named in full, convenes group 1."""
    bela: Participant
    """First name only, convenes group 2."""
    chloe: Participant
    """Initials only."""
    dora: Participant
    """Hidden."""
    emil: Participant
    """Removed."""


@pytest.fixture
def day(db: None) -> SampleDay:
    return make_day()


def make_day() -> SampleDay:
    forum = make_forum()
    ana = join(forum, "Ana Quilleret", "full", "Armance", "Town hall")
    bela = join(forum, "Béla Wozniak", "first", "Armance", "Farmers’ union")
    chloe = join(forum, "Chloé Xanthos", "initials", "Lourve")
    dora = join(forum, "Dora Yverdon", "hidden", "Lourve", "Water agency")
    emil = join(forum, "Emil Zbinden", "full", "Nowhere", "Nobody Ltd")

    shade = hold_group(forum, "Shade for schools", ana, ana, bela, chloe, dora, emil, place="Glass hall")
    report = write_report(
        shade,
        title="How do we cool schoolyards before summer?",
        scribes="Dora Yverdon and Chloé Xanthos",
        head_count=9,
        findings="46 °C in June\n- No one has the skills",
        debate="Some want trees.\nDora Yverdon wanted sails.",
        proposals="1. A charter: shade first\n2. A common purchase",
        needs="An engineer",
        open_questions="Who waters in the third year?",
        resources="Guide to living yards",
        quote="A tree planted now shades the next class.",
        quote_author="chloé  xanthos",
        contact="shade@network.example",
    )
    report.add_action(ACTOR, what="Write the charter", point_person="Dora Yverdon", due_date=date(2026, 12, 5))
    report.add_action(
        ACTOR, what="Ask for prices", others="Region", first_step="Call three firms", due_words="by spring"
    )
    report.add_action(ACTOR)  # an empty row
    water = hold_group(forum, "Who closes the tap?", bela, bela, slot=2, place="Under the lime tree")
    write_report(water, finished=False, findings="Seven decrees", proposals="A shared map")
    animals = hold_group(forum, "Animals in town", dora, dora, place="Barn")
    write_report(animals, proposals="- Leave the nests\n- Count them")
    hold_group(forum, "Silent group", emil, slot=2, place="Barn")
    Topic.propose(forum, "A topic nobody placed", "", ana, ACTOR)
    Topic.propose(forum, "A withdrawn topic", "", ana, ACTOR).withdraw(ACTOR)
    emil.remove(ACTOR)
    for person, words, keep, change in (
        (ana, "I leave with a date.", "", ""),
        (bela, "", "The circle", ""),
        (dora, "I said nothing all day.", "", "More silence"),
        (None, "A word on paper", "", ""),
    ):
        Feedback.give(forum, person, ACTOR, words=words, keep=keep, change=change)
    return SampleDay(forum, ana, bela, chloe, dora, emil)


@dataclass
class PrintedBook:
    book: Book
    html: str
    file: bytes

    @property
    def reader(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(io.BytesIO(self.file))

    @property
    def pages(self) -> list[str]:
        """The text of each page on one line."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    @property
    def text(self) -> str:
        return " ".join(self.pages)


def print_book(forum: Forum) -> PrintedBook:
    book = content.read_book(forum, 1)
    page = html.render_book(book)
    attachment = Attachment("actions.csv", spreadsheet.action_plan_csv(book)) if book.actions else None
    return PrintedBook(book, page, pdf.render_pdf(page, attachment=attachment).content)


@contextmanager
def rolled_back(blocker: DjangoDbBlocker) -> Iterator[None]:
    """Use the database for the tests of a whole module, and undo what is done here."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


_printed_day: list[PrintedBook] = []


@pytest.fixture
def printed_book(day: SampleDay) -> PrintedBook:
    """The book of the day, printed once for all tests, since printing takes seconds."""
    if not _printed_day:
        _printed_day.append(print_book(day.forum))
    return _printed_day[0]


@pytest.fixture
def media_directory(settings: Settings, tmp_path: Path) -> Path:
    """An empty media directory of the test's own."""
    directory = tmp_path / "media"
    settings.MEDIA_ROOT = directory
    return directory


@pytest.fixture
def html_as_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Replace the PDF of editions by their HTML, to read what was printed."""
    replace_child(monkeypatch, PRINTS_HTML, tmp_path)


@pytest.fixture
def request_edition(
    forum: Forum, as_camille: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> RequestEdition:
    """Return a function that requests an edition as a page does; its task is queued on commit."""

    def request() -> Edition:
        with django_capture_on_commit_callbacks(execute=True):
            return edition_requests.request_edition(forum, as_camille)

    return request
