"""Sockets of people who lose a right: nothing is sent to them afterwards."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import Actor, Device, Facilitator, Forum, Participant, TeamRole, Topic
from forum.models.tokens import fingerprint
from forum.models.verbs import Verb
from forum.phases import Phase
from forum.rehearsal.protocol import NOT_ALLOWED, live_path
from tests.conftest import join_team
from tests.live_server import running_server

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "Ce qui suit"
"""Text in every change that is made after the loss of the right."""


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with running_server() as url:
        yield url


class Listener:
    """A socket, and all messages that it received."""

    def __init__(self, server: str, forum: Forum, keys: dict[str, str], audience: str = "phone") -> None:
        path = live_path(forum.code, audience, forum.revision, forum.epoch, watch="topic-1")
        self.url = server.replace("http", "ws") + path
        self.cookie = "; ".join(f"{name}={value}" for name, value in keys.items())
        self.messages: list[str] = []
        self.code: int | None = None
        self.opened = asyncio.Event()

    async def listen(self) -> None:
        """Receive until the socket closes; a refused socket counts as closed."""
        try:
            async with connect(self.url, additional_headers={"Cookie": self.cookie}) as socket:
                await socket.send("?")
                self.messages.append(str(await socket.recv()))
                self.opened.set()
                try:
                    while True:
                        self.messages.append(str(await socket.recv()))
                except ConnectionClosed:
                    self.code = socket.close_code
        except InvalidStatus:
            self.code = NOT_ALLOWED
            self.opened.set()


def participant_key(person: Participant, token: str = "") -> dict[str, str]:
    return {participant_cookie(person.forum): token or Device.issue(person)}


def facilitator_key(person: Facilitator, token: str = "") -> dict[str, str]:
    return {FACILITATOR_COOKIE: token or Device.issue(person)}


def play(listeners: list[Listener], scene: Callable[[], Any], seconds: float = 5) -> None:
    """Connect, run the scene in another thread, and listen until the sockets close."""

    async def run() -> None:
        listening = [asyncio.create_task(listener.listen()) for listener in listeners]
        await asyncio.wait_for(asyncio.gather(*(listener.opened.wait() for listener in listeners)), 5)
        await asyncio.to_thread(scene)
        _done, still = await asyncio.wait(listening, timeout=seconds)
        for task in still:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)

    asyncio.run(run())


def leaks(listener: Listener) -> list[str]:
    return [text for text in listener.messages if SECRET in text]


def propose(forum: Forum, as_camille: Actor, n: int = 0) -> None:
    Topic.propose(Forum.objects.get(pk=forum.pk), f"{SECRET} {n}", "", None, as_camille)


def read_again(forum: Forum) -> Forum:
    return Forum.objects.get(pk=forum.pk)


@pytest.mark.parametrize("audience", ["phone", "wall", "page"])
def test_someone_removed_hears_nothing_more_on_any_of_their_pages(
    server: str, forum: Forum, topic: Topic, theo: Participant, as_camille: Actor, audience: str
) -> None:
    listener = Listener(server, read_again(forum), participant_key(theo), audience)

    def scene() -> None:
        theo.remove(as_camille)
        propose(forum, as_camille)

    play([listener], scene)
    assert (listener.code, leaks(listener)) == (NOT_ALLOWED, [])


def test_in_the_middle_of_a_storm_of_changes_the_removed_hear_nothing_of_what_follows(
    server: str, forum: Forum, topic: Topic, as_camille: Actor
) -> None:
    people = [Participant.join(read_again(forum), name=f"Personne {n}") for n in range(12)]
    listeners = [Listener(server, read_again(forum), participant_key(person)) for person in people]

    def scene() -> None:
        for n, person in enumerate(people):
            for _ in range(n % 4):
                topic.set_interest(people[-1], n % 2 == 0, as_camille)
            person.remove(as_camille)
        # Whole boards, which take the hub longest.
        forum.move_to(Phase.GROUPS, as_camille)
        forum.move_to(Phase.MARKETPLACE, as_camille)
        for n in range(5):
            propose(forum, as_camille, n)

    play(listeners, scene)
    assert [(listener.code, leaks(listener)) for listener in listeners] == [(NOT_ALLOWED, [])] * len(listeners)


def test_who_connects_at_the_very_moment_of_their_removal_does_not_stay(
    server: str, forum: Forum, topic: Topic, as_camille: Actor
) -> None:
    people = [Participant.join(read_again(forum), name=f"Personne {n}") for n in range(25)]
    listeners = [Listener(server, read_again(forum), participant_key(person)) for person in people]

    def scene() -> None:
        for person in people:
            person.remove(as_camille)
        propose(forum, as_camille)

    async def run() -> None:
        removing = asyncio.create_task(asyncio.to_thread(scene))
        listening = []
        for listener in listeners:
            listening.append(asyncio.create_task(listener.listen()))
            await asyncio.sleep(0.005)
        await removing
        await asyncio.wait(listening, timeout=6)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)

    asyncio.run(run())
    assert [(listener.code, leaks(listener)) for listener in listeners] == [(NOT_ALLOWED, [])] * len(listeners)


def test_the_other_devices_of_someone_are_shut_and_the_one_in_hand_stays(
    server: str, forum: Forum, topic: Topic, theo: Participant, as_camille: Actor
) -> None:
    kept, lost = Device.issue(theo), Device.issue(theo)
    in_hand = Listener(server, read_again(forum), participant_key(theo, kept))
    elsewhere = Listener(server, read_again(forum), participant_key(theo, lost))

    def scene() -> None:
        theo.disconnect_other_devices(Device.objects.get(token_fingerprint=fingerprint(kept)), Actor(theo))
        propose(forum, as_camille)

    play([in_hand, elsewhere], scene, 3)
    assert (elsewhere.code, leaks(elsewhere)) == (NOT_ALLOWED, [])
    assert in_hand.code is None
    assert len(leaks(in_hand)) == 1


def test_a_facilitator_who_changes_their_link_shuts_their_other_browsers_in_every_forum(
    server: str, forum: Forum, topic: Topic, camille: Facilitator, as_camille: Actor
) -> None:
    other = Forum.objects.create(title="Autre", question="?", phase=Phase.MARKETPLACE)
    other.facilitators.add(camille)
    kept, lost = Device.issue(camille), Device.issue(camille)
    desks = [Listener(server, read_again(f), facilitator_key(camille, lost), "desk") for f in (forum, other)]
    mine = Listener(server, read_again(forum), facilitator_key(camille, kept), "desk")

    def scene() -> None:
        camille.change_link(kept_device=fingerprint(kept))
        propose(forum, as_camille)
        propose(other, as_camille)

    play([*desks, mine], scene, 3)
    assert [(desk.code, leaks(desk)) for desk in desks] == [(NOT_ALLOWED, [])] * 2
    assert (mine.code, len(leaks(mine))) == (None, 1)


def test_a_facilitator_taken_off_a_forum_loses_its_desk_at_once(
    server: str, forum: Forum, topic: Topic, camille: Facilitator, as_camille: Actor
) -> None:
    desk = Listener(server, read_again(forum), facilitator_key(camille), "desk")

    def scene() -> None:
        with read_again(forum).change(as_camille, Verb.REMOVED_FACILITATOR) as change:
            forum.facilitators.remove(camille)
            change.note_unrecorded_effect()
            change.invalidate(f"rights-facilitator-{camille.pk}")
        propose(forum, as_camille)

    play([desk], scene)
    assert (desk.code, leaks(desk)) == (NOT_ALLOWED, [])


@pytest.mark.parametrize(("role", "audience"), [("operator", "desk"), ("facilitator", "sponsors-desk")])
def test_a_changed_role_shuts_the_pages_of_the_old_one_at_once(
    server: str, forum: Forum, topic: Topic, as_camille: Actor, role: str, audience: str
) -> None:
    before = TeamRole.SPONSOR if role == "facilitator" else TeamRole.FACILITATOR
    person = join_team(forum, "Rivale", before)
    pages = [Listener(server, read_again(forum), facilitator_key(person), shown) for shown in (audience, "page")]

    def scene() -> None:
        person.change_role(read_again(forum), TeamRole(role), as_camille)
        propose(forum, as_camille)

    play(pages, scene)
    assert [(page.code, leaks(page)) for page in pages] == [(NOT_ALLOWED, [])] * 2


def test_who_is_participant_and_facilitator_on_one_browser_is_shut_when_either_right_goes(
    server: str, forum: Forum, topic: Topic, theo: Participant, camille: Facilitator, as_camille: Actor
) -> None:
    both = Listener(server, read_again(forum), participant_key(theo) | facilitator_key(camille))

    def scene() -> None:
        theo.remove(as_camille)
        propose(forum, as_camille)

    play([both], scene)
    assert (both.code, leaks(both)) == (NOT_ALLOWED, [])


def test_a_forum_that_is_erased_shuts_every_page(server: str, forum: Forum, topic: Topic, theo: Participant) -> None:
    listener = Listener(server, read_again(forum), participant_key(theo))
    play([listener], lambda: Forum.objects.filter(pk=forum.pk).delete())
    assert listener.code == NOT_ALLOWED


def test_the_published_forum_goes_on_for_those_who_were_there(
    server: str, forum: Forum, topic: Topic, theo: Participant, as_camille: Actor
) -> None:
    listener = Listener(server, read_again(forum), participant_key(theo))
    play([listener], lambda: forum.move_to(Phase.PUBLISHED, as_camille), 2)
    assert listener.code is None
    assert any(json.loads(text).get("whole") for text in listener.messages)


def test_a_phone_that_takes_nothing_is_shut_out_without_delaying_the_others(
    server: str, forum: Forum, topic: Topic, theo: Participant, nadia: Participant, as_camille: Actor
) -> None:
    """The hub cannot send to a stalled phone that it is shut out, and must not wait for it."""
    host, port = server.removeprefix("http://").split(":")
    other = Listener(server, read_again(forum), participant_key(nadia))
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.connect((host, int(port)))
    path = other.url.split(port, 1)[1]
    cookie = "; ".join(f"{name}={value}" for name, value in participant_key(theo).items())
    stalled.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )

    def scene() -> None:
        long = "Très long " * 150
        for n in range(60):
            Topic.propose(read_again(forum), f"Sujet {n}", long, None, as_camille)
        for phase in (Phase.GROUPS, Phase.MARKETPLACE) * 6:  # whole boards, until the buffers are full
            forum.move_to(phase, as_camille)
            time.sleep(0.25)
        theo.remove(as_camille)
        propose(forum, as_camille)

    play([other], scene, 3)
    stalled.close()
    assert leaks(other)  # perhaps twice: a change made while a board is drawn is on it, and sent again
