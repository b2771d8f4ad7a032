"""Replacing the names of people who did not agree to be named in full, in texts that others typed."""

import unicodedata

import pytest
from django.utils import translation

from sessions.proceedings.pseudonyms import Pseudonymiser, fold_texts, mentions
from tests.sessions.proceedings.conftest import ACTOR, join, make_forum


@translation.override("en")
def test_an_ordinary_word_is_not_taken_for_a_name(db: None) -> None:
    forum = make_forum()
    people = [join(forum, "Rose", "hidden"), join(forum, "Jean Val", "first")]
    rewrite = Pseudonymiser(people).rewrite
    assert rewrite("A rose garden, by jean  val and Jean Valjean") == "A rose garden, by Jean and Jean Valjean"
    assert rewrite("Rose, Ana") == "a participant, Ana"


@pytest.mark.parametrize("written", [
    "HELENE DURAND", "Helene Durand", "Durand Hélène", unicodedata.normalize("NFD", "Hélène Durand"),
    "Hélène\u00a0Durand", "Hélène-Durand", "hélène\n durand", "Hé\u00adlène Durand", "_Hélène Durand_",
])  # fmt: skip
@translation.override("en")
def test_a_name_is_recognised_however_it_is_typed(db: None, written: str) -> None:
    rewrite = Pseudonymiser([join(make_forum(), "Hélène Durand", "hidden")]).rewrite
    assert rewrite(f"À Œuf‑lès‑Bains, {written}: « ça va »").replace("_", "") == (
        "À Œuf‑lès‑Bains, a participant: « ça va »"
    )


@translation.override("en")
def test_a_name_with_accents_or_signs_is_recognised_without_them(db: None) -> None:
    forum = make_forum()
    names = ["Durand, Hélène", "Jean-Paul D’Hondt", "Łukasz Cœur", "J. Bell", "أحمد علي", "★ Léa ★"]
    rewrite = Pseudonymiser([join(forum, name, "hidden") for name in names]).rewrite
    assert rewrite("DURAND, Hélène; D Hondt Jean Paul; lukasz coeur; Bell J.; مع أحمد علي، نعم; ★ lea ★") == (
        "a participant; a participant; a participant; a participant; مع a participant، نعم; a participant"
    )


def test_words_that_only_resemble_a_name_stay(db: None) -> None:
    forum = make_forum()
    rewrite = Pseudonymiser([join(forum, name, "hidden") for name in ("Hélène Durand", "Anne-Marie")]).rewrite
    text = "Hélène et Durand, Hélène Durandal\n- Hélène\n- Durand\nla rue Anne-Marie, Marie-Anne"
    assert rewrite(text) == text


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
    assert Pseudonymiser([join(make_forum(), name, "hidden")]).rewrite(text) == text


@pytest.mark.parametrize(
    ("text", "is_mentioned"),
    [
        ("Avec Hélène Durand.", True), ("DURAND, HELENE", True), ("Durand-Hélène", True),
        ("Hélène et Durand", False), ("Hélène Durandal", False), ("", False),
    ],
)  # fmt: skip
def test_a_name_is_found_in_many_texts_at_once(text: str, is_mentioned: bool) -> None:
    assert mentions(fold_texts(["Avant", text, "Après"]), "Hélène Durand") == is_mentioned


def test_the_stricter_choice_of_two_people_with_the_same_name_holds(db: None) -> None:
    forum = make_forum()
    people = [join(forum, "Jo Bell", "full"), join(forum, "Jo Bell", "initials")]
    assert Pseudonymiser(people).rewrite("Jo Bell") == "J. B."


@translation.override("en")
def test_someone_who_was_removed_and_came_back_is_named(db: None) -> None:
    forum = make_forum()
    removed, present = join(forum, "Jo Bell"), join(forum, "Jo Bell")
    removed.remove(ACTOR)
    removed.refresh_from_db()
    assert Pseudonymiser([removed, present]).rewrite("Jo Bell") == "Jo Bell"
    assert Pseudonymiser([removed]).rewrite("Jo Bell") == "a participant"
