"""Make POSTs idempotent: a form counts once per key that its page made."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from forum.auth.identity import give_token
from forum.auth.request import ForumRequest
from forum.auth.responses import MAX_PATH_LENGTH, TOKENS
from forum.models import Submission
from forum.web.cookies import DAY, set_cookie

KEPT_COOKIE = "kept"
KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
"""The form of a key that pages make."""
Response = TypeVar("Response", bound=HttpResponseBase)


class KeyUsed(Exception):
    """The key of the form was sent before, with other words: a browser restored the page after it was sent."""


def acknowledge(request: HttpRequest, response: Response) -> Response:
    """Tell the browser the key of the form that was accepted, so that it forgets its draft (js/drafts).

    A form that was refused and sent again from the page of the refusal tells the key of its draft.
    """
    key = request.POST.get("draft") or request.POST.get("key", "")
    if KEY.fullmatch(key):
        set_cookie(response, KEPT_COOKIE, key, DAY, is_for_scripts=True)
    return response


def idempotent(request: ForumRequest, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Run the view of a POST once per key; sent again, the form is answered by a redirect to where the first one led.

    The key is committed with the change. A refused form (status 400 and above) leaves nothing, so that it can be
    corrected and sent again. Raises KeyUsed when the first one said something else.
    """
    identity = _identity(request)
    if not identity["key"]:
        return view()
    try:
        with transaction.atomic():
            submission = Submission.objects.create(**identity, digest=_digest(request))
            response = view()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                submission.location = response.headers.get("Location", "")
                submission.participant = getattr(response, "newcomer", None)
                submission.save(update_fields=["location", "participant"])
                acknowledge(request, response)
            return response
    except IntegrityError:
        first = Submission.objects.select_related("participant__forum").filter(**identity).first()
        if first is None:
            raise
    if first.digest != _digest(request):
        raise KeyUsed
    return _answer_again(request, first)


def answer_again(request: ForumRequest) -> HttpResponseBase | None:
    """Answer a form that was accepted before, by the same sender under the same key; None for any other form.

    For a form that would be refused by now: the phase moved after it was kept, and its first answer was lost.
    """
    if request.method != "POST" or not (identity := _identity(request))["key"]:
        return None
    same = Submission.objects.select_related("participant__forum").filter(**identity, digest=_digest(request))
    return _answer_again(request, first) if (first := same.first()) else None


def _identity(request: ForumRequest) -> dict[str, str]:
    """Return the values by which a form that is sent again is recognised."""
    key = request.POST.get("key", "").replace("\0", "")[:64]
    sender = request.actor.device.token_fingerprint if request.actor.device else ""
    return {"key": key, "sender": sender, "path": request.path[:MAX_PATH_LENGTH]}


def _digest(request: ForumRequest) -> str:
    """Return the hash of all that was sent; of files, of their names and sizes."""
    typed = {name: values for name, values in request.POST.lists() if name not in TOKENS}
    files = {name: [(file.name, file.size) for file in files] for name, files in request.FILES.lists()}
    return hashlib.sha256(json.dumps([typed, files], sort_keys=True).encode()).hexdigest()


def _answer_again(request: ForumRequest, first: Submission) -> HttpResponseBase:
    """Answer a form that was sent again. Someone who joined gets a token again, unless they were disconnected since."""
    if not first.location:
        return acknowledge(request, HttpResponse(status=204))
    response = acknowledge(request, HttpResponseRedirect(first.location))
    newcomer = first.participant
    if newcomer is None or not newcomer.devices.filter(created_at__range=first.answer_period).exists():
        return response
    return give_token(request, response, newcomer)
