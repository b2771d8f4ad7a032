"""Reports: several hands, nothing overwritten in silence, nothing typed lost."""

from typing import Any

import pytest
from django.test import Client
from lxml import html

from forum.models import Actor, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.models import Edition, Report
from sessions.models.shared_fields import base_of
from tests.conftest import ClientFor, move
from tests.words import said, text_of

JSON = {"accept": "application/json"}


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, theo: Participant) -> Report:
    move(forum, Phase.GROUPS)
    for person in (nadia, theo):
        group.join(person, Actor(person))
    return Report.for_group(group)


@pytest.fixture
def address(topic: Topic) -> str:
    return f"{topic.get_absolute_url()}report/"


def written(**fields: tuple[str, str]) -> dict[str, str]:
    """A submission: per field, what is typed and what its writer had seen."""
    return {name: text for name, (text, _seen) in fields.items()} | {
        f"b_{name}": base_of(seen) for name, (_text, seen) in fields.items()
    }


def send(client: Client, address: str, **fields: tuple[str, str]) -> Any:
    return client.post(address, written(**fields), headers=JSON).json()


def test_what_is_typed_is_saved_and_the_new_base_comes_back(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    answer = send(client_for(nadia), address, findings=("46 °C au sol.\r\nDeux tilleuls.", ""))
    report.refresh_from_db()
    assert (report.findings, report.status, report.version) == ("46 °C au sol.\nDeux tilleuls.", "draft", 1)
    assert answer["fields"]["findings"] == {"value": report.findings, "base": base_of(report.findings)}
    assert (answer["conflicts"], answer["errors"]) == ([], {})


def test_two_people_write_different_fields_at_the_same_time(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor
) -> None:
    both = (client_for(nadia), client_for(theo))
    send(both[0], address, findings=("Constat de Nadia", ""), debate=("", ""))
    send(both[1], address, findings=("", ""), debate=("Débat de Théo", ""))
    report.refresh_from_db()
    assert (report.findings, report.debate) == ("Constat de Nadia", "Débat de Théo")


def test_two_people_who_change_the_same_field_both_keep_their_text(
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
    assert said(sentence, language, text="Le texte de Nadia") in text_of(answer)
    assert "Le texte de Théo</textarea>" in text_of(answer)
    assert f'name="b_findings" value="{base_of("Le texte de Nadia")}"' in text_of(answer)


def test_without_javascript_a_conflict_in_one_field_loses_nothing_of_the_others(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("Le texte de Nadia", ""))
    client = client_for(theo)
    both = written(findings=("Le texte de Théo", ""), debate=("Le débat de Théo", ""))
    refused = client.post(address, both | {"key": "of-this-page"})
    report.refresh_from_db()
    assert report.debate == ""
    assert said("Nothing is kept yet: correct what is marked below.", "fr") in text_of(refused)
    page: Any = html.fromstring(refused.content)
    (form,) = page.xpath("//form[@id='report']")
    again = {name: value.removeprefix("\n") for name, value in form.form_values()}
    assert client.post(address, again).status_code == 302
    report.refresh_from_db()
    assert (report.findings, report.debate) == ("Le texte de Théo", "Le débat de Théo")


@pytest.mark.parametrize(("button", "status"), [("finish/", "finished"), ("actions/", "draft")])
def test_without_javascript_every_button_of_the_form_keeps_what_is_typed_in_it(
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


def test_a_quote_that_somebody_replaced_comes_back_from_the_history(
    report: Report, nadia: Participant, theo: Participant, address: str, client_for: ClientFor, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-14T10:15:00+01:00")
    send(client_for(nadia), address, quote=("Une haie, c’est un livret d’épargne.", ""))
    time_machine.move_to("2026-11-14T10:20:00+01:00")
    send(client_for(theo), address, quote=("", "Une haie, c’est un livret d’épargne."))
    hers, his = report.versions.all()
    assert [(version.writers, version.text) for version in (hers, his)] == [
        (["Nadia Ferrand"], "Une haie, c’est un livret d’épargne."),
        (["Théo Masson"], ""),
    ]
    client_for(theo).post(f"{address}history/{hers.pk}/restore/")
    report.refresh_from_db()
    assert report.quote == "Une haie, c’est un livret d’épargne."


def test_a_part_of_the_form_leaves_the_other_fields_alone(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    send(client_for(nadia), address, findings=("Constat", ""))
    client_for(nadia).post(address, written(needs=("Un besoin", "")))
    report.refresh_from_db()
    assert (report.findings, report.needs) == ("Constat", "Un besoin")


def test_a_field_that_is_too_long_does_not_keep_the_others_from_being_saved(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    answer = send(client_for(nadia), address, quote=("q" * 401, ""), findings=("Constat", ""))
    report.refresh_from_db()
    assert (report.quote, report.findings, list(answer["errors"])) == ("", "Constat", ["quote"])


def test_actions_are_rows_that_come_and_go(
    report: Report, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    for _ in range(2):
        client.post(f"{address}actions/")
    first, second = report.actions.all()
    send(client, f"{address}actions/{first.pk}/", what=("Planter", ""), due_date=("2027-01-15", ""))
    client.post(f"{address}actions/{second.pk}/drop/")
    assert [(action.what, str(action.due_date)) for action in report.actions.all()] == [("Planter", "2027-01-15")]


def test_an_action_of_another_group_cannot_be_reached(
    report: Report, forum: Forum, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    other = Topic.propose(forum, "Un autre", "", nadia, Actor(nadia))
    theirs = Report.for_group(Group.objects.create(topic=other)).add_action(Actor(), what="À eux")
    assert client_for(nadia).post(f"{address}actions/{theirs.pk}/drop/").status_code == 404
    assert client_for(nadia).post(f"{address}actions/{theirs.pk}/", written(what=("Volée", "À eux"))).status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_empty_report_is_not_finished_and_says_what_it_needs(
    report: Report, nadia: Participant, address: str, client_for: ClientFor, language: str
) -> None:
    client = client_for(nadia)
    client.cookies["django_language"] = language
    answer = client.post(f"{address}finish/")
    assert answer.status_code == 409
    assert said("Write at least one line first: everything else is optional.", language) in text_of(answer)


def test_a_finished_report_says_who_finished_it_and_asks_for_an_edition(
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


def test_someone_who_is_not_in_the_group_reads_but_does_not_write(
    report: Report, forum: Forum, address: str, client_for: ClientFor
) -> None:
    passer_by = Participant.join(forum, name="De passage")
    client = client_for(passer_by)
    report.write({"findings": "À lire"}, report.bases(), Actor())
    refused = client.post(address, written(findings=("Moi aussi", "À lire")))
    assert refused.status_code == 403
    assert f'href="{report.group.topic.get_absolute_url()}"' in text_of(refused)  # where one joins
    assert "À lire" in text_of(client.get(f"{address}read/"))


def test_a_save_that_comes_after_the_end_is_refused_and_changes_nothing(
    report: Report, forum: Forum, nadia: Participant, address: str, client_for: ClientFor
) -> None:
    move(forum, Phase.PUBLISHED)
    assert client_for(nadia).post(address, written(findings=("Trop tard", "")), headers=JSON).status_code == 403
    report.refresh_from_db()
    assert report.findings == ""
