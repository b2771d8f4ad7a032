"""Publishing: the page lists the missing reports before it publishes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from sessions.models import Report
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated

pytestmark = pytest.mark.django_db

MISSING = "These groups have no finished report"


@pytest.fixture
def laptop(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


@pytest.fixture
def closing(forum: Forum, group: Group) -> Forum:
    """The forum in its closing plenary; its only group has written nothing."""
    move(forum, Phase.CLOSING)
    return forum


def stage(forum: Forum) -> Phase:
    forum.refresh_from_db()
    return forum.current_phase


def url(name: str, forum: Forum, *args: int) -> str:
    return reverse(name, args=[forum.code, *args])


def undo_of_going_back(forum: Forum) -> tuple[str, dict[str, str]]:
    move(forum, Phase.PUBLISHED)
    move(forum, Phase.CLOSING)
    return url("undo", forum, forum.journal.filter(verb="moved to phase").latest("revision").revision), {}


WAYS: dict[str, Callable[[Forum], tuple[str, dict[str, str]]]] = {
    "the desk": lambda forum: (url("move", forum), {"phase": "published"}),
    "the conductor": lambda forum: (f"{url('show', forum)}?from=closing", {"step": "published."}),
    "undoing": undo_of_going_back,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_publish_lists_the_missing_reports_first(
    closing: Forum, topic: Topic, laptop: Client, way: str
) -> None:
    address, fields = WAYS[way](closing)
    page = laptop.post(address, fields, follow=True)
    assert stage(closing) == Phase.CLOSING
    assert page.redirect_chain == [(url("publish", closing), 302)]
    assert translated(MISSING, "fr") in text_of(page)
    links = html.fromstring(page.content).xpath("//ul[@class='groups']//a/@href")
    assert links == [url("report", closing, topic.number)]


@pytest.mark.parametrize("way", WAYS)
def test_a_button_of_a_live_page_leads_to_that_list_too(closing: Forum, laptop: Client, way: str) -> None:
    address, fields = WAYS[way](closing)
    response = laptop.post(address, fields, headers={"hx-request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, url("publish", closing))
    assert stage(closing) == Phase.CLOSING


def test_a_form_without_that_list_publishes_nothing(closing: Forum, laptop: Client) -> None:
    for fields in ({}, {"confirmed": "yes"}, {"confirmed": "yes", "missing": "99"}, {"missing": "1"}):
        response = laptop.post(url("publish", closing), fields)
        assert (response.status_code, stage(closing)) == (409, Phase.CLOSING)
        assert translated(MISSING, "fr") in text_of(response)


def submit_form(laptop: Client, page: bytes) -> int:
    """Submit the page’s form that publishes, and return the status."""
    tree: Any = html.fromstring(page)
    (form,) = tree.xpath("//form[@id='publish']")
    return laptop.post(form.get("action"), dict(form.form_values())).status_code


def test_the_button_below_that_list_publishes_all_the_same(closing: Forum, laptop: Client) -> None:
    page = laptop.get(url("publish", closing))
    assert translated("Publish all the same", "fr") in text_of(page)
    assert submit_form(laptop, page.content) == 302
    assert stage(closing) == Phase.PUBLISHED


def test_a_report_that_is_missing_since_then_is_listed_first(
    closing: Forum, laptop: Client, theo: Participant, afternoon: Slot, hall: Place
) -> None:
    page = laptop.get(url("publish", closing))
    late = Topic.propose(closing, "Des haies partout", "", theo, Actor(theo))
    Group.place_topic(late, afternoon, hall, Actor())
    assert submit_form(laptop, page.content) == 409
    assert stage(closing) == Phase.CLOSING


def test_without_missing_reports_publishing_is_still_confirmed(closing: Forum, group: Group, laptop: Client) -> None:
    report = Report.for_group(group)
    report.write({"findings": "46 °C en juin"}, report.bases(), Actor())
    assert translated("draft", "fr") in text_of(laptop.get(url("publish", closing)))
    report.finish(Actor())
    page = laptop.get(url("publish", closing))
    assert translated("No report is missing", "fr") in text_of(page)
    assert translated("Publish all the same", "fr") not in text_of(page)
    assert stage(closing) == Phase.CLOSING
    assert submit_form(laptop, page.content) == 302
    assert stage(closing) == Phase.PUBLISHED


def test_a_published_report_is_not_published_again(closing: Forum, laptop: Client) -> None:
    move(closing, Phase.PUBLISHED)
    revision = closing.revision
    assert laptop.get(url("publish", closing)).headers["Location"] == url("desk", closing)
    assert laptop.post(url("publish", closing)).headers["Location"] == url("desk", closing)
    closing.refresh_from_db()
    assert closing.revision == revision
