"""The history of a report's texts: versions, their writers, and restoring one."""

from typing import Any

import pytest

from forum.models import Actor, Forum, Group, Participant, Topic
from sessions.models import Report, Version
from sessions.models.manuscript import Manuscript
from tests.conftest import ClientFor
from tests.page_texts import text_of, translated
from tests.sessions.writer_page import WriterPage, stored

pytestmark = pytest.mark.django_db


def test_history_shows_who_wrote_what_and_restoring_a_text_keeps_the_present_one(
    report: Report, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor, time_machine: Any
) -> None:
    client = client_for(theo)
    address = f"{topic.get_absolute_url()}report/history/"
    time_machine.move_to("2026-11-14T10:15:00+01:00")
    her_page = WriterPage(report, Actor(nadia))
    report.apply_updates([her_page.write("Deux tilleuls.")])
    report.apply_updates([her_page.write(" Un banc.")])
    time_machine.move_to("2026-11-14T10:40:00+01:00")
    report.apply_updates([WriterPage(report, Actor(theo)).write(" Rien d’autre.")])
    first, second = report.versions.all()
    assert [(version.writers, version.text) for version in (first, second)] == [
        (["Nadia Ferrand"], "Deux tilleuls. Un banc."),
        (["Théo Masson"], "Deux tilleuls. Un banc. Rien d’autre."),
    ]
    html = text_of(client.get(address))
    assert html.index("Théo Masson") < html.index("Nadia Ferrand")
    assert "<ins> Rien d’autre.</ins>" in html
    answer = client.post(f"{address}{first.pk}/restore/", follow=True)
    assert translated("This text is back. Nothing is lost: see the history.", "fr") in text_of(answer)
    assert stored(report).findings == Manuscript(report).texts["findings"] == "Deux tilleuls. Un banc."
    assert [version.text for version in report.versions.all()] == [first.text, second.text, first.text]
    her_page.catch_up()
    report.apply_updates([her_page.write(" Et une fontaine.")])
    assert report.versions.count() == 4  # a restored text is not overwritten in the history


def test_people_who_write_at_the_same_time_share_a_version(
    report: Report, nadia: Participant, theo: Participant
) -> None:
    for person in (nadia, theo, nadia):
        report.apply_updates([WriterPage(report, Actor(person)).write(f"{person.name}. ")])
    (version,) = report.versions.all()
    assert version.writers == ["Nadia Ferrand", "Théo Masson"]


def test_a_version_of_another_report_cannot_be_restored(
    report: Report, forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    other = Report.for_group(Group.objects.create(topic=Topic.propose(forum, "Autre", "", None, Actor())))
    other.apply_updates([WriterPage(other, Actor()).write("À eux.")])
    version = Version.objects.get(report=other)
    address = f"{topic.get_absolute_url()}report/history/{version.pk}/restore/"
    assert client_for(nadia).post(address).status_code == 404
