"""Everything that the app knows of WeasyPrint and pydyf beyond their documented interfaces.

pyproject.toml bounds the versions of both. After raising a bound, run tests/sessions/proceedings/
test_weasyprint_internals.py: it says which part moved and what to do. Runs in the child process, without Django.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

PDFUA_METADATA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
"""Declares PDF/UA-1, and describes that declaration, as PDF/A requires. Replaces the end of the XMP metadata."""

PROGRESS_LOGGER = "weasyprint.progress"
STEP_PERCENTS = {"Step 1": 2, "Step 2": 4, "Step 3": 8, "Step 4": 12, "Step 6": 82, "Step 7": 92}
"""Percent done when each step begins; step 5 is the layout."""
LAYOUT_MESSAGE = re.compile(r"Creating layout - Page (\d+)")


class ProgressHandler(logging.Handler):
    """Calls `report` with the percent done, each time it grows, from what WeasyPrint logs.

    The layout takes several passes over all pages; the number of pages is known from the second pass on.
    """

    def __init__(self, report: Callable[[int], None]) -> None:
        super().__init__()
        self._report = report
        self._passes = self._page = self._pages = self._percent = 0

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        match = LAYOUT_MESSAGE.search(message)
        percent = self._layout_percent(int(match[1])) if match else STEP_PERCENTS.get(message[:6], 0)
        if int(percent) > self._percent:
            self._percent = int(percent)
            self._report(self._percent)

    def _layout_percent(self, page: int) -> float:
        if page == 1:
            self._passes, self._pages = self._passes + 1, self._page
        self._page = page
        if self._passes == 1:
            return 15 + 50 * (1 - 12 / (12 + page))
        return 65 + 15 * min(1, page / max(1, self._pages))


def patch() -> None:
    """Replace the functions of WeasyPrint and pydyf that are too slow or wrong for a book."""
    _cache_page_references()
    _set_svg_text_as_a_whole()


def _cache_page_references() -> None:
    """List the pages of a PDF once, not for each tag: time must not grow with the square of the pages."""
    import pydyf

    def page_references(pdf: Any) -> Any:
        numbers = pdf.pages["Kids"]
        if 3 * len(getattr(pdf, "cached_references", ())) != len(numbers):
            pdf.cached_references = tuple(b"%d 0 R" % number for number in numbers[::3])
        return pdf.cached_references

    pydyf.PDF.page_references = property(page_references)


def _set_svg_text_as_a_whole() -> None:
    """Lay out the text of an SVG as a whole: letter by letter, Hebrew runs backwards and vowel signs stand alone."""
    from weasyprint import svg

    class WholeText(str):
        __slots__ = ()

        def __iter__(self) -> Any:  # WeasyPrint iterates over the letters to place each
            yield str(self)

    draw_letters = svg.text

    def draw_text(drawing: Any, node: Any, font_size: float) -> None:
        if node.text:
            node._etree_node.text = WholeText(node.text)
        draw_letters(drawing, node, font_size)

    svg.text = draw_text
    svg.TAGS |= {tag: draw_text for tag, draw in svg.TAGS.items() if draw is draw_letters}


def finish(_document: object, pdf: Any) -> None:
    """Declare PDF/UA, list each attachment once, and freeze the objects. To be passed as `finisher` of `write_pdf`."""
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    metadata.stream[:] = [part.replace(b"</rdf:RDF>", PDFUA_METADATA) for part in metadata.stream]
    if attachments := pdf.catalog.get("AF"):
        attachments[:] = dict.fromkeys(attachments)
    _freeze_objects(pdf)


def _freeze_objects(pdf: Any) -> None:
    """Serialise each object once: pydyf asks for the data of each twice, and compresses them each time."""
    import pydyf

    class FrozenObject(pydyf.Object):  # type: ignore[misc]  # pydyf has no types
        data, compressible = b"", False

        def __init__(self, source: Any) -> None:
            self.__dict__ |= {name: getattr(source, name) for name in ("number", "generation", "offset", "free")}
            self.data, self.compressible = source.data, source.compressible

    pdf.objects[:] = [source if source.free == "f" else FrozenObject(source) for source in pdf.objects]
