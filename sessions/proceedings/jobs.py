"""Work done behind the pages: the editions of the book, one task each, in the worker's process."""

import logging
import os
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_tasks import task

from forum.models import Actor, Forum, JournalEntry, Participant
from forum.models.change import Retraction
from forum.models.verbs import KEY_VERBS, Verb
from forum.phases import FROM_GROUPS
from forum.server import disk
from sessions.media import images, uploads
from sessions.models import Edition, photo
from sessions.models.edition import Overtaken
from sessions.proceedings import content, fallback, html, open_data, pdf, pseudonyms, spreadsheet, variants
from sessions.proceedings.book import Book

log = logging.getLogger(__name__)

STATIC = settings.ROOT / "static"
ATTEMPTS = 2
RESTARTS = 3
"""How often one edition is begun anew because there is more to take in; then it is finished whatever comes."""
HALF = 50
"""Percent, from which on it is sooner to finish than to begin anew."""
OPEN_DATA, WORDS = "data.json", "words.txt"
"""On the shelf of an edition: its content, and all the words of it, folded so that a name is found at once."""
ARCHIVES = 2
"""How many of the last editions keep their ZIP: a big forum makes an edition a minute, of 70 MB each."""
EVERY_PERCENT, EVERY_SECONDS = 10, 2.0
"""How finely progress is shown, at most: each step is one change of the forum, of which every phone is told."""


def ask_edition(forum: Forum, by: Actor) -> Edition:
    """Ask for the book as it stands now. An edition that still waits serves; a stuck one does not block."""
    with transaction.atomic():
        give_up_stuck(forum)
        edition = Edition.ask(forum, by)
        if edition.must_start:
            transaction.on_commit(partial(make_edition.enqueue, edition.pk))
    return edition


def may_tell(edition: Edition, taken: Retraction) -> bool:
    """Whether what was taken back may be in this edition. One that keeps no words, or none yet, may tell anything.

    Asked while nobody else can write: it takes milliseconds.
    """
    if taken.since and (known := edition.knows_until) and known < taken.since:
        return False
    try:
        return not taken.words or pseudonyms.mentions((edition.shelf / WORDS).read_text(encoding="utf-8"), taken.words)
    except OSError:
        return True


def give_up_stuck(forum: Forum) -> None:
    """Editions whose worker died in the middle are over."""
    for edition in forum.editions.filter(state=Edition.State.RENDERING):
        if edition.is_stuck:
            with translation.override(forum.language):
                edition.fail(_("The worker stopped in the middle."))


def take_up_again() -> None:
    """To be called when the only worker of this machine starts: whatever was under way died with the last one."""
    for edition in Edition.objects.filter(state=Edition.State.RENDERING).select_related("forum"):
        with translation.override(edition.forum.language):
            edition.fail(_("The worker stopped in the middle."))
        ask_edition(edition.forum, Actor())
    for edition in Edition.objects.filter(state=Edition.State.QUEUED):
        make_edition.enqueue(edition.pk)


QUIET = timedelta(seconds=20)
"""How long nothing must have moved before the book is made anew by itself. A finished report does not wait."""
MOOT = frozenset({
    Verb.ASKED_FOR_EDITION, Verb.BEGAN_EDITION, Verb.BEGAN_EDITION_ANEW, Verb.MADE_PROGRESS_ON_EDITION,
    Verb.FINISHED_EDITION, Verb.FAILED_TO_MAKE_EDITION, Verb.WITHDREW_EDITIONS, Verb.DISCONNECTED_OTHER_DEVICES,
    Verb.IS_GOING, Verb.IS_NO_LONGER_GOING, Verb.SHOWED_SLIDE, Verb.TIMED_PITCHES, Verb.CHOSE_ADDRESS_FOR_PHONES,
    Verb.PUBLISHED_REPORT, Verb.UNPUBLISHED_REPORT, Verb.ASKED_FOR_REPORTS, *KEY_VERBS,
})  # fmt: skip
"""Verbs that change nothing in a book."""


class Freshness:
    """Has the book made anew when what it tells has moved: corrections, photos, words, people who come and go."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        """The revision at which each forum's book was found to be current, by forum."""

    def look(self) -> None:
        """To be called every few seconds, by each worker: asking twice makes one edition."""
        for forum in Forum.objects.filter(phase__in=FROM_GROUPS).exclude(editions=None):
            if self._seen.get(forum.pk) != forum.revision and self._is_settled(forum):
                self._seen[forum.pk] = forum.revision

    @staticmethod
    def _is_settled(forum: Forum) -> bool:
        """Whether there is nothing to do until the forum moves; asks for an edition when it is time."""
        if forum.editions.filter(state__in=(Edition.State.QUEUED, Edition.State.RENDERING)).exists():
            return False
        told = forum.editions.latest("number").revision
        moved = _telling(forum).filter(revision__gt=told).order_by("revision").last()
        if moved is None:
            return True
        if timezone.now() - moved.at > QUIET:
            ask_edition(forum, Actor())
        return False


def _telling(forum: Forum) -> QuerySet[JournalEntry]:
    """The changes of a forum of which its book may tell: not that somebody came to read it."""
    telling = forum.journal.exclude(verb__in=MOOT).exclude(pk__in=forum.late_arrivals().values("pk"))
    return telling.exclude(verb__in=Participant.SAYS_WHO_THEY_ARE, participant__in=Participant.readers(forum))


def tidy() -> None:
    """Let go of the files that nothing needs any more."""
    photo.purge()
    for folder in (Path(settings.MEDIA_ROOT) / "uploads").glob("*"):
        uploads.forget_old(folder)


@task
def make_edition(pk: int) -> None:
    """Make one edition; does nothing when another task already began it. Never raises: failures are told.

    When it is withdrawn meanwhile another one was asked for, whose own task comes after those that wait.
    """
    edition = Edition.objects.select_related("forum").filter(pk=pk, state=Edition.State.QUEUED).first()
    if edition is None or not edition.begin():
        return
    with translation.override(edition.forum.language):
        failures = restarts = 0
        while edition.is_wanted:
            try:
                _make(edition, hurries=restarts < RESTARTS)
                return
            except Overtaken:
                restarts += 1
            except Exception as error:
                if not edition.is_wanted:
                    break
                failures += 1
                log.exception("Edition %s of forum %s, attempt %s", edition.number, edition.forum_id, failures)
                if failures == ATTEMPTS or isinstance(error, pdf.RenderingFailed):
                    edition.fail(reason_of(error))
                    return
        edition.lose_files()  # those that were kept before it was known that nobody may have them


def _make(edition: Edition, *, hurries: bool) -> None:
    """Read, print and keep. With `hurries`, a report that is finished in the first half of it is still taken in."""
    last = edition.forum.editions.good().first()
    edition.lose_files()  # of an earlier attempt
    book = content.read(edition.forum, edition.number)
    edition.read_at(book.revision)
    keep_file(edition.shelf / WORDS, pseudonyms.folded(open_data.texts(book)).encode())
    if last:
        book = fallback.remembered(book, last.shelf / OPEN_DATA)
    beside = variants.Beside(book, STATIC)
    book, made = fallback.printed(book, partial(_print, edition, hurries, beside), partial(_judge, edition))
    edition.must_be_wanted()
    keep_file(edition.path, made.content)
    for form, file in variants.make_all(book, made.content, STATIC, beside).items():
        try:
            keep_file(edition.shelf / form, file)
        except OSError as error:
            log.exception("%s of edition %s of forum %s", form, edition.number, edition.forum_id)
            beside.unmade[form] = variants.Failure.of(error).value
    edition.finish(pages=made.pages, size=len(made.content), contents=_contents(book, beside.unmade))
    for older in edition.forum.editions.good()[ARCHIVES:]:  # each holds all its other forms once more
        (older.shelf / variants.ARCHIVE).unlink(missing_ok=True)


def _print(edition: Edition, hurries: bool, beside: variants.Beside, book: Book) -> pdf.Pdf:
    hurries = hurries and book is beside.book  # not what comes after a failure
    return pdf.render_pdf(
        html.render(book), STATIC, images=images.directory(), attachment=_plan(book),
        progress=Progress(edition, beside, hurries=hurries),
    )  # fmt: skip


def _plan(book: Book) -> pdf.Attachment | None:
    """The table of the actions, joined to the PDF; one that cannot be made does not keep the PDF back."""
    if not book.actions:
        return None
    try:
        return pdf.Attachment(
            f"{slugify(_('Action plan'))}-{book.cover.date:%Y-%m-%d}.csv", spreadsheet.action_plan(book)
        )
    except Exception:
        log.exception("The action plan could not be joined to the PDF")
        return None


def _judge(edition: Edition, pages: list[tuple[str, int]]) -> set[int]:
    edition.report(percent=1)
    return pdf.judge(pages, STATIC, images=images.directory())


def _contents(book: Book, unmade: dict[str, str]) -> dict[str, Any]:
    found = {
        "plain": list(fallback.plain(book)),
        "finished": [report.meeting.number for report in book.reports if report.is_finished],
        "draft": [report.meeting.number for report in book.reports if not report.is_finished],
        "missing": [meeting.number for meeting in book.unreported],
    }
    return {**found, "unmade": unmade} if unmade else found


class Progress:
    """Hears how far the printing is: shows it, looks whether the book is still wanted, begins the other forms."""

    def __init__(self, edition: Edition, beside: variants.Beside, *, hurries: bool) -> None:
        self.edition, self.beside, self.hurries = edition, beside, hurries
        self._shown_at = time.monotonic()

    def __call__(self, percent: int) -> None:
        self.edition.must_be_wanted()
        if self.hurries and percent < HALF and self.edition.absorb_next():
            raise Overtaken
        if percent >= HALF:
            self.beside.begin()
        is_late = time.monotonic() - self._shown_at >= EVERY_SECONDS
        if is_late and percent >= self.edition.percent + EVERY_PERCENT:
            self.edition.report(percent=min(percent, 99))
            self._shown_at = time.monotonic()


def keep_file(path: Path, file: bytes, *, is_text: bool = False) -> None:
    """Write the whole file or nothing: a download never meets half of it.

    Raises OSError, also where texts need the room, unless it `is_text`: the words that tell what became of a document.
    """
    if not is_text:
        disk.must_hold(len(file), path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(file)
            written.flush()
            os.fsync(written.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def reason_of(error: Exception) -> str:
    """Why it failed, in words for the facilitator."""
    kind = error.kind if isinstance(error, pdf.RenderingFailed) else ""
    if kind == "libraries":
        return _("The PDF needs Pango, which is not on this machine. Type: %(command)s") % {
            "command": "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        }
    if kind == "time":
        return _("The PDF took more than %(seconds)s seconds and was stopped.") % {"seconds": pdf.SECONDS}
    if kind == "memory":
        return _("The PDF needed more memory than it may take (%(size)s MB).") % {"size": pdf.MEGABYTES}
    if kind == "disk" or disk.is_full(error):
        return _("The disk of the computer that runs the forum is full: make room on it. Texts are still saved.")
    if isinstance(error, OSError):
        return _("The file could not be written: %(why)s.") % {"why": error.strerror or type(error).__name__}
    return _("The PDF could not be made; the worker’s log says why.")
