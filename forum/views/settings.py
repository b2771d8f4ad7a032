"""The settings of a forum: its description, its slots and its places; and the end of a rehearsal."""

from copy import copy

from django.db.models import ProtectedError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.forms.agenda import PlaceFormSet, SlotFormSet
from forum.forms.forum import ForumForm
from forum.models import Change
from forum.models.forum import NotARehearsal


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def describe(request: ForumRequest) -> HttpResponse:
    """Save the description, the slots and the places together, or nothing."""
    data = request.POST or None
    forum = copy(request.forum)  # the form writes into it; the page's header shows what is saved
    form = ForumForm(data, instance=forum)
    slots = SlotFormSet(data, instance=forum, prefix="slots")
    places = PlaceFormSet(data, instance=forum, prefix="places")
    problem = ""

    def save_rows(change: Change) -> None:
        slots.save_rows(change)
        places.save_rows(change)

    are_valid = [part.is_valid() for part in (form, slots, places)]  # each one, so that all errors show
    if data is not None and all(are_valid):
        try:
            forum.describe(request.actor, save_agenda=save_rows)
        except ProtectedError:
            problem = _("A topic was placed in the meantime in what you remove. Reload the page.")
        else:
            return confirm(request, forum.get_desk_url(), _("The settings are kept."))
    context = {"form": form, "slots": slots, "places": places, "problem": problem, "is_refused": data is not None}
    return render_page(request, "forum/settings.html", context, 409 if problem else 422 if data else 200)


@require_POST
@forum_view
def erase_rehearsal(request: ForumRequest) -> HttpResponse:
    """Empty a forum that is marked as a rehearsal. The box `sure` must be ticked."""
    if request.POST.get("sure") != "yes":
        return deny(request, _("Tick the box first: what is erased does not come back."), status=409)
    try:
        request.forum.erase_rehearsal(request.actor)
    except NotARehearsal:
        return deny(request, _("This forum is not marked as a rehearsal: nothing is erased."), status=409)
    desk = request.forum.get_desk_url()
    return confirm(request, desk, _("The rehearsal is erased: the forum is empty again."))
