"""What lands after the rights of a request were read, and before its change: it is refused as if it came late."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from forum.auth import decorators, idempotency
from forum.auth.guard import RightsGuard
from forum.auth.identity import participant_cookie
from forum.live.credentials import Credentials
from forum.models import Actor, Device, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.coediting import batch
from sessions.coediting.batch import PendingUpdate
from sessions.models import Photo, Report
from sessions.models.field_conflicts import base_of
from tests.conftest import ClientFor, move
from tests.sessions.coediting.sockets import message_with
from tests.sessions.photos import jpeg, own_files, send_part, turn_is_free
from tests.sessions.writer_page import WriterPage

__all__ = ["own_files", "turn_is_free"]

REFUSALS = ("a été retiré", "n’a pas rejoint", "Seules les personnes de ce groupe", "Ce n’est pas le moment")
Meanwhile = Callable[[Callable[[], object]], None]
Send = Callable[[Client, str], Any]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Return a function that lets something happen in the next POST, once its rights are read."""

    def arrange(happen: Callable[[], object]) -> None:
        run, left = idempotency.idempotent, [happen]

        def late(*args: Any) -> Any:
            if left:
                left.pop()()
            return run(*args)

        monkeypatch.setattr(decorators, "idempotent", late)

    return arrange


@pytest.fixture
def report(forum: Forum, group: Group, theo: Participant) -> Report:
    """The report of Nadia's topic, which Théo writes too."""
    move(forum, Phase.GROUPS)
    group.join(theo, Actor(theo))
    return Report.for_group(group)


def write(client: Client, topic: str) -> Any:
    return client.post(f"{topic}report/", {"findings": "46 °C en juin", "b_findings": base_of("")})


def upload(client: Client, topic: str) -> Any:
    picture = jpeg(60, 40)
    return send_part(client, f"{topic}report/photos/upload/{'ab' * 16}/", picture, 0, len(picture))


def add_action(client: Client, topic: str) -> Any:
    return client.post(f"{topic}report/actions/", {"key": "k1"})


def poll_with_text(client: Client, topic: str) -> Any:
    message = message_with(WriterPage(Report.objects.get(), Actor()).write("46 °C en juin"))
    return client.post(f"{topic}report/writing/", message, content_type="application/json")


def finish(client: Client, topic: str) -> Any:
    return client.post(f"{topic}report/finish/", {"findings": "46 °C en juin", "b_findings": base_of("")})


WRITES = {"form": write, "upload": upload, "action": add_action, "shared text": poll_with_text, "finish": finish}


@pytest.fixture
def events(forum: Forum, topic: Topic, theo: Participant, as_camille: Actor) -> dict[str, Callable[[], object]]:
    other = Topic.propose(forum, "Vélos", "", theo, Actor(theo))
    group = Group.objects.get()
    return {
        "withdrawn": lambda: Topic.objects.get(pk=topic.pk).withdraw(as_camille),
        "merged": lambda: Topic.objects.get(pk=topic.pk).merge_into(other, as_camille),
        "removed": lambda: Participant.objects.get(pk=theo.pk).remove(as_camille),
        "left the group": lambda: group.leave(theo, Actor(theo)),
        "published": lambda: move(Forum.objects.get(pk=forum.pk), Phase.PUBLISHED),
    }


@pytest.mark.parametrize("event", ["withdrawn", "merged", "removed", "left the group", "published"])
@pytest.mark.parametrize("kind", list(WRITES))
def test_what_lands_just_after_a_change_of_rights_is_refused_in_words_and_changes_nothing(
    kind: str, event: str, report: Report, topic: Topic, theo: Participant, client_for: ClientFor, meanwhile: Meanwhile,
    events: dict[str, Callable[[], object]],
) -> None:  # fmt: skip
    phone = client_for(theo)
    meanwhile(events[event])
    answer = WRITES[kind](phone, topic.get_absolute_url())
    assert answer.status_code == 403
    is_for_script = kind in ("upload", "shared text")
    words = json.loads(answer.content)["problem"] if is_for_script else answer.content.decode()
    assert any(
        sentence in words
        for sentence in (
            "a été retiré",
            "n’a pas rejoint",
            "Seules les personnes de ce groupe",
            "Ce n’est pas le moment",
        )
    )
    if kind in ("form", "finish"):
        assert "46 °C en juin" in words  # to be sent again
    report.refresh_from_db()
    assert (report.findings, report.actions.count(), Photo.objects.count(), report.is_finished) == ("", 0, 0, False)
    assert [file for path in Photo(forum=topic.forum, key="ab" * 16).paths for file in path.parent.glob("*.jpg")] == []


def test_what_others_do_meanwhile_without_touching_the_rights_stops_nobody(
    report: Report, topic: Topic, theo: Participant, nadia: Participant, client_for: ClientFor, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: Topic.objects.get(pk=topic.pk).set_interest(nadia, True, Actor(nadia)))
    assert write(client_for(theo), topic.get_absolute_url()).status_code == 302
    report.refresh_from_db()
    assert report.findings == "46 °C en juin"


def test_a_topic_that_is_back_when_the_request_is_looked_at_again_takes_it(
    report: Report, topic: Topic, theo: Participant, as_camille: Actor, client_for: ClientFor, meanwhile: Meanwhile
) -> None:
    def withdraw_and_bring_back() -> None:
        Topic.objects.get(pk=topic.pk).withdraw(as_camille)
        Topic.objects.get(pk=topic.pk).bring_back(as_camille)

    meanwhile(withdraw_and_bring_back)
    assert write(client_for(theo), topic.get_absolute_url()).status_code == 302


def test_a_topic_of_somebody_who_was_removed_meanwhile_does_not_come_on_the_board(
    forum: Forum, theo: Participant, as_camille: Actor, client_for: ClientFor, meanwhile: Meanwhile
) -> None:
    phone = client_for(theo)
    meanwhile(lambda: Participant.objects.get(pk=theo.pk).remove(as_camille))
    answer = phone.post(f"/{forum.code}/topics/new/", {"title": "Des vélos pour tous", "key": "k"})
    assert (answer.status_code, forum.topics.count()) == (403, 0)
    assert "Des vélos pour tous" in answer.content.decode()


def test_a_facilitator_who_was_removed_meanwhile_changes_nothing(
    forum: Forum, camille: Facilitator, as_camille: Actor, client_for: ClientFor, meanwhile: Meanwhile
) -> None:
    colleague, _link = Facilitator.create("Collègue")
    forum.facilitators.add(colleague)
    desk = client_for(colleague)
    meanwhile(lambda: colleague.remove_from(forum, as_camille))
    answer = desk.post(f"/{forum.code}/desk/phase/", {"phase": Phase.GROUPS})
    forum.refresh_from_db()
    assert (answer.status_code, forum.phase) == (404, Phase.MARKETPLACE)


def test_a_facilitator_removes_their_own_place_among_the_participants(
    forum: Forum, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    browser = client_for(camille)
    browser.cookies[participant_cookie(forum)] = Device.issue(theo)
    assert browser.post(f"/{forum.code}/desk/people/{theo.pk}/remove/", {"key": "k"}).status_code == 302
    theo.refresh_from_db()
    assert theo.removed_at


def test_rights_are_read_again_once_after_each_change_of_others_that_they_may_depend_on(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, as_camille: Actor
) -> None:
    other = Topic.propose(forum, "Vélos", "", theo, Actor(theo))
    readings: list[int] = []
    me = Actor(theo, guard=RightsGuard(Forum.objects.get(), topic.pk, lambda: readings.append(1)))

    def change_once() -> None:
        mine = Forum.objects.get().topics.get(pk=topic.pk)
        mine.set_interest(theo, not mine.interests.filter(participant=theo).exists(), me)

    def readings_after(change: Callable[[], object]) -> int:
        change()
        readings.clear()
        for _n in range(2):  # its own changes, of the topic too, make it read nothing again
            change_once()
        return len(readings)

    assert readings_after(lambda: None) == 0
    assert readings_after(lambda: other.set_interest(nadia, True, Actor(nadia))) == 0
    assert readings_after(lambda: topic.set_interest(nadia, True, Actor(nadia))) == 1
    assert readings_after(lambda: Participant.objects.get(pk=nadia.pk).remove(as_camille)) == 1
    assert readings_after(lambda: move(Forum.objects.get(), Phase.GROUPS)) == 1


def test_a_change_that_nothing_came_before_reads_no_journal(
    forum: Forum, topic: Topic, django_assert_num_queries: Any
) -> None:
    guard = RightsGuard(forum, topic.pk, lambda: pytest.fail("nobody changed anything"))
    forum.revision += 1  # as the change itself does
    with django_assert_num_queries(0):
        guard.check(forum)


def test_shared_texts_that_land_just_after_a_withdrawal_are_refused(
    report: Report, topic: Topic, theo: Participant, as_camille: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, forum = Forum.locked, Forum.objects.get()
    cookies = {participant_cookie(forum): Device.issue(theo)}
    credentials = Credentials.of(cookies, Actor(theo), forum)

    @contextmanager
    def locked_late(forum: Forum) -> Iterator[None]:
        Topic.objects.get(pk=topic.pk).withdraw(as_camille)
        with locked(forum):
            yield

    class Writer:
        has_lost_rights = False

    Writer.credentials = credentials  # type: ignore[attr-defined]
    monkeypatch.setattr(Forum, "locked", locked_late)
    message = json.loads(message_with(WriterPage(report, Actor(theo)).write("46 °C en juin")))
    pending = PendingUpdate(Writer(), message, None)  # type: ignore[arg-type]
    result = batch.run_batch(report.pk, 0, forum.revision, [credentials], [pending])
    report.refresh_from_db()
    assert (result.answers, result.shut_out, report.findings) == ([batch.REFUSED], {credentials}, "")
