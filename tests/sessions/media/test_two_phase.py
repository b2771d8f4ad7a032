"""The images of a form are processed outside its transaction, once, and only for those who may send them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from forum.models import Facilitator, Forum, Topic
from sessions.media import images
from sessions.media.images import ProcessedImage
from sessions.media.two_phase import MAX_IMAGES
from sessions.models import Photo, Report
from tests.conftest import ClientFor
from tests.sessions.photos import Kind, address, file_of, jpeg, own_files, phone, turn_is_free

__all__ = ["address", "own_files", "phone", "turn_is_free"]


class RecordingRedraw:
    """A redraw that returns at once, and records whether a transaction was open."""

    def __init__(self) -> None:
        self.was_free: list[bool] = []

    def process_images(self, sent: Any, **options: Any) -> list[ProcessedImage | images.InvalidImage]:
        self.was_free.append(not connection.in_atomic_block)
        plain = jpeg(60, 40)
        return [ProcessedImage(plain, plain, plain, 60, 40) for _each in sent]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> RecordingRedraw:
    recorder = RecordingRedraw()
    monkeypatch.setattr(images, "process_images", recorder.process_images)
    return recorder


@pytest.mark.django_db(transaction=True)
def test_while_the_pictures_of_a_form_are_decoded_others_write_and_the_same_form_decodes_nothing_again(
    report: Report, address: str, phone: Client, forum: Forum, topic: Topic, camille: Facilitator,
    client_for: ClientFor, recorder: RecordingRedraw,
) -> None:  # fmt: skip
    desk = client_for(camille)
    one, sheets = file_of(jpeg(80, 60)), f"/{forum.code}/desk/sheets/"
    forms: list[tuple[Client, str, dict[str, Any]]] = [
        (phone, address, {"files": [one, one]}),
        (phone, f"{topic.get_absolute_url()}sheet/", {"files": one}),
        (desk, sheets, {"files-1": one, "files-2": one, "group-1": topic.number, "group-2": topic.number}),
        (desk, f"/{forum.code}/book/imprint/logos/", {"name": "Région", "image": one}),
    ]
    for number, (client, to, form) in enumerate(forms):
        responses = []
        for _twice in range(2):
            one.seek(0)
            responses.append(client.post(to, form | {"key": f"key-{number}"}))
        assert [response.status_code for response in responses] == [302, 302]
        assert responses[0].headers["Location"] == responses[1].headers["Location"]
    assert recorder.was_free == [True] * len(forms)
    assert [photo.kind for photo in report.photos.all()] == [Kind.PHOTO] * 2 + [Kind.SHEET] * 3


def test_no_image_is_decoded_for_a_sender_without_rights_or_for_a_form_that_is_refused_anyway(
    report: Report, address: str, forum: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor,
    recorder: RecordingRedraw,
) -> None:  # fmt: skip
    desk, to = client_for(camille), f"/{forum.code}/desk/sheets/"
    many = {
        "files-1": [file_of(jpeg(80, 60)) for _each in range(MAX_IMAGES + 1)],
        "group-1": topic.number,
        "key": "many",
    }
    assert client_for(None).post(address, {"files": file_of(jpeg(80, 60)), "key": "stranger"}).status_code == 403
    assert desk.post(to, many).status_code == 422
    assert desk.post(f"/{forum.code}/book/imprint/logos/", {"image": file_of(jpeg(80, 60))}).status_code == 422
    assert recorder.was_free == []
    assert not Photo.objects.exists()
