"""What a hub sends: one message to many pages, nothing to pages that show none of a change, no wait for slow pages."""

import asyncio
import contextlib
import json
import socket as socket_module
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from forum.live import board as boards
from forum.live import catch_up, hub
from forum.live.audience import Audience
from forum.live.sending import NOT_ALLOWED
from forum.live.snapshot import Position, SnapshotRequest, read_snapshot
from forum.models import Actor, Forum, Participant, Topic
from forum.phases import Phase
from tests.forum.live.test_websocket import do, key_of, next_change, phone, play, server

__all__ = ["server"]
pytestmark = pytest.mark.django_db(transaction=True)


async def messages_within(socket: Any, seconds: float) -> list[dict[str, Any]]:
    """Return all messages that a phone receives within these seconds."""
    messages: list[dict[str, Any]] = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            messages.append(json.loads(await asyncio.wait_for(socket.recv(), left)))
        except TimeoutError:
            break
    return messages


def test_what_only_the_desk_shows_is_not_sent_to_phones(
    server: str, forum: Forum, topic: Topic, theo: Participant
) -> None:
    forum.refresh_from_db()
    since, cookie = forum.revision, key_of(theo)

    async def scene() -> None:
        async with phone(server, forum, cookie, since=since) as socket:
            theo.organisation = "Ville d’Arras"
            await do(theo.save_identity, Actor(theo))
            assert [message for message in await messages_within(socket, 1) if "to" in message] == []
            await socket.send("?")
            assert await next_change(socket) == {
                "beat": since + 1, "from": since, "to": since + 1, "epoch": forum.epoch, "html": "",
            }  # fmt: skip
            await socket.send("?")
            assert json.loads(await socket.recv()) == {"beat": since + 1}
            await do(topic.set_interest, theo, True, Actor(theo))
            message = await next_change(socket)
            assert (message["from"], message["to"]) == (since + 1, since + 2)

    play(scene)


def test_after_a_change_that_it_did_not_hear_of_a_phone_has_no_gap(
    server: str, forum: Forum, topic: Topic, theo: Participant
) -> None:
    forum.refresh_from_db()
    since, cookie = forum.revision, key_of(theo)

    async def scene() -> None:
        async with phone(server, forum, cookie, since=since) as one, phone(server, forum, cookie, since=since) as other:
            theo.organisation = "Commune d’Arras"
            await do(theo.save_identity, Actor(theo))
            await asyncio.sleep(0.5)
            await other.send("?")
            await next_change(other)
            await do(topic.set_interest, theo, True, Actor(theo))
            first, second = await next_change(one), await next_change(other)
            assert [(m["from"], m["to"]) for m in (first, second)] == [(since, since + 2), (since + 1, since + 2)]
            assert first["html"] == second["html"]

    play(scene)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The audience and id of each fragment that is rendered during the test."""
    renderings: list[str] = []
    render = boards._render

    def record(name: str, audience: Audience, context: dict[str, Any]) -> Any:
        renderings.append(f"{audience} {context.get('id', name)}")
        return render(name, audience, context)

    monkeypatch.setattr(boards, "_render", record)
    return renderings


@pytest.mark.parametrize("change", ["one card", "everything"])
def test_a_fragment_is_rendered_once_however_many_sockets_ask_each_for_something_else(
    server: str, forum: Forum, topic: Topic, theo: Participant, rendered: list[str], change: str
) -> None:
    forum.refresh_from_db()
    since, cookie = forum.revision, key_of(theo)
    watches = ["", f"topic-{topic.pk}", *(f"x-{n},topic-{topic.pk}" for n in range(10)), "y" * 3000]

    async def scene() -> list[dict[str, Any]]:
        async with contextlib.AsyncExitStack() as stack:
            queries: list[dict[str, Any]] = [{"since": since, "watch": watch} for watch in watches]
            sockets = [await stack.enter_async_context(phone(server, forum, cookie, **query)) for query in queries]
            for socket in sockets:
                await socket.send("?")
                assert json.loads(await socket.recv())
            rendered.clear()
            if change == "one card":
                await do(topic.set_interest, theo, True, Actor(theo))
            else:
                await do(forum.move_to, Phase.GROUPS, Actor())
            return [await next_change(socket) for socket in sockets]

    messages = asyncio.run(scene())
    assert rendered
    assert sorted(rendered) == sorted(set(rendered))
    assert {message["html"] for message in messages} == {messages[0]["html"]}
    moved = [topic_key] if change == "one card" and (topic_key := f"topic-{topic.pk}") else []
    assert [message.get("moved") for message in messages] == [None, *[moved] * 11, None]


def test_wherever_phones_say_that_they_stand_a_fragment_is_rendered_once(
    forum: Forum, topic: Topic, theo: Participant, rendered: list[str]
) -> None:
    start = Forum.objects.get(pk=forum.pk).revision
    for n in range(12):
        topic.set_interest(theo, n % 2 == 0, Actor(theo))
    forum.refresh_from_db()
    places = [(forum.epoch, start + n) for n in range(12)]
    places += [(f"epoch{n}", start) for n in range(12)] + [(forum.epoch, forum.revision + n) for n in range(1, 12)]
    positions = {Position(audience, "fr", *place) for audience in (Audience.PHONE, Audience.PAGE) for place in places}
    request = SnapshotRequest(forum.pk, forum.revision, forum.epoch, positions, frozenset(), [], [])
    read = read_snapshot(request)
    assert read is not None
    assert read.deltas.keys() == positions
    assert sorted(rendered) == sorted(set(rendered))
    deltas = [read.deltas[Position(Audience.PHONE, "fr", *place)] for place in places[:12]]
    for answer, (epoch, since) in zip(deltas, places, strict=False):
        fresh = catch_up.delta(forum, Audience.PHONE, since, epoch)
        assert json.loads(answer.event(since)["text"]) == {
            "from": since, "to": forum.revision, "epoch": epoch, "html": fresh.html,
        }  # fmt: skip
    others = [json.loads(read.deltas[Position(Audience.PHONE, "fr", *place)].event(5)["text"]) for place in places[12:]]
    assert {(message["from"], message["whole"]) for message in others} == {(-1, True)}


async def closed(socket: Any) -> None:
    """Read until the server closes this socket."""
    try:
        async with asyncio.timeout(6):
            while True:
                await socket.recv()
    except ConnectionClosed:
        return


def transport_of(forum: Forum, person: Participant) -> Any:
    """Return the server's transport of this person's socket."""
    watchers = hub._hubs[forum.pk].subscribers
    watcher = next(watcher for watcher in watchers if watcher.credentials.participant == person.pk)
    return watcher.send.__self__.transport  # type: ignore[attr-defined]


def limit_buffer(transport: Any) -> None:
    """Let a transport buffer only a few bytes that the other end has not read, as on a bad network."""
    transport.get_extra_info("socket").setsockopt(socket_module.SOL_SOCKET, socket_module.SO_SNDBUF, 4096)
    transport.set_write_buffer_limits(high=1024)


def test_a_phone_that_takes_nothing_delays_nobody_and_is_let_go(
    server: str, forum: Forum, topic: Topic, theo: Participant, nadia: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "SEND_TIMEOUT_SECONDS", 1.0)
    forum.refresh_from_db()
    stuck_key, cookie = key_of(nadia), key_of(theo)

    async def scene() -> None:
        async with (
            phone(server, forum, stuck_key, since=forum.revision) as stuck,
            phone(server, forum, cookie, since=forum.revision) as socket,
        ):
            await socket.send("?")
            limit_buffer(transport_of(forum, nadia))
            stuck.transport.pause_reading()
            for _ in range(100):  # it asks, and never reads an answer
                stuck.transport.write(b"\x81\x81\0\0\0\0?" * 500)
                await asyncio.sleep(0.02)
            waits = []
            for n in range(4):
                begin = time.monotonic()
                await do(topic.set_interest, theo, n % 2 == 0, Actor(theo))
                await next_change(socket)
                waits.append(time.monotonic() - begin)
                await asyncio.sleep(0.5)
            assert max(waits) < hub.SEND_TIMEOUT_SECONDS
            for _ in range(100):
                if len(hub._hubs[forum.pk].subscribers) == 1:
                    break
                await asyncio.sleep(0.05)
            assert len(hub._hubs[forum.pk].subscribers) == 1
            stuck.transport.resume_reading()
            await closed(stuck)

    play(scene)


def test_a_hub_ends_with_its_last_watcher(server: str, forum: Forum, theo: Participant) -> None:
    cookie = key_of(theo)

    async def scene() -> None:
        async with phone(server, forum, cookie) as socket:
            await next_change(socket)
            watched = hub._hubs[forum.pk]
        for _ in range(60):
            if watched.task.done():
                break
            await asyncio.sleep(0.05)
        assert (watched.task.done(), watched.subscribers) == (True, set())
        async with phone(server, forum, cookie) as socket:
            assert (await next_change(socket))["whole"]

    play(scene)


def test_a_forum_that_is_deleted_closes_its_sockets(server: str, forum: Forum, theo: Participant) -> None:
    forum.refresh_from_db()
    cookie = key_of(theo)

    async def scene() -> None:
        async with phone(server, forum, cookie, since=forum.revision) as socket:
            await socket.send("?")
            await do(Forum.objects.filter(pk=forum.pk).delete)
            await closed(socket)
            assert socket.close_code == NOT_ALLOWED

    play(scene)


def test_many_who_come_at_once_are_let_in_together(
    server: str, forum: Forum, topic: Topic, theo: Participant, nadia: Participant
) -> None:
    forum.refresh_from_db()
    cookies = [key_of(person) for person in (theo, nadia)]

    async def scene() -> None:
        sockets = await asyncio.gather(
            *(phone(server, forum, cookies[n % 2], since=forum.revision - 1) for n in range(60))
        )
        messages = await asyncio.gather(*(next_change(socket) for socket in sockets))
        assert {(m["from"], m["to"]) for m in messages} == {(forum.revision - 1, forum.revision)}
        await asyncio.gather(*(socket.close() for socket in sockets))

    play(scene)


def test_every_page_is_told_the_time_when_the_clock_of_the_computer_was_set(
    server: str, forum: Forum, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    forum.refresh_from_db()
    since, cookie, offset = forum.revision, key_of(theo), hub.clock_offset

    async def scene() -> None:
        async with phone(server, forum, cookie, since=since) as one, phone(server, forum, cookie, since=since) as other:
            for socket in (one, other):
                await socket.send("?")
                assert "now" not in json.loads(await socket.recv())
            monkeypatch.setattr(hub, "clock_offset", lambda: offset() + 3600)
            told = [await messages_within(socket, hub.POLL_SECONDS + 1) for socket in (one, other)]
            assert [[sorted(message) for message in messages if "now" in message] for messages in told] == [
                [["now"]]
            ] * 2
            assert [message for message in await messages_within(one, hub.POLL_SECONDS + 0.5) if "now" in message] == []

    play(scene)
