"""Approve first: what phones send waits, is seen by its author and the facilitators alone, and is shown or removed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from forum.auth.rules import RULES
from forum.live.audience import BOARDS, Audience
from forum.live.board import Board
from forum.live.catch_up import CatchUp, History
from forum.live.marks import marks_of
from forum.live.messages import DeltaMessage
from forum.models import (
    Actor,
    CannotMerge,
    CannotUndo,
    Facilitator,
    Feedback,
    Forum,
    Group,
    MergeProposal,
    Message,
    Participant,
    Pitch,
    Slot,
    TeamRole,
    Topic,
)
from forum.models.approval import decide, waiting_rows
from forum.phases import Phase
from sessions.models import Comment, Imprint, Photo, Report
from sessions.proceedings import content, open_data
from tests.conftest import ClientFor, join_team, move
from tests.forum.views.test_settings import settings_of
from tests.page_texts import text_of
from tests.sessions.photos import add_photo, own_files

__all__ = ["own_files"]

SECRETS = ("Zorglub un", "Zorglub deux", "Zorglub trois", "Zorglub quatre", "Zorglub cinq")
"""In the title and the description of a topic, a comment, a closing word and the caption of a photo."""


@pytest.fixture
def desk(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, as_camille: Actor) -> Report:
    """A finished report, of before."""
    move(forum, Phase.GROUPS)
    report = Report.for_group(group)
    report.write({"findings": "46 °C en juin"}, report.bases(), Actor(nadia))
    report.finish(as_camille)
    return report


@pytest.fixture
def waiting(forum: Forum, report: Report, theo: Participant, as_camille: Actor) -> int:
    """All that Théo sent while the facilitators approve first. The revision before."""
    forum.set_approves_first(True, as_camille)
    revision, by = forum.revision, Actor(theo)
    report.group.join(theo, by)
    Topic.propose(forum, "Zorglub un", "Zorglub deux", theo, by)
    Comment.post(report, theo, by, text="Zorglub trois", concerns_us=True)
    Feedback.give(forum, theo, by, words="Zorglub quatre", keep="", change="")
    add_photo(report, theo, caption="Zorglub cinq", people_agreed=True)
    return revision


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def pages(client: Client, forum: Forum, report: Report) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page that this browser may open."""
    topic = report.group.topic
    waiting = Topic.objects.get(title="Zorglub un")
    for name in RULES:
        photo = [topic.number, Photo.objects.get().key]
        for arguments in ([], [topic.number], [waiting.number], [report.group.place_id], photo):
            try:
                url = reverse(name, args=[forum.code, *arguments])
            except NoReverseMatch:
                continue
            answer: Any = client.get(url, {"since": "0", "as": "phone", "title": "Zorglub un"})
            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if name != "alike":
                yield f"{name} {arguments}", text.decode("utf-8", "replace")


@pytest.mark.parametrize("phase", [Phase.MARKETPLACE, Phase.GROUPS, Phase.CLOSING, Phase.PUBLISHED])
def test_nothing_that_waits_is_in_any_page_message_or_document_for_others(
    phase: Phase, forum: Forum, report: Report, waiting: int, client_for: ClientFor, as_camille: Actor
) -> None:
    sacha = Participant.join(forum, name="Sacha Roy")
    move(forum, phase)
    forum = Forum.objects.get(pk=forum.pk)
    Imprint.for_forum(forum).set_access(as_camille, is_public=True, is_listed=True)
    sponsor = join_team(forum, "Sam", TeamRole.SPONSOR)
    for reader in (sacha, sponsor, None):
        read = pages(client_for(reader), forum, report)
        assert {name: leaked for name, text in read if (leaked := secrets_in(text))} == {}
    alike = client_for(sacha).get(f"/{forum.code}/topics/alike/", {"title": "Zorglub un !"})
    assert (alike.status_code, secrets_in(alike.content.decode().replace("Zorglub un !", ""))) == (200, [])
    for audience in BOARDS:
        if audience in (Audience.PHONE, Audience.WALL, Audience.SPONSORS_DESK):
            delta = CatchUp(History(forum, waiting), audience).delta_since(waiting, forum.epoch)
            message = DeltaMessage(delta).event()["text"]
            assert secrets_in(Board(forum, audience).html() + message) == [], audience
    assert secrets_in(json.dumps(open_data.texts_of(content.read_book(forum, 1)), default=str)) == []
    assert forum.topics.active().count() == 1


def test_the_author_and_the_facilitators_see_it_as_waiting(
    forum: Forum, report: Report, waiting: int, theo: Participant, desk: Client, client_for: ClientFor
) -> None:
    phone = client_for(theo)
    topic = Topic.objects.get(title="Zorglub un")
    for browser in (phone, desk):
        assert "en attente" in text_of(browser.get(topic.get_absolute_url()))
    assert "Zorglub trois" in text_of(phone.get(f"{report.group.topic.get_absolute_url()}report/read/"))
    own = [secret for secret in SECRETS if secret != "Zorglub deux"]
    assert secrets_in(text_of(phone.get(f"/{forum.code}/me/"))) == own
    assert marks_of([theo.pk])[theo.pk]["waiting"] == [theo.pk]
    assert secrets_in(text_of(desk.get(f"/{forum.code}/desk/waiting/"))) == list(SECRETS)
    assert "4 attendent que vous les lisiez" in text_of(desk.get(f"/{forum.code}/desk/"))


def test_a_picture_that_waits_is_loaded_by_its_group_and_those_who_approve_alone(
    forum: Forum, report: Report, waiting: int, theo: Participant, nadia: Participant, client_for: ClientFor
) -> None:
    photo, olive = Photo.objects.get(), join_team(forum, "Olive", TeamRole.OPERATOR)
    sam = join_team(forum, "Sam", TeamRole.SPONSOR)
    to = f"{report.group.topic.get_absolute_url()}photos/{photo.key}"
    loaded = [status(client_for(who), f"{to}{end}.jpg") for who in (theo, olive, sam) for end in ("", "-small")]
    assert loaded == [200, 200, 200, 200, 404, 404]
    sacha = client_for(Participant.join(forum, name="Sacha Roy"))
    assert [status(sacha, f"{to}{end}.jpg") for end in ("", "-small")] == [404, 404]
    approve(client_for(olive), forum, photo.name)
    assert [status(sacha, f"{to}{end}.jpg") for end in ("", "-small")] == [200, 200]
    assert photo.name not in client_for(olive).get(f"/{forum.code}/desk/waiting/").content.decode()


def test_a_written_sheet_waits_and_is_transcribed_once_it_is_approved(
    forum: Forum,
    report: Report,
    waiting: int,
    theo: Participant,
    desk: Client,
    client_for: ClientFor,
    as_camille: Actor,
) -> None:
    report.reopen(as_camille)
    sheet = add_photo(report, theo, kind=Photo.Kind.SHEET)
    sacha, to = client_for(Participant.join(forum, name="Sacha Roy")), report.group.topic.get_absolute_url()
    pages = [f"{to}sheet/", f"{to}photos/{sheet.key}.jpg", f"{to}transcribe/"]
    assert [status(sacha, page) for page in pages] == [200, 404, 403]
    assert sheet.key not in sacha.get(pages[0]).content.decode()
    assert "en attente" in text_of(client_for(theo).get(pages[0]))
    approve(desk, forum, sheet.name)
    assert [status(sacha, page) for page in pages] == [200, 200, 200]
    assert sheet.key in sacha.get(pages[0]).content.decode()


def status(client: Client, url: str) -> int:
    answer = client.get(url)
    b"".join(answer)  # closes a file
    return answer.status_code


def approve(desk: Client, forum: Forum, rows: str, answer: str = "approve") -> Any:
    return desk.post(f"/{forum.code}/desk/waiting/{answer}/", {"rows": rows})


def shown(forum: Forum, report: Report) -> list[int]:
    """The number of topics, comments, closing words and photos that everybody sees."""
    comments, photos = report.comments.visible(), report.photos.public()
    return [rows.count() for rows in (forum.topics.active(), comments, forum.feedback.shown(), photos)]


def test_one_by_one_or_all_of_a_person_at_once_is_shown(
    forum: Forum, report: Report, waiting: int, desk: Client, as_camille: Actor
) -> None:
    rows = waiting_rows(forum)
    assert shown(forum, report) == [1, 0, 0, 0]
    assert approve(desk, forum, rows[0].name).status_code == 302
    assert shown(forum, report) == [2, 0, 0, 0]
    page = desk.get(f"/{forum.code}/desk/waiting/").content.decode()
    names = " ".join(row.name for row in rows[1:])
    assert f'value="{names} "' in page  # the button for all of one person
    approve(desk, forum, names)
    assert (shown(forum, report), waiting_rows(forum)) == ([2, 1, 1, 1], [])
    entry = forum.journal.filter(verb="approved").latest("revision")
    entry.undo(as_camille)
    assert (shown(forum, report), len(waiting_rows(forum))) == ([2, 0, 0, 0], 3)
    assert approve(desk, forum, rows[0].name).status_code == 409


def test_what_is_refused_is_gone_and_one_undo_lets_it_wait_again(
    forum: Forum, report: Report, waiting: int, desk: Client, as_camille: Actor
) -> None:
    names = " ".join(row.name for row in waiting_rows(forum))
    approve(desk, forum, names, "refuse")
    assert (shown(forum, report), waiting_rows(forum), Topic.objects.get(title="Zorglub un").withdrawn_at is None) == (
        [1, 0, 0, 0], [], False,
    )  # fmt: skip
    forum.journal.get(verb="refused").undo(as_camille)
    assert (shown(forum, report), len(waiting_rows(forum))) == ([1, 0, 0, 0], 4)


def test_what_facilitators_type_is_shown_at_once(
    forum: Forum, desk: Client, as_camille: Actor, theo: Participant
) -> None:
    forum.set_approves_first(True, as_camille)
    desk.post(f"/{forum.code}/topics/new/", {"title": "Des vélos", "key": "k"})
    assert [topic.title for topic in forum.topics.active()] == ["Des vélos"]


def test_what_waits_can_be_corrected_and_withdrawn_by_its_author_and_nothing_else(
    forum: Forum, waiting: int, theo: Participant, nadia: Participant, client_for: ClientFor
) -> None:
    topic, phone = Topic.objects.get(title="Zorglub un"), client_for(theo)
    to = topic.get_absolute_url()
    move(forum, Phase.MARKETPLACE)
    answers = [phone.post(f"{to}{path}/").status_code for path in ("interest", "pitch", "place", "merge")]
    assert answers == [403] * 4
    assert [client_for(nadia).get(to).status_code, client_for(nadia).post(f"{to}interest/").status_code] == [404, 404]
    assert phone.post(f"{to}edit/", {"title": "Zorglub six", "key": "k"}).status_code == 302
    assert (Topic.objects.get(pk=topic.pk).title, forum.topics.active().count()) == ("Zorglub six", 1)
    assert phone.post(f"{to}withdraw/").status_code == 302
    assert [row.KIND for row in waiting_rows(forum)] == ["comment", "word", "photo"]


def test_phones_do_not_change_what_everybody_sees_meanwhile(
    forum: Forum, topic: Topic, nadia: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    forum.set_approves_first(True, as_camille)
    phone, to = client_for(nadia), topic.get_absolute_url()
    answer = phone.post(f"{to}edit/", {"title": "Des injures", "key": "k"})
    assert (answer.status_code, 'value="Des injures"' in answer.content.decode()) == (403, True)
    assert phone.post(f"{to}split/", {"title": "a", "second_title": "b"}).status_code == 403
    assert f"{to}edit/" not in phone.get(to).content.decode()


def test_a_topic_that_waits_is_merged_with_nothing_and_its_number_says_nothing_of_it(
    forum: Forum, topic: Topic, waiting: int, nadia: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    secret = Topic.objects.get(title="Zorglub un")
    with pytest.raises(CannotMerge):
        topic.merge_into(secret, as_camille)
    answer = client_for(nadia).post(f"{topic.get_absolute_url()}merge/", {"other": secret.number})
    assert (answer.status_code, secrets_in(answer.content.decode())) == (409, [])


def test_nobody_approves_what_was_changed_since_they_read_it(
    forum: Forum, report: Report, waiting: int, theo: Participant, desk: Client, client_for: ClientFor
) -> None:
    read = {row.KIND: row.name for row in waiting_rows(forum)}
    client_for(theo).post(
        f"{Topic.objects.get(title='Zorglub un').get_absolute_url()}edit/", {"title": "Des injures", "key": "k"}
    )
    Feedback.give(forum, theo, Actor(theo), words="Des injures", keep="", change="")
    photo = Photo.objects.get()
    photo.write({"caption": "Des injures"}, photo.bases(), Actor(theo))
    for kind in ("topic", "word", "photo"):
        assert approve(desk, forum, read[kind]).status_code == 409
    assert shown(forum, report) == [1, 0, 0, 0]
    assert approve(desk, forum, read["comment"]).status_code == 302


def test_what_waits_goes_on_waiting_once_the_forum_shows_at_once_again(
    forum: Forum, report: Report, waiting: int, theo: Participant, desk: Client, client_for: ClientFor
) -> None:
    desk.post(f"/{forum.code}/desk/waiting/first/", {"first": "no"})
    topic = Topic.objects.get(title="Zorglub un")
    client_for(theo).post(f"{topic.get_absolute_url()}edit/", {"title": "Zorglub un", "description": "x", "key": "k"})
    Feedback.give(forum, theo, Actor(theo), words="Zorglub sept", keep="", change="")
    assert (shown(forum, report), len(waiting_rows(forum))) == ([1, 0, 0, 0], 4)
    assert "4 attendent" in text_of(desk.get(f"/{forum.code}/desk/"))
    Comment.post(report, theo, Actor(theo), text="Bien dit.")
    assert shown(forum, report) == [1, 1, 0, 0]


def test_what_waits_is_approved_in_every_phase_and_named_before_publishing(
    forum: Forum, report: Report, waiting: int, desk: Client
) -> None:
    move(forum, Phase.CLOSING)
    assert "4 attendent que vous les lisiez : d’ici là" in text_of(desk.get(f"/{forum.code}/desk/publish/"))
    for phase in Phase:
        move(forum, phase)
        assert desk.get(f"/{forum.code}/desk/waiting/").status_code == 200
    approve(desk, forum, " ".join(row.name for row in waiting_rows(forum)))
    assert shown(forum, report) == [2, 1, 1, 1]
    move(forum, Phase.CLOSING)
    assert "attend" not in text_of(desk.get(f"/{forum.code}/desk/publish/"))


def test_what_a_sponsor_sends_from_their_phone_waits_and_what_an_operator_sends_does_not(
    forum: Forum, theo: Participant, as_camille: Actor
) -> None:
    forum.set_approves_first(True, as_camille)
    facilitator = join_team(forum, "Olive", TeamRole.OPERATOR)
    for role in TeamRole:
        Topic.propose(forum, f"De {role}", "", theo, Actor(theo, facilitator, role=role))
    Topic.propose(forum, "Sans rôle", "", theo, Actor(theo, facilitator))
    assert [topic.title for topic in forum.topics.active()] == ["De facilitator", "De operator"]


def test_a_photo_of_a_facilitator_that_a_phone_describes_waits_without_a_sender(
    forum: Forum, report: Report, nadia: Participant, desk: Client, as_camille: Actor
) -> None:
    photo = add_photo(report, nadia, people_agreed=True, participant=None)
    forum.set_approves_first(True, as_camille)
    photo.write({"caption": "Zorglub"}, photo.bases(), Actor(nadia))
    page = desk.get(f"/{forum.code}/desk/waiting/")
    assert ("De personne en particulier" in text_of(page), photo.name in page.content.decode()) == (True, True)


def test_a_phone_does_not_name_another_place_meanwhile(
    forum: Forum, topic: Topic, slot: Slot, nadia: Participant, as_camille: Actor, desk: Client, client_for: ClientFor
) -> None:
    move(forum, Phase.MARKETPLACE)
    forum.set_approves_first(True, as_camille)
    to, phone = f"{topic.get_absolute_url()}place/", client_for(nadia)
    cell = {"cell": f"{slot.pk}-elsewhere"}
    assert "Quel autre lieu" not in text_of(phone.get(topic.get_absolute_url()))
    assert phone.post(to, {**cell, "elsewhere": "Zorglub"}).status_code == 403
    assert not Group.objects.exists()
    assert phone.post(to, cell).status_code == 302
    assert desk.post(to, {**cell, "elsewhere": "Au jardin"}).status_code == 302
    assert phone.post(to, {**cell, "elsewhere": "Au jardin"}).status_code == 302
    assert Group.objects.get().elsewhere == "Au jardin"


def test_a_topic_that_its_author_withdrew_comes_back_to_wait(
    forum: Forum, waiting: int, theo: Participant, client_for: ClientFor
) -> None:
    move(forum, Phase.MARKETPLACE)
    to, phone = Topic.objects.get(title="Zorglub un").get_absolute_url(), client_for(theo)
    assert [phone.post(f"{to}{path}/").status_code for path in ("withdraw", "back")] == [302, 302]
    assert (len(waiting_rows(forum)), forum.topics.active().count()) == (4, 1)


DEALINGS: dict[str, Callable[[Topic, Topic, Actor], object]] = {
    "placed": lambda topic, _other, by: Group.place_topic(
        topic, topic.forum.slots.earliest("pk"), None, by, elsewhere="Au jardin"
    ),
    "queued": lambda topic, _other, by: Pitch.queue(topic, by),
    "merged": lambda topic, other, by: topic.merge_into(other, by),
    "kept": lambda topic, other, by: other.merge_into(topic, by),
    "split": lambda topic, _other, by: topic.split("Un", "Deux", None, by),
    "proposed": MergeProposal.propose,
    "written to": lambda topic, _other, by: Message.send(topic.forum, "Venez !", by, topic=topic),
}


@pytest.mark.parametrize("dealing", DEALINGS)
def test_an_approval_is_not_undone_once_the_topic_is_dealt_with(
    dealing: str, forum: Forum, waiting: int, desk: Client, slot: Slot, theo: Participant, as_camille: Actor
) -> None:
    topic, nadia = Topic.objects.get(title="Zorglub un"), Participant.join(forum, name="Nora")
    approve(desk, forum, topic.name)
    topic.refresh_from_db()
    other = Topic.propose(forum, "Des haies", "", nadia, as_camille)
    DEALINGS[dealing](topic, other, Actor(theo) if dealing == "proposed" else as_camille)
    with pytest.raises(CannotUndo):
        forum.journal.get(verb="approved").undo(as_camille)


def test_the_switch_is_one_press_on_the_desk_and_in_the_journal(forum: Forum, desk: Client, as_camille: Actor) -> None:
    desk.post(f"/{forum.code}/desk/waiting/first/", {"first": "yes"})
    assert Forum.objects.get().approves_first
    page = text_of(desk.get(f"/{forum.code}/desk/journal/"))
    assert "relit désormais avant d’afficher" in page
    forum.journal.get(verb="approves first").undo(as_camille)
    assert not Forum.objects.get().approves_first


def test_what_somebody_removed_had_sent_waits_on_and_goes_with_all_that_they_brought(
    forum: Forum, report: Report, waiting: int, theo: Participant, desk: Client, as_camille: Actor
) -> None:
    theo.remove(as_camille)
    assert [row.KIND for row in waiting_rows(forum)] == ["topic", "word", "photo"]  # no comment of theirs is shown
    page = text_of(desk.get(f"/{forum.code}/desk/waiting/"))
    assert ("Théo Masson" in page, "n’est plus là" in page, shown(forum, report)) == (True, True, [1, 0, 0, 0])
    forum.journal.get(verb="removed someone").undo(as_camille)
    theo.refresh_from_db()
    listed = text_of(desk.get(f"/{forum.code}/desk/people/{theo.pk}/remove-all/"))
    assert secrets_in(listed) == ["Zorglub un", "Zorglub trois", "Zorglub quatre", "Zorglub cinq"]
    theo.remove_with_all(as_camille)
    assert waiting_rows(forum) == []
    forum.journal.get(verb="removed someone with all").undo(as_camille)
    assert (len(waiting_rows(forum)), shown(forum, report)) == (4, [1, 0, 0, 0])


def test_a_page_of_the_settings_that_was_opened_before_does_not_turn_it_off(
    forum: Forum, desk: Client, as_camille: Actor
) -> None:
    address, initial = f"/{forum.code}/desk/settings/", "initial-approves_first"
    assert f'name="{initial}" value="False"' in desk.get(address).content.decode()
    forum.set_approves_first(True, as_camille)
    off, on, unticked = {initial: "False"}, {initial: "True", "approves_first": "on"}, {initial: "True"}
    kept = []
    for fields in (off, on, unticked, {initial: "False", "approves_first": "on"}):
        assert desk.post(address, settings_of(forum, **fields)).status_code == 302
        kept.append(Forum.objects.get().approves_first)
    assert kept == [True, True, False, True]
    assert f'name="{initial}" value="True"' in desk.get(address).content.decode()


def test_a_closing_word_that_is_changed_waits_again(forum: Forum, theo: Participant, as_camille: Actor) -> None:
    Feedback.give(forum, theo, Actor(theo), words="Merci", keep="", change="")
    forum.set_approves_first(True, as_camille)
    Feedback.give(forum, theo, Actor(theo), words="Zorglub", keep="", change="")
    assert forum.feedback.shown().count() == 0


def test_a_photo_of_before_waits_once_a_phone_changes_what_everybody_sees_of_it(
    forum: Forum, report: Report, nadia: Participant, as_camille: Actor
) -> None:
    hidden, agreed = add_photo(report, nadia), add_photo(report, nadia, people_agreed=True)
    forum.set_approves_first(True, as_camille)
    hidden.set_people_agreed(True, Actor(nadia))
    assert list(report.photos.public()) == [agreed]
    agreed.write({"caption": "Zorglub"}, agreed.bases(), Actor(nadia))
    assert list(report.photos.public()) == []
    hidden.set_people_agreed(True, as_camille)
    assert list(report.photos.public()) == []
    third = add_photo(report, nadia)
    decide(forum, [third.name], True, as_camille)
    third.set_people_agreed(False, Actor(nadia))
    assert third not in waiting_rows(forum)
