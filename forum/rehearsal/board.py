"""The board on a page: a layout, lists of fragments in it, and fragments at fixed places."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lxml import html
from lxml.html import HtmlElement

from forum.live.board_contents import FIXED_FRAGMENTS


class ShownFragment(NamedTuple):
    """One element of the board, with an id of its own."""

    id: str
    list: str
    """Name of the list that holds it; empty for a fragment at a fixed place."""
    order: str
    """Fragments of a list stand in ascending order of this text."""
    html: str
    """Empty when the fragment is to be removed."""


class Content(NamedTuple):
    """Parsed HTML of a board, or of a change to it."""

    fragments: tuple[ShownFragment, ...]
    lists: tuple[str, ...]
    layout: str
    """HTML without the fragments, with white space collapsed."""


@lru_cache(maxsize=256)
def parse(text: str) -> Content:
    """Parse the HTML of a message, once for all pages that receive it."""
    return take_apart(html.fragment_fromstring(text, create_parent="div"))


def take_apart(root: HtmlElement) -> Content:
    """Take the fragments out of the element around them."""
    fragments = []
    for element in [element for element in root.iterdescendants() if _is_fragment(element)]:
        fragments.append(_fragment(element))
        element.drop_tree()
    names = [element.get("id", "") for element in root.iterdescendants()]
    lists = tuple(name.removeprefix("list-") for name in names if name.startswith("list-"))
    layout = "".join([root.text or "", *(html.tostring(child, encoding="unicode") for child in root)])
    return Content(tuple(fragments), lists, " ".join(layout.split()))


def _is_fragment(element: HtmlElement) -> bool:
    name = element.get("id", "")  # the countdowns inside fragments have `data-in`, too
    return bool(name) and ("data-in" in element.attrib or "data-gone" in element.attrib or name in FIXED_FRAGMENTS)


def _fragment(element: HtmlElement) -> ShownFragment:
    source = "" if "data-gone" in element.attrib else _source(element)
    return ShownFragment(element.get("id", ""), element.get("data-in", ""), element.get("data-order", ""), source)


def _source(element: HtmlElement) -> str:
    return str(html.tostring(element, encoding="unicode", with_tail=False))


@dataclass
class ShownBoard:
    """The board on one page. Two boards are equal when they show the same."""

    layout: str = ""
    lists: dict[str, list[str]] = field(default_factory=dict)
    """Ids of the fragments of each list, in order."""
    fragments: dict[str, ShownFragment] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "ShownBoard":
        """Parse the HTML of a whole board."""
        board = cls()
        board.replace(parse(text))
        return board

    def replace(self, content: Content) -> None:
        """Show another board, with its fragments in their order."""
        self.layout = content.layout
        self.lists = {name: [] for name in content.lists}
        self.fragments = {fragment.id: fragment for fragment in content.fragments}
        for fragment in content.fragments:
            if fragment.list:
                self.lists[fragment.list].append(fragment.id)

    def place(self, fragment: ShownFragment) -> None:
        """Put a fragment into its list or place, and remove the old one, as `place` of js/live/fragments.js does."""
        shown = self.fragments.pop(fragment.id, None)
        if shown and shown.list:
            self.lists[shown.list].remove(fragment.id)
        if not fragment.html or (fragment.list not in self.lists if fragment.list else shown is None):
            return
        self.fragments[fragment.id] = fragment
        if fragment.list:
            ids = self.lists[fragment.list]
            later = (n for n, other in enumerate(ids) if self.fragments[other].order > fragment.order)
            ids.insert(next(later, len(ids)), fragment.id)
