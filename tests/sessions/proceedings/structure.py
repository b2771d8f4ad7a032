"""What must hold of every book that went to PDF, however small, huge or hostile."""

import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pypdf

HEADINGS = ("/H1", "/H2", "/H3", "/H4")


@dataclass(frozen=True)
class Mark:
    """A piece of text on a page, and the kind of the structure element that holds it; empty: it is decoration."""

    kind: str
    y: float
    """From the foot of the page, in points."""
    text: str


class Anatomy:
    """A PDF taken apart, once."""

    def __init__(self, file: bytes) -> None:
        self.reader = pypdf.PdfReader(io.BytesIO(file))
        self.root: Any = self.reader.trailer["/Root"]

    @cached_property
    def elements(self) -> list[Any]:
        """All structure elements, in reading order."""
        found: list[Any] = []
        waiting = [self.root["/StructTreeRoot"]["/K"]]
        while waiting:
            node = waiting.pop().get_object()
            if isinstance(node, list):
                waiting += [kid for kid in reversed(node) if not isinstance(kid, int)]
            elif isinstance(node, dict) and "/S" in node:
                found.append(node)
                if not isinstance(kids := node.get("/K", []), int):
                    waiting.append(kids)
        return found

    @cached_property
    def kinds(self) -> "Counter[str]":
        return Counter(element["/S"] for element in self.elements)

    @cached_property
    def pages(self) -> list[list[Mark]]:
        kinds: dict[tuple[int, int], str] = {}
        for element in self.elements:
            kids = element.get("/K", [])
            for kid in kids if isinstance(kids, list) else [kids]:
                if isinstance(kid, int):
                    kinds[element.raw_get("/Pg").idnum, kid] = self._named(element)
                elif "/MCID" in (known := kid.get_object()):  # on another page than the rest of it
                    kinds[known.raw_get("/Pg").idnum, known["/MCID"]] = self._named(element)
        return [self._marks(page, kinds) for page in self.reader.pages]

    def _named(self, element: Any) -> str:
        """The kind of an element, or that of the nearest heading around it."""
        around = element
        while "/S" in around:
            if around["/S"] in HEADINGS:
                return str(around["/S"])
            around = around["/P"].get_object()
        return str(element["/S"])

    @staticmethod
    def _marks(page: Any, kinds: dict[tuple[int, int], str]) -> list[Mark]:
        found: list[Mark] = []
        within: list[int] = []

        def enter_or_leave(operator: Any, operands: Any, *_: Any) -> None:
            if operator in (b"BDC", b"BMC"):
                properties = operands[1] if len(operands) > 1 else {}
                within.append(properties.get("/MCID", -1) if isinstance(properties, dict) else -1)
            elif operator == b"EMC":
                within.pop()

        def hear(text: str, cm: Any, tm: Any, *_: Any) -> None:
            text = text.replace("\x00", "")  # left by pypdf where a font has an encoding of its own
            if text.strip():
                kind = kinds.get((page.indirect_reference.idnum, within[-1]), "") if within else ""
                found.append(Mark(kind, cm[1] * tm[4] + cm[3] * tm[5] + cm[5], text.strip()))

        page.extract_text(visitor_operand_before=enter_or_leave, visitor_text=hear)
        return found

    @cached_property
    def text(self) -> str:
        """Without running headers and footers."""
        return " ".join(" ".join(mark.text for page in self.pages for mark in page if mark.kind).split())

    @cached_property
    def bookmarks(self) -> list[tuple[int, str]]:
        """Level, from 1, and title of each."""
        found = []
        waiting: list[tuple[int, Any]] = [(1, entry) for entry in reversed(self.reader.outline)]
        while waiting:
            level, entry = waiting.pop()
            if isinstance(entry, list):
                waiting += [(level + 1, each) for each in reversed(entry)]
            else:
                found.append((level, str(entry.title)))
        return found

    @cached_property
    def fonts(self) -> dict[str, bool]:
        """Names of the fonts without the mark of their subset, and whether they are embedded."""
        found = {}
        for page in self.reader.pages:
            resources: Any = page["/Resources"]
            for font in resources.get("/Font", {}).values():
                font = font.get_object()
                (inner,) = font.get("/DescendantFonts", [font])
                described = inner.get_object()["/FontDescriptor"]
                found[font["/BaseFont"].rpartition("+")[2].rstrip(",")] = any(
                    key in described for key in ("/FontFile", "/FontFile2", "/FontFile3")
                )
        return found


def ours(name: str) -> bool:
    return name.startswith(("Source-Sans-3", "Bricolage-Grotesque", "noto-"))


def is_tagged(book: Anatomy) -> None:
    assert book.root["/MarkInfo"]["/Marked"]
    assert book.kinds["/H1"] == 1
    assert {"/H2", "/P", "/Link", "/L", "/LI"} <= set(book.kinds)
    levels = [int(element["/S"][2]) for element in book.elements if element["/S"] in HEADINGS]
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def declares_what_it_is(book: Anatomy) -> None:
    metadata = book.root["/Metadata"].get_data()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert b'pdfuaid:part="1"' in metadata
    assert metadata.count(b"</rdf:RDF>") == 1
    assert len(book.root["/OutputIntents"]) == 1


def has_a_language_and_a_title(book: Anatomy) -> None:
    assert book.root["/Lang"] in ("fr", "en")
    assert book.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert book.reader.metadata is not None
    assert book.reader.metadata.title


def has_a_bookmark_for_each_chapter_and_group(book: Anatomy) -> None:
    chapters = "".join(mark.text for page in book.pages for mark in page if mark.kind == "/H2")
    told = "".join(title for level, title in book.bookmarks if level == 2)
    assert "".join(told.split()) == "".join(chapters.split())
    groups = [int(number[1]) for _level, title in book.bookmarks if (number := re.match(r"(\d+)\. ", title))]
    assert groups == sorted(set(groups))
    assert groups


def has_headers_in_its_tables(book: Anatomy) -> None:
    names = [header.get("/ID") for header in book.elements if header["/S"] == "/TH"]
    assert len(set(names)) == len(names)
    cells = [attributes(cell).get("/Headers") for cell in book.elements if cell["/S"] == "/TD"]
    told = [headers for headers in cells if headers]
    assert {name for headers in told for name in headers} <= set(names)
    assert bool(told) == bool(book.kinds["/Table"])


def attributes(element: Any) -> dict[str, Any]:
    held = element.get("/A", {})
    held = held.get_object() if hasattr(held, "get_object") else held
    return {key: value for part in (held if isinstance(held, list) else [held]) for key, value in part.items()}


def tells_its_drawings(book: Anatomy) -> None:
    figures = [element for element in book.elements if element["/S"] == "/Figure"]
    assert figures
    assert all(str(figure.get("/Alt", "")).strip() for figure in figures)


def embeds_its_fonts(book: Anatomy) -> None:
    assert [name for name, is_there in book.fonts.items() if not is_there] == []


def has_no_empty_page(book: Anatomy) -> None:
    sheets = zip(book.pages, book.reader.pages, strict=True)
    said = [any(mark.kind for mark in page) or bool(len(sheet.images)) for page, sheet in sheets]
    assert [number for number, is_said in enumerate(said, 1) if not is_said] == []


def leaves_no_heading_alone_at_the_foot_of_a_page(book: Anatomy) -> None:
    alone = []
    for number, page in enumerate(book.pages[:-1], 1):
        body = [mark for mark in page if mark.kind]
        lowest = min(body, key=lambda mark: mark.y)
        if lowest.kind in HEADINGS and not any(mark.kind not in HEADINGS and mark.y < lowest.y + 4 for mark in body):
            alone.append((number, lowest.text))
    assert alone == []


CHECKS: tuple[Callable[[Anatomy], None], ...] = (
    is_tagged,
    declares_what_it_is,
    has_a_language_and_a_title,
    has_a_bookmark_for_each_chapter_and_group,
    has_headers_in_its_tables,
    tells_its_drawings,
    embeds_its_fonts,
    has_no_empty_page,
    leaves_no_heading_alone_at_the_foot_of_a_page,
)
