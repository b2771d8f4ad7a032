"""Messages of the facilitators: to everyone, to the groups of a slot, or to the people of a topic."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.forms.message import EVERYONE, MessageForm
from forum.models import Message
from forum.views.parts.form_refusal import deny_forms


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def messages(request: ForumRequest) -> HttpResponse:
    """Send a message, and list all that were sent, those that were taken back too."""
    data = request.POST if request.method == "POST" else None
    form = MessageForm(data, forum=request.forum, initial={"to": request.GET.get("to", EVERYONE)})
    if form.is_valid():
        Message.send(request.forum, by=request.actor, **form.message_fields)
        return confirm(request, _messages_url(request), _("The message is sent."))
    if form.is_bound and request.htmx:
        return deny_forms(request, form)
    sent = request.forum.messages.for_board().select_related("facilitator")
    return render_page(request, "forum/messages.html", {"form": form, "sent": sent}, 422 if form.errors else 200)


@require_POST
@forum_view
def take_back(request: ForumRequest, message_pk: int) -> HttpResponse:
    message = get_object_or_404(request.forum.messages, pk=message_pk)
    message.forum = request.forum
    if not message.taken_back_at:
        message.take_back(request.actor)
    return confirm(request, _messages_url(request), _("The message is taken back: it is shown nowhere any more."))


def _messages_url(request: ForumRequest) -> str:
    return reverse("messages", args=[request.forum.code])
