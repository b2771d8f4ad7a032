"""Merging topics with both conveners’ consent, splitting them, and who convenes them."""

import pytest
from django.utils import timezone

from forum.auth.rules import Rights
from forum.fragment_keys import Key, RowKey
from forum.models import (
    Actor,
    AlreadyConvened,
    CannotMerge,
    CannotUndo,
    Facilitator,
    Forum,
    Group,
    JournalEntry,
    MergeProposal,
    Message,
    Participant,
    Place,
    Slot,
    Topic,
)
from forum.phases import Phase
from sessions.models import Report
from sessions.proceedings.content import read_book
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated, with_plain_spaces

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])


@pytest.fixture
def trees(forum: Forum, theo: Participant) -> Topic:
    """Théo’s topic, which looks like Nadia’s."""
    return Topic.propose(forum, "Des arbres dans les cours", "Qui arrose ?", theo, Actor(theo))


@pytest.fixture
def zoe(forum: Forum, topic: Topic, trees: Topic) -> Participant:
    """A participant who is interested in both topics."""
    person = Participant.join(forum, name="Zoé Lefebvre")
    for each_topic in (topic, trees):
        each_topic.set_interest(person, True, Actor(person))
    return person


@pytest.fixture
def abel(forum: Forum, trees: Topic) -> Participant:
    """A participant who is interested in Théo’s topic only."""
    person = Participant.join(forum, name="Abel Roy")
    trees.set_interest(person, True, Actor(person))
    return person


def going(topic: Topic) -> set[str]:
    return {interest.participant.name for interest in topic.interests.select_related("participant")}


def state(forum: Forum) -> dict[str, object]:
    """Return all that a merge changes."""
    return {
        "topics": list(forum.topics.values_list("number", "title", "convener", "withdrawn_at", "merged_into")),
        "interests": sorted(forum.topics.filter(withdrawn_at=None).values_list("number", "interests__participant")),
        "cells": list(Group.objects.order_by("pk").values_list("topic", "slot", "place", "elsewhere")),
        "people": sorted(Group.objects.values_list("topic__number", "presences__participant", "presences__left_at")),
        "messages": list(Message.objects.values_list("topic", "text")),
    }


def test_a_merged_topic_keeps_both_names_and_brings_its_people_once(
    forum: Forum, topic: Topic, trees: Topic, zoe: Participant, abel: Participant, as_camille: Actor
) -> None:
    trees.merge_into(topic, as_camille)
    trees.refresh_from_db()
    assert [person.name for person in topic.conveners] == ["Nadia Ferrand", "Théo Masson"]
    assert going(topic) == {"Zoé Lefebvre", "Abel Roy"}
    assert (trees.merged_into, trees.withdrawn_at is not None) == (topic, True)
    entry = forum.journal.latest("revision")
    assert (entry.verb, entry.facilitator) == ("merged two topics", as_camille.facilitator)


def test_both_conveners_of_a_merged_topic_may_do_what_conveners_do(
    topic: Topic, trees: Topic, theo: Participant, as_camille: Actor
) -> None:
    trees.merge_into(topic, as_camille)
    assert Rights(Actor(theo), topic.forum).may("edit_topic", Topic.objects.for_board().get(pk=topic.pk))


def test_a_merge_frees_the_cell_and_tells_the_people(
    forum: Forum, topic: Topic, trees: Topic, slot: Slot, hall: Place, as_camille: Actor
) -> None:
    group = Group.place_topic(trees, slot, hall, as_camille)
    trees.merge_into(topic, as_camille)
    group.refresh_from_db()
    assert (group.slot, group.place) == (None, None)
    message = Message.objects.get()
    assert (message.topic, message.facilitator) == (topic, None)
    assert with_plain_spaces(message.text) == translated(
        "Number {number}, “{title}”, has joined number {into}, “{other}”: you are one group.", "fr",
        number=2, title=trees.title, into=1, other=topic.title,
    )  # fmt: skip


@pytest.mark.parametrize("verb", ["merge", "split"])
def test_the_message_of_a_merge_or_a_split_reaches_every_page_that_shows_messages(
    forum: Forum, topic: Topic, trees: Topic, as_camille: Actor, verb: str
) -> None:
    if verb == "merge":
        trees.merge_into(topic, as_camille)
    else:
        topic.split("Rafraîchir les cours", "Qui paie ?", None, as_camille)
    invalidated = forum.journal.latest("revision").invalidated
    pages = {RowKey.MESSAGE.of(Message.objects.get().pk), Key.MESSAGES, RowKey.REPORT.of(topic.pk)}
    assert pages <= set(invalidated)


def test_undoing_a_merge_puts_everything_back_and_undoing_that_merges_again(
    forum: Forum, topic: Topic, group: Group, trees: Topic, slot: Slot, afternoon: Slot, hall: Place,
    zoe: Participant, abel: Participant, as_camille: Actor,
) -> None:  # fmt: skip
    Group.place_topic(trees, afternoon, hall, as_camille)
    third = Topic.propose(forum, "Le compost", "", None, as_camille)
    third.merge_into(trees, as_camille)
    before = state(forum)
    trees = Topic.objects.for_board().get(pk=trees.pk)
    trees.merge_into(topic, as_camille)
    merged = state(forum)
    entry = forum.journal.latest("revision")
    entry.undo(as_camille)
    assert state(forum) == before
    forum.journal.latest("revision").undo(as_camille)
    assert state(forum) == merged


def test_a_merge_sees_the_words_that_a_group_saved_while_its_page_was_shown(
    topic: Topic, trees: Topic, nadia: Participant, as_camille: Actor
) -> None:
    report = Report.for_group(Group.for_topic(topic))
    shown = Topic.objects.get(pk=topic.pk)
    assert not shown.has_begun_report
    report.write({"findings": "46 °C dans la cour."}, report.bases(), Actor(nadia))
    with pytest.raises(CannotMerge):
        shown.merge_into(trees, as_camille)
    assert Topic.objects.get(pk=topic.pk).withdrawn_at is None


def test_no_undo_takes_a_topic_with_the_words_of_its_group_off_the_board(
    topic: Topic, trees: Topic, nadia: Participant, as_camille: Actor
) -> None:
    proposed = topic.forum.journal.filter(verb="proposed a topic").earliest("revision")
    topic.merge_into(trees, as_camille)
    topic.forum.journal.latest("revision").undo(as_camille)
    undone = topic.forum.journal.latest("revision")
    report = Report.for_group(Group.for_topic(Topic.objects.get(pk=topic.pk)))
    report.write({"findings": "46 °C dans la cour."}, report.bases(), Actor(nadia))
    for entry in (undone, proposed):
        with pytest.raises(CannotUndo):
            entry.undo(as_camille)
    assert Topic.objects.get(pk=topic.pk).withdrawn_at is None


def test_a_merge_can_be_undone_although_somebody_changed_their_mind_since(
    forum: Forum, topic: Topic, trees: Topic, zoe: Participant, abel: Participant, as_camille: Actor
) -> None:
    trees.merge_into(topic, as_camille)
    entry = forum.journal.latest("revision")
    topic.set_interest(abel, False, Actor(abel))
    late = Participant.join(forum, name="Denis")
    topic.set_interest(late, True, Actor(late))
    entry.undo(as_camille)
    assert (going(topic), going(trees)) == ({"Zoé Lefebvre", "Denis"}, {"Zoé Lefebvre", "Abel Roy"})


def test_a_merge_whose_cell_was_taken_since_is_not_undone_but_its_topic_can_be_brought_back(
    forum: Forum, topic: Topic, trees: Topic, slot: Slot, hall: Place, as_camille: Actor
) -> None:
    Group.place_topic(trees, slot, hall, as_camille)
    trees.merge_into(topic, as_camille)
    entry = forum.journal.latest("revision")
    Group.place_topic(topic, slot, hall, as_camille)
    with pytest.raises(CannotUndo):
        entry.undo(as_camille)
    trees.bring_back(as_camille)
    trees.refresh_from_db()
    assert (trees.withdrawn_at, trees.merged_into, topic.conveners) == (None, None, [topic.convener])


def test_topics_merged_into_a_topic_follow_it(forum: Forum, topic: Topic, trees: Topic, as_camille: Actor) -> None:
    third = Topic.propose(forum, "Le compost", "", Participant.join(forum, name="Zoé"), as_camille)
    third.merge_into(trees, as_camille)
    Topic.objects.get(pk=trees.pk).merge_into(topic, as_camille)
    assert [person.name for person in topic.conveners] == ["Nadia Ferrand", "Théo Masson", "Zoé"]


def test_people_of_a_merged_group_sit_in_the_other_one_if_it_meets_at_the_same_time(
    forum: Forum, topic: Topic, group: Group, trees: Topic, slot: Slot, theo: Participant, as_camille: Actor
) -> None:
    other = Group.place_topic(trees, slot, None, as_camille, elsewhere="Au jardin")
    move(forum, Phase.GROUPS)
    other.join(theo, Actor(theo))
    Topic.objects.get(pk=trees.pk).merge_into(Topic.objects.get(pk=topic.pk), as_camille)
    assert ([p.name for p in group.people()], list(other.people())) == (["Théo Masson"], [])


def test_who_comes_back_to_a_group_by_a_merge_arrives_there_anew(
    forum: Forum, topic: Topic, group: Group, trees: Topic, slot: Slot, theo: Participant, as_camille: Actor
) -> None:
    other = Group.place_topic(trees, slot, None, as_camille, elsewhere="Au jardin")
    move(forum, Phase.GROUPS)
    for joined in (group, other):
        joined.join(theo, Actor(theo))
    between = timezone.now()
    Topic.objects.get(pk=trees.pk).merge_into(Topic.objects.get(pk=topic.pk), as_camille)
    presence = theo.presences.get(left_at=None)
    assert (presence.group, presence.arrived_at > between) == (group, True)


@pytest.mark.parametrize("both", [True, False])
def test_no_word_of_a_report_is_lost_by_a_merge(
    topic: Topic, group: Group, trees: Topic, afternoon: Slot, as_camille: Actor, both: bool
) -> None:
    begun = [Group.place_topic(trees, afternoon, None, as_camille)] + [group] * both
    for group_with_report in begun:
        report = Report.for_group(group_with_report)
        report.write({"findings": "46 °C au sol"}, report.bases(), as_camille)
    trees = Topic.objects.get(pk=trees.pk)
    with pytest.raises(CannotMerge, match="Les deux groupes" if both else "c’est le numéro 2 qui doit rester"):
        trees.merge_into(topic, as_camille)
    if not both:
        topic.merge_into(trees, as_camille)
        assert topic.merged_into == trees


def test_conveners_are_asked_and_the_topics_are_one_when_both_have_agreed(
    topic: Topic, trees: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    nadia_phone, theo_phone = client_for(nadia), client_for(theo)
    nadia_phone.post(f"{topic.get_absolute_url()}merge/", {"other": trees.number})
    proposal = MergeProposal.objects.get()
    assert (proposal.proposed_by, proposal.awaited_conveners()) == (nadia, [theo])
    page = text_of(theo_phone.get(trees.get_absolute_url()))
    assert translated("%(name)s proposes it.", "fr") % {"name": "Nadia Ferrand"} in page
    theo_phone.post(f"{trees.get_absolute_url()}merge/{proposal.pk}/", {"answer": "yes"})
    topic.refresh_from_db()
    assert (topic.merged_into, MergeProposal.objects.count()) == (trees, 0)


def test_a_merge_that_one_side_declines_is_over(
    topic: Topic, trees: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    MergeProposal.propose(topic, trees, Actor(nadia))
    proposal = MergeProposal.objects.get()
    client_for(theo).post(f"{trees.get_absolute_url()}merge/{proposal.pk}/", {"answer": "no"})
    assert (MergeProposal.objects.count(), Topic.objects.active().count()) == (0, 2)


def test_asking_for_what_the_other_has_asked_for_is_agreeing(
    topic: Topic, trees: Topic, nadia: Participant, theo: Participant
) -> None:
    assert (MergeProposal.propose(topic, trees, Actor(nadia)), MergeProposal.propose(trees, topic, Actor(theo))) == (
        False,
        True,
    )
    topic.refresh_from_db()
    assert topic.merged_into == trees


def test_a_facilitator_asks_both_sides_or_merges_at_once(
    topic: Topic, trees: Topic, nadia: Participant, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    client = client_for(camille)
    client.post(f"{topic.get_absolute_url()}merge/", {"other": trees.number})
    assert set(MergeProposal.objects.get().awaited_conveners()) == {nadia, theo}
    client.post(f"{topic.get_absolute_url()}merge/", {"other": trees.number, "stays": "this", "now": "yes"})
    trees.refresh_from_db()
    assert trees.merged_into == topic


def test_a_request_has_nobody_to_ask(forum: Forum, topic: Topic, nadia: Participant, as_camille: Actor) -> None:
    request = Topic.propose(forum, "Ombre", "", None, as_camille)
    assert MergeProposal.propose(request, topic, Actor(nadia))
    assert topic.conveners == [nadia]


def test_nobody_is_asked_any_more_about_a_topic_that_is_withdrawn(
    topic: Topic, trees: Topic, nadia: Participant
) -> None:
    MergeProposal.propose(topic, trees, Actor(nadia))
    topic.withdraw(Actor(nadia))
    assert MergeProposal.objects.count() == 0


@LANGUAGES
@pytest.mark.parametrize(
    ("other", "msgid", "status"),
    [
        ("", "Choose a topic first.", 422),
        ("99", "No topic has this number.", 422),
        ("1", "Choose another topic: this is the same one.", 409),
        ("3", "Number {number} is no longer on the board.", 409),
    ],
)
def test_an_impossible_merge_gives_its_reason(
    forum: Forum, topic: Topic, trees: Topic, camille: Facilitator, as_camille: Actor, client_for: ClientFor,
    other: str, msgid: str, status: int, language: str,
) -> None:  # fmt: skip
    Topic.propose(forum, "Parti", "", None, as_camille).withdraw(as_camille)
    client = client_for(camille)
    client.cookies["django_language"] = language
    response = client.post(f"{topic.get_absolute_url()}merge/", {"other": other, "now": "yes"})
    assert (response.status_code, translated(msgid, language, number=3) in text_of(response)) == (status, True)


def test_cards_pages_and_the_book_name_every_convener(
    forum: Forum, topic: Topic, group: Group, trees: Topic, nadia: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    trees.merge_into(topic, as_camille)
    client = client_for(nadia)
    assert "Nadia Ferrand, Théo Masson" in text_of(client.get(f"/{forum.code}/"))
    page = text_of(client.get(topic.get_absolute_url()))
    assert [words in page for words in ("Théo Masson", "Des arbres dans les cours", "Qui arrose ?")] == [True] * 3
    assert [person.name for person in read_book(forum).unreported[0].conveners] == ["Nadia Ferrand", "Théo Masson"]


def test_a_topic_becomes_two_and_one_again_when_that_is_undone(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    client = client_for(camille)
    said_so = {"title": "Rafraîchir les cours", "second": "Qui paie ?", "convener": theo.pk}
    client.post(f"{topic.get_absolute_url()}split/", said_so)
    first, second = forum.topics.all()
    assert (first.title, second.title) == ("Rafraîchir les cours", "Qui paie ?")
    assert (second.convener, second.split_from) == (theo, first)
    assert Message.objects.get().topic == first
    forum.journal.get(verb="split a topic").undo(Actor(facilitator=camille))
    assert [t.title for t in forum.topics.active()] == ["Rafraîchir nos cours d’école"]


@LANGUAGES
def test_a_refused_split_gives_its_reason_and_keeps_what_was_typed(
    topic: Topic, nadia: Participant, client_for: ClientFor, language: str
) -> None:
    client = client_for(nadia)
    client.cookies["django_language"] = language
    response = client.post(f"{topic.get_absolute_url()}split/", {"title": "Les cours", "second": "les COURS"})
    assert response.status_code == 422
    assert translated("Give the two topics different titles.", language) in text_of(response)
    assert 'value="les COURS"' in response.content.decode()


def test_a_convener_names_only_themselves_or_people_who_come(
    topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    where = f"{topic.get_absolute_url()}hand-over/"
    assert client_for(nadia).post(where, {"convener": theo.pk}).status_code == 409
    topic.set_interest(theo, True, Actor(theo))
    assert client_for(nadia).post(where, {"convener": theo.pk}).status_code == 302
    topic.refresh_from_db()
    assert topic.convener == theo


def test_a_request_is_taken_up_by_the_first_who_says_so(
    forum: Forum, nadia: Participant, theo: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    request = Topic.propose(forum, "Ombre", "", None, as_camille)
    nadia_phone, theo_phone = client_for(nadia), client_for(theo)
    assert translated("I will convene it", "fr") in text_of(nadia_phone.get(request.get_absolute_url()))
    assert [phone.post(f"{request.get_absolute_url()}take-up/").status_code for phone in (nadia_phone, theo_phone)] == [
        302,
        409,
    ]
    request.refresh_from_db()
    assert request.convener == nadia
    with pytest.raises(AlreadyConvened):
        request.take_up(theo, Actor(theo))


def test_handing_over_a_merged_topic_gives_only_ones_own_part(
    topic: Topic, trees: Topic, nadia: Participant, theo: Participant, as_camille: Actor
) -> None:
    trees.merge_into(topic, as_camille)
    topic.hand_over(None, Actor(theo))
    assert [person.name for person in Topic.objects.get(pk=topic.pk).conveners] == ["Nadia Ferrand"]


def test_every_verb_here_is_in_the_journal_with_who_did_it(
    forum: Forum, topic: Topic, trees: Topic, nadia: Participant, theo: Participant
) -> None:
    MergeProposal.propose(topic, trees, Actor(nadia))
    MergeProposal.objects.get().agree(Actor(theo))
    entries = JournalEntry.objects.filter(forum=forum).order_by("-revision")[:2]
    assert [(entry.verb, entry.participant) for entry in entries] == [
        ("merged two topics", theo), ("proposed a merge", nadia),
    ]  # fmt: skip
