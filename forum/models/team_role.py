"""The roles of the team: of those who run a forum, or follow it for its sponsor."""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class TeamRole(TextChoices):
    """What each may do is a column of the permission table, forum/auth/rules.py."""

    FACILITATOR = "facilitator", _("facilitator")
    OPERATOR = "operator", _("operator")
    SPONSOR = "sponsor", _("sponsor")

    @property
    def description(self) -> Promise:
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    TeamRole.FACILITATOR: _("runs the whole day, and decides who is in the team"),
    TeamRole.OPERATOR: _("types topics, people and written sheets, places topics, runs the clock and the slides"),
    TeamRole.SPONSOR: _("reads the agenda, the finished reports and the editions, and changes nothing"),
}
