"""How someone is spoken of in texts that other people typed, so that their own choice also holds there."""

import re
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from forum.models import Participant

_STRICTEST_FIRST = ("hidden", "initials", "first", "full")


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


class Discretion:
    """Rewrites the full names of those who did not agree to be named in full.

    Names of two words and more are found anywhere; a single word, which may be an ordinary one (Rose, Marin),
    only where it is a whole item of a list of names. Of two people with the same name the stricter choice holds,
    and someone who was removed counts only when nobody present bears that name.
    """

    def __init__(self, people: Iterable[Participant]) -> None:
        bearers: defaultdict[str, list[Participant]] = defaultdict(list)
        for person in people:
            bearers[_key(person.name)].append(person)
        self._spoken: dict[str, str] = {}
        for key, all_of_them in bearers.items():
            present = [person for person in all_of_them if person.removed_at is None]
            if not key:
                continue
            if not present:
                self._spoken[key] = _("a participant")
                continue
            strictest = min(present, key=lambda person: _STRICTEST_FIRST.index(person.appearance))
            if strictest.public_name != strictest.name:
                self._spoken[key] = strictest.public_name or _("a participant")
        full = sorted((key for key in self._spoken if " " in key), key=len, reverse=True)
        single = sorted(key for key in self._spoken if " " not in key)
        self._anywhere = self._pattern(r"(?<!\w)(?:{})(?!\w)", full)
        self._alone = self._pattern(r"(?:(?<=^)|(?<=[,;/&] )|(?<=[,;/&]))(?:{})(?=\s*(?:[,;/&(]|$))", single)

    @staticmethod
    def _pattern(shape: str, keys: list[str]) -> re.Pattern[str] | None:
        if not keys:
            return None
        names = "|".join(r"\s+".join(map(re.escape, key.split(" "))) for key in keys)
        return re.compile(shape.format(names), re.IGNORECASE | re.MULTILINE)

    def tell(self, text: str) -> str:
        for pattern in filter(None, (self._anywhere, self._alone)):
            text = pattern.sub(lambda found: self._spoken.get(_key(found[0]), _("a participant")), text)
        return text
