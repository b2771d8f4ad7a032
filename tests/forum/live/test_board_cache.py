"""The cached board: after each change it equals a fresh one."""

import gzip
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from forum.live import board as boards
from forum.live import board_cache, catch_up
from forum.live.audience import BOARDS, Audience
from forum.models import Actor, Forum, Participant, Topic
from forum.phases import Phase
from forum.rehearsal.board import ShownBoard
from forum.web import page_cache
from tests.conftest import ClientFor
from tests.forum.random_day import STEPS, a_day
from tests.live_pages import message_of, opened, shown


@pytest.mark.django_db
@pytest.mark.parametrize("audience", BOARDS)
@given(phase=st.sampled_from(list(Phase)), steps=STEPS, looks=st.lists(st.booleans(), min_size=14, max_size=14))
def test_the_board_kept_ready_is_the_board_of_a_fresh_look(
    audience: Audience, phase: Phase, steps: list[tuple[str, int]], looks: list[bool]
) -> None:
    day = a_day(phase)
    kept = board_cache.CachedBoard(day.forum.pk, audience, "fr")
    forum = Forum.objects.get(pk=day.forum.pk)
    page = opened(kept.at(forum)[1].text, forum.revision, forum.epoch)
    for (verb, n), look in zip(steps, looks, strict=False):
        getattr(day, verb)(n)
        if look:
            assert cached(kept, day.forum) == fresh(day.forum, audience), verb
            forum = Forum.objects.get(pk=day.forum.pk)
            page.show(message_of(kept.delta_since(forum, page.shown, page.epoch)))
            assert page.board == fresh(day.forum, audience), verb
    assert cached(kept, day.forum) == fresh(day.forum, audience)


def cached(kept: board_cache.CachedBoard, forum: Forum) -> ShownBoard:
    forum = Forum.objects.get(pk=forum.pk)
    since, piece = kept.at(forum)
    assert since == forum.revision
    return shown(piece.text)


def fresh(forum: Forum, audience: Audience) -> ShownBoard:
    with override("fr"):
        return shown(boards.Board(Forum.objects.get(pk=forum.pk), audience).html())


def test_a_board_kept_ready_never_goes_back_for_a_request_that_was_slow(forum: Forum, theo: Participant) -> None:
    kept = board_cache.CachedBoard(forum.pk, Audience.PHONE, "fr")
    slow = Forum.objects.get(pk=forum.pk)
    Topic.propose(forum, "Des vélos", "", theo, Actor(theo))
    newest, _piece = kept.at(Forum.objects.get(pk=forum.pk))
    since, piece = kept.at(slow)
    assert (since, "Des vélos" in piece.text) == (newest, True)


def test_a_restored_backup_is_shown_at_once(forum: Forum, topic: Topic) -> None:
    kept = board_cache.CachedBoard(forum.pk, Audience.PHONE, "fr")
    kept.at(Forum.objects.get(pk=forum.pk))
    Topic.objects.filter(pk=topic.pk).delete()
    Forum.objects.filter(pk=forum.pk).update(epoch="0ther000")
    _since, piece = kept.at(Forum.objects.get(pk=forum.pk))
    assert topic.title not in piece.text


def test_a_laptop_that_changes_network_shows_its_new_address(
    forum: Forum, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_cache, "ADDRESS_SECONDS", 0.0)
    kept = board_cache.CachedBoard(forum.pk, Audience.WALL, "fr")
    settings.HOST = "192.168.1.10"
    assert "192.168.1.10" in kept.at(forum)[1].text
    settings.HOST = "10.0.0.7"
    assert "10.0.0.7" in kept.at(forum)[1].text


def page(client: Client, forum: Forum, encoding: str = "") -> Any:
    return client.get(f"/{forum.code}/", headers={"accept-encoding": encoding})


def test_a_compressed_page_is_the_same_page(
    client_for: ClientFor, forum: Forum, topic: Topic, theo: Participant
) -> None:
    client = client_for(theo)
    plain, squeezed = page(client, forum), page(client, forum, "gzip, br")
    assert (plain.get("Content-Encoding"), squeezed.get("Content-Encoding")) == (None, "gzip")
    assert "Accept-Encoding" in squeezed["Vary"]
    assert len(squeezed.content) < 0.7 * len(plain.content)
    assert without_keys(gzip.decompress(squeezed.content)) == without_keys(plain.content)


def without_keys(body: bytes) -> list[bytes]:
    return [line for line in body.splitlines() if b"csrfmiddlewaretoken" not in line]


def test_pages_of_one_shell_have_their_own_name_marks_and_keys(
    client_for: ClientFor, forum: Forum, topic: Topic, theo: Participant, nadia: Participant
) -> None:
    pages = {person.name: page(client_for(person), forum).content.decode() for person in (theo, nadia)}
    assert [(theo.name in text, nadia.name in text.split("<main")[0]) for text in pages.values()] == [
        (True, False),
        (False, True),
    ]
    assert f"&quot;mine&quot;:[{topic.pk}]".replace(":", ": ") in pages[nadia.name]
    keys = {text.split('name="key" value="')[1].split('"')[0] for text in pages.values()}
    assert len(keys) == 2


def test_a_page_is_shown_though_another_request_empties_the_memory_of_pages_meanwhile(
    client_for: ClientFor, forum: Forum, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EmptiedAtOnce(dict[Any, Any]):
        def __setitem__(self, key: Any, value: Any) -> None:
            self.clear()

    monkeypatch.setattr(page_cache, "_pages", EmptiedAtOnce())
    assert theo.name in page(client_for(theo), forum).content.decode()


def test_a_name_that_looks_like_markup_is_only_a_name(client_for: ClientFor, forum: Forum) -> None:
    someone = Participant.join(forum, name='<script>alert("1")</script>')
    text = page(client_for(someone), forum).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&quot;1&quot;)" in text


def test_a_page_says_at_once_that_the_forum_was_described_anew(
    client_for: ClientFor, forum: Forum, theo: Participant
) -> None:
    client = client_for(theo)
    page(client, forum)
    forum.question = "Et maintenant ?"
    forum.describe(Actor())
    assert "Et maintenant" in page(client, forum).content.decode()


@pytest.mark.parametrize("audience", BOARDS)
def test_pages_that_poll_from_any_revision_cost_no_rendering(
    forum: Forum, topic: Topic, theo: Participant, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = board_cache.CachedBoard(forum.pk, audience, "fr")
    Topic.propose(forum, "Des vélos", "", theo, Actor(theo)).withdraw(Actor(theo))
    forum = Forum.objects.get(pk=forum.pk)
    kept.at(forum)
    fresh_deltas = [catch_up.delta(forum, audience, since, forum.epoch) for since in range(-1, forum.revision + 2)]
    monkeypatch.setattr(boards, "_render", None)  # an error, if it is called
    with override("fr"):
        deltas = [kept.delta_since(forum, since, forum.epoch) for since in range(-1, forum.revision + 2)]
    assert [(delta.since, delta.to, delta.moved, delta.whole) for delta in deltas] == [
        (delta.since, delta.to, delta.moved, delta.whole) for delta in fresh_deltas
    ]
