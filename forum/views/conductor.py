"""The conductor's page: run the plenary from one laptop, and choose what the wall shows, step by step."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.forms.plenary import PitchSecondsForm
from forum.fragment_keys import Key
from forum.live.audience import DESKS, Audience
from forum.live.board import Board
from forum.models import Forum, JournalEntry
from forum.models.verbs import Verb
from forum.phases import Phase, Slide, WallStep
from forum.views.parts.form_refusal import deny_forms
from forum.views.parts.journal_lines import JournalLine, journal_lines
from forum.views.parts.live_board import live_page_context
from forum.views.parts.phase_change import change_phase
from forum.views.parts.wall_look import wall_look


@require_GET
@never_cache
@csp_replace({"frame-src": [SELF]})
@forum_view
def conductor(request: ForumRequest) -> HttpResponse:
    return _render_conductor(request, PitchSecondsForm(instance=request.forum))


def _render_conductor(request: ForumRequest, form: PitchSecondsForm, status: int = 200) -> HttpResponse:
    """Show the wall now, what comes next, and one key for each thing to do."""
    forum = request.forum
    context = {
        **live_page_context(request, Key.STAGE, Key.STATUS, Key.EXPECTED, Key.MESSAGES),
        **_steps_context(forum),
        **_pitches_context(forum, DESKS[request.actor.role]),
        "people_count": forum.participants.present().count(),
        "expected_count": forum.participants.expected().count(),
        "undoable": _last_undoable(request) if request.rights.may("undo") else None,
        "form": form,
        "wall_message": forum.messages.active().for_everyone().first(),
        "look": wall_look(request),
        "looks": (("light", _("Wall: light, for a bright room")), ("dark", _("Wall: back to dark"))),
    }
    return render_page(request, "forum/conductor.html", context, status)


def _steps_context(forum: Forum) -> dict[str, Any]:
    step = forum.wall_step
    return {
        "step": step,
        "next": step.next,
        "previous": step.previous,
        "slides": [WallStep(forum.current_phase, slide) for slide in Slide],
        "without_slide": WallStep(forum.current_phase),
    }


def _pitches_context(forum: Forum, desk: Audience) -> dict[str, Any]:
    board = Board(forum, desk)
    facts = board.facts(Key.STAGE)
    spotlight, waiting = facts["spotlight"](), facts["waiting"]()
    pitches_come_next = spotlight or forum.wall_step == WallStep(Phase.MARKETPLACE)
    return {
        "spotlight": spotlight,
        "waiting": waiting,
        "upcoming": waiting[0] if waiting and pitches_come_next else None,
        "unqueued_topics": forum.topics.active().filter(pitch=None).select_related("convener"),
        "stage": board.fragment(Key.STAGE),
    }


def _last_undoable(request: ForumRequest) -> JournalLine | None:
    """Return the last thing that this facilitator did and can undo; undoing does not count."""
    entry: JournalEntry | None = (
        request.forum.journal.undoable()
        .filter(facilitator=request.actor.facilitator)
        .exclude(verb=Verb.UNDID)
        .select_related("participant", "facilitator")
        .last()
    )
    return journal_lines(request.forum, [entry])[0] if entry else None


@require_POST
@forum_view
def show(request: ForumRequest) -> HttpResponse:
    """Show a `step` on the wall: a slide, or what belongs to a phase, after moving everyone there.

    `from`: the phase that the page with the button showed. A slide without it moves nobody.
    """
    step = WallStep.parse(request.POST.get("step", ""))
    if step is None:
        return deny(request, _("There is nothing like that to show."), status=409)
    forum = request.forum
    if step.phase != forum.current_phase:
        return change_phase(request, step, request.GET.get("from"), _conductor_url(request))
    if step != forum.wall_step or forum.pitches.on_the_wall().exists():
        forum.show_slide(step.slide, request.actor)
    return confirm(request, _conductor_url(request), _("On the wall: {step}.").format(step=step.label))


@require_POST
@forum_view
def pitch_seconds(request: ForumRequest) -> HttpResponse:
    """Set how long each of the next pitches lasts."""
    form = PitchSecondsForm(request.POST, instance=request.forum)
    if not form.is_valid():
        request.forum.refresh_from_db()
        return deny_forms(request, form) if request.htmx else _render_conductor(request, form, status=422)
    seconds = form.cleaned_data["pitch_seconds"]
    request.forum.set_pitch_seconds(seconds, request.actor)
    message = _("Each pitch lasts {n} seconds from now on.") if seconds else _("Nobody counts the time of a pitch.")
    return confirm(request, _conductor_url(request), message.format(n=seconds))


def _conductor_url(request: ForumRequest) -> str:
    return reverse("conductor", args=[request.forum.code])
