"""A short day whose book holds a bit of everything, made through the models' own verbs."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import pypdf
import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from forum.models import Actor, Feedback, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from sessions.models import Report
from sessions.models.report import report_of
from sessions.proceedings import content, html, jobs, pdf, spreadsheet
from sessions.proceedings.book import Book

BY = Actor()


def begin(**fields: Any) -> Forum:
    """A forum of two rounds and two places, with nobody in it yet."""
    known = {
        "title": "Meeting of the valleys",
        "question": "How shall we live at +4 °C?",
        "date": date(2026, 11, 19),
        "venue": "Brévannes",
        "organisers": "Adaptation network",
        "contact": "contact@network.example",
        "language": "en",
        "phase": Phase.CLOSING,
    }
    forum = Forum.objects.create(**known | fields)
    Slot.objects.create(forum=forum, starts_at=time(9, 15), minutes=45, title="Opening circle")
    Slot.objects.create(forum=forum, starts_at=time(10, 15), minutes=75)
    Slot.objects.create(forum=forum, starts_at=time(14, 0), minutes=60)
    Place.objects.create(forum=forum, name="Glass hall", seats=24, position=1)
    Place.objects.create(forum=forum, name="Barn", position=2)
    return forum


def arrive(
    forum: Forum, name: str, appearance: str = "full", territory: str = "", organisation: str = ""
) -> Participant:
    return Participant.join(forum, name=name, appearance=appearance, territory=territory, organisation=organisation)


def meet(
    forum: Forum, title: str, convener: Participant | None, *people: Participant, slot: int = 1, place: str = ""
) -> Group:
    """A topic that met, in a slot for groups (1 or 2) and a place, or elsewhere when `place` is none of them."""
    topic = Topic.propose(forum, title, "", convener, BY)
    found = Place.objects.filter(forum=forum, name=place).first()
    moment = Slot.objects.for_groups().filter(forum=forum)[slot - 1]
    group = Group.place_topic(topic, moment, found, BY, elsewhere=place)
    for person in people:
        group.welcome(person, BY)
    return group


def write(group: Group, *, finished: bool = True, **written: Any) -> Report:
    report = report_of(group)
    report.write(written, report.bases(), BY)
    if finished:
        report.finish(BY)
    return report


@dataclass
class Day:
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
    """Was removed."""


@pytest.fixture
def day(db: None) -> Day:
    return make_day()


def make_day() -> Day:
    forum = begin()
    ana = arrive(forum, "Ana Quilleret", "full", "Armance", "Town hall")
    bela = arrive(forum, "Béla Wozniak", "first", "Armance", "Farmers’ union")
    chloe = arrive(forum, "Chloé Xanthos", "initials", "Lourve")
    dora = arrive(forum, "Dora Yverdon", "hidden", "Lourve", "Water agency")
    emil = arrive(forum, "Emil Zbinden", "full", "Nowhere", "Nobody Ltd")

    shade = meet(forum, "Shade for schools", ana, ana, bela, chloe, dora, emil, place="Glass hall")
    report = write(
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
    report.add_action(BY, what="Write the charter", point_person="Dora Yverdon", due_date=date(2026, 12, 5))
    report.add_action(BY, what="Ask for prices", others="Region", first_step="Call three firms", due_words="by spring")
    report.add_action(BY)  # a row that nobody filled
    water = meet(forum, "Who closes the tap?", bela, bela, slot=2, place="Under the lime tree")
    write(water, finished=False, findings="Seven decrees", proposals="A shared map")
    hidden = meet(forum, "Animals in town", dora, dora, place="Barn")
    write(hidden, proposals="- Leave the nests\n- Count them")
    meet(forum, "Silent group", emil, slot=2, place="Barn")
    Topic.propose(forum, "A topic nobody placed", "", ana, BY)
    Topic.propose(forum, "A withdrawn topic", "", ana, BY).withdraw(BY)
    emil.remove(BY)
    for person, words, keep, change in (
        (ana, "I leave with a date.", "", ""),
        (bela, "", "The circle", ""),
        (dora, "I said nothing all day.", "", "More silence"),
        (None, "A word on paper", "", ""),
    ):
        Feedback.say(forum, person, BY, words=words, keep=keep, change=change)
    return Day(forum, ana, bela, chloe, dora, emil)


@dataclass
class Printed:
    """A book that went all the way to PDF."""

    book: Book
    html: str
    file: bytes

    @property
    def reader(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(io.BytesIO(self.file))

    @property
    def pages(self) -> list[str]:
        """Text of each page on one line."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    @property
    def text(self) -> str:
        return " ".join(self.pages)


def printed(forum: Forum) -> Printed:
    book = content.read(forum, 1)
    page = html.render(book)
    plan = pdf.Attachment("actions.csv", spreadsheet.action_plan(book)) if book.actions else None
    return Printed(book, page, pdf.render_pdf(page, jobs.STATIC, attachment=plan).content)


@contextmanager
def passing(blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database for a whole module of tests, that keeps nothing of what is done here."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


_ONCE: dict[str, Printed] = {}


@pytest.fixture
def press(day: Day) -> Callable[[], Printed]:
    """The book of the day, printed once for all tests that only look at it: printing is what takes time."""
    return lambda: _ONCE.setdefault("day", _ONCE.get("day") or printed(day.forum))
