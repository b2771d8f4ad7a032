"""Places: add one on the spot, and the page of a place, for a tablet at its door."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.forms.agenda import PlaceForm
from forum.fragment_keys import Key, RowKey
from forum.models import Forum, Group, NameTaken, Place, PlacementFrozen, Topic
from forum.server import public_urls
from forum.views.parts.agenda_messages import meeting_message
from forum.views.parts.form_refusal import deny_forms
from forum.views.parts.live_board import live_page_context


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def add_place(request: ForumRequest) -> HttpResponse:
    """Add a place. With `topic` and `slot`, that topic meets there."""
    form = PlaceForm(request.POST or None, forum=request.forum)
    if request.method == "POST" and form.is_valid():
        try:
            message = _add_place(request, form)
        except NameTaken:
            form.add_error("name", _("There is already a place of this name."))
        except PlacementFrozen as reason:
            form.add_error(None, str(reason))
        else:
            return confirm(request, request.forum.get_desk_url(), message)
    if request.htmx and form.errors:
        return deny_forms(request, form)
    return render_page(request, "forum/add_place.html", {"form": form}, 422 if form.errors else 200)


def _add_place(request: ForumRequest, form: PlaceForm) -> str:
    """Add the place and return the message that says so. Raises NameTaken, or PlacementFrozen, which adds none."""
    cleaned = form.cleaned_data
    with transaction.atomic():
        place = Place.add(request.forum, request.actor, **{name: cleaned[name] for name in form.row_fields})
        if not (cleaned["topic"] and cleaned["slot"]):
            return _("{place} is added to the places.").format(place=place.name)
        cleaned["topic"].forum = request.forum
        return meeting_message(Group.place_topic(cleaned["topic"], cleaned["slot"], place, request.actor))


@require_GET
@never_cache
@forum_view
def place_page(request: ForumRequest, place_pk: int) -> HttpResponse:
    """Show what is on in a place, what is next, and the QR code of each topic's page."""
    place = get_object_or_404(request.forum.places, pk=place_pk)
    placed = request.forum.topics.active().for_board().filter(group__place=place)
    topics = {topic.group.slot_id: topic for topic in placed}
    keys = [Key.NOW, Key.AGENDA, *(RowKey.TOPIC.of(topic.pk) for topic in topics.values())]
    context = {
        **live_page_context(request, *keys),
        "place": place,
        "meetings": _meetings(request.forum, topics),
        "address": public_urls.join_address(),
    }
    return render_page(request, "forum/place.html", context)


def _meetings(forum: Forum, topics: dict[int | None, Topic]) -> list[dict[str, Any]]:
    """Return each moment of the day with its topic (by slot in `topics`) and the QR code of the topic's page."""
    meetings: list[dict[str, Any]] = []
    for moment in forum.slots.moments():
        topic = topics.get(moment.slot.pk)
        code = qr.svg(public_urls.door_url(forum.code, topic.number)) if topic else ""
        meetings.append({"moment": moment, "topic": topic, "qr": code})
    return meetings
