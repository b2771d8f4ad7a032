"""What others say of a finished report, who joins its follow-up, and where it is heard of."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forum.live import board as boards
from forum.live import catch_up
from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Participant, Topic
from forum.phases import Phase
from sessions.models import Comment, Report
from sessions.proceedings import content
from sessions.proceedings.nodes import Paragraph
from sessions.proceedings.outline import outline
from tests.conftest import ClientFor, move
from tests.words import said, text_of


@pytest.fixture
def report(group: Group, nadia: Participant) -> Report:
    """Of the schoolyards, finished."""
    move(group.topic.forum, Phase.GROUPS)
    report = Report.for_group(group)
    report.write(
        {"findings": "Il fait **chaud**.", "proposals": "1. Planter\n2. Creuser"}, report.bases(), Actor(nadia)
    )
    report.add_action(Actor(nadia), what="Planter dix arbres")
    report.finish(Actor(nadia))
    return report


@pytest.fixture
def theos(theo: Participant, client_for: ClientFor) -> Client:
    return client_for(theo)


def post(client: Client, report: Report, **data: str) -> Any:
    return client.post(address("comment", report), data)


def address(name: str, report: Report, *more: int) -> str:
    topic = report.group.topic
    return reverse(name, args=[topic.forum.code, topic.number, *more])


def shown(report: Report, audience: str) -> str:
    return boards.Board(Forum.objects.get(pk=report.group.topic.forum_id), audience).html()


def test_someone_comments_and_joins_the_follow_up_once(theos: Client, report: Report, theo: Participant) -> None:
    post(theos, report, text="Nous avons\r\nla même cour.")
    answer = post(theos, report, concerns_us="on")
    post(theos, report, concerns_us="on")

    assert answer.headers["Location"] == address("read_report", report) + "#comments"
    assert list(report.comments.values_list("participant", "text", "concerns_us")) == [
        (theo.pk, "Nous avons\nla même cour.", False),
        (theo.pk, "", True),
    ]
    page = text_of(theos.get(address("read_report", report)))
    assert said("Joining the follow-up:", "fr") in page
    assert said("This concerns us too: we join", "fr") not in page


def test_a_comment_without_a_word_is_refused_on_the_page_and_one_too_long_stays_in_its_field(
    theos: Client, report: Report
) -> None:
    empty, long = post(theos, report, text=" "), post(theos, report, text="a" * 601)
    assert [empty.status_code, long.status_code] == [422, 422]
    assert said("Write a word, or tick that it concerns you too.", "fr") in text_of(empty)
    assert "a" * 601 in text_of(long)
    assert not report.comments.exists()


def test_its_writer_takes_it_back_a_facilitator_hides_it_and_nobody_else(
    theos: Client, report: Report, theo: Participant, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    mine, other = (Comment.post(report, theo, Actor(theo), text=text) for text in ("Un.", "Deux."))
    refused = client_for(nadia).post(address("withdraw_comment", report, mine.pk))
    theos.post(address("withdraw_comment", report, mine.pk))
    client_for(camille).post(address("withdraw_comment", report, other.pk))

    assert refused.status_code == 409
    assert list(Comment.objects.visible()) == []
    JournalEntry.objects.latest("revision").undo(Actor(facilitator=camille))
    assert list(Comment.objects.visible()) == [other]


def test_the_comments_of_someone_who_was_removed_are_shown_no_longer(
    report: Report, theo: Participant, chair: Actor
) -> None:
    Comment.post(report, theo, Actor(theo), text="Nous aussi.")
    report.group.topic.forum.refresh_from_db()
    since = report.group.topic.forum.revision
    theo.remove(chair)
    told = catch_up.delta(report.group.topic.forum, "page", since)
    assert {f"{kind}-{report.group.topic_id}" for kind in ("comments", "news", "topic")} <= told.moved
    assert not Comment.objects.visible().exists()


def test_a_finished_report_is_news_on_phones_and_on_the_wall_until_it_is_reopened(
    report: Report, nadia: Participant
) -> None:
    key = f'id="news-{report.group.topic_id}"'
    assert [key in shown(report, audience) for audience in boards.AUDIENCES] == [True, True, False]
    assert "Planter</p>" in shown(report, "phone")
    report.reopen(Actor(nadia))
    assert [key in shown(report, audience) for audience in boards.AUDIENCES] == [False] * 3


def test_the_newest_report_comes_first_and_in_the_closing_circle_those_still_written_come_apart(
    report: Report, topic: Topic, theo: Participant, nadia: Participant, afternoon: Any
) -> None:
    second = Topic.propose(topic.forum, "Vélos", "", theo, Actor(theo))
    late = Report.for_group(Group.place_topic(second, afternoon, None, Actor(theo)))
    late.write({"quote": "Allons-y."}, late.bases(), Actor(theo))
    assert order(report, "phone", "list-news") == [1]
    late.finish(Actor(theo))
    Report.objects.filter(pk=report.pk).update(finished_at=report.group.topic.created_at)
    assert order(report, "phone", "list-news") == [2, 1]
    move(topic.forum, Phase.CLOSING)
    late.reopen(Actor(theo))
    assert [order(report, "phone", name) for name in ("list-news", "list-reports")] == [[1], [2]]


def order(report: Report, audience: str, name: str) -> list[int]:
    """The numbers of the cards in a list."""
    html = shown(report, audience).partition(f'id="{name}"')[2].partition("</section>")[0]
    return [int(part.partition("<")[0]) for part in html.split('<span class="number">')[1:]]


@pytest.mark.parametrize("phase", [Phase.GROUPS, Phase.CLOSING])
def test_a_report_that_is_finished_costs_each_phone_less_than_a_kilobyte_a_fragment(
    report: Report, nadia: Participant, phase: Phase
) -> None:
    move(report.group.topic.forum, phase)
    report.write({"quote": "Des arbres ! " * 30}, report.bases(), Actor(nadia))
    Topic.objects.filter(pk=report.group.topic_id).update(title="Rafraîchir nos cours d’école avant l’été " * 3)
    now = Forum.objects.get(pk=report.group.topic.forum_id)
    keys = {f"{kind}-{report.group.topic_id}" for kind in ("topic", "news")}
    sizes = {fragment.id: len(fragment.html.encode()) for fragment in boards.Board(now, "phone").fragments(keys)}
    assert {name: size for name, size in sizes.items() if name.startswith("news") and size >= 1000} == {}


def test_those_who_join_the_follow_up_are_in_the_book_as_they_agreed_to_be_named(
    report: Report, theo: Participant, forum: Forum
) -> None:
    ines = Participant.join(forum, name="Inès Moreira", organisation="Ville d’Amiens", appearance="first")
    shy = Participant.join(forum, name="Paul Secret", appearance="hidden")
    for person in (theo, ines, shy):
        Comment.post(report, person, Actor(person), concerns_us=True)
    Comment.post(report, ines, Actor(ines), text="Encore.", concerns_us=True)
    book = content.read_book(forum)
    (told,) = book.reports
    assert ([person.name for person in told.joined], told.joined_unnamed) == (["Inès", "Théo Masson"], 1)
    said_there = [node.text for node in outline(book) if isinstance(node, Paragraph)]
    assert "Inès (Ville d’Amiens), Théo Masson et 1 autre personne" in said_there


def test_the_page_reads_as_the_book_prints_and_leads_to_the_next_report(theos: Client, report: Report) -> None:
    page = theos.get(address("read_report", report)).content.decode()
    assert "Il fait <strong>chaud</strong>." in page
    assert "<li>Planter</li>" in page
    assert 'rel="next"' not in page
