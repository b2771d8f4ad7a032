"""A forum: one event, with its question, its phase and its revision.

Longer than other files, since the fields and their labels take a third of it.
"""

import secrets
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.extension import extension
from forum.fragment_keys import Key
from forum.models.actor import Actor
from forum.models.change import CannotUndo, Change
from forum.models.device import Device
from forum.models.facilitator import Facilitation, Facilitator, RightsLost
from forum.models.journal import JournalQuerySet
from forum.models.pitch import end_current_pitch
from forum.models.recording import record_change
from forum.models.team_role import TeamRole
from forum.models.tokens import new_code
from forum.models.verbs import Verb
from forum.phases import FROM_CLOSING, Phase, Slide, WallStep
from forum.text.one_line import LineField


def new_epoch() -> str:
    return secrets.token_hex(4)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This time zone is not known, for example: Europe/Paris."))


class NotARehearsal(Exception):
    """The forum is real: its content cannot be erased as a whole."""


class ForumQuerySet(models.QuerySet["Forum"]):
    def run_by(self, facilitator: Facilitator) -> Self:
        return self.filter(facilitators=facilitator)

    def facilitated_by(self, facilitator: Facilitator) -> Self:
        """Those that they run as a facilitator, and not only as an operator or a sponsor."""
        return self.filter(facilitations__facilitator=facilitator, facilitations__role=TeamRole.FACILITATOR)


class Forum(models.Model):
    title = LineField(_("title"), max_length=120)
    question = LineField(_("question of the forum"), max_length=300)
    date = models.DateField(_("date"), default=timezone.localdate)
    venue = LineField(_("place"), max_length=200, blank=True)
    organisers = LineField(_("organisers"), max_length=300, blank=True)
    contact = LineField(_("contact"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Paris", validators=[validate_time_zone])
    territories = models.TextField(_("territories, one per line"), blank=True, max_length=20_000)
    is_fictional = models.BooleanField(_("invented data, said on every page"), default=False)
    is_rehearsal = models.BooleanField(
        _("Rehearsal: invented people may fill it, and everything in it can be erased"), default=False
    )

    hides_totals = models.BooleanField(
        _("While people choose, hide how many want each topic: everyone goes where they want, not where others go"),
        default=False,
    )
    approves_first = models.BooleanField(
        _("Approve first: topics, comments, photos and closing words that phones send wait until you agree"),
        default=False,
    )
    pitch_seconds = models.PositiveSmallIntegerField(
        _("seconds for each pitch (0: no countdown)"), default=0, validators=[MaxValueValidator(600)]
    )
    slide = models.CharField(max_length=10, choices=Slide.choices, blank=True)
    """The slide on the wall. Empty: the wall shows the view of the phase."""

    code = models.CharField(max_length=7, unique=True, default=new_code, validators=[RegexValidator(r"^[A-Z0-9]{7}\Z")])
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.PREPARATION)
    revision = models.PositiveBigIntegerField(default=0)
    """The number of the last change."""
    epoch = models.CharField(max_length=8, default=new_epoch)
    """Changes when a backup is restored: revisions of another epoch mean nothing, so pages reload whole."""
    created_at = models.DateTimeField(default=timezone.now)
    facilitators = models.ManyToManyField(Facilitator, through=Facilitation, related_name="forums")

    DESCRIPTION_FIELDS: ClassVar = (
        "title", "question", "date", "venue", "organisers", "contact", "language", "time_zone", "territories",
        "is_rehearsal", "hides_totals", "approves_first", "pitch_seconds",
    )  # fmt: skip

    objects = ForumQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("board", args=[self.code])

    def get_desk_url(self) -> str:
        return reverse("desk", args=[self.code])

    @property
    def current_phase(self) -> Phase:
        """The phase as a Phase; the column's value is a plain string."""
        return Phase(self.phase)

    @property
    def wall_step(self) -> WallStep:
        """What the wall shows while nobody presents a topic."""
        return WallStep(self.current_phase, Slide(self.slide) if self.slide else None)

    @property
    def hides_totals_now(self) -> bool:
        """Whether only facilitators see how many want each topic: in the marketplace, if the forum hides totals."""
        return self.hides_totals and self.current_phase == Phase.MARKETPLACE

    @property
    def anyone_may_read(self) -> bool:
        """Whether the groups are over and the book has a public page."""
        return self.current_phase in FROM_CLOSING and extension().is_public(self)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def territory_names(self) -> list[str]:
        return [line.strip() for line in self.territories.splitlines() if line.strip()]

    def save_new(self, facilitator: Facilitator, slots: "list[dict[str, Any]]", places: "list[dict[str, Any]]") -> None:
        """Save a new forum with its first facilitator, and its slots and places as dicts of fields."""
        with transaction.atomic():
            self.save()
            self.facilitators.add(facilitator)
            for slot in slots:
                self.slots.create(**slot)
            for place in places:
                self.places.create(**place)

    # changes

    def change(self, by: Actor, verb: Verb) -> AbstractContextManager[Change]:
        """Make one change of this forum, whole or not at all, as a transaction with a revision and a journal row."""
        return record_change(self, by, verb)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the forum's row, so that nobody changes the forum until the end of the block."""
        with transaction.atomic():
            type(self).objects.select_for_update().get(pk=self.pk)
            yield

    # the day

    def move_to(self, phase: Phase, by: Actor, slide: Slide | None = None) -> None:
        """Move everyone to another phase. The wall shows the phase's view, or a slide."""
        with self.change(by, Verb.MOVED_TO_PHASE) as change:
            change.details = {"left_phase": self.phase, "entered_phase": phase.value}
            self.phase, self.slide = phase, slide or ""
            change.save(self, "phase", "slide")
            end_current_pitch(self, change)
            change.invalidate_everything()
        if change.has_effect:
            extension().phase_changed(self, by)

    def show_slide(self, slide: Slide | None, by: Actor) -> None:
        """Show a slide on the wall, or the phase's view when None. Ends the current pitch."""
        with self.change(by, Verb.SHOWED_SLIDE) as change:
            self.slide = slide or ""
            change.save(self, "slide")
            end_current_pitch(self, change)
            change.invalidate(Key.STAGE)

    def set_approves_first(self, approves_first: bool, by: Actor) -> None:
        """Let what phones send for everybody wait from now on, or show it at once. What waits goes on waiting."""
        with self.change(by, Verb.APPROVES_FIRST if approves_first else Verb.SHOWS_AT_ONCE) as change:
            self.approves_first = approves_first
            change.save(self, "approves_first")
            change.invalidate(Key.WAITING)

    def set_pitch_seconds(self, seconds: int, by: Actor) -> None:
        """Set the countdown of the next pitches; 0: none."""
        with self.change(by, Verb.TIMED_PITCHES) as change:
            self.pitch_seconds = seconds
            change.save(self, "pitch_seconds")
            change.invalidate(Key.STAGE)

    def announce_new_address(self, by: Actor) -> None:
        """Render everything anew, since phones reach the app at another address from now on."""
        with self.change(by, Verb.CHOSE_ADDRESS_FOR_PHONES) as change:
            change.note_unrecorded_effect()
            change.invalidate_everything()

    def describe(self, by: Actor, save_agenda: Callable[[Change], None] | None = None) -> None:
        """Save the forum's description; `save_agenda` saves its slots and places in the same change."""
        with self.change(by, Verb.DESCRIBED_FORUM) as change:
            # Not the whole row: the phase may have moved since this object was read.
            change.save(self, *self.DESCRIPTION_FIELDS)
            if save_agenda:
                save_agenda(change)
            change.invalidate_everything()

    def late_arrivals(self) -> JournalQuerySet:
        """Return the journal's entries of people who joined by themselves after the groups ended for the last time."""
        moves = self.journal.filter(verb=Verb.MOVED_TO_PHASE).order_by("-revision")
        ends = (
            move.revision
            for move in (moves if self.current_phase in FROM_CLOSING else ())
            if move.details["entered_phase"] in FROM_CLOSING and move.details["left_phase"] not in FROM_CLOSING
        )
        arrivals = self.journal.filter(verb=Verb.LET_SOMEONE_IN, facilitator=None)
        last_end = next(ends, None)
        return arrivals.none() if last_end is None else arrivals.filter(revision__gt=last_end)

    # facilitators

    def check_run_by(self, by: Actor) -> None:
        """Raise RightsLost unless the actor still runs this forum as a facilitator, on a device that still exists.

        Called within a change: rights checked when the request came may be lost since.
        """
        as_facilitator = self.facilitations.filter(role=TeamRole.FACILITATOR)
        if not by.facilitator or not as_facilitator.filter(facilitator=by.facilitator).exists():
            raise RightsLost
        if by.facilitator_device and not Device.objects.filter(pk=by.facilitator_device.pk).exists():
            raise RightsLost

    # rehearsals

    @property
    def is_empty(self) -> bool:
        """Whether nobody has come and nothing was proposed: only then may it become a rehearsal."""
        return not (self.participants.exists() or self.topics.exists())

    def after_revert(self, change: Change) -> None:
        """Refuse to make a forum in use a rehearsal again, whose content can be erased at once."""
        if change.changes(self, "is_rehearsal") and self.is_rehearsal and not self.is_empty:
            raise CannotUndo

    def erase_rehearsal(self, by: Actor) -> None:
        """Delete the people, all that they did, and the journal. Slots, places and settings stay.

        The revision goes on, so that open pages see that everything changed. Raises NotARehearsal.
        """
        # Not in the name of a participant, who is deleted with the others.
        with self.change(replace(by, participant=None), Verb.ERASED_REHEARSAL) as change:
            self.refresh_from_db(fields=["is_rehearsal"])
            if not self.is_rehearsal:
                raise NotARehearsal
            self.journal.all().delete()
            extension().rehearsal_erased(self)
            self.feedback.all().delete()
            self.messages.all().delete()
            self.topics.all().delete()
            self.participants.all().delete()
            self.phase, self.slide = Phase.PREPARATION, ""
            self.save(update_fields=["phase", "slide"])
            self.slots.update(began_at=None)
            change.note_unrecorded_effect()
            change.invalidate_everything()
            change.invalidate(Key.ALL_RIGHTS)
