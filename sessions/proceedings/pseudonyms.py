"""Replace the names of people in texts that others typed by the names they agreed to."""

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
_STROKED_LETTERS = str.maketrans("łøđħı", "lodhi")
"""Letters that Unicode does not decompose into a letter and its mark."""
_MARKS = "".join(c for c in map(chr, range(0xAD, 0x10000)) if unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf"))
"""Characters within a word that are neither letters nor digits: combining accents, soft hyphens."""
_DROPPED = re.compile(f"[{''.join(c for c in _MARKS if unicodedata.combining(c) or unicodedata.category(c) == 'Cf')}]+")
_JOINERS = r"\-\u2010-\u2015'’‘ʼ"
_TOKEN = re.compile(rf"[^\W_ʼ]+(?:[{_MARKS}]+[^\W_ʼ]*)*|[^\s{_JOINERS}]")
"""A word, or a sign that is neither space nor joiner."""
_GAP = re.compile(rf"\s*|[^\S\n]*[{_JOINERS}]+[^\S\n]*")
"""What may stand between the words of one name."""
_GAP_LAST_NAME_FIRST = re.compile(rf"[^\S\n]*(?:[{_JOINERS}][^\S\n]*)?")
"""The same where the last name comes first: “Dupont”, then a line that begins with “Jean”, are two people."""
_PARTICLES = {"d", "da", "de", "del", "della", "den", "der", "des", "di", "du", "el", "la", "le", "van", "von", "zu"}
"""Words of last names that begin without a capital."""
_ELISION = re.compile(r"['’ʼ]\w")
"""After a single letter: “Anne d’Arras” is not “Anne D”."""
_ITEM_START = re.compile(r"(?<=^)|(?<=[,;/&] )|(?<=[,;/&])", re.MULTILINE)
_ITEM_END = re.compile(r"\s*(?:[,;/&(]|$)", re.MULTILINE)
_COMMA_ITEM_START = re.compile(r"(?<=^)|(?<=[;/&] )|(?<=[;/&])", re.MULTILINE)
_COMMA_ITEM_END = re.compile(r"\s*(?:[;/&(]|$)", re.MULTILINE)
"""Bounds of an item of a list that contains a comma itself, so that commas do not separate items."""

Key = tuple[str, ...]
"""The tokens of a name, folded."""


@lru_cache(maxsize=1 << 16)
def _fold_token(token: str) -> str:
    """Fold a word; keep a sign as it is."""
    return _fold(token) or token


def _fold(text: str) -> str:
    """Remove case and accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _DROPPED.sub("", decomposed.translate(LIGATURES).translate(_STROKED_LETTERS))


def _key(text: str) -> Key:
    return tuple(_fold_token(token) for token in _TOKEN.findall(text))


def _last_name_first(name: str) -> Iterator[Key]:
    """Yield the other ways to write “Jean Le Goff”: “Le Goff Jean”, “Le Goff, Jean”.

    A last name of one letter is not put first: “d’Anne” is not “Anne D”.
    """
    words = [_key(word) for word in name.replace(",", " ").split()]
    for split in range(1, len(words)):
        last, first = sum(words[split:], ()), sum(words[:split], ())
        if len("".join(last)) > 1:
            yield last + first
            yield (*last, ",", *first)


class Pseudonymiser:
    """Rewrites the full names of those who did not agree to be named in full.

    Case and accents do not matter. Names of two words and more are found anywhere; a single word, which may be an
    ordinary one (Rose, Marin), and a last name with a comma before the first, only where they are a whole item of a
    list of names. The last name may come first, if both have capitals: “la rivière claire” is not a name. Of two
    people with the same name the stricter choice holds, and someone who was removed counts only when nobody present
    bears that name.
    """

    def __init__(self, people: Iterable[Participant]) -> None:
        bearers: defaultdict[Key, list[Participant]] = defaultdict(list)
        first_name_first: set[Key] = set()
        for person in people:
            first_name_first.add(_key(person.name))
            for key in {_key(person.name), *_last_name_first(person.name)}:
                bearers[key].append(person)
        self._replacements = {
            key: replacement for key, namesakes in bearers.items() if key and (replacement := _replacement(namesakes))
        }
        self._inverted = self._replacements.keys() - first_name_first
        self._single_words = {
            key for key in self._replacements if all(_is_single_word(person.name) for person in bearers[key])
        }
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for key in self._replacements:
            lengths[key[0]].add(len(key))
        self._lengths = {token: sorted(of_token, reverse=True) for token, of_token in lengths.items()}
        """Number of tokens of the names that begin with a token, the longest first."""

    def rewrite(self, text: str) -> str:
        """Replace each name that was not agreed to."""
        matches = list(_TOKEN.finditer(text)) if self._replacements else []
        tokens = tuple(_fold_token(match[0]) for match in matches)
        pieces: list[str] = []
        end = index = 0
        while index < len(tokens):
            for length in self._lengths.get(tokens[index], ()):
                key, name = tokens[index : index + length], matches[index : index + length]
                if key in self._replacements and self._is_name(key, name):
                    pieces += [text[end : name[0].start()], self._replacements[key]]
                    end = name[-1].end()
                    index += length - 1
                    break
            index += 1
        return "".join((*pieces, text[end:]))

    def _is_name(self, key: Key, matches: list[re.Match[str]]) -> bool:
        """Say whether these tokens of a text, which fold to this key, are the name: in one piece, alone if need be."""
        text, start, end = matches[0].string, matches[0].start(), matches[-1].end()
        gap = _GAP
        if key in self._inverted:
            gap = _GAP_LAST_NAME_FIRST
            if any(match[0][0].islower() and match[0] not in _PARTICLES for match in matches):
                return False
            if "," in key and not (_COMMA_ITEM_START.match(text, start) and _COMMA_ITEM_END.match(text, end)):
                return False
        elif key in self._single_words and not (_ITEM_START.match(text, start) and _ITEM_END.match(text, end)):
            return False
        if len(key[-1]) == 1 and _ELISION.match(text, end):
            return False
        return all(gap.fullmatch(text, before.end(), after.start()) for before, after in pairwise(matches))


def _is_single_word(name: str) -> bool:
    """Say whether a name is one word, perhaps with signs."""
    return sum(any(map(str.isalnum, word)) for word in name.split()) < 2


def _replacement(namesakes: list[Participant]) -> str:
    """Return what to write instead of a name; empty when it may stay."""
    present = [person for person in namesakes if person.removed_at is None]
    if not present:
        return _("a participant")
    strictest = min(present, key=lambda person: _STRICTEST_FIRST.index(person.appearance))
    return "" if strictest.public_name == strictest.name else strictest.public_name or _("a participant")


def fold_texts(texts: Iterable[str]) -> str:
    """Fold many texts into one in which `mentions` finds names."""
    return _fold("\n".join(texts))


def mentions(folded_texts: str, name: str) -> bool:
    """Say whether folded texts contain a name in any order of its words. Prefers false positives to misses."""
    tokens = [re.escape(token) for token in _key(name)]
    orders = (r"[\W_]{0,5}".join((*tokens[split:], *tokens[:split])) for split in range(len(tokens)))
    return any(re.search(rf"(?<![^\W_]){order}(?![^\W_])", folded_texts) for order in orders)
