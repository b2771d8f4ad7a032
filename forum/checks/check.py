"""A check, and the finding that it returns."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from forum.models import Forum

log = logging.getLogger(__name__)


class State(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    state: State
    sentence: str
    advice: str = ""
    """What to do about it; empty when nothing must be done."""


def good(sentence: str) -> Finding:
    return Finding(State.GOOD, sentence)


def warning(sentence: str, advice: str = "") -> Finding:
    return Finding(State.WARNING, sentence, advice)


def bad(sentence: str, advice: str = "") -> Finding:
    return Finding(State.BAD, sentence, advice)


@dataclass(frozen=True)
class Check:
    name: str
    title: str | Promise
    function: Callable[[Forum | None], Finding | None]
    """Called with the forum of the page, or with None from the terminal. Returns None when the check does not apply."""
    takes_time: bool = False
    """Whether it may take seconds, or writes. The page opens before such a check has run."""

    def run(self, forum: Forum | None = None) -> Finding | None:
        """Call the function; an exception becomes a bad finding."""
        try:
            return self.function(forum)
        except Exception as error:
            log.warning("check %s: %s", self.name, error)
            return bad(_("This could not be checked: {reason}").format(reason=str(error) or type(error).__name__))
