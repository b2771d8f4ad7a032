"""A forum: one event, with its question, its phase and its revision."""

import secrets
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import connection, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum import bell
from forum.models.journal import Change
from forum.models.secrets import new_code
from forum.phases import Phase

if TYPE_CHECKING:
    from forum.models.people import Actor, Facilitator


AFTER_MOVING: "list[Callable[[Forum, Actor], None]]" = []
"""What else must happen once everyone moved; other apps add to it, so that this one need not know them."""


def new_epoch() -> str:
    return secrets.token_hex(4)


def check_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This time zone is not known, for example: Europe/Paris."))


class NotARehearsal(Exception):
    """Only what was done in a rehearsal can be erased as a whole."""


class ForumQuerySet(models.QuerySet["Forum"]):
    def run_by(self, facilitator: "Facilitator") -> Self:
        return self.filter(facilitators=facilitator)


class Forum(models.Model):
    title = models.CharField(_("title"), max_length=120)
    question = models.CharField(_("question of the forum"), max_length=300)
    date = models.DateField(_("date"), default=timezone.localdate)
    venue = models.CharField(_("place"), max_length=200, blank=True)
    organisers = models.CharField(_("organisers"), max_length=300, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Paris", validators=[check_time_zone])
    territories = models.TextField(_("territories, one per line"), blank=True, max_length=20_000)
    is_fictional = models.BooleanField(_("invented data, said on every page"), default=False)
    is_rehearsal = models.BooleanField(
        _("Rehearsal: invented people may fill it, and everything in it can be erased"), default=False
    )

    code = models.CharField(max_length=7, unique=True, default=new_code, validators=[MinLengthValidator(7)])
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.PREPARATION)
    revision = models.PositiveBigIntegerField(default=0)
    epoch = models.CharField(max_length=8, default=new_epoch)
    """Changes when a backup is restored: revisions of another epoch mean nothing, so pages reload whole."""
    created_at = models.DateTimeField(default=timezone.now)
    facilitators: "models.ManyToManyField[Facilitator, Any]" = models.ManyToManyField(
        "forum.Facilitator", related_name="forums"
    )

    DESCRIPTION: ClassVar = (
        "title", "question", "date", "venue", "organisers", "contact", "language", "time_zone", "territories",
        "is_rehearsal",
    )  # fmt: skip

    objects = ForumQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("board", args=[self.code])

    @property
    def stage(self) -> Phase:
        """The phase, as a Phase rather than as the text that the database gives back."""
        return Phase(self.phase)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def territory_names(self) -> list[str]:
        return [line.strip() for line in self.territories.splitlines() if line.strip()]

    @contextmanager
    def change(self, by: "Actor", verb: str) -> Iterator[Change]:
        """Make one change of this forum: all of it or nothing, in the order of the revisions.

        Taking the next revision locks the forum's row, so what the verb reads afterwards cannot move under it.
        What it touched goes into the journal in the same transaction, and the bell rings once that is kept.
        """
        with transaction.atomic():
            change = Change(self._take_revision())
            yield change
            self.journal.create(
                revision=change.revision,
                verb=verb,
                participant=by.participant,
                facilitator=by.facilitator,
                touched=sorted(change.touched),
                details=change.details,
            )
            # Not a partial: Django names what failed by its __qualname__.
            transaction.on_commit(lambda: bell.ring(self.pk), robust=True)

    def _take_revision(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE forum_forum SET revision = revision + 1 WHERE id = %s RETURNING revision", [self.pk])
            (self.revision,) = cursor.fetchone()
        return self.revision

    def move_to(self, phase: Phase, by: "Actor") -> None:
        """Move everyone to another phase."""
        with self.change(by, "moved to phase") as change:
            change.details = {"from": self.phase, "to": phase.value}
            self.phase = phase
            self.save(update_fields=["phase"])
            change.touch_everything()
        for follow in AFTER_MOVING:
            follow(self, by)

    def describe(self, by: "Actor", also: Callable[[], None] | None = None) -> None:
        """Keep what the facilitator wrote about the day; `also` keeps its slots and places in the same change."""
        with self.change(by, "described the forum") as change:
            # Not the whole row: the phase may have moved since this object was read.
            self.save(update_fields=self.DESCRIPTION)
            if also:
                also()
            change.touch_everything()

    def erase_rehearsal(self, by: "Actor") -> None:
        """Take away everybody, and all that they did and left in the journal; slots, places and settings stay.

        Revisions go on, so that pages that are still open know that everything moved. Raises NotARehearsal.
        """
        with self.change(by, "erased the rehearsal") as change:
            self.refresh_from_db(fields=["is_rehearsal"])
            if not self.is_rehearsal:
                raise NotARehearsal
            self.journal.all().delete()
            for edition in self.editions.all():
                edition.throw_away()
            self.feedback.all().delete()
            self.topics.all().delete()
            self.participants.all().delete()
            self.phase = Phase.PREPARATION
            self.save(update_fields=["phase"])
            change.touch_everything()
            change.touch("rights-everybody")
