"""The board of one audience: a layout that holds lists, which hold fragments.

It is rendered from the forum as it is; `catch_up` says which fragments a page lacks. Each fragment is one element with
an id, `data-in` (its list) and `data-order` (its place there). A fragment that is no longer shown is an empty element
with `data-gone`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from forum.auth.rules import rights_of_role
from forum.fragment_keys import Key, RowKey
from forum.live.audience import Audience
from forum.live.board_contents import FIXED_FRAGMENTS, FRAGMENT_KINDS, WITH_TOPICS, WITHOUT_INTERESTS, FragmentKind
from forum.models import Forum
from forum.server import public_urls


@dataclass(frozen=True)
class Fragment:
    id: str
    html: SafeString
    list: str = ""
    """The list that shows it; empty for a fixed fragment."""
    order: str = ""
    is_gone: bool = False


@dataclass
class Board:
    """One audience's view of one forum, in the active language. Each fragment is read and rendered at most once."""

    forum: Forum
    audience: Audience
    context: dict[str, Any] = field(default_factory=dict)
    rendered: dict[str, Fragment] = field(default_factory=dict)
    """Fragments that are rendered already, by name."""
    _facts: dict[Key, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        role = self.audience.desk_role
        may = rights_of_role(role, self.forum.current_phase) if role else {}
        self.context = {
            "forum": self.forum,
            "phase": self.forum.current_phase,
            "audience": self.audience,
            "hides_totals": self.forum.hides_totals_now and not may.get("hidden_totals"),
            "may": may,
            "address": public_urls.join_address,
        }

    @property
    def fixed_keys(self) -> list[Key]:
        """The fixed fragments that this audience sees."""
        return [key for key, fixed in FIXED_FRAGMENTS.items() if self.audience in fixed.audiences]

    def html(self) -> SafeString:
        """Return the whole board: the layout with every list filled."""
        lists = {
            name: mark_safe(html)  # noqa: S308 our own templates
            for name, html in filled_lists(self.all_fragments()).items()
        }
        return self.layout(lists, lists)

    def layout(self, lists: Mapping[str, Any], fixed: Mapping[str, Any]) -> SafeString:
        """Return what holds the lists and the fixed fragments. It changes only when everything does."""
        context = {
            **self.context,
            **{key.value: fixed[key] for key in self.fixed_keys},
            "lists": lists,
            "slots": list(self.forum.slots.all()),
            "places": list(self.forum.places.all()),
        }
        return _render("layout", self.audience, context)

    def all_fragments(self) -> list[Fragment]:
        rows = [fragment for kind in FRAGMENT_KINDS for fragment in self._fragments_of(kind, None)]
        return [self._fixed(key) for key in self.fixed_keys] + rows

    def fragments(self, keys: Set[str]) -> list[Fragment]:
        """Return the fragments that these keys name, gone ones included, in a stable order."""
        also = WITH_TOPICS if RowKey.TOPIC.pks(keys) else frozenset()
        if Key.STATUS not in keys or (not self.audience.desk_role and not self.forum.pitches.exists()):
            also -= WITHOUT_INTERESTS  # without a queue of pitches, only the desk's stage shows topics
        fragments = [self._fixed(key) for key in self.fixed_keys if key in keys or key in also]
        for kind in FRAGMENT_KINDS:
            if (pks := sorted(kind.key.pks(keys))) and self._shows(kind):
                fragments += self._named_fragments(kind, pks)
        return fragments

    def facts(self, key: Key) -> Mapping[str, Any]:
        """Return the context of a fixed fragment, for a page that shows more of it than the fragment."""
        if key not in self._facts:
            self._facts[key] = FIXED_FRAGMENTS[key].facts(self.forum)
        return self._facts[key]

    def fragment(self, key: Key) -> SafeString:
        """Return one fixed fragment, for a page that shows nothing else of the board."""
        return self._fixed(key).html

    def _shows(self, kind: FragmentKind) -> bool:
        return self.forum.current_phase in kind.phases.get(self.audience, frozenset())

    def _named_fragments(self, kind: FragmentKind, pks: list[int]) -> list[Fragment]:
        """Return the fragments of these rows, gone ones included."""
        names = {kind.key.of(pk): pk for pk in pks}
        if unread := [pk for name, pk in names.items() if name not in self.rendered]:
            self._fragments_of(kind, unread)
        return [self.rendered.setdefault(name, _gone(name)) for name in names]

    def _fragments_of(self, kind: FragmentKind, pks: list[int] | None) -> list[Fragment]:
        """Return the fragments of the rows with these primary keys; None: of all rows."""
        return [self._row(kind, row) for row in kind.rows(self.forum, pks)] if self._shows(kind) else []

    def _row(self, kind: FragmentKind, row: Any) -> Fragment:
        name = kind.key.of(row.pk)
        rendered = self.rendered.get(name)
        if rendered is None or rendered.is_gone:
            row.forum = self.forum
            list_name, order = kind.position(row, self.audience, self.forum)
            context = {**self.context, kind.key.value: row, "id": name, "list": list_name, "order": order}
            rendered = Fragment(name, _render(kind.key, self.audience, context), list_name, order)
            self.rendered[name] = rendered
        return rendered

    def _fixed(self, key: Key) -> Fragment:
        if key not in self.rendered:
            context = {**self.context, **self.facts(key)}
            self.rendered[key] = Fragment(key, _render(key, self.audience, context))
        return self.rendered[key]


def filled_lists(fragments: Iterable[Fragment]) -> dict[str, str]:
    """Return the HTML of each list and fixed fragment, by name."""
    lists: defaultdict[str, list[Fragment]] = defaultdict(list)
    for fragment in fragments:
        lists[fragment.list or fragment.id].append(fragment)
    return {
        name: "".join(fragment.html for fragment in sorted(rows, key=lambda fragment: fragment.order))
        for name, rows in lists.items()
    }


def _gone(name: str) -> Fragment:
    return Fragment(name, format_html('<i id="{}" data-gone></i>', name), is_gone=True)


def _render(name: str, audience: Audience, context: dict[str, Any]) -> SafeString:
    with timezone.override(context["forum"].zone):  # the same on a page and from a hub
        html: SafeString = _template(f"forum/board/{audience.template}.html#{name}").render(context)
    return html


@lru_cache
def _template(name: str) -> Any:
    return get_template(name)
