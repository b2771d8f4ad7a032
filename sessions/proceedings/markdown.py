"""The book as Markdown."""

import re
from collections.abc import Sequence

from forum.text.markup import Span, parse_spans
from sessions.proceedings.book import Book
from sessions.proceedings.nodes import Heading, ItemList, Node, Paragraph, Picture, Quote, Table
from sessions.proceedings.outline import outline

_SYNTAX = re.compile(r"([\\`*_\[\]<>|#])")
_LINE_START = re.compile(r"^(\d*)([-+.)])")


def as_markdown(book: Book) -> bytes:
    """Encode in UTF-8, with tables in the syntax of GitHub."""
    return ("\n\n".join(map(_render, outline(book))) + "\n").encode()


def _render(node: Node) -> str:
    match node:
        case Heading(level, text):
            return f"{'#' * level} {_escape(text)}"
        case Paragraph(text):
            return _rich_line(text)
        case ItemList(lines, is_ordered, first):
            return "\n".join(
                f"{f'{number}.' if is_ordered else '-'} {_rich_line(line)}" for number, line in enumerate(lines, first)
            )
        case Quote(text, author):
            return f"> {_escape(text)}" + (f"\n>\n> {_escape(author)}" if author else "")
        case Picture(file, alt, caption):
            return f"![{_escape(alt)}](images/{file})" + (f"\n\n{_rich_line(caption)}" if caption else "")
        case Table(head, rows):
            return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell if cell == "---" else _rich_line(cell) for cell in cells) + " |"


def _rich_line(text: str) -> str:
    """Render a line with its bold and its links."""
    return _LINE_START.sub(r"\1\\\2", "".join(map(_render_span, parse_spans(text))))


def _render_span(span: Span) -> str:
    if span.href == span.text:
        return f"<{span.href}>"
    text = _SYNTAX.sub(r"\\\1", span.text)
    text = f"**{text}**" if span.is_bold and text == text.strip() else text
    return f"[{text}](<{span.href}>)" if span.href else text


def _escape(text: str) -> str:
    """Escape all that Markdown would interpret."""
    return _LINE_START.sub(r"\1\\\2", _SYNTAX.sub(r"\\\1", text))
