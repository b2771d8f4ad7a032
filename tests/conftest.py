"""Shared fixtures: a forum at Arras in its marketplace, its facilitator, two participants, a topic and its group."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.auth.throttling import floods, wrong_codes
from forum.models import Actor, Device, Facilitator, Forum, Group, Participant, Place, Slot, TeamRole, Topic
from forum.phases import Phase

settings.register_profile(
    "usual", max_examples=30, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
settings.register_profile("long", settings.get_profile("usual"), max_examples=500, derandomize=False)
settings.load_profile("usual")
"""Profile with the same few examples each time; --hypothesis-profile=long has many random ones."""


def forget() -> None:
    """Reset the counters of the process, and the language that the last request activated."""
    cache.clear()
    forget_limits()
    wrong_codes.codes_in_use.forget()
    translation.deactivate()


def forget_limits() -> None:
    """Let nobody be kept out as one who guesses codes or sends too much."""
    codes = wrong_codes
    for memory in (codes.join_codes, codes.device_codes, codes.links, codes.sign_ins, floods.allowances):
        memory.forget()


@pytest.fixture(autouse=True)
def _no_memory_between_tests() -> None:
    forget()


@pytest.fixture
def camille(db: None) -> Facilitator:
    """The facilitator of the forum."""
    return Facilitator.create("Camille Dufour")[0]


@pytest.fixture
def forum(camille: Facilitator) -> Forum:
    """A forum in its marketplace, with two slots for groups, lunch and two places."""
    forum = Forum.objects.create(
        title="Rencontre annuelle",
        question="Quelles coopérations pour accélérer les transitions ?",
        venue="Arras",
        phase=Phase.MARKETPLACE,
        code="H7KQ4MT",
        territories="Arras\nAmiens",
    )
    forum.facilitators.add(camille)
    Slot.objects.create(forum=forum, starts_at=dt.time(10, 15), minutes=75)
    Slot.objects.create(forum=forum, starts_at=dt.time(13, 30), minutes=60)
    Slot.objects.create(forum=forum, starts_at=dt.time(12, 0), minutes=90, title="Déjeuner")
    Place.objects.create(forum=forum, name="Salle des Fêtes", seats=40, position=1)
    Place.objects.create(forum=forum, name="Le Préau", position=2)
    return forum


@pytest.fixture
def slot(forum: Forum) -> Slot:
    return Slot.objects.get(forum=forum, starts_at=dt.time(10, 15))


@pytest.fixture
def afternoon(forum: Forum) -> Slot:
    return Slot.objects.get(forum=forum, starts_at=dt.time(13, 30))


@pytest.fixture
def hall(forum: Forum) -> Place:
    return Place.objects.get(forum=forum, name="Salle des Fêtes")


@pytest.fixture
def nadia(forum: Forum) -> Participant:
    """The convener of `topic`."""
    return Participant.join(forum, name="Nadia Ferrand", organisation="Commune d’Arras", territory="Arras")


@pytest.fixture
def theo(forum: Forum) -> Participant:
    return Participant.join(forum, name="Théo Masson")


@pytest.fixture
def as_camille(camille: Facilitator) -> Actor:
    """Camille as an actor."""
    return Actor(facilitator=camille, role=TeamRole.FACILITATOR)


@pytest.fixture
def topic(forum: Forum, nadia: Participant) -> Topic:
    return Topic.propose(forum, "Rafraîchir nos cours d’école", "Avant l’été.", nadia, Actor(nadia))


@pytest.fixture
def group(topic: Topic, slot: Slot, hall: Place, nadia: Participant) -> Group:
    return Group.place_topic(topic, slot, hall, Actor(nadia))


ClientFor = Callable[[Participant | Facilitator | None], Client]


@pytest.fixture
def client_for() -> ClientFor:
    """Return a function that makes the browser of a person; None: of a stranger."""

    def make(person: Participant | Facilitator | None = None) -> Client:
        client = Client(headers={"accept-language": "fr"})
        if isinstance(person, Participant):
            client.cookies[participant_cookie(person.forum)] = Device.issue(person)
        elif person:
            client.cookies[FACILITATOR_COOKIE] = Device.issue(person)
        return client

    return make


def join_team(forum: Forum, name: str, role: TeamRole) -> Facilitator:
    """Return someone who has just come into the team of a forum."""
    person, _link = Facilitator.create(name)
    forum.facilitators.add(person, through_defaults={"role": role})
    return person


def wait_for_early_in_the_minute() -> None:
    """Wait for the next minute if this one is nearly over: wrong codes are counted by the clock’s minute."""
    left = 60 - time.time() % 60
    if left < 10:
        time.sleep(left)


def set_local_time_to_nine(forum: Forum) -> None:
    """Set the time zone in which it is nine in the morning now: slots that begin now end on the same day."""
    now = timezone.now()
    ahead = (9 - now.hour + 12) % 24 - 12
    forum.time_zone = f"Etc/GMT{-ahead:+d}"  # the sign says how far Greenwich is ahead
    forum.date = now.astimezone(forum.zone).date()
    forum.save(update_fields=["time_zone", "date"])


def move(forum: Forum, phase: Phase) -> None:
    """Move the forum to a phase, as its facilitator does."""
    forum.move_to(phase, Actor())
