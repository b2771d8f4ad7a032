"""What a hub reads in one go: whether its forum moved, who lost their rights, and the deltas that its pages need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import override

from forum.auth.identity import identify_all
from forum.fragment_keys import RowKey, concern_rights
from forum.live.audience import Audience
from forum.live.catch_up import CatchUp, History, keys_since
from forum.live.credentials import Credentials
from forum.live.marks import marks_of
from forum.live.messages import DeltaMessage
from forum.models import Forum


class Position(NamedTuple):
    """What a page shows. Pages in the same position need the same delta."""

    audience: Audience
    language: str
    epoch: str
    since: int

    def is_at(self, forum: Forum) -> bool:
        return (self.epoch, self.since) == (forum.epoch, forum.revision)


@dataclass(frozen=True)
class SnapshotRequest:
    forum: int
    revision: int
    """The revision up to which the hub has followed the forum and everyone's rights."""
    epoch: str
    positions: Iterable[Position]
    """The positions for which a delta is needed."""
    marked: frozenset[int]
    """Participants whose marks are needed in any case."""
    everyone: list[Credentials]
    """Those of all open pages."""
    recheck: list[Credentials]
    """Those whose rights were read before `revision`."""


@dataclass
class Snapshot:
    revision: int
    epoch: str
    deltas: dict[Position, DeltaMessage] = field(default_factory=dict)
    marks: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By participant: those requested, and those whose marks moved."""
    without_rights: set[Credentials] = field(default_factory=set)
    """Those whose page may no longer follow the board."""


def read_snapshot(request: SnapshotRequest) -> Snapshot | None:
    """Return the present snapshot; None when the forum no longer exists."""
    forum = Forum.objects.filter(pk=request.forum).first()
    if forum is None:
        return None
    snapshot = Snapshot(forum.revision, forum.epoch)
    is_restored = forum.epoch != request.epoch
    has_moved = is_restored or forum.revision != request.revision
    keys = keys_since(forum, request.revision) if has_moved else frozenset()
    outdated = [position for position in request.positions if not position.is_at(forum)]
    snapshot.deltas = _delta_messages(forum, outdated)
    present = {credentials.participant for credentials in request.everyone if credentials.participant}
    if people := request.marked | (present if is_restored else present & RowKey.MARKS.pks(keys)):
        snapshot.marks = marks_of(people)
    # Rights are read last: the deltas hold nothing that was committed after this, so no page that lost its rights
    # is sent a later change.
    late_keys = keys_since(forum, forum.revision) if snapshot.deltas else frozenset()
    recheck_all = is_restored or concern_rights(keys | late_keys)
    snapshot.without_rights = _without_rights(forum, request.everyone if recheck_all else request.recheck)
    return snapshot


def _without_rights(forum: Forum, everyone: list[Credentials]) -> set[Credentials]:
    """Return the credentials that no longer prove all that they proved when their page came."""
    actors = identify_all([credentials.cookies for credentials in everyone], forum)
    return {
        credentials
        for credentials, actor in zip(everyone, actors, strict=True)
        if not credentials.are_still_those_of(actor)
    }


def _delta_messages(forum: Forum, positions: Sequence[Position]) -> dict[Position, DeltaMessage]:
    """Return the message for each position. Equal ones are the same object; fragments are rendered once."""
    history = History(forum, oldest=min((position.since for position in positions), default=forum.revision))
    catch_ups: dict[tuple[str, str], CatchUp] = {}
    messages: dict[tuple[str, str, int], DeltaMessage] = {}
    by_position = {}
    for position in positions:
        audience, language, epoch, since = position
        with override(language):
            catch_up = catch_ups.setdefault((audience, language), CatchUp(history, audience))
            delta = catch_up.delta_since(since, epoch)
        by_position[position] = messages.setdefault((audience, language, delta.since), DeltaMessage(delta))
    return by_position
