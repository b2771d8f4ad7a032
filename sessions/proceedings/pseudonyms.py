"""How someone is spoken of in texts that other people typed, so that their own choice also holds there."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from django.utils.translation import gettext as _

from forum.models import Participant
from forum.text.names import LIGATURES

_STRICTEST_FIRST = ("hidden", "initials", "first", "full")
_STROKES = str.maketrans("łøđħı", "lodhi")
"""Letters that Unicode does not take apart into a letter and its mark."""
_MARKS = "".join(c for c in map(chr, range(0xAD, 0x10000)) if unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf"))
"""What may stand within a word and is neither a letter nor a digit: accents of their own, soft hyphens."""
_DROPPED = re.compile(f"[{''.join(c for c in _MARKS if unicodedata.combining(c) or unicodedata.category(c) == 'Cf')}]+")
_JOINERS = r"\-\u2010-\u2015'’‘ʼ"
_UNIT = re.compile(rf"[^\W_ʼ]+(?:[{_MARKS}]+[^\W_ʼ]*)*|[^\s{_JOINERS}]")
"""A word, or a sign that is not mere glue."""
_GLUE = re.compile(rf"\s*|[^\S\n]*[{_JOINERS}]+[^\S\n]*")
"""What may stand between the words of one name."""
_GLUE_TURNED = re.compile(rf"[^\S\n]*(?:[{_JOINERS}][^\S\n]*)?")
"""The same where the last name comes first: “Dupont”, then a line that begins with “Jean”, are two people."""
_PARTICLES = {"d", "da", "de", "del", "della", "den", "der", "des", "di", "du", "el", "la", "le", "van", "von", "zu"}
"""Words of last names that begin without a capital."""
_ELIDED = re.compile(r"['’ʼ]\w")
"""What makes of a single letter a word before another one: “Anne d’Arras” is no “Anne D”."""
_ITEM_BEGINS = re.compile(r"(?<=^)|(?<=[,;/&] )|(?<=[,;/&])", re.MULTILINE)
_ITEM_ENDS = re.compile(r"\s*(?:[,;/&(]|$)", re.MULTILINE)
_TURNED_BEGINS = re.compile(r"(?<=^)|(?<=[;/&] )|(?<=[;/&])", re.MULTILINE)
_TURNED_ENDS = re.compile(r"\s*(?:[;/&(]|$)", re.MULTILINE)
"""Of an item that has a comma within: what stands between two of them is something else."""

Key = tuple[str, ...]
"""Words and signs, as `_fold` leaves them."""


@lru_cache(maxsize=1 << 16)
def _fold(unit: str) -> str:
    """A word without case nor accents; a sign as it is."""
    return _plain(unit) or unit


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _DROPPED.sub("", unicodedata.normalize("NFKD", text.casefold()).translate(LIGATURES).translate(_STROKES))


def _units(text: str) -> Key:
    return tuple(_fold(unit) for unit in _UNIT.findall(text))


def _turned(name: str) -> Iterator[Key]:
    """The other ways to write a name than “Jean Le Goff”: “Le Goff Jean”, “Le Goff, Jean”.

    Nobody turns “Anne D” round, and “d’Anne” is something else.
    """
    words = [_units(word) for word in name.replace(",", " ").split()]
    for at in range(1, len(words)):
        last, first = sum(words[at:], ()), sum(words[:at], ())
        if len("".join(last)) > 1:
            yield last + first
            yield (*last, ",", *first)


class Discretion:
    """Rewrites the full names of those who did not agree to be named in full.

    Case and accents do not matter. Names of two words and more are found anywhere; a single word, which may be an
    ordinary one (Rose, Marin), and a last name with a comma before the first, only where they are a whole item of a
    list of names. The last name may come first, if both have capitals: “la rivière claire” is nobody. Of two people
    with the same name the stricter choice holds, and someone who was removed counts only when nobody present bears
    that name.
    """

    def __init__(self, people: Iterable[Participant]) -> None:
        bearers: defaultdict[Key, list[Participant]] = defaultdict(list)
        written: set[Key] = set()
        for person in people:
            written.add(_units(person.name))
            for key in {_units(person.name), *_turned(person.name)}:
                bearers[key].append(person)
        self._spoken = {key: told for key, all_of_them in bearers.items() if key and (told := _told(all_of_them))}
        self._turned = self._spoken.keys() - written
        self._alone = {key for key in self._spoken if all(_is_single(person.name) for person in bearers[key])}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for key in self._spoken:
            lengths[key[0]].add(len(key))
        self._lengths = {unit: sorted(found, reverse=True) for unit, found in lengths.items()}
        """Of the names that begin with a word, the longest first."""

    def tell(self, text: str) -> str:
        found = list(_UNIT.finditer(text)) if self._spoken else []
        units = tuple(_fold(unit[0]) for unit in found)
        told: list[str] = []
        kept = at = 0
        while at < len(units):
            for length in self._lengths.get(units[at], ()):
                key, name = units[at : at + length], found[at : at + length]
                if key in self._spoken and self._is_written(key, name):
                    told += [text[kept : name[0].start()], self._spoken[key]]
                    kept = name[-1].end()
                    at += length - 1
                    break
            at += 1
        return "".join((*told, text[kept:]))

    def _is_written(self, key: Key, name: list[re.Match[str]]) -> bool:
        """Whether these units of a text, which fold to this key, are the name: in one piece, and alone if need be."""
        text, begins, ends = name[0].string, name[0].start(), name[-1].end()
        glue = _GLUE
        if key in self._turned:
            glue = _GLUE_TURNED
            if any(unit[0][0].islower() and unit[0] not in _PARTICLES for unit in name):
                return False
            if "," in key and not (_TURNED_BEGINS.match(text, begins) and _TURNED_ENDS.match(text, ends)):
                return False
        elif key in self._alone and not (_ITEM_BEGINS.match(text, begins) and _ITEM_ENDS.match(text, ends)):
            return False
        if len(key[-1]) == 1 and _ELIDED.match(text, ends):
            return False
        return all(glue.fullmatch(text, one.end(), next_.start()) for one, next_ in pairwise(name))


def _is_single(name: str) -> bool:
    """Whether a name is one word, and perhaps signs."""
    return sum(any(map(str.isalnum, word)) for word in name.split()) < 2


def _told(bearers: list[Participant]) -> str:
    """How to speak of those who bear a name; empty: as it is written."""
    present = [person for person in bearers if person.removed_at is None]
    if not present:
        return _("a participant")
    strictest = min(present, key=lambda person: _STRICTEST_FIRST.index(person.appearance))
    return "" if strictest.public_name == strictest.name else strictest.public_name or _("a participant")


def folded(texts: Iterable[str]) -> str:
    """Many texts as `mentions` looks through them."""
    return _plain("\n".join(texts))


def mentions(texts: str, name: str) -> bool:
    """Whether folded texts hold a name, whichever part comes first; rather once too often than once too little."""
    units = [re.escape(unit) for unit in _units(name)]
    orders = (r"[\W_]{0,5}".join((*units[at:], *units[:at])) for at in range(len(units)))
    return any(re.search(rf"(?<![^\W_]){order}(?![^\W_])", texts) for order in orders)
