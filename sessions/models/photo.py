"""Photos of a report, and pictures of sheets written by hand that somebody will transcribe."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.models import Actor, Facilitator, Forum, JournalEntry, Participant
from forum.models.change import Retraction
from forum.models.verbs import Verb
from forum.text.one_line import LineField
from sessions.media import images
from sessions.models.report import Merge, Report, SharedText

MOST = 12
"""Photos of one report, and as many sheets."""
KEPT_AFTER = timedelta(days=1)
"""How long the files of a photo that was taken away stay, so that it can come back."""


class TooManyPhotos(Exception):
    """The report has all the photos that it may have."""


class PhotoQuerySet(models.QuerySet["Photo"]):
    def photos(self) -> Self:
        return self.filter(kind=Photo.Kind.PHOTO)

    def shown(self) -> Self:
        """Those that everyone may see: the people on them agreed, or nobody is on them."""
        return self.photos().filter(people_agreed=True)

    def sheets(self) -> Self:
        return self.filter(kind=Photo.Kind.SHEET)

    def waiting(self) -> Self:
        """Sheets that nobody has transcribed yet."""
        return self.sheets().filter(transcribed_at=None)


class Sheets(models.Manager["Photo"]):
    """The sheets among the photos: `Photo.sheets.waiting()`."""

    def get_queryset(self) -> PhotoQuerySet:
        return PhotoQuerySet(self.model, using=self._db).sheets()

    def waiting(self) -> PhotoQuerySet:
        return self.get_queryset().waiting()


class Photo(SharedText):
    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        SHEET = "sheet", _("written sheet")

    SHARED: ClassVar = ("caption", "alternative")

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="photos")
    report = models.ForeignKey(Report, models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.PHOTO)
    key = models.CharField(max_length=32, unique=True)
    """Names its files and cannot be guessed: who has the address of a photo was shown it."""
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    """In pixels, of the larger of its two files."""
    position = models.PositiveSmallIntegerField()
    caption = LineField(_("caption"), max_length=200, blank=True)
    alternative = LineField(_("what it shows, for those who cannot see it"), max_length=300, blank=True)
    people_agreed = models.BooleanField(default=False)
    """The people on it agreed, or nobody is on it. Without that, only the group sees it."""
    transcribed_at = models.DateTimeField(null=True)
    transcribed_by = models.CharField(max_length=80, blank=True)
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, related_name="+")
    facilitator = models.ForeignKey(Facilitator, models.SET_NULL, null=True, related_name="+")
    """Who sent it."""
    created_at = models.DateTimeField(default=timezone.now)

    objects = PhotoQuerySet.as_manager()
    sheets = Sheets()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.caption or self.key

    @classmethod
    def add(cls, report: Report, drawn: images.Drawn, by: Actor, *, kind: str = Kind.PHOTO, key: str = "") -> "Photo":
        """Keep an image that images.py has drawn anew. `key` tells one upload from another. Raises TooManyPhotos."""
        topic = report.group.topic
        photo = cls(forum=topic.forum, report=report, kind=kind, key=key or secrets.token_hex(16))
        photo.width, photo.height = drawn.width, drawn.height
        photo.participant, photo.facilitator = by.participant, by.facilitator
        with report.changing(by, Verb.ADDED_SHEET if kind == cls.Kind.SHEET else Verb.ADDED_PHOTO) as change:
            others = cls.objects.filter(report=report)
            if others.filter(kind=kind).count() >= MOST:
                raise TooManyPhotos
            photo.position = 1 + (others.aggregate(last=models.Max("position"))["last"] or 0)
            for path, content in zip(photo.paths, (drawn.picture, drawn.small, drawn.printed), strict=True):
                images.put(path, content)
            change.create(photo)
            change.details = {"number": topic.number}
        return photo

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """Its files: for the screen, for lists, and for books, which find it among the other images."""
        home = folder(self.forum_id)
        return home / f"{self.key}.jpg", home / f"{self.small_name}.jpg", images.path_of(self.book_name)

    @property
    def book_name(self) -> str:
        """The name of the image that books show, see images.py."""
        return f"{self.key}.jpg"

    @property
    def small_name(self) -> str:
        return f"{self.key}-small"

    @property
    def words(self) -> str:
        """What stands for it where it cannot be seen."""
        return self.alternative or self.caption

    def write(self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor) -> Merge:
        """Keep what one writer changed in its caption and its alternative text."""
        with self.report.changing(by, Verb.DESCRIBED_PHOTO) as change:
            self.refresh_from_db(fields=self.SHARED)
            merge = self.merge(written, bases)
            change.save(self, *self.SHARED)
        return merge

    def agree(self, agreed: bool, by: Actor) -> None:
        """Say that the people on it agreed to be shown, or take that back."""
        with self.report.changing(by, Verb.SAID_WHO_AGREED_TO_PHOTO) as change:
            self.people_agreed = agreed
            change.save(self, "people_agreed")

    @staticmethod
    def retractions(was: "Photo | None", now: "Photo | None") -> Iterator[Retraction]:
        """The image that books show, once it is not shown to everyone any more."""
        if was and was.people_agreed and not (now and now.people_agreed):
            yield Retraction(was.book_name)

    def move(self, up: bool, by: Actor) -> None:
        """Exchange it with the photo before it, or after it; nothing when it is the first, or the last."""
        with self.report.changing(by, Verb.MOVED_PHOTO) as change:
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

    def drop(self, by: Actor) -> None:
        """Take it away. Its files stay for a day, so that it can come back."""
        with self.report.changing(by, Verb.REMOVED_PHOTO) as change:
            change.details = {"caption": self.caption}
            change.delete(self)

    def transcribe(self, by: Actor) -> None:
        """All that this sheet says is in the report now."""
        with self.report.changing(by, Verb.TRANSCRIBED_SHEET) as change:
            self.transcribed_at, self.transcribed_by = timezone.now(), by.name
            change.save(self, "transcribed_at", "transcribed_by")

    def delete_with_files(self) -> None:
        """Its row goes now, its files once that is kept: within a change."""
        paths = self.paths
        transaction.on_commit(lambda: lose(*paths), robust=True)
        self.delete()


def folder(forum: int) -> Path:
    """Where the files of a forum's photos are."""
    return Path(settings.MEDIA_ROOT) / "photos" / str(forum)


def lose(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def purge() -> None:
    """Let go for good the files of photos that were taken away over a day ago, and with them the way back."""
    past = timezone.now() - KEPT_AFTER
    for home in folder(0).parent.glob("[0-9]*"):
        keys = {file.name[:32] for file in home.glob("*.jpg") if file.stat().st_mtime < past.timestamp()}
        for key in keys - set(Photo.objects.filter(forum=int(home.name)).values_list("key", flat=True)):
            told = JournalEntry.objects.filter(forum=int(home.name), rows__icontains=key)
            if not told.filter(at__gt=past).exists():
                told.update(rows=[])
                lose(*home.glob(f"{key}*"), images.path_of(f"{key}.jpg"))
