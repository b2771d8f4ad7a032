"""The book as a web page: its content for the app, and a ZIP that opens without it."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import slugify

from sessions.proceedings.assets import STATIC, STYLESHEETS
from sessions.proceedings.book import Book
from sessions.proceedings.nodes import Heading, Node
from sessions.proceedings.outline import outline

STYLES = ("tokens.css", "base.css", "components.css", "book.css")
_FONT = re.compile(r"fonts/[a-z0-9-]+\.woff2")
_FILE_DATE = (2000, 1, 1, 0, 0, 0)
"""Date of each file in the ZIP: a constant, so that the same book gives the same bytes."""


@dataclass
class Section:
    """A heading, the nodes under it, and the sections of the next level."""

    heading: Heading
    nodes: list[Node] = field(default_factory=list)
    sections: "list[Section]" = field(default_factory=list)

    @property
    def anchor(self) -> str:
        meeting = self.heading.meeting
        return f"group-{meeting.number}" if meeting else slugify(self.heading.text) or f"part-{self.heading.level}"


def nest(nodes: list[Node]) -> Section:
    """Nest the nodes of an outline by the levels of its headings; return the section of level 1."""
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


def page_content(book: Book) -> str:
    """Render the content of the page, without what the app puts around it."""
    with translation.override(book.cover.language):
        context = {"root": nest(outline(book)), "book": book, "figures": book.figures, "imprint": book.imprint}
        return render_to_string("sessions/proceedings/web.html", context)


def zip_site(
    book: Book,
    content: str,
    files: Mapping[str, bytes],
    labels: Mapping[str, object],
    missing: Sequence[tuple[object, object]],
) -> bytes:
    """Make a ZIP of the page with its stylesheets and fonts, and of the other formats.

    `files` are the other formats by file name, and `labels` their labels; `missing` has the label of each format that
    could not be made, and the reason. The page tells both; without content it tells nothing else.
    """
    with translation.override(book.cover.language):
        context = {"book": book, "content": content, "styles": STYLES, "labels": labels, "missing": missing}
        page = render_to_string("sessions/proceedings/site.html", context)
    parts = {"index.html": page.encode(), **files}
    parts |= {f"css/{name}": (STYLESHEETS / name).read_bytes() for name in STYLES}
    fonts = _FONT.findall(parts["css/tokens.css"].decode())
    parts |= {name: (STATIC / name).read_bytes() for name in fonts}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _FILE_DATE), part)
    return file.getvalue()
