"""Name the kind of device from its User-Agent header."""

KINDS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip
"""What a browser says it runs on, the first that fits, and how people call it."""


def device_kind(browser: str) -> str:
    return next((name for sign, name in KINDS if sign in browser), "")
