"""The book as Markdown: to be pasted into a wiki or a mail, or read as it is."""

import re

from forum.text.markup import Span, spans
from sessions.proceedings.book import Book
from sessions.proceedings.outline import Heading, Items, Node, Paragraph, Picture, Quote, Table, outline

_SIGNS = re.compile(r"([\\`*_\[\]<>|#])")
_AT_THE_START = re.compile(r"^(\d*)([-+.)])")


def as_markdown(book: Book) -> bytes:
    """UTF-8, with the tables that most readers of Markdown know."""
    return ("\n\n".join(map(_written, outline(book))) + "\n").encode()


def _written(node: Node) -> str:
    match node:
        case Heading(level, text):
            return f"{'#' * level} {_plain(text)}"
        case Paragraph(text):
            return _line(text)
        case Items(lines, is_ordered, first):
            return "\n".join(
                f"{f'{rank}.' if is_ordered else '-'} {_line(line)}" for rank, line in enumerate(lines, first)
            )
        case Quote(text, author):
            return f"> {_plain(text)}" + (f"\n>\n> {_plain(author)}" if author else "")
        case Picture(file, words, caption):
            return f"![{_plain(words)}](images/{file})" + (f"\n\n{_line(caption)}" if caption else "")
        case Table(head, rows):
            written = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
            return "\n".join(written)


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(cell if cell == "---" else _line(cell) for cell in cells) + " |"


def _line(text: str) -> str:
    """A line with its bold and its links."""
    return _AT_THE_START.sub(r"\1\\\2", "".join(map(_piece, spans(text))))


def _piece(span: Span) -> str:
    if span.href == span.text:
        return f"<{span.href}>"
    text = _SIGNS.sub(r"\\\1", span.text)
    text = f"**{text}**" if span.is_bold and text == text.strip() else text
    return f"[{text}](<{span.href}>)" if span.href else text


def _plain(text: str) -> str:
    """Text in which no sign of its writer is taken for one of ours."""
    return _AT_THE_START.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", text))
