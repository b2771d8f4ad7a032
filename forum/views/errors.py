"""The pages of errors: a form that is out of date, a bad request, a page not found, a server error."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is no longer valid. Going back keeps what was typed."""
    return render(request, "forum/problem.html", {"stale": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "forum/problem.html", {"refused": True}, status=400)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "forum/problem.html", {"missing": True}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "forum/problem.html", {"broken": True}, status=500)
