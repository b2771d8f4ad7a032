"""Rooms: one per process and report, in which the pages that write it exchange their updates.

Updates of the same half-second are stored in one change, and only then acknowledged and passed on: what a page shows
of others is never lost. Rooms of other processes find them in the database. A page sends nothing new until its last
update is answered, and keeps it until then; when it comes back, both sides compare their state.
"""

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial

from django.db import DatabaseError

from forum import notify
from forum.live.database_thread import run_in_database_thread
from forum.live.sending import NOT_ALLOWED
from sessions.coediting.batch import BatchResult, PendingUpdate, executor, run_batch
from sessions.coediting.positions import WriterPositions
from sessions.coediting.protocol import WireMessage
from sessions.coediting.writer import ConnectedWriter
from sessions.models.report import channel_of_report

log = logging.getLogger(__name__)

BATCH_SECONDS = 0.5
"""The first update is stored at once; those of the next half-second share a change of the forum."""
POLL_SECONDS = 2.0
"""How often a room reads by itself: what a lost notification costs at most."""


class ReportRoom:
    def __init__(self, report_id: int, last_row: int) -> None:
        self.report_id = report_id
        self.last_row = last_row
        """The number of the last stored update that was read."""
        self.writers: set[ConnectedWriter] = set()
        self.positions = WriterPositions(report_id, self.writers)
        self.pending: list[PendingUpdate] = []
        self.woken = asyncio.Event()
        self.batch_ends = 0.0
        """Monotonic time before which no other batch runs."""
        self.is_closed = False
        self.task = asyncio.ensure_future(self.run())

    async def run(self) -> None:
        """Run batches while there are writers."""
        group = channel_of_report(self.report_id)
        listening = asyncio.ensure_future(notify.listen(group, self._receive, POLL_SECONDS))
        await asyncio.sleep(0)  # the first writer enters meanwhile
        try:
            while self.writers:
                await self._wait()
                await self._run_batch()
        finally:
            self.is_closed = True
            listening.cancel()
            for update in self.pending:
                update.cancel()

    def _receive(self, message: notify.Message) -> None:
        """Handle a message of the channel layer: positions, or that the report changed."""
        if message["type"] == "report.people":
            self.positions.receive(message)
        else:
            self.woken.set()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.woken.wait()
        await asyncio.sleep(max(0.0, self.batch_ends - time.monotonic()))
        self.woken.clear()

    async def _run_batch(self) -> None:
        """Store the pending updates, then pass them on, then acknowledge them."""
        pending, self.pending = self.pending, []
        present = list(self.writers)
        credentials = [writer.credentials for writer in present]
        since = min((writer.revision for writer in present), default=None)
        work = partial(run_batch, self.report_id, self.last_row, since, credentials, pending)
        try:
            result = await run_in_database_thread(work, executor)
        except BaseException as error:
            for update in pending:
                update.fail()
            if not isinstance(error, Exception):
                raise  # the process stops
            if isinstance(error, DatabaseError):
                log.warning("the room of report %s waits for the database: %s", self.report_id, str(error).strip())
            else:
                log.exception("the room of report %s goes on", self.report_id)
            return
        if pending:
            self.batch_ends = time.monotonic() + BATCH_SECONDS
        self._pass_on(result)
        for writer in present:
            writer.revision = result.revision
        for update, answer in zip(pending, result.answers, strict=True):
            update.resolve(answer)

    def _pass_on(self, result: BatchResult) -> None:
        """Send new rows to the writers, and close the sockets of those who lost their rights."""
        for writer in list(self.writers):
            if writer.credentials in result.shut_out:
                writer.has_lost_rights = True
                self.leave(writer)
                writer.close(NOT_ALLOWED)
                continue
            for number, update in result.rows:
                if number > writer.last_row:
                    writer.send({"update": update})
                    writer.last_row = number
        self.last_row = max([self.last_row, *(number for number, _update in result.rows)])

    def enter(self, writer: ConnectedWriter) -> None:
        self.writers.add(writer)
        self.last_row = min(self.last_row, writer.last_row)
        self.woken.set()
        self.positions.publish()

    def leave(self, writer: ConnectedWriter) -> None:
        """Remove a writer. No-op if they left already."""
        if writer not in self.writers:
            return
        self.writers.discard(writer)
        if writer.section:
            self.positions.publish()
        self.woken.set()

    async def submit(self, writer: ConnectedWriter, message: WireMessage) -> WireMessage:
        """Hand in an update; the answer comes once it is stored. Raises DatabaseError."""
        update = PendingUpdate(writer, message)
        if self.is_closed:
            update.cancel()
        else:
            self.pending.append(update)
            self.woken.set()
        return await update.answer


_rooms: dict[int, ReportRoom] = {}
"""By the primary key of the report."""


def get_room(report_id: int, last_row: int) -> ReportRoom:
    """Return the report's room, opened if there is none. Called on the loop; the writer must enter it at once."""
    room = _rooms.get(report_id)
    if room is None or room.is_closed or room.task.done():
        for closed in [pk for pk, other in _rooms.items() if other.is_closed]:
            del _rooms[closed]
        room = _rooms[report_id] = ReportRoom(report_id, last_row)
    return room


def stop() -> None:
    """Close every room when the process stops. Pages keep what was not acknowledged."""
    for room in _rooms.values():
        room.task.cancel()
    _rooms.clear()
