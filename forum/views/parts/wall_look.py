"""How this browser shows the wall: dark, or light for a bright room."""

from forum.auth.request import ForumRequest

LOOKS = ("dark", "light")
LOOK_COOKIE = "wall_look"


def look_of(request: ForumRequest) -> str:
    """How this browser shows the wall: dark, or light for a projector in a bright room."""
    asked = request.GET.get("look") or request.COOKIES.get(LOOK_COOKIE, "")
    return asked if asked in LOOKS else LOOKS[0]
