"""Name the kind of device from its User-Agent header."""

KINDS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip
"""Parts of the header, the first that matches, and what people call such a device."""


def device_kind(user_agent: str) -> str:
    return next((name for part, name in KINDS if part in user_agent), "")
