"""Devices: the browsers that act for a participant or a facilitator."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from forum.models.facilitator import Facilitator
from forum.models.participant import Participant
from forum.models.tokens import fingerprint, new_token

PARTICIPANT_LIFETIME, FACILITATOR_LIFETIME = timedelta(days=180), timedelta(days=90)
"""How long a device stays in without sending a form: some months after the day; less for those who may do more."""
ACCOUNT_LIFETIME = timedelta(hours=16)
"""How long a device stays in that came by an account: a whole day, with what comes before and after it."""
RENEWED_AFTER = timedelta(days=1)


class DeviceQuerySet(models.QuerySet["Device"]):
    def unexpired(self) -> Self:
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))


class Device(models.Model):
    """A browser whose cookie holds the token of one person. Only the token's fingerprint is stored."""

    token_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="devices")
    facilitator = models.ForeignKey(Facilitator, models.CASCADE, null=True, related_name="devices")
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)
    """When it last sent a form, to the day."""
    kind = models.CharField(max_length=20, blank=True)
    """The system of a facilitator's browser, from its User-Agent, so that they tell their devices apart."""
    came_by_account = models.BooleanField(default=False)
    """Whether a facilitator's account let it in, rather than their link."""
    expires_at = models.DateTimeField(null=True)
    """When it lets nobody in any more; None: never by itself."""

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_device_has_one_holder",
                condition=models.Q(participant=None) ^ models.Q(facilitator=None),
            )
        ]

    def __str__(self) -> str:
        return f"device {self.pk}"

    @staticmethod
    def lifetime_of(holder: Participant | Facilitator) -> timedelta:
        return PARTICIPANT_LIFETIME if isinstance(holder, Participant) else FACILITATOR_LIFETIME

    @property
    def lifetime(self) -> timedelta:
        return PARTICIPANT_LIFETIME if self.participant_id else FACILITATOR_LIFETIME

    def renew(self) -> bool:
        """Note that it is used now, once a day; say whether it was noted, which it is not once the device is ended."""
        now = timezone.now()
        if now - self.used_at < RENEWED_AFTER:
            return False
        self.used_at = now
        return bool(type(self).objects.filter(pk=self.pk).update(used_at=now))

    @classmethod
    def delete_unused(cls) -> None:
        """Delete the devices whose lifetime is over."""
        now = timezone.now()
        cls.objects.filter(facilitator=None, used_at__lt=now - PARTICIPANT_LIFETIME).delete()
        cls.objects.filter(participant=None, used_at__lt=now - FACILITATOR_LIFETIME).delete()
        cls.objects.filter(expires_at__lt=now).delete()

    @classmethod
    def issue(cls, holder: Participant | Facilitator, kind: str = "", *, by_account: bool = False) -> str:
        """Create a device and return its token, for the cookie. One that came by an account expires."""
        token = new_token()
        cls.objects.create(
            token_fingerprint=fingerprint(token),
            kind=kind,
            came_by_account=by_account,
            expires_at=timezone.now() + ACCOUNT_LIFETIME if by_account else None,
            **{"participant" if isinstance(holder, Participant) else "facilitator": holder},
        )
        return token
