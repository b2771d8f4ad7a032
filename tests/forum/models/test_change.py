"""What a change records of its rows, how it reverts those of another, and when it refuses to."""

from typing import Any

import pytest
from django.db import IntegrityError

from forum.models import Actor, CannotUndo, Forum, Group, Participant, Place, Topic, change
from forum.models.change import Change, Retraction

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorder() -> Change:
    return Change(7)


def revert(recorder: Change) -> Change:
    """Revert all rows of a change, in another one."""
    undo = Change(8)
    undo.revert(recorder.rows)
    return undo


def names_of_places() -> list[str]:
    return list(Place.objects.order_by("position", "pk").values_list("name", flat=True))


def new_places(forum: Forum, *names: str) -> list[Place]:
    return [Place(forum=forum, name=name, position=n) for n, name in enumerate(names, start=3)]


def test_the_named_fields_of_a_row_are_saved_and_recorded_as_the_database_keeps_them(
    hall: Place, recorder: Change
) -> None:
    hall.name, hall.seats = "  Salle  haute ", 12
    recorder.save(hall, "name")
    assert recorder.rows == [
        {"model": "forum.Place", "pk": hall.pk, "before": {"name": "Salle des Fêtes"}, "after": {"name": "Salle haute"}}
    ]
    stored = Place.objects.get(pk=hall.pk)
    assert (stored.name, stored.seats, recorder.has_effect, recorder.revision) == ("Salle haute", 40, True, 7)
    assert [recorder.changes(hall, name) for name in ("name", "seats")] == [True, False]
    assert recorder.changes(Place.objects.exclude(pk=hall.pk)[0], "name") is False
    assert recorder.changes(Forum(pk=hall.pk), "name") is False


def test_what_is_saved_as_it_was_has_no_effect_whatever_it_invalidates(hall: Place, recorder: Change) -> None:
    hall.name = " Salle des  Fêtes"
    recorder.save(hall, "name", "seats")
    recorder.invalidate("status")
    recorder.record(hall, {"name": "a"}, {"name": "a"})
    assert (recorder.rows, recorder.has_effect, recorder.details, recorder.retractions) == ([], False, {}, [])
    recorder.note_unrecorded_effect()
    assert recorder.has_effect is True


def test_an_empty_value_is_told_from_an_empty_text(hall: Place, recorder: Change) -> None:
    hall.seats = None
    recorder.save(hall, "seats")
    assert [(row["before"], row["after"]) for row in recorder.rows] == [({"seats": "40"}, {"seats": None})]
    undo = revert(recorder)
    assert Place.objects.get(pk=hall.pk).seats == 40
    revert(undo)
    assert Place.objects.get(pk=hall.pk).seats is None


def test_new_rows_are_recorded_with_all_their_fields_and_reverted_by_deleting_them(
    forum: Forum, recorder: Change
) -> None:
    first, *others = new_places(forum, "Cour", "Hall", "Jardin")
    recorder.create(first)
    recorder.create_all(others)
    recorder.create_all([])
    assert names_of_places() == ["Salle des Fêtes", "Le Préau", "Cour", "Hall", "Jardin"]
    assert [(row["pk"], row["before"]) for row in recorder.rows] == [(place.pk, None) for place in (first, *others)]
    recorded = recorder.rows[0]["after"]
    assert recorded
    assert {"id", "forum", "name", "seats", "position"} <= recorded.keys()
    assert recorder.changes(first, "name") is True
    revert(revert(revert(recorder)))
    assert names_of_places() == ["Salle des Fêtes", "Le Préau"]


def test_a_row_that_exists_is_not_created_over(forum: Forum, hall: Place, recorder: Change) -> None:
    with pytest.raises(IntegrityError):
        recorder.create(Place(pk=hall.pk, forum=forum, name="Cour", position=3))


def test_deleted_rows_come_back_with_their_values(forum: Forum, recorder: Change) -> None:
    before = list(Place.objects.order_by("pk").values())
    recorder.delete(Place.objects.get(name="Le Préau"))
    recorder.delete_all(Place.objects.filter(forum=forum))
    recorder.delete_all([])
    assert (names_of_places(), [row["after"] for row in recorder.rows]) == ([], [None, None])
    revert(recorder)
    assert list(Place.objects.order_by("pk").values()) == before


def test_the_journal_holds_no_address_of_somebody(theo: Participant, recorder: Change) -> None:
    theo.email = "theo@example.org"
    theo.save()
    recorder.delete(theo)
    row = recorder.rows[0]["before"]
    assert row
    assert (row["name"], "email" in row) == ("Théo Masson", False)


def test_rows_are_reverted_in_the_reverse_order_and_in_batches(
    forum: Forum, hall: Place, recorder: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "BATCH_SIZE", 2)
    recorder.create_all(new_places(forum, *"abcde"))
    for name in ("Une", "Deux"):
        hall.name = name
        recorder.save(hall, "name")
    undo = revert(recorder)
    assert names_of_places() == ["Salle des Fêtes", "Le Préau"]
    assert [(row["before"] or {}).get("name") for row in undo.rows] == ["Deux", "Une", *"edcba"]
    revert(undo)
    assert names_of_places() == ["Deux", "Le Préau", *"abcde"]


@pytest.mark.parametrize("is_deleted", [True, False])
def test_fields_that_changed_since_are_not_reverted_but_others_are(
    hall: Place, recorder: Change, is_deleted: bool
) -> None:
    hall.name = "Cour"
    recorder.save(hall, "name")
    Place.objects.filter(pk=hall.pk).update(seats=3)
    undo = revert(recorder)
    stored = Place.objects.get(pk=hall.pk)
    assert (stored.name, stored.seats) == ("Salle des Fêtes", 3)
    if is_deleted:
        stored.delete()
    else:
        Place.objects.filter(pk=hall.pk).update(name="Jardin")
    with pytest.raises(CannotUndo):
        revert(undo)


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_new_row_that_changed_or_went_since_is_not_deleted(forum: Forum, recorder: Change, is_deleted: bool) -> None:
    places = new_places(forum, "Cour", "Jardin")
    recorder.create_all(places)
    if is_deleted:
        Place.objects.filter(name="Cour").delete()
    else:
        Place.objects.filter(name="Cour").update(seats=3)
    with pytest.raises(CannotUndo):
        revert(recorder)
    assert Place.objects.filter(name="Jardin").exists()


def test_a_new_row_to_which_another_refers_is_not_deleted(forum: Forum, group: Group, recorder: Change) -> None:
    (place,) = new_places(forum, "Cour")
    recorder.create(place)
    Group.objects.filter(pk=group.pk).update(place=place)
    with pytest.raises(CannotUndo):
        revert(recorder)
    assert Place.objects.filter(name="Cour").exists()


def test_new_rows_that_refer_to_each_other_are_deleted_together_and_not_for_one_that_stays(
    forum: Forum, recorder: Change
) -> None:
    first = Topic(forum=forum, number=1, title="Des vélos")
    recorder.create(first)
    second = Topic(forum=forum, number=2, title="De l’eau", merged_into=first)
    recorder.create(second)
    third = Topic.objects.create(forum=forum, number=3, title="Des arbres", merged_into=second)
    with pytest.raises(CannotUndo):
        revert(recorder)
    third.delete()
    revert(recorder)
    assert Topic.objects.count() == 0


def test_a_deleted_row_does_not_come_back_over_another(forum: Forum, hall: Place, recorder: Change) -> None:
    former = hall.pk
    recorder.delete(hall)
    Place.objects.create(pk=former, forum=forum, name="Cour", position=1)
    with pytest.raises(CannotUndo):
        revert(recorder)
    assert Place.objects.get(pk=former).name == "Cour"


def test_a_row_reacts_once_it_is_reverted_or_back_but_not_when_it_goes(
    forum: Forum, hall: Place, recorder: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, Any]] = []
    monkeypatch.setattr(Place, "after_revert", lambda place, by: calls.append((place.name, by)), raising=False)
    recorder.create_all(new_places(forum, "Cour"))
    recorder.delete(Place.objects.get(name="Le Préau"))
    hall.name = "Jardin"
    recorder.save(hall, "name")
    assert calls == []
    undo = revert(recorder)
    assert calls == [("Salle des Fêtes", undo), ("Le Préau", undo)]


def test_what_must_not_be_shown_any_more_comes_from_the_rows_as_they_were_and_as_they_are(
    forum: Forum, hall: Place, recorder: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    def retractions(before: Place | None, after: Place | None) -> list[Retraction]:
        return [Retraction(f"{before.name if before else None} → {after.name if after else None}")]

    monkeypatch.setattr(Place, "retractions", staticmethod(retractions), raising=False)
    hall.name = "Cour"
    recorder.save(hall, "name")
    recorder.delete(hall)
    recorder.create_all(new_places(forum, "Jardin"))
    assert [retraction.name for retraction in recorder.retractions] == [
        "Salle des Fêtes → Cour", "Cour → None", "None → Jardin",
    ]  # fmt: skip
    assert hall.name == "Cour"


def test_a_change_names_what_boards_show_of_a_topic_a_merged_topic_a_person_and_everything(
    topic: Topic, theo: Participant, forum: Forum, recorder: Change
) -> None:
    other = Topic.propose(forum, "De l’eau", "", None, Actor())
    recorder.invalidate_topic(other)
    assert recorder.invalidated == {f"topic-{other.pk}", f"news-{other.pk}", "status", "waiting"}
    recorder.invalidated.clear()
    other.merged_into = topic
    recorder.invalidate_topic(other)
    assert recorder.invalidated == {f"topic-{topic.pk}", f"topic-{other.pk}", f"news-{other.pk}", "status", "waiting"}
    recorder.invalidated.clear()
    recorder.invalidate_person(theo)
    recorder.invalidate("one", "two")
    recorder.invalidate_everything()
    assert recorder.invalidated == {f"person-{theo.pk}", f"me-{theo.pk}", "waiting", "one", "two", "*"}
