"""Two topics become one, one becomes two, and who convenes them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.topics import HandOverForm, MergeForm, SplitForm, error_text
from forum.models import AlreadyConvened, CannotMerge, MergeProposal, Topic
from forum.text.typography import spaced
from forum.views.parts.person_meant import whom

CONFLICT = 409


@require_POST
@forum_view
def merge(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Propose that two topics become one; a facilitator may make them one at once (`now`)."""
    form = MergeForm(request.POST, topic=topic)
    if not form.is_valid():
        return deny(request, error_text(form), status=CONFLICT)
    goes, stays = form.merged_and_kept
    try:
        if request.actor.facilitator and "now" in request.POST:
            goes.merge_into(stays, request.actor)
            merged = True
        else:
            merged = MergeProposal.propose(goes, stays, request.actor)
    except CannotMerge as reason:
        return deny(request, str(reason), status=CONFLICT)
    return confirm(request, topic.get_absolute_url(), merged_or_asked(goes, stays, merged))


def merged_or_asked(goes: Topic, stays: Topic, merged: bool) -> str:
    if merged:
        said = _("Number {gone} has joined number {number}.")
        return said.format(gone=goes.number, number=stays.number)
    names = dict.fromkeys(
        person.name for proposal in MergeProposal.objects.about(goes) for person in proposal.awaited_conveners()
    )
    return _("Asked: {names}. The topics become one when both sides agree.").format(names=", ".join(names))


@require_POST
@forum_view
def answer(request: ForumRequest, topic: Topic, proposal: int) -> HttpResponse:
    """A side agrees to a merge, or would rather not (`answer=no`); who asked takes it back in the same way."""
    found = get_object_or_404(MergeProposal.objects.about(topic), pk=proposal)
    found.topic.forum = found.into.forum = request.forum
    if request.POST.get("answer") != "yes":
        found.decline(request.actor)
        return confirm(request, topic.get_absolute_url(), _("The topics stay apart."))
    try:
        if request.actor.facilitator and not request.actor.participant:
            found.topic.merge_into(found.into, request.actor)
            merged = True
        else:
            merged = found.agree(request.actor)
    except CannotMerge as reason:
        return deny(request, str(reason), status=CONFLICT)
    return confirm(request, topic.get_absolute_url(), merged_or_asked(found.topic, found.into, merged))


def _split_form(request: ForumRequest, topic: Topic) -> SplitForm:
    return SplitForm(request.POST or None, topic=topic, actor=request.actor)


def _show_split_form(request: ForumRequest, form: SplitForm, topic: Topic, *, refusal: str = "") -> HttpResponse:
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "topic": Topic.objects.get(pk=topic.pk),
        "form": form,
        "refusal": refusal,
    }
    status = 403 if refusal else 422 if request.method == "POST" else 200
    return render(request, "forum/split.html", context, status=status)


def _refuse_split(request: ForumRequest, reason: str, topic: Topic) -> HttpResponse:
    return _show_split_form(request, _split_form(request, topic), topic, refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_split)
def split(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Make two topics of one: a title for each, and who convenes the second."""
    form = _split_form(request, topic)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        other = topic.split(typed["title"], typed["second"], typed["convener"], request.actor)
        message = _("Number {number} became two: number {other} is on the board.")
        message = message.format(number=topic.number, other=other.number)
        return confirm(request, other.get_absolute_url(), message)
    return _show_split_form(request, form, topic)


@require_POST
@forum_view
def take_up(request: ForumRequest, topic: Topic) -> HttpResponse:
    """“I will convene it”, about a request; a facilitator may say it for someone (`participant`)."""
    person = whom(request)
    if person is None:
        return deny(request, _("Choose a participant first."), status=CONFLICT)
    try:
        topic.take_up(person, request.actor)
    except AlreadyConvened:
        said = _("Number {number} has its convener already: {names}.")
        names = ", ".join(convener.name for convener in topic.conveners)
        return deny(request, spaced(said.format(number=topic.number, names=names)), status=CONFLICT)
    said = _("{name} convenes number {number}.").format(name=person.name, number=topic.number)
    return confirm(request, topic.get_absolute_url(), said)


@require_POST
@forum_view
def hand_over(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Let somebody else convene it; with nobody named, it becomes a request."""
    form = HandOverForm(request.POST, topic=topic, actor=request.actor)
    if not form.is_valid():
        return deny(request, _("This person is not here any more: choose somebody else."), status=CONFLICT)
    to = form.cleaned_data["convener"]
    topic.hand_over(to, request.actor)
    if to is None:
        said = _("Number {number} is a request now: whoever wants can convene it.").format(number=topic.number)
    else:
        said = _("{name} convenes number {number}.").format(name=to.name, number=topic.number)
    return confirm(request, topic.get_absolute_url(), said)
