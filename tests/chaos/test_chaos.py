"""Short storms with real processes: no change is lost, doubled or out of order, no page is wrong about its state."""

import asyncio
import http.client
import socket
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import ClientConnection, connect

from forum.live import hub
from forum.live.database_thread import board_thread
from forum.models import Actor, Device, Forum, Participant, Topic
from forum.rehearsal.board import parse
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.protocol import live_path
from tests.chaos.phone import Phone, differences, doubles
from tests.chaos.profiles import PROFILES, storm
from tests.conftest import ClientFor
from tests.live_server import running_server
from tests.services import require

PHONES, CHANGES = 16, 24


@pytest.mark.parametrize("name", ["memory", "killed", "restored", "redis-away"])
def test_every_phone_shows_every_change_whatever_happens(name: str) -> None:
    profile = PROFILES[name]
    if profile.redis:
        require("Redis", "PostgreSQL")
    result = asyncio.run(storm(profile, PHONES, CHANGES))
    assert result.is_exact, result
    assert (result.complaints, result.errors) == (0, 0), result
    assert result.deliveries > CHANGES, result


def test_a_page_that_misses_something_is_seen_by_the_measure() -> None:
    """Check the measurement of the storms with a missing, a stale and a doubled card."""
    card = '<article id="topic-1" data-in="topics" data-order="1">{}</article>'
    fresh, stale, empty, twice = (
        parse(f'<div id="list-topics">{cards}</div>')
        for cards in (card.format("Trois ici"), card.format("Deux ici"), "", 2 * card.format("Trois ici"))
    )
    phone, newest = Phone(None, "H7KQ4MT"), LivePage("H7KQ4MT")  # type: ignore[arg-type]
    newest.begin(fresh, 3, "e")
    seen = []
    for content, since in ((fresh, 3), (stale, 3), (empty, 2)):
        phone.begin(content, since, "e")
        seen.append((differences(phone.board, newest.board), phone.missed(newest)))
    assert seen == [(0, 0), (1, 1), (1, 2)]
    phone.begin(twice, 3, "e")
    assert (doubles(newest.board), doubles(phone.board)) == (0, 1)
    assert phone.board != newest.board


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with running_server() as url:
        yield url


def beginning_of_a_form(server: str, forum: Forum, person: Participant, text: str, length: int) -> socket.socket:
    """Open a connection, and send the head of a form of `length` bytes and its body as far as `text`."""
    host, port = server.removeprefix("http://").split(":")
    csrf = "x" * 32
    body = f"csrfmiddlewaretoken={csrf}&key=k1&title={text}"
    cookie = f"csrftoken={csrf}; forum_key_{forum.pk}={Device.issue(person)}"
    head = (
        f"POST /{forum.code}/topics/new/ HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {max(length, len(body))}\r\n\r\n"
    )
    phone = socket.create_connection((host, int(port)), 5)
    phone.sendall(f"{head}{body}".encode())
    return phone


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_cut_in_the_middle_is_not_taken_for_a_whole_one(
    server: str, forum: Forum, theo: Participant
) -> None:
    cut = beginning_of_a_form(server, forum, theo, "Comment+rafra", 400)
    time.sleep(0.5)  # the server reads the first part, and waits for the rest
    cut.close()
    time.sleep(0.5)
    assert not Topic.objects.exists()
    whole = beginning_of_a_form(server, forum, theo, "Comment+rafraichir+nos+cours", 0)
    assert whole.recv(20).startswith(b"HTTP/1.1 302")
    assert [topic.title for topic in Topic.objects.all()] == ["Comment rafraichir nos cours"]
    whole.close()


@pytest.mark.django_db(transaction=True)
def test_phones_that_stop_in_the_middle_of_a_form_delay_nobody(server: str, forum: Forum, theo: Participant) -> None:
    stalled = [beginning_of_a_form(server, forum, theo, "Comment", 400) for _ in range(6)]
    healthy = http.client.HTTPConnection(server.removeprefix("http://"), timeout=3)
    healthy.request("GET", "/healthz")
    assert healthy.getresponse().status == 200
    healthy.close()
    for phone in stalled:
        phone.close()


@pytest.mark.django_db(transaction=True)
def test_a_hub_that_cannot_reach_the_database_does_not_say_that_there_is_nothing_newer(
    server: str, forum: Forum, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "STALE_SECONDS", 0.5)
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.1)
    since = Forum.objects.get(pk=forum.pk).revision
    url = server.replace("http", "ws") + live_path(forum.code, "phone", since, forum.epoch)
    cookie = f"forum_key_{forum.pk}={Device.issue(theo)}"

    async def beat(phone: ClientConnection) -> str:
        await phone.send("?")
        while True:
            if "beat" in (message := str(await asyncio.wait_for(phone.recv(), 0.7))):
                return message

    async def scene() -> None:
        async with connect(url, additional_headers={"Cookie": cookie}) as phone:
            assert await beat(phone) == f'{{"beat":{since}}}'
            board_thread.submit(time.sleep, 2)  # blocks the thread in which sockets use the database
            await asyncio.sleep(1)
            with pytest.raises(TimeoutError):
                await beat(phone)
            await asyncio.sleep(1.5)
            assert await beat(phone) == f'{{"beat":{since}}}'

    asyncio.run(scene())


@pytest.mark.django_db
def test_a_page_that_lost_its_socket_can_ask_for_its_marks_when_nothing_else_moved(
    forum: Forum, topic: Topic, theo: Participant, client_for: ClientFor
) -> None:
    topic.set_interest(theo, True, Actor(theo))
    revision = Forum.objects.get(pk=forum.pk).revision
    assert client_for(theo).get(live_path(forum.code, "phone", revision, forum.epoch)).status_code == 204
    answer = client_for(theo).get(live_path(forum.code, "phone", revision, forum.epoch, me="1")).json()
    assert answer == {"beat": revision, "at": revision, "me": {"going": [topic.pk], "here": [], "mine": []}}
