"""A person and all that they brought go at once, and come back by one undo."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from forum.live.marks import marks_of
from forum.models import Actor, CannotUndo, Facilitator, Feedback, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from sessions.models import Comment, Photo, PhotoFiles, Report
from tests.conftest import ClientFor, move
from tests.page_texts import text_of
from tests.sessions.photos import add_photo, own_files

__all__ = ["own_files"]


@pytest.fixture
def desk(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


@pytest.fixture
def shared(forum: Forum, group: Group, nadia: Participant) -> Report:
    """The report of Nadia's topic, in which she wrote."""
    move(forum, Phase.GROUPS)
    report = Report.for_group(group)
    report.write({"findings": "46 °C en juin"}, report.bases(), Actor(nadia))
    return report


@pytest.fixture
def vandal(forum: Forum, shared: Report, topic: Topic, slot: Slot, hall: Place) -> Participant:
    """Somebody who left something everywhere."""
    person = Participant.join(forum, name="Zed Vandale")
    by = Actor(person)
    own = Topic.propose(forum, "Des injures", "Et encore.", person, by)
    own_group = Group.place_topic(own, slot, None, by, elsewhere="Partout")
    own_report = Report.for_group(own_group)
    own_report.write({"findings": "Que des injures"}, own_report.bases(), by)
    topic.set_interest(person, True, by)
    shared.group.join(person, by)
    shared.add_action(by, what="Tout casser")
    shared.write({"debate": "Des injures ici aussi"}, shared.bases(), by)
    add_photo(shared, person, people_agreed=True, caption="Un doigt")
    Comment.post(shared, person, by, text="Nul.", concerns_us=True)
    Feedback.give(forum, person, by, words="Nul de nul", keep="", change="")
    return person


def state(forum: Forum, vandal: Participant, shared: Report) -> dict[str, Any]:
    """What others see of what the person brought."""
    forum.refresh_from_db()
    own = Topic.objects.get(title="Des injures")
    return {
        "topics": list(forum.topics.active().values_list("title", flat=True)),
        "place": own.group.elsewhere,
        "marks": marks_of([vandal.pk])[vandal.pk],
        "actions": list(shared.actions.values_list("what", flat=True)),
        "photos": [photo.caption for photo in shared.photos.public()],
        "comments": [comment.text for comment in shared.comments.visible()],
        "words": [word.words for word in forum.feedback.all()],
        "present": forum.participants.present().filter(pk=vandal.pk).exists(),
        "words of others": Report.objects.get(pk=shared.pk).findings,
        "words in a shared report": Report.objects.get(pk=shared.pk).debate,
    }


def test_the_page_lists_what_goes_and_what_stays_and_removes_nothing(
    desk: Client, forum: Forum, vandal: Participant, shared: Report
) -> None:
    before = state(forum, vandal, shared)
    page = text_of(desk.get(f"/{forum.code}/desk/people/{vandal.pk}/remove-all/"))
    goes, stays = page.partition("Ce qui reste")[::2]
    for words in ("Des injures", "Tout casser", "Un doigt", "Nul.", "Nul de nul"):
        assert words in goes
    assert f"/{forum.code}/topics/{shared.group.topic.number}/report/history/" in stays
    assert state(forum, vandal, shared) == before


def test_one_press_removes_it_all_and_one_undo_brings_it_all_back_with_the_photos(
    desk: Client, forum: Forum, vandal: Participant, shared: Report, as_camille: Actor
) -> None:
    before, files = state(forum, vandal, shared), Photo.objects.get().paths
    desk.post(f"/{forum.code}/desk/people/{vandal.pk}/remove-all/", {"key": "k"})
    after = state(forum, vandal, shared)
    assert after == {
        **before, "topics": [shared.group.topic.title], "place": "", "actions": [], "photos": [], "comments": [],
        "words": [], "present": False, "marks": {"going": [], "here": [], "mine": []},
    }  # fmt: skip
    entry = forum.journal.get(verb="removed someone with all")
    assert vandal.devices.count() == 0
    entry.undo(as_camille)
    assert state(forum, vandal, shared) == before
    assert [Path(path).exists() for path in files] == [True] * 3
    forum.journal.get(verb="undid").undo(as_camille)
    assert state(forum, vandal, shared) == after


def test_a_topic_whose_report_others_wrote_stays_without_the_name(
    forum: Forum, shared: Report, nadia: Participant, theo: Participant, as_camille: Actor
) -> None:
    shared.group.join(theo, Actor(theo))
    shared.write({"proposals": "Des arbres"}, shared.bases(), Actor(theo))
    nadia.remove_with_all(as_camille)
    topic = Topic.objects.get(pk=shared.group.topic_id)
    assert (topic.withdrawn_at, topic.convener) == (None, None)
    assert Report.objects.get(pk=shared.pk).findings == "46 °C en juin"


def test_a_topic_that_was_merged_loses_only_the_name(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, as_camille: Actor
) -> None:
    other = Topic.propose(forum, "Végétaliser", "", theo, Actor(theo))
    other.merge_into(topic, as_camille)
    theo.remove_with_all(as_camille)
    assert [person.name for person in Topic.objects.get(pk=topic.pk).conveners] == ["Nadia Ferrand"]
    assert Topic.objects.get(pk=other.pk).merged_into == topic


def test_the_undo_is_refused_whole_when_the_place_is_taken_by_then(
    forum: Forum, nadia: Participant, theo: Participant, group: Group, slot: Slot, hall: Place, as_camille: Actor
) -> None:
    nadia.remove_with_all(as_camille)
    Group.place_topic(Topic.propose(forum, "Autre", "", theo, Actor(theo)), slot, hall, as_camille)
    with pytest.raises(CannotUndo):
        forum.journal.get(verb="removed someone with all").undo(as_camille)
    nadia.refresh_from_db()
    assert nadia.removed_at


def test_a_photo_that_is_gone_for_good_does_not_keep_the_rest_from_coming_back(
    forum: Forum, vandal: Participant, shared: Report, as_camille: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    before = state(forum, vandal, shared)
    vandal.remove_with_all(as_camille)
    with django_capture_on_commit_callbacks(execute=True):
        PhotoFiles.objects.get().drop()
    forum.journal.get(verb="removed someone with all").undo(as_camille)
    assert state(forum, vandal, shared) == before | {"photos": []}
