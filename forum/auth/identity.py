"""Identify the actor of a request by the device tokens in its cookies."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from forum.auth.throttling import sender_of, wrong_codes
from forum.models import Actor, Device, Facilitation, Facilitator, Forum, Participant, TeamRole
from forum.models.tokens import fingerprint
from forum.web.cookies import HOST_PREFIX, delete_cookie, set_cookie
from forum.web.user_agent import device_kind

FACILITATOR_COOKIE = f"{HOST_PREFIX}forum_facilitator"
PARTICIPANT_COOKIE = f"{HOST_PREFIX}forum_key"
TOKENS_PER_QUERY = 500
"""Databases take only so many values."""


def participant_cookie(forum: Forum) -> str:
    """Return the name of the cookie with a participant's token: one per forum."""
    return f"{PARTICIPANT_COOKIE}_{forum.pk}"


def identify(cookies: dict[str, str], forum: Forum) -> Actor:
    """Return the actor of a browser in a forum. Costs two index reads at most."""
    return identify_all([cookies], forum)[0]


def identify_all(browsers: list[dict[str, str]], forum: Forum) -> list[Actor]:
    """Return the actor of each browser, in order. Takes as few queries for a thousand as for one."""
    name = participant_cookie(forum)
    devices = _devices(token for cookies in browsers for token in (cookies.get(name), cookies.get(FACILITATOR_COOKIE)))
    facilitators = {device.facilitator_id for device in devices.values() if device.facilitator_id}
    roles = _roles(forum, facilitators) if facilitators else {}

    def actor(cookies: dict[str, str]) -> Actor:
        device = devices.get(cookies.get(name, ""))
        participant = device.participant if device else None
        if participant is None or participant.forum_id != forum.pk or participant.removed_at:
            device = participant = None
        facilitator_device = devices.get(cookies.get(FACILITATOR_COOKIE, ""))
        if facilitator_device is None or facilitator_device.facilitator_id not in roles:
            return Actor(participant, None, device, None)
        role = roles[facilitator_device.facilitator_id]
        return Actor(participant, facilitator_device.facilitator, device, facilitator_device, role)

    return [actor(cookies) for cookies in browsers]


def _roles(forum: Forum, facilitators: Iterable[int]) -> dict[int, TeamRole]:
    """Return the role of those who run the forum, by primary key."""
    rows = Facilitation.objects.filter(forum=forum, facilitator__in=facilitators)
    return {pk: TeamRole(role) for pk, role in rows.order_by().values_list("facilitator", "role")}


def facilitator_of(cookies: dict[str, str]) -> Facilitator | None:
    """Return the facilitator whose token these cookies hold, whatever forums they run."""
    token = cookies.get(FACILITATOR_COOKIE, "")
    device = _devices([token]).get(token)
    return device.facilitator if device else None


def _devices(tokens: Iterable[str | None]) -> dict[str, Device]:
    """Return the devices with these tokens, by token."""
    tokens_by_fingerprint = {fingerprint(token): token for token in tokens if token}
    fingerprints = list(tokens_by_fingerprint)
    devices: dict[str, Device] = {}
    for start in range(0, len(fingerprints), TOKENS_PER_QUERY):
        rows = Device.objects.unexpired().select_related("participant", "facilitator")
        for device in rows.filter(token_fingerprint__in=fingerprints[start : start + TOKENS_PER_QUERY]):
            devices[tokens_by_fingerprint[device.token_fingerprint]] = device
    return devices


def give_token(
    request: HttpRequest, response: HttpResponse, holder: Participant | Facilitator, *, by_account: bool = False
) -> HttpResponse:
    """Set a cookie with a new token for this person. A facilitator's device is kept with its kind."""
    if isinstance(holder, Participant):
        name, token = participant_cookie(holder.forum), Device.issue(holder)
    else:
        kind = device_kind(request.headers.get("User-Agent", ""))
        # The cookie of a device that expires outlives it: its browser is then asked to sign in, not to join.
        name, token = FACILITATOR_COOKIE, Device.issue(holder, kind, by_account=by_account)
    set_cookie(response, name, token, _seconds(Device.lifetime_of(holder)))
    return response


def forget_token(response: HttpResponse, cookie: str) -> HttpResponse:
    """Delete the cookie with a token, and what the browser has cached while it held it (browsers do over https)."""
    delete_cookie(response, cookie)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def renew_tokens(request: HttpRequest, response: HttpResponseBase, actor: Actor) -> None:
    """Let the devices that sent a form stay in for their whole lifetime again."""
    for device in filter(None, (actor.device, actor.facilitator_device)):
        name = participant_cookie(device.participant.forum) if device.participant else FACILITATOR_COOKIE
        if device.renew():
            set_cookie(response, name, request.COOKIES[name], _seconds(device.lifetime))


def _seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())


def find_forum(request: HttpRequest, code: str) -> Forum | None:
    """Return the forum with this join code, or None.

    Raises TooManyWrongCodes while the sender guesses codes, even for a right one, unless the browser holds a token
    of that forum.
    """
    code, sender = code.upper(), sender_of(request)
    if not wrong_codes.may_look_up(code, sender) and not _holds_token(request.COOKIES, code):
        wrong_codes.join_codes.note(sender, was_refused=True)
        raise wrong_codes.TooManyWrongCodes
    # Every request begins here: as raw SQL this costs a quarter of what the ORM takes to write it.
    forum = next(iter(Forum.objects.raw("SELECT * FROM forum_forum WHERE code = %s", [code])), None)
    if forum is None:
        wrong_codes.join_codes.note(sender)
    return forum


def _holds_token(cookies: dict[str, str], code: str) -> bool:
    """Say whether this browser holds a token of the forum with this code. Looks up tokens, never the code."""
    tokens = [token for name, token in cookies.items() if name.startswith((PARTICIPANT_COOKIE, FACILITATOR_COOKIE))]
    devices = _devices(tokens).values()
    facilitators = [device.facilitator_id for device in devices if device.facilitator_id]
    forums = [device.participant.forum_id for device in devices if device.participant]
    own_forums = Forum.objects.filter(Q(pk__in=forums) | Q(facilitators__in=facilitators))
    return code in own_forums.values_list("code", flat=True)
