"""Pages while the disk of the laptop is full: what erases still works."""

from pathlib import Path

import pytest
from django.db import OperationalError
from django.urls import get_resolver
from pytest_django import Settings

from forum.models import Facilitator, Forum, Participant
from forum.server import disk
from forum.web.middleware import MAKES_ROOM
from tests.conftest import ClientFor


def test_what_makes_room_are_names_of_urls() -> None:
    assert MAKES_ROOM - set(get_resolver().reverse_dict) == set()


def test_somebody_is_removed_on_a_full_disk_and_nothing_else_is_changed(
    forum: Forum, theo: Participant, nadia: Participant, camille: Facilitator, client_for: ClientFor,
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(disk, "free_bytes", lambda directory: 10**10)
    disk.keep_ballast(tmp_path)
    assert (tmp_path / disk.BALLAST_FILE).stat().st_size == disk.BALLAST_BYTES
    take_revision = Forum.change

    def refuse_without_room(self: Forum, *given: object) -> object:
        if (tmp_path / disk.BALLAST_FILE).exists() or is_full:
            raise OperationalError("database or disk is full")
        return take_revision(self, *given)  # type: ignore[arg-type]

    is_full = False
    monkeypatch.setattr(Forum, "change", refuse_without_room)
    desk = client_for(camille)
    assert desk.post(f"/{forum.code}/topics/new/", {"title": "Un sujet"}).status_code == 503
    assert desk.post(f"/{forum.code}/desk/people/{theo.pk}/remove/").status_code == 302
    theo.refresh_from_db()
    assert theo.removed_at
    is_full = True
    response = desk.post(f"/{forum.code}/desk/people/{nadia.pk}/remove/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    monkeypatch.setattr(disk, "free_bytes", lambda directory: disk.RESERVED_BYTES)
    disk.keep_ballast(tmp_path)
    assert list(tmp_path.iterdir()) == []
