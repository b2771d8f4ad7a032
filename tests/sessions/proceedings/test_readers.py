"""People who join after the groups, to read: they do not count, and cause no new edition."""

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
from sessions.models import Comment, Edition, Imprint, Report
from sessions.proceedings import content, jobs, pdf, pdf_process
from sessions.proceedings.freshness import FreshnessCheck
from tests.conftest import ClientFor, move
from tests.page_texts import text_of
from tests.sessions.views.test_public_book import fetch

pytestmark = pytest.mark.django_db

ZOE = {"name": "Zoé Petit", "organisation": "Presse", "territory": "Lille", "appearance": "full"}


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use an empty media directory, and do not print PDFs."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(pdf, "render_pdf", lambda *_page, **_named: pdf_process.Pdf(b"%PDF-1.7", 1))


@pytest.fixture
def closing(forum: Forum, group: Group, theo: Participant) -> Forum:
    """A forum in its closing circle. Nadia convened a group; Théo joined in time and did nothing else."""
    move(forum, Phase.GROUPS)
    move(forum, Phase.CLOSING)
    return forum


def join_late(client_for: ClientFor, forum: Forum) -> Participant:
    assert client_for(None).post(f"/{forum.code}/join/", ZOE).status_code == 302
    return forum.participants.get(name="Zoé Petit")


def counts(forum: Forum) -> tuple[int, int, list[str]]:
    """Return the participants and organisations that the book counts, and its territories."""
    book = content.read_book(forum)
    return book.figures.participants, book.figures.organisations, [territory.name for territory in book.territories]


def test_someone_who_joins_after_the_groups_and_does_nothing_does_not_count(
    closing: Forum, client_for: ClientFor
) -> None:
    before = counts(closing)
    join_late(client_for, closing)
    assert counts(closing) == before == (2, 1, ["Arras", ""])


def test_someone_who_joined_in_time_and_only_listened_counts(closing: Forum, theo: Participant) -> None:
    assert counts(closing)[0] == 2
    move(closing, Phase.PUBLISHED)
    assert counts(closing)[0] == 2


CONTRIBUTIONS: dict[str, Callable[[Participant, Group], object]] = {
    "a word": lambda zoe, group: Feedback.give(zoe.forum, zoe, Actor(zoe), words="Merci", keep="", change=""),
    "a group": lambda zoe, group: group.join(zoe, Actor(zoe)),
    "a group, as a facilitator says": lambda zoe, group: group.join(zoe, Actor()),
    "a topic": lambda zoe, group: group.topic.hand_over(zoe, Actor()),
    "a report": lambda zoe, group: Report.for_group(group).write(
        {"findings": "46 °C"}, Report.for_group(group).bases(), Actor(zoe)
    ),
    "a comment": lambda zoe, group: Comment.post(Report.for_group(group), zoe, Actor(zoe), text="Et les haies ?"),
    "a follow-up": lambda zoe, group: Comment.post(Report.for_group(group), zoe, Actor(zoe), concerns_us=True),
    "from group to group": lambda zoe, group: zoe.roam("bumblebee", Actor(zoe)),
}


@pytest.mark.parametrize("contribution", CONTRIBUTIONS)
def test_someone_who_joins_late_and_contributes_counts(
    closing: Forum, group: Group, client_for: ClientFor, contribution: str
) -> None:
    zoe = join_late(client_for, closing)
    zoe.forum = closing
    group.topic.forum = closing
    CONTRIBUTIONS[contribution](zoe, group)
    assert counts(closing)[0] == 3


def test_people_entered_or_marked_as_arrived_by_a_facilitator_count(
    closing: Forum, client_for: ClientFor, camille: Facilitator, as_camille: Actor
) -> None:
    """The facilitator has seen them, for example on the sign-in sheet."""
    Participant.announce(closing, [{"name": "Zoé Petit"}, {"name": "Paul Martin"}], as_camille)
    join_late(client_for, closing)
    assert counts(closing)[0] == 2
    closing.participants.get(name="Paul Martin").arrive(as_camille)
    assert counts(closing)[0] == 3
    assert client_for(camille).post(f"/{closing.code}/desk/people/", {**ZOE, "name": "Anne Roy"}).status_code == 302
    assert counts(closing)[0] == 4


def test_everyone_counts_once_the_groups_meet_again(closing: Forum, client_for: ClientFor) -> None:
    join_late(client_for, closing)
    move(closing, Phase.GROUPS)
    assert counts(closing)[0] == 3
    move(closing, Phase.CLOSING)
    move(closing, Phase.PUBLISHED)
    assert counts(closing)[0] == 3


# Number of editions

StatesAfterCheck = Callable[[], list[str]]


@pytest.fixture
def states_after_check() -> StatesAfterCheck:
    """Return a function that makes the waiting editions, checks the book five minutes later, and returns all states."""

    def check() -> list[str]:
        for edition in Edition.objects.filter(state=Edition.State.QUEUED):
            jobs.make_edition.call(edition.pk)
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            FreshnessCheck().run()
        return list(Edition.objects.order_by("number").values_list("state", flat=True))

    return check


@pytest.fixture
def with_edition(closing: Forum, states_after_check: StatesAfterCheck) -> Forum:
    """A forum in its closing circle, with the edition that the change of phase requested."""
    assert states_after_check() == ["ready"]
    return closing


def test_someone_who_joins_to_read_makes_no_new_edition(
    with_edition: Forum, client_for: ClientFor, states_after_check: StatesAfterCheck
) -> None:
    before = states_after_check()
    zoe = join_late(client_for, with_edition)
    assert states_after_check() == before
    zoe.organisation = "Presse locale"
    zoe.save_identity(Actor(zoe))
    assert states_after_check() == before
    last = Edition.objects.latest("number")
    assert json.loads((last.formats_directory / "data.json").read_bytes())["figures"]["participants"] == 2


def test_a_correction_of_a_participant_by_a_facilitator_makes_a_new_edition(
    with_edition: Forum, theo: Participant, as_camille: Actor, states_after_check: StatesAfterCheck
) -> None:
    before = states_after_check()
    theo.organisation = "Ville d’Arras"
    theo.save_identity(as_camille)
    assert states_after_check() == [*before, "queued"]


def test_a_late_contribution_makes_an_edition_that_counts_its_author(
    with_edition: Forum, client_for: ClientFor, states_after_check: StatesAfterCheck
) -> None:
    before = states_after_check()
    zoe = join_late(client_for, with_edition)
    zoe.forum = with_edition
    Feedback.give(with_edition, zoe, Actor(zoe), words="Merci", keep="", change="")
    assert states_after_check() == [*before, "queued"]
    assert states_after_check() == [*before, "ready"]
    last = Edition.objects.latest("number")
    assert json.loads((last.formats_directory / "data.json").read_bytes())["figures"]["participants"] == 3


def test_someone_a_facilitator_enters_late_is_in_a_new_edition(
    with_edition: Forum, client_for: ClientFor, camille: Facilitator, states_after_check: StatesAfterCheck
) -> None:
    before = states_after_check()
    client_for(camille).post(f"/{with_edition.code}/desk/people/", ZOE)
    assert states_after_check() == [*before, "queued"]


# Reading without joining


def test_a_public_report_is_read_in_the_closing_circle_without_a_name(
    with_edition: Forum, client_for: ClientFor
) -> None:
    stranger = client_for(None)
    assert "Vous venez seulement lire" not in text_of(stranger.get(f"/{with_edition.code}/"))
    Imprint.for_forum(with_edition).set_access(Actor(), is_public=True, is_listed=False)
    entrance = stranger.get(f"/{with_edition.code}/")
    assert f'href="/{with_edition.code}/public/"' in entrance.content.decode()
    assert "Qui êtes-vous" in text_of(entrance)
    for address in ("public/", "public/read/", "public/book.pdf"):
        response, body = fetch(stranger, f"/{with_edition.code}/{address}")
        assert (response.status_code, bool(body)) == (200, True)
    assert [name for name in stranger.cookies if name != "csrftoken"] == []  # of the form to join
    assert with_edition.participants.count() == 2


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS])
def test_the_public_report_is_linked_only_once_there_is_something_to_read(
    forum: Forum, client_for: ClientFor, phase: Phase
) -> None:
    Imprint.for_forum(forum).set_access(Actor(), is_public=True, is_listed=False)
    move(forum, phase)
    assert "/public/" not in client_for(None).get(f"/{forum.code}/").content.decode()


def test_after_publication_nobody_can_join(
    with_edition: Forum, client_for: ClientFor, camille: Facilitator, as_camille: Actor
) -> None:
    Participant.announce(with_edition, [{"name": "Paul Martin"}], as_camille)
    paul = with_edition.participants.get(name="Paul Martin")
    move(with_edition, Phase.PUBLISHED)
    stranger, desk = client_for(None), client_for(camille)
    posts = {
        "join/": (stranger, ZOE), "desk/people/": (desk, ZOE), "desk/people/import/": (desk, {"table": "Anne Roy"}),
        f"desk/people/expected/{paul.pk}/": (desk, {}), "other-phone/": (stranger, {"code": "H7KQ4M"}),
    }  # fmt: skip
    statuses = {
        address: client.post(f"/{with_edition.code}/{address}", data).status_code
        for address, (client, data) in posts.items()
    }
    assert statuses == {
        "join/": 403, "desk/people/": 403, "desk/people/import/": 403, f"desk/people/expected/{paul.pk}/": 403,
        "other-phone/": 422,
    }  # fmt: skip
    assert with_edition.participants.present().count() == 2
