"""The home page of the site."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forum.auth.identity import facilitator_of, find_forum
from forum.extension import extension
from forum.models.tokens import normalise_code


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Ask for the code that the wall shows, and redirect to that forum."""
    error, code = "", request.POST.get("code", "")
    if request.method == "POST":
        if forum := find_forum(request, normalise_code(code)):
            return redirect("board", forum.code)
        error = _("No forum has this code. It has 7 letters and figures, as the wall shows it.")
    context = {
        "facilitator": facilitator_of(request.COOKIES),
        "openid": settings.OPENID,
        "has_public_list": extension().lists_any_forum(),
        "typed": code[:20],
        "error": error,
    }
    return render(request, "forum/home.html", context, status=422 if error else 200)
