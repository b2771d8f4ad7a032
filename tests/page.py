"""A page that shows a board, as js/live keeps it: the same rules, on a tree of lxml."""

from typing import Any

from lxml import html
from lxml.html import HtmlElement

from forum.live.catch_up import Delta


class Page:
    def __init__(self, board: str, since: int) -> None:
        self.since = since
        self.tree: HtmlElement = html.fragment_fromstring(board, create_parent="div")

    def apply(self, change: Delta) -> None:
        if change.to <= self.since and not change.whole:
            return
        if change.whole:
            self.tree = html.fragment_fromstring(change.html, create_parent="div")
        else:
            assert change.since <= self.since
            for fragment in html.fragments_fromstring(change.html):
                self._place(fragment)
        self.since = change.to

    def _place(self, fragment: Any) -> None:
        shown = self._by_id(fragment.get("id"))
        wanted = fragment.get("data-in")
        home = self._by_id(f"list-{wanted}") if wanted else None
        if shown is not None and wanted is None and fragment.get("data-gone") is None:
            shown.getparent().replace(shown, fragment)
            return
        if shown is not None:
            shown.getparent().remove(shown)
        if home is None:
            return
        later = [card for card in home if card.get("data-order") > fragment.get("data-order")]
        home.insert(home.index(later[0]) if later else len(home), fragment)

    def _by_id(self, name: str) -> Any:
        found = self.tree.xpath("//*[@id=$name]", name=name)
        return found[0] if found else None

    @property
    def content(self) -> str:
        """The tree as text, whatever the white space between elements."""
        for element in self.tree.iter():
            element.tail = " ".join((element.tail or "").split())
            element.text = " ".join((element.text or "").split()) if isinstance(element.tag, str) else element.text
        return str(html.tostring(self.tree, encoding="unicode"))
