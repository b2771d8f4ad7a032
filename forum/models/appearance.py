"""How a participant agrees to be named in the report."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Appearance(TextChoices):
    FULL = "full", _("My full name")
    FIRST = "first", _("My first name only")
    INITIALS = "initials", _("My initials")
    HIDDEN = "hidden", _("Do not name me")

    def shorten(self, name: str) -> str:
        """Return a full name as its holder agreed to be named; empty when they did not agree."""
        words = name.split()
        match self:
            case Appearance.FULL:
                return name
            case Appearance.FIRST:
                return words[0] if words else ""
            case Appearance.INITIALS:
                return " ".join(f"{word[0].upper()}." for word in words)
            case Appearance.HIDDEN:
                return ""
