"""People, the devices they hold, and the passes that let another device in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.models.secrets import fingerprint, new_code, new_token

if TYPE_CHECKING:
    from forum.models.forum import Forum


class Facilitator(models.Model):
    """Runs the day. Has no password: a secret link, which can be changed, puts a key on a browser."""

    name = models.CharField(_("name"), max_length=80)
    link_fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def create(cls, name: str) -> tuple[Self, str]:
        """A new facilitator, and the secret of their link, which is kept nowhere else."""
        secret = new_token()
        return cls.objects.create(name=name, link_fingerprint=fingerprint(secret)), secret

    def change_link(self) -> str:
        """A new secret; the old link opens nothing from now on."""
        secret = new_token()
        self.link_fingerprint = fingerprint(secret)
        self.save(update_fields=["link_fingerprint"])
        return secret

    def disconnect_others(self, kept: str) -> None:
        """Keep the device with this fingerprint; in every forum the others' open pages shut at once."""
        self.devices.exclude(token_fingerprint=kept).delete()
        for forum in self.forums.all():
            with forum.change(Actor(facilitator=self), "disconnected other devices") as change:
                change.touch(f"rights-facilitator-{self.pk}")


class Appearance(models.TextChoices):
    """How someone agrees to be named in the report."""

    FULL = "full", _("My full name")
    FIRST = "first", _("My first name only")
    INITIALS = "initials", _("My initials")
    HIDDEN = "hidden", _("Do not name me")


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def present(self) -> Self:
        return self.filter(removed_at=None)


class Participant(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="participants")
    name = models.CharField(_("name"), max_length=80)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    territory = models.CharField(_("territory"), max_length=120, blank=True)
    appearance = models.CharField(_("in the report"), max_length=8, choices=Appearance.choices, default=Appearance.FULL)
    joined_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def join(cls, forum: "Forum", by: "Actor | None" = None, **fields: Any) -> Self:
        """Someone arrives; `by` is the facilitator who enters them, if they have no phone."""
        person = cls(forum=forum, **fields)
        with forum.change(by or Actor(), "joined") as change:
            person.save()
            change.touch(f"person-{person.pk}", "status")
        return person

    def introduce(self, by: "Actor") -> None:
        """Keep a new name, organisation, territory or appearance, everywhere it shows."""
        with self.forum.change(by, "introduced themselves") as change:
            self.save()
            change.touch_person(self)
            for topic in self.topics.all():
                change.touch_topic(topic)

    def remove(self, by: "Actor") -> None:
        """Someone leaves for good, or must: their devices open nothing from now on, what they wrote stays."""
        with self.forum.change(by, "removed someone") as change:
            self.removed_at = timezone.now()
            self.save(update_fields=["removed_at"])
            for interest in self.interests.select_related("topic"):
                change.touch_topic(interest.topic)
            for presence in self.presences.select_related("group__topic"):
                change.touch_topic(presence.group.topic)
            self.interests.all().delete()
            self.presences.all().delete()
            self.devices.all().delete()
            change.touch_person(self)
            change.touch("status", f"rights-{self.pk}")

    def disconnect_others(self, kept: "Device", by: "Actor") -> None:
        """Keep the device in hand; the lost or borrowed ones open nothing from now on."""
        with self.forum.change(by, "disconnected other devices") as change:
            self.devices.exclude(pk=kept.pk).delete()
            change.touch(f"rights-{self.pk}")

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


class Device(models.Model):
    """A browser that holds the key of one person. Only the key's fingerprint is kept."""

    token_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="devices")
    facilitator = models.ForeignKey(Facilitator, models.CASCADE, null=True, related_name="devices")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_device_has_one_holder",
                condition=models.Q(participant=None) ^ models.Q(facilitator=None),
            )
        ]

    def __str__(self) -> str:
        return f"device {self.pk}"

    @classmethod
    def issue(cls, holder: Participant | Facilitator) -> str:
        """Give a key to a browser; returned once, for its cookie."""
        token = new_token()
        owner = {"participant" if isinstance(holder, Participant) else "facilitator": holder}
        cls.objects.create(token_fingerprint=fingerprint(token), **owner)
        return token


class Pass(models.Model):
    """A single-use code: for a person's second device, for a colleague, or for the first facilitator."""

    LIFETIME = timedelta(minutes=10)

    code_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True)
    forum = models.ForeignKey("forum.Forum", models.CASCADE, null=True)
    """The forum that a new facilitator is let into; with neither, the pass makes the first facilitator."""
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pass {self.pk}"

    @classmethod
    def for_second_device(cls, participant: Participant) -> str:
        """A code of six letters that someone can type; the person's earlier codes stop working."""
        cls.objects.filter(participant=participant).delete()
        code = new_code(6)
        cls._issue(code, cls.LIFETIME, participant=participant)
        return code

    @classmethod
    def for_facilitator(cls, forum: "Forum | None" = None) -> str:
        """A link secret, valid for a week, that makes someone a facilitator (of `forum`, if given)."""
        secret = new_token()
        cls._issue(secret, timedelta(days=7), forum=forum)
        return secret

    @classmethod
    def _issue(cls, code: str, lifetime: timedelta, **grants: Any) -> None:
        cls.objects.create(code_fingerprint=fingerprint(code), expires_at=timezone.now() + lifetime, **grants)

    @classmethod
    def find(cls, code: str) -> "Pass | None":
        return cls.objects.filter(code_fingerprint=fingerprint(code), expires_at__gt=timezone.now()).first()

    def use(self) -> bool:
        """Consume the pass; False when someone was faster."""
        return type(self).objects.filter(pk=self.pk).delete()[0] > 0


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a participant, a facilitator, both on one browser, or neither (a stranger)."""

    participant: Participant | None = None
    facilitator: Facilitator | None = None
    device: Device | None = None

    @property
    def is_stranger(self) -> bool:
        return self.participant is None and self.facilitator is None

    @property
    def name(self) -> str:
        person = self.participant or self.facilitator
        return person.name if person else ""
