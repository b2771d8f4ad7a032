"""Who sees which board."""

from enum import StrEnum

from forum.models.team_role import TeamRole


class Audience(StrEnum):
    PHONE = "phone"
    WALL = "wall"
    DESK = "desk"
    OPERATORS_DESK = "operators-desk"
    SPONSORS_DESK = "sponsors-desk"
    PAGE = "page"
    """A page without a board: it is told which of the keys that it watches moved, and fetches its facts anew."""

    @property
    def desk_role(self) -> TeamRole | None:
        """The role of the team whose desk it is."""
        return next((role for role, audience in DESKS.items() if audience == self), None)

    @property
    def template(self) -> str:
        """The name of the template of its board: the desks share one, which shows what their role may do."""
        return Audience.DESK if self.desk_role else self


DESKS = {
    TeamRole.FACILITATOR: Audience.DESK,
    TeamRole.OPERATOR: Audience.OPERATORS_DESK,
    TeamRole.SPONSOR: Audience.SPONSORS_DESK,
}
BOARDS = (Audience.PHONE, Audience.WALL, *DESKS.values())
"""Those who see a board."""
