"""Co-writing without a socket, by polling."""

from base64 import urlsafe_b64decode
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.models import Topic
from sessions.coediting import protocol
from sessions.models.crdt import UpdateRefused
from sessions.views.parts.report_form import get_report_or_404


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def writing(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Answer as the room's socket does: a GET returns what the page lacks, a POST also saves what it wrote."""
    report = get_report_or_404(topic)
    try:
        if request.method == "GET":
            outcome: dict[str, Any] = {}
            vector = urlsafe_b64decode(request.GET.get("have", "").encode())
        else:
            message = protocol.read_message(request.body)
            vector = protocol.from_base64(message, "have")
            (refusal,) = report.apply_updates([protocol.read_update(message, request.actor)])
            outcome = protocol.outcome_message(refusal, report)
        _number, lacking = protocol.catch_up_message(report, vector)
    except (UpdateRefused, ValueError, RawPostDataException):  # the last: a form was sent, whose body was read as one
        return JsonResponse({"refused": True}, status=400)
    return JsonResponse(lacking | outcome)
