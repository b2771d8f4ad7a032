"""The devices that hold somebody's key, and the codes and invitations that let another one in."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

from forum.models.facilitator import Facilitator
from forum.models.participant import Participant
from forum.models.tokens import fingerprint, new_code, new_token

if TYPE_CHECKING:
    from forum.models.forum import Forum


class Device(models.Model):
    """A browser that holds the key of one person. Only the key's fingerprint is kept."""

    token_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="devices")
    facilitator = models.ForeignKey(Facilitator, models.CASCADE, null=True, related_name="devices")
    created_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, blank=True)
    """What a facilitator's browser runs on, as it says (see phones.py), so that they tell one from another."""

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
    def issue(cls, holder: Participant | Facilitator, kind: str = "") -> str:
        """Give a key to a browser; returned once, for its cookie."""
        token = new_token()
        owner = {"participant" if isinstance(holder, Participant) else "facilitator": holder}
        cls.objects.create(token_fingerprint=fingerprint(token), kind=kind, **owner)
        return token


class PassQuerySet(models.QuerySet["Pass"]):
    def open(self) -> Self:
        """Those that still open something."""
        return self.filter(expires_at__gt=timezone.now())


class Pass(models.Model):
    """A single-use code: for a person's second device, for a colleague, or for the first facilitator."""

    LIFETIME = timedelta(minutes=10)
    INVITATION_LIFETIME = timedelta(days=7)

    code_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True)
    forum = models.ForeignKey("forum.Forum", models.CASCADE, null=True)
    """The forum that a new facilitator is let into; with neither, the pass makes the first facilitator."""
    invited_by = models.ForeignKey(Facilitator, models.CASCADE, null=True, related_name="invitations")
    expires_at = models.DateTimeField()

    objects = PassQuerySet.as_manager()

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
    def for_facilitator(cls, forum: "Forum | None" = None, by: Facilitator | None = None) -> str:
        """A link secret, valid for a week, that makes someone a facilitator (of `forum`, if given)."""
        secret = new_token()
        cls._issue(secret, cls.INVITATION_LIFETIME, forum=forum, invited_by=by)
        return secret

    @classmethod
    def _issue(cls, code: str, lifetime: timedelta, **grants: Any) -> None:
        cls.objects.create(code_fingerprint=fingerprint(code), expires_at=timezone.now() + lifetime, **grants)

    @classmethod
    def find(cls, code: str) -> "Pass | None":
        return cls.objects.open().filter(code_fingerprint=fingerprint(code)).first()

    @property
    def made_at(self) -> datetime:
        """When an invitation was made."""
        return self.expires_at - self.INVITATION_LIFETIME

    def use(self) -> bool:
        """Consume the pass; False when someone was faster."""
        return type(self).objects.filter(pk=self.pk).delete()[0] > 0
