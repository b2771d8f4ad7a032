"""What the facilitators say to everyone, to the groups of a slot, or to the people of a topic."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.message import EVERYONE, MessageForm
from forum.models import Message


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def messages(request: ForumRequest) -> HttpResponse:
    """Write one; below, all that were sent, those that were taken back too."""
    data = request.POST if request.method == "POST" else None
    form = MessageForm(data, forum=request.forum, initial={"to": request.GET.get("to", EVERYONE)})
    if form.is_valid():
        Message.send(request.forum, by=request.actor, **form.message_fields)
        return confirm(request, _here(request), _("The message is sent."))
    if form.is_bound and request.htmx:
        reasons = [str(reason) for errors in form.errors.values() for reason in errors]
        return deny(request, " ".join(reasons), status=409)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "sent": request.forum.messages.for_board().select_related("facilitator"),
    }
    return render(request, "forum/messages.html", context, status=422 if form.errors else 200)


@require_POST
@forum_view
def take_back(request: ForumRequest, message: int) -> HttpResponse:
    found = get_object_or_404(request.forum.messages, pk=message)
    found.forum = request.forum
    if not found.taken_back_at:
        found.take_back(request.actor)
    return confirm(request, _here(request), _("The message is taken back: it is shown nowhere any more."))


def _here(request: ForumRequest) -> str:
    return reverse("messages", args=[request.forum.code])
