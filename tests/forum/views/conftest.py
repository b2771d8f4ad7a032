"""Browsers and rows that the tests of several views share."""

import datetime as dt

import pytest
from django.test import Client

from forum.models import Actor, Facilitator, Forum, Participant, Topic
from tests.conftest import ClientFor


@pytest.fixture
def desk(camille: Facilitator, client_for: ClientFor) -> Client:
    """The facilitator's browser."""
    return client_for(camille)


@pytest.fixture
def english_desk(desk: Client) -> Client:
    desk.cookies["django_language"] = "en"
    return desk


@pytest.fixture
def theo_topic(forum: Forum, theo: Participant) -> Topic:
    """Théo's topic."""
    return Topic.propose(forum, "L’eau en août : qui ferme le robinet ?", "", theo, Actor(theo))


@pytest.fixture
def day(forum: Forum) -> Forum:
    """The forum on 24 November 2026: 10:15 groups (75 min), 12:00 lunch (90 min), 13:30 groups (60 min)."""
    forum.date = dt.date(2026, 11, 24)
    forum.save(update_fields=["date"])
    return forum
