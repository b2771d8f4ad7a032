"""Facilitators: their link, the browsers that it let in, and how all of it is taken back."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import RowKey
from forum.models.actor import Actor
from forum.models.tokens import fingerprint, new_token
from forum.models.verbs import Verb
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from forum.models.device import Device


class NoLongerRuns(Exception):
    """This facilitator lost the right to do it while they were doing it."""


class Facilitator(models.Model):
    """Runs the day. Has no password: a secret link, which can be changed, puts a key on a browser."""

    name = LineField(_("name"), max_length=80)
    link_fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        invitations: Any

    def __str__(self) -> str:
        return self.name

    @classmethod
    def create(cls, name: str) -> tuple[Self, str]:
        """A new facilitator, and the secret of their link, which is kept nowhere else."""
        secret = new_token()
        return cls.objects.create(name=name, link_fingerprint=fingerprint(secret)), secret

    @classmethod
    def of_link(cls, secret: str, *, held: bool = False) -> Self | None:
        """Whose link this is. `held`: nobody changes it before the end of the transaction."""
        people = cls.objects.select_for_update() if held else cls.objects.all()
        return people.filter(link_fingerprint=fingerprint(secret)).first()

    def new_link(self) -> str:
        """Return a new secret; the old link opens nothing from now on. Browsers that are in stay in."""
        secret = new_token()
        self.link_fingerprint = fingerprint(secret)
        self.save(update_fields=["link_fingerprint"])
        return secret

    @transaction.atomic
    def change_link(self, kept: str = "") -> str:
        """Take back all that the old link gave, and return a new secret.

        Only the device with the fingerprint `kept` stays in; invitations that were made end.
        """
        secret = self.new_link()
        self._change(Actor(facilitator=self), Verb.CHANGED_LINK, self.devices.exclude(token_fingerprint=kept))
        self.invitations.all().delete()  # last: one may have been made until the forums were held
        return secret

    def disconnect(self, device: int, by: Actor) -> None:
        """End one of their devices. Raises NoLongerRuns when `by` did not come before them in all their forums."""
        self._change(by, Verb.DISCONNECTED_DEVICE, self.devices.filter(pk=device), facilitator=self.name)

    def came_after(self, other: "Facilitator") -> bool:
        """Whether the other one was there before them in every forum that they run."""
        return all(forum.may_remove(self, other) for forum in self.forums.all())

    def sign_out(self, in_hand: str) -> None:
        """End the device with this fingerprint, as its holder wants it."""
        self._change(Actor(facilitator=self), Verb.SIGNED_OUT, self.devices.filter(token_fingerprint=in_hand))

    @transaction.atomic
    def _change(self, by: Actor, verb: Verb, gone: "models.QuerySet[Device]", **details: str) -> None:
        """End these devices, and say so in every forum: their open pages shut at once."""
        deleted, _by_model = gone.delete()
        if not deleted and verb != Verb.CHANGED_LINK:
            return
        for forum in self.forums.all():
            with forum.change(by, verb) as change:
                if by.facilitator != self:
                    forum.must_have_come_before(self, by)
                change.details = dict(details)
                change.note_irreversible_effect()
                change.invalidate(RowKey.FACILITATOR_RIGHTS.of(self.pk))

    def be_shut_out(self) -> None:
        """Open nothing any more, by no link and no device. Who is invited again becomes a facilitator anew."""
        self.new_link()
        self.invitations.all().delete()
        self.devices.all().delete()
