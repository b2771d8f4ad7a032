"""The number of queries of the main pages, on a day with several topics, groups, reports and people.

The queries of the second response are counted, when the process has cached the board at its revision and the shells of
pages. No query may be repeated with other values.
"""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from forum.models import (
    Actor,
    Facilitator,
    Forum,
    Group,
    MergeProposal,
    Message,
    Participant,
    Pitch,
    Slot,
    Topic,
)
from forum.phases import Phase
from sessions.models import Comment, Edition, Imprint, Report
from tests.conftest import ClientFor, move
from tests.sessions.proceedings.editions import make_ready

pytestmark = pytest.mark.django_db

Cost = Callable[[Client, int, str], None]


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def day(
    forum: Forum, topic: Topic, group: Group, slot: Slot, afternoon: Slot, nadia: Participant, theo: Participant
) -> Forum:
    """Work in groups: five topics, one of them merged into the first and one not placed; two reports, eight people."""
    people = [nadia, theo, *(Participant.join(forum, name=f"Personne {n}", territory="Arras") for n in range(6))]
    topics = [topic] + [
        Topic.propose(forum, f"Sujet {n}", "Quelques lignes.", person, Actor(person))
        for n, person in enumerate(people[2:5], start=2)
    ]
    merged = Topic.propose(forum, "Végétaliser les cours", "", theo, Actor(theo))
    for n, person in enumerate(people):
        topics[n % 4].set_interest(person, True, Actor(person))
    merged.merge_into(topic, Actor())
    Group.place_topic(topics[1], slot, None, Actor(), elsewhere="Dans le jardin")
    Group.place_topic(topics[2], afternoon, None, Actor())
    MergeProposal.propose(topics[1], topic, Actor(people[2]))
    Pitch.queue(topics[1], Actor(people[2]))
    move(forum, Phase.GROUPS)
    groups = [topic.group for topic in topics[:3]]
    for n, person in enumerate(people[:5]):
        groups[n % 3].join(person, Actor(person))
    for written in groups[:2]:
        report = Report.for_group(written)
        report.write({"findings": "46 °C en juin", "quote": "Un arbre, maintenant."}, report.bases(), Actor(nadia))
        report.add_action(Actor(nadia), what="Planter")
        report.add_action(Actor(nadia), what="Désimperméabiliser")
    Report.for_group(group).finish(Actor(nadia))
    Comment.post(Report.for_group(group), theo, Actor(theo), text="Chez nous aussi.", concerns_us=True)
    Message.send(forum, "Dix minutes", Actor())
    Message.send(forum, "Votre compte-rendu est attendu.", Actor(), topic=topics[1])
    Participant.announce(forum, [{"name": "Aline Petit"}, {"name": "Zoé Roux"}], Actor())
    return Forum.objects.get(pk=forum.pk)


@pytest.fixture
def edition(day: Forum) -> Edition:
    """The book, in all its formats."""
    return make_ready(Edition.request(day, Actor()), finished=[1], draft=[2], missing=[3])


@pytest.fixture
def phone(client_for: ClientFor, nadia: Participant) -> Client:
    """The phone of a convener who sits in her group."""
    return client_for(nadia)


@pytest.fixture
def passer_by(client_for: ClientFor, day: Forum) -> Client:
    """The phone of a participant without part in the first topic."""
    return client_for(day.participants.get(name="Personne 5"))


@pytest.fixture
def desk(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


@pytest.fixture
def cost(day: Forum, django_assert_num_queries: Callable[[int], AbstractContextManager[CaptureQueriesContext]]) -> Cost:
    """Return a check of the number of queries of the second response to a path inside the forum."""

    def check(client: Client, queries: int, path: str) -> None:
        url = f"/{day.code}/{path}"
        client.get(url)
        with django_assert_num_queries(queries) as captured:
            assert client.get(url).status_code == 200
        texts = Counter(re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in captured.captured_queries)
        assert [text for text, times in texts.items() if times > 1] == []

    return check


# Every page reads the forum and, except for strangers, the device with its holder; a facilitator's page also reads
# the rights of the facilitator. The first number below counts these.


def test_the_board_of_a_phone_reads_only_its_marks(cost: Cost, phone: Client) -> None:
    cost(phone, 2 + 1, "")


def test_the_entrance_reads_only_the_forum(cost: Cost, client_for: ClientFor) -> None:
    """Five hundred phones open it in the same minute."""
    cost(client_for(None), 1, "")


def test_the_wall_reads_only_who_asks(cost: Cost, phone: Client) -> None:
    cost(phone, 2, "wall/")


def test_the_desk_reads_only_the_names_of_its_menu(cost: Cost, desk: Client) -> None:
    cost(desk, 3 + 1, "desk/")


def test_the_page_of_a_topic(cost: Cost, passer_by: Client) -> None:
    """Topic, merged topics; presence and interest of the reader; people, messages, photos, waiting sheets.

    Four for the proposals to merge it: proposals, agreements, the other topic's convener and merged topics.
    """
    cost(passer_by, 2 + 12, "topics/1/")


def test_the_page_of_a_topic_for_its_convener(cost: Cost, phone: Client) -> None:
    """As for everyone, and three for menus (all topics, similar topics, people) and five for the clashes."""
    cost(phone, 2 + 20, "topics/1/")


def test_the_page_of_a_topic_for_a_facilitator(cost: Cost, desk: Client) -> None:
    """As for its convener, without presence and interest, and with three for the menu of cells."""
    cost(desk, 3 + 21, "topics/1/")


def test_the_form_of_a_report(cost: Cost, phone: Client) -> None:
    """Topic, merged topics, presence; report, shared texts, actions, people, photos, waiting sheets."""
    cost(phone, 2 + 9, "topics/1/report/")


def test_a_report_as_everyone_reads_it(cost: Cost, phone: Client) -> None:
    """Topic, merged topics, presence; report, actions, photos, comments; edition; neighbouring reports."""
    cost(phone, 2 + 10, "topics/1/report/read/")


def test_the_public_page(cost: Cost, day: Forum, edition: Edition, client_for: ClientFor) -> None:
    """Imprint and edition; the texts are in the edition's files."""
    Imprint.for_forum(day).set_access(Actor(), is_public=True, is_listed=False)
    cost(client_for(None), 1 + 2, "public/")


def test_the_journal(cost: Cost, desk: Client) -> None:
    """Entries with their actors, names of their topics and of their people."""
    cost(desk, 3 + 3, "desk/journal/?all")


def test_the_settings(cost: Cost, desk: Client) -> None:
    """Slots and places."""
    cost(desk, 3 + 2, "desk/settings/")


def test_the_conductor(cost: Cost, desk: Client, day: Forum) -> None:
    """Pitches, topics merged into theirs; topics without a pitch; two counts of people; last change; last message."""
    move(day, Phase.MARKETPLACE)
    cost(desk, 3 + 7, "desk/conductor/")


def test_the_missing_reports(cost: Cost, desk: Client) -> None:
    """Topics, merged topics, actions, slots; last versions, with participants and facilitators; sheets; messages."""
    cost(desk, 3 + 9, "desk/radar/")


def test_the_editions_of_the_book(cost: Cost, desk: Client, edition: Edition) -> None:
    """All editions, the last good one, imprint, groups without a finished report."""
    cost(desk, 3 + 4, "book/")
