"""Reports as forms write them: fields, conflicts, actions, completion and rights."""

from typing import Any

import pytest
from django.test import Client
from lxml import html

from forum.extension import extension
from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.models import Edition, Photo, Report
from sessions.models.field_conflicts import base_of
from sessions.proceedings.content import read_book
from sessions.report_progress import progress_by_slot
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated
from tests.sessions.writer_page import WriterPage, stored

JSON = {"accept": "application/json"}


@pytest.fixture
def address(topic: Topic) -> str:
    return f"{topic.get_absolute_url()}report/"


def written(**fields: tuple[str, str]) -> dict[str, str]:
    """Return the data of a form from `name=(typed, seen)`: the new text, and the text before the edit."""
    return {name: text for name, (text, _seen) in fields.items()} | {
        f"b_{name}": base_of(seen) for name, (_text, seen) in fields.items()
    }


def send(client: Client, address: str, **fields: tuple[str, str]) -> Any:
    return client.post(address, written(**fields), headers=JSON).json()


def test_a_field_is_saved_and_its_new_base_is_returned(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    answer = send(client_for(nadia), address, findings=("46 °C au sol.\r\nDeux tilleuls.", ""))
    report.refresh_from_db()
    assert (report.findings, report.status, report.version) == ("46 °C au sol.\nDeux tilleuls.", "draft", 1)
    assert answer["fields"]["findings"] == {"value": report.findings, "base": base_of(report.findings)}
    assert (answer["conflicts"], answer["errors"]) == ([], {})


def test_two_people_who_change_different_fields_at_the_same_time_are_both_saved(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("Constat de Nadia", ""), debate=("", ""))
    send(client_for(theo), address, findings=("", ""), debate=("Débat de Théo", ""))
    report.refresh_from_db()
    assert (report.findings, report.debate) == ("Constat de Nadia", "Débat de Théo")


@pytest.mark.parametrize(
    ("fields", "actions", "has_content"),
    [
        ({}, [], False),
        *(({name: "Un mot"}, [], True) for name in Report.ESSENTIAL_FIELDS),
        ({"findings": " \n ", "debate": "\n"}, [], False),
        ({"title": "Et l’ombre ?", "scribes": "Théo", "head_count": 7, "quote_author": "Nadia"}, [], False),
        ({"contact": "06"}, [], False),
        ({}, [{"what": "Planter"}], True),
        ({}, [{"point_person": "Théo"}], False),
        ({"findings": "46 °C"}, [{"what": "Planter"}, {"what": "Arroser"}], True),
    ],
)  # fmt: skip
def test_a_report_can_be_read_once_there_is_a_text_or_an_action_and_a_photo_begins_it_whoever_asks(
    forum: Forum, report: Report, nadia: Participant, fields: dict[str, Any], actions: list[Any], has_content: bool
) -> None:
    report.write(fields, report.bases(), Actor(nadia))
    for action in actions:
        report.add_action(Actor(nadia), **action)
    for has_begun in (has_content, True):
        assert (report.has_content, report.has_begun) == (has_content, has_begun)
        assert list(Report.objects.begun()) == [report] * has_begun
        assert list(extension().groups_with_begun_report(forum)) == [report.group] * has_begun
        book, (slot,) = read_book(forum), progress_by_slot(forum)
        assert (len(book.reports), len(slot.silent)) == (has_content, not has_content)
        Photo.objects.get_or_create(forum=forum, report=report, key="k", width=1, height=1, position=1)


def test_of_two_people_who_change_the_same_field_the_second_gets_a_conflict_with_the_first_text(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("De Nadia", ""))
    answer = send(client_for(theo), address, findings=("De Théo", ""), debate=("Aussi de Théo", ""))
    report.refresh_from_db()
    assert (report.findings, report.debate) == ("De Nadia", "Aussi de Théo")
    assert answer["conflicts"] == ["findings"]
    assert answer["fields"]["findings"]["value"] == "De Nadia"
    send(client_for(theo), address, findings=("De Nadia\nDe Théo", "De Nadia"))
    report.refresh_from_db()
    assert report.findings == "De Nadia\nDe Théo"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_javascript_a_conflict_shows_both_texts(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor, language: str
) -> None:
    send(client_for(nadia), address, findings=("Le texte de Nadia", ""))
    client = client_for(theo)
    client.cookies["django_language"] = language
    answer = client.post(address, written(findings=("Le texte de Théo", "")))
    sentence = "Somebody wrote here in the meantime: “{text}”. Yours is in the field; send again to keep it."
    assert answer.status_code == 409
    assert translated(sentence, language, text="Le texte de Nadia") in text_of(answer)
    assert "Le texte de Théo</textarea>" in text_of(answer)
    assert f'name="b_findings" value="{base_of("Le texte de Nadia")}"' in text_of(answer)


def test_without_javascript_a_form_refused_for_a_conflict_is_accepted_when_sent_again(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("Le texte de Nadia", ""))
    client = client_for(theo)
    both = written(findings=("Le texte de Théo", ""), debate=("Le débat de Théo", ""))
    refused = client.post(address, both | {"key": "of-this-page"})
    report.refresh_from_db()
    assert report.debate == ""
    assert translated("Nothing is kept yet: correct what is marked below.", "fr") in text_of(refused)
    page: Any = html.fromstring(refused.content)
    (form,) = page.xpath("//form[@id='report']")
    again = {name: value.removeprefix("\n") for name, value in form.form_values()}
    assert client.post(address, again).status_code == 302
    report.refresh_from_db()
    assert (report.findings, report.debate) == ("Le texte de Théo", "Le débat de Théo")


@pytest.mark.parametrize(("button", "status"), [("finish/", "finished"), ("actions/", "draft")])
def test_without_javascript_every_button_of_the_form_saves_its_fields(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor, button: str, status: str
) -> None:
    client = client_for(nadia)
    answer = client.post(f"{address}{button}", written(findings=("Un constat", ""), quote=("Une phrase", "")))
    report.refresh_from_db()
    assert (answer.status_code, report.findings, report.quote, report.status) == (
        302,
        "Un constat",
        "Une phrase",
        status,
    )
    send(client_for(theo), address, findings=("Le constat de Théo", "Un constat"))
    answer = client.post(f"{address}{button}", written(findings=("Le constat de Nadia", "Un constat")))
    assert answer.status_code == 409
    assert "Le constat de Nadia</textarea>" in text_of(answer)


def test_a_quote_that_somebody_replaced_is_restored_from_the_history(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-14T10:15:00+01:00")
    send(client_for(nadia), address, quote=("Une haie, c’est un livret d’épargne.", ""))
    time_machine.move_to("2026-11-14T10:20:00+01:00")
    send(client_for(theo), address, quote=("", "Une haie, c’est un livret d’épargne."))
    first, second = report.versions.all()
    assert [(version.writers, version.text) for version in (first, second)] == [
        (["Nadia Ferrand"], "Une haie, c’est un livret d’épargne."),
        (["Théo Masson"], ""),
    ]
    client_for(theo).post(f"{address}history/{first.pk}/restore/")
    report.refresh_from_db()
    assert report.quote == "Une haie, c’est un livret d’épargne."


def test_a_submission_with_some_fields_leaves_the_others_unchanged(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("Constat", ""))
    client_for(nadia).post(address, written(needs=("Un besoin", "")))
    report.refresh_from_db()
    assert (report.findings, report.needs) == ("Constat", "Un besoin")


def test_a_field_that_is_too_long_does_not_prevent_the_others_from_being_saved(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    answer = send(client_for(nadia), address, quote=("q" * 401, ""), findings=("Constat", ""))
    report.refresh_from_db()
    assert (report.quote, report.findings, list(answer["errors"])) == ("", "Constat", ["quote"])


def test_actions_are_added_written_and_removed(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    for _ in range(2):
        client.post(f"{address}actions/")
    first, second = report.actions.all()
    send(client, f"{address}actions/{first.pk}/", what=("Planter", ""), due_date=("2027-01-15", ""))
    client.post(f"{address}actions/{second.pk}/drop/")
    assert [(action.what, str(action.due_date)) for action in report.actions.all()] == [("Planter", "2027-01-15")]


def test_an_action_of_another_group_is_not_found(
    report: Report, forum: Forum, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    other = Topic.propose(forum, "Un autre", "", nadia, Actor(nadia))
    foreign = Report.for_group(Group.objects.create(topic=other)).add_action(Actor(), what="À eux")
    assert client_for(nadia).post(f"{address}actions/{foreign.pk}/drop/").status_code == 404
    assert (
        client_for(nadia).post(f"{address}actions/{foreign.pk}/", written(what=("Volée", "À eux"))).status_code == 404
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_finishing_an_empty_report_is_refused_with_what_it_needs(
    report: Report, nadia: Participant, address: str, client_for: ClientFor, language: str
) -> None:
    client = client_for(nadia)
    client.cookies["django_language"] = language
    answer = client.post(f"{address}finish/")
    assert answer.status_code == 409
    assert translated("Write at least one line first: everything else is optional.", language) in text_of(answer)


def test_finishing_a_report_records_who_did_it_and_requests_an_edition(
    report: Report, forum: Forum, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("Constat", ""))
    client_for(nadia).post(f"{address}finish/")
    report.refresh_from_db()
    assert (report.is_finished, report.finished_by) == (True, "Nadia Ferrand")
    assert Edition.objects.filter(forum=forum).count() == 1
    client_for(nadia).post(f"{address}reopen/")
    report.refresh_from_db()
    assert (report.status, report.finished_by) == ("draft", "")


def test_someone_outside_the_group_reads_the_report_but_cannot_write_it(
    report: Report, forum: Forum, address: str, client_for: ClientFor
) -> None:
    passer_by = Participant.join(forum, name="De passage")
    client = client_for(passer_by)
    report.write({"findings": "À lire"}, report.bases(), Actor())
    refused = client.post(address, written(findings=("Moi aussi", "À lire")))
    assert refused.status_code == 403
    assert f'href="{report.group.topic.get_absolute_url()}"' in text_of(refused)  # the page on which people join
    assert "À lire" in text_of(client.get(f"{address}read/"))


def test_saving_after_publication_is_refused(
    report: Report, forum: Forum, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    move(forum, Phase.PUBLISHED)
    assert client_for(nadia).post(address, written(findings=("Trop tard", "")), headers=JSON).status_code == 403
    report.refresh_from_db()
    assert report.findings == ""


def test_the_validation_by_a_facilitator_ends_when_a_participant_writes_again(
    report: Report, topic: Topic, nadia: Participant, camille: Facilitator, as_camille: Actor, client_for: ClientFor
) -> None:
    client = client_for(camille)
    address = f"{topic.get_absolute_url()}report/"
    report.apply_updates([WriterPage(report, Actor(nadia)).write("À relire.")])
    client.post(f"{address}validate/")
    assert (stored(report).status, stored(report).validated_by) == ("finished", "Camille Dufour")
    assert translated("Validated by %(name)s", "fr") % {"name": "Camille Dufour"} in text_of(client.get(address))
    report.apply_updates([WriterPage(report, as_camille).write(" Relu.")])
    assert stored(report).validated_by == "Camille Dufour"
    report.apply_updates([WriterPage(report, Actor(nadia)).write(" Encore un mot.")])
    assert (stored(report).status, stored(report).validated_by) == ("finished", "")
