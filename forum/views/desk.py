"""The facilitator's page, from which the whole day is run, and what its buttons do."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.people import JoinForm
from forum.forms.topics import TopicForm
from forum.models import OneTimeCode, Participant
from forum.models.forum import NotARehearsal
from forum.server import public_urls
from forum.views.parts.live_board import live_board


@require_GET
@never_cache
@forum_view
def desk(request: ForumRequest) -> HttpResponse:
    """The one page of the facilitator's day."""
    return _desk(request, JoinForm(forum=request.forum))


def _desk(request: ForumRequest, join_form: JoinForm, status: int = 200) -> HttpResponse:
    topic_form = TopicForm(forum=request.forum, actor=request.actor)
    # Both forms stand on one page: their fields need ids of their own.
    topic_form.auto_id, join_form.auto_id = "topic_%s", "person_%s"
    context = {
        **live_board(request, "desk"),
        "topic_form": topic_form,
        "join_form": join_form,
        "address": public_urls.join_address(),
        "qr": qr.svg(public_urls.join_url(request.forum.code)),
    }
    return render(request, "forum/desk.html", context, status=status)


def _here(request: ForumRequest) -> str:
    return reverse("desk", args=[request.forum.code])


def _show_join_form(request: ForumRequest, form: JoinForm, status: int) -> HttpResponse:
    """Show what was typed and why it was not taken: the form alone on a live page, else the desk."""
    if not request.htmx:
        return _desk(request, form, status=status)
    form.auto_id = "person_%s"
    context = {"forum": request.forum, "actor": request.actor, "join_form": form}
    return render(request, "forum/desk.html#enter", context, status=422)


def _refuse_person(request: ForumRequest, reason: str) -> HttpResponse:
    form = JoinForm(request.POST, forum=request.forum)
    form.add_error(None, reason)
    return _show_join_form(request, form, 403)


@require_POST
@never_cache
@forum_view(refused=_refuse_person)
def enter_person(request: ForumRequest) -> HttpResponse:
    """Enter someone who has no phone."""
    form = JoinForm(request.POST, forum=request.forum)
    if not form.is_valid():
        return _show_join_form(request, form, 422)
    person = Participant.join(request.forum, by=request.actor, **form.person_fields)
    return confirm(request, _here(request), _("{name} has been added.").format(name=person.name))


def _find(request: ForumRequest, pk: int) -> Participant:
    """Someone of this forum who is still in it."""
    person = get_object_or_404(request.forum.participants.present(), pk=pk)
    person.forum = request.forum
    return person


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def person(request: ForumRequest, person: int) -> HttpResponse:
    """Someone's entry, to be corrected."""
    found = _find(request, person)
    form = JoinForm(request.POST or None, forum=request.forum, instance=found)
    if request.method == "POST" and form.is_valid():
        form.instance.save_identity(request.actor)
        return confirm(request, _here(request), _("The entry for {name} is saved.").format(name=form.instance.name))
    return _person(request, person, {"form": form}, 422 if request.method == "POST" else 200)


def _person(request: ForumRequest, pk: int, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    found = _find(request, pk)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "person": found,
        "form": JoinForm(forum=request.forum, instance=_find(request, pk)),
        "devices": found.devices.count(),
        "topics": found.topics.active(),
        "address": public_urls.join_address(),
        **extra,
    }
    return render(request, "forum/person.html", context, status=status)


@require_POST
@forum_view
def remove_person(request: ForumRequest, person: int) -> HttpResponse:
    found = _find(request, person)
    found.remove(request.actor)
    return confirm(request, _here(request), _("{name} is no longer in the forum.").format(name=found.name))


@require_POST
@never_cache
@forum_view
def person_code(request: ForumRequest, person: int) -> HttpResponse:
    """A code that lets someone in with another phone: shown once, sent nowhere."""
    return _person(request, person, {"code": OneTimeCode.for_second_device(_find(request, person))})


@require_POST
@forum_view
def unsay(request: ForumRequest, word: int) -> HttpResponse:
    said = get_object_or_404(request.forum.feedback, pk=word)
    said.forum = request.forum
    said.take_back(request.actor)
    return confirm(request, _here(request), _("The word is removed."))


@require_POST
@forum_view
def erase_rehearsal(request: ForumRequest) -> HttpResponse:
    """Empty a forum that was marked as a rehearsal; `sure` says that the facilitator knows what goes."""
    if request.POST.get("sure") != "yes":
        return deny(request, _("Tick the box first: what is erased does not come back."), status=409)
    try:
        request.forum.erase_rehearsal(request.actor)
    except NotARehearsal:
        return deny(request, _("This forum is not marked as a rehearsal: nothing is erased."), status=409)
    return confirm(request, _here(request), _("The rehearsal is erased: the forum is empty again."))
