"""The board of one audience: a layout that holds lists, which hold fragments."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from forum.fragment_keys import Key, RowKey
from forum.live.fragments import FIXED, ONLY_FOR, PARTS, WITH_TOPICS, WITHOUT_INTERESTS, Part, _facts
from forum.models import Forum
from forum.server import addresses

AUDIENCES = ("phone", "wall", "desk")


@dataclass(frozen=True)
class Fragment:
    id: str
    html: SafeString
    list: str = ""
    """The list that shows it; empty for a fragment at a fixed place of the layout."""
    order: str = ""
    is_gone: bool = False


@dataclass
class Board:
    """One audience's view of one forum, in the active language. Each fragment is read and rendered at most once."""

    forum: Forum
    audience: str
    context: dict[str, Any] = field(default_factory=dict)
    _rendered: dict[str, Fragment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.context = {
            "forum": self.forum,
            "phase": self.forum.stage,
            "audience": self.audience,
            "hides_totals": self.forum.hides_totals_now and self.audience != "desk",
            "address": addresses.join_address,
        }

    @property
    def fixed(self) -> list[str]:
        """The fragments at fixed places that this audience sees."""
        return [name for name in FIXED if self.audience in ONLY_FOR.get(name, AUDIENCES)]

    def html(self) -> SafeString:
        """The whole board: the layout with every list filled."""
        lists: defaultdict[str, list[Fragment]] = defaultdict(list)
        for fragment in self.all_fragments():
            lists[fragment.list or fragment.id].append(fragment)
        filled = {
            name: mark_safe("".join(f.html for f in sorted(fragments, key=lambda f: f.order)))  # noqa: S308 our own templates
            for name, fragments in lists.items()
        }
        return self.layout(filled, filled)

    def layout(self, lists: Mapping[str, Any], fixed: Mapping[str, Any]) -> SafeString:
        """What holds the lists and the fragments at fixed places. It only changes when everything does."""
        context = {
            **self.context,
            **{name: fixed[name] for name in self.fixed},
            "lists": lists,
            "slots": list(self.forum.slots.all()),
            "places": list(self.forum.places.all()),
        }
        return _render("layout", self.audience, context)

    def all_fragments(self) -> list[Fragment]:
        return [self._fixed(name) for name in self.fixed] + [row for part in PARTS for row in self._rows(part, None)]

    def fragments(self, keys: Set[str]) -> list[Fragment]:
        """The fragments named by these keys, gone ones included, in a stable order."""
        follow = WITH_TOPICS if RowKey.TOPIC.pks(keys) else frozenset()
        if Key.STATUS not in keys or (self.audience != "desk" and not self.forum.pitches.exists()):
            follow = follow - WITHOUT_INTERESTS  # nobody ever queued to present a topic: only the desk shows the others
        found = [self._fixed(name) for name in self.fixed if name in keys or name in follow]
        for part in PARTS:
            ids = sorted(part.key.pks(keys))
            if not ids or self.forum.stage not in part.shown.get(self.audience, frozenset()):
                continue
            found += self._named(part, ids)
        return found

    def _named(self, part: Part, ids: list[int]) -> list[Fragment]:
        """The fragments of these rows, gone ones included."""
        names = [part.key.of(pk) for pk in ids]
        if missing := [i for i, name in zip(ids, names, strict=True) if name not in self._rendered]:
            self._rows(part, missing)
        return [self._rendered.setdefault(name, _gone(name)) for name in names]

    def fragment(self, name: str) -> SafeString:
        """One of the fragments at fixed places, for a page that shows nothing else of the board."""
        return self._fixed(name).html

    def _rows(self, part: Part, ids: list[int] | None) -> list[Fragment]:
        if self.forum.stage not in part.shown.get(self.audience, frozenset()):
            return []
        fragments = []
        for row in part.rows(self.forum, ids):
            row.forum = self.forum
            where, order = part.where(row, self.audience, self.forum)
            name = part.key.of(row.pk)
            if name not in self._rendered or self._rendered[name].is_gone:
                context = {**self.context, part.key.value: row, "id": name, "list": where, "order": order}
                html = _render(part.key, self.audience, context)
                self._rendered[name] = Fragment(name, html, where, order)
            fragments.append(self._rendered[name])
        return fragments

    def _fixed(self, name: str) -> Fragment:
        if name not in self._rendered:
            html = _render(name, self.audience, {**self.context, **_facts(self.forum, name)})
            self._rendered[name] = Fragment(name, html)
        return self._rendered[name]


def _gone(name: str) -> Fragment:
    return Fragment(name, format_html('<i id="{}" data-gone></i>', name), is_gone=True)


def _render(name: str, audience: str, context: dict[str, Any]) -> SafeString:
    html: SafeString = _template(f"forum/board/{audience}.html#{name}").render(context)
    return html


@lru_cache
def _template(name: str) -> Any:
    return get_template(name)
