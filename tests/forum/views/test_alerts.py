"""Alerts: shown on the desk of facilitators and operators while they last, and nowhere else."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from forum import notify
from forum.checks import alerts, machine
from forum.live.hub import STALE_SECONDS
from forum.models import Actor, Forum, Participant
from forum.server.web_server import HttpConnection
from sessions.models import Edition
from sessions.proceedings import documents_at_work
from tests.conftest import ClientFor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _well(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer on which all is well, and where nothing was looked at yet."""
    settings.MEDIA_ROOT = tmp_path / "media"
    documents_at_work.give_sign_of_life()
    monkeypatch.setattr(documents_at_work, "_started_at", time.time() - 3600)
    monkeypatch.setattr(alerts, "FRESH_SECONDS", 0)
    monkeypatch.setattr(machine, "free_bytes", lambda _directory: 10**11)
    monkeypatch.setattr(notify, "is_away", False)
    monkeypatch.setattr(HttpConnection, "refused_at", float("-inf"))
    alerts.ALERTS.forget()
    with translation.override("en"):
        yield
    alerts.ALERTS.forget()


def present() -> list[tuple[str, str]]:
    return [(alert.name, str(alert.finding.state)) for alert in alerts.ALERTS.present()]


def test_while_all_is_well_there_is_none(forum: Forum) -> None:
    assert present() == []


def test_the_desk_shows_an_alert_while_it_lasts_and_no_phone_does(
    english_desk: Client, client_for: ClientFor, forum: Forum, nadia: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [f"/{forum.code}/desk/", f"/{forum.code}/desk/alerts/"]
    title = "The disk is almost full"
    assert [title in english_desk.get(page).content.decode() for page in pages] == [False, False]
    monkeypatch.setattr(machine, "free_bytes", lambda _directory: 10**8)
    assert [title in english_desk.get(page).content.decode() for page in pages] == [True, True]
    assert "Make room on the disk" in english_desk.get(pages[0]).content.decode()
    phone = client_for(nadia)
    phone.cookies["django_language"] = "en"
    assert title not in phone.get(f"/{forum.code}/").content.decode()
    assert phone.get(pages[1]).status_code == 404
    monkeypatch.setattr(machine, "free_bytes", lambda _directory: 10**11)
    assert [title in english_desk.get(page).content.decode() for page in pages] == [False, False]


def test_a_page_that_shows_the_present_alerts_is_not_given_them_again(
    english_desk: Client, forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/{forum.code}/desk/alerts/"
    monkeypatch.setattr(machine, "free_bytes", lambda _directory: 10**8)
    assert english_desk.get(path, {"shown": ""}).status_code == 200
    assert english_desk.get(path, {"shown": "disk-bad"}).status_code == 204
    monkeypatch.setattr(machine, "free_bytes", lambda _directory: 10**11)
    assert english_desk.get(path, {"shown": "disk-bad"}).status_code == 200
    assert english_desk.get(path, {"shown": ""}).status_code == 204


def test_all_pages_of_a_process_share_one_look_every_few_seconds(monkeypatch: pytest.MonkeyPatch, forum: Forum) -> None:
    monkeypatch.setattr(alerts, "FRESH_SECONDS", 5)
    looks: list[Path] = []

    def look(directory: Path) -> int:
        looks.append(directory)
        return 10**11

    monkeypatch.setattr(machine, "free_bytes", look)
    for _time in range(20):
        assert present() == []
    assert len(looks) == 2  # two directories


def test_live_updates_are_degraded_while_redis_is_away(monkeypatch: pytest.MonkeyPatch, forum: Forum) -> None:
    class Layer:
        is_away = True

        async def group_send(self, _group: str, _message: Any) -> None:
            if self.is_away:
                raise OSError("Redis is away")

    layer = Layer()
    monkeypatch.setattr(notify, "get_channel_layer", lambda: layer)
    asyncio.run(notify._send("group", {}))
    assert present() == [("live", "warning")]
    layer.is_away = False
    asyncio.run(notify._send("group", {}))
    assert present() == []


def test_live_updates_are_degraded_while_a_hub_cannot_read(monkeypatch: pytest.MonkeyPatch, forum: Forum) -> None:
    hub = SimpleNamespace(read_age=STALE_SECONDS + 1)
    monkeypatch.setattr(alerts, "open_hubs", lambda: [hub])
    assert present() == [("live", "bad")]
    hub.read_age = 1
    assert present() == []


def test_live_updates_are_degraded_for_a_minute_after_a_socket_was_refused(
    monkeypatch: pytest.MonkeyPatch, forum: Forum
) -> None:
    monkeypatch.setattr(HttpConnection, "refused_at", time.monotonic())
    assert present() == [("live", "warning")]
    monkeypatch.setattr(HttpConnection, "refused_at", time.monotonic() - alerts.REFUSED_SECONDS)
    assert present() == []


def test_a_clock_that_went_back_is_an_alert(forum: Forum, topic: Any) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
        assert ("clock", "bad") in present()


def test_documents_are_not_made_while_no_worker_gives_a_sign_of_life(
    monkeypatch: pytest.MonkeyPatch, forum: Forum, settings: Settings
) -> None:
    sign = Path(settings.MEDIA_ROOT) / documents_at_work.SIGN_FILE
    long_ago = time.time() - documents_at_work.AWAY_SECONDS - 1
    os.utime(sign, (long_ago, long_ago))
    assert present() == [("documents", "bad")]
    monkeypatch.setattr(documents_at_work, "_started_at", time.time())  # a laptop: the worker is about to start
    assert present() == []
    monkeypatch.setattr(documents_at_work, "_started_at", 0)
    sign.unlink()
    assert present() == [("documents", "bad")]
    documents_at_work.give_sign_of_life()
    assert present() == []


@pytest.mark.parametrize("state", [Edition.State.QUEUED, Edition.State.RENDERING])
def test_documents_are_not_made_while_an_edition_makes_no_progress(forum: Forum, state: Edition.State) -> None:
    edition = Edition.request(forum, Actor())
    Edition.objects.filter(pk=edition.pk).update(state=state)
    assert present() == []
    Edition.objects.filter(pk=edition.pk).update(asked_at=edition.asked_at - timedelta(minutes=6))
    forum.journal.all().delete()
    assert present() == [("documents", "warning")]
