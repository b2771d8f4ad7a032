"""The background task that makes an edition of the book in the worker."""

import logging
import time
from functools import partial
from typing import Any

from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_tasks import task

from forum.server import disk
from sessions.media import images
from sessions.models import Edition
from sessions.models.edition import EditionOutdated
from sessions.proceedings import content, fallback, formats, html, open_data, pdf, pseudonyms, spreadsheet
from sessions.proceedings.book import Book
from sessions.proceedings.failures import explain_failure
from sessions.proceedings.formats import FormatMaker
from sessions.proceedings.pdf_process import Attachment, Pdf, RenderingFailed

log = logging.getLogger(__name__)

FOLDED_TEXTS = "words.txt"
"""In the directory of an edition: all of its texts, folded to find names in them, see pseudonyms.py."""
PRIORITY = 50
"""Of its task: before kits, and before excerpts, which anybody may ask for."""
MAX_ATTEMPTS = 2
MAX_RESTARTS = 3
"""How often an edition is begun anew because another was requested; then it is finished as it is."""
POINT_OF_NO_RETURN = 50
"""Percent; from here on, finishing is sooner than beginning anew."""
KEPT_ARCHIVES = 2
"""Number of the last editions that keep their ZIP: a big forum makes an edition a minute, of 70 MB each."""
KEPT_EDITIONS = 50
"""Number of the last ready editions that are kept: those of the last hour of a big forum, of 10 MB each."""
PROGRESS_PERCENT, PROGRESS_SECONDS = 10, 2.0
"""The least progress and time between two reports: each is a change of the forum that is sent to every phone."""


@task(priority=PRIORITY)
def make_edition(pk: int) -> None:
    """Make one edition. No-op when another task began it. Never raises: the edition keeps the reason of a failure.

    An edition that is withdrawn meanwhile is dropped: another one was requested, which has a task of its own.
    """
    edition = Edition.objects.select_related("forum").filter(pk=pk, state=Edition.State.QUEUED).first()
    if edition is None or not edition.begin():
        return
    with translation.override(edition.forum.language):
        failures = restarts = 0
        while edition.is_being_made:
            try:
                _make(edition, can_restart=restarts < MAX_RESTARTS)
                return
            except EditionOutdated:
                restarts += 1
            except Exception as error:
                if not edition.is_being_made:
                    break
                failures += 1
                log.exception("Edition %s of forum %s, attempt %s", edition.number, edition.forum_id, failures)
                if failures == MAX_ATTEMPTS or isinstance(error, RenderingFailed):
                    edition.fail(explain_failure(error))
                    return
        edition.delete_files()  # those written before it was withdrawn


def _make(edition: Edition, *, can_restart: bool) -> None:
    """Read the book, print it, write its files.

    Raises EditionOutdated when the edition is withdrawn or, with `can_restart`, another one was requested.
    """
    last = edition.forum.editions.ready().first()
    edition.delete_files()  # of an earlier attempt
    book = content.read_book(edition.forum, edition.number)
    edition.set_revision(book.revision)
    folded_texts = pseudonyms.fold_texts(open_data.texts_of(book))
    disk.write_file(edition.formats_directory / FOLDED_TEXTS, folded_texts.encode())
    if last:
        book = fallback.reuse_plainness(book, last.formats_directory / formats.OPEN_DATA)
    maker = FormatMaker(book)
    book, printed = fallback.print_with_fallback(
        book, partial(_print, edition, can_restart, maker), partial(_find_printable, edition)
    )
    edition.check_being_made()
    disk.write_file(edition.path, printed.content)
    _write_formats(edition, book, printed, maker)
    edition.finish(pages=printed.pages, size=len(printed.content), contents=_contents(book, maker.failed_formats))
    for older in edition.forum.editions.ready()[KEPT_ARCHIVES:]:
        (older.formats_directory / formats.ARCHIVE).unlink(missing_ok=True)
    for old in edition.forum.editions.ready()[KEPT_EDITIONS:]:
        old.delete_with_files()


def _write_formats(edition: Edition, book: Book, printed: Pdf, maker: FormatMaker) -> None:
    for name, file in formats.make_formats(book, printed.content, maker).items():
        try:
            disk.write_file(edition.formats_directory / name, file)
        except OSError as error:
            log.exception("%s of edition %s of forum %s", name, edition.number, edition.forum_id)
            maker.failed_formats[name] = formats.FormatFailure.of(error).value


def _print(edition: Edition, can_restart: bool, maker: FormatMaker, book: Book) -> Pdf:
    is_first_attempt = book is maker.book
    return pdf.render_pdf(
        html.render_book(book), images=images.directory(), attachment=_action_plan(book),
        progress=EditionProgress(edition, maker, can_restart=can_restart and is_first_attempt),
    )  # fmt: skip


def _action_plan(book: Book) -> Attachment | None:
    """Make the action plan to attach to the PDF; without it, when it fails, the PDF is made all the same."""
    if not book.actions:
        return None
    try:
        name = f"{slugify(_('Action plan'))}-{book.cover.date:%Y-%m-%d}.csv"
        return Attachment(name, spreadsheet.action_plan_csv(book))
    except Exception:
        log.exception("The action plan could not be joined to the PDF")
        return None


def _find_printable(edition: Edition, pages: list[tuple[str, int]]) -> set[int]:
    edition.report_progress(percent=1)
    return pdf.find_printable(pages, images=images.directory())


def _contents(book: Book, failed_formats: dict[str, str]) -> dict[str, Any]:
    """Return what `Edition.contents` stores."""
    contents = {
        "plain": list(fallback.plain_numbers(book)),
        "finished": [report.meeting.number for report in book.reports if report.is_finished],
        "draft": [report.meeting.number for report in book.reports if not report.is_finished],
        "missing": [meeting.number for meeting in book.unreported],
    }
    return {**contents, "failed_formats": failed_formats} if failed_formats else contents


class EditionProgress:
    """To be called with the percent printed: shows it, stops an unwanted edition, starts the other formats."""

    def __init__(self, edition: Edition, maker: FormatMaker, *, can_restart: bool) -> None:
        self.edition, self.maker, self.can_restart = edition, maker, can_restart
        self._shown_at = time.monotonic()

    def __call__(self, percent: int) -> None:
        self.edition.check_being_made()
        if self.can_restart and percent < POINT_OF_NO_RETURN and self.edition.absorb_queued():
            raise EditionOutdated
        if percent >= POINT_OF_NO_RETURN:
            self.maker.start()
        is_due = time.monotonic() - self._shown_at >= PROGRESS_SECONDS
        if is_due and percent >= self.edition.percent + PROGRESS_PERCENT:
            self.edition.report_progress(percent=min(percent, 99))
            self._shown_at = time.monotonic()
