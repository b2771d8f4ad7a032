"""Identify the actor of a request by the keys in its cookies."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from forum.auth import throttling
from forum.models import Actor, Device, Facilitator, Forum, Participant
from forum.models.tokens import fingerprint
from forum.web.user_agent import device_kind

FACILITATOR_COOKIE = "forum_facilitator"
PARTICIPANT_COOKIE = "forum_key"
DAY = 24 * 3600
COOKIE_SECONDS = 400 * DAY


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
        kind = device_kind(request.headers.get("User-Agent", ""))
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
    code, sender = code.upper(), throttling.sender_of(request)
    if not throttling.may_look_up(code, sender) and not _holds_key(request.COOKIES, code):
        throttling.join_codes.note(sender, was_refused=True)
        raise throttling.TooManyWrongCodes
    # Every request begins here: written out, this look-up costs a quarter of what the ORM needs to write it.
    forum = next(iter(Forum.objects.raw("SELECT * FROM forum_forum WHERE code = %s", [code])), None)
    if forum is None:
        throttling.join_codes.note(sender)
    return forum


def _holds_key(cookies: dict[str, str], code: str) -> bool:
    """Whether this browser holds a key of the forum with this code. Reads keys, never codes."""
    tokens = [token for name, token in cookies.items() if name.startswith((PARTICIPANT_COOKIE, FACILITATOR_COOKIE))]
    devices = _devices(tokens).values()
    chairs = [device.facilitator_id for device in devices if device.facilitator_id]
    forums = [device.participant.forum_id for device in devices if device.participant]
    mine = Forum.objects.filter(Q(pk__in=forums) | Q(facilitators__in=chairs))
    return code in mine.values_list("code", flat=True)
