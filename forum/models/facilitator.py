"""Facilitators: their personal link, their devices, their role in each forum, and the end of their rights."""

from typing import TYPE_CHECKING, Self, Unpack

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import RowKey
from forum.models.actor import Actor
from forum.models.change import Details
from forum.models.team_role import TeamRole
from forum.models.tokens import fingerprint, new_token
from forum.models.verbs import Verb
from forum.text.names import MAX_NAME_LENGTH
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from forum.models.device import Device
    from forum.models.forum import Forum


class RightsLost(Exception):
    """The actor lost the right to do this since the request came."""


class Facilitator(models.Model):
    """Runs forums, each in one role. Has no password: a secret link, which can be replaced, registers a device.

    Where OpenID Connect is configured, an account registers one too, and there may be no link.
    """

    name = LineField(_("name"), max_length=MAX_NAME_LENGTH)
    link_fingerprint = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def create(cls, name: str) -> tuple[Self, str]:
        """Return a new facilitator and the secret of their link, which is stored nowhere."""
        secret = new_token()
        return cls.objects.create(name=name, link_fingerprint=fingerprint(secret)), secret

    @classmethod
    def find_by_link(cls, secret: str, *, lock: bool = False) -> Self | None:
        """Return the facilitator of this link; with `lock`, nobody else changes them before the transaction ends."""
        rows = cls.objects.select_for_update() if lock else cls.objects.all()
        return rows.filter(link_fingerprint=fingerprint(secret)).first()

    def replace_link(self) -> str:
        """Return a new secret. The old link stops working; devices stay registered."""
        secret = new_token()
        self.link_fingerprint = fingerprint(secret)
        self.save(update_fields=["link_fingerprint"])
        return secret

    @transaction.atomic
    def change_link(self, kept_device: str = "") -> str:
        """Return a new secret, and end all that the old link gave: devices, open invitations and the account.

        The device whose token has the fingerprint `kept_device` stays, and so does the account by which it came.
        """
        secret = self.replace_link()
        if not self.devices.filter(token_fingerprint=kept_device, came_by_account=True).exists():
            self.accounts.all().delete()
        self.devices.exclude(token_fingerprint=kept_device).delete()
        self.journal_in_forums(Actor(facilitator=self), Verb.CHANGED_LINK)
        self.invitations.all().delete()  # last: one may have been made before the forums were locked
        return secret

    @transaction.atomic
    def make_first_link(self) -> str:
        """Return the secret of a link for somebody who had none. It ends nothing."""
        secret = self.replace_link()
        self.journal_in_forums(Actor(facilitator=self), Verb.CHANGED_LINK)
        return secret

    @transaction.atomic
    def detach_account(self, kept_device: str) -> None:
        """Let nobody in by their account any more, and end the devices that it let in.

        The device whose token has the fingerprint `kept_device` stays.
        """
        deleted, _by_model = self.accounts.all().delete()
        if not deleted:
            return
        came_by_account = self.devices.filter(came_by_account=True)
        came_by_account.exclude(token_fingerprint=kept_device).delete()
        came_by_account.update(came_by_account=False)
        self.journal_in_forums(Actor(facilitator=self), Verb.DETACHED_ACCOUNT)

    def sign_out(self, token_fingerprint: str) -> None:
        """End the device with this token."""
        self._end_devices(
            Actor(facilitator=self), Verb.SIGNED_OUT, self.devices.filter(token_fingerprint=token_fingerprint)
        )

    def disconnect(self, device_pk: int, by: Actor) -> None:
        """End one of their devices. Raises RightsLost when `by` may not remove them from all forums."""
        self._end_devices(by, Verb.DISCONNECTED_DEVICE, self.devices.filter(pk=device_pk), facilitator=self.name)

    @transaction.atomic
    def _end_devices(
        self, by: Actor, verb: Verb, devices: "models.QuerySet[Device]", **details: Unpack[Details]
    ) -> None:
        """Delete devices, if there are any, and journal it."""
        deleted, _by_model = devices.delete()
        if deleted:
            self.journal_in_forums(by, verb, **details)

    def journal_in_forums(self, by: Actor, verb: Verb, **details: Unpack[Details]) -> None:
        """Journal a change of their rights in every forum of theirs, so that open pages of ended devices close."""
        for forum in self.forums.all():
            with forum.change(by, verb) as change:
                if by.facilitator != self:
                    self.check_removable_from(forum, by)
                change.details = details
                change.note_unrecorded_effect()
                change.invalidate(RowKey.FACILITATOR_RIGHTS.of(self.pk))

    @property
    def may_create_forums(self) -> bool:
        """Whether they are a facilitator somewhere, or have no forum yet."""
        roles = set(self.facilitations.values_list("role", flat=True))
        return not roles or TeamRole.FACILITATOR in roles

    # rights over other facilitators

    def may_remove(self, other: "Facilitator", forum: "Forum") -> bool:
        """Say whether `other` came to run the forum after this facilitator.

        They may thus remove them and change their role, unless they are an operator or a sponsor themselves.
        """
        rows = {row.facilitator_id: row for row in forum.facilitations.all()}
        own, others = rows.get(self.pk), rows.get(other.pk)
        return bool(own and others and own.role == TeamRole.FACILITATOR and own.pk < others.pk)

    def may_disconnect(self, other: "Facilitator") -> bool:
        """Say whether this facilitator may end devices of `other`: of those they may remove from every forum."""
        return self == other or all(self.may_remove(other, forum) for forum in other.forums.all())

    def check_removable_from(self, forum: "Forum", by: Actor) -> None:
        """Raise RightsLost unless `by` may still remove this facilitator. Called within a change of the forum."""
        forum.check_run_by(by)
        if by.facilitator is None or not by.facilitator.may_remove(self, forum):
            raise RightsLost

    def remove_from(self, forum: "Forum", by: Actor) -> None:
        """Stop running a forum; their invitations to it end. In no other forum, their link and devices end too."""
        with forum.change(by, Verb.REMOVED_FACILITATOR) as change:
            self.check_removable_from(forum, by)
            forum.facilitators.remove(self)
            change.note_unrecorded_effect()
            self.invitations.filter(forum=forum).delete()
            if not self.forums.exists():
                self._revoke_all_access()
            change.details = {"facilitator": self.name}
            change.invalidate(RowKey.FACILITATOR_RIGHTS.of(self.pk))

    def change_role(self, forum: "Forum", role: TeamRole, by: Actor) -> None:
        """Run a forum in another role from now on; who no longer may invite has no open invitation either."""
        with forum.change(by, Verb.CHANGED_ROLE) as change:
            self.check_removable_from(forum, by)
            if not forum.facilitations.filter(facilitator=self).exclude(role=role).update(role=role):
                return
            change.note_unrecorded_effect()
            if role != TeamRole.FACILITATOR:
                self.invitations.filter(forum=forum).delete()
            change.details = {"facilitator": self.name, "role": role.value}
            change.invalidate(RowKey.FACILITATOR_RIGHTS.of(self.pk))

    def _revoke_all_access(self) -> None:
        """End the link, the account, the invitations and the devices. A later invitation creates a new facilitator."""
        self.replace_link()
        self.accounts.all().delete()
        self.invitations.all().delete()
        self.devices.all().delete()


class Facilitation(models.Model):
    """The right of one facilitator to run one forum, in a role. The rows are in the order in which people came."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="facilitations")
    facilitator = models.ForeignKey(Facilitator, models.CASCADE, related_name="facilitations")
    role = models.CharField(max_length=12, choices=TeamRole.choices, default=TeamRole.FACILITATOR)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["forum", "facilitator"], name="facilitates_once")]

    def __str__(self) -> str:
        return f"{self.facilitator_id} runs {self.forum_id}"
