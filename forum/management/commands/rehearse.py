"""`manage.py rehearse`: a rehearsal with simulated phones, to measure the app and the network the evening before."""

import asyncio
import contextlib
import re
import shutil
import signal
import time
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

import uvloop
from django.core.management.base import BaseCommand, OutputWrapper
from django.utils import translation
from django.utils.translation import gettext as _

from forum.phases import Phase
from forum.rehearsal import verdict
from forum.rehearsal.browser import RequestFailed, origin_of
from forum.rehearsal.page import NotMarkedAsRehearsal, Page
from forum.rehearsal.participants import SimulatedFacilitator, SimulatedUser
from forum.rehearsal.progress import ShowProgress
from forum.rehearsal.rehearsal import Rehearsal
from forum.rehearsal.results import RehearsalResult
from forum.server.errors import CannotStart
from forum.server.open_files import raise_file_limit
from forum.server.terminal import terminal_language

MAX_PHONES = 2_000
FILES_A_PHONE = 3
"""Open files for a phone: a connection for pages, a socket, and one in reserve."""
CLOSED = (Phase.PREPARATION, Phase.PUBLISHED)
"""Phases in which nobody can join."""


class Command(BaseCommand):
    help = (
        "Try, the evening before, whether the app holds: simulated phones arrive in a forum that is marked as a "
        "rehearsal, propose, join and write. Exit code 0 if it holds."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--phones", type=int, default=100, help=f"how many phones come (100; at most {MAX_PHONES})")
        parser.add_argument(
            "--url", required=True, help="address of the forum, as phones open it: http://192.168.1.23:8000/CODE/"
        )
        parser.add_argument(
            "--facilitator-link",
            default="",
            help="personal link of a facilitator of this forum: moves through the phases, and erases everything at "
            "the end; without it, the rehearsal does what the present phase allows",
        )

    def handle(self, *args: Any, phones: int, url: str, facilitator_link: str, **options: Any) -> None:
        translation.activate(terminal_language())
        try:
            if not 1 <= phones <= MAX_PHONES:
                raise CannotStart(_("Choose from 1 to {most} phones.").format(most=MAX_PHONES))
            allow_phones(phones)
            origin, code = read_address(url)
            secret = read_link(facilitator_link)
            bar = ProgressBar(self.stdout)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                result = runner.run(rehearse(origin, code, phones, secret, bar))
            bar.end()
        except CannotStart as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None
        self.stdout.write("\n".join(["", *verdict.report_lines(result)]))
        if not verdict.holds(result):
            raise SystemExit(1)


def read_address(typed: str) -> tuple[str, str]:
    """Return the origin and the code of the forum at this address. Raises CannotStart."""
    text = _("“{url}” is not the address of a forum. It looks like this: {example}")
    wrong = CannotStart(text.format(url=typed, example="http://192.168.1.23:8000/H7KQ4MT/"))
    try:
        origin, path = origin_of(typed), urlsplit(typed).path
    except ValueError:
        raise wrong from None
    code = re.fullmatch(r"/([A-Za-z0-9]{7})/?", path)
    if code is None:
        raise wrong
    return origin, code[1].upper()


def read_link(typed: str) -> str:
    """Return the secret in a facilitator's personal link; empty without a link. Raises CannotStart."""
    if not typed:
        return ""
    secret = re.fullmatch(r"/facilitator/([\w-]{20,})/?", urlsplit(typed).path)
    if secret is None:
        raise CannotStart(_("This is not a facilitator’s personal link: it ends with /facilitator/ and a secret."))
    return secret[1]


def allow_phones(phones: int) -> None:
    """Raise the limit of open files for this number of phones. Raises CannotStart."""
    wanted = FILES_A_PHONE * phones + 100
    allowed = raise_file_limit(wanted)
    if allowed < wanted:
        most = (allowed - 100) // FILES_A_PHONE
        raise CannotStart(_("This computer allows {most} phones at most.").format(most=most))


async def rehearse(origin: str, code: str, phones: int, secret: str, show_progress: ShowProgress) -> RehearsalResult:
    """Check that the forum is marked as a rehearsal, then rehearse; Ctrl-C ends it early. Raises CannotStart."""
    phase = await _phase_of_rehearsal(origin, code)
    if not secret and phase in CLOSED:
        text = _("Nobody can join now ({phase}): move the forum to the opening plenary, or give --facilitator-link.")
        raise CannotStart(text.format(phase=phase.label))
    facilitator = await _sign_in(origin, code, secret) if secret else None
    _cancel_at_ctrl_c(asyncio.current_task())
    return await Rehearsal(origin, code, phones, facilitator, show_progress).run()


async def _phase_of_rehearsal(origin: str, code: str) -> Phase:
    """Return the phase of the forum. Raises CannotStart if it is not marked as a rehearsal."""
    visitor = SimulatedUser(origin, code)
    try:
        async with visitor.browser:
            response = await visitor.browser.get(visitor.home)
    except RequestFailed:
        raise _unreachable(origin) from None
    if response.status == 404:
        raise CannotStart(_("There is no forum at this address: {url}").format(url=origin + visitor.home))
    try:
        return Phase(Page(response.text).rehearsal_phase())
    except NotMarkedAsRehearsal:
        raise _unmarked() from None


async def _sign_in(origin: str, code: str, secret: str) -> SimulatedFacilitator:
    """Sign in with a facilitator's link. Raises CannotStart."""
    facilitator = SimulatedFacilitator(origin, code)
    try:
        if await facilitator.sign_in(secret):
            return facilitator
        refusal = CannotStart(_("This link is not that of a facilitator of this forum."))
    except RequestFailed:
        refusal = _unreachable(origin)
    await facilitator.browser.close()
    raise refusal


def _unmarked() -> CannotStart:
    text = _(
        "This forum is not marked as a rehearsal, so nothing was sent to it. Make a new forum for the rehearsal, "
        "and tick “{label}” in its settings."
    )
    return CannotStart(text.format(label=_("Rehearsal")))


def _unreachable(origin: str) -> CannotStart:
    return CannotStart(_("Nothing answers at {url}: does the app run, and on this address?").format(url=origin))


def _cancel_at_ctrl_c(task: "asyncio.Task[Any] | None") -> None:
    """Have the first Ctrl-C cancel the task; the second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        if task:
            task.cancel()

    with contextlib.suppress(ValueError, RuntimeError):  # outside the main thread there is no Ctrl-C
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, cancel)


class ProgressBar:
    """The progress bar; one line per step when the output is not a terminal."""

    WIDTH = 28
    EVERY_SECONDS = 0.1

    def __init__(self, output: OutputWrapper) -> None:
        self._output = output
        self._is_terminal = output.isatty()
        self._text = ""
        self._shown_at = 0.0

    def __call__(self, part: float, text: str) -> None:
        is_new, self._text = text != self._text, text
        if not self._is_terminal:
            if is_new:
                self._output.write(f"{part:4.0%}  {text}")
                self._output.flush()
            return
        if is_new or time.monotonic() - self._shown_at > self.EVERY_SECONDS:
            self._shown_at = time.monotonic()
            full = round(self.WIDTH * min(part, 1.0))
            line = f"{'█' * full}{'░' * (self.WIDTH - full)} {part:4.0%}  {text}"
            self._output.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}", ending="")
            self._output.flush()

    def end(self) -> None:
        if self._is_terminal:
            self._output.write("")
