"""Fragment keys: how a change names what it invalidates. They are built and read here alone.

A key is the id of a fragment of the board (`topic-12`, `status`), or something else that pages and hubs watch
(`me-7`: the marks of participant 7; `rights-7`: their rights). Pages send the keys that they watch, and receive those
that moved.
"""

import re
from collections.abc import Iterable, Set
from enum import StrEnum
from typing import Any


class Key(StrEnum):
    """Keys of which each forum has one."""

    EVERYTHING = "*"
    STATUS = "status"
    STAGE = "stage"
    EDITION = "edition"
    CLASHES = "clashes"
    NOW = "now"
    INVITATION = "invitation"
    AGENDA = "agenda"
    MESSAGES = "messages"
    EXPECTED = "expected"
    WAITING = "waiting"
    ALL_RIGHTS = "rights-everybody"


class RowKey(StrEnum):
    """Kinds of keys that name a row by its primary key."""

    TOPIC = "topic"
    NEWS = "news"
    """A finished report, by its topic."""
    PERSON = "person"
    WORD = "word"
    MESSAGE = "message"
    MARKS = "me"
    """What a participant's phones mark as theirs."""
    RIGHTS = "rights"
    """Of a participant."""
    FACILITATOR_RIGHTS = "rights-facilitator"
    REPORT = "report"
    """The report and the group of a topic, apart from its shared texts."""
    COMMENTS = "comments"
    """Those on a topic's report."""

    def of(self, pk: Any) -> str:
        return f"{self}-{pk}"

    def pks(self, keys: Iterable[str]) -> set[int]:
        """Return the primary keys that keys of this kind name."""
        matches = (re.fullmatch(rf"{self}-(\d+)", key) for key in keys)
        return {int(match[1]) for match in matches if match}


def watched(*keys: str) -> str:
    """Return the keys as a page names those that it watches, in `data-watch`."""
    return ",".join(keys)


def concern_rights(keys: Set[str]) -> bool:
    """Say whether someone's rights are among these keys."""
    return any(key.startswith(f"{RowKey.RIGHTS}-") for key in keys)


WATCHABLE = re.compile(r"[a-z]{1,20}(-[0-9]{1,10})?")
"""The form of a key that a page may watch."""
