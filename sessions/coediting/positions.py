"""The positions of a report's writers: who writes in which section, in all processes."""

import secrets
import time

from django.conf import settings

from forum import notify
from sessions.coediting.protocol import WireMessage
from sessions.coediting.writer import ConnectedWriter
from sessions.models.report import channel_of_report

REMOTE_SECONDS = 40.0
"""After so long without news from another process, its writers are taken for gone."""


class WriterPositions:
    def __init__(self, report_id: int, writers: set[ConnectedWriter]) -> None:
        self.report_id = report_id
        self._writers = writers
        """Those of this process: the room's own set."""
        self._key = secrets.token_hex(4)
        """Distinguishes this process from others in the channel layer."""
        self._remote: dict[str, tuple[float, list[WireMessage]]] = {}
        """Writers of other processes by their key, with the time of their message."""

    def move(self, writer: ConnectedWriter, section: str) -> None:
        """Set the section in which someone writes, and answer with everybody's."""
        has_moved = writer.section != section
        writer.section = section
        if has_moved or settings.REDIS_URL:  # other processes forget a writer who is silent
            self.publish()
        writer.send(self._message())

    def publish(self) -> None:
        """Send everybody's position to the writers here, and those of this process to the others."""
        self._send_to_writers()
        if settings.REDIS_URL:
            message = {"type": "report.people", "from": self._key, "people": self._local()}
            notify.send(channel_of_report(self.report_id), message)

    def receive(self, message: notify.Message) -> None:
        """Take in the positions that a process sent; those of this one come back too and are ignored."""
        if message["from"] != self._key:
            self._remote[message["from"]] = time.monotonic(), message["people"]
            self._send_to_writers()

    def _send_to_writers(self) -> None:
        message = self._message()
        for writer in self._writers:
            writer.send(message)

    def _message(self) -> WireMessage:
        now = time.monotonic()
        remote = [
            one for received, people in self._remote.values() if now - received < REMOTE_SECONDS for one in people
        ]
        return {"people": [*self._local(), *remote]}

    def _local(self) -> list[WireMessage]:
        return [
            {"who": writer.key, "name": writer.name, "in": writer.section} for writer in self._writers if writer.section
        ]
