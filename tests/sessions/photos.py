"""Photos and their senders, for the tests of photos and sheets."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from forum.models import Actor, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.media import images
from sessions.media.images import ProcessedImage
from sessions.models import Photo, Report
from tests.conftest import ClientFor, move

Kind = Photo.Kind


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """A media directory of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def turn_is_free() -> Iterator[None]:
    """Check after the test that no image is still being decoded."""
    yield
    assert images._child_slot.acquire(blocking=False)
    images._child_slot.release()


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, theo: Participant) -> Report:
    """An empty report in the phase of the groups, with Nadia in the group, and not Théo."""
    move(forum, Phase.GROUPS)
    group.join(nadia, Actor(nadia))
    return Report.for_group(group)


@pytest.fixture
def address(report: Report, topic: Topic) -> str:
    """The path of the photos of the report."""
    return f"{topic.get_absolute_url()}report/photos/"


@pytest.fixture
def phone(client_for: ClientFor, nadia: Participant) -> Client:
    """The phone of Nadia, who is in the group."""
    return client_for(nadia)


@pytest.fixture
def outsider(client_for: ClientFor, theo: Participant) -> Client:
    """The phone of a participant who is not in the group."""
    return client_for(theo)


def jpeg(width: int = 2400, height: int = 1600) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width // 8, height // 8), 80).resize((width, height)).save(file, "JPEG", quality=60)
    return file.getvalue()


def file_of(content: bytes, name: str = "IMG_2041.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def add_photo(report: Report, by: Participant, **fields: Any) -> Photo:
    size = fields.pop("size", (60, 40))
    plain = jpeg(*size)
    photo = Photo.add(
        report, ProcessedImage(plain, plain, plain, *size), Actor(by), kind=fields.pop("kind", Kind.PHOTO)
    )
    for name, value in fields.items():
        setattr(photo, name, value)
    photo.save()
    return photo


def send_part(client: Client, address: str, whole: bytes, begin: int, end: int) -> Any:
    return client.post(
        f"{address}?offset={begin}&size={len(whole)}", whole[begin:end], content_type="application/octet-stream"
    )
