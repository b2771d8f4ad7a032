"""Fields of one line keep to one line, whatever is typed, pasted or imported into them."""

import datetime as dt

import pytest
from django import forms
from django.apps import apps
from django.core.management import call_command
from django.db import models

from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from forum.text.one_line import LineField, OneLine, one_line
from sessions.models import Report
from tests.conftest import ClientFor, move
from tests.forum.views.test_agenda import settings_of

pytestmark = pytest.mark.django_db

BREAKS = ("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
UNSEEN = ("\x00", "\x08", "\x1b", "\x7f", "\x9f", "\xad", "\u202e", "\u2066", "\u2069", "\ud800", "\ufeff", "\uffff")


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_what_ends_a_line_is_a_space(sign: str) -> None:
    assert one_line(f"{sign}one{sign}{sign}two {sign}") == "one two"


@pytest.mark.parametrize("sign", UNSEEN, ids=ascii)
def test_what_nobody_sees_is_gone(sign: str) -> None:
    assert one_line(f"{sign} on{sign}e {sign} two{sign}") == "one two"


def test_letters_of_every_script_and_joined_signs_stay() -> None:
    words = "L’été à Œuilly : שלום مرحبا 水 👨\u200d👩\u200d👧 e\u0301"
    assert one_line(words) == words


def test_every_text_of_one_line_that_people_write_is_a_line() -> None:
    """A text field that is neither a choice nor written by the app itself must be declared as what it is."""
    ours = {
        "Facilitator.link_fingerprint", "Device.kind", "Device.token_fingerprint", "OneTimeCode.code_fingerprint",
        "Participant.announced_as", "Forum.time_zone", "Forum.code", "Forum.epoch",
        "Submission.key", "Submission.path", "Submission.sender", "Submission.location", "Photo.key",
        "Photo.transcribed_by", "Version.section", "Report.finished_by", "Report.validated_by", "Edition.reason",
        "Imprint.accent", "Logo.file",
    }  # fmt: skip
    found = {
        f"{model.__name__}.{field.name}"
        for label in ("forum", "reports")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if type(field) is models.CharField and not field.choices
    }
    assert found == ours


def test_a_line_is_a_plain_text_field_to_the_database(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_a_form_takes_one_line_or_says_that_nothing_is_there() -> None:
    class Form(forms.Form):
        title = OneLine(max_length=7)

    assert Form({"title": "one\x08\n\ntwo"}).is_valid()
    reasons = {text: Form({"title": text}).errors.as_data()["title"][0].code for text in ("\u202e\x08\n", "o\x00ne")}
    assert list(reasons.values()) == ["required", "null_characters_not_allowed"]


def test_the_facilitator_s_form_keeps_each_line_on_one(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    typed = {
        "title": "Rencontre\nannuelle", "question": "Quoi\u2028faire ?", "venue": "Ar\u202eras",
        "organisers": "Ville\x85et\tRégion", "contact": "a@example.org\x0b06", "territories": "Arras\n\x08Lens",
    }  # fmt: skip
    answer = client_for(camille).post(f"/{forum.code}/desk/settings/", settings_of(forum, **typed))
    assert answer.status_code == 302
    forum.refresh_from_db()
    assert [forum.title, forum.question, forum.venue, forum.organisers, forum.contact, forum.territories] == [
        "Rencontre annuelle", "Quoi faire ?", "Arras", "Ville et Région", "a@example.org 06", "Arras\nLens",
    ]  # fmt: skip


def test_what_is_changed_into_two_lines_can_still_be_undone(forum: Forum, chair: Actor) -> None:
    """The journal holds what was kept, not what was typed: else it would seem to have moved since."""
    forum.venue = "Lens\nou Arras"
    forum.describe(chair)
    forum.journal.get(verb="described the forum").undo(chair)
    forum.refresh_from_db()
    assert forum.venue == "Arras"


def test_people_topics_and_reports_keep_to_one_line_too(
    forum: Forum, nadia: Participant, group: Group, client_for: ClientFor
) -> None:
    joined = {"name": "Zoé\nPetit", "organisation": "Ville\x85d’Arras", "territory": "Ar\x08ras", "appearance": "full"}
    assert client_for(None).post(f"/{forum.code}/join/", joined).status_code == 302
    assert list(forum.participants.filter(name="Zoé Petit").values_list("organisation", "territory")) == [
        ("Ville d’Arras", "Arras")
    ]
    move(forum, Phase.GROUPS)
    phone = client_for(nadia)
    phone.post(f"/{forum.code}/topics/1/presence/", {"present": "yes"})
    report = Report.for_group(group)
    bases = {f"b_{name}": base for name, base in report.bases().items()}
    written = {"title": "Et\nles arbres ?", "quote": "Un arbre,\u2028maintenant.", "findings": "un\ndeux"}
    phone.post(f"/{forum.code}/topics/1/report/", {**bases, **written})
    report.refresh_from_db()
    assert (report.title, report.quote, report.findings) == ("Et les arbres ?", "Un arbre, maintenant.", "un\ndeux")


def test_what_comes_by_no_form_keeps_to_one_line_as_well(forum: Forum, slot: object) -> None:
    """The demonstration's story, a script, many rows at once: they all end in the same fields."""
    topic = Topic.propose(forum, "Deux\nlignes", "", None, Actor())
    assert (topic.title, Topic.objects.get(pk=topic.pk).title) == ("Deux lignes", "Deux lignes")
    Participant.announce(forum, [{"name": "Anne\nMarie", "organisation": "", "territory": "", "email": ""}], Actor())
    assert forum.participants.get(is_expected=True).name == "Anne Marie"
    forum.slots.create(starts_at=dt.time(16, 0), minutes=30, title="Pot\u2029de départ")
    assert forum.slots.filter(title="Pot de départ").count() == 1
    assert isinstance(Forum._meta.get_field("title"), LineField)
