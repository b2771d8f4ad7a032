"""What a page asks of the live board, by its socket's URL or by polling."""

from collections.abc import Mapping
from dataclasses import dataclass

from forum.fragment_keys import WATCHABLE
from forum.live.audience import Audience
from forum.text.parsing import parse_whole_number

AUDIENCES = {audience.value: audience for audience in Audience}
MAX_WATCHED = 64
"""Keys that one page may watch. That of a place watches the topic of each slot, of which an agenda has 60."""


@dataclass(frozen=True, slots=True)
class BoardQuery:
    audience: Audience
    since: int
    """The revision that the page shows; -1: none."""
    epoch: str
    watched: frozenset[str]
    """Fragment keys of which the page wants to know whether they moved."""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "BoardQuery":
        """Read a query string's parameters. Any value is accepted; a bad one counts as absent."""
        since = parse_whole_number(query.get("since", ""))
        keys = query.get("watch", "").split(",", MAX_WATCHED)[:MAX_WATCHED]
        return cls(
            audience=AUDIENCES.get(query.get("as", ""), Audience.PHONE),
            since=-1 if since is None else since,
            epoch=query.get("epoch", "")[:8],
            watched=frozenset(key for key in keys if WATCHABLE.fullmatch(key)),
        )
