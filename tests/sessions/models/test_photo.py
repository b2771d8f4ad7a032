"""The files of a photo: they go a day after it was removed, or with the rehearsal that is erased."""

import os
import time
from typing import Any

import pytest
from django.utils import timezone

from forum.models import Actor, Forum, Participant
from forum.server import disk
from sessions.management.commands.worker import delete_unneeded
from sessions.models import Photo, Report, photo_files
from sessions.models.photo import MAX_PHOTOS, TooManyPhotos
from sessions.models.photo_files import UNDO_PERIOD, PhotoFiles, QuotaExceeded
from tests.sessions.photos import add_photo, own_files

__all__ = ["own_files"]


def test_files_of_a_photo_go_a_day_after_it_was_taken_away_and_then_it_cannot_come_back(
    report: Report, nadia: Participant, forum: Forum
) -> None:
    gone, stays = add_photo(report, nadia), add_photo(report, nadia)
    gone.remove(Actor(nadia))
    old = time.time() - 2 * 24 * 3600
    unfinished, just_begun = (gone.paths[0].with_name(f"tmp{n}{disk.UNFINISHED}") for n in (1, 2))
    for file in (unfinished, just_begun):  # of a process that was killed
        file.touch()
    for path in (*gone.paths, *stays.paths, unfinished):
        os.utime(path, (old, old))
    delete_unneeded()
    assert [path.exists() for path in (gone.paths[0], unfinished, just_begun)] == [True, False, True]
    forum.journal.update(at=timezone.now() - 2 * UNDO_PERIOD)
    delete_unneeded()
    assert [path.exists() for path in (*gone.paths, *stays.paths)] == [False] * 3 + [True] * 3
    assert not forum.journal.get(verb="removed a photo").can_be_undone


def test_erasing_the_rehearsal_erases_its_photos(report: Report, nadia: Participant, forum: Forum, as_camille: Actor,
                                                 django_capture_on_commit_callbacks: Any) -> None:  # fmt: skip
    photo = add_photo(report, nadia)
    Forum.objects.filter(pk=forum.pk).update(is_rehearsal=True)
    with django_capture_on_commit_callbacks(execute=True):
        forum.erase_rehearsal(as_camille)
    assert [path.exists() for path in photo.paths] == [False] * 3
    assert not Photo.objects.exists()


def test_a_photo_that_is_one_too_many_leaves_no_file(report: Report, nadia: Participant) -> None:
    photos = [add_photo(report, nadia) for _n in range(MAX_PHOTOS)]
    with pytest.raises(TooManyPhotos):
        add_photo(report, nadia)
    files = {file for path in photos[0].paths for file in path.parent.glob("*.jpg")}
    assert files == {path for photo in photos for path in photo.paths}


def test_who_adds_and_drops_photos_again_and_again_keeps_only_what_their_quota_holds(
    report: Report, nadia: Participant, theo: Participant, forum: Forum, as_camille: Actor,
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    others = add_photo(report, theo)
    others.remove(as_camille)
    stays = add_photo(report, nadia)
    size = PhotoFiles.objects.get(key=stays.key).size
    quota = int(3.5 * size)
    monkeypatch.setattr(photo_files, "MAX_BYTES_OF_PERSON", quota)
    dropped = []
    with django_capture_on_commit_callbacks(execute=True):
        for _n in range(6):
            dropped.append(add_photo(report, nadia))
            dropped[-1].remove(Actor(nadia))
    assert [photo.paths[0].exists() for photo in (stays, others, *dropped)] == [True, True] + [False] * 4 + [True] * 2
    assert PhotoFiles.objects.filter(participant=nadia).total() <= quota
    removals = forum.journal.filter(verb="removed a photo", participant=nadia).order_by("revision")
    assert [entry.can_be_undone for entry in removals] == [False] * 4 + [True] * 2
    for entry in list(removals)[-2:]:
        entry.undo(as_camille)
    assert Photo.objects.filter(participant=nadia).count() == 3


def test_a_person_whose_photos_all_stay_is_asked_to_remove_one(
    report: Report, nadia: Participant, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_photo(report, nadia)
    monkeypatch.setattr(photo_files, "MAX_BYTES_OF_PERSON", int(1.5 * PhotoFiles.objects.get().size))
    with pytest.raises(QuotaExceeded) as refused:
        add_photo(report, nadia)
    assert (refused.value.is_of_person, Photo.objects.count(), PhotoFiles.objects.count()) == (True, 1, 1)
    add_photo(report, theo)


def test_the_removed_photos_of_a_forum_make_room_for_new_ones_of_anybody(
    report: Report, nadia: Participant, theo: Participant, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    gone = add_photo(report, nadia)
    gone.remove(Actor(nadia))
    monkeypatch.setattr(photo_files, "MAX_BYTES_OF_FORUM", int(1.5 * PhotoFiles.objects.get().size))
    with django_capture_on_commit_callbacks(execute=True):
        add_photo(report, theo)
    assert [path.exists() for path in gone.paths] == [False] * 3
    with pytest.raises(QuotaExceeded):
        add_photo(report, nadia)
