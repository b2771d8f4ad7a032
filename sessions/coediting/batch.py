"""A batch: the updates of half a second, stored in one change. Runs in a thread of its own, for all rooms."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field

from django.db import DatabaseError

from forum.auth.identity import identify_all
from forum.fragment_keys import Key, RowKey, concern_rights
from forum.live.catch_up import keys_since
from forum.live.credentials import Credentials
from forum.models import Forum
from sessions.coediting.protocol import WireMessage, outcome_message, read_update, to_base64
from sessions.coediting.writer import ConnectedWriter, may_write
from sessions.models import Report
from sessions.models.crdt import UpdateRefused
from sessions.models.manuscript import WriterUpdate

executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writing")
"""One lasting database connection, apart from that of the boards, which must not wait for the disk."""
REFUSED: WireMessage = {"refused": True}


@dataclass(frozen=True)
class PendingUpdate:
    """The message with an update, and the future of the answer."""

    writer: ConnectedWriter
    message: WireMessage
    answer: "asyncio.Future[WireMessage]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def resolve(self, answer: WireMessage) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self) -> None:
        """Raise DatabaseError in the writer's socket, which tells the page to come again."""
        if not self.answer.done():
            self.answer.set_exception(DatabaseError())

    def cancel(self) -> None:
        """Answer when the room closes: its last writer lost their rights, or the process stops."""
        if self.writer.has_lost_rights:
            self.resolve(REFUSED)
        else:
            self.fail()


@dataclass
class BatchResult:
    revision: int
    """Of the forum, when rights were read."""
    answers: list[WireMessage] = field(default_factory=list)
    """In the order of the pending updates."""
    rows: list[tuple[int, str]] = field(default_factory=list)
    """Numbers and encoded data of the updates stored since, by any process."""
    shut_out: set[Credentials] = field(default_factory=set)
    """Of the writers who lost their right to write."""


def run_batch(
    report_id: int,
    since_row: int,
    since_revision: int | None,
    present: Sequence[Credentials],
    pending: Sequence[PendingUpdate],
) -> BatchResult:
    """Find who lost the right to write, store the updates of the others, and read what was stored since.

    With updates, all under the lock of the forum: nobody removes a writer or the topic in between.
    """
    if not pending:
        return _run_batch(report_id, since_row, since_revision, present, pending)
    forum = Forum.objects.filter(topics__group__report=report_id).first()
    with forum.locked() if forum else nullcontext():
        return _run_batch(report_id, since_row, since_revision, present, pending)


def _run_batch(
    report_id: int,
    since_row: int,
    since_revision: int | None,
    present: Sequence[Credentials],
    pending: Sequence[PendingUpdate],
) -> BatchResult:
    report = Report.objects.select_related("group__topic__forum").filter(pk=report_id).first()
    if report is None:  # erased with its rehearsal
        return BatchResult(0, [REFUSED for _update in pending], shut_out=set(present))
    forum = report.group.topic.forum
    result = BatchResult(forum.revision)
    if since_revision is not None and _rights_may_have_changed(report, since_revision):
        actors = identify_all([credentials.cookies for credentials in present], forum)
        result.shut_out = {c for c, actor in zip(present, actors, strict=True) if not may_write(actor, report)}
    if pending:
        result.answers = store_updates(report, pending, result.shut_out)
    rows = report.updates.filter(number__gt=since_row).values_list("number", "data")
    result.rows = [(number, to_base64(bytes(data))) for number, data in rows]
    return result


def _rights_may_have_changed(report: Report, since: int) -> bool:
    """Say whether a change since this revision touches the right to write. Writing itself does not."""
    topic = report.group.topic
    if topic.forum.revision == since:
        return False
    keys = keys_since(topic.forum, since)
    relevant = {Key.EVERYTHING, RowKey.TOPIC.of(topic.pk), RowKey.REPORT.of(topic.pk)}
    return bool(keys & relevant) or concern_rights(keys)


def store_updates(report: Report, pending: Sequence[PendingUpdate], shut_out: set[Credentials]) -> list[WireMessage]:
    """Store updates in one change, except of those who are shut out, and return the answers."""
    answers = [REFUSED for _update in pending]
    actors = identify_all([update.writer.credentials.cookies for update in pending], report.group.topic.forum)
    updates: dict[int, WriterUpdate] = {}
    for n, (update, actor) in enumerate(zip(pending, actors, strict=True)):
        if actor.is_stranger or update.writer.has_lost_rights or update.writer.credentials in shut_out:
            continue
        with suppress(UpdateRefused):
            updates[n] = read_update(update.message, actor)
    if updates:
        for n, outcome in zip(updates, report.apply_updates(list(updates.values())), strict=True):
            answers[n] = outcome_message(outcome, report)
    return answers
