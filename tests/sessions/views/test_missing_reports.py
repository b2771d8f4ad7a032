"""The missing reports: the urgency of each group, and messages that ask for a report."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Message, Participant, Slot, Topic
from forum.phases import Phase
from sessions.models import Photo, Report
from sessions.report_progress import progress_by_slot
from tests.conftest import ClientFor, move, set_local_time_to_nine
from tests.page_texts import text_of, translated

ASK = "Votre compte-rendu est attendu."


@pytest.fixture
def desk(camille: Facilitator, client_for: ClientFor) -> Client:
    return client_for(camille)


@pytest.fixture
def groups(
    forum: Forum, group: Group, slot: Slot, afternoon: Slot, nadia: Participant, as_camille: Actor
) -> list[Group]:
    """Five groups of a slot that has begun."""
    made = [group]
    for n in range(2, 6):
        topic = Topic.propose(forum, f"Sujet {n}", "", nadia, Actor(nadia))
        made.append(Group.place_topic(topic, slot, None, Actor(nadia), elsewhere=f"Table {n}"))
    set_local_time_to_nine(forum)
    move(forum, Phase.GROUPS)
    Slot.objects.get(pk=slot.pk).begin(as_camille)
    return made


def write_report(group: Group, by: Participant) -> Any:
    report = Report.for_group(group)
    report.write({"findings": "Un constat"}, report.bases(), Actor(by))
    return report


def progress(forum: Forum) -> list[list[tuple[int, str]]]:
    slots = progress_by_slot(Forum.objects.get(pk=forum.pk))
    return [[(group.topic.number, group.progress) for group in slot.groups] for slot in slots]


def ask_for_reports(desk: Client, forum: Forum, text: str = ASK, **data: object) -> Any:
    return desk.post(reverse("ask_for_reports", args=[forum.code]), {"text": text, **data})


def sent_messages() -> list[tuple[int, str]]:
    return list(Message.objects.order_by("pk").values_list("topic__number", "text"))


def test_the_most_urgent_group_of_each_round_comes_first(
    forum: Forum,
    groups: list[Group],
    nadia: Participant,
    theo: Participant,
    slot: Slot,
    afternoon: Slot,
    as_camille: Actor,
) -> None:
    write_report(groups[0], nadia).finish(Actor(nadia))
    write_report(groups[1], nadia)
    write_report(groups[2], theo).versions.update(ended_at=timezone.now() - timedelta(minutes=20))
    report = Report.for_group(groups[3])
    Photo.objects.create(forum=forum, report=report, kind="sheet", key="k", width=1, height=1, position=1)
    Group.place_topic(groups[4].topic, afternoon, None, as_camille)
    later = Topic.propose(forum, "Sujet 6", "", nadia, Actor(nadia))
    Group.place_topic(later, slot, None, as_camille)

    assert progress(forum) == [
        [(6, "nothing"), (4, "sheet"), (3, "draft"), (2, "draft"), (1, "finished")],
        [(5, "nothing")],
    ]
    (draft,) = (group for group in progress_by_slot(forum)[0].groups if group.topic.number == 3)
    assert draft.writers == ("Théo Masson",)


def test_a_group_is_asked_and_its_people_alone_read_it(desk: Client, forum: Forum, groups: list[Group]) -> None:
    response = ask_for_reports(desk, forum, topic=groups[1].topic_id)
    assert response.headers["Location"] == reverse("missing_reports", args=[forum.code])
    assert sent_messages() == [(2, ASK)]
    JournalEntry.objects.latest("revision").undo(Actor())
    assert sent_messages() == []


def test_a_live_page_keeps_a_message_that_is_refused(desk: Client, forum: Forum, groups: list[Group]) -> None:
    """422 would put the response in the place of the form, see base.html."""
    address, sent = reverse("ask_for_reports", args=[forum.code]), {"text": "x" * 281, "topic": groups[1].topic_id}
    live = desk.post(address, sent, headers={"hx-request": "true"})
    assert (live.status_code, "say" in live.headers["HX-Trigger"]) == (409, True)
    plain = desk.post(address, sent)
    assert (plain.status_code, "x" * 281 in text_of(plain)) == (422, True)


def test_a_group_is_left_in_peace_for_five_minutes_unless_one_insists(
    desk: Client, forum: Forum, groups: list[Group]
) -> None:
    topic = groups[1].topic_id
    ask_for_reports(desk, forum, topic=topic)
    refused = ask_for_reports(desk, forum, "Encore une fois, s’il vous plaît.", topic=topic)
    assert refused.status_code == 409
    assert "Encore une fois, s’il vous plaît." in text_of(refused)
    assert 'name="again"' in text_of(refused)
    ask_for_reports(desk, forum, "Vraiment.", again=topic)
    Message.objects.update(sent_at=timezone.now() - timedelta(minutes=6))
    ask_for_reports(desk, forum, "Six minutes plus tard.", topic=topic)
    assert sent_messages() == [(2, ASK), (2, "Vraiment."), (2, "Six minutes plus tard.")]


def test_all_silent_groups_are_asked_at_once_except_those_just_asked_or_not_begun(
    desk: Client, forum: Forum, groups: list[Group], nadia: Participant, afternoon: Slot, as_camille: Actor
) -> None:
    write_report(groups[0], nadia)
    Group.place_topic(groups[4].topic, afternoon, None, as_camille)
    ask_for_reports(desk, forum, topic=groups[1].topic_id)
    Message.objects.filter(facilitator=None).delete()  # the app's message about the moved group
    response = ask_for_reports(desk, forum, topic="all")
    assert response.status_code == 302
    assert sent_messages() == [(2, ASK), (3, ASK), (4, ASK)]
    assert ask_for_reports(desk, forum, topic="all").status_code == 409


def test_a_message_without_words_or_for_no_group_is_explained(desk: Client, forum: Forum, groups: list[Group]) -> None:
    assert ask_for_reports(desk, forum, " ", topic="all").status_code == 422
    assert ask_for_reports(desk, forum, topic="0").status_code == 409
    assert ask_for_reports(desk, forum, topic="²").status_code == 409
    assert sent_messages() == []


def test_the_page_says_what_is_missing_in_few_queries(
    desk: Client, forum: Forum, groups: list[Group], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        page = text_of(desk.get(reverse("missing_reports", args=[forum.code])))
    assert translated("Ask all that have nothing", "fr") in page
    assert page.count(translated("nothing yet", "fr")) == 5
    assert "5 comptes-rendus manquent" in text_of(desk.get(reverse("desk", args=[forum.code])))


def test_every_page_lists_the_same_missing_reports(
    forum: Forum, groups: list[Group], as_camille: Actor, desk: Client
) -> None:
    desk.cookies["django_language"] = "en"
    groups[0].unplace(as_camille)
    groups[1].topic.withdraw(as_camille)
    for name in ("book", "missing_reports", "publish"):
        page = text_of(desk.get(reverse(name, args=[forum.code])))
        listed = [group.topic.number for group in groups if group.topic.title in page]
        assert listed == [3, 4, 5], name
    assert "3 reports are missing" in text_of(desk.get(reverse("desk", args=[forum.code])))


def test_a_topic_that_never_had_a_slot_is_not_shown_as_a_missing_report(
    groups: list[Group], forum: Forum, theo: Participant, client_for: ClientFor
) -> None:
    Topic.propose(forum, "Sans créneau", "", theo, Actor(theo))
    move(forum, Phase.CLOSING)
    phone = text_of(client_for(theo).get(f"/{forum.code}/"))
    assert [phone.count(translated(text, "fr")) for text in ("no report yet", "no group met")] == [5, 1]
