import unicodedata
from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from forum.models import Forum
from sessions.proceedings import content
from sessions.proceedings.book import Column, Figures, Person
from sessions.proceedings.pseudonyms import Discretion, folded, mentions
from tests.sessions.proceedings.conftest import BY, Day, arrive, begin, meet, write

ANA = Person("Ana Quilleret", "Town hall", "Armance")
BELA = Person("Béla", "Farmers’ union", "Armance")
CHLOE = Person("C. X.", "", "Lourve")


def test_figures_count_who_is_there_and_what_was_done(day: Day) -> None:
    assert content.read(day.forum).figures == Figures(
        participants=4, territories=2, organisations=3, topics=5, groups=4, reports=2, actions=2, dated_actions=1
    )


def test_people_of_a_group_are_named_as_they_agreed(day: Day) -> None:
    shade = content.read(day.forum).reports[0]
    assert shade.people == (ANA, BELA, CHLOE)
    assert (shade.meeting.head_count, shade.unnamed, shade.territories) == (9, 6, 2)


def test_conveners_are_named_as_they_agreed(day: Day) -> None:
    book = content.read(day.forum)
    assert [report.meeting.conveners for report in book.reports] == [(ANA,), (BELA,), ()]
    assert [meeting.conveners for meeting in book.unreported] == [()]


def test_texts_follow_the_choice_of_those_they_name(day: Day) -> None:
    shade = content.read(day.forum).reports[0]
    assert shade.scribes == "a participant and C. X."
    assert shade.debate == "Some want trees.\na participant wanted sails."
    assert shade.quote_author == "C. X."
    assert shade.actions[0].point_person == "a participant"


@translation.override("en")
def test_an_ordinary_word_is_not_taken_for_a_name(db: None) -> None:
    forum = begin()
    people = [arrive(forum, "Rose", "hidden"), arrive(forum, "Jean Val", "first")]
    tell = Discretion(people).tell
    assert tell("A rose garden, by jean  val and Jean Valjean") == "A rose garden, by Jean and Jean Valjean"
    assert tell("Rose, Ana") == "a participant, Ana"


@pytest.mark.parametrize("written", [
    "HELENE DURAND", "Helene Durand", "Durand Hélène", unicodedata.normalize("NFD", "Hélène Durand"),
    "Hélène\u00a0Durand", "Hélène-Durand", "hélène\n durand", "Hé\u00adlène Durand", "_Hélène Durand_",
])  # fmt: skip
@translation.override("en")
def test_who_is_not_to_be_named_is_recognised_however_their_name_is_typed(db: None, written: str) -> None:
    tell = Discretion([arrive(begin(), "Hélène Durand", "hidden")]).tell
    assert tell(f"À Œuf‑lès‑Bains, {written}: « ça va »").replace("_", "") == (
        "À Œuf‑lès‑Bains, a participant: « ça va »"
    )


@translation.override("en")
def test_marks_and_signs_of_a_name_do_not_hide_it(db: None) -> None:
    forum = begin()
    names = ["Durand, Hélène", "Jean-Paul D’Hondt", "Łukasz Cœur", "J. Bell", "أحمد علي", "★ Léa ★"]
    tell = Discretion([arrive(forum, name, "hidden") for name in names]).tell
    assert tell("DURAND, Hélène; D Hondt Jean Paul; lukasz coeur; Bell J.; مع أحمد علي، نعم; ★ lea ★") == (
        "a participant; a participant; a participant; a participant; مع a participant، نعم; a participant"
    )


def test_what_only_resembles_a_name_stays(db: None) -> None:
    forum = begin()
    tell = Discretion([arrive(forum, name, "hidden") for name in ("Hélène Durand", "Anne-Marie")]).tell
    text = "Hélène et Durand, Hélène Durandal\n- Hélène\n- Durand\nla rue Anne-Marie, Marie-Anne"
    assert tell(text) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Claire Rivière", "une rivière claire et propre"),
        ("Pierre Blanche", "une blanche pierre"),
        ("Anne D", "l’idée d’Anne, reprise par Anne d’Arras"),
        ("Jean Dupont", "avec Dupont\n\nJean est là"),
        ("Paul Martin", "Martin, Paul, Anne"),
        ("Marie -", "Marie Curie"),
    ],
)
def test_a_sentence_in_which_the_words_of_a_name_meet_by_chance_stays(db: None, name: str, text: str) -> None:
    assert Discretion([arrive(begin(), name, "hidden")]).tell(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Avec Hélène Durand.", True), ("DURAND, HELENE", True), ("Durand-Hélène", True),
        ("Hélène et Durand", False), ("Hélène Durandal", False), ("", False),
    ],
)  # fmt: skip
def test_a_name_is_looked_for_in_many_texts_at_once(text: str, found: bool) -> None:
    assert mentions(folded(["Avant", text, "Après"]), "Hélène Durand") == found


def test_of_two_people_with_one_name_the_stricter_choice_holds(db: None) -> None:
    forum = begin()
    people = [arrive(forum, "Jo Bell", "full"), arrive(forum, "Jo Bell", "initials")]
    assert Discretion(people).tell("Jo Bell") == "J. B."


@translation.override("en")
def test_someone_who_was_removed_and_came_back_is_named(db: None) -> None:
    forum = begin()
    first, again = arrive(forum, "Jo Bell"), arrive(forum, "Jo Bell")
    first.remove(BY)
    first.refresh_from_db()
    assert Discretion([first, again]).tell("Jo Bell") == "Jo Bell"
    assert Discretion([first]).tell("Jo Bell") == "a participant"


def test_the_agenda_shows_the_places_where_groups_met_and_elsewhere(day: Day) -> None:
    agenda = content.read(day.forum).agenda
    assert agenda.columns == (Column("Glass hall", 24), Column("Barn", None), Column("", None))
    cells = [(m.starts_at, m.title, [[g.number for g in cell] for cell in m.cells]) for m in agenda.moments]
    assert cells == [
        (time(9, 15), "Opening circle", []),
        (time(10, 15), "", [[1], [3], []]),
        (time(14, 0), "", [[], [4], [2]]),
    ]
    assert agenda.moments[2].cells[2][0].place == "Under the lime tree"


@translation.override("en")
def test_where_a_group_met_does_not_tell_who_wished_not_to_be_named(db: None) -> None:
    forum = begin()
    topic = meet(forum, "Hedges", arrive(forum, "Hélène Durand", "hidden"), place="chez Helene Durand").topic
    book = content.read(forum)
    assert [meeting.place for meeting in book.unreported if meeting.number == topic.number] == ["chez a participant"]


@translation.override("en")
def test_an_organisation_or_a_territory_that_bears_a_name_does_not_tell_it(db: None) -> None:
    forum = begin()
    Forum.objects.filter(pk=forum.pk).update(territories="Lourve")
    arrive(forum, "Lourve", "hidden", territory="Lourve")
    arrive(forum, "Jo Bell", "initials", territory="Farm of Jo Bell", organisation="JO BELL & partners")
    book = content.read(forum)
    named = [
        (person.name, person.organisation, person.territory)
        for territory in book.territories
        for person in territory.people
    ]
    assert named == [("J. B.", "J. B. & partners", "Farm of J. B.")]
    assert [territory.name for territory in book.territories] == ["Farm of J. B.", "Lourve"]


def test_what_to_remember_is_a_quote_or_a_first_proposal_of_a_finished_report(day: Day) -> None:
    assert [(e.meeting.number, e.words, e.is_quote) for e in content.read(day.forum).essence] == [
        (1, "A tree planted now shades the next class.", True),
        (3, "Leave the nests", False),
    ]


def test_the_action_plan_holds_each_action_that_says_what(day: Day) -> None:
    assert [(a.rank, a.what, a.due_date, a.due_words) for a in content.read(day.forum).actions] == [
        ("1.1", "Write the charter", date(2026, 12, 5), ""),
        ("1.2", "Ask for prices", None, "by spring"),
    ]


def test_topics_without_slot_and_groups_without_report_are_told_apart(day: Day) -> None:
    book = content.read(day.forum)
    assert book.unplaced == ("A topic nobody placed",)
    assert [meeting.heading for meeting in book.unreported] == ["Silent group"]


def test_closing_words_carry_a_name_only_with_consent(day: Day) -> None:
    assert [(w.words or w.keep, w.person) for w in content.read(day.forum).words] == [
        ("I leave with a date.", ANA),
        ("The circle", BELA),
        ("I said nothing all day.", None),
        ("A word on paper", None),
    ]


def test_participants_are_listed_by_territory_and_the_others_counted(day: Day) -> None:
    territories = content.read(day.forum).territories
    assert [(t.name, t.people, t.others) for t in territories] == [
        ("Armance", (ANA, BELA), 0),
        ("Lourve", (CHLOE,), 1),
    ]


def test_people_without_territory_come_last(db: None) -> None:
    forum = begin()
    for name in ("Ana", "Bob", "Cyd"):
        arrive(forum, name)
    arrive(forum, "Dee", territory="Lourve")
    assert [(t.name, t.count) for t in content.read(forum).territories] == [("Lourve", 1), ("", 3)]


def test_an_empty_forum_has_a_book(db: None) -> None:
    book = content.read(Forum.objects.create(title="Nothing yet", question="Why?"))
    assert (book.figures, book.reports, book.actions, book.territories) == (Figures(0, 0, 0, 0, 0, 0, 0, 0), (), (), ())


def test_reading_takes_as_many_queries_for_ten_groups_as_for_two(day: Day) -> None:
    with CaptureQueriesContext(connection) as few:
        content.read(day.forum)
    for number in range(8):
        write(meet(day.forum, f"More {number}", day.ana, day.bela, place=f"Corner {number}"), findings="Yes")
    with CaptureQueriesContext(connection) as many:
        content.read(day.forum)
    assert len(many) == len(few)


def test_who_met_whom_counts_those_who_sat_there_named_or_not(day: Day) -> None:
    met = content.read(day.forum).encounters
    assert met is not None
    assert [meeting.number for meeting in met.groups] == [1, 2, 3]
    # Emil, who was removed, and his territory are nowhere; Dora, who is hidden, counts where she went last.
    assert [(origin.territory, origin.counts) for origin in met.origins] == [
        ("Armance", (2, 1, 0)),
        ("Lourve", (1, 0, 1)),
    ]
    assert met.mixed == 0


def test_a_day_of_one_territory_says_nothing_of_who_met_whom(db: None) -> None:
    forum = begin()
    people = [arrive(forum, name, territory="Armance") for name in ("Ana", "Béla")]
    meet(forum, "Shade", people[0], *people)
    assert content.read(forum).encounters is None
