"""The agenda: placing, meeting, and what the day is made of."""

import json
import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Participant, Place, Presence, Slot, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move


@pytest.fixture
def desk(camille: Facilitator, client_for: ClientFor) -> Client:
    """The facilitator's browser, in English."""
    client = client_for(camille)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def water(forum: Forum, theo: Participant) -> Topic:
    return Topic.propose(forum, "L’eau en août : qui ferme le robinet ?", "", theo, Actor(theo))


def url(name: str, topic: Topic) -> str:
    return reverse(name, args=[topic.forum.code, topic.number])


def said(answer: Any) -> str:
    """The sentence of a refusal, on a page of its own."""
    (reason,) = re.findall(r'<p class="problem" role="alert">(.*?)</p>', answer.content.decode())
    return str(reason)


# placing


def test_a_convener_places_a_topic_in_a_free_cell(
    water: Topic, theo: Participant, slot: Slot, hall: Place, client_for: ClientFor
) -> None:
    answer = client_for(theo).post(url("place", water), {"slot": slot.pk, "place": hall.pk})

    group = Group.objects.get(topic=water)
    assert (answer.headers["Location"], group.slot, group.place) == (water.get_absolute_url(), slot, hall)


def test_a_cell_can_be_named_in_one_field(desk: Client, water: Topic, slot: Slot, hall: Place) -> None:
    answer = desk.post(url("place", water), {"cell": f"{slot.pk}-{hall.pk}"}, headers={"hx-request": "true"})

    assert (answer.status_code, Group.objects.get(topic=water).place) == (204, hall)
    assert answer.headers["HX-Trigger"] == '{"say": {"text": "Topic number 1 meets at 10:15: Salle des F\\u00eates."}}'


def test_any_number_of_groups_meet_elsewhere(desk: Client, topic: Topic, water: Topic, slot: Slot) -> None:
    desk.post(url("place", topic), {"cell": f"{slot.pk}-elsewhere", "elsewhere": " au  jardin "})
    desk.post(url("place", water), {"slot": slot.pk, "place": "elsewhere"})

    groups = [(group.slot, group.place, group.elsewhere) for group in Group.objects.order_by("topic__number")]
    assert groups == [(slot, None, "au jardin"), (slot, None, "")]


def test_a_clash_says_who_meets_there_and_what_about(
    desk: Client, group: Group, water: Topic, slot: Slot, hall: Place
) -> None:
    answer = desk.post(url("place", water), {"slot": slot.pk, "place": hall.pk})

    expected = "Salle des Fêtes at 10:15 is taken by topic number 1, “Rafraîchir nos cours d’école” (Nadia Ferrand)."
    assert (answer.status_code, said(answer)) == (409, expected)
    assert not Group.objects.filter(topic=water).exists()


def test_a_clash_is_told_in_french_too_with_french_hours(
    group: Group, water: Topic, theo: Participant, slot: Slot, hall: Place, client_for: ClientFor
) -> None:
    answer = client_for(theo).post(url("place", water), {"slot": slot.pk, "place": hall.pk})

    with override("fr"):
        sentence = gettext("{place} at {hour} is taken by topic number {number}, “{title}” ({name}).")
    facts = {"place": "Salle des Fêtes", "hour": "10 h 15", "number": 1, "name": "Nadia Ferrand"}
    expected = sentence.format(title="Rafraîchir nos cours d’école", **facts)
    assert (answer.status_code, said(answer).replace("\u00a0", " ")) == (409, expected.replace("\u00a0", " "))


def test_a_clash_on_a_live_page_is_a_short_sentence(
    desk: Client, group: Group, water: Topic, slot: Slot, hall: Place
) -> None:
    answer = desk.post(url("place", water), {"cell": f"{slot.pk}-{hall.pk}"}, headers={"hx-request": "true"})

    assert (answer.status_code, answer.content) == (409, b"")
    assert "is taken by topic number 1" in answer.headers["HX-Trigger"]


def test_a_moment_in_common_takes_no_group(desk: Client, forum: Forum, water: Topic) -> None:
    lunch = Slot.objects.get(forum=forum, title="Déjeuner")
    answer = desk.post(url("place", water), {"slot": lunch.pk, "place": "elsewhere"})

    assert (answer.status_code, Group.objects.count()) == (409, 0)
    assert said(answer) == "Everyone is together at that time: Déjeuner. Choose another slot."


def test_cells_of_another_forum_and_nonsense_are_refused_in_words(desk: Client, water: Topic, slot: Slot) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    far_slot = Slot.objects.create(forum=other, starts_at=time(10))
    far_place = Place.objects.create(forum=other, name="Ailleurs")
    cells = [f"{far_slot.pk}-elsewhere", f"{slot.pk}-{far_place.pk}", "x-y", "٣-elsewhere", "9" * 30 + "-1", "-", ""]
    answers = [desk.post(url("place", water), {"cell": cell}) for cell in cells]

    gone = "This slot or place is no longer on the agenda. Choose another one."
    assert [answer.status_code for answer in answers] == [409] * 7
    assert [said(answer) for answer in answers] == [gone] * 5 + ["Choose a slot and a place."] * 2


def test_a_name_too_long_for_another_place_is_refused_in_words(desk: Client, water: Topic, slot: Slot) -> None:
    answer = desk.post(url("place", water), {"cell": f"{slot.pk}-elsewhere", "elsewhere": "x" * 81})

    assert (answer.status_code, said(answer)) == (409, "This place’s name is too long.")


def test_only_its_convener_or_a_facilitator_places_a_topic(
    group: Group, topic: Topic, theo: Participant, afternoon: Slot, hall: Place, client_for: ClientFor, desk: Client
) -> None:
    where = {"slot": afternoon.pk, "place": hall.pk}
    assert client_for(theo).post(url("place", topic), where).status_code == 403
    desk.post(url("place", topic), where)

    group.refresh_from_db()
    assert group.slot == afternoon


def test_a_topic_taken_off_the_agenda_waits_and_its_cell_is_free(
    desk: Client, group: Group, topic: Topic, water: Topic, slot: Slot, hall: Place
) -> None:
    desk.post(url("unplace", topic))
    answer = desk.post(url("place", water), {"slot": slot.pk, "place": hall.pk})

    group.refresh_from_db()
    assert (answer.status_code, group.slot, group.place) == (302, None, None)
    assert desk.post(url("unplace", topic)).status_code == 302


# exchanging, freezing, adding on the spot


def cells() -> dict[int, tuple[Slot | None, Place | None, str]]:
    """Where each topic is, by number."""
    groups = Group.objects.select_related("topic", "slot", "place")
    return {group.topic.number: (group.slot, group.place, group.elsewhere) for group in groups}


def undo_last(forum: Forum, chair: Actor) -> None:
    entry = forum.journal.latest("revision")
    entry.forum = Forum.objects.get(pk=forum.pk)
    entry.undo(chair)


def test_two_placed_topics_exchange_their_cells_and_one_undo_puts_both_back(
    desk: Client, forum: Forum, group: Group, water: Topic, slot: Slot, afternoon: Slot, hall: Place, chair: Actor
) -> None:
    Group.place_topic(water, afternoon, None, chair, elsewhere="Au jardin")
    before = cells()
    answer = desk.post(url("swap", group.topic), {"with": water.number}, headers={"hx-request": "true"})

    assert (answer.status_code, cells()) == (204, {1: (afternoon, None, "Au jardin"), 2: (slot, hall, "")})
    assert json.loads(answer.headers["HX-Trigger"])["say"]["text"] == (
        "Topic number 1 meets at 13:30: Au jardin. Topic number 2 meets at 10:15: Salle des Fêtes."
    )
    undo_last(forum, chair)
    assert cells() == before


def test_a_topic_that_waits_takes_the_cell_of_another_which_waits_in_its_turn(
    desk: Client, group: Group, water: Topic, slot: Slot, hall: Place
) -> None:
    answer = desk.post(url("swap", water), {"with": group.topic.number}, headers={"hx-request": "true"})

    assert cells() == {1: (None, None, ""), 2: (slot, hall, "")}
    assert json.loads(answer.headers["HX-Trigger"])["say"]["text"].endswith("Topic number 1 waits for a slot.")


@pytest.mark.parametrize("number", ["", "99", "x", "1", "9" * 30])
def test_nothing_is_exchanged_with_what_is_not_on_the_agenda(
    desk: Client, group: Group, water: Topic, number: str
) -> None:
    before = cells()
    answer = desk.post(url("swap", group.topic), {"with": number})

    assert (answer.status_code, cells()) == (409, before)
    assert said(answer) == "The topic to exchange with is no longer on the agenda."


def test_into_and_out_of_a_frozen_slot_only_facilitators_move(
    desk: Client, forum: Forum, group: Group, water: Topic, slot: Slot, afternoon: Slot, hall: Place,
    nadia: Participant, theo: Participant, client_for: ClientFor,
) -> None:  # fmt: skip
    desk.post(reverse("freeze_slot", args=[forum.code, slot.pk]))
    hers, his = client_for(nadia), client_for(theo)
    for phone in (hers, his):
        phone.cookies["django_language"] = "en"
    elsewhere = {"slot": slot.pk, "place": "elsewhere"}
    refused = [
        his.post(url("place", water), elsewhere),
        hers.post(url("place", group.topic), {"slot": afternoon.pk, "place": hall.pk}),
        hers.post(url("unplace", group.topic)),
    ]
    assert [(answer.status_code, said(answer)) for answer in refused] == [
        (409, "The agenda of 10:15 is frozen. A facilitator can change it.")
    ] * 3
    assert his.post(url("place", water), {"slot": afternoon.pk, "place": hall.pk}).status_code == 302
    assert desk.post(url("place", water), elsewhere).status_code == 302

    desk.post(reverse("freeze_slot", args=[forum.code, slot.pk]), {"frozen": "no"})
    assert hers.post(url("unplace", group.topic)).status_code == 302


def test_a_frozen_topic_is_left_where_it_is_by_its_convener(
    desk: Client, group: Group, afternoon: Slot, hall: Place, nadia: Participant, client_for: ClientFor
) -> None:
    desk.post(url("freeze_topic", group.topic))
    phone = client_for(nadia)
    phone.cookies["django_language"] = "en"
    move_it = {"slot": afternoon.pk, "place": hall.pk}

    answer = phone.post(url("place", group.topic), move_it)
    assert (answer.status_code, said(answer)) == (
        409,
        "Number 1 is frozen where it is. A facilitator can move it.",
    )
    desk.post(url("freeze_topic", group.topic), {"frozen": "no"})
    assert phone.post(url("place", group.topic), move_it).status_code == 302


def test_a_topic_without_a_cell_cannot_be_frozen(desk: Client, water: Topic) -> None:
    answer = desk.post(url("freeze_topic", water))

    assert (answer.status_code, said(answer)) == (409, "Topic number 1 waits for a slot.")


def test_in_a_frozen_slot_a_convener_is_offered_no_cell(
    group: Group, slot: Slot, afternoon: Slot, nadia: Participant, camille: Facilitator, chair: Actor,
    client_for: ClientFor,
) -> None:  # fmt: skip
    afternoon.freeze(chair)
    offered = {
        person.name: re.findall(
            r'<optgroup label="[^"]*"( disabled)?>', client_for(person).get(url("topic", group.topic)).content.decode()
        )
        for person in (nadia, camille)
    }
    assert offered == {"Nadia Ferrand": ["", " disabled"], "Camille Dufour": ["", ""]}
    slot.freeze(chair)
    page = client_for(nadia).get(url("topic", group.topic)).content.decode()
    assert ("<optgroup" in page, url("unplace", group.topic) in page) == (False, False)


def test_a_place_is_added_on_the_spot_after_the_others(desk: Client, forum: Forum, chair: Actor) -> None:
    answer = desk.post(reverse("add_place", args=[forum.code]), {"name": " Sous  le tilleul ", "seats": "12"})

    assert answer.headers["Location"] == reverse("desk", args=[forum.code])
    assert list(Place.objects.values_list("name", "seats"))[-1] == ("Sous le tilleul", 12)
    undo_last(forum, chair)
    assert not Place.objects.filter(name="Sous le tilleul").exists()


def test_a_topic_goes_at_once_to_the_place_that_is_added_for_it(
    desk: Client, forum: Forum, water: Topic, slot: Slot
) -> None:
    chosen = {"name": "Le kiosque", "topic": water.number, "slot": slot.pk}
    answer = desk.post(reverse("add_place", args=[forum.code]), chosen, headers={"hx-request": "true"})

    assert answer.status_code == 204
    assert cells() == {1: (slot, Place.objects.get(name="Le kiosque"), "")}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"name": "le préau"}, "There is already a place of this name."),
        ({"name": "  "}, "This field is required."),
        ({"name": "Cour", "seats": "99999"}, "That is too many seats."),
        (
            {"name": "Cour", "topic": "77", "slot": "1"},
            "This topic or slot is no longer on the agenda. Choose another one.",
        ),
    ],
)
def test_a_place_that_cannot_be_added_is_said_why_and_what_was_typed_stays(
    desk: Client, forum: Forum, sent: dict[str, str], reason: str
) -> None:
    answer = desk.post(reverse("add_place", args=[forum.code]), sent)
    page = answer.content.decode()

    assert (answer.status_code, re.findall(r"<li>(.*?)</li>", page), Place.objects.count()) == (422, [reason], 2)
    assert sent["name"].strip() in page
    live = desk.post(reverse("add_place", args=[forum.code]), sent, headers={"hx-request": "true"})
    assert (live.status_code, json.loads(live.headers["HX-Trigger"])["say"]["text"]) == (409, reason)


def test_a_late_topic_is_proposed_and_placed_in_one_go(
    desk: Client, forum: Forum, theo: Participant, slot: Slot, hall: Place
) -> None:
    move(forum, Phase.GROUPS)
    told = {"title": "Et les vélos ?", "convener": theo.pk, "cell": f"{slot.pk}-{hall.pk}"}
    answer = desk.post(reverse("late", args=[forum.code]), told)

    topic = Topic.objects.get()
    assert (answer.status_code, topic.title, topic.convener) == (302, "Et les vélos ?", theo)
    assert cells() == {1: (slot, hall, "")}


def test_a_late_topic_for_a_taken_cell_is_not_half_kept(
    desk: Client, forum: Forum, group: Group, slot: Slot, hall: Place
) -> None:
    move(forum, Phase.GROUPS)
    answer = desk.post(reverse("late", args=[forum.code]), {"title": "Et les vélos ?", "cell": f"{slot.pk}-{hall.pk}"})
    page = answer.content.decode()

    assert (answer.status_code, Topic.objects.count(), "Et les vélos ?" in page) == (422, 1, True)
    assert "Salle des Fêtes at 10:15 is taken by topic number 1" in page


# presence


def test_sitting_down_in_a_group_leaves_the_other_of_the_same_slot(
    forum: Forum, group: Group, water: Topic, slot: Slot, theo: Participant, client_for: ClientFor
) -> None:
    other = Group.place_topic(water, slot, None, Actor(theo))
    move(forum, Phase.GROUPS)
    phone = client_for(theo)
    phone.post(url("presence", group.topic), {"present": "yes"})
    phone.post(url("presence", water), {"present": "yes"})

    assert (list(group.people()), list(other.people())) == ([], [theo])
    phone.post(url("presence", water), {"present": "no"})
    assert (list(other.people()), Presence.objects.count()) == ([], 2)


def test_a_facilitator_seats_someone_who_has_no_phone(
    desk: Client, forum: Forum, group: Group, theo: Participant
) -> None:
    move(forum, Phase.GROUPS)
    desk.post(url("presence", group.topic), {"present": "yes", "participant": theo.pk})
    nobody = desk.post(url("presence", group.topic), {"present": "yes"})

    assert list(group.people()) == [theo]
    assert (nobody.status_code, said(nobody)) == (409, "Choose a participant first.")


def test_a_participant_seats_nobody_but_themselves(
    forum: Forum, group: Group, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    move(forum, Phase.GROUPS)
    client_for(theo).post(url("presence", group.topic), {"present": "yes", "participant": nadia.pk})

    assert list(group.people()) == [theo]


def test_a_topic_that_waits_for_a_slot_has_no_group_to_join(
    desk: Client, forum: Forum, water: Topic, theo: Participant
) -> None:
    move(forum, Phase.GROUPS)
    answer = desk.post(url("presence", water), {"present": "yes", "participant": theo.pk})

    assert (answer.status_code, said(answer)) == (409, "This topic has no group yet: it waits for a slot.")


# the settings

GONE = "This row was removed in the meantime. Reload the page."


def settings_of(forum: Forum, **changes: Any) -> dict[str, Any]:
    """What the page of the settings would send, unchanged but for `changes`."""
    data: dict[str, Any] = {
        "title": forum.title, "question": forum.question, "date": forum.date.isoformat(), "venue": forum.venue,
        "organisers": "", "contact": "", "language": "fr", "time_zone": "Europe/Paris", "territories": "",
    }  # fmt: skip
    for prefix, rows, names in (
        ("slots", list(Slot.objects.filter(forum=forum)), ("day", "starts_at", "minutes", "title")),
        ("places", list(Place.objects.filter(forum=forum)), ("name", "seats", "equipment")),
    ):
        data |= {f"{prefix}-TOTAL_FORMS": len(rows) + 1, f"{prefix}-INITIAL_FORMS": len(rows)}
        for n, row in enumerate(rows):
            data |= {f"{prefix}-{n}-{name}": "" if (v := getattr(row, name)) is None else v for name in names}
            data[f"{prefix}-{n}-id"] = row.pk
    data |= {
        "slots-3-day": "1",
        "slots-3-starts_at": "",
        "slots-3-minutes": "75",
        "slots-3-title": "",
        "places-2-name": "",
        "places-2-seats": "",
    }
    return data | changes


def save(desk: Client, forum: Forum, **changes: Any) -> Any:
    return desk.post(reverse("describe", args=[forum.code]), settings_of(forum, **changes))


def test_the_settings_are_kept_in_one_change(desk: Client, forum: Forum) -> None:
    changes = {
        "question": "Une autre question ?", "slots-3-starts_at": "15:00", "slots-3-minutes": "45",
        "slots-3-day": "2", "slots-1-DELETE": "on", "places-0-seats": "50", "places-0-equipment": " écran,  tableau ",
        "places-2-name": " Le  Jardin ",
    }  # fmt: skip
    before = JournalEntry.objects.count()
    answer = save(desk, forum, **changes)

    forum.refresh_from_db()
    assert (answer.headers["Location"], forum.question) == (reverse("desk", args=[forum.code]), "Une autre question ?")
    assert list(Slot.objects.values_list("day", "starts_at", "minutes")) == [
        (1, time(10, 15), 75),
        (1, time(13, 30), 60),
        (2, time(15), 45),
    ]
    assert list(Place.objects.values_list("name", "seats", "equipment")) == [
        ("Salle des Fêtes", 50, "écran, tableau"),
        ("Le Préau", None, ""),
        ("Le Jardin", None, ""),
    ]
    assert JournalEntry.objects.count() == before + 1
    assert JournalEntry.objects.latest("revision").invalidated == ["*"]


def test_all_that_the_settings_hold_is_on_their_page(desk: Client, forum: Forum) -> None:
    """What a page does not show, saving it would set back without a word."""
    page = desk.get(reverse("describe", args=[forum.code])).content.decode()
    assert [name for name in Forum.DESCRIPTION_FIELDS if f'name="{name}"' not in page] == []


def test_the_whole_day_can_slip_and_places_can_exchange_their_names(desk: Client, forum: Forum, group: Group) -> None:
    changes = {"slots-0-starts_at": "12:00", "slots-1-starts_at": "13:30", "slots-2-starts_at": "15:00"}
    answer = save(desk, forum, **changes, **{"places-0-name": "Le Préau", "places-1-name": "Salle des Fêtes"})

    group.refresh_from_db()
    assert answer.status_code == 302
    assert list(Slot.objects.values_list("starts_at", flat=True)) == [time(12), time(13, 30), time(15)]
    assert (group.slot and group.slot.starts_at, group.place and group.place.name) == (time(12), "Le Préau")


def test_two_slots_start_at_one_hour_on_two_days_and_can_exchange_them(desk: Client, forum: Forum) -> None:
    first, lunch, second = Slot.objects.filter(forum=forum)
    assert "slots-0-day" in (page := desk.get(reverse("describe", args=[forum.code])).content.decode())
    assert 'scope="col">Day<' not in page
    for changes in ({"slots-2-day": "2", "slots-2-starts_at": "10:15"}, {"slots-0-day": "2", "slots-2-day": "1"}):
        assert save(desk, forum, **changes).status_code == 302
    assert list(Slot.objects.values_list("pk", "day", "starts_at")) == [
        (second.pk, 1, time(10, 15)),
        (lunch.pk, 1, time(12)),
        (first.pk, 2, time(10, 15)),
    ]
    assert 'scope="col">Day<' in desk.get(reverse("describe", args=[forum.code])).content.decode()


@pytest.mark.parametrize("removed", ["slots-0-DELETE", "places-0-DELETE"])
def test_what_groups_use_cannot_be_removed_and_they_are_named(
    desk: Client, forum: Forum, group: Group, removed: str
) -> None:
    answer = save(desk, forum, question="Ce que je tapais", **{removed: "on"})

    name = "10:15" if removed.startswith("slots") else "Salle des Fêtes"
    expected = f"“{name}” cannot be removed, groups meet there: 1. Rafraîchir nos cours d’école. Move them first."
    assert answer.status_code == 422
    assert re.findall(r"<li>(.*?)</li>", answer.content.decode()) == [expected]
    assert "Ce que je tapais" in answer.content.decode()
    assert (Slot.objects.count(), Place.objects.count()) == (3, 2)


def test_a_slot_where_groups_meet_does_not_become_a_moment_in_common(desk: Client, forum: Forum, group: Group) -> None:
    answer = save(desk, forum, **{"slots-0-title": "Pause"})

    reason = "Groups meet at that time: 1. Rafraîchir nos cours d’école. Move them before making it a moment in common."
    assert re.findall(r"<li>(.*?)</li>", answer.content.decode()) == [reason]
    assert Slot.objects.for_groups().count() == 2


def test_two_slots_at_one_hour_and_two_places_of_one_name_are_refused(desk: Client, forum: Forum) -> None:
    answer = save(desk, forum, **{"slots-1-starts_at": "10:15", "places-1-name": "salle des fêtes"})

    reasons = re.findall(r"<li>(.*?)</li>", answer.content.decode())
    assert (answer.status_code, reasons) == (
        422,
        ["Two slots start at the same time.", "Two places have the same name."],
    )


def test_a_wrong_setting_keeps_what_was_typed_and_saves_nothing(desk: Client, forum: Forum) -> None:
    answer = save(desk, forum, title="Nouveau titre", time_zone="Mars/Olympus", **{"slots-0-minutes": "1"})
    page = answer.content.decode()

    forum.refresh_from_db()
    assert (answer.status_code, forum.title) == (422, "Rencontre annuelle")
    assert [
        text in page for text in ('value="Nouveau titre"', 'value="Mars/Olympus"', "This time zone is not known")
    ] == [True] * 3
    # The header of the page still shows what is kept.
    assert "<span>Rencontre annuelle</span>" in page


def test_a_form_without_its_rows_is_refused_and_not_an_error(desk: Client, forum: Forum) -> None:
    answer = desk.post(reverse("describe", args=[forum.code]), {"title": "x"})

    assert answer.status_code == 422


def test_rows_of_another_forum_cannot_be_written(desk: Client, forum: Forum) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    far = Place.objects.create(forum=other, name="Ailleurs")
    answer = save(desk, forum, **{"places-0-id": far.pk, "places-0-name": "Volé"})

    far.refresh_from_db()
    assert (answer.status_code, far.name) == (422, "Ailleurs")
    assert re.findall(r"<li>(.*?)</li>", answer.content.decode()) == [GONE]


def test_a_row_that_a_colleague_removed_meanwhile_is_said_to_be_gone(desk: Client, forum: Forum) -> None:
    sent = settings_of(forum)
    Place.objects.filter(name="Le Préau").delete()
    answer = desk.post(reverse("describe", args=[forum.code]), sent)

    assert (answer.status_code, re.findall(r"<li>(.*?)</li>", answer.content.decode())) == (422, [GONE])


def test_the_settings_do_not_undo_a_phase_that_moved_meanwhile(forum: Forum) -> None:
    stale = Forum.objects.get(pk=forum.pk)
    move(forum, Phase.GROUPS)
    stale.describe(Actor())

    assert Forum.objects.get(pk=forum.pk).current_phase == Phase.GROUPS
