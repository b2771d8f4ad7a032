"""The alerts of the desk of facilitators and operators, which asks for them every few seconds."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import render_page
from forum.views.parts.alerts import alerts_context


@require_GET
@never_cache
@forum_view
def alerts(request: ForumRequest) -> HttpResponse:
    """Show the alerts, or answer 204 when the page shows these already: a screen reader would say them again."""
    context = alerts_context()
    if request.GET.get("shown") == context["shown"]:
        return HttpResponse(status=204)
    return render_page(request, "forum/alerts.html", context)
