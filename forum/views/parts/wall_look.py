"""The look of the wall in one browser: dark, or light for a projector in a bright room."""

from forum.auth.request import ForumRequest
from forum.web.cookies import DAY

LOOKS = ("dark", "light")
"""The first one is the default."""
LOOK_COOKIE = "wall_look"
LOOK_SECONDS = 400 * DAY
"""The longest that browsers keep a cookie."""


def wall_look(request: ForumRequest) -> str:
    """Return the look that the URL asks for, else the one that this browser keeps."""
    look = request.GET.get("look") or request.COOKIES.get(LOOK_COOKIE, "")
    return look if look in LOOKS else LOOKS[0]
