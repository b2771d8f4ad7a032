"""The groups, and what they bring back."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from forum.models import Actor, Forum


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "groups"  # "sessions" is taken by django.contrib.sessions
    verbose_name = "Groups"

    def ready(self) -> None:
        from forum.models.forum import AFTER_MOVING

        AFTER_MOVING.append(begin_the_book)


def begin_the_book(forum: "Forum", by: "Actor") -> None:
    """The closing circle and the end of the day each ask for the book, so that it is ready when people do."""
    from forum.rules import END
    from sessions.jobs import ask_edition

    if forum.stage in END:
        ask_edition(forum, by)
