"""The desk: the page from which the whole day is run. Operators and sponsors see less of it."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.forms.people import ParticipantForm
from forum.forms.topics import TopicForm
from forum.live.audience import DESKS
from forum.models import Participant
from forum.server import public_urls
from forum.views.parts.alerts import alerts_context
from forum.views.parts.form_refusal import form_status
from forum.views.parts.live_board import live_board_context


@require_GET
@never_cache
@forum_view
def desk(request: ForumRequest) -> HttpResponse:
    return _render_desk(request, ParticipantForm(forum=request.forum))


def _render_desk(request: ForumRequest, join_form: ParticipantForm, status: int = 200) -> HttpResponse:
    topic_form = TopicForm(forum=request.forum, actor=request.actor, chooses_convener=True)
    topic_form.auto_id, join_form.auto_id = "topic_%s", "person_%s"  # two forms on one page need distinct ids
    audience = DESKS[request.actor.role]
    context = {
        **live_board_context(request, audience),
        "audience": audience,
        **alerts_context(),
        "topic_form": topic_form,
        "join_form": join_form,
        "address": public_urls.join_address(),
        "qr": qr.svg(public_urls.join_url(request.forum.code)),
    }
    return render_page(request, "forum/desk.html", context, status)


def _render_join_form(request: ForumRequest, form: ParticipantForm, refusal: str = "") -> HttpResponse:
    """Show what was typed and why it was refused: the form alone on a live page, else on the desk."""
    status = form_status(request, refusal)
    if not request.htmx:
        return _render_desk(request, form, status)
    form.auto_id = "person_%s"
    return render_page(request, "forum/desk.html#enter", {"join_form": form}, status)


def _refuse_person(request: ForumRequest, reason: str) -> HttpResponse:
    form = ParticipantForm(request.POST, forum=request.forum)
    form.add_error(None, reason)
    return _render_join_form(request, form, reason)


@require_POST
@never_cache
@forum_view(refused=_refuse_person)
def enter_person(request: ForumRequest) -> HttpResponse:
    """Enter someone who has no phone."""
    form = ParticipantForm(request.POST, forum=request.forum)
    if not form.is_valid():
        return _render_join_form(request, form)
    person = Participant.join(request.forum, by=request.actor, **form.person_fields)
    message = _("{name} has been added.").format(name=person.name)
    return confirm(request, request.forum.get_desk_url(), message)
