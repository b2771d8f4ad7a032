"""The structure of a PDF, and checks for every book."""

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
class MarkedText:
    """A piece of text on a page."""

    kind: str
    """Kind of the structure element around it; empty for decoration."""
    y: float
    """From the foot of the page, in points."""
    text: str


def structure_elements(reader: pypdf.PdfReader) -> list[Any]:
    """Return all structure elements in reading order."""
    root: Any = reader.trailer["/Root"]
    elements: list[Any] = []
    stack = [root["/StructTreeRoot"]["/K"]]
    while stack:
        node = stack.pop().get_object()
        if isinstance(node, list):
            stack += [kid for kid in reversed(node) if not isinstance(kid, int)]
        elif isinstance(node, dict) and "/S" in node:
            elements.append(node)
            if not isinstance(kids := node.get("/K", []), int):
                stack.append(kids)
    return elements


def figures(reader: pypdf.PdfReader) -> list[Any]:
    return [element for element in structure_elements(reader) if element["/S"] == "/Figure"]


def embedded_fonts(reader: pypdf.PdfReader) -> dict[str, bool]:
    """Return the names of the fonts, without the prefix of their subset, and whether they are embedded."""
    fonts = {}
    for page in reader.pages:
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            font = font.get_object()
            (descendant,) = font.get("/DescendantFonts", [font])
            descriptor = descendant.get_object()["/FontDescriptor"]
            fonts[font["/BaseFont"].rpartition("+")[2].rstrip(",")] = any(
                key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
            )
    return fonts


class PdfStructure:
    """A PDF, parsed once."""

    def __init__(self, file: bytes) -> None:
        self.reader = pypdf.PdfReader(io.BytesIO(file))
        self.root: Any = self.reader.trailer["/Root"]

    @cached_property
    def elements(self) -> list[Any]:
        return structure_elements(self.reader)

    @cached_property
    def kinds(self) -> "Counter[str]":
        return Counter(element["/S"] for element in self.elements)

    @cached_property
    def pages(self) -> list[list[MarkedText]]:
        kinds: dict[tuple[int, int], str] = {}
        for element in self.elements:
            kids = element.get("/K", [])
            for kid in kids if isinstance(kids, list) else [kids]:
                if isinstance(kid, int):
                    kinds[element.raw_get("/Pg").idnum, kid] = self._kind_or_heading(element)
                elif "/MCID" in (reference := kid.get_object()):  # on another page than the rest of the element
                    kinds[reference.raw_get("/Pg").idnum, reference["/MCID"]] = self._kind_or_heading(element)
        return [self._marked_texts(page, kinds) for page in self.reader.pages]

    def _kind_or_heading(self, element: Any) -> str:
        """Return the kind of an element, or that of the nearest heading around it."""
        ancestor = element
        while "/S" in ancestor:
            if ancestor["/S"] in HEADINGS:
                return str(ancestor["/S"])
            ancestor = ancestor["/P"].get_object()
        return str(element["/S"])

    @staticmethod
    def _marked_texts(page: Any, kinds: dict[tuple[int, int], str]) -> list[MarkedText]:
        texts: list[MarkedText] = []
        open_marks: list[int] = []

        def visit_operator(operator: Any, operands: Any, *_: Any) -> None:
            if operator in (b"BDC", b"BMC"):
                properties = operands[1] if len(operands) > 1 else {}
                open_marks.append(properties.get("/MCID", -1) if isinstance(properties, dict) else -1)
            elif operator == b"EMC":
                open_marks.pop()

        def visit_text(text: str, cm: Any, tm: Any, *_: Any) -> None:
            text = text.replace("\x00", "")  # left by pypdf where a font has an encoding of its own
            if text.strip():
                kind = kinds.get((page.indirect_reference.idnum, open_marks[-1]), "") if open_marks else ""
                texts.append(MarkedText(kind, cm[1] * tm[4] + cm[3] * tm[5] + cm[5], text.strip()))

        page.extract_text(visitor_operand_before=visit_operator, visitor_text=visit_text)
        return texts

    @cached_property
    def text(self) -> str:
        """All text but running headers and footers."""
        return " ".join(" ".join(text.text for page in self.pages for text in page if text.kind).split())

    @cached_property
    def bookmarks(self) -> list[tuple[int, str]]:
        """Level, from 1, and title of each bookmark."""
        bookmarks = []
        stack: list[tuple[int, Any]] = [(1, entry) for entry in reversed(self.reader.outline)]
        while stack:
            level, entry = stack.pop()
            if isinstance(entry, list):
                stack += [(level + 1, child) for child in reversed(entry)]
            else:
                bookmarks.append((level, str(entry.title)))
        return bookmarks

    @cached_property
    def fonts(self) -> dict[str, bool]:
        return embedded_fonts(self.reader)


def is_app_font(name: str) -> bool:
    return name.startswith(("Source-Sans-3", "Bricolage-Grotesque", "noto-"))


def is_tagged(pdf: PdfStructure) -> None:
    assert pdf.root["/MarkInfo"]["/Marked"]
    assert pdf.kinds["/H1"] == 1
    assert {"/H2", "/P", "/Link", "/L", "/LI"} <= set(pdf.kinds)
    levels = [int(element["/S"][2]) for element in pdf.elements if element["/S"] in HEADINGS]
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def declares_pdf_a_and_pdf_ua(pdf: PdfStructure) -> None:
    metadata = pdf.root["/Metadata"].get_data()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert b'pdfuaid:part="1"' in metadata
    assert metadata.count(b"</rdf:RDF>") == 1
    assert len(pdf.root["/OutputIntents"]) == 1


def has_a_language_and_a_title(pdf: PdfStructure) -> None:
    assert pdf.root["/Lang"] in ("fr", "en")
    assert pdf.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.reader.metadata is not None
    assert pdf.reader.metadata.title


def has_a_bookmark_for_each_chapter_and_group(pdf: PdfStructure) -> None:
    chapters = "".join(text.text for page in pdf.pages for text in page if text.kind == "/H2")
    bookmarked = "".join(title for level, title in pdf.bookmarks if level == 2)
    assert "".join(bookmarked.split()) == "".join(chapters.split())
    groups = [int(match[1]) for _level, title in pdf.bookmarks if (match := re.match(r"(\d+)\. ", title))]
    assert groups == sorted(set(groups))
    assert groups


def has_headers_in_its_tables(pdf: PdfStructure) -> None:
    ids = [header.get("/ID") for header in pdf.elements if header["/S"] == "/TH"]
    assert len(set(ids)) == len(ids)
    cells = [attributes(cell).get("/Headers") for cell in pdf.elements if cell["/S"] == "/TD"]
    with_headers = [headers for headers in cells if headers]
    assert {header_id for headers in with_headers for header_id in headers} <= set(ids)
    assert bool(with_headers) == bool(pdf.kinds["/Table"])


def attributes(element: Any) -> dict[str, Any]:
    value = element.get("/A", {})
    value = value.get_object() if hasattr(value, "get_object") else value
    return {key: item for part in (value if isinstance(value, list) else [value]) for key, item in part.items()}


def describes_its_drawings(pdf: PdfStructure) -> None:
    drawings = figures(pdf.reader)
    assert drawings
    assert all(str(drawing.get("/Alt", "")).strip() for drawing in drawings)


def embeds_its_fonts(pdf: PdfStructure) -> None:
    assert [name for name, is_embedded in pdf.fonts.items() if not is_embedded] == []


def has_no_empty_page(pdf: PdfStructure) -> None:
    pages = zip(pdf.pages, pdf.reader.pages, strict=True)
    filled = [any(text.kind for text in texts) or bool(len(page.images)) for texts, page in pages]
    assert [number for number, is_filled in enumerate(filled, 1) if not is_filled] == []


def leaves_no_heading_alone_at_the_foot_of_a_page(pdf: PdfStructure) -> None:
    alone = []
    for number, page in enumerate(pdf.pages[:-1], 1):
        body = [text for text in page if text.kind]
        lowest = min(body, key=lambda text: text.y)
        if lowest.kind in HEADINGS and not any(text.kind not in HEADINGS and text.y < lowest.y + 4 for text in body):
            alone.append((number, lowest.text))
    assert alone == []


CHECKS: tuple[Callable[[PdfStructure], None], ...] = (
    is_tagged,
    declares_pdf_a_and_pdf_ua,
    has_a_language_and_a_title,
    has_a_bookmark_for_each_chapter_and_group,
    has_headers_in_its_tables,
    describes_its_drawings,
    embeds_its_fonts,
    has_no_empty_page,
    leaves_no_heading_alone_at_the_foot_of_a_page,
)
