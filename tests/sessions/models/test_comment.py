"""Comments on a finished report, joining its follow-up, and the news of finished reports."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forum.live import board as boards
from forum.live import catch_up
from forum.live.audience import BOARDS, Audience
from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Participant, Topic
from forum.phases import Phase
from sessions.models import Comment, Report
from sessions.proceedings import content
from sessions.proceedings.nodes import Paragraph
from sessions.proceedings.outline import outline
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated


@pytest.fixture
def report(group: Group, nadia: Participant) -> Report:
    """The finished report on the schoolyards."""
    move(group.topic.forum, Phase.GROUPS)
    report = Report.for_group(group)
    report.write(
        {"findings": "Il fait **chaud**.", "proposals": "1. Planter\n2. Creuser"}, report.bases(), Actor(nadia)
    )
    report.add_action(Actor(nadia), what="Planter dix arbres")
    report.finish(Actor(nadia))
    return report


@pytest.fixture
def theo_client(theo: Participant, client_for: ClientFor) -> Client:
    return client_for(theo)


def post(client: Client, report: Report, **data: str) -> Any:
    return client.post(address("comment", report), data)


def address(name: str, report: Report, *more: int) -> str:
    topic = report.group.topic
    return reverse(name, args=[topic.forum.code, topic.number, *more])


def board_html(report: Report, audience: Audience) -> str:
    return boards.Board(Forum.objects.get(pk=report.group.topic.forum_id), audience).html()


def test_someone_comments_and_joins_the_follow_up_once(theo_client: Client, report: Report, theo: Participant) -> None:
    post(theo_client, report, text="Nous avons\r\nla même cour.")
    answer = post(theo_client, report, concerns_us="on")
    post(theo_client, report, concerns_us="on")

    assert answer.headers["Location"] == address("read_report", report) + "#comments"
    assert list(report.comments.values_list("participant", "text", "concerns_us")) == [
        (theo.pk, "Nous avons\nla même cour.", False),
        (theo.pk, "", True),
    ]
    page = text_of(theo_client.get(address("read_report", report)))
    assert translated("Joining the follow-up:", "fr") in page
    assert translated("This concerns us too: we join", "fr") not in page


def test_an_empty_comment_and_one_that_is_too_long_are_refused(theo_client: Client, report: Report) -> None:
    empty, long = post(theo_client, report, text=" "), post(theo_client, report, text="a" * 601)
    assert [empty.status_code, long.status_code] == [422, 422]
    assert translated("Write a word, or tick that it concerns you too.", "fr") in text_of(empty)
    assert "a" * 601 in text_of(long)
    assert not report.comments.exists()


def test_a_comment_is_withdrawn_by_its_writer_or_a_facilitator_and_nobody_else(
    theo_client: Client,
    report: Report,
    theo: Participant,
    nadia: Participant,
    camille: Facilitator,
    client_for: ClientFor,
) -> None:
    first, second = (Comment.post(report, theo, Actor(theo), text=text) for text in ("Un.", "Deux."))
    refused = client_for(nadia).post(address("withdraw_comment", report, first.pk))
    theo_client.post(address("withdraw_comment", report, first.pk))
    client_for(camille).post(address("withdraw_comment", report, second.pk))

    assert refused.status_code == 409
    assert list(Comment.objects.visible()) == []
    JournalEntry.objects.latest("revision").undo(Actor(facilitator=camille))
    assert list(Comment.objects.visible()) == [second]


def test_the_comments_of_a_removed_participant_are_not_shown(
    report: Report, theo: Participant, as_camille: Actor
) -> None:
    Comment.post(report, theo, Actor(theo), text="Nous aussi.")
    report.group.topic.forum.refresh_from_db()
    since = report.group.topic.forum.revision
    theo.remove(as_camille)
    delta = catch_up.delta(report.group.topic.forum, Audience.PAGE, since)
    assert {f"{kind}-{report.group.topic_id}" for kind in ("comments", "news", "topic")} <= delta.moved
    assert not Comment.objects.visible().exists()


def test_a_finished_report_is_in_the_news_on_phones_and_on_the_wall_until_it_is_reopened(
    report: Report, nadia: Participant
) -> None:
    key = f'id="news-{report.group.topic_id}"'
    shown = [audience for audience in BOARDS if key in board_html(report, audience)]
    assert shown == [Audience.PHONE, Audience.WALL]
    assert "Planter</p>" in board_html(report, Audience.PHONE)
    report.reopen(Actor(nadia))
    assert [key in board_html(report, audience) for audience in BOARDS] == [False] * len(BOARDS)


def test_the_newest_report_comes_first_and_in_the_closing_circle_unfinished_ones_are_listed_apart(
    report: Report, topic: Topic, theo: Participant, nadia: Participant, afternoon: Any
) -> None:
    second = Topic.propose(topic.forum, "Vélos", "", theo, Actor(theo))
    late = Report.for_group(Group.place_topic(second, afternoon, None, Actor(theo)))
    late.write({"quote": "Allons-y."}, late.bases(), Actor(theo))
    assert numbers_in_list(report, Audience.PHONE, "list-news") == [1]
    late.finish(Actor(theo))
    Report.objects.filter(pk=report.pk).update(finished_at=report.group.topic.created_at)
    assert numbers_in_list(report, Audience.PHONE, "list-news") == [2, 1]
    move(topic.forum, Phase.CLOSING)
    late.reopen(Actor(theo))
    assert [numbers_in_list(report, Audience.PHONE, name) for name in ("list-news", "list-reports")] == [[1], [2]]


def numbers_in_list(report: Report, audience: Audience, name: str) -> list[int]:
    """Return the numbers of the cards in a list, in their order."""
    html = board_html(report, audience).partition(f'id="{name}"')[2].partition("</section>")[0]
    return [int(part.partition("<")[0]) for part in html.split('<span class="number">')[1:]]


@pytest.mark.parametrize("phase", [Phase.GROUPS, Phase.CLOSING])
def test_the_news_fragment_of_a_finished_report_is_smaller_than_a_kilobyte(
    report: Report, nadia: Participant, phase: Phase
) -> None:
    move(report.group.topic.forum, phase)
    report.write({"quote": "Des arbres ! " * 30}, report.bases(), Actor(nadia))
    Topic.objects.filter(pk=report.group.topic_id).update(title="Rafraîchir nos cours d’école avant l’été " * 3)
    now = Forum.objects.get(pk=report.group.topic.forum_id)
    keys = {f"{kind}-{report.group.topic_id}" for kind in ("topic", "news")}
    sizes = {fragment.id: len(fragment.html.encode()) for fragment in boards.Board(now, Audience.PHONE).fragments(keys)}
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
    (printed,) = book.reports
    assert ([person.name for person in printed.joined], printed.joined_unnamed) == (["Inès", "Théo Masson"], 1)
    paragraphs = [node.text for node in outline(book) if isinstance(node, Paragraph)]
    assert "Inès (Ville d’Amiens), Théo Masson et 1 autre personne" in paragraphs


def test_the_page_formats_texts_as_the_book_does(theo_client: Client, report: Report) -> None:
    page = theo_client.get(address("read_report", report)).content.decode()
    assert "Il fait <strong>chaud</strong>." in page
    assert "<li>Planter</li>" in page
    assert 'rel="next"' not in page
