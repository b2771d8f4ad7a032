"""Devices: the browsers that act for a participant or a facilitator."""

from django.db import models
from django.utils import timezone

from forum.models.facilitator import Facilitator
from forum.models.participant import Participant
from forum.models.tokens import fingerprint, new_token


class Device(models.Model):
    """A browser whose cookie holds the token of one person. Only the token's fingerprint is stored."""

    token_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="devices")
    facilitator = models.ForeignKey(Facilitator, models.CASCADE, null=True, related_name="devices")
    created_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, blank=True)
    """The system of a facilitator's browser, from its User-Agent, so that they tell their devices apart."""

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
        """Create a device and return its token, for the cookie."""
        token = new_token()
        owner = {"participant" if isinstance(holder, Participant) else "facilitator": holder}
        cls.objects.create(token_fingerprint=fingerprint(token), kind=kind, **owner)
        return token
