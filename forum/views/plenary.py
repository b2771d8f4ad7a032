"""The plenary from one laptop: what the wall shows, step by step, and who presents a topic there."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.plenary import PitchSecondsForm
from forum.fragment_keys import Key
from forum.live.board import Board
from forum.models import JournalEntry, NotQueued, Pitch, Topic
from forum.models.verbs import Verb
from forum.phases import PITCHING, Phase, Slide, WallStep
from forum.views.parts.journal_lines import JournalLine, journal_lines
from forum.views.parts.phase_move import move_everyone
from forum.views.parts.wall_look import look_of

CONFLICT = 409


@require_GET
@never_cache
@csp_replace({"frame-src": [SELF]})
@forum_view
def conductor(request: ForumRequest) -> HttpResponse:
    """The facilitator's page during the plenary: the wall now, what comes next, and one key for each thing to do."""
    return _conductor(request, PitchSecondsForm(instance=request.forum))


def _conductor(request: ForumRequest, form: PitchSecondsForm, status: int = 200) -> HttpResponse:
    forum = request.forum
    now = forum.wall_step
    pitches = list(forum.pitches.for_board()) if forum.current_phase in PITCHING else []
    spotlight = next((pitch for pitch in pitches if pitch.is_on_the_wall), None)
    waiting = [pitch for pitch in pitches if pitch.is_waiting]
    tells_pitches = spotlight or now == WallStep(Phase.MARKETPLACE)
    context: dict[str, Any] = {
        "forum": forum,
        "actor": request.actor,
        "since": forum.revision,
        "now": now,
        "next": now.next,
        "previous": now.previous,
        "slides": [WallStep(forum.current_phase, slide) for slide in Slide],
        "own_view": WallStep(forum.current_phase),
        "spotlight": spotlight,
        "waiting": waiting,
        "upcoming": waiting[0] if waiting and tells_pitches else None,
        "others": forum.topics.active().filter(pitch=None).select_related("convener"),
        "stage": Board(forum, "desk").fragment(Key.STAGE),
        "people_count": forum.participants.present().count(),
        "expected_count": forum.participants.expected().count(),
        "last": last_of(request),
        "form": form,
        "standing": forum.messages.active().for_everyone().first(),
        "look": look_of(request),
        "looks": (("light", _("Wall: light, for a bright room")), ("dark", _("Wall: back to dark"))),
    }
    return render(request, "forum/conductor.html", context, status=status)


def last_of(request: ForumRequest) -> JournalLine | None:
    """The last thing that this facilitator did and can take back; what they took back is not one."""
    own: JournalEntry | None = (
        request.forum.journal.undoable()
        .filter(facilitator=request.actor.facilitator)
        .exclude(verb=Verb.UNDID)
        .select_related("participant", "facilitator")
        .last()
    )
    return journal_lines(request.forum, [own])[0] if own else None


def _here(request: ForumRequest) -> str:
    return reverse("conductor", args=[request.forum.code])


@require_POST
@forum_view
def show(request: ForumRequest) -> HttpResponse:
    """Show a slide on the wall or what belongs to the phase, after moving everyone there. Twice is once.

    A button that moves everyone says `from` where: a slide that is pressed late moves nobody.
    """
    step = WallStep.parse(request.POST.get("step", ""))
    if step is None:
        return deny(request, _("There is nothing like that to show."), status=CONFLICT)
    forum = request.forum
    if step.phase != forum.current_phase:
        return move_everyone(request, step, request.GET.get("from"), _here(request))
    if step != forum.wall_step or forum.pitches.on_the_wall().exists():
        forum.show_slide(step.slide, request.actor)
    return confirm(request, _here(request), _("On the wall: {step}.").format(step=step.label))


@require_POST
@forum_view
def pitch_seconds(request: ForumRequest) -> HttpResponse:
    """How long each of the next pitches lasts."""
    form = PitchSecondsForm(request.POST, instance=request.forum)
    if not form.is_valid():
        request.forum.refresh_from_db()
        if request.htmx:
            reasons = [str(reason) for errors in form.errors.values() for reason in errors]
            return deny(request, " ".join(reasons), status=CONFLICT)
        return _conductor(request, form, status=422)
    seconds = form.cleaned_data["pitch_seconds"]
    request.forum.set_pitch_seconds(seconds, request.actor)
    said = _("Each pitch lasts {n} seconds from now on.") if seconds else _("Nobody counts the time of a pitch.")
    return confirm(request, _here(request), said.format(n=seconds))


@require_POST
@forum_view
def pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Queue to present a topic to everyone, or leave the queue (`waiting=no`)."""
    if request.POST.get("waiting") == "no":
        return _about(request, topic, "leave_queue", _("Number {number} is no longer in the queue."))
    Pitch.queue(topic, request.actor)
    return _done(request, topic, _("Number {number} is in the queue."))


@require_POST
@forum_view
def begin_pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    return _about(request, topic, "begin", _("Number {number} is on the wall."))


@require_POST
@forum_view
def end_pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    return _about(request, topic, "end", _("Number {number} has left the wall."))


@require_POST
@forum_view
def move_pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    """One place up in the queue, or down."""
    step = {"up": -1, "down": 1}.get(request.POST.get("to", ""))
    if step is None:
        return deny(request, _("A pitch moves up or down."), status=CONFLICT)
    return _about(request, topic, "move", _("The order of the queue is changed."), step)


def _about(request: ForumRequest, topic: Topic, verb: str, said: str, *how: int) -> HttpResponse:
    """One verb on the pitch of this topic, which somebody else may have taken out of the queue meanwhile."""
    found = topic.pitch_or_none
    try:
        if found is None:
            raise NotQueued
        getattr(found, verb)(*how, by=request.actor)
    except NotQueued:
        reason = _("Number {number} is not in the queue any more.").format(number=topic.number)
        return deny(request, reason, status=CONFLICT)
    return _done(request, topic, said)


def _done(request: ForumRequest, topic: Topic, said: str) -> HttpResponse:
    return confirm(request, topic.get_absolute_url(), said.format(number=topic.number))
