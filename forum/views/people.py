"""One participant, as facilitators see, correct and remove them."""

from copy import copy

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.forms.people import ParticipantForm
from forum.models import OneTimeCode, Participant
from forum.server import public_urls


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def person(request: ForumRequest, person_pk: int) -> HttpResponse:
    """Show and save the entry of a participant."""
    person = _get_person(request, person_pk)
    form = ParticipantForm(
        request.POST or None, forum=request.forum, instance=copy(person)
    )  # the form writes into the copy
    if request.method == "POST" and form.is_valid():
        form.instance.save_identity(request.actor)
        message = _("The entry for {name} is saved.").format(name=form.instance.name)
        return confirm(request, request.forum.get_desk_url(), message)
    return _render_person(request, person, form, status=422 if request.method == "POST" else 200)


@require_POST
@never_cache
@forum_view
def person_code(request: ForumRequest, person_pk: int) -> HttpResponse:
    """Show a code that lets the participant in with another phone. It is shown once and sent nowhere."""
    person = _get_person(request, person_pk)
    form = ParticipantForm(forum=request.forum, instance=person)
    return _render_person(request, person, form, code=OneTimeCode.give(person, request.actor))


def _render_person(
    request: ForumRequest, row: Participant, form: ParticipantForm, *, code: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "person": row,
        "form": form,
        "devices": row.devices.count(),
        "topics": row.topics.active(),
        "address": public_urls.join_address(),
        "code": code,
    }
    return render_page(request, "forum/person.html", context, status)


@require_POST
@forum_view
def remove_person(request: ForumRequest, person_pk: int) -> HttpResponse:
    person = _get_person(request, person_pk)
    person.remove(request.actor)
    return confirm(
        request, request.forum.get_desk_url(), _("{name} is no longer in the forum.").format(name=person.name)
    )


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def remove_with_all(request: ForumRequest, person_pk: int) -> HttpResponse:
    """Show what would go with a participant, and what would stay; a POST removes them and it."""
    person = _get_person(request, person_pk)
    if request.method == "GET":
        context = {"person": person, "contributions": person.contributions()}
        return render_page(request, "forum/remove_with_all.html", context)
    person.remove_with_all(request.actor)
    message = _("{name} and what they brought are no longer in the forum. The journal brings it all back.")
    return confirm(request, request.forum.get_desk_url(), message.format(name=person.name))


def _get_person(request: ForumRequest, pk: int) -> Participant:
    person = get_object_or_404(request.forum.participants.present(), pk=pk)
    person.forum = request.forum
    return person
