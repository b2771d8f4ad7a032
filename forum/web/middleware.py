"""Count pages and their time; answer 503 while the database is away or no file can be opened."""

import errno
import logging
import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from forum import metrics
from forum.server import disk

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
STATIC_PREFIX = f"/{settings.STATIC_URL.lstrip('/')}"


MAKES_ROOM = frozenset({
    "drop_photo", "erase_rehearsal", "forget_expected", "refuse", "remove_feedback", "remove_logo", "remove_person",
    "remove_with_all", "take_back", "withdraw", "withdraw_comment",
})  # fmt: skip
"""Names of the URLs that erase something: they work on a full disk too."""


class MetricsMiddleware:
    """Count each page by the name of its route, which bounds the labels: a path would name forums and people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began_at = time.perf_counter()
        response = self.get_response(request)
        route = _route_of(request)
        metrics.PAGE_SECONDS.labels(route).observe(time.perf_counter() - began_at)
        metrics.PAGES.labels(route, response.status_code).inc()
        return response


def _route_of(request: HttpRequest) -> str:
    if match := request.resolver_match:
        return match.url_name or "none"
    return "static" if request.path.startswith(STATIC_PREFIX) else "none"


def _makes_room(request: HttpRequest) -> bool:
    return bool(request.resolver_match and request.resolver_match.url_name in MAKES_ROOM)


class ServiceUnavailableMiddleware:
    """Answer 503 with Retry-After. The page keeps the form that it sent, and the form's key makes it count once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (isinstance(exception, OperationalError | InterfaceError) or _is_out_of_files(exception)):
            return None
        if "full" in str(exception) and _makes_room(request) and disk.drop_ballast(settings.DATA_DIR):
            return cast("HttpResponse", self.get_response(request))
        if isinstance(exception, OperationalError | InterfaceError):
            metrics.SERVICE_ERRORS.labels("database").inc()
        log.warning("%s %s: in a moment: %s", request.method, request.path, str(exception).strip())
        response = render(request, "forum/problem.html", {"away": True}, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


def _is_out_of_files(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)
