"""What the facilitators say to everyone, to the groups of a slot, or to the people of a topic."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum import access
from forum.access import ForumRequest
from sessions.forms.message import EVERYONE, MessageForm
from sessions.models import Message


@require_http_methods(["GET", "POST"])
@never_cache
@access.door
def messages(request: ForumRequest) -> HttpResponse:
    """Write one; below, all that were sent, those that were taken back too."""
    data = request.POST if request.method == "POST" else None
    form = MessageForm(data, forum=request.forum, initial={"to": request.GET.get("to", EVERYONE)})
    if form.is_valid():
        Message.send(request.forum, by=request.actor, **form.fields_of_message)
        return access.done(request, _here(request), _("The message is sent."))
    if form.is_bound and request.htmx:
        reasons = [str(reason) for errors in form.errors.values() for reason in errors]
        return access.refuse(request, " ".join(reasons), status=409)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "sent": request.forum.messages.for_board().select_related("facilitator"),
    }
    return render(request, "sessions/messages.html", context, status=422 if form.errors else 200)


@require_POST
@access.door
def take_back(request: ForumRequest, message: int) -> HttpResponse:
    found = get_object_or_404(request.forum.messages, pk=message)
    found.forum = request.forum
    if not found.taken_back_at:
        found.take_back(request.actor)
    return access.done(request, _here(request), _("The message is taken back: it is shown nowhere any more."))


def _here(request: ForumRequest) -> str:
    return reverse("messages", args=[request.forum.code])
