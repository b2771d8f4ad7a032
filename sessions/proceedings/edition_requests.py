"""Request editions of the book, and deal with those whose worker died."""

from functools import partial

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from forum.models import Actor, Forum
from forum.models.change import Retraction
from sessions.models import Edition
from sessions.proceedings import pseudonyms
from sessions.proceedings.jobs import FOLDED_TEXTS, make_edition


def request_edition(forum: Forum, by: Actor) -> Edition:
    """Request the book as it stands now. Returns an edition that still waits, if there is one; fails a stuck one."""
    with transaction.atomic():
        _fail_stuck_editions(forum)
        edition = Edition.request(forum, by)
        if edition.must_be_started:
            transaction.on_commit(partial(make_edition.enqueue, edition.pk))
    return edition


def _fail_stuck_editions(forum: Forum) -> None:
    for edition in forum.editions.filter(state=Edition.State.RENDERING):
        if edition.is_stuck:
            _fail_interrupted(edition)


def _fail_interrupted(edition: Edition) -> None:
    with translation.override(edition.forum.language):
        edition.fail(_("The worker stopped in the middle."), was_interrupted=True)


def resume_interrupted() -> None:
    """Request again what the last worker left unfinished. To be called when the only worker of this machine starts."""
    for edition in Edition.objects.filter(state=Edition.State.RENDERING).select_related("forum"):
        _resume(edition)
    for edition in Edition.objects.filter(state=Edition.State.QUEUED):
        make_edition.enqueue(edition.pk)


def resume_stuck() -> None:
    """Request again what a worker that died, perhaps on another machine, has not gone on with for minutes."""
    for edition in Edition.objects.filter(state=Edition.State.RENDERING).select_related("forum"):
        if edition.is_stuck:
            _resume(edition)


def _resume(edition: Edition) -> None:
    """Request an interrupted edition again, once: a book may be what ended the worker.

    One that was interrupted twice is made again when it changes (freshness.py), or when a facilitator asks.
    """
    _fail_interrupted(edition)
    earlier = edition.forum.editions.filter(number__lt=edition.number).first()
    if not (earlier and earlier.was_interrupted):
        request_edition(edition.forum, Actor())


def may_contain(edition: Edition, retraction: Retraction) -> bool:
    """Say whether an edition may contain what was taken back; True when its words are not known yet, or no more.

    Called while other writes wait: it takes milliseconds.
    """
    if retraction.since and (known := edition.last_change_at) and known < retraction.since:
        return False
    if not retraction.name:
        return True
    try:
        texts = (edition.formats_directory / FOLDED_TEXTS).read_text(encoding="utf-8")
    except OSError:
        return True
    return pseudonyms.mentions(texts, retraction.name)
