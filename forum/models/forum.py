"""A forum: one event, with its question, its phase and its revision."""

import secrets
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinLengthValidator
from django.db import connection, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum import notify
from forum.extension import extension
from forum.fragment_keys import Key, RowKey
from forum.models.actor import Actor
from forum.models.change import CannotUndo, Change
from forum.models.device import Device, Pass
from forum.models.facilitator import Facilitator, NoLongerRuns
from forum.models.journal import JournalQuerySet
from forum.models.pitch import leave_the_wall
from forum.models.tokens import new_code
from forum.models.verbs import Verb
from forum.phases import END, Phase, Slide, Step
from forum.text.one_line import LineField


def new_epoch() -> str:
    return secrets.token_hex(4)


def check_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This time zone is not known, for example: Europe/Paris."))


class NotARehearsal(Exception):
    """Only what was done in a rehearsal can be erased as a whole."""


class ForumQuerySet(models.QuerySet["Forum"]):
    def run_by(self, facilitator: Facilitator) -> Self:
        return self.filter(facilitators=facilitator)


class Forum(models.Model):
    title = LineField(_("title"), max_length=120)
    question = LineField(_("question of the forum"), max_length=300)
    date = models.DateField(_("date"), default=timezone.localdate)
    venue = LineField(_("place"), max_length=200, blank=True)
    organisers = LineField(_("organisers"), max_length=300, blank=True)
    contact = LineField(_("contact"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Paris", validators=[check_time_zone])
    territories = models.TextField(_("territories, one per line"), blank=True, max_length=20_000)
    is_fictional = models.BooleanField(_("invented data, said on every page"), default=False)
    is_rehearsal = models.BooleanField(
        _("Rehearsal: invented people may fill it, and everything in it can be erased"), default=False
    )

    hides_totals = models.BooleanField(
        _("While people choose, hide how many want each topic: everyone goes where they want, not where others go"),
        default=False,
    )
    pitch_seconds = models.PositiveSmallIntegerField(
        _("seconds for each pitch (0: no countdown)"), default=0, validators=[MaxValueValidator(600)]
    )
    slide = models.CharField(max_length=10, choices=Slide.choices, blank=True)
    """What the wall shows instead of what belongs to the phase; empty: it follows the phase."""

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
        "is_rehearsal", "hides_totals", "pitch_seconds",
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
    def step(self) -> Step:
        """What the wall shows, when nobody presents a topic."""
        return Step(self.stage, Slide(self.slide) if self.slide else None)

    @property
    def hides_totals_now(self) -> bool:
        """Whether people are choosing, and only facilitators see how many want each topic."""
        return self.hides_totals and self.stage == Phase.MARKETPLACE

    @property
    def anyone_may_read(self) -> bool:
        """Whether the groups are over, and their report has a public page."""
        return self.stage in END and extension().is_public(self)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def territory_names(self) -> list[str]:
        return [line.strip() for line in self.territories.splitlines() if line.strip()]

    def found(self, facilitator: Facilitator, slots: "list[dict[str, Any]]", places: "list[dict[str, Any]]") -> None:
        """Keep a new forum, with the slots and places of its day, in the hands of who describes it."""
        with transaction.atomic():
            self.save()
            self.facilitators.add(facilitator)
            for slot in slots:
                self.slots.create(**slot)
            for place in places:
                self.places.create(**place)

    @contextmanager
    def change(self, by: Actor, verb: Verb) -> Iterator[Change]:
        """Make one change of this forum, whole or not at all, in the order of the revisions.

        Taking the next revision locks the forum's row until the commit. A change that has an effect is written to the
        journal in the same transaction, and the hubs are notified once it is committed; one without effect gives its
        revision back.
        """
        revision_before = self.revision
        with transaction.atomic():
            change = Change(self._take_revision())
            yield change
            if not change.has_effect:
                self._give_back(change.revision)
                self.revision = revision_before
                return
            self.journal.create(
                revision=change.revision,
                verb=verb,
                participant=by.participant,
                facilitator=by.facilitator,
                invalidated=sorted(change.invalidated),
                rows=change.rows,
                details=change.details,
            )
            if change.retractions:
                extension().retracted(self, by, change.retractions)
            # Not a partial: Django names what failed by its __qualname__.
            transaction.on_commit(lambda: notify.forum_changed(self.pk), robust=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody change this forum while one decides what to do with it."""
        with transaction.atomic():
            type(self).objects.select_for_update().get(pk=self.pk)
            yield

    def _take_revision(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE forum_forum SET revision = revision + 1 WHERE id = %s RETURNING revision", [self.pk])
            (self.revision,) = cursor.fetchone()
        return self.revision

    def _give_back(self, revision: int) -> None:
        """Undo `_take_revision`, unless a change within this one has taken the next revision."""
        type(self).objects.filter(pk=self.pk, revision=revision).update(revision=revision - 1)

    def move_to(self, phase: Phase, by: Actor, slide: Slide | None = None) -> None:
        """Move everyone to another phase; the wall follows, or begins with a slide."""
        with self.change(by, Verb.MOVED_TO_PHASE) as change:
            change.details = {"from": self.phase, "to": phase.value}
            self.phase, self.slide = phase, slide or ""
            change.save(self, "phase", "slide")
            leave_the_wall(self, change)
            change.invalidate_everything()
        if change.has_effect:
            extension().phase_changed(self, by)

    def show(self, slide: Slide | None, by: Actor) -> None:
        """Show a slide on the wall, or else what belongs to the phase; who presents a topic leaves the wall."""
        with self.change(by, Verb.SHOWED_SLIDE) as change:
            self.slide = slide or ""
            change.details = {"slide": self.slide}
            change.save(self, "slide")
            leave_the_wall(self, change)
            change.invalidate(Key.STAGE)

    def time_pitches(self, seconds: int, by: Actor) -> None:
        """Choose how long each of the next pitches lasts; 0: nobody counts."""
        with self.change(by, Verb.TIMED_PITCHES) as change:
            self.pitch_seconds = seconds
            change.save(self, "pitch_seconds")
            change.invalidate(Key.STAGE)

    def move_house(self, by: Actor) -> None:
        """Phones find the app at another address from now on: everything that shows it does so anew."""
        with self.change(by, Verb.CHOSE_ADDRESS_FOR_PHONES) as change:
            change.note_irreversible_effect()
            change.invalidate_everything()

    def describe(self, by: Actor, also: Callable[[Change], None] | None = None) -> None:
        """Keep what the facilitator wrote about the day; `also` keeps its slots and places in the same change."""
        with self.change(by, Verb.DESCRIBED_FORUM) as change:
            # Not the whole row: the phase may have moved since this object was read.
            change.save(self, *self.DESCRIPTION)
            if also:
                also(change)
            change.invalidate_everything()

    def late_arrivals(self) -> JournalQuerySet:
        """Who joined by themselves since the groups are over: for the last time, where they met again."""
        moves = self.journal.filter(verb=Verb.MOVED_TO_PHASE).order_by("-revision") if self.stage in END else []
        ends = (move.revision for move in moves if move.details["to"] in END and move.details["from"] not in END)
        over = next(ends, None)
        arrivals = self.journal.filter(verb=Verb.JOINED, facilitator=None)
        return arrivals.none() if over is None else arrivals.filter(revision__gt=over)

    # who runs it

    def facilitators_in_order(self) -> list[Facilitator]:
        """Those who run it, as they came: nobody removes who was there before them."""
        rows = type(self).facilitators.through.objects.filter(forum=self).order_by("pk")
        return [row.facilitator for row in rows.select_related("facilitator")]

    def may_remove(self, facilitator: Facilitator, by: Facilitator) -> bool:
        """Whether `by` may end the rights of `facilitator`, or their devices: only of those who came later."""
        order = self.facilitators_in_order()
        return by in order and facilitator in order[order.index(by) + 1 :]

    def must_have_come_before(self, facilitator: Facilitator, by: Actor) -> None:
        """Raise NoLongerRuns unless `may_remove`. Within a change: what was true when the request came may be over."""
        self._must_run(by)
        if by.facilitator is None or not self.may_remove(facilitator, by.facilitator):
            raise NoLongerRuns

    def _must_run(self, by: Actor) -> None:
        """Raise NoLongerRuns unless they run this forum, and the device at which they do it is still theirs."""
        if by.facilitator not in self.facilitators_in_order():
            raise NoLongerRuns
        if by.facilitator_device and not Device.objects.filter(pk=by.facilitator_device.pk).exists():
            raise NoLongerRuns

    def invite(self, by: Actor) -> str:
        """Return the secret of a link that makes someone a facilitator of this forum: once, within a week."""
        with self.change(by, Verb.INVITED_FACILITATOR) as change:
            self._must_run(by)
            change.note_irreversible_effect()
            return Pass.for_facilitator(self, by.facilitator)

    def end_invitation(self, invitation: Pass, by: Actor) -> None:
        with self.change(by, Verb.ENDED_INVITATION) as change:
            self._must_run(by)
            change.note_irreversible_effect()
            invitation.delete()

    def let_in(self, facilitator: Facilitator, invitation: Pass) -> None:
        """Have someone run this forum, by an invitation that was used up."""
        with self.change(Actor(facilitator=facilitator), Verb.ACCEPTED_INVITATION) as change:
            self.facilitators.add(facilitator)
            change.note_irreversible_effect()
            if invitation.invited_by:
                change.details = {"facilitator": invitation.invited_by.name}

    def remove_facilitator(self, facilitator: Facilitator, by: Actor) -> None:
        """End someone's rights here, and the invitations they made; who runs no other forum is shut out whole."""
        with self.change(by, Verb.REMOVED_FACILITATOR) as change:
            self.must_have_come_before(facilitator, by)
            self.facilitators.remove(facilitator)
            change.note_irreversible_effect()
            facilitator.invitations.filter(forum=self).delete()
            if not facilitator.forums.exists():
                facilitator.be_shut_out()
            change.details = {"facilitator": facilitator.name}
            change.invalidate(RowKey.FACILITATOR_RIGHTS.of(facilitator.pk))

    @property
    def is_empty(self) -> bool:
        """Whether nobody has come, and nothing was proposed: it may still become a rehearsal."""
        return not (self.participants.exists() or self.topics.exists())

    def after_revert(self, change: Change) -> None:
        """What people did in earnest never becomes something that one button erases."""
        if change.changes(self, "is_rehearsal") and self.is_rehearsal and not self.is_empty:
            raise CannotUndo

    def erase_rehearsal(self, by: Actor) -> None:
        """Take away everybody, and all that they did and left in the journal; slots, places and settings stay.

        Revisions go on, so that pages that are still open know that everything moved. Raises NotARehearsal.
        """
        # Not in the name of a participant, who goes with the others.
        with self.change(replace(by, participant=None), Verb.ERASED_REHEARSAL) as change:
            self.refresh_from_db(fields=["is_rehearsal"])
            if not self.is_rehearsal:
                raise NotARehearsal
            self.journal.all().delete()
            extension().erase(self)
            self.feedback.all().delete()
            self.messages.all().delete()
            self.topics.all().delete()
            self.participants.all().delete()
            self.phase, self.slide = Phase.PREPARATION, ""
            self.save(update_fields=["phase", "slide"])
            self.slots.update(began_at=None)
            change.note_irreversible_effect()
            change.invalidate_everything()
            change.invalidate(Key.ALL_RIGHTS)
