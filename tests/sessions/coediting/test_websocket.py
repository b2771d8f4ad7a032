"""The socket of a page that writes in a shared report: rights, acknowledgements, and its end."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pycrdt import Doc, Text
from websockets.exceptions import ConnectionClosed

from forum.models import Actor, Facilitator, Forum, Participant, Topic
from forum.phases import Phase
from sessions.coediting import protocol, room
from sessions.models import Report
from tests.chaos.shared_report import in_a_thread, people_with_cookies, report_of_new_topic, run
from tests.conftest import ClientFor, move
from tests.live_server import running_server
from tests.sessions.coediting.sockets import HELLO, MALFORMED, connected, cookie_of, message_with, receive
from tests.sessions.writer_page import WriterPage, stored


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("writers", [2, 5, 10])
def test_writers_who_are_cut_off_all_end_with_the_same_text_and_every_paragraph_in_it(
    server: str, forum: Forum, writers: int
) -> None:
    """`python -m tests.chaos.writing` has longer runs, with killed servers and with Chromium."""
    move(forum, Phase.GROUPS)
    people = people_with_cookies(forum, writers)
    reports = [report_of_new_topic([server], forum, people, number) for number in range(7)]
    seed = random.randrange(1_000_000)

    async def run_all() -> list[Any]:
        return await asyncio.gather(*(run(report, seed + n, paragraphs=4) for n, report in enumerate(reports)))

    results = asyncio.run(run_all())
    assert [result for result in results if not result.is_exact] == [], f"seed {seed}"


@pytest.mark.django_db(transaction=True)
def test_an_acknowledged_update_is_in_the_database_and_on_the_other_pages(
    server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    page = WriterPage(report, Actor(nadia))
    cookies = [cookie_of(person, client_for) for person in (nadia, theo)]

    async def scenario() -> None:
        async with (
            connected(server, topic, cookies[0]) as nadia_socket,
            connected(server, topic, cookies[1]) as theo_socket,
        ):
            for socket in (nadia_socket, theo_socket):
                await socket.send(HELLO)
                await receive(socket, "vector")
            await nadia_socket.send(message_with(page.write("Gardé.")))
            assert await receive(nadia_socket, "kept") is True
            assert (await in_a_thread(partial(stored, report))).findings == "Gardé."
            other: Doc[Text] = Doc()
            other.apply_update(protocol.from_base64({"update": await receive(theo_socket, "update")}, "update"))
            assert str(other.get("findings", type=Text)) == "Gardé."
            await nadia_socket.send(json.dumps({"in": "debate"}))
            assert await receive(theo_socket, "people") == [
                {"who": f"p{nadia.pk}", "name": "Nadia Ferrand", "in": "debate"}
            ]

    asyncio.run(scenario())
    deadline = time.monotonic() + 5
    while not all(open_room.is_closed for open_room in room._rooms.values()):  # a room without writers closes
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["leaves the group", "is removed", "everything is published", "topic withdrawn"])
def test_a_writer_who_loses_the_right_to_write_is_disconnected_at_once(
    server: str, forum: Forum, report: Report, topic: Topic, nadia: Participant, theo: Participant,
    client_for: ClientFor, change: str,
) -> None:  # fmt: skip
    page, cookie = WriterPage(report, Actor(theo)), cookie_of(theo, client_for)

    def lose_rights() -> None:
        match change:
            case "leaves the group":
                report.group.leave(theo, Actor(theo))
            case "is removed":
                theo.remove(Actor())
            case "everything is published":
                move(forum, Phase.PUBLISHED)
            case _:
                topic.withdraw(Actor(nadia))

    async def scenario() -> None:
        async with connected(server, topic, cookie) as theo_socket:
            await theo_socket.send(HELLO)
            await receive(theo_socket, "vector")
            await in_a_thread(lose_rights)
            await theo_socket.send(message_with(page.write("Trop tard.")))
            with pytest.raises(ConnectionClosed) as closed:
                await receive(theo_socket, "kept")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403

    asyncio.run(scenario())
    assert stored(report).findings == ""


@pytest.mark.django_db(transaction=True)
def test_only_those_who_may_write_open_the_socket_and_only_from_the_site_itself(
    server: str, forum: Forum, report: Report, topic: Topic, nadia: Participant, camille: Facilitator,
    client_for: ClientFor,
) -> None:  # fmt: skip
    passer_by = Participant.join(forum, name="De passage")
    cookies = {"stranger": "", "passer-by": cookie_of(passer_by, client_for), "convener": cookie_of(nadia, client_for),
               "facilitator": cookie_of(camille, client_for)}  # fmt: skip

    async def opens(cookie: str, origin: str | None = None) -> bool:
        try:
            async with connected(server, topic, cookie, origin=origin) as socket:
                await socket.send(HELLO)
                return bool(await receive(socket, "vector"))
        except Exception:
            return False

    async def scenario() -> dict[str, bool]:
        opened = {name: await opens(cookie) for name, cookie in cookies.items()}
        return opened | {"another site": await opens(cookies["convener"], "https://evil.example")}

    expected = dict.fromkeys(("stranger", "passer-by", "another site"), False) | {"convener": True, "facilitator": True}
    assert asyncio.run(scenario()) == expected


@pytest.mark.django_db(transaction=True)
def test_a_malformed_message_closes_the_socket_that_sent_it_and_no_other(
    server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    page = WriterPage(report, Actor(nadia))
    cookies = [cookie_of(person, client_for) for person in (nadia, theo)]

    async def is_answered(message: str) -> bool:
        async with connected(server, topic, cookies[1]) as theo_socket:
            await theo_socket.send(message)
            with contextlib.suppress(ConnectionClosed):
                await receive(theo_socket, "vector")
                return True
        return False

    async def scenario() -> None:
        async with connected(server, topic, cookies[0]) as nadia_socket:
            await nadia_socket.send(HELLO)
            await receive(nadia_socket, "vector")
            assert [name for name, message in MALFORMED.items() if await is_answered(message)] == []
            await nadia_socket.send('{"in": 5}')
            for client in ('"x"', "true", "1.5", "1e999", "null"):
                await nadia_socket.send(f'{{"update": "AAA=", "client": {client}, "clock": 0}}')
                assert await receive(nadia_socket, "refused") is True
            await nadia_socket.send(message_with(page.write("Tranquille.")))
            assert await receive(nadia_socket, "kept") is True

    asyncio.run(scenario())
