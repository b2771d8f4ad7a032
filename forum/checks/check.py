"""One check, and what it finds."""

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
    """What to do."""


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
    look: Callable[[Forum | None], Finding | None]
    """Looks for one forum or, from the terminal, for none; None: there is nothing to say."""
    takes_time: bool = False
    """Whether it may take seconds, or writes: then the page opens before it is done."""

    def run(self, forum: Forum | None = None) -> Finding | None:
        """Look, whatever happens: a check that breaks is itself a finding."""
        try:
            return self.look(forum)
        except Exception as error:
            log.warning("check %s: %s", self.name, error)
            return bad(_("This could not be checked: {reason}").format(reason=str(error) or type(error).__name__))
