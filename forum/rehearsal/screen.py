"""A live page in a browser, kept current by a socket, and by polls while sockets fail."""

import asyncio
import time
from collections import deque
from contextlib import suppress

import aiohttp

from forum.rehearsal.browser import LOST, Browser, RequestFailed, Socket
from forum.rehearsal.live_page import Gap, LivePage, OnApplied, Question, do_nothing
from forum.rehearsal.protocol import NOT_ALLOWED, QUESTION, Message, Waits

PATHS = {"phone": "", "wall": "wall/", "desk": "desk/"}
"""Path of each audience's page, below that of the forum."""


class Screen(LivePage):
    def __init__(
        self,
        browser: Browser,
        code: str,
        audience: str = "phone",
        waits: Waits | None = None,
        on_applied: OnApplied = do_nothing,
    ) -> None:
        super().__init__(code, audience, waits, on_applied)
        self.browser = browser
        self.connections = self.drops = self.polls = 0
        """Numbers of sockets opened and lost, and of polls."""
        self.failures = 0
        """Losses in a row since the last message on a socket."""
        self.is_open = False
        """Whether its socket is open."""
        self.is_shut_out = False
        """Whether the server said that this page may no longer receive the board."""
        self.current = asyncio.Event()
        """Set at the first answer on a socket after which the page is up to date."""
        self._was_answered = False
        self._polling: asyncio.Task[None] | None = None
        self._sockets_work = asyncio.Event()

    async def follow(self) -> None:
        """Stay current until cancelled or shut out; after each loss, connect again a little later."""
        try:
            while True:
                with suppress(*LOST, Gap):
                    await self._listen()
                if self.is_shut_out:
                    return
                await asyncio.sleep(self._note_loss())
        finally:
            if self._polling:
                self._polling.cancel()
                await asyncio.gather(self._polling, return_exceptions=True)

    def _note_loss(self) -> float:
        """Note that the socket is lost, and poll from the second time on. Return the seconds until the next socket."""
        self.are_marks_due = True
        self.times_behind = 0
        if not self._is_polling:
            self.lose_connection()
        self.drops += 1
        self.failures += 1
        if self.failures > 1:
            self._start_polling()
        return self.waits.before_reconnecting(self.failures)

    # ---- the socket -------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Open a socket, and use it until it is lost."""
        async with asyncio.timeout(self.waits.dead_after):
            socket = await self.browser.open_socket(self.address())
        self.connections += 1
        self.is_open = True
        try:
            await self._talk(socket)
        finally:
            self.is_open = False
            await socket.close()

    async def _talk(self, socket: Socket) -> None:
        """Ask regularly whether anything is newer, and receive messages. Raises one of `LOST`, or Gap."""
        questions: deque[Question] = deque()
        ask_at, answer_by = time.monotonic(), None
        while True:
            now = time.monotonic()
            if now >= ask_at:
                self.check_that_it_keeps_up()
                async with asyncio.timeout(self.waits.dead_after):
                    await socket.send_str(QUESTION)
                questions.append(self.ask())
                ask_at, answer_by = now + self.waits.question_interval, now + self.waits.dead_after
            try:
                async with asyncio.timeout(max(0.0, min(ask_at, answer_by or ask_at) - now)):
                    message = await self._next_message(socket)
            except TimeoutError:
                if answer_by and time.monotonic() >= answer_by:
                    raise
                continue
            answer_by = None
            self.receive_from_socket(message, questions.popleft() if message.beat is not None and questions else None)

    async def _next_message(self, socket: Socket) -> Message:
        """Return the next message. Raises ConnectionResetError when the socket is closed."""
        frame = await socket.receive()
        if frame.type is aiohttp.WSMsgType.TEXT:
            return Message.read(frame.data)
        self.is_shut_out = socket.close_code == NOT_ALLOWED
        raise ConnectionResetError

    def receive_from_socket(self, message: Message, question: Question | None) -> None:
        """Receive a message of the socket. Raises Gap."""
        self.failures = 0
        self._sockets_work.set()
        self.receive(message, question, self.waits.socket_answer_validity)
        self._was_answered = self._was_answered or question is not None
        if self._was_answered and not self.is_behind:
            self.current.set()

    # ---- polls ------------------------------------------------------------------------------------------------

    @property
    def _is_polling(self) -> bool:
        return self._polling is not None and not self._sockets_work.is_set()

    def _start_polling(self) -> None:
        self._sockets_work.clear()
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll_until_sockets_work())

    async def _poll_until_sockets_work(self) -> None:
        while not self._sockets_work.is_set():
            was_answered = False
            with suppress(RequestFailed, TimeoutError, ValueError, Gap):
                was_answered = await self._poll()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.waits.between_polls(was_answered)):
                    await self._sockets_work.wait()

    async def _poll(self) -> bool:
        """Request over HTTP what the page misses. Return whether it was answered.

        Raises RequestFailed, TimeoutError, ValueError or Gap.
        """
        self.polls += 1
        question, epoch = self.ask(), self.epoch
        async with asyncio.timeout(self.waits.dead_after):
            path = self.address(me="1") if self.are_marks_due else self.address()
            response = await self.browser.get(path, accept="application/json")
        if response.status in (302, 404):
            self.is_shut_out = True
        elif response.status == 204:
            self._receive_from_poll(Message(beat=self.shown), question, epoch)
        elif response.status == 200:
            self._receive_from_poll(Message.read(response.text), question, epoch)
        return response.status < 500

    def _receive_from_poll(self, message: Message, question: Question, epoch: str) -> None:
        """Receive the answer to a poll, unless a backup was restored meanwhile: then it is about another database."""
        if epoch == self.epoch:
            self.receive(message, question, self.waits.poll_answer_validity)
