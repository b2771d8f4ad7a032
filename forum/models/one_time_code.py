"""One-time codes: a person's second device, an invitation to run a forum, the first facilitator."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

from forum.models.actor import Actor
from forum.models.facilitator import Facilitator
from forum.models.participant import Participant
from forum.models.team_role import TeamRole
from forum.models.tokens import fingerprint, new_code, new_token
from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.forum import Forum


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    def unexpired(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())


class OneTimeCode(models.Model):
    """A code that works once. With a participant: for their second device. With a forum: an invitation to run it.

    With neither, it makes the first facilitator of the installation.
    """

    LIFETIME = timedelta(minutes=10)
    INVITATION_LIFETIME = timedelta(days=7)

    code_fingerprint = models.CharField(max_length=64, unique=True)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="one_time_codes")
    forum = models.ForeignKey("forum.Forum", models.CASCADE, null=True)
    role = models.CharField(max_length=12, choices=TeamRole.choices, default=TeamRole.FACILITATOR)
    """In which an invitation lets someone run the forum."""
    invited_by = models.ForeignKey(Facilitator, models.CASCADE, null=True, related_name="invitations")
    """The facilitator who invites or, with a participant, who gave them the code; None: they asked for it."""
    expires_at = models.DateTimeField()

    objects = OneTimeCodeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"one-time code {self.pk}"

    @classmethod
    def for_second_device(cls, participant: Participant) -> str:
        """Return a code of six letters to type. The participant's earlier codes stop working."""
        cls.objects.filter(participant=participant).delete()
        code = new_code(6)
        cls._create(code, cls.LIFETIME, participant=participant)
        return code

    @classmethod
    def give(cls, participant: Participant, by: Actor) -> str:
        """Return such a code for a facilitator, who hands it over. The participant's devices say so."""
        with participant.forum.change(by, Verb.GAVE_ACCESS) as change:
            code = cls.for_second_device(participant)
            participant.one_time_codes.update(invited_by=by.facilitator)
            participant.note_access(change, access_given_at=timezone.now(), access_used_at=None)
        return code

    @classmethod
    def for_facilitator(
        cls, forum: "Forum | None" = None, by: Facilitator | None = None, role: TeamRole = TeamRole.FACILITATOR
    ) -> str:
        """Return the secret of a link that lets someone run `forum`, or create forums, valid for a week."""
        secret = new_token()
        cls._create(secret, cls.INVITATION_LIFETIME, forum=forum, invited_by=by, role=role)
        return secret

    @classmethod
    def _create(cls, code: str, lifetime: timedelta, **fields: Any) -> None:
        cls.objects.create(code_fingerprint=fingerprint(code), expires_at=timezone.now() + lifetime, **fields)

    @classmethod
    def find(cls, code: str) -> "OneTimeCode | None":
        return cls.objects.unexpired().filter(code_fingerprint=fingerprint(code)).first()

    def consume(self) -> bool:
        """Delete the code; False when another request consumed it first."""
        return type(self).objects.filter(pk=self.pk).delete()[0] > 0

    def use(self) -> bool:
        """Let another device of the participant in; False when another request did first."""
        person = self.participant
        if person is None or self.invited_by_id is None:
            return self.consume()
        with person.forum.change(Actor(person), Verb.USED_ACCESS) as change:
            if not self.consume():
                return False
            person.note_access(change, access_used_at=timezone.now())
        return True

    # invitations

    @classmethod
    def invite(cls, forum: "Forum", by: Actor, role: TeamRole = TeamRole.FACILITATOR) -> str:
        """Return the secret of a link that lets someone run the forum in this role. Raises RightsLost."""
        with forum.change(by, Verb.INVITED_FACILITATOR) as change:
            forum.check_run_by(by)
            change.note_unrecorded_effect()
            change.details = {"role": role.value}
            return cls.for_facilitator(forum, by.facilitator, role)

    @property
    def invited_at(self) -> datetime:
        return self.expires_at - self.INVITATION_LIFETIME

    def accept(self, forum: "Forum", facilitator: Facilitator) -> None:
        """Let someone run the forum, by this invitation, which was consumed. Who runs it already keeps their role."""
        with forum.change(Actor(facilitator=facilitator, role=TeamRole(self.role)), Verb.ACCEPTED_INVITATION) as change:
            forum.facilitators.add(facilitator, through_defaults={"role": self.role})
            change.note_unrecorded_effect()
            change.details = {"role": self.role}
            if self.invited_by:
                change.details["facilitator"] = self.invited_by.name

    def revoke(self, forum: "Forum", by: Actor) -> None:
        """End an invitation before it is accepted. Raises RightsLost."""
        with forum.change(by, Verb.ENDED_INVITATION) as change:
            forum.check_run_by(by)
            change.note_unrecorded_effect()
            self.delete()
