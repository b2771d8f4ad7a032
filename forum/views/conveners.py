"""The conveners of topics: take up a request, hand a topic over."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.topics import HandOverForm
from forum.models import AlreadyConvened, Topic
from forum.text.typography import spaced
from forum.views.parts.participants import chosen_participant, convener_choices


@require_POST
@forum_view
def take_up(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Convene a topic that is a request. The team may do it for a `participant`."""
    person = chosen_participant(request)
    if person is None:
        return deny(request, _("Choose a participant first."), status=409)
    try:
        topic.take_up(person, request.actor)
    except AlreadyConvened:
        reason = _("Number {number} has its convener already: {names}.")
        names = ", ".join(convener.name for convener in topic.conveners)
        return deny(request, spaced(reason.format(number=topic.number, names=names)), status=409)
    message = _("{name} convenes number {number}.").format(name=person.name, number=topic.number)
    return confirm(request, topic.get_absolute_url(), message)


@require_POST
@forum_view
def hand_over(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Hand a topic over to another convener. Without one, it becomes a request."""
    form = HandOverForm(request.POST, people=convener_choices(request, topic))
    if not form.is_valid():
        return deny(request, _("This person is not here any more: choose somebody else."), status=409)
    convener = form.cleaned_data["convener"]
    topic.hand_over(convener, request.actor)
    if convener is None:
        message = _("Number {number} is a request now: whoever wants can convene it.").format(number=topic.number)
    else:
        message = _("{name} convenes number {number}.").format(name=convener.name, number=topic.number)
    return confirm(request, topic.get_absolute_url(), message)
