"""The doors: who is at the door of which forum, what they may do, and that a form counts once."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast, overload
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event
from django_htmx.middleware import HtmxDetails

from forum import guessing, phones, rules
from forum.models import Actor, Device, Facilitator, Forum, Participant, Submission, Topic
from forum.models.facilitator import NoLongerRuns
from forum.models.secrets import fingerprint

FACILITATOR_COOKIE = "forum_facilitator"
PARTICIPANT_COOKIE = "forum_key"
KEPT_COOKIE = "kept"
KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
"""Of a form, as our pages make it."""
DAY = 24 * 3600
COOKIE_SECONDS = 400 * DAY
LONGEST_ADDRESS = 200
"""Characters; no page of ours has an address as long as this."""

View = Callable[..., HttpResponseBase]


class ForumRequest(HttpRequest):
    """A request that went through a door."""

    htmx: HtmxDetails
    forum: Forum
    actor: Actor
    refusal: str | None
    """Why the rules say no; only seen by views that show it inside their form."""


def participant_cookie(forum: Forum) -> str:
    return f"{PARTICIPANT_COOKIE}_{forum.pk}"


def identify(cookies: dict[str, str], forum: Forum) -> Actor:
    """Who holds this browser, in this forum. Two index reads at most, no session."""
    return identify_all([cookies], forum)[0]


def identify_all(browsers: list[dict[str, str]], forum: Forum) -> list[Actor]:
    """Who holds each of these browsers, in their order; as few reads for a thousand as for one."""
    name = participant_cookie(forum)
    devices = _devices(token for cookies in browsers for token in (cookies.get(name), cookies.get(FACILITATOR_COOKIE)))
    chairs = {device.facilitator_id for device in devices.values() if device.facilitator_id}
    running = set(forum.facilitators.filter(pk__in=chairs).values_list("pk", flat=True)) if chairs else set()

    def actor(cookies: dict[str, str]) -> Actor:
        device = devices.get(cookies.get(name, ""))
        participant = device.participant if device else None
        if participant is None or participant.forum_id != forum.pk or participant.removed_at:
            device = participant = None
        chair = devices.get(cookies.get(FACILITATOR_COOKIE, ""))
        facilitator = chair.facilitator if chair and chair.facilitator_id in running else None
        return Actor(participant, facilitator, device, chair if facilitator else None)

    return [actor(cookies) for cookies in browsers]


def facilitator_of(cookies: dict[str, str]) -> Facilitator | None:
    token = cookies.get(FACILITATOR_COOKIE, "")
    device = _devices([token]).get(token)
    return device.facilitator if device else None


AT_ONCE = 500
"""Keys looked up by one query: databases take only so many values."""


def _devices(tokens: Iterable[str | None]) -> dict[str, Device]:
    """The devices that hold these keys, by key."""
    wanted = {fingerprint(token): token for token in tokens if token}
    found: dict[str, Device] = {}
    prints = list(wanted)
    for begin in range(0, len(prints), AT_ONCE):
        rows = Device.objects.select_related("participant", "facilitator")
        for device in rows.filter(token_fingerprint__in=prints[begin : begin + AT_ONCE]):
            found[wanted[device.token_fingerprint]] = device
    return found


def give_key(request: HttpRequest, response: HttpResponse, holder: Participant | Facilitator) -> HttpResponse:
    """Put a new key for this person on the browser that asked. What a facilitator's runs on is remembered."""
    if isinstance(holder, Participant):
        name, token = participant_cookie(holder.forum), Device.issue(holder)
    else:
        kind = phones.kind_of(request.headers.get("User-Agent", ""))
        name, token = FACILITATOR_COOKIE, Device.issue(holder, kind)
    response.set_cookie(
        name,
        token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.BEHIND_HTTPS,
    )
    return response


def find_forum(request: HttpRequest, code: str) -> Forum | None:
    """The forum of this join code, if there is one. Raises TooManyWrongCodes, right as the code may be, to a guesser.

    Who holds a key of that forum is always let through.
    """
    code, sender = code.upper(), guessing.sender_of(request)
    if not guessing.may_look_up(code, sender) and not _holds_key(request.COOKIES, code):
        guessing.join_codes.note(sender, was_refused=True)
        raise guessing.TooManyWrongCodes
    # Every request begins here: written out, this look-up costs a quarter of what the ORM needs to write it.
    forum = next(iter(Forum.objects.raw("SELECT * FROM forum_forum WHERE code = %s", [code])), None)
    if forum is None:
        guessing.join_codes.note(sender)
    return forum


def _holds_key(cookies: dict[str, str], code: str) -> bool:
    """Whether this browser holds a key of the forum with this code. Reads keys, never codes."""
    tokens = [token for name, token in cookies.items() if name.startswith((PARTICIPANT_COOKIE, FACILITATOR_COOKIE))]
    devices = _devices(tokens).values()
    chairs = [device.facilitator_id for device in devices if device.facilitator_id]
    forums = [device.participant.forum_id for device in devices if device.participant]
    mine = Forum.objects.filter(Q(pk__in=forums) | Q(facilitators__in=chairs))
    return code in mine.values_list("code", flat=True)


class SlowDown:
    """Middleware: while somebody guesses codes, guessing gets 429 instead of an answer."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, guessing.TooManyWrongCodes):
            return None
        response = render(request, "forum/problem.html", {"slow_down": True}, status=429)
        response.headers["Retry-After"] = str(guessing.MINUTE)
        return response


@overload
def door(view: View) -> View: ...
@overload
def door(*, explains: bool) -> Callable[[View], View]: ...
def door(view: View | None = None, *, explains: bool = False) -> View | Callable[[View], View]:
    """Let a request in: find the forum, the actor and the topic, apply the rule of this address.

    With `explains`, the view itself shows `request.refusal` inside its form, so that nothing typed is lost.
    Every POST through a door counts once per key that its page made.
    """

    def open_to(view: View) -> View:
        @wraps(view)
        def through(http: HttpRequest, code: str, **kwargs: Any) -> HttpResponseBase:
            request = cast("ForumRequest", http)
            _identify(request, code)
            _speak(request)
            name = cast("str", request.resolver_match and request.resolver_match.url_name)
            rule = rules.RULES[name]
            only_facilitators = set(rule.phases) == {rules.Role.FACILITATOR}
            if request.actor.is_stranger and rules.Role.STRANGER not in rule.phases:
                if only_facilitators and request.method != "GET":
                    raise Http404
                return _turn_away(request, view if explains else None, kwargs)
            if "number" in kwargs:
                kwargs["topic"] = _topic(request.forum, kwargs.pop("number"))
            request.refusal = _refusal(request, name, kwargs.get("topic"))
            if request.refusal and only_facilitators and not request.actor.facilitator:
                raise Http404
            if request.refusal and not explains:
                return refuse(request, request.refusal, topic=kwargs.get("topic"))
            if request.method != "POST":
                return view(request, **kwargs)
            try:
                return once(request, lambda: view(request, **kwargs))
            except NoLongerRuns:
                raise Http404 from None

        return through

    return open_to(view) if view else open_to


def _identify(request: ForumRequest, code: str) -> None:
    """Find the forum and who holds this browser in it; 404 if no forum has this code."""
    forum = find_forum(request, code)
    if forum is None:
        raise Http404(_("No forum has this code."))
    request.forum, request.actor = forum, identify(request.COOKIES, forum)
    if not request.actor.is_stranger:
        guessing.codes_in_use.note(guessing.sender_of(request), forum.code, request.actor)


def _topic(forum: Forum, number: int) -> Topic:
    topic = Topic.cards_of(forum).filter(number=number).first()
    if topic is None:
        raise Http404(_("No topic has this number."))
    topic.forum = forum
    if group := topic.placed_group:
        group.topic = topic  # one object each: what a verb moves is moved for all who hold it
    return topic


def _refusal(request: ForumRequest, name: str, topic: Topic | None) -> str | None:
    if topic and topic.withdrawn_at and name not in ("topic", "bring_back"):
        return _("This topic was withdrawn.")
    return rules.refusal(name, request.actor, request.forum.stage, topic)


def _speak(request: ForumRequest) -> None:
    """The language of the forum, unless this browser chose another."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(request.forum.language)
        request.LANGUAGE_CODE = translation.get_language()


def _turn_away(request: ForumRequest, view: View | None, kwargs: dict[str, Any]) -> HttpResponseBase:
    """A stranger with the right code: to the entrance; what they had typed stays in the form they sent.

    Who came for a topic or a place, by the QR code at its door, goes on there once they have joined.
    """
    if request.method == "GET":
        if FACILITATOR_COOKIE in request.COOKIES and facilitator_of(request.COOKIES) is None:
            return no_facilitator(request)
        entrance = reverse("board", args=[request.forum.code])
        at_door = request.resolver_match and request.resolver_match.url_name in ("topic", "place_page")
        return redirect(f"{entrance}?{urlencode({'next': request.get_full_path()})}" if at_door else entrance)
    reason = _("This browser has not joined the forum, or has left it. Join it, then send again: nothing is lost.")
    if view and "number" not in kwargs:
        request.refusal = reason
        return view(request, **kwargs)
    return refuse(request, reason)


def no_facilitator(request: HttpRequest) -> HttpResponse:
    """This browser holds no facilitator's key, or no longer."""
    return render(request, "forum/facilitators/stranger.html", status=403)


def refuse(request: ForumRequest, reason: str, status: int = 403, topic: Topic | None = None) -> HttpResponse:
    """Say no, in words. `topic`: where one may join, or see what is possible."""
    if request.htmx:
        return trigger_client_event(HttpResponse(status=status), "say", {"text": reason})
    context = {"reason": reason, "forum": request.forum, "actor": request.actor, "topic": topic}
    return render(request, "forum/refused.html", context, status=status)


def done(request: ForumRequest, to: str, message: str = "") -> HttpResponse:
    """The answer to a POST that worked: go on there, or, for a button on a live page, just say so."""
    if request.htmx:
        response = HttpResponse(status=204)
        return trigger_client_event(response, "say", {"text": message}) if message else response
    if message:
        messages.success(request, message)
    return HttpResponseRedirect(next_page(request, to))


def lead(request: ForumRequest, to: str) -> HttpResponse:
    """Answer a POST, of a live page too, by another page, where it is decided."""
    return HttpResponseClientRedirect(to) if request.htmx else HttpResponseRedirect(to)


def next_page(request: ForumRequest, otherwise: str) -> str:
    """Where the form, or the address, asked to go next, if that is on this site."""
    asked = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = (
        asked.startswith("/")
        and len(asked) <= LONGEST_ADDRESS
        and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    )
    return asked if is_ours else otherwise


Answer = TypeVar("Answer", bound=HttpResponseBase)


def acknowledge(request: HttpRequest, answer: Answer) -> Answer:
    """Tell the browser which form is kept, by its key: its draft there is forgotten (static/js/drafts.js)."""
    key = request.POST.get("key", "")
    if KEY.fullmatch(key):
        answer.set_cookie(KEPT_COOKIE, key, max_age=DAY, samesite="Lax", secure=settings.BEHIND_HTTPS)
    return answer


def once(request: ForumRequest, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Run a POST view at most once per key; the same form sent again gets the first answer's address.

    The key is kept in the transaction of the change: both are there, or neither. A form that was refused
    (400 and above) leaves nothing, so it can be corrected and sent again.
    """
    key = request.POST.get("key", "").replace("\0", "")[:64]
    if not key:
        return view()
    sender = request.actor.device.token_fingerprint if request.actor.device else ""
    submission = {"key": key, "sender": sender, "path": request.path[:LONGEST_ADDRESS]}
    try:
        with transaction.atomic():
            row = Submission.objects.create(**submission)
            response = view()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                row.location = response.headers.get("Location", "")
                row.participant = getattr(response, "newcomer", None)
                row.save(update_fields=["location", "participant"])
                acknowledge(request, response)
            return response
    except IntegrityError:
        row_before = Submission.objects.select_related("participant__forum").filter(**submission).first()
        if row_before is None:
            raise
    if not row_before.location:
        return acknowledge(request, HttpResponse(status=204))
    answer = acknowledge(request, HttpResponseRedirect(row_before.location))
    newcomer = row_before.participant
    if newcomer is None or not newcomer.devices.filter(created_at__range=row_before.moment).exists():
        return answer  # the phone that joined was disconnected since
    return give_key(request, answer, newcomer)
