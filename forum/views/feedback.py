"""Closing words: leave one, remove one."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.forms.people import FeedbackForm
from forum.models import Feedback
from forum.views.parts.form_refusal import form_status


def _feedback_form(request: ForumRequest) -> FeedbackForm:
    """Return the form with what the participant has left before."""
    person = request.actor.participant
    previous = Feedback.objects.filter(participant=person).first() if person else None
    return FeedbackForm(request.POST or None, instance=previous)


def _render_form(request: ForumRequest, form: FeedbackForm, *, refusal: str = "") -> HttpResponse:
    context = {"form": form, "refusal": refusal}
    return render_page(request, "forum/feedback.html", context, form_status(request, refusal))


def _refuse_feedback(request: ForumRequest, reason: str) -> HttpResponse:
    return _render_form(request, _feedback_form(request), refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_feedback)
def feedback(request: ForumRequest) -> HttpResponse:
    """Save a closing word; a facilitator's is anonymous, noted for someone."""
    form = _feedback_form(request)
    if request.method == "POST" and form.is_valid():
        person = request.actor.participant
        words = {name: form.cleaned_data[name] for name in ("words", "keep", "change")}
        word = Feedback.give(request.forum, person, request.actor, **words)
        to = reverse("board" if person else "desk", args=[request.forum.code])
        if word.waits_since:
            return confirm(
                request, to, _("Thank you: your words are kept, and wait for the facilitators to read them.")
            )
        return confirm(request, to, _("Thank you: your words are kept."))
    return _render_form(request, form)


@require_POST
@forum_view
def remove_feedback(request: ForumRequest, word_pk: int) -> HttpResponse:
    word = get_object_or_404(request.forum.feedback, pk=word_pk)
    word.forum = request.forum
    word.take_back(request.actor)
    return confirm(request, request.forum.get_desk_url(), _("The word is removed."))
