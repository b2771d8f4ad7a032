"""A proxy that stands for a bad network: it delays, cuts and freezes connections."""

import asyncio
import contextlib
import random
from collections.abc import Callable

CHUNK = 64 * 1024


class Line:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.up: asyncio.StreamWriter | None = None
        self.flows = asyncio.Event()
        self.flows.set()

    def cut(self) -> None:
        """End the connection on both sides, and lose what was under way, as when a phone leaves the Wi-Fi."""
        for writer in (self.writer, self.up):
            if writer:
                writer.transport.abort()
        self.flows.set()


class Proxy:
    """A proxy on a loopback port, which passes each connection on to one of the ports that `targets` returns."""

    def __init__(self, targets: Callable[[], list[int]], delay: float = 0.03) -> None:
        self.targets = targets
        self.delay = delay
        """Longest delay of one piece of data, in seconds; pieces keep their order."""
        self.lines: set[Line] = set()
        self.port = 0
        self.calm = True
        self.is_frozen = False
        self.cuts = self.freezes = 0

    async def start(self) -> None:
        self._is_unused = asyncio.Event()
        self._is_unused.set()
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        for line in list(self.lines):
            line.cut()
        await asyncio.wait_for(self._is_unused.wait(), 5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        if self.is_frozen:
            line.flows.clear()
        self.lines.add(line)
        self._is_unused.clear()
        try:
            up_reader, line.up = await asyncio.open_connection("127.0.0.1", random.choice(self.targets()))
            there = asyncio.ensure_future(self._pump(line, reader, line.up))
            back = asyncio.ensure_future(self._pump(line, up_reader, writer))
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(self.delay)  # lets the other direction finish
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        except OSError:
            pass  # the server is down: the phone sees a connection that ends
        finally:
            self.lines.discard(line)
            line.cut()
            if not self.lines:
                self._is_unused.set()

    async def _pump(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if not self.calm:
                    await asyncio.sleep(random.random() * self.delay)
                await line.flows.wait()
                writer.write(data)
                await writer.drain()

    def freeze(self) -> None:
        """Hold all data back, in both directions, without closing a connection."""
        self.is_frozen = True
        for line in self.lines:
            line.flows.clear()

    def thaw(self) -> None:
        self.is_frozen = False
        for line in self.lines:
            line.flows.set()

    def cut(self) -> None:
        for line in list(self.lines):
            line.cut()

    async def cut_at_random(self, cut_every: float, freeze_every: float, freeze_for: float) -> None:
        """Cut and freeze lines at random until cancelled. Arguments: mean seconds for one line.

        After a freeze, half of the lines go on with the data that was held back, the others are cut.
        """
        self.calm = False
        step = 0.05
        try:
            while True:
                await asyncio.sleep(step)
                for line in list(self.lines):
                    chance = random.random()
                    if chance < step / cut_every:
                        self.cuts += 1
                        line.cut()
                    elif line.flows.is_set() and chance < step / cut_every + step / freeze_every:
                        self.freezes += 1
                        line.flows.clear()
                        end = line.flows.set if random.random() < 0.5 else line.cut
                        asyncio.get_running_loop().call_later(random.uniform(0.2, 2) * freeze_for, end)
        finally:
            self.calm = True
            for line in self.lines:
                line.flows.set()
