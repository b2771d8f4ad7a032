"""Participants, expected or present, and how they agreed to be named."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.extension import extension
from forum.fragment_keys import Key, RowKey
from forum.models.actor import Actor
from forum.models.appearance import Appearance
from forum.models.change import Retraction
from forum.models.contributions import Contributions
from forum.models.verbs import Verb
from forum.text.names import MAX_NAME_LENGTH, fold, name_key
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from datetime import datetime

    from forum.models.change import Change
    from forum.models.device import Device
    from forum.models.forum import Forum


class Roaming(models.TextChoices):
    """The two ways of being in no group."""

    BUMBLEBEE = "bumblebee", _("Bumblebee: from group to group")
    BUTTERFLY = "butterfly", _("Butterfly: in no group, and open to talk")


class ForumFull(Exception):
    """The forum has MAX_PARTICIPANTS."""


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def present(self) -> Self:
        return self.filter(removed_at=None, is_expected=False)

    def roaming(self) -> Self:
        return self.present().exclude(roaming="")

    def expected(self) -> Self:
        return self.filter(removed_at=None, is_expected=True)

    def find_expected(self, name: str, organisation: str) -> "Participant | None":
        """Return the expected participant of this name; of several, the only one of this organisation."""
        key = name_key(name)
        people = list(self.expected().filter(announced_as=key)[:20]) if key else []
        if len(people) > 1:
            people = [person for person in people if fold(person.organisation) == fold(organisation)]
        return people[0] if len(people) == 1 else None


class Participant(models.Model):
    MAX_ORGANISATION_LENGTH = MAX_TERRITORY_LENGTH = 120
    MAX_PARTICIPANTS = 5_000
    """Of a forum; facilitators may enter more. Two and a half times the largest hall that a rehearsal tries."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="participants")
    name = LineField(_("name"), max_length=MAX_NAME_LENGTH)
    organisation = LineField(_("organisation"), max_length=MAX_ORGANISATION_LENGTH, blank=True)
    territory = LineField(_("territory"), max_length=MAX_TERRITORY_LENGTH, blank=True)
    appearance = models.CharField(_("in the report"), max_length=8, choices=Appearance.choices, default=Appearance.FULL)
    email = models.EmailField(_("e-mail"), blank=True)
    """Imported with the expected people, for the invitation of next year. Shown to facilitators only."""
    is_expected = models.BooleanField(default=False)
    """Announced by the organisers and not arrived: neither counted nor shown."""
    announced_as = models.CharField(max_length=MAX_NAME_LENGTH, blank=True)
    """The name in the organisers' list, normalised by `name_key`. Empty: was not in the list."""
    roaming = models.CharField(max_length=9, choices=Roaming.choices, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)
    access_given_at = models.DateTimeField(null=True, blank=True)
    """When a facilitator gave a code for a device of theirs, until they say that they know of it."""
    access_used_at = models.DateTimeField(null=True, blank=True)
    """When a device came with this code."""

    IDENTITY_FIELDS: ClassVar = ("name", "organisation", "territory", "appearance")
    IDENTITY_VERBS: ClassVar = frozenset(
        {Verb.EDITED_PERSON, Verb.USED_ACCESS, Verb.AGREED_TO_ACCESS, Verb.DISCONNECTED_OTHER_DEVICES, Verb.SIGNED_OUT}
    )
    """Verbs about who one is, rather than what one does in the forum."""
    UNLOGGED: ClassVar = ("email",)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["forum", "announced_as"], name="announced", condition=models.Q(is_expected=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_present(self) -> bool:
        return self.removed_at is None and not self.is_expected

    @property
    def public_name(self) -> str:
        """The name as this person agreed to be named; empty when they did not."""
        return Appearance(self.appearance).shorten(self.name)

    @property
    def affiliation(self) -> str:
        return ", ".join(part for part in (self.organisation, self.territory) if part)

    @classmethod
    def join(cls, forum: "Forum", by: "Actor | None" = None, **fields: Any) -> "Participant":
        """Add a participant; `by` is the facilitator who enters someone without a phone.

        An expected participant of this name becomes present; fields left empty keep their announced values. Raises
        ForumFull when somebody joins by themselves.
        """
        with forum.change(by or Actor(), Verb.LET_SOMEONE_IN) as change:
            if not (by and by.facilitator) and forum.participants.present().count() >= cls.MAX_PARTICIPANTS:
                raise ForumFull
            person = forum.participants.find_expected(fields["name"], fields.get("organisation", ""))
            if person:
                person.forum = forum
                for name, value in fields.items():
                    setattr(person, name, value or getattr(person, name))
                person._become_present(change)
            else:
                person = cls(forum=forum, **fields)
                person.save()
                change.record(person, {"removed_at": str(person.joined_at)}, {"removed_at": None})
                change.invalidate(RowKey.PERSON.of(person.pk), Key.STATUS)
        return person

    @classmethod
    def readers(cls, forum: "Forum") -> "models.QuerySet[Participant]":
        """Return those who joined by themselves after the groups ended and did nothing since: they only read.

        Participants entered by a facilitator are not among them, since somebody vouches that they took part.
        """
        arrivals = forum.late_arrivals().values_list("invalidated", flat=True)
        late = forum.participants.filter(pk__in=set().union(*(RowKey.PERSON.pks(keys) for keys in arrivals)))
        acted = forum.journal.exclude(verb__in=cls.IDENTITY_VERBS).filter(participant__in=late)
        return late.filter(topics=None, presences=None).exclude(pk__in=acted.values("participant"))

    # expected people

    @classmethod
    def announce(cls, forum: "Forum", people: "Iterable[dict[str, str]]", by: "Actor") -> None:
        """Add expected participants, each a dict of `name` and optional `organisation`, `territory` and `email`."""
        with forum.change(by, Verb.ANNOUNCED_PEOPLE) as change:
            change.create_all(
                cls(forum=forum, is_expected=True, announced_as=name_key(fields["name"]), **fields) for fields in people
            )
            change.invalidate(Key.EXPECTED)

    def arrive(self, by: "Actor") -> None:
        """Mark an expected participant as present. No-op if already present."""
        with self.forum.change(by, Verb.NOTED_ARRIVAL) as change:
            self.refresh_from_db()
            if self.is_expected:
                self._become_present(change)

    def _become_present(self, change: "Change") -> None:
        self.is_expected = False
        self.joined_at = timezone.now()
        change.save(self, *self.IDENTITY_FIELDS, "is_expected", "joined_at")
        change.invalidate_person(self)
        change.invalidate(Key.STATUS, Key.EXPECTED)

    @classmethod
    def forget_expected(cls, forum: "Forum", by: "Actor") -> int:
        """Delete the participants who did not come, in the journal too, and return their number.

        Cannot be undone: these are data of people who never agreed to be here.
        """
        with forum.change(by, Verb.FORGOT_WHO_DID_NOT_COME) as change:
            expected = forum.participants.expected()
            deleted = set(expected.values_list("pk", flat=True))
            if not deleted:
                return 0
            expected.delete()
            change.note_unrecorded_effect()
            for entry in forum.journal.exclude(rows=[]):
                kept = [row for row in entry.rows if row["model"] != cls._meta.label or row["pk"] not in deleted]
                if len(kept) < len(entry.rows):
                    entry.rows = kept
                    entry.save(update_fields=["rows"])
            change.invalidate(Key.EXPECTED)
        return len(deleted)

    # present people

    def save_identity(self, by: "Actor") -> None:
        """Save a new name, organisation, territory or appearance, everywhere it shows. No-op if none is new."""
        stored = type(self).objects.filter(pk=self.pk).values(*self.IDENTITY_FIELDS).first()
        if stored == {name: getattr(self, name) for name in self.IDENTITY_FIELDS}:
            return
        with self.forum.change(by, Verb.EDITED_PERSON) as change:
            change.save(self, *self.IDENTITY_FIELDS)
            change.invalidate_person(self)
            for topic in self.topics.all():
                change.invalidate_topic(topic)

    @staticmethod
    def retractions(before: "Participant | None", after: "Participant | None") -> Iterator[Retraction]:
        """Yield the public name that changed, and the real name of someone newly named otherwise.

        Others may have typed the latter in a report before anybody could know that it is not to be shown.
        """
        before, after = (person if person and person.is_present else None for person in (before, after))
        if before and before.public_name and (after is None or after.public_name != before.public_name):
            yield Retraction(before.public_name)
        if after and after.public_name != after.name and (before is None or before.name != after.name):
            yield Retraction(after.name)

    def remove(self, by: "Actor") -> None:
        """End someone's participation: interests, presences and devices go, what they wrote stays."""
        with self.forum.change(by, Verb.REMOVED_SOMEONE) as change:
            self.removed_at = timezone.now()
            change.save(self, "removed_at")
            self._end_participation(change)

    def remove_with_all(self, by: "Actor") -> None:
        """End someone's participation, and remove what they brought alone: one change, which one undo brings back.

        What others wrote too stays: texts that several people wrote cannot be taken apart.
        """
        with self.forum.change(by, Verb.REMOVED_SOMEONE_WITH_ALL) as change:
            self.contributions().remove(change)
            self.removed_at = timezone.now()
            change.save(self, "removed_at")
            self._end_participation(change)

    def contributions(self) -> Contributions:
        """Return what would go with this participant."""
        return Contributions(self)

    def after_revert(self, change: "Change") -> None:
        """Remove everything of a participant who is no longer present; show again one who is (with a new device)."""
        if self.removed_at or self.is_expected:
            self._end_participation(change)
        change.invalidate_person(self)
        change.invalidate(Key.STATUS)

    def _end_participation(self, change: "Change") -> None:
        for interest in self.interests.select_related("topic"):
            change.invalidate_topic(interest.topic)
            change.delete(interest)
        for presence in self.presences.select_related("group__topic"):
            change.invalidate_topic(presence.group.topic)
            change.delete(presence)
        extension().participant_left(self, change)
        self.devices.all().delete()
        self.one_time_codes.all().delete()
        change.invalidate_person(self)
        change.invalidate(Key.STATUS, RowKey.RIGHTS.of(self.pk))

    def roam(self, roaming: str, by: "Actor") -> None:
        """Roam as one of Roaming, which leaves the group of the current slot; "" stops roaming."""
        with self.forum.change(by, Verb.ROAMS if roaming else Verb.NO_LONGER_ROAMS) as change:
            self._set_roaming(roaming, change)
            if roaming and (presence := self.presences.in_current_slot()):
                presence.end(change)

    def stop_roaming(self, change: "Change") -> None:
        """Stop roaming on joining a group, within the same change. No-op if not roaming."""
        self.refresh_from_db(fields=["roaming"])
        if self.roaming:
            self._set_roaming("", change)

    def _set_roaming(self, roaming: str, change: "Change") -> None:
        self.roaming = roaming
        change.save(self, "roaming")
        change.invalidate(RowKey.MARKS.of(self.pk), Key.STATUS)

    def sign_out(self, device: "Device", by: "Actor") -> None:
        """End this device of theirs."""
        with self.forum.change(by, Verb.SIGNED_OUT) as change:
            devices, _by_model = self.devices.filter(pk=device.pk).delete()
            if devices:
                change.note_unrecorded_effect()
                change.invalidate(RowKey.RIGHTS.of(self.pk))

    def disconnect_other_devices(self, kept: "Device", by: "Actor") -> None:
        """End all devices but the one in use, and the codes that they asked for."""
        with self.forum.change(by, Verb.DISCONNECTED_OTHER_DEVICES) as change:
            devices, _by_model = self.devices.exclude(pk=kept.pk).delete()
            codes, _by_model = self.one_time_codes.all().delete()
            if devices or codes or self.access_given_at:
                change.invalidate(RowKey.RIGHTS.of(self.pk))
                self.note_access(change, access_given_at=None, access_used_at=None)

    def agree_to_access(self, by: "Actor") -> None:
        """Note that they know of the code that a facilitator gave for a device of theirs."""
        with self.forum.change(by, Verb.AGREED_TO_ACCESS) as change:
            if self.access_given_at:
                self.note_access(change, access_given_at=None, access_used_at=None)

    def may_agree_to_access(self, device: "Device | None") -> bool:
        """Say whether this device may answer for them: not one that came since, while an older one is there."""
        older = (
            self.devices.filter(created_at__lt=self.access_given_at) if self.access_given_at else self.devices.none()
        )
        return device in older or not older.exists()

    def note_access(self, change: "Change", **moments: "datetime | None") -> None:
        """Save when somebody got access in their place, within a change; their devices show it."""
        for name, moment in moments.items():
            setattr(self, name, moment)
        self.save(update_fields=list(moments))
        change.note_unrecorded_effect()
        change.invalidate_person(self)
