"""Who sees which board."""

from enum import StrEnum


class Audience(StrEnum):
    PHONE = "phone"
    WALL = "wall"
    DESK = "desk"
    PAGE = "page"
    """A page without a board: it is told which of the keys that it watches moved, and fetches its facts anew."""


BOARDS = (Audience.PHONE, Audience.WALL, Audience.DESK)
"""Those who see a board."""
