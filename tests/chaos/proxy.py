"""A network that goes wrong: every connection passes here, and is delayed, cut or frozen."""

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
        """As a phone that left the Wi-Fi: both sides see the end, what was under way is lost."""
        for writer in (self.writer, self.up):
            if writer:
                writer.transport.abort()
        self.flows.set()


class Proxy:
    """Listens on a loopback port; sends each connection to one of the servers, which `targets` names."""

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
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        for line in list(self.lines):
            line.cut()
        await asyncio.wait_for(self._quiet.wait(), 5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        if self.is_frozen:
            line.flows.clear()
        self.lines.add(line)
        self._quiet.clear()
        try:
            up_reader, line.up = await asyncio.open_connection("127.0.0.1", random.choice(self.targets()))
            there = asyncio.ensure_future(self._pump(line, reader, line.up))
            back = asyncio.ensure_future(self._pump(line, up_reader, writer))
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(self.delay)  # the last words of the other direction
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        except OSError:
            pass  # the server is down: the phone sees a connection that ends
        finally:
            self.lines.discard(line)
            line.cut()
            if not self.lines:
                self._quiet.set()

    async def _pump(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if not self.calm:
                    await asyncio.sleep(random.random() * self.delay)
                await line.flows.wait()
                writer.write(data)
                await writer.drain()

    def freeze(self) -> None:
        """Nothing passes any more, in either direction, and nobody is told."""
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

    async def rage(self, cut_every: float, freeze_every: float, freeze_for: float) -> None:
        """Cut and freeze lines at random until cancelled: seconds, on average for one line.

        A frozen line says nothing at all; half of them go on afterwards, with all that was held back, half end.
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
