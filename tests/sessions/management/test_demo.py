"""The demonstration day: complete, the same each time, and correct in its texts."""

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from forum.models import Facilitator, Forum, Group, Presence
from forum.models.appearance import Appearance
from forum.models.tokens import fingerprint
from sessions.management.commands.demo import assign_members, read_people, read_table
from sessions.models import Action, Report


def run(*arguments: str) -> list[str]:
    """Run the command, and return the lines of its output."""
    output = StringIO()
    call_command("demo", *arguments, stdout=output)
    return output.getvalue().splitlines()


def secret_of(lines: list[str]) -> str:
    start, secret, end = lines[-1].rsplit("/", 2)
    assert (start, end) == ("/facilitator", "")
    return secret


@pytest.fixture
def forum(db: None) -> Forum:
    run()
    return Forum.objects.get()


def groups(forum: Forum) -> Any:
    return Group.objects.filter(topic__forum=forum).order_by("topic__number")


def reports(forum: Forum) -> Any:
    return Report.objects.filter(group__topic__forum=forum).order_by("group__topic__number")


def snapshot(forum: Forum) -> dict[str, Any]:
    """Return the content of the day that readers see."""
    return {
        "people": list(forum.participants.values_list("name", "organisation", "territory", "appearance")),
        "topics": list(forum.topics.values_list("number", "title", "description", "convener__name")),
        "agenda": list(groups(forum).values_list("slot__starts_at", "place__name", "elsewhere")),
        "going": sorted(forum.topics.values_list("number", "interests__participant__name")),
        "present": sorted(groups(forum).values_list("topic__number", "presences__participant__name")),
        "reports": list(reports(forum).values_list(*Report.SHARED_FIELDS, "status", "finished_by")),
        "actions": list(Action.objects.filter(report__group__topic__forum=forum).values_list(*Action.SHARED_FIELDS)),
        "words": list(forum.feedback.values_list("participant__name", "words", "keep", "change")),
        "journal": list(forum.journal.values_list("revision", "verb")),
    }


def texts(data: Any) -> Iterator[str]:
    """Yield all texts of nested tables."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)


@pytest.mark.laptop
def test_the_demonstration_is_the_day_of_arras_marked_as_fictional(forum: Forum) -> None:
    assert (str(forum.date), forum.venue, forum.language, forum.time_zone) == (
        "2019-11-14", "Arras", "fr", "Europe/Paris"
    )  # fmt: skip
    assert forum.organisers == "Conseil régional Hauts-de-France et DREAL Hauts-de-France"
    assert forum.is_fictional
    assert forum.phase == "groups"
    assert len(set(forum.territory_names)) == len(forum.territory_names) == 58
    assert forum.participants.count() == 58
    assert forum.topics.filter(withdrawn_at=None).count() == 16
    assert forum.slots.filter(title="").count() == 3
    assert forum.places.count() == 5
    assert forum.feedback.count() == 14
    assert forum.editions.count() == 1


@pytest.mark.laptop
def test_all_rows_of_the_demonstration_are_valid_and_complete(forum: Forum) -> None:
    forum.full_clean()
    for rows in (forum.participants, forum.topics, forum.slots, forum.places, forum.feedback):
        for row in rows.all():
            row.full_clean(exclude=["participant", "removed_at", "withdrawn_at"])
    for action in Action.objects.all():
        action.full_clean()
        assert action.what
        assert action.point_person
    for person in forum.participants.all():
        assert person.organisation
        assert person.territory in ["", *forum.territory_names]
    for topic in forum.topics.all():
        assert topic.description
        assert topic.convener
    for word in forum.feedback.all():
        assert word.words or word.keep or word.change


@pytest.mark.laptop
def test_three_to_fourteen_people_sit_in_each_group_and_the_report_has_their_number(forum: Forum) -> None:
    sizes = [group.people().count() for group in groups(forum)]
    assert (min(sizes), max(sizes), len(sizes)) == (3, 14, 16)
    assert [report.head_count for report in reports(forum)] == [*sizes[:14], sizes[14]]


@pytest.mark.laptop
def test_conveners_and_scribes_sit_in_their_own_group(forum: Forum) -> None:
    for group in groups(forum):
        assert group.topic.convener in group.people()
    for report in reports(forum):
        assert [person.name for person in report.people() if person.name in report.scribes]


@pytest.mark.laptop
def test_nobody_sits_in_two_groups_of_one_slot(forum: Forum) -> None:
    presences = Counter(Presence.objects.filter(group__topic__forum=forum).values_list("participant", "group__slot"))
    assert set(presences.values()) == {1}
    assert not Presence.objects.exclude(left_at=None).exists()
    assert {person for person, _slot in presences} == set(forum.participants.values_list("pk", flat=True))


@pytest.mark.laptop
def test_each_cell_holds_one_group_and_two_meet_elsewhere(forum: Forum) -> None:
    cells = Counter(groups(forum).values_list("slot", "place", "elsewhere"))
    assert set(cells.values()) == {1}
    assert sorted(groups(forum).filter(place=None).values_list("elsewhere", flat=True)) == [
        "En marchant, départ devant l’entrée",
        "Le hall, près du café",
    ]


@pytest.mark.laptop
def test_fourteen_reports_are_finished_one_is_a_draft_and_one_is_missing(forum: Forum) -> None:
    assert Counter(reports(forum).values_list("status", flat=True)) == {"finished": 14, "draft": 1}
    assert groups(forum).filter(report=None).count() == 1
    for report in reports(forum).filter(status="finished"):
        assert all([report.findings, report.proposals, report.scribes, report.contact])
        assert report.finished_by in report.scribes
        assert 1 <= report.actions.count() <= 4


@pytest.mark.laptop
def test_three_reports_have_a_public_photo_with_a_description(forum: Forum) -> None:
    photos = forum.photos.public()
    assert [photo.report.group.topic.number for photo in photos.order_by("pk")] == [1, 6, 12]
    for photo in photos:
        assert photo.caption
        assert photo.alternative
        assert all(path.stat().st_size < 200_000 for path in photo.paths)


def test_the_demonstration_is_the_same_each_time(forum: Forum) -> None:
    run("--again")
    later = Forum.objects.exclude(pk=forum.pk).get()
    assert snapshot(later) == snapshot(forum)
    assert later.code != forum.code


@pytest.mark.laptop
def test_the_second_run_gives_a_new_link_to_the_same_day(db: None) -> None:
    first, second = secret_of(run()), secret_of(run())
    assert Forum.objects.count() == 1
    camille = Facilitator.objects.get()
    assert camille.name == "Camille Dufour"
    assert camille.link_fingerprint == fingerprint(second) != fingerprint(first)
    assert list(camille.forums.all()) == [Forum.objects.get()]


@pytest.mark.laptop
def test_the_demonstration_can_be_created_in_any_phase_and_moved_later(db: None) -> None:
    run("--phase", "marketplace")
    assert Forum.objects.get().phase == "marketplace"
    run()
    assert Forum.objects.get().phase == "marketplace"
    run("--phase", "published")
    assert Forum.objects.get().phase == "published"


def test_the_texts_of_the_demonstration_follow_french_typography() -> None:
    for text in [
        *texts(read_table("day")),
        *texts(read_table("groups")),
        *texts([list(row.values()) for row in read_people()]),
    ]:
        assert not {"'", '"', "“", "”", "\u00a0", "\u202f"} & set(text), text
        assert [mistake for mistake in ("...", "  ") if mistake in text] == [], text
        assert text == text.strip() or text == read_table("day")["forum"]["territories"], text
        assert text.count("« ") == text.count("«") == text.count("»") == text.count(" »"), text
        for sign in ";:!?":
            assert text.count(sign) == text.count(f" {sign}"), text


def test_no_line_of_the_reports_comes_twice() -> None:
    lines = Counter(
        line
        for group in read_table("groups")["groups"]
        for name, text in group.get("report", {}).items()
        if name not in ("status", "actions", "photos", "scribes", "contact")
        for line in text.splitlines()
    )
    assert [line for line, times in lines.items() if times > 1] == []


def test_reports_name_only_people_who_agreed() -> None:
    discreet = [row["name"] for row in read_people() if row["appearance"] != Appearance.FULL]
    report_texts = [text for group in read_table("groups")["groups"] for text in texts(group.get("report", {}))]
    assert [name for name in discreet for text in report_texts if name in text] == []


def test_a_group_is_filled_with_people_who_were_in_the_fewest_groups() -> None:
    groups = [
        {"convener": "Ada", "seated": ["Bo"], "slot": 1, "size": 2},
        {"convener": "Ada", "seated": [], "slot": 2, "size": 3},
    ]
    first, second = assign_members(groups, ["Ada", "Bo", "Cy", "Di"])
    assert (first, second[0], sorted(second[1:])) == (["Ada", "Bo"], "Ada", ["Cy", "Di"])
