"""What operators and sponsors see and do, beside what the permission table says of each address."""

import re

import pytest
from django.test import Client
from django.utils.translation import override

from forum.live import board as boards
from forum.live.audience import Audience
from forum.models import (
    Actor,
    Facilitator,
    Forum,
    Group,
    Message,
    OneTimeCode,
    Participant,
    Place,
    PlacementFrozen,
    Slot,
    TeamRole,
    Topic,
)
from forum.phases import Phase
from sessions.models import Photo, Report
from tests.conftest import ClientFor, join_team, move
from tests.page_texts import text_of
from tests.sessions.photos import Kind, add_photo, own_files

__all__ = ["own_files"]


@pytest.fixture
def olive(forum: Forum) -> Facilitator:
    """The operator."""
    return join_team(forum, "Olive", TeamRole.OPERATOR)


@pytest.fixture
def operator(olive: Facilitator, client_for: ClientFor) -> Client:
    """The operator’s browser."""
    return client_for(olive)


@pytest.fixture
def as_olive(olive: Facilitator) -> Actor:
    return Actor(facilitator=olive, role=TeamRole.OPERATOR)


@pytest.fixture
def sponsor(forum: Forum, client_for: ClientFor) -> Client:
    """The sponsor’s browser."""
    return client_for(join_team(forum, "Sacha", TeamRole.SPONSOR))


def test_an_operator_types_a_topic_for_someone_places_it_and_seats_them(
    operator: Client, forum: Forum, theo: Participant, slot: Slot, hall: Place
) -> None:
    home = f"/{forum.code}"
    operator.post(f"{home}/topics/new/", {"title": "Des haies partout", "convener": theo.pk, "description": ""})
    topic = forum.topics.get()
    operator.post(f"{topic.get_absolute_url()}place/", {"cell": f"{slot.pk}-{hall.pk}"})
    move(forum, Phase.GROUPS)
    operator.post(f"{topic.get_absolute_url()}presence/", {"participant": theo.pk, "present": "yes"})
    topic.refresh_from_db()
    assert (topic.convener, topic.group.place, list(topic.group.people())) == (theo, hall, [theo])


def test_an_operator_changes_the_slide_and_moves_nobody_to_another_phase(operator: Client, forum: Forum) -> None:
    move(forum, Phase.OPENING)
    show = f"/{forum.code}/desk/conductor/show/"
    assert operator.post(show, {"step": "opening.law"}).status_code == 302
    refused = operator.post(f"{show}?from=opening", {"step": "marketplace."})
    forum.refresh_from_db()
    assert (refused.status_code, forum.phase, forum.slide) == (403, "opening", "law")
    page = text_of(operator.get(f"/{forum.code}/desk/conductor/"))
    assert ("data-moves-phase" in page, 'id="message"' in page, 'data-key="undo"' in page) == (False, False, False)


def test_an_operator_moves_nothing_that_a_facilitator_froze(
    forum: Forum, topic: Topic, group: Group, afternoon: Slot, operator: Client, as_olive: Actor, as_camille: Actor
) -> None:
    group.freeze(as_camille)
    other = Group.place_topic(Topic.propose(forum, "Vélos", "", None, as_olive), afternoon, None, as_olive)
    for move_it in (lambda: Group.place_topic(topic, afternoon, None, as_olive), lambda: other.swap(group, as_olive)):
        with pytest.raises(PlacementFrozen):
            move_it()
    home = topic.get_absolute_url()
    assert operator.post(f"{home}swap/", {"with": other.topic.number}).status_code == 409
    assert operator.post(f"{home}unplace/").status_code == 409
    other.swap(group, as_camille)
    assert Group.objects.get(pk=group.pk).slot == afternoon


def test_nothing_late_is_put_into_a_frozen_slot_by_an_operator(
    forum: Forum, slot: Slot, topic: Topic, operator: Client, as_camille: Actor
) -> None:
    move(forum, Phase.GROUPS)
    slot.freeze(as_camille)
    late = {"title": "En retard", "convener": "", "description": "", "cell": f"{slot.pk}-elsewhere"}
    assert operator.post(f"/{forum.code}/desk/late/", late).status_code == 422
    place = {"name": "Le Jardin", "topic": topic.number, "slot": slot.pk}
    assert operator.post(f"/{forum.code}/desk/places/new/", place).status_code == 422
    assert (forum.topics.count(), forum.places.filter(name="Le Jardin").count()) == (1, 0)


def test_an_operator_types_a_sheet_that_waits_and_writes_in_no_other_report(
    forum: Forum, group: Group, nadia: Participant, operator: Client, own_files: None
) -> None:
    move(forum, Phase.GROUPS)
    report, home = Report.for_group(group), group.topic.get_absolute_url()
    words = {f"b_{name}": base for name, base in report.bases().items()} | {"findings": "46 °C au sol"}
    assert operator.post(f"{home}transcribe/", words).status_code == 403
    sheet = add_photo(report, nadia, kind=Kind.SHEET)
    assert operator.post(f"{home}transcribe/", words | {"done": sheet.pk}).status_code == 302
    report.refresh_from_db()
    assert (report.findings, Photo.objects.get().transcribed_by) == ("46 °C au sol", "Olive")
    assert [operator.get(f"{home}{page}").status_code for page in ("transcribe/", "report/")] == [403, 403]


def test_a_group_s_own_member_who_is_also_an_operator_unmarks_a_validated_report(
    group: Group, nadia: Participant, olive: Facilitator, as_camille: Actor
) -> None:
    report, own = Report.for_group(group), Actor(nadia, olive, role=TeamRole.OPERATOR)
    report.write({"findings": "46 °C"}, report.bases(), own)
    report.validate(as_camille)
    report.write({"findings": "48 °C"}, report.bases(), as_camille)
    assert report.validated_by == "Camille Dufour"
    report.write({"findings": "50 °C"}, report.bases(), own)
    assert report.validated_by == ""


def test_an_operator_sees_no_e_mail_and_removes_nobody(operator: Client, forum: Forum, as_camille: Actor) -> None:
    people = [{"name": "Élodie Marchand", "email": "elodie@exemple.fr"}, {"name": "Karim Haddad"}]
    Participant.announce(forum, people, as_camille)
    arrived = Participant.join(forum, name="Élodie Marchand")
    Participant.announce(forum, [{"name": "Élodie Marchand", "email": "autre@exemple.fr"}], as_camille)
    pages = [f"/{forum.code}/desk/people/{rest}" for rest in ("expected/", f"{arrived.pk}/")]
    texts = [text_of(operator.get(page)) for page in pages]
    assert [bool(re.search("@exemple|/remove/|/code/|/erase/|/import/", text)) for text in texts] == [False, False]


def test_a_sponsor_reads_finished_reports_and_no_draft(
    forum: Forum, group: Group, nadia: Participant, sponsor: Client, operator: Client
) -> None:
    move(forum, Phase.GROUPS)
    report, home = Report.for_group(group), group.topic.get_absolute_url()
    report.write({"findings": "46 °C au sol"}, report.bases(), Actor(nadia))
    assert [client.get(f"{home}report/read/").status_code for client in (sponsor, operator)] == [409, 200]
    assert "report/read" not in text_of(sponsor.get(home))
    report.finish(Actor(nadia))
    assert "46 °C au sol" in text_of(sponsor.get(f"{home}report/read/"))
    assert "report/read" in text_of(sponsor.get(home))


@pytest.mark.parametrize("phase", Phase)
def test_the_desk_of_a_sponsor_has_no_form_and_names_nobody_who_proposed_nothing(
    forum: Forum, group: Group, theo: Participant, sponsor: Client, as_camille: Actor, phase: Phase
) -> None:
    Message.send(forum, "Le café est servi.", as_camille)
    move(forum, phase)
    page = text_of(sponsor.get(f"/{forum.code}/desk/"))
    board = page[page.index('id="board"') : page.index("<aside")]
    assert re.findall(r"<button(?! class=\"chip)[^>]*formaction[^>]*>", board) == []
    assert [text in page for text in (group.topic.title, theo.name, "Le café est servi.")] == [True, False, False]


def test_while_totals_are_hidden_the_operator_who_places_sees_them_and_the_sponsor_does_not(
    forum: Forum, topic: Topic, nadia: Participant
) -> None:
    Forum.objects.filter(pk=forum.pk).update(hides_totals=True)
    topic.set_interest(nadia, True, Actor(nadia))
    forum = Forum.objects.get(pk=forum.pk)
    with override("en"):
        pages = [boards.Board(forum, desk).html() for desk in (Audience.OPERATORS_DESK, Audience.SPONSORS_DESK)]
    assert ["1 to come" in page for page in pages] == [True, False]


def test_each_follows_the_board_of_their_own_role_and_no_other(
    forum: Forum, operator: Client, sponsor: Client, client_for: ClientFor, camille: Facilitator
) -> None:
    desks = ("desk", "operators-desk", "sponsors-desk")
    browsers = (client_for(camille), operator, sponsor)
    found = [[client.get(f"/{forum.code}/live/?as={desk}").status_code for desk in desks] for client in browsers]
    assert found == [[200, 404, 404], [404, 200, 404], [404, 404, 200]]


def test_a_sponsor_who_has_joined_takes_part_like_anyone(forum: Forum, topic: Topic, sponsor: Client) -> None:
    assert sponsor.post(f"{topic.get_absolute_url()}interest/").status_code == 403
    sponsor.post(f"/{forum.code}/join/", {"name": "Sacha", "appearance": "full"})
    assert sponsor.post(f"{topic.get_absolute_url()}interest/", {"participant": topic.convener_id}).status_code == 302
    assert [interest.participant.name for interest in topic.interests.all()] == ["Sacha"]


def test_only_a_facilitator_creates_forums(
    operator: Client, client_for: ClientFor, camille: Facilitator, forum: Forum
) -> None:
    newcomer, _link = Facilitator.create("Nouvelle")
    new = "/facilitator/new/"
    assert [client.get(new).status_code for client in (client_for(newcomer), client_for(camille))] == [200, 200]
    refused = operator.post(new, {"title": "À elle"}, follow=True)
    assert (refused.redirect_chain, Forum.objects.count()) == ([("/facilitator/", 302)], 1)
    page = text_of(refused)
    assert ("/facilitator/new/" in page, "opérateur·rice de saisie" in page) == (False, True)


def test_an_old_invitation_in_another_role_takes_no_role_away(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    path = f"/facilitator/begin/{OneTimeCode.for_facilitator(forum, camille, TeamRole.SPONSOR)}/"
    client_for(camille).post(path)
    assert forum.facilitations.get().role == TeamRole.FACILITATOR
