"""Real sockets on the real server: rights, messages, and messages that are not sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any
from unittest.mock import AsyncMock

import pytest
from django.db import DatabaseError, connections
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.live import open_sockets, websocket
from forum.live.board_query import BoardQuery
from forum.live.sending import TOO_MANY
from forum.models import Actor, Device, Facilitator, Forum, Participant, Topic
from forum.phases import Phase
from tests.live_server import running_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with running_server() as url:
        yield url


def key_of(person: Participant | Facilitator) -> str:
    name = participant_cookie(person.forum) if isinstance(person, Participant) else FACILITATOR_COOKIE
    return f"{name}={Device.issue(person)}"


def phone(server: str, forum: Forum, cookie: str = "", origin: str | None = None, **query: Any) -> Any:
    """Open a phone's socket. `query`: parameters, such as the revision `since` of the page."""
    parameters = "&".join(f"{name}={value}" for name, value in {"as": "phone", "epoch": forum.epoch, **query}.items())
    url = f"{server.replace('http', 'ws')}/{forum.code}/live/?{parameters}"
    return connect(url, additional_headers={"Cookie": cookie}, origin=origin)  # type: ignore[arg-type]


async def next_change(socket: ClientConnection, seconds: float = 3) -> dict[str, Any]:
    """Return the next message that changes the board."""
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), seconds))
        if "to" in message:
            return message


async def receive_into(messages: list[str], socket: ClientConnection) -> None:
    """Collect all messages until the server closes the socket."""
    while True:
        messages.append(str(await asyncio.wait_for(socket.recv(), 5)))


async def do(verb: Callable[..., Any], *args: Any) -> Any:
    """Run a verb in another thread, as a page's request does."""
    return await asyncio.to_thread(_do, verb, *args)


def _do(verb: Callable[..., Any], *args: Any) -> Any:
    try:
        return verb(*args)
    finally:
        connections.close_all()  # the thread may not be used again


def play(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scene())  # type: ignore[arg-type]


def test_a_change_reaches_an_open_phone_as_one_card(server: str, forum: Forum, topic: Topic, theo: Participant) -> None:
    forum.refresh_from_db()
    since, cookie = forum.revision, key_of(theo)

    async def scene() -> None:
        async with phone(server, forum, cookie, since=since) as socket:
            await socket.send("?")
            await do(topic.set_interest, theo, True, Actor(theo))
            message = await next_change(socket)
            assert (message["from"], message["to"]) == (since, since + 1)
            assert message["html"].count("<article") == 1
            assert len(json.dumps(message)) < 2000

    play(scene)


def test_a_phone_that_comes_back_gets_what_it_missed(server: str, forum: Forum, theo: Participant) -> None:
    forum.refresh_from_db()
    since, cookie = forum.revision, key_of(theo)
    titles = [f"Sujet {n}" for n in range(5)]
    for title in titles:
        Topic.propose(forum, title, "", theo, Actor(theo))

    async def scene() -> None:
        async with phone(server, forum, cookie, since=since) as socket:
            message = await next_change(socket)
            assert (message["from"], message["to"]) == (since, since + 5)
            assert [title for title in titles if title in message["html"]] == titles

    play(scene)


def test_what_is_mine_comes_with_the_socket_and_after_each_change(
    server: str, forum: Forum, topic: Topic, nadia: Participant, theo: Participant
) -> None:
    forum.refresh_from_db()
    cookie = key_of(theo)

    async def mark(socket: ClientConnection) -> Any:
        while True:
            message = json.loads(await asyncio.wait_for(socket.recv(), 3))
            if "me" in message:
                return message["me"]

    async def scene() -> None:
        async with phone(server, forum, cookie, since=forum.revision) as socket:
            assert await mark(socket) == {"going": [], "here": [], "mine": []}
            await do(topic.set_interest, theo, True, Actor(theo))
            assert await mark(socket) == {"going": [topic.pk], "here": [], "mine": []}

    play(scene)


def test_many_changes_in_a_burst_come_in_few_messages_and_in_order(
    server: str, forum: Forum, theo: Participant
) -> None:
    forum.refresh_from_db()
    start, cookie, changes = forum.revision, key_of(theo), 40

    def burst() -> None:
        for n in range(changes):
            Participant.join(forum, name=f"Personne {n}")

    async def scene() -> None:
        async with phone(server, forum, cookie, since=start) as socket:
            await socket.send("?")
            working = asyncio.create_task(do(burst))
            shown, messages = start, 0
            while shown < start + changes:
                message = await next_change(socket)
                assert message["from"] == shown
                shown, messages = message["to"], messages + 1
            await working
            assert messages < changes / 2

    play(scene)


def opening_of(forum: Forum, person: Participant) -> websocket.Opening:
    name, _equals, secret = key_of(person).partition("=")
    return websocket.Opening(forum.code, {name: secret}, BoardQuery.parse({"as": "phone"}))


def test_pages_that_come_after_a_failure_are_let_in(
    forum: Forum, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = opening_of(forum, theo)

    async def scene() -> None:
        with monkeypatch.context() as broken:
            broken.setattr(websocket, "run_in_database_thread", AsyncMock(side_effect=DatabaseError))
            pages = asyncio.gather(*(websocket._admit(opening) for _page in range(2)), return_exceptions=True)
            assert [type(answer) for answer in await asyncio.wait_for(pages, 3)] == [DatabaseError] * 2
        assert await asyncio.wait_for(websocket._admit(opening), 3)

    play(scene)


@pytest.mark.parametrize("leaving", [0, 1, 2])
def test_a_page_that_leaves_while_it_waits_holds_up_no_other(forum: Forum, theo: Participant, leaving: int) -> None:
    opening = opening_of(forum, theo)

    async def scene() -> None:
        pages = [asyncio.create_task(websocket._admit(opening)) for _page in range(3)]
        await asyncio.sleep(0)
        pages[leaving].cancel()
        answers = await asyncio.wait_for(asyncio.gather(*pages, return_exceptions=True), 3)
        assert [type(answer) for answer in answers].count(websocket.Admission) == 2

    play(scene)


@pytest.mark.parametrize("audience", ["phone", "wall", "page", "desk", "nonsense"])
def test_a_stranger_cannot_listen(server: str, forum: Forum, audience: str) -> None:
    async def scene() -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with phone(server, forum, "", **{"as": audience}):
                pass
        assert refused.value.response.status_code == 403

    play(scene)


def test_only_facilitators_listen_to_the_desk(
    server: str, forum: Forum, theo: Participant, camille: Facilitator
) -> None:
    theo_key, camille_key = key_of(theo), key_of(camille)

    async def scene() -> None:
        with pytest.raises(InvalidStatus):
            async with phone(server, forum, theo_key, **{"as": "desk"}):
                pass
        async with phone(server, forum, camille_key, **{"as": "desk"}) as socket:
            assert (await next_change(socket))["whole"]

    play(scene)


def test_a_page_of_another_site_cannot_listen(server: str, forum: Forum, theo: Participant) -> None:
    cookie = key_of(theo)

    async def scene() -> None:
        with pytest.raises(InvalidStatus):
            async with phone(server, forum, cookie, origin="https://evil.example"):
                pass
        for broken in ("http://[x", "http://", "null", "://", f"{server}]", "http://a\\b"):
            with pytest.raises(InvalidStatus) as refused:
                async with phone(server, forum, cookie, origin=broken):
                    pass
            assert refused.value.response.status_code == 403
        async with phone(server, forum, cookie, origin=server):
            pass

    play(scene)


@pytest.mark.parametrize("junk", ["9" * 5000, "9" * 19, "-5", "%D9%A3", "%C2%B2", "%00", "%ff", "%ed%a0%80", ""])
def test_a_socket_that_asks_for_nonsense_gets_the_whole_board(
    server: str, forum: Forum, theo: Participant, junk: str
) -> None:
    cookie = key_of(theo)

    async def scene() -> None:
        async with phone(server, forum, cookie, since=junk, epoch=junk[:20], watch=junk[:20]) as socket:
            message = await next_change(socket)
            assert (message["from"], message["whole"], "moved" in message) == (-1, True, False)

    play(scene)


def test_the_key_of_another_forum_opens_nothing(server: str, forum: Forum, theo: Participant) -> None:
    other = Forum.objects.create(title="Autre", question="?", phase=Phase.MARKETPLACE)
    stolen = key_of(theo).replace(f"_{forum.pk}=", f"_{other.pk}=")

    async def scene() -> None:
        with pytest.raises(InvalidStatus):
            async with phone(server, other, stolen):
                pass

    play(scene)


def test_someone_removed_hears_nothing_after_it(
    server: str, forum: Forum, topic: Topic, theo: Participant, as_camille: Actor
) -> None:
    forum.refresh_from_db()
    cookie = key_of(theo)

    def remove_then_change() -> None:
        theo.remove(as_camille)
        Topic.propose(forum, "Après son départ", "", None, as_camille)

    async def scene() -> None:
        async with phone(server, forum, cookie, since=forum.revision) as socket:
            await socket.send("?")
            await do(remove_then_change)
            messages: list[str] = []
            with pytest.raises(ConnectionClosed):
                await receive_into(messages, socket)
            assert [text for text in messages if "Après son départ" in text] == []
            assert socket.close_code == 4403

    play(scene)


def test_a_page_that_shows_one_topic_only_hears_of_that_topic(
    server: str, forum: Forum, topic: Topic, theo: Participant
) -> None:
    forum.refresh_from_db()
    cookie = key_of(theo)

    def others_then_this_one() -> None:
        Participant.join(forum, name="Une autre")
        topic.set_interest(theo, True, Actor(theo))

    async def scene() -> None:
        query: dict[str, Any] = {"as": "page", "since": forum.revision, "watch": f"topic-{topic.pk}"}
        async with phone(server, forum, cookie, **query) as socket:
            await do(others_then_this_one)
            message = await next_change(socket)
            assert (message["moved"], message["html"]) == ([f"topic-{topic.pk}"], "")

    play(scene)


def test_a_stranger_may_try_whether_sockets_pass_and_learns_nothing(server: str, forum: Forum) -> None:
    async def scene() -> None:
        url = f"{server.replace('http', 'ws')}/{forum.code}/hello/live/"
        async with connect(url) as socket:
            await socket.send("hello")
            assert await asyncio.wait_for(socket.recv(), 3) == "hello"
            await socket.send("?")  # only the first message is answered
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 3)
        with pytest.raises(InvalidStatus):
            async with connect(url, origin="http://evil.example"):  # type: ignore[arg-type]
                pass

    asyncio.run(scene())


def test_a_socket_of_the_test_page_that_says_nothing_is_hung_up(
    server: str, forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PHONE_TEST_SECONDS", 0.2)

    async def scene() -> None:
        async with connect(f"{server.replace('http', 'ws')}/{forum.code}/hello/live/") as socket:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 3)

    asyncio.run(scene())


def test_a_person_who_opens_a_page_too_many_is_told_to_poll_and_a_facilitator_is_not(
    server: str, forum: Forum, theo: Participant, camille: Facilitator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_sockets, "MOST_OF_ONE_PERSON", 3)
    phones, desk = [key_of(theo) for _n in range(2)], key_of(camille)

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            for n in range(3):
                await stack.enter_async_context(phone(server, forum, phones[n % 2]))
            for _n in range(5):
                await stack.enter_async_context(phone(server, forum, desk, **{"as": "desk"}))
            with pytest.raises(ConnectionClosed) as closed:
                async with phone(server, forum, phones[0]) as socket:
                    await receive_into([], socket)
            assert closed.value.rcvd == Close(TOO_MANY, "")
        async with phone(server, forum, phones[0]) as socket:
            await socket.send("?")
            await asyncio.wait_for(socket.recv(), 3)

    play(scene)
    assert open_sockets._counts == {}


def test_only_so_many_phones_are_tried_at_once(server: str, forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "_phone_tests", asyncio.Semaphore(1))
    url = f"{server.replace('http', 'ws')}/{forum.code}/hello/live/"

    async def scene() -> None:
        async with connect(url) as first:
            with pytest.raises(InvalidStatus):
                await connect(url)
            await first.send("hello")
            assert await first.recv() == "hello"

    play(scene)
