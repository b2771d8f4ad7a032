"""Photos of a report, and photographed sheets that wait to be transcribed into it."""

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key, RowKey
from forum.models import Actor, Change, Facilitator, Forum, JournalEntry, Participant
from forum.models.approval import Approvable
from forum.models.change import Retraction
from forum.models.verbs import Verb
from forum.server import disk
from forum.text.names import MAX_NAME_LENGTH
from forum.text.one_line import LineField
from sessions.media import images
from sessions.models.field_conflicts import SharedFields, WriteResult
from sessions.models.photo_files import (
    UNDO_PERIOD,
    PhotoFiles,
    delete_files,
    forget_photo,
    make_room,
    photo_directory,
)
from sessions.models.report import Report

MAX_PHOTOS = 12
"""Of one report, and as many sheets."""


class TooManyPhotos(Exception):
    """The report has MAX_PHOTOS of this kind."""


class PhotoQuerySet(models.QuerySet["Photo"]):
    def without_sheets(self) -> Self:
        return self.filter(kind=Photo.Kind.PHOTO)

    def public(self) -> Self:
        """Return the photos that everyone may see."""
        return self.without_sheets().filter(people_agreed=True, waits_since=None)

    def sheets(self) -> Self:
        return self.filter(kind=Photo.Kind.SHEET)

    def sheets_shown_to(self, person: Participant | None, *, approves: bool) -> Self:
        """Return the sheets without those that wait, unless this person sent or approves them."""
        own = models.Q(participant=person, participant__isnull=False)
        return self.sheets() if approves else self.sheets().filter(own | models.Q(waits_since=None))

    def awaiting_transcription(self) -> Self:
        return self.sheets().filter(transcribed_at=None, waits_since=None)


class Photo(Approvable, SharedFields):
    KIND = "photo"

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        SHEET = "sheet", _("written sheet")

    SHARED_FIELDS: ClassVar = ("caption", "alternative")

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="photos")
    report = models.ForeignKey(Report, models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.PHOTO)
    key = models.CharField(max_length=32, unique=True, validators=[RegexValidator(r"^[0-9a-f]{32}\Z")])
    """Names its files. Cannot be guessed, so that only those who were shown the photo can load it."""
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    """In pixels, of the file for the screen."""
    position = models.PositiveSmallIntegerField()
    caption = LineField(_("caption"), max_length=200, blank=True)
    alternative = LineField(_("what it shows, for those who cannot see it"), max_length=300, blank=True)
    people_agreed = models.BooleanField(default=False)
    """The people on it agreed to be shown, or nobody is on it. False: only the group sees it."""
    transcribed_at = models.DateTimeField(null=True)
    transcribed_by = models.CharField(max_length=MAX_NAME_LENGTH, blank=True)
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, related_name="+")
    """The sender, or else `facilitator`."""
    facilitator = models.ForeignKey(Facilitator, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.caption or self.key

    @classmethod
    def add(
        cls, report: Report, image: images.ProcessedImage, by: Actor, *, kind: str = Kind.PHOTO, key: str = ""
    ) -> "Photo":
        """Add a photo from an image that images.py has processed. `key`: that of its upload.

        Raises TooManyPhotos or QuotaExceeded.
        """
        others = cls.objects.filter(report=report)
        _check_room(others, kind)  # before its files are written, which would stay for a day
        photo = cls(forum=report.group.topic.forum, report=report, kind=kind, key=key or secrets.token_hex(16))
        photo.width, photo.height = image.width, image.height
        photo.participant, photo.facilitator = by.participant, by.facilitator
        files = PhotoFiles(key=photo.key, forum=photo.forum, participant=by.participant, size=image.size)
        try:
            for path, content in zip(files.paths, (image.picture, image.small, image.printed), strict=True):
                disk.write_file(path, content)  # before the change: it waits for the disk, and nobody else should
            with report.change(by, Verb.ADDED_SHEET if kind == cls.Kind.SHEET else Verb.ADDED_PHOTO) as change:
                _check_room(others, kind)
                make_room(photo.forum, by, image.size)
                photo.begin_to_wait(photo.forum, by)
                photo.position = 1 + (others.aggregate(last=models.Max("position"))["last"] or 0)
                change.create(photo)
                files.save()
        except BaseException:
            if not PhotoFiles.objects.filter(key=photo.key).exists():  # else the same last part came twice at once
                delete_files(*files.paths)
            raise
        return photo

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """Its files: for the screen, for lists, and for books (in the directory of images.py)."""
        return PhotoFiles(key=self.key, forum_id=self.forum_id).paths

    @property
    def book_name(self) -> str:
        """The name of its file for books, in the directory of images.py."""
        return f"{self.key}.jpg"

    @property
    def small_name(self) -> str:
        return f"{self.key}-small"

    @property
    def text_alternative(self) -> str:
        return self.alternative or self.caption

    def write(self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor) -> WriteResult:
        """Save what one writer changed in its caption and text alternative. `bases`: as for `Report.write`."""
        with self.report.change(by, Verb.DESCRIBED_PHOTO) as change:
            self.refresh_from_db(fields=[*self.SHARED_FIELDS, "waits_since"])
            result = self.compare_and_set(written, bases)
            if result.saved:
                self.begin_to_wait(self.forum, by)
            change.save(self, *self.SHARED_FIELDS, "waits_since")
            change.invalidate(Key.WAITING)
        return result

    def set_people_agreed(self, people_agreed: bool, by: Actor) -> None:
        with self.report.change(by, Verb.SAID_WHO_AGREED_TO_PHOTO) as change:
            self.refresh_from_db(fields=["waits_since"])
            self.people_agreed = people_agreed
            if people_agreed:
                self.begin_to_wait(self.forum, by)
            change.save(self, "people_agreed", "waits_since")
            change.invalidate(Key.WAITING)

    # approval

    def is_shown_to(self, person: Participant | None, *, is_of_group: bool, approves: bool) -> bool:
        """Say whether somebody may see its file. A group sees its photos at once, as it does its texts."""
        if self.kind == self.Kind.SHEET:
            return not self.waits_since or approves or self._was_sent_by(person)
        if self.people_agreed:
            return not self.waits_since or approves or is_of_group
        return is_of_group

    def _was_sent_by(self, person: Participant | None) -> bool:
        return person is not None and self.participant_id == person.pk

    @property
    def label(self) -> str:
        return self.caption or self.get_kind_display()

    @property
    def sender(self) -> Participant | None:
        return self.participant

    def invalidate_shown(self, change: Change) -> None:
        topic = self.report.group.topic_id
        change.invalidate(*(kind.of(topic) for kind in (RowKey.REPORT, RowKey.TOPIC, RowKey.NEWS)), Key.STATUS)

    def refuse(self, change: Change) -> None:
        change.delete(self)

    @staticmethod
    def retractions(before: "Photo | None", after: "Photo | None") -> Iterator[Retraction]:
        """Yield the file for books once the photo is not public any more."""
        before, after = (row if row and row.people_agreed and not row.waits_since else None for row in (before, after))
        if before and after is None:
            yield Retraction(before.book_name)

    def move(self, up: bool, by: Actor) -> None:
        """Exchange places with the previous photo (or sheet), or with the next one. No-op at the ends."""
        with self.report.change(by, Verb.MOVED_PHOTO) as change:
            self.refresh_from_db(fields=["position"])
            others = self.report.photos.filter(kind=self.kind)
            other = (
                others.filter(position__lt=self.position).last()
                if up
                else others.filter(position__gt=self.position).first()
            )
            if other is None:
                return
            self.position, other.position = other.position, self.position
            change.save(self, "position")
            change.save(other, "position")

    def remove(self, by: Actor) -> None:
        """Delete the photo. Its files stay for UNDO_PERIOD."""
        with self.report.change(by, Verb.REMOVED_PHOTO) as change:
            change.delete(self)
            change.invalidate(Key.WAITING)

    def mark_transcribed(self, by: Actor) -> None:
        with self.report.change(by, Verb.TRANSCRIBED_SHEET) as change:
            self.transcribed_at, self.transcribed_by = timezone.now(), by.name
            change.save(self, "transcribed_at", "transcribed_by")


def _check_room(photos: "models.QuerySet[Photo]", kind: str) -> None:
    """Raise TooManyPhotos when a report has as many photos of this kind as it may."""
    if photos.filter(kind=kind).count() >= MAX_PHOTOS:
        raise TooManyPhotos


def purge_removed() -> None:
    """Delete the files of photos removed more than UNDO_PERIOD ago, and make their removal impossible to undo."""
    limit = timezone.now() - UNDO_PERIOD
    for directory in photo_directory(0).parent.glob("[0-9]*"):
        keys = {file.name[:32] for file in directory.glob("*.jpg") if file.stat().st_mtime < limit.timestamp()}
        for key in keys - set(Photo.objects.filter(forum=int(directory.name)).values_list("key", flat=True)):
            entries = JournalEntry.objects.filter(forum=int(directory.name), rows__icontains=key)
            if not entries.filter(at__gt=limit).exists():
                forget_photo(int(directory.name), key)
                PhotoFiles.objects.filter(key=key).delete()
                delete_files(*directory.glob(f"{key}*"), images.image_path(f"{key}.jpg"))
