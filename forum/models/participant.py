"""Participants, and how they agreed to be named."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.extension import extension
from forum.models.change import Retraction
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from forum.models.change import Change
    from forum.models.device import Device
    from forum.models.forum import Forum
from forum.fragment_keys import Key, RowKey
from forum.models.actor import Actor
from forum.models.verbs import Verb
from forum.text.names import LONGEST_NAME, folded, recognisable


class Appearance(models.TextChoices):
    """How someone agrees to be named in the report."""

    FULL = "full", _("My full name")
    FIRST = "first", _("My first name only")
    INITIALS = "initials", _("My initials")
    HIDDEN = "hidden", _("Do not name me")


class Roaming(models.TextChoices):
    """What someone does between the groups, as good as being in one."""

    BUMBLEBEE = "bumblebee", _("Bumblebee: from group to group")
    BUTTERFLY = "butterfly", _("Butterfly: in no group, and open to talk")


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def present(self) -> Self:
        """Who is in the forum."""
        return self.filter(removed_at=None, is_expected=False)

    def roaming(self) -> Self:
        """Who is in the forum, and goes from group to group or is in none."""
        return self.present().exclude(roams_as="")

    def expected(self) -> Self:
        """Who was announced and has not come yet."""
        return self.filter(removed_at=None, is_expected=True)

    def announced(self, name: str, organisation: str) -> "Participant | None":
        """Who is expected under this name. Of several, only the one whose organisation says that it is them."""
        key = recognisable(name)
        found = list(self.expected().filter(announced_as=key)[:20]) if key else []
        if len(found) > 1:
            found = [person for person in found if folded(person.organisation) == folded(organisation)]
        return found[0] if len(found) == 1 else None


class Participant(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="participants")
    name = LineField(_("name"), max_length=LONGEST_NAME)
    organisation = LineField(_("organisation"), max_length=120, blank=True)
    territory = LineField(_("territory"), max_length=120, blank=True)
    appearance = models.CharField(_("in the report"), max_length=8, choices=Appearance.choices, default=Appearance.FULL)
    email = models.EmailField(_("e-mail"), blank=True)
    """Only as somebody imported it, for the invitation of next year; shown to facilitators alone."""
    is_expected = models.BooleanField(default=False)
    """Announced by the organisers and not come yet: neither counted nor shown, until they join."""
    announced_as = models.CharField(max_length=LONGEST_NAME, blank=True)
    """The name in the organisers' list, as `recognisable` leaves it; empty for who was in none."""
    roams_as = models.CharField(max_length=9, choices=Roaming.choices, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    INTRODUCTION: ClassVar = ("name", "organisation", "territory", "appearance")
    SAYS_WHO_THEY_ARE: ClassVar = frozenset({Verb.INTRODUCED_THEMSELVES, Verb.DISCONNECTED_OTHER_DEVICES})
    """Verbs of people who do nothing else."""
    UNLOGGED: ClassVar = ("email",)
    """What the journal never holds."""

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["forum", "announced_as"], name="announced", condition=models.Q(is_expected=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def join(cls, forum: "Forum", by: "Actor | None" = None, **fields: Any) -> "Participant":
        """Someone arrives; `by` is the facilitator who enters them, if they have no phone.

        Who was announced under this name becomes that person: what they leave empty stays as it was announced.
        """
        with forum.change(by or Actor(), Verb.JOINED) as change:
            person = forum.participants.announced(fields["name"], fields.get("organisation", ""))
            if person:
                person.forum = forum
                for name, said in fields.items():
                    setattr(person, name, said or getattr(person, name))
                person._come(change)
            else:
                person = cls(forum=forum, **fields)
                person.save()
                change.record(person, {"removed_at": str(person.joined_at)}, {"removed_at": None})
                change.invalidate(RowKey.PERSON.of(person.pk), Key.STATUS)
        return person

    @classmethod
    def readers(cls, forum: "Forum") -> "models.QuerySet[Participant]":
        """Who joined by themselves when the groups were over, and has done nothing since: they came to read.

        They took no part. Whoever a facilitator entered did: somebody says that they were there.
        """
        arrivals = forum.late_arrivals().values_list("invalidated", flat=True)
        late = forum.participants.filter(pk__in=set().union(*(RowKey.PERSON.pks(keys) for keys in arrivals)))
        acted = forum.journal.exclude(verb__in=cls.SAYS_WHO_THEY_ARE).filter(participant__in=late)
        return late.filter(topics=None, presences=None).exclude(pk__in=acted.values("participant"))

    @classmethod
    def announce(cls, forum: "Forum", people: "Iterable[dict[str, str]]", by: "Actor") -> None:
        """Expect these people: their `name`, and perhaps `organisation`, `territory` and `email`."""
        with forum.change(by, Verb.ANNOUNCED_PEOPLE) as change:
            change.create_all(
                cls(forum=forum, is_expected=True, announced_as=recognisable(said["name"]), **said) for said in people
            )
            change.invalidate(Key.EXPECTED)

    def arrive(self, by: "Actor") -> None:
        """Who was announced is here, as a facilitator sees; nothing, if somebody has said so already."""
        with self.forum.change(by, Verb.ARRIVED) as change:
            self.refresh_from_db()
            if self.is_expected:
                self._come(change)

    def _come(self, change: "Change") -> None:
        self.is_expected = False
        self.joined_at = timezone.now()
        change.save(self, *self.INTRODUCTION, "is_expected", "joined_at")
        change.invalidate_person(self)
        change.invalidate(Key.STATUS, Key.EXPECTED)

    @classmethod
    def forget_expected(cls, forum: "Forum", by: "Actor") -> int:
        """Erase those who were announced and did not come, here and in the journal; how many they were.

        It cannot be undone, since it is about data of people who never agreed to be here.
        """
        with forum.change(by, Verb.FORGOT_WHO_DID_NOT_COME) as change:
            expected = forum.participants.expected()
            gone = set(expected.values_list("pk", flat=True))
            if not gone:
                return 0
            expected.delete()
            change.note_irreversible_effect()
            for entry in forum.journal.exclude(rows=[]):
                kept = [row for row in entry.rows if row["model"] != cls._meta.label or row["pk"] not in gone]
                if len(kept) < len(entry.rows):
                    entry.rows = kept
                    entry.save(update_fields=["rows"])
            change.invalidate(Key.EXPECTED)
        return len(gone)

    def introduce(self, by: "Actor") -> None:
        """Keep a new name, organisation, territory or appearance, everywhere it shows; nothing, if none is new."""
        known = type(self).objects.filter(pk=self.pk).values(*self.INTRODUCTION).first()
        if known == {name: getattr(self, name) for name in self.INTRODUCTION}:
            return
        with self.forum.change(by, Verb.INTRODUCED_THEMSELVES) as change:
            change.save(self, *self.INTRODUCTION)
            change.invalidate_person(self)
            for topic in self.topics.all():
                change.invalidate_topic(topic)

    @staticmethod
    def retractions(was: "Participant | None", now: "Participant | None") -> Iterator[Retraction]:
        """The name under which they were shown, if it is another one now; and the one that others may have typed, if
        nobody could know yet that it is not to be shown as it is."""
        was, now = (person if person and person.is_present else None for person in (was, now))
        if was and was.public_name and (now is None or now.public_name != was.public_name):
            yield Retraction(was.public_name)
        if now and now.public_name != now.name and (was is None or was.name != now.name):
            yield Retraction(now.name)

    @property
    def is_present(self) -> bool:
        return self.removed_at is None and not self.is_expected

    def remove(self, by: "Actor") -> None:
        """Someone leaves for good, or must: their devices open nothing from now on, what they wrote stays."""
        with self.forum.change(by, Verb.REMOVED_SOMEONE) as change:
            self.removed_at = timezone.now()
            change.save(self, "removed_at")
            self._leave(change)

    def after_revert(self, change: "Change") -> None:
        """Who was entered by mistake leaves like everyone; who comes back shows again, and comes with a new code."""
        if self.removed_at or self.is_expected:
            self._leave(change)
        change.invalidate_person(self)
        change.invalidate(Key.STATUS)

    def _leave(self, change: "Change") -> None:
        for interest in self.interests.select_related("topic"):
            change.invalidate_topic(interest.topic)
            change.delete(interest)
        for presence in self.presences.select_related("group__topic"):
            change.invalidate_topic(presence.group.topic)
            change.delete(presence)
        extension().participant_left(self, change)
        self.devices.all().delete()
        self.pass_set.all().delete()
        change.invalidate_person(self)
        change.invalidate(Key.STATUS, RowKey.RIGHTS.of(self.pk))

    def roam(self, kind: str, by: "Actor") -> None:
        """Go from group to group, or be in none and open to talk: they get up from the group at hand. "" ends it."""
        with self.forum.change(by, Verb.ROAMS if kind else Verb.NO_LONGER_ROAMS) as change:
            self._roam_as(kind, change)
            if kind and (presence := self.presences.at_hand()):
                presence.end(change)

    def settle(self, change: "Change") -> None:
        """Who sits down no longer roams, within a change."""
        self.refresh_from_db(fields=["roams_as"])
        if self.roams_as:
            self._roam_as("", change)

    def _roam_as(self, kind: str, change: "Change") -> None:
        self.roams_as = kind
        change.save(self, "roams_as")
        change.invalidate(RowKey.MARKS.of(self.pk), Key.STATUS)

    def disconnect_others(self, kept: "Device", by: "Actor") -> None:
        """Keep the device in hand; the lost or borrowed ones, and codes they asked for, open nothing from now on."""
        with self.forum.change(by, Verb.DISCONNECTED_OTHER_DEVICES) as change:
            devices, _by_model = self.devices.exclude(pk=kept.pk).delete()
            codes, _by_model = self.pass_set.all().delete()
            if devices or codes:
                change.note_irreversible_effect()
                change.invalidate(RowKey.RIGHTS.of(self.pk))

    @property
    def public_name(self) -> str:
        """The name as this person agreed to be named; empty when they did not."""
        words = self.name.split()
        match self.appearance:
            case Appearance.FULL:
                return self.name
            case Appearance.FIRST:
                return words[0] if words else ""
            case Appearance.INITIALS:
                return " ".join(f"{word[0].upper()}." for word in words)
            case _:
                return ""

    @property
    def affiliation(self) -> str:
        return ", ".join(part for part in (self.organisation, self.territory) if part)
