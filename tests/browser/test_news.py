"""A finished report on phones and on the wall, its comments, and the message that asks for a missing one."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from forum.models import Actor, Facilitator, Group, Participant, Slot
from forum.phases import Phase
from sessions.models import Comment, Report
from tests.browser.conftest import LAPTOP, PROJECTOR
from tests.browser.test_groups import TOUCH, board_of, open_as
from tests.conftest import move
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["open_as"]

OpenAs = Callable[..., Page]


def french(msgid: str) -> re.Pattern[str]:
    """Return a pattern of the French translation, with any spaces."""
    return re.compile(re.escape(translated(msgid, "fr")).replace(r"\ ", r"\s"))


def test_a_finished_report_is_marked_as_new_until_it_is_read_and_can_be_commented_on(
    open_as: OpenAs, group: Group, nadia: Participant, theo: Participant, camille: Facilitator
) -> None:
    forum = group.topic.forum
    move(forum, Phase.GROUPS)
    phone = open_as(theo, board_of(forum), **TOUCH)
    wall = open_as(camille, reverse("wall", args=[forum.code]), PROJECTOR)
    expect(phone.locator("#news .empty")).to_be_visible()

    report = Report.for_group(group)
    report.write({"quote": "Des arbres !", "proposals": "**Planter** tôt"}, report.bases(), Actor(nadia))
    report.finish(Actor(nadia))
    expect(wall.locator(f"#news-{group.topic_id}")).to_contain_text("Des arbres")
    expect(phone.locator("[data-unread] a")).to_have_text(french("One new report to read"))
    expect(phone.locator("#news .is-unread")).to_have_text(translated("new", "fr"))

    phone.locator("#news h3 a").tap()
    expect(phone.locator(".proposals strong")).to_have_text("Planter")
    phone.get_by_role("button", name=french("This concerns us too: we join")).tap()
    expect(phone.locator(".joined")).to_contain_text("Théo Masson")
    phone.locator("textarea").fill("Nous avons la même cour.")
    Comment.post(report, nadia, Actor(nadia), text="Venez la voir.")  # what comes meanwhile leaves the field alone
    expect(phone.locator("#comments li").last).to_contain_text("Venez la voir.")
    phone.get_by_role("button", name=translated("Comment", "fr"), exact=True).tap()
    expect(phone.locator("#comments li").last).to_contain_text("Nous avons la même cour.")

    phone.goto(phone.url.partition("/topics/")[0] + "/")
    expect(phone.locator("#news .meta")).to_have_text("3 commentaires")
    expect(phone.locator("#news .is-unread")).to_have_count(0)
    expect(phone.locator("[data-unread]")).to_be_hidden()


def test_asking_for_a_report_reaches_the_phones_of_its_group_and_leads_to_its_form(
    open_as: OpenAs, group: Group, slot: Slot, nadia: Participant, theo: Participant, camille: Facilitator
) -> None:
    forum = group.topic.forum
    move(forum, Phase.GROUPS)
    slot.begin(Actor(facilitator=camille))
    member, stranger = open_as(nadia, board_of(forum), **TOUCH), open_as(theo, board_of(forum), **TOUCH)
    page = open_as(camille, reverse("missing_reports", args=[forum.code]), LAPTOP)

    page.locator("#text").fill("Il nous manque votre compte-rendu.")
    page.locator(".groups .act button").click()
    expect(member.locator(".message:visible")).to_contain_text("Il nous manque votre compte-rendu.")
    expect(stranger.locator(".message:visible")).to_have_count(0)
    expect(page.locator(".groups .act button")).to_have_text(translated("Ask again", "fr"))
    expect(page.locator("#text")).to_have_value("Il nous manque votre compte-rendu.")

    member.locator(".message .to-write a").tap()
    expect(member.locator("#meter [data-filled='0']")).to_be_visible()
    member.locator("#id_findings").fill("Il fait chaud.")
    expect(member.locator("#meter [data-filled='1']")).to_be_visible()
    expect(page.locator(".groups .state")).to_contain_text(translated("draft", "fr"))
    expect(page.locator(".groups .state")).to_contain_text("Nadia Ferrand")
