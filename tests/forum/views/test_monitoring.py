"""/metrics: for a Prometheus that knows the token, with the names that docs/metrics.md explains, and nobody's data."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from forum.checks import gauges
from forum.models import Actor, Forum, Participant, Topic
from forum.models.verbs import Verb
from forum.urls import in_a_forum, urlpatterns

pytestmark = pytest.mark.django_db
TOKEN = "a token of the administrator's choice"


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape() -> str:
    response = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    return response.content.decode()


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_strangers_are_told_that_there_is_no_such_page(sent: str, settings: Settings) -> None:
    refused = Client().get("/metrics", headers={"Authorization": sent})
    assert (refused.status_code, b"forum_" in refused.content) == (404, False)
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_the_page_of_docs_explains_every_name_and_its_type() -> None:
    page = (project.ROOT / "docs" / "metrics.md").read_text()
    explained = dict(re.findall(r"^\| `(forum_\w+?)(?:_total)?` \| (\w+) \|", page, re.MULTILINE))
    families = [family for family in text_string_to_metric_families(scrape()) if family.name.startswith("forum_")]
    exposed = {family.name: family.type for family in families if not family.name.endswith("_created")}
    assert exposed == explained


def test_pages_are_counted_by_route_and_changes_by_verb(forum: Forum, nadia: Participant) -> None:
    before = value("forum_pages_total", route="board", status="200"), value("forum_writes_total", verb="proposed_topic")
    Client().get(f"/{forum.code}/")
    assert value("forum_pages_total", route="board", status="200") == before[0] + 1
    assert value("forum_page_seconds_count", route="board") >= 1
    assert "PROPOSED_TOPIC" in Verb.__members__
    assert value("forum_writes_total", verb="proposed_topic") == before[1]


@pytest.mark.django_db(transaction=True)
def test_only_what_was_saved_is_counted(forum: Forum, nadia: Participant) -> None:
    before = value("forum_writes_total", verb="proposed_topic")
    Topic.propose(forum, "Une rue sans voitures", "", nadia, Actor(nadia))
    assert value("forum_writes_total", verb="proposed_topic") == before + 1


def test_no_label_says_who_or_which_forum(forum: Forum, nadia: Participant, topic: Topic) -> None:
    for path in (f"/{forum.code}/", f"/{forum.code}/topics/{topic.number}/", "/BBBBBBB/", "/no/such/path"):
        Client().get(path)
    names = {
        pattern.name
        for pattern in (*in_a_forum, *urlpatterns)
        if isinstance(pattern, URLPattern) and pattern.name is not None
    }
    allowed = {
        "route": names | {"none", "static"}, "verb": {verb.name.lower() for verb in Verb},
        "status": {str(status) for status in range(200, 600)},
    }  # fmt: skip
    text = scrape()
    assert [word for word in (forum.code, nadia.name, topic.title) if word in text] == []
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    labels = [label for sample in samples for label in sample.labels.items()]
    assert [(name, label) for name, label in labels if name in allowed and label not in allowed[name]] == []


def test_while_the_drive_of_the_photos_is_away_the_rest_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(directory: Path) -> int:
        raise OSError("Stale file handle")

    monkeypatch.setattr(gauges, "free_bytes", away)
    text = scrape()
    assert ("forum_free_bytes{" in text, "forum_sockets_limit" in text) == (False, True)


def test_while_the_database_is_away_the_rest_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(gauges, "_hub_lag", away)
    text = scrape()
    assert ("forum_free_bytes" in text, "forum_editions" in text) == (True, False)
