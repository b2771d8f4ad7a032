"""Who comes only to read once the groups are over: they took no part, and the book is not made anew for them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from forum.models import Actor, Facilitator, Feedback, Forum, Group, Participant
from forum.phases import Phase
from sessions.models import Comment, Edition, Imprint
from sessions.models.report import report_of
from sessions.proceedings import content, jobs, pdf
from tests.conftest import ClientFor, move
from tests.sessions.views.test_published import read
from tests.words import text_of

pytestmark = pytest.mark.django_db

ZOE = {"name": "Zoé Petit", "organisation": "Presse", "territory": "Lille", "appearance": "full"}


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PDF is not looked at here."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(pdf, "render_pdf", lambda *_page, **_named: pdf.Pdf(b"%PDF-1.7", 1))


@pytest.fixture
def closing(forum: Forum, group: Group, theo: Participant) -> Forum:
    """A forum in its closing circle. Nadia convened a group; Théo joined in time, and only listened."""
    move(forum, Phase.GROUPS)
    move(forum, Phase.CLOSING)
    return forum


def join(client_for: ClientFor, forum: Forum) -> Participant:
    """Someone joins as everybody does."""
    assert client_for(None).post(f"/{forum.code}/join/", ZOE).status_code == 302
    return forum.participants.get(name="Zoé Petit")


def counted(forum: Forum) -> tuple[int, int, list[str]]:
    """How many people and organisations the book counts, and the territories that it tells."""
    book = content.read(forum)
    return book.figures.participants, book.figures.organisations, [each.name for each in book.territories]


def test_who_joins_when_the_groups_are_over_and_does_nothing_is_in_no_figure(
    closing: Forum, client_for: ClientFor
) -> None:
    before = counted(closing)
    join(client_for, closing)
    assert counted(closing) == before == (2, 1, ["Arras", ""])


def test_who_joined_in_time_and_only_listened_took_part(closing: Forum, theo: Participant) -> None:
    assert counted(closing)[0] == 2
    move(closing, Phase.PUBLISHED)
    assert counted(closing)[0] == 2


DEEDS: dict[str, Callable[[Participant, Group], object]] = {
    "a word": lambda zoe, group: Feedback.say(zoe.forum, zoe, Actor(zoe), words="Merci", keep="", change=""),
    "a group": lambda zoe, group: group.welcome(zoe, Actor(zoe)),
    "a group, as a facilitator says": lambda zoe, group: group.welcome(zoe, Actor()),
    "a topic": lambda zoe, group: group.topic.hand_over(zoe, Actor()),
    "a report": lambda zoe, group: report_of(group).write({"findings": "46 °C"}, report_of(group).bases(), Actor(zoe)),
    "a comment": lambda zoe, group: Comment.say(report_of(group), zoe, Actor(zoe), text="Et les haies ?"),
    "a follow-up": lambda zoe, group: Comment.say(report_of(group), zoe, Actor(zoe), concerns_us=True),
    "from group to group": lambda zoe, group: zoe.roam("bumblebee", Actor(zoe)),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_who_comes_late_and_does_something_took_part(
    closing: Forum, group: Group, client_for: ClientFor, deed: str
) -> None:
    zoe = join(client_for, closing)
    zoe.forum = closing
    group.topic.forum = closing
    DEEDS[deed](zoe, group)
    assert counted(closing)[0] == 3


def test_whom_a_facilitator_enters_took_part_and_whom_the_organisers_expected_did_if_they_say_so(
    closing: Forum, client_for: ClientFor, camille: Facilitator, chair: Actor
) -> None:
    """Somebody says that they were there: from the sign-in sheet, for example."""
    Participant.announce(closing, [{"name": "Zoé Petit"}, {"name": "Paul Martin"}], chair)
    join(client_for, closing)
    assert counted(closing)[0] == 2
    closing.participants.get(name="Paul Martin").arrive(chair)
    assert counted(closing)[0] == 3
    assert client_for(camille).post(f"/{closing.code}/desk/people/", {**ZOE, "name": "Anne Roy"}).status_code == 302
    assert counted(closing)[0] == 4


def test_when_the_groups_meet_again_everyone_takes_part_again(closing: Forum, client_for: ClientFor) -> None:
    join(client_for, closing)
    move(closing, Phase.GROUPS)
    assert counted(closing)[0] == 3
    move(closing, Phase.CLOSING)
    move(closing, Phase.PUBLISHED)
    assert counted(closing)[0] == 3


# How many editions

Look = Callable[[], list[str]]


@pytest.fixture
def look() -> Look:
    """Let the worker make what waits, then look five minutes later whether to make the book anew; all editions."""

    def looking() -> list[str]:
        for edition in Edition.objects.filter(state=Edition.State.QUEUED):
            jobs.make_edition.call(edition.pk)
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            jobs.Freshness().look()
        return list(Edition.objects.order_by("number").values_list("state", flat=True))

    return looking


@pytest.fixture
def made(closing: Forum, look: Look) -> Forum:
    """A forum in its closing circle, whose book, asked for by the change of phase, is current."""
    assert look() == ["ready"]
    return closing


def test_who_comes_to_read_makes_no_new_edition(made: Forum, client_for: ClientFor, look: Look) -> None:
    before = look()
    zoe = join(client_for, made)
    assert look() == before
    zoe.organisation = "Presse locale"
    zoe.introduce(Actor(zoe))
    assert look() == before
    last = Edition.objects.latest("number")
    assert json.loads((last.shelf / "data.json").read_bytes())["figures"]["participants"] == 2


def test_what_a_facilitator_corrects_in_the_entry_of_who_took_part_makes_a_new_edition(
    made: Forum, theo: Participant, chair: Actor, look: Look
) -> None:
    before = look()
    theo.organisation = "Ville d’Arras"
    theo.introduce(chair)
    assert look() == [*before, "queued"]


def test_what_they_do_afterwards_makes_one_with_them_in_it(made: Forum, client_for: ClientFor, look: Look) -> None:
    before = look()
    zoe = join(client_for, made)
    zoe.forum = made
    Feedback.say(made, zoe, Actor(zoe), words="Merci", keep="", change="")
    assert look() == [*before, "queued"]
    assert look() == [*before, "ready"]
    last = Edition.objects.latest("number")
    assert json.loads((last.shelf / "data.json").read_bytes())["figures"]["participants"] == 3


def test_whom_a_facilitator_enters_late_is_in_a_new_edition(
    made: Forum, client_for: ClientFor, camille: Facilitator, look: Look
) -> None:
    before = look()
    client_for(camille).post(f"/{made.code}/desk/people/", ZOE)
    assert look() == [*before, "queued"]


# Reading without joining


def test_who_comes_to_read_in_the_closing_circle_needs_no_name_where_the_report_is_public(
    made: Forum, client_for: ClientFor
) -> None:
    stranger = client_for(None)
    assert "Vous venez seulement lire" not in text_of(stranger.get(f"/{made.code}/"))
    Imprint.of(made).publish(Actor(), is_public=True, is_listed=False)
    entrance = stranger.get(f"/{made.code}/")
    assert f'href="/{made.code}/public/"' in entrance.content.decode()
    assert "Qui êtes-vous" in text_of(entrance)
    for address in ("public/", "public/read/", "public/book.pdf"):
        answer, body = read(stranger, f"/{made.code}/{address}")
        assert (answer.status_code, bool(body)) == (200, True)
    assert [name for name in stranger.cookies if name != "csrftoken"] == []  # of the form to join
    assert made.participants.count() == 2


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS])
def test_before_there_is_something_to_read_nobody_is_sent_to_it(
    forum: Forum, client_for: ClientFor, phase: Phase
) -> None:
    Imprint.of(forum).publish(Actor(), is_public=True, is_listed=False)
    move(forum, phase)
    assert "/public/" not in client_for(None).get(f"/{forum.code}/").content.decode()


def test_after_publication_nobody_is_added(
    made: Forum, client_for: ClientFor, camille: Facilitator, chair: Actor
) -> None:
    Participant.announce(made, [{"name": "Paul Martin"}], chair)
    paul = made.participants.get(name="Paul Martin")
    move(made, Phase.PUBLISHED)
    stranger, desk = client_for(None), client_for(camille)
    sent = {
        "join/": (stranger, ZOE), "desk/people/": (desk, ZOE), "desk/people/import/": (desk, {"table": "Anne Roy"}),
        f"desk/people/expected/{paul.pk}/": (desk, {}), "other-phone/": (stranger, {"code": "H7KQ4M"}),
    }  # fmt: skip
    answers = {
        address: client.post(f"/{made.code}/{address}", data).status_code for address, (client, data) in sent.items()
    }
    assert answers == {
        "join/": 403, "desk/people/": 403, "desk/people/import/": 403, f"desk/people/expected/{paul.pk}/": 403,
        "other-phone/": 422,
    }  # fmt: skip
    assert made.participants.present().count() == 2
