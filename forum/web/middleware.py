"""Answer 503 while the database is away or no file can be opened, instead of an error page."""

import errno
import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


class ServiceUnavailableMiddleware:
    """Answer 503 with Retry-After. The page keeps the form that it sent, and the form's key makes it count once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (isinstance(exception, OperationalError | InterfaceError) or _is_out_of_files(exception)):
            return None
        log.warning("%s %s: in a moment: %s", request.method, request.path, str(exception).strip())
        response = render(request, "forum/problem.html", {"away": True}, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


def _is_out_of_files(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)
