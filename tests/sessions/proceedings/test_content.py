"""Reading a forum into its book."""

from datetime import date, time

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from forum.models import Forum
from sessions.proceedings import content
from sessions.proceedings.book import BookFigures, Column, Person
from tests.sessions.proceedings.conftest import SampleDay, hold_group, join, make_forum, write_report

ANA = Person("Ana Quilleret", "Town hall", "Armance")
BELA = Person("Béla", "Farmers’ union", "Armance")
CHLOE = Person("C. X.", "", "Lourve")


def test_figures_count_people_topics_groups_reports_and_actions(day: SampleDay) -> None:
    assert content.read_book(day.forum).figures == BookFigures(
        participants=4, territories=2, organisations=3, topics=5, groups=4, reports=2, actions=2, dated_actions=1
    )


def test_people_of_a_group_are_named_as_they_agreed(day: SampleDay) -> None:
    shade = content.read_book(day.forum).reports[0]
    assert shade.people == (ANA, BELA, CHLOE)
    assert (shade.meeting.head_count, shade.unnamed, shade.territories) == (9, 6, 2)


def test_conveners_are_named_as_they_agreed(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    assert [report.meeting.conveners for report in book.reports] == [(ANA,), (BELA,), ()]
    assert [meeting.conveners for meeting in book.unreported] == [()]


def test_texts_name_people_as_they_agreed(day: SampleDay) -> None:
    shade = content.read_book(day.forum).reports[0]
    assert shade.scribes == "a participant and C. X."
    assert shade.debate == "Some want trees.\na participant wanted sails."
    assert shade.quote_author == "C. X."
    assert shade.actions[0].point_person == "a participant"


def test_the_agenda_shows_the_places_where_groups_met_and_elsewhere(day: SampleDay) -> None:
    agenda = content.read_book(day.forum).agenda
    assert agenda.columns == (Column("Glass hall", 24), Column("Barn", None), Column("", None))
    cells = [
        (moment.starts_at, moment.title, [[meeting.number for meeting in cell] for cell in moment.cells])
        for moment in agenda.moments
    ]
    assert cells == [
        (time(9, 15), "Opening circle", []),
        (time(10, 15), "", [[1], [3], []]),
        (time(14, 0), "", [[], [4], [2]]),
    ]
    assert agenda.moments[2].cells[2][0].place == "Under the lime tree"


@translation.override("en")
def test_the_place_of_a_group_does_not_name_someone_hidden(db: None) -> None:
    forum = make_forum()
    topic = hold_group(forum, "Hedges", join(forum, "Hélène Durand", "hidden"), place="chez Helene Durand").topic
    book = content.read_book(forum)
    assert [meeting.place for meeting in book.unreported if meeting.number == topic.number] == ["chez a participant"]


@translation.override("en")
def test_an_organisation_or_a_territory_does_not_name_someone_hidden(db: None) -> None:
    forum = make_forum()
    Forum.objects.filter(pk=forum.pk).update(territories="Lourve")
    join(forum, "Lourve", "hidden", territory="Lourve")
    join(forum, "Jo Bell", "initials", territory="Farm of Jo Bell", organisation="JO BELL & partners")
    book = content.read_book(forum)
    named = [
        (person.name, person.organisation, person.territory)
        for territory in book.territories
        for person in territory.people
    ]
    assert named == [("J. B.", "J. B. & partners", "Farm of J. B.")]
    assert [territory.name for territory in book.territories] == ["Farm of J. B.", "Lourve"]


def test_what_to_remember_is_a_quote_or_a_first_proposal_of_a_finished_report(day: SampleDay) -> None:
    assert [(e.meeting.number, e.words, e.is_quote) for e in content.read_book(day.forum).essence] == [
        (1, "A tree planted now shades the next class.", True),
        (3, "Leave the nests", False),
    ]


def test_the_action_plan_has_each_action_that_is_not_empty(day: SampleDay) -> None:
    assert [(a.rank, a.what, a.due_date, a.due_words) for a in content.read_book(day.forum).actions] == [
        ("1.1", "Write the charter", date(2026, 12, 5), ""),
        ("1.2", "Ask for prices", None, "by spring"),
    ]


def test_topics_without_slot_and_groups_without_report_are_listed_apart(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    assert book.unplaced == ("A topic nobody placed",)
    assert [meeting.heading for meeting in book.unreported] == ["Silent group"]


def test_words_of_the_closing_circle_are_named_only_with_consent(day: SampleDay) -> None:
    assert [(w.words or w.keep, w.person) for w in content.read_book(day.forum).words] == [
        ("I leave with a date.", ANA),
        ("The circle", BELA),
        ("I said nothing all day.", None),
        ("A word on paper", None),
    ]


def test_participants_are_listed_by_territory_and_the_others_counted(day: SampleDay) -> None:
    territories = content.read_book(day.forum).territories
    assert [(t.name, t.people, t.unnamed) for t in territories] == [
        ("Armance", (ANA, BELA), 0),
        ("Lourve", (CHLOE,), 1),
    ]


def test_people_without_territory_come_last(db: None) -> None:
    forum = make_forum()
    for name in ("Ana", "Bob", "Cyd"):
        join(forum, name)
    join(forum, "Dee", territory="Lourve")
    assert [(t.name, t.count) for t in content.read_book(forum).territories] == [("Lourve", 1), ("", 3)]


def test_an_empty_forum_has_a_book(db: None) -> None:
    book = content.read_book(Forum.objects.create(title="Nothing yet", question="Why?"))
    assert (book.figures, book.reports, book.actions, book.territories) == (
        BookFigures(0, 0, 0, 0, 0, 0, 0, 0),
        (),
        (),
        (),
    )


def test_reading_takes_as_many_queries_for_ten_groups_as_for_two(day: SampleDay) -> None:
    with CaptureQueriesContext(connection) as few_queries:
        content.read_book(day.forum)
    for number in range(8):
        write_report(
            hold_group(day.forum, f"More {number}", day.ana, day.bela, place=f"Corner {number}"), findings="Yes"
        )
    with CaptureQueriesContext(connection) as many_queries:
        content.read_book(day.forum)
    assert len(many_queries) == len(few_queries)


def test_who_met_whom_counts_everyone_who_joined_a_group_named_or_not(day: SampleDay) -> None:
    encounters = content.read_book(day.forum).encounters
    assert encounters is not None
    assert [meeting.number for meeting in encounters.groups] == [1, 2, 3]
    # Emil and his territory do not count, since he was removed; Dora counts where she went last, though hidden.
    assert [(origin.territory, origin.counts) for origin in encounters.origins] == [
        ("Armance", (2, 1, 0)),
        ("Lourve", (1, 0, 1)),
    ]
    assert encounters.mixed_groups == 0


def test_a_day_of_one_territory_has_no_chart_of_who_met_whom(db: None) -> None:
    forum = make_forum()
    people = [join(forum, name, territory="Armance") for name in ("Ana", "Béla")]
    hold_group(forum, "Shade", people[0], *people)
    assert content.read_book(forum).encounters is None
