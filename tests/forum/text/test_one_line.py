"""Fields of one line: typed, pasted and imported line breaks."""

import datetime as dt

import pytest
from django import forms
from django.apps import apps
from django.core.management import call_command
from django.db import models

from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from forum.text.one_line import LineField, LineFormField, one_line
from sessions.models import Report
from tests.conftest import ClientFor, move
from tests.forum.views.test_settings import settings_of

pytestmark = pytest.mark.django_db

BREAKS = ("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
INVISIBLE = ("\x00", "\x08", "\x1b", "\x7f", "\x9f", "\xad", "\u202e", "\u2066", "\u2069", "\ud800", "\ufeff", "\uffff")


@pytest.mark.parametrize("character", BREAKS, ids=ascii)
def test_the_end_of_a_line_becomes_a_space(character: str) -> None:
    assert one_line(f"{character}one{character}{character}two {character}") == "one two"


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
def test_invisible_characters_are_removed(character: str) -> None:
    assert one_line(f"{character} on{character}e {character} two{character}") == "one two"


def test_letters_of_every_script_and_joined_characters_stay() -> None:
    text = "L’été à Œuilly : שלום مرحبا 水 👨\u200d👩\u200d👧 e\u0301"
    assert one_line(text) == text


def test_every_text_of_one_line_that_people_write_is_a_line_field() -> None:
    """Any CharField must be a choice, or written by the app itself."""
    written_by_the_app = {
        "Account.issuer", "Account.subject_fingerprint",
        "Facilitator.link_fingerprint", "Device.kind", "Device.token_fingerprint", "OneTimeCode.code_fingerprint",
        "Participant.announced_as", "Forum.time_zone", "Forum.code", "Forum.epoch",
        "Submission.key", "Submission.digest", "Submission.path", "Submission.sender", "Submission.location",
        "Photo.key", "PhotoFiles.key",
        "Photo.transcribed_by", "Version.section", "Report.finished_by", "Report.validated_by", "Edition.reason",
        "Imprint.accent", "Logo.file",
    }  # fmt: skip
    char_fields = {
        f"{model.__name__}.{field.name}"
        for label in ("forum", "reports")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if type(field) is models.CharField and not field.choices
    }
    assert char_fields == written_by_the_app


def test_a_line_field_is_a_char_field_in_migrations(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_what_a_form_or_an_undo_brings_into_a_line_field_is_one_line() -> None:
    field = LineField(max_length=20)
    assert field.to_python("one\ntwo") == "one two"
    assert field.to_python(None) is None
    assert field.formfield().clean(" one\ntwo ") == "one two"


def test_a_form_joins_lines_and_refuses_an_invisible_text() -> None:
    class Form(forms.Form):
        title = LineFormField(max_length=7)

    assert Form({"title": "one\x08\n\ntwo"}).is_valid()
    codes = {text: Form({"title": text}).errors.as_data()["title"][0].code for text in ("\u202e\x08\n", "o\x00ne")}
    assert list(codes.values()) == ["required", "null_characters_not_allowed"]


def test_the_settings_of_a_forum_keep_to_one_line(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    fields = {
        "title": "Rencontre\nannuelle", "question": "Quoi\u2028faire ?", "venue": "Ar\u202eras",
        "organisers": "Ville\x85et\tRégion", "contact": "a@example.org\x0b06", "territories": "Arras\n\x08Lens",
    }  # fmt: skip
    response = client_for(camille).post(f"/{forum.code}/desk/settings/", settings_of(forum, **fields))
    assert response.status_code == 302
    forum.refresh_from_db()
    assert [forum.title, forum.question, forum.venue, forum.organisers, forum.contact, forum.territories] == [
        "Rencontre annuelle", "Quoi faire ?", "Arras", "Ville et Région", "a@example.org 06", "Arras\nLens",
    ]  # fmt: skip


def test_a_change_to_two_lines_can_be_undone(forum: Forum, as_camille: Actor) -> None:
    """With the typed text in the journal, the row would seem to have changed since."""
    forum.venue = "Lens\nou Arras"
    forum.describe(as_camille)
    forum.journal.get(verb="described the forum").undo(as_camille)
    forum.refresh_from_db()
    assert forum.venue == "Arras"


def test_people_and_reports_keep_to_one_line(
    forum: Forum, nadia: Participant, group: Group, client_for: ClientFor
) -> None:
    fields = {"name": "Zoé\nPetit", "organisation": "Ville\x85d’Arras", "territory": "Ar\x08ras", "appearance": "full"}
    assert client_for(None).post(f"/{forum.code}/join/", fields).status_code == 302
    assert list(forum.participants.filter(name="Zoé Petit").values_list("organisation", "territory")) == [
        ("Ville d’Arras", "Arras")
    ]
    move(forum, Phase.GROUPS)
    phone = client_for(nadia)
    phone.post(f"/{forum.code}/topics/1/presence/", {"present": "yes"})
    report = Report.for_group(group)
    bases = {f"b_{name}": base for name, base in report.bases().items()}
    texts = {"title": "Et\nles arbres ?", "quote": "Un arbre,\u2028maintenant.", "findings": "un\ndeux"}
    phone.post(f"/{forum.code}/topics/1/report/", {**bases, **texts})
    report.refresh_from_db()
    assert (report.title, report.quote, report.findings) == ("Et les arbres ?", "Un arbre, maintenant.", "un\ndeux")


def test_texts_that_come_by_no_form_keep_to_one_line(forum: Forum, slot: object) -> None:
    """Model methods, many rows at once, and plain creation all go through the same field."""
    topic = Topic.propose(forum, "Deux\nlignes", "", None, Actor())
    assert (topic.title, Topic.objects.get(pk=topic.pk).title) == ("Deux lignes", "Deux lignes")
    Participant.announce(forum, [{"name": "Anne\nMarie", "organisation": "", "territory": "", "email": ""}], Actor())
    assert forum.participants.get(is_expected=True).name == "Anne Marie"
    forum.slots.create(starts_at=dt.time(16, 0), minutes=30, title="Pot\u2029de départ")
    assert forum.slots.filter(title="Pot de départ").count() == 1
    assert isinstance(Forum._meta.get_field("title"), LineField)
