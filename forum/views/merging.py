"""Merge two topics into one, and split one in two."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.forms.topics import MergeForm, SplitForm
from forum.models import CannotMerge, MergeProposal, Topic
from forum.views.parts.form_refusal import deny_forms, form_status
from forum.views.parts.participants import convener_choices


@require_POST
@forum_view
def merge(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Propose to merge two topics; a facilitator may merge them at once (`now`)."""
    form = MergeForm(request.POST, topic=topic)
    if not form.is_valid():
        return deny_forms(request, form)
    goes, stays = form.merged_and_kept
    try:
        if "now" in request.POST and request.rights.may("merge_at_once"):
            goes.merge_into(stays, request.actor)
            is_merged = True
        else:
            is_merged = MergeProposal.propose(goes, stays, request.actor)
    except CannotMerge as reason:
        return deny(request, str(reason), status=409)
    return confirm(request, topic.get_absolute_url(), _merge_message(goes, stays, is_merged=is_merged))


@require_POST
@forum_view
def answer_merge(request: ForumRequest, topic: Topic, proposal_pk: int) -> HttpResponse:
    """Agree to a merge (`answer=yes`), or decline or retract the proposal."""
    proposal = get_object_or_404(MergeProposal.objects.about(topic), pk=proposal_pk)
    proposal.topic.forum = proposal.into.forum = request.forum
    if request.POST.get("answer") != "yes":
        proposal.decline(request.actor)
        return confirm(request, topic.get_absolute_url(), _("The topics stay apart."))
    try:
        if request.rights.may("merge_at_once") and not request.actor.participant:
            proposal.topic.merge_into(proposal.into, request.actor)
            is_merged = True
        else:
            is_merged = proposal.agree(request.actor)
    except CannotMerge as reason:
        return deny(request, str(reason), status=409)
    return confirm(
        request, topic.get_absolute_url(), _merge_message(proposal.topic, proposal.into, is_merged=is_merged)
    )


def _merge_message(goes: Topic, stays: Topic, *, is_merged: bool) -> str:
    if is_merged:
        message = _("Number {gone} has joined number {number}.")
        return message.format(gone=goes.number, number=stays.number)
    names = dict.fromkeys(
        person.name for proposal in MergeProposal.objects.about(goes) for person in proposal.awaited_conveners()
    )
    return _("Asked: {names}. The topics become one when both sides agree.").format(names=", ".join(names))


def _split_form(request: ForumRequest, topic: Topic) -> SplitForm:
    return SplitForm(request.POST or None, topic=topic, people=convener_choices(request, topic))


def _render_split_form(request: ForumRequest, form: SplitForm, topic: Topic, *, refusal: str = "") -> HttpResponse:
    context = {"topic": Topic.objects.get(pk=topic.pk), "form": form, "refusal": refusal}
    return render_page(request, "forum/split.html", context, form_status(request, refusal))


def _refuse_split(request: ForumRequest, reason: str, topic: Topic) -> HttpResponse:
    return _render_split_form(request, _split_form(request, topic), topic, refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_split)
def split(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Split a topic in two: a title for each, and a convener for the second."""
    form = _split_form(request, topic)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        second = topic.split(cleaned["title"], cleaned["second"], cleaned["convener"], request.actor)
        message = _("Number {number} became two: number {other} is on the board.")
        message = message.format(number=topic.number, other=second.number)
        return confirm(request, second.get_absolute_url(), message)
    return _render_split_form(request, form, topic)
