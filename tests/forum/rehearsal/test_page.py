"""The page of a simulated phone: after every change it shows what a fresh page shows."""

from forum.live import catch_up
from forum.live.audience import Audience
from forum.live.messages import DeltaMessage
from forum.models import Actor, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.page import Page
from forum.rehearsal.protocol import Message


def test_a_phone_that_heard_every_change_shows_what_a_fresh_page_shows(
    db: None, forum: Forum, topic: Topic, slot: Slot, hall: Place, theo: Participant
) -> None:
    page = opened(forum)
    for act in (
        lambda: topic.set_interest(theo, True, Actor(theo)),
        lambda: Topic.propose(forum, "Et l’eau ?", "", theo, Actor(theo)),
        lambda: Group.place_topic(topic, slot, hall, Actor(theo)),
        lambda: topic.withdraw(Actor(theo)),
        lambda: topic.bring_back(Actor(theo)),
        lambda: forum.move_to(Phase.GROUPS, Actor()),
        lambda: Group.place_topic(Topic.objects.get(pk=topic.pk), slot, hall, Actor(theo)),
    ):
        act()
        text = DeltaMessage(catch_up.delta(forum, Audience.PHONE, page.shown, page.epoch)).event()["text"]
        page.show(Message.read(text))
        fresh = opened(forum)
        assert (page.shown, page.board) == (fresh.shown, fresh.board)


def opened(forum: Forum) -> LivePage:
    page = LivePage(forum.code)
    forum.refresh_from_db()
    content = catch_up.delta(forum, Audience.PHONE, -1).html
    page.load(Page(f'<div id="board" data-since="{forum.revision}" data-epoch="{forum.epoch}">{content}</div>'))
    return page
