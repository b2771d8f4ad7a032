"""The book as a web page, in the app or alone: the same on a phone, on a laptop and on a USB key."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import slugify

from sessions.proceedings.book import Book
from sessions.proceedings.outline import Heading, Node, outline

STYLES = ("tokens.css", "base.css", "components.css", "book.css")
_FONT = re.compile(r"fonts/[a-z0-9-]+\.woff2")
_LONG_AGO = (2000, 1, 1, 0, 0, 0)
"""The date of each file in the archive, so that the same book gives the same bytes."""


@dataclass
class Section:
    """A heading, what stands under it, and the sections of the next level."""

    heading: Heading
    nodes: list[Node] = field(default_factory=list)
    sections: "list[Section]" = field(default_factory=list)

    @property
    def anchor(self) -> str:
        meeting = self.heading.meeting
        return f"group-{meeting.number}" if meeting else slugify(self.heading.text) or f"part-{self.heading.level}"


def nested(nodes: list[Node]) -> Section:
    """The sections of an outline, as their levels tell; the whole book is one."""
    path: list[Section] = []
    for node in nodes:
        if not isinstance(node, Heading):
            path[-1].nodes.append(node)
            continue
        while path and path[-1].heading.level >= node.level:
            path.pop()
        section = Section(node)
        if path:
            path[-1].sections.append(section)
        path.append(section)
    return path[0]


def fragment(book: Book) -> str:
    """The content of the page, without what surrounds it."""
    with translation.override(book.cover.language):
        context = {"whole": nested(outline(book)), "book": book, "figures": book.figures, "imprint": book.imprint}
        return render_to_string("sessions/proceedings/web.html", context)


def archive(
    book: Book,
    content: str,
    files: Mapping[str, bytes],
    labels: Mapping[str, object],
    lacks: Sequence[tuple[object, object]],
    static: Path,
) -> bytes:
    """A ZIP that opens from a USB key: the page around this content, its looks, and the other forms beside it.

    The page names those that it `lacks`, each with why; without content, that and the list of the forms is all it is.
    """
    with translation.override(book.cover.language):
        context = {"book": book, "content": content, "styles": STYLES, "labels": labels, "lacks": lacks}
        page = render_to_string("sessions/proceedings/site.html", context)
    parts = {"index.html": page.encode(), **files}
    parts |= {f"css/{name}": (static / "css" / name).read_bytes() for name in STYLES}
    fonts = _FONT.findall(parts["css/tokens.css"].decode())
    parts |= {name: (static / name).read_bytes() for name in fonts}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, part in parts.items():
            zipped.writestr(zipfile.ZipInfo(name, _LONG_AGO), part)
    return file.getvalue()
