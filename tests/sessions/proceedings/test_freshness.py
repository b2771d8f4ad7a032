"""New editions after changes of the content, once it no longer changes."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from forum.models import Actor, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.models import Edition, Report
from sessions.proceedings import content
from sessions.proceedings.freshness import FreshnessCheck
from tests.sessions.proceedings.conftest import RequestEdition
from tests.sessions.proceedings.editions import edition_states, run_tasks

pytestmark = pytest.mark.usefixtures("media_directory", "html_as_pdf")


def test_a_corrected_organisation_makes_a_new_edition(
    nadia: Participant, request_edition: RequestEdition,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    Forum.objects.update(phase=Phase.GROUPS)
    request_edition()
    run_tasks()
    nadia.organisation = "Ville d’Arras"
    nadia.save_identity(Actor(nadia))
    later = timezone.now() + timedelta(minutes=5)
    with time_machine.travel(later), django_capture_on_commit_callbacks(execute=True):
        FreshnessCheck().run()
    assert edition_states() == ["ready", "queued"]


def test_the_book_is_made_anew_once_what_it_says_has_changed_and_settled(
    forum: Forum, group: Group, request_edition: RequestEdition,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    Forum.objects.update(phase=Phase.GROUPS)
    check = FreshnessCheck()
    request_edition()
    run_tasks()

    def states_after_check(later: timedelta) -> list[str]:
        with time_machine.travel(timezone.now() + later), django_capture_on_commit_callbacks(execute=True):
            check.run()
        return edition_states()

    assert states_after_check(timedelta(minutes=5)) == ["ready"]
    report = Report.for_group(group)
    report.write({"findings": "Trop chaud"}, report.bases(), Actor())
    assert states_after_check(timedelta(seconds=1)) == ["ready"]
    assert states_after_check(timedelta(minutes=5)) == ["ready", "queued"]
    run_tasks()
    assert states_after_check(timedelta(minutes=9)) == ["ready", "ready"]


def test_a_book_that_cannot_be_read_is_tried_again_only_once_something_changes(
    group: Group, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    def fail(*_given: object) -> None:
        raise ValueError("torn page")

    monkeypatch.setattr(content, "read_book", fail)
    Forum.objects.update(phase=Phase.GROUPS)
    request_edition()
    run_tasks()

    def states_after_checks(later: timedelta) -> list[str]:
        with time_machine.travel(timezone.now() + later):
            for _ in range(3):
                with django_capture_on_commit_callbacks(execute=True):
                    FreshnessCheck().run()
                run_tasks()
        return edition_states()

    assert states_after_checks(timedelta(minutes=5)) == ["failed"]
    report = Report.for_group(group)
    report.write({"findings": "Trop chaud"}, report.bases(), Actor())
    assert states_after_checks(timedelta(minutes=9)) == ["failed", "failed"]


def test_an_interest_makes_no_new_edition(topic: Topic, theo: Participant, request_edition: RequestEdition) -> None:
    Forum.objects.update(phase=Phase.GROUPS)
    request_edition()
    run_tasks()
    topic.set_interest(theo, True, Actor(theo))
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        FreshnessCheck().run()
    assert Edition.objects.count() == 1
