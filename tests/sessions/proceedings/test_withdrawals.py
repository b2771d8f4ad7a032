"""Withdrawal of editions with a name, a photo or a text that was taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from forum.models import Actor, Feedback, Forum, Group, JournalEntry, Participant, Topic
from forum.models.approval import decide, waiting_rows
from sessions.media.images import ProcessedImage
from sessions.models import Comment, Edition, Photo, Report
from sessions.proceedings import (
    formats,
    jobs,
)
from tests.sessions.proceedings.conftest import RequestEdition
from tests.sessions.proceedings.editions import (
    during_printing,
    edition_states,
    kept_pdfs,
    run_tasks,
)

pytestmark = pytest.mark.usefixtures("media_directory", "html_as_pdf")


def test_hiding_a_name_withdraws_the_edition_that_has_it(
    forum: Forum, topic: Topic, nadia: Participant, request_edition: RequestEdition,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    first = request_edition()
    run_tasks()
    assert "Nadia Ferrand" in first.path.read_text()
    nadia.appearance = "hidden"
    with django_capture_on_commit_callbacks(execute=True):
        nadia.save_identity(Actor(nadia))
    first.refresh_from_db()
    assert (first.state, first.path.exists(), first.formats_directory.exists()) == (
        Edition.State.WITHDRAWN,
        False,
        False,
    )
    run_tasks()
    second = Edition.objects.latest("number")
    assert (second.number, second.state) == (2, Edition.State.READY)
    assert "Nadia" not in second.path.read_text()


def test_a_name_hidden_during_the_printing_is_not_in_the_book(
    nadia: Participant, topic: Topic, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    def hide(percent: int) -> None:
        if percent == 80 and nadia.appearance != "hidden":
            nadia.appearance = "hidden"
            nadia.save_identity(Actor(nadia))

    during_printing(monkeypatch, hide)
    request_edition()
    with django_capture_on_commit_callbacks(execute=True):
        run_tasks()
    assert edition_states() == ["withdrawn", "queued"]
    run_tasks()
    assert edition_states() == ["withdrawn", "ready"]
    assert kept_pdfs() == ["2.pdf"]
    assert "Nadia" not in Edition.objects.latest("number").path.read_text()


def test_a_name_hidden_at_the_last_moment_is_in_no_edition(
    nadia: Participant, topic: Topic, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    make_formats = formats.make_formats

    def hide_and_make(*args: Any) -> dict[str, bytes]:
        if nadia.appearance != "hidden":
            nadia.appearance = "hidden"
            nadia.save_identity(Actor(nadia))
        return make_formats(*args)

    monkeypatch.setattr(formats, "make_formats", hide_and_make)
    edition = request_edition()
    with django_capture_on_commit_callbacks(execute=True):
        run_tasks()
    assert (edition_states(), edition.formats_directory.exists()) == (["withdrawn", "queued"], False)
    run_tasks()
    assert (edition_states(), kept_pdfs()) == (["withdrawn", "ready"], ["2.pdf"])


def test_the_worker_stops_printing_a_withdrawn_edition_at_once(
    nadia: Participant, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    percents = []

    def rename(percent: int) -> None:
        percents.append(percent)
        nadia.name = f"Nadia {len(percents)}"
        nadia.save_identity(Actor(nadia))

    during_printing(monkeypatch, rename)
    request_edition()
    jobs.make_edition.call(Edition.objects.get().pk)
    assert (percents, edition_states()) == ([5], ["withdrawn", "queued"])


def test_a_change_without_a_name_neither_withdraws_nor_restarts_an_edition(
    forum: Forum,
    nadia: Participant,
    theo: Participant,
    request_edition: RequestEdition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request_edition()
    run_tasks()

    def save_again(percent: int) -> None:
        nadia.territory = f"Arras {percent}"
        nadia.save_identity(Actor(nadia))
        theo.save_identity(Actor(theo))

    during_printing(monkeypatch, save_again)
    request_edition()
    run_tasks()
    assert edition_states() == ["ready", "ready"]
    entries = JournalEntry.objects.filter(forum=forum, verb="edited an entry")
    assert set(entries.values_list("participant", flat=True)) == {nadia.pk}


IsWithdrawnBy = Callable[[Callable[[], object]], bool]


@pytest.fixture
def is_withdrawn_by(request_edition: RequestEdition) -> IsWithdrawnBy:
    """Return a function that makes an edition, calls `act`, and returns whether that withdrew the edition."""

    def check(act: Callable[[], object]) -> bool:
        edition = request_edition()
        jobs.make_edition.call(edition.pk)
        act()
        edition.refresh_from_db()
        assert edition.state == Edition.State.READY or edition_states()[-1] == Edition.State.QUEUED
        return edition.state == Edition.State.WITHDRAWN

    return check


def test_undoing_a_change_of_appearance_withdraws_the_editions_with_the_name(
    forum: Forum, nadia: Participant, as_camille: Actor, is_withdrawn_by: IsWithdrawnBy
) -> None:
    for appearance in ("hidden", "full"):
        nadia.appearance = appearance
        nadia.save_identity(Actor(nadia))
    entry = forum.journal.filter(verb="edited an entry").latest("revision")
    assert is_withdrawn_by(lambda: entry.undo(as_camille))
    assert not is_withdrawn_by(lambda: forum.journal.get(verb="undid").undo(as_camille))


def test_a_photo_withdraws_the_editions_when_its_people_no_longer_agree_or_it_is_removed(
    group: Group, is_withdrawn_by: IsWithdrawnBy, as_camille: Actor
) -> None:
    report = Report.for_group(group)
    report.write({"findings": "Trop chaud"}, report.bases(), as_camille)
    report.finish(as_camille)
    drawn = ProcessedImage(b"photo", b"photo", b"photo", 60, 40)
    photos = [Photo.add(report, drawn, as_camille) for _ in range(3)]
    for photo in photos[:2]:
        photo.set_people_agreed(True, as_camille)
    assert not is_withdrawn_by(lambda: photos[2].remove(as_camille))
    assert is_withdrawn_by(lambda: photos[0].set_people_agreed(False, as_camille))
    assert is_withdrawn_by(lambda: photos[1].remove(as_camille))


def test_the_arrival_of_someone_hidden_withdraws_only_the_editions_that_name_them(
    forum: Forum, group: Group, is_withdrawn_by: IsWithdrawnBy, as_camille: Actor
) -> None:
    report = Report.for_group(group)
    report.write({"debate": "Selon Helene Durand, et zoe petit, il faut planter."}, report.bases(), as_camille)
    Participant.announce(forum, [{"name": "Zoé Petit"}], as_camille)
    zoe = forum.participants.get(name="Zoé Petit")
    Participant.objects.filter(pk=zoe.pk).update(appearance="initials")
    assert not is_withdrawn_by(lambda: Participant.join(forum, name="Paul Martin", appearance="hidden"))
    assert not is_withdrawn_by(lambda: Participant.join(forum, name="Helene Durand", appearance="full"))
    assert is_withdrawn_by(lambda: Participant.join(forum, name="Hélène Durand", appearance="hidden"))
    assert is_withdrawn_by(lambda: zoe.arrive(as_camille))


def test_a_word_that_is_taken_back_withdraws_the_editions_that_have_it(
    forum: Forum, nadia: Participant, is_withdrawn_by: IsWithdrawnBy
) -> None:
    by = Actor(nadia)
    word = Feedback.give(forum, nadia, by, words="Merci", keep="", change="")
    assert is_withdrawn_by(lambda: word.take_back(by))
    assert not is_withdrawn_by(lambda: Feedback.give(forum, nadia, by, words="Bon", keep="", change="").take_back(by))


def test_what_waits_for_approval_is_in_no_edition_and_an_approval_that_is_undone_withdraws_those_that_have_it(
    forum: Forum, group: Group, theo: Participant, as_camille: Actor, is_withdrawn_by: IsWithdrawnBy
) -> None:
    def decide_all(*, is_approved: bool) -> None:
        decide(forum, [row.name for row in waiting_rows(forum)], is_approved, as_camille)

    forum.set_approves_first(True, as_camille)
    report = Report.for_group(group)
    Feedback.give(forum, theo, Actor(theo), words="Merci", keep="", change="")
    Comment.post(report, theo, Actor(theo), concerns_us=True)
    photo = Photo.add(report, ProcessedImage(b"", b"", b"", 20, 10), Actor(theo))
    photo.set_people_agreed(True, Actor(theo))
    assert not is_withdrawn_by(lambda: decide_all(is_approved=False))
    forum.journal.get(verb="refused").undo(as_camille)
    decide_all(is_approved=True)
    assert is_withdrawn_by(lambda: forum.journal.get(verb="approved").undo(as_camille))


def test_leaving_the_follow_up_withdraws_the_editions_with_the_name(
    group: Group, nadia: Participant, theo: Participant, is_withdrawn_by: IsWithdrawnBy
) -> None:
    report = Report.for_group(group)
    joined = Comment.post(report, theo, Actor(theo), concerns_us=True)
    remark = Comment.post(report, nadia, Actor(nadia), text="Et les haies ?")
    assert not is_withdrawn_by(lambda: remark.withdraw(Actor(nadia)))
    assert is_withdrawn_by(lambda: joined.withdraw(Actor(theo)))
    assert not is_withdrawn_by(lambda: Comment.post(report, theo, Actor(theo), concerns_us=True).withdraw(Actor(theo)))


def test_an_edition_without_a_name_stays_when_it_is_hidden_again(
    nadia: Participant, is_withdrawn_by: IsWithdrawnBy
) -> None:
    def show_and_hide() -> None:
        for appearance in ("full", "hidden"):
            nadia.appearance = appearance
            nadia.save_identity(Actor(nadia))

    nadia.appearance = "hidden"
    nadia.save_identity(Actor(nadia))
    assert not is_withdrawn_by(show_and_hide)


def test_files_of_a_withdrawn_edition_that_a_power_cut_brought_back_are_deleted(
    forum: Forum, request_edition: RequestEdition
) -> None:
    editions = [request_edition()]
    run_tasks()
    editions.append(request_edition())
    run_tasks()
    Edition.objects.filter(number=1).update(state=Edition.State.WITHDRAWN)
    erased = Edition(forum_id=forum.pk + 1, number=1)
    erased.formats_directory.mkdir(parents=True)
    erased.path.write_bytes(b"%PDF of an erased forum")
    Edition.delete_leftovers()
    files = [(each.path.exists(), each.formats_directory.exists()) for each in (*editions, erased)]
    assert files == [(False, False), (True, True), (False, False)]
