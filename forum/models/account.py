"""Accounts: who a facilitator is at the identity provider (OpenID Connect)."""

from dataclasses import dataclass

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from forum.models.actor import Actor
from forum.models.facilitator import Facilitator
from forum.models.tokens import fingerprint
from forum.models.verbs import Verb


@dataclass(frozen=True)
class Identity:
    """A person as the provider knows them: for ever the same subject of the same issuer."""

    issuer: str
    subject: str
    name: str


class AccountTaken(Exception):
    """The account already lets another facilitator in, or this facilitator already has one."""


class Account(models.Model):
    """The account by which a facilitator signs in. Only a fingerprint of its subject is stored."""

    facilitator = models.ForeignKey(Facilitator, models.CASCADE, related_name="accounts")
    issuer = models.CharField(max_length=300)
    subject_fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject_fingerprint"], name="account_of_one_facilitator"),
            models.UniqueConstraint(fields=["facilitator"], name="facilitator_with_one_account"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"

    @classmethod
    def lock_facilitator(cls, identity: Identity) -> Facilitator | None:
        """Return the facilitator of an account. Nobody else changes them before the transaction ends."""
        rows = Facilitator.objects.select_for_update()
        return rows.filter(
            accounts__issuer=identity.issuer, accounts__subject_fingerprint=fingerprint(identity.subject)
        ).first()

    @classmethod
    def admit(cls, identity: Identity) -> Facilitator:
        """Make somebody a facilitator who signs in by their account alone: without a link, and without a forum yet."""
        facilitator = Facilitator.objects.create(name=identity.name)
        cls._create(identity, facilitator)
        return facilitator

    @classmethod
    @transaction.atomic
    def attach(cls, identity: Identity, facilitator: Facilitator) -> None:
        """Let a facilitator sign in by this account too. Raises AccountTaken.

        Whom the account had made a facilitator gives way, as long as they run nothing and have no link: that happens
        to those who sign in first, and find their link later.
        """
        holder = cls.lock_facilitator(identity)
        if holder and holder != facilitator and not holder.link_fingerprint and not holder.forums.exists():
            holder.delete()
        cls._create(identity, facilitator)
        facilitator.journal_in_forums(Actor(facilitator=facilitator), Verb.ATTACHED_ACCOUNT)

    @classmethod
    def _create(cls, identity: Identity, facilitator: Facilitator) -> None:
        try:
            with transaction.atomic():
                cls.objects.create(
                    facilitator=facilitator,
                    issuer=identity.issuer,
                    subject_fingerprint=fingerprint(identity.subject),
                )
        except IntegrityError:
            raise AccountTaken from None
