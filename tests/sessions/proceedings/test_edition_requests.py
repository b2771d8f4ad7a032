"""Requests of editions, and editions whose worker died."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from forum.models import Forum, JournalEntry
from sessions.models import Edition
from sessions.proceedings import (
    edition_requests,
)
from sessions.proceedings.freshness import FreshnessCheck
from tests.sessions.proceedings.conftest import RequestEdition
from tests.sessions.proceedings.editions import queued_arguments

pytestmark = pytest.mark.usefixtures("media_directory")


def test_two_requests_make_one_edition(request_edition: RequestEdition) -> None:
    assert request_edition() == request_edition()
    assert queued_arguments() == [[Edition.objects.get().pk]]


def test_an_edition_requested_while_another_is_made_waits_for_its_turn(request_edition: RequestEdition) -> None:
    first = request_edition()
    first.begin()
    second = request_edition()
    assert (second.number, second.state) == (2, Edition.State.QUEUED)
    assert queued_arguments() == [[first.pk], [second.pk]]


def test_an_edition_whose_task_was_lost_starts_with_the_next_request(request_edition: RequestEdition) -> None:
    edition = request_edition()
    DBTaskResult.objects.all().delete()
    assert request_edition() == edition
    assert queued_arguments() == []
    Edition.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    assert request_edition() == edition
    assert queued_arguments() == [[edition.pk]]


def test_an_edition_whose_worker_died_fails_and_a_new_one_is_made(
    forum: Forum, request_edition: RequestEdition
) -> None:
    interrupted = request_edition()
    interrupted.begin()
    JournalEntry.objects.filter(forum=forum).update(at=timezone.now() - timedelta(minutes=3))
    assert not interrupted.is_stuck
    JournalEntry.objects.filter(forum=forum).update(at=timezone.now() - timedelta(minutes=5))
    assert interrupted.is_stuck
    new = request_edition()
    interrupted.refresh_from_db()
    assert (interrupted.state, new.number, new.state) == (Edition.State.FAILED, 2, Edition.State.QUEUED)
    assert interrupted.reason != ""


def test_an_edition_interrupted_by_a_stop_of_the_server_is_made_anew(
    forum: Forum, request_edition: RequestEdition, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    interrupted = request_edition()
    interrupted.begin()
    DBTaskResult.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        edition_requests.resume_interrupted()
    interrupted.refresh_from_db()
    assert interrupted.state == Edition.State.FAILED
    new = Edition.objects.get(state=Edition.State.QUEUED)
    assert queued_arguments()[0] == [new.pk]


def test_a_book_that_ends_the_worker_is_made_anew_once_and_then_only_when_somebody_asks(
    forum: Forum, request_edition: RequestEdition, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    request_edition()
    for _start in range(4):
        for edition in Edition.objects.filter(state=Edition.State.QUEUED):
            edition.begin()
        with django_capture_on_commit_callbacks(execute=True):
            edition_requests.resume_interrupted()
            FreshnessCheck().run()
    assert list(forum.editions.values_list("number", "state")) == [(2, "failed"), (1, "failed")]
    assert request_edition().number == 3


def test_a_book_whose_worker_died_elsewhere_is_made_anew_once_by_another_worker(
    forum: Forum, request_edition: RequestEdition, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    request_edition().begin()
    edition_requests.resume_stuck()
    assert list(forum.editions.values_list("state", flat=True)) == ["rendering"]
    for _worker in range(3):
        JournalEntry.objects.filter(forum=forum).update(at=timezone.now() - timedelta(minutes=5))
        with django_capture_on_commit_callbacks(execute=True):
            edition_requests.resume_stuck()
        for waiting in Edition.objects.filter(state=Edition.State.QUEUED):
            waiting.begin()
    assert list(forum.editions.values_list("number", "state")) == [(2, "failed"), (1, "failed")]
