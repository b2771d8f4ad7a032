"""Make POSTs idempotent: a form counts once per key that its page made."""

import re
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from forum.auth.identity import DAY, give_key
from forum.auth.request import ForumRequest
from forum.auth.responses import LONGEST_ADDRESS
from forum.models import Submission

KEPT_COOKIE = "kept"
KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
"""Of a form, as our pages make it."""
Answer = TypeVar("Answer", bound=HttpResponseBase)


def acknowledge(request: HttpRequest, answer: Answer) -> Answer:
    """Tell the browser which form is kept, by its key: its draft there is forgotten (static/js/drafts.js)."""
    key = request.POST.get("key", "")
    if KEY.fullmatch(key):
        answer.set_cookie(KEPT_COOKIE, key, max_age=DAY, samesite="Lax", secure=settings.BEHIND_HTTPS)
    return answer


def idempotent(request: ForumRequest, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Run a POST view at most once per key; the same form sent again gets the first answer's address.

    The key is kept in the transaction of the change: both are there, or neither. A form that was refused
    (400 and above) leaves nothing, so it can be corrected and sent again.
    """
    key = request.POST.get("key", "").replace("\0", "")[:64]
    if not key:
        return view()
    sender = request.actor.device.token_fingerprint if request.actor.device else ""
    submission = {"key": key, "sender": sender, "path": request.path[:LONGEST_ADDRESS]}
    try:
        with transaction.atomic():
            row = Submission.objects.create(**submission)
            response = view()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                row.location = response.headers.get("Location", "")
                row.participant = getattr(response, "newcomer", None)
                row.save(update_fields=["location", "participant"])
                acknowledge(request, response)
            return response
    except IntegrityError:
        row_before = Submission.objects.select_related("participant__forum").filter(**submission).first()
        if row_before is None:
            raise
    if not row_before.location:
        return acknowledge(request, HttpResponse(status=204))
    answer = acknowledge(request, HttpResponseRedirect(row_before.location))
    newcomer = row_before.participant
    if newcomer is None or not newcomer.devices.filter(created_at__range=row_before.moment).exists():
        return answer  # the phone that joined was disconnected since
    return give_key(request, answer, newcomer)
