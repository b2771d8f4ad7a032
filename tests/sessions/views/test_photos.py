"""The photos of a report: added by a plain form, described, put in order, and shown to those who may see them."""

from django.test import Client

from forum.models import Actor, Facilitator, Forum, Participant, Topic
from sessions.models import Photo, Report
from sessions.models.field_conflicts import base_of
from tests.conftest import ClientFor
from tests.page_texts import text_of
from tests.sessions.photos import add_photo, address, file_of, jpeg, outsider, own_files, phone, report, turn_is_free

__all__ = ["address", "outsider", "own_files", "phone", "report", "turn_is_free"]


def photo_order(report: Report) -> list[int]:
    return [photo.pk for photo in report.photos.all()]


def test_without_javascript_a_plain_form_sends_several_photos_or_none(
    report: Report, address: str, phone: Client
) -> None:
    both = phone.post(address, {"files": [file_of(jpeg(80, 60)), file_of(jpeg(60, 80))]})
    assert (both.status_code, report.photos.count()) == (302, 2)
    refused = phone.post(address, {"files": [file_of(jpeg(80, 60)), file_of(b"<svg/>", "plan.svg")]})
    assert (refused.status_code, report.photos.count()) == (422, 2)
    assert "plan.svg" in text_of(refused)
    assert phone.post(address).status_code == 422


def test_a_photo_is_described_put_in_order_and_taken_away_and_each_can_be_undone(
    report: Report, address: str, phone: Client, nadia: Participant, forum: Forum, as_camille: Actor
) -> None:
    first, second = add_photo(report, nadia), add_photo(report, nadia)
    words = {"caption": "Le paperboard", "alternative": "Un schéma"}
    words |= {f"b_{name}": base_of("") for name in words}
    response = phone.post(f"{address}{first.pk}/", words, headers={"accept": "application/json"}).json()
    assert (response["conflicts"], response["fields"]["caption"]["value"]) == ([], "Le paperboard")
    phone.post(f"{address}{second.pk}/move/", {"to": "up"})
    assert photo_order(report) == [second.pk, first.pk]
    phone.post(f"{address}{second.pk}/move/", {"to": "up"})
    assert photo_order(report) == [second.pk, first.pk]
    phone.post(f"{address}{first.pk}/drop/")
    assert photo_order(report) == [second.pk]
    assert first.paths[0].exists()
    forum.journal.get(verb="removed a photo").undo(as_camille)
    assert photo_order(report) == [second.pk, first.pk]
    assert report.photos.get(pk=first.pk).caption == "Le paperboard"


def test_two_who_describe_one_photo_differently_see_both_texts(
    report: Report, address: str, phone: Client, nadia: Participant
) -> None:
    photo = add_photo(report, nadia, caption="De Théo")
    response = phone.post(f"{address}{photo.pk}/", {"caption": "De Nadia", "b_caption": base_of("")})
    assert response.status_code == 409
    page = text_of(response)
    assert "De Théo" in page
    assert 'value="De Nadia"' in page


def file_statuses(client: Client, photo: Photo, topic: Topic) -> list[int]:
    home = f"{topic.get_absolute_url()}photos/{photo.key}"
    responses = [client.get(f"{home}{size}.jpg") for size in ("", "-small", "-other")]
    for response in responses:
        if response.streaming:
            b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return [response.status_code for response in responses]


def test_only_the_group_sees_a_photo_whose_people_did_not_agree(
    report: Report, address: str, phone: Client, outsider: Client, topic: Topic, nadia: Participant,
    camille: Facilitator, client_for: ClientFor,
) -> None:  # fmt: skip
    photo = add_photo(report, nadia, caption="Nos mains levées")
    facilitators = client_for(camille)
    report.finish(Actor(nadia))
    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    assert (file_statuses(phone, photo, topic), file_statuses(facilitators, photo, topic)) == (
        [200, 200, 404],
        [200, 200, 404],
    )
    assert file_statuses(outsider, photo, topic) == [404] * 3
    pages = (topic.get_absolute_url(), f"{topic.get_absolute_url()}report/read/")
    assert [photo.key in text_of(outsider.get(page)) for page in pages] == [False, False]
    phone.post(f"{address}{photo.pk}/agree/", {"agreed": "yes"})
    assert file_statuses(outsider, photo, topic) == [200, 200, 404]
    assert [photo.key in text_of(outsider.get(page)) for page in pages] == [True, True]
    assert file_statuses(client_for(None), photo, topic) == [302] * 3


def test_a_browser_keeps_a_photo_but_shows_it_to_nobody_who_signed_out(
    report: Report, phone: Client, topic: Topic, nadia: Participant
) -> None:
    photo = add_photo(report, nadia)
    path = f"{topic.get_absolute_url()}photos/{photo.key}.jpg"
    response = phone.get(path)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert b"".join(response.streaming_content) == photo.paths[0].read_bytes()  # type: ignore[attr-defined]
    asked_again = {"if-none-match": response.headers["ETag"]}
    assert phone.get(path, headers=asked_again).status_code == 304
    leaving = phone.post(f"/{topic.forum.code}/me/sign-out/")
    assert leaving.headers["Clear-Site-Data"] == '"cache"'
    assert phone.get(path, headers=asked_again).status_code == 302
