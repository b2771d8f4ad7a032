"""The groups, and what they bring back."""

import re
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from forum.models import Actor, Forum
    from forum.models.journal import TakenBack


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "groups"  # "sessions" is taken by django.contrib.sessions
    verbose_name = "Groups"

    def ready(self) -> None:
        from forum import consumers
        from forum import readiness as forum_readiness
        from forum.board import MORE_FACTS
        from forum.models.forum import AFTER_MOVING
        from forum.models.people import AFTER_CONSENT
        from sessions import readiness, writing
        from sessions.clashes import for_desk

        AFTER_MOVING.append(begin_the_book)
        AFTER_CONSENT.append(renew_the_book)
        MORE_FACTS["clashes"] = for_desk
        path = re.compile(r"/(\w{7})/topics/([0-9]{1,10})/report/writing/")
        consumers.SOCKETS.append(consumers.Socket(path, writing.write, writing.stop))
        forum_readiness.CHECKS += readiness.CHECKS


def begin_the_book(forum: "Forum", by: "Actor") -> None:
    """The closing circle and the end of the day each ask for the book, so that it is ready when people do."""
    from forum.rules import END
    from sessions.jobs import ask_edition

    if forum.stage in END:
        ask_edition(forum, by)


def renew_the_book(forum: "Forum", by: "Actor", taken_back: "list[TakenBack]") -> None:
    """What was printed tells what people agree to no longer: it is withdrawn, and printed anew."""
    from sessions.jobs import ask_edition, may_tell
    from sessions.models import Edition

    if Edition.withdraw_all(forum, by, lambda edition: any(may_tell(edition, taken) for taken in taken_back)):
        ask_edition(forum, by)
