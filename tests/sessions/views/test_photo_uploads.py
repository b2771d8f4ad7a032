"""Uploads of photos in parts: after a cut they go on, and what is refused leaves nothing."""

import os
import time

import pytest
from django.test import Client

from forum.models import Forum, Participant, Topic
from forum.server import disk
from sessions.management.commands.worker import delete_unneeded
from sessions.media import images, uploads
from sessions.models import Photo, Report
from sessions.models.field_conflicts import base_of
from sessions.models.photo import MAX_PHOTOS
from tests.page_texts import translated
from tests.sessions.photos import (
    add_photo,
    address,
    file_of,
    jpeg,
    outsider,
    own_files,
    phone,
    report,
    send_part,
    turn_is_free,
)

__all__ = ["address", "outsider", "own_files", "phone", "report", "turn_is_free"]


def test_a_photo_sent_in_parts_goes_on_after_a_cut_and_is_there_once(
    report: Report, address: str, phone: Client, nadia: Participant
) -> None:
    whole, to = jpeg(), f"{address}upload/{'a1' * 12}/"
    half = len(whole) // 2
    assert phone.get(to).json() == {"offset": 0}
    assert send_part(phone, to, whole, 0, half).json() == {"offset": half}
    late = send_part(phone, to, whole, 0, half)  # its answer was lost, so it comes again
    assert (late.status_code, late.json()) == (409, {"offset": half})
    assert phone.get(to).json() == {"offset": half}
    done = send_part(phone, to, whole, half, len(whole)).json()
    photo = report.photos.get()
    assert done == {"done": True, "photo": photo.pk}
    assert phone.get(to).json() == done
    assert send_part(phone, to, whole, half, len(whole)).json() == done
    assert (photo.width, photo.height, photo.participant, photo.people_agreed) == (2000, 1333, nadia, False)
    assert all(path.exists() for path in photo.paths)
    assert whole not in {path.read_bytes() for path in photo.paths}
    assert list((photo.paths[0].parents[2] / "uploads").rglob("*.part")) == []


def test_a_file_that_is_no_photo_is_refused_with_a_reason_and_deleted(
    report: Report, address: str, phone: Client
) -> None:
    whole, to = b"%PDF-1.7 and so on", f"{address}upload/{'b2' * 12}/"
    response = send_part(phone, to, whole, 0, len(whole))
    problem = translated("This is a PDF: take a picture of the page, or export it as an image.", "fr")
    assert response.json()["problem"].replace("\xa0", " ").replace("\u202f", " ") == problem
    assert phone.get(to).json() == {"offset": 0}
    assert not report.photos.exists()


def test_while_another_photo_is_decoded_the_last_piece_waits(report: Report, address: str, phone: Client) -> None:
    whole, to = jpeg(400, 300), f"{address}upload/{'c3' * 12}/"
    with images._child_slot:
        response = send_part(phone, to, whole, 0, len(whole))
        assert (response.status_code, response.json()) == (429, {"offset": len(whole)})
    assert send_part(phone, to, whole, len(whole), len(whole)).json()["done"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("offset=-1&size=5", 400), ("offset=0&size=x", 400), ("offset=0&size=2", 413), (f"offset=0&size={10**9 - 1}", 200),
     (f"offset={images.MAX_BYTES}&size={10**9 - 1}", 413), ("offset=7&size=12", 409)],
)  # fmt: skip
def test_a_piece_that_makes_no_sense_is_refused(address: str, phone: Client, query: str, status: int) -> None:
    to = f"{address}upload/{'d4' * 12}/?{query}"
    assert phone.post(to, b"12345", content_type="application/octet-stream").status_code == status


def test_a_full_disk_stops_photos_with_a_sentence_while_texts_are_saved(
    report: Report, address: str, phone: Client, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "RESERVED_BYTES", 10**18)
    whole = jpeg(80, 60)
    response = send_part(phone, f"{address}upload/{'e5' * 12}/", whole, 0, 100)
    assert (response.status_code, response.json()["problem"]) == (507, response.json()["problem"])
    phone.post(f"{topic.get_absolute_url()}report/", {"findings": "Écrit malgré tout", "b_findings": base_of("")})
    report.refresh_from_db()
    assert report.findings == "Écrit malgré tout"


def test_the_thirteenth_photo_is_one_too_many(report: Report, address: str, phone: Client, nadia: Participant) -> None:
    for _n in range(MAX_PHOTOS):
        add_photo(report, nadia)
    response = send_part(phone, f"{address}upload/{'f6' * 12}/", jpeg(80, 60), 0, 100)
    assert str(MAX_PHOTOS) in response.json()["problem"]
    assert phone.post(address, {"files": [file_of(jpeg(80, 60))]}).status_code == 409
    assert report.photos.count() == MAX_PHOTOS


def test_a_sender_with_many_unfinished_photos_is_refused_and_blocks_nobody_else(
    report: Report, address: str, topic: Topic, phone: Client, outsider: Client
) -> None:
    whole, sheets = jpeg(80, 60), f"{topic.get_absolute_url()}sheet/upload/"
    begun = [f"{sheets}{number:016x}/" for number in range(uploads.MAX_UNFINISHED)]
    assert {send_part(outsider, to, whole, 0, 1).status_code for to in begun} == {200}
    refused = send_part(outsider, f"{sheets}{'b8' * 12}/", whole, 0, len(whole))
    problem = "Trop de photos ont été commencées sans aboutir. Dans une heure, elles ne compteront plus."
    assert (refused.status_code, refused.json()["problem"]) == (507, translated(problem, "fr"))
    assert send_part(phone, f"{sheets}{'c9' * 12}/", whole, 0, len(whole)).json()["done"]
    assert send_part(outsider, begun[0], whole, 1, len(whole)).json()["done"]
    assert send_part(outsider, f"{sheets}{'b8' * 12}/", whole, 0, len(whole)).json()["done"]


def test_a_photo_that_is_refused_leaves_nothing_on_its_way(
    report: Report, address: str, phone: Client, nadia: Participant
) -> None:
    whole = jpeg(80, 60)
    late, long = (f"{address}upload/{name * 12}/" for name in ("d1", "e2"))
    for to in (late, long):
        assert send_part(phone, to, whole, 0, 100).json() == {"offset": 100}
    for _n in range(MAX_PHOTOS):
        add_photo(report, nadia)
    assert str(MAX_PHOTOS) in send_part(phone, late, whole, 100, len(whole)).json()["problem"]
    over = phone.post(f"{long}?offset=100&size=102", b"more", content_type="application/octet-stream")
    assert over.status_code == 413
    assert [phone.get(to).json() for to in (late, long)] == [{"offset": 0}] * 2


def test_an_upload_is_forgotten_after_an_hour_without_a_piece(
    report: Report, address: str, phone: Client, forum: Forum
) -> None:
    assert uploads.EXPIRY_SECONDS == 3600
    send_part(phone, f"{address}upload/{'a7' * 12}/", jpeg(80, 60), 0, 100)
    (part,) = (Photo(forum=forum, key="x").paths[0].parents[2] / "uploads").rglob("*.part")
    os.utime(part, (time.time() - uploads.EXPIRY_SECONDS - 5,) * 2)
    delete_unneeded()
    assert not part.exists()
