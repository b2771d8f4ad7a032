"""The files of photos on the disk, and how much of it one person and one forum may take.

The files of a removed photo stay for a day, so that its removal can be undone. They count until then: once a quota is
reached, the oldest of them go, and their removal cannot be undone any more.
"""

from datetime import timedelta
from pathlib import Path
from typing import Self

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Sum

from forum.models import Actor, Forum, JournalEntry, Participant
from sessions.media import images

UNDO_PERIOD = timedelta(days=1)
"""How long the files of a removed photo stay, so that its removal can be undone."""
MAX_BYTES_OF_PERSON = 100 * 1024 * 1024
"""Some hundred photos: those of a scribe who photographs for every group."""
MAX_BYTES_OF_FORUM = 3 * 1024 * 1024 * 1024
"""Three thousand photos: twelve, and twelve sheets, of each of 120 groups."""


class QuotaExceeded(Exception):
    """There is no room for a photo, even without the removed ones."""

    def __init__(self, *, is_of_person: bool) -> None:
        super().__init__()
        self.is_of_person = is_of_person


class PhotoFilesQuerySet(models.QuerySet["PhotoFiles"]):
    def removed(self) -> Self:
        """Return those of photos that were removed, the oldest first."""
        photos = apps.get_model("reports.Photo").objects.all()
        return self.exclude(Exists(photos.filter(key=OuterRef("key")))).order_by("pk")

    def total(self) -> int:
        """Return the bytes that they take."""
        return self.aggregate(total=Sum("size"))["total"] or 0


class PhotoFiles(models.Model):
    """The three files of one photo, which outlive it for UNDO_PERIOD."""

    key = models.CharField(max_length=32, unique=True)
    """That of the photo, which names the files."""
    forum = models.ForeignKey(Forum, models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, related_name="+")
    """The sender; None: a facilitator, who has no quota of their own."""
    size = models.PositiveIntegerField()
    """In bytes, of all three."""

    objects = PhotoFilesQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """For the screen, for lists, and for books (in the directory of images.py)."""
        directory = photo_directory(self.forum_id)
        return directory / f"{self.key}.jpg", directory / f"{self.key}-small.jpg", images.image_path(f"{self.key}.jpg")

    def drop(self) -> None:
        """Delete the row and, after the commit, the files; the photo cannot come back."""
        forget_photo(self.forum_id, self.key)
        paths = self.paths
        transaction.on_commit(lambda: delete_files(*paths), robust=True)
        self.delete()


def make_room(forum: Forum, by: Actor, size: int) -> None:
    """Drop removed photos until another one of so many bytes fits the quotas. Raises QuotaExceeded.

    Called within a change, which nobody else's can overlap.
    """
    of_forum = PhotoFiles.objects.filter(forum=forum)
    if by.participant:
        _make_room(of_forum.filter(participant=by.participant), MAX_BYTES_OF_PERSON - size, is_of_person=True)
    _make_room(of_forum, MAX_BYTES_OF_FORUM - size, is_of_person=False)


def _make_room(files: PhotoFilesQuerySet, most: int, *, is_of_person: bool) -> None:
    excess = files.total() - most
    for removed in files.removed() if excess > 0 else ():
        if excess <= 0:
            break
        excess -= removed.size
        removed.drop()
    if excess > 0:
        raise QuotaExceeded(is_of_person=is_of_person)


def photo_directory(forum_id: int) -> Path:
    """Return the directory of the files of a forum's photos."""
    return Path(settings.MEDIA_ROOT) / "photos" / str(forum_id)


def delete_files(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def forget_photo(forum_id: int, key: str) -> None:
    """Make it impossible to undo the removal of a photo. What else the same change removed can still come back."""
    for entry in JournalEntry.objects.filter(forum=forum_id, rows__icontains=key):
        entry.rows = [row for row in entry.rows if key not in (row["before"] or row["after"] or {}).values()]
        entry.save(update_fields=["rows"])
