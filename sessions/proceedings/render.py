"""HTML to PDF, alone in a process of its own: no database, no settings, no network, and limits on all it takes.

Run as a script: `python -I render.py WORKPLACE STATIC MEGABYTES SECONDS`. It gets ready, then waits for a line on its
input. On `print`, WORKPLACE holds `book.html`, and may hold the images that it shows in `images/`, `actions.csv` with
its name in `actions.name`, and in `zoom` by how much pages are enlarged; `book.pdf` is left beside them. Says a line
per step on its output: `percent 42`, at last `pages 17`. On `try 1024 30 4`, WORKPLACE holds `0.html` and `1.html`:
each is printed by a copy of this process within 1024 megabytes, and 30 or 4 seconds, and `fine 1` says that it went
well. Ends with 0; with 3 when system libraries are missing, 4 when memory ran out.
"""

import gc
import io
import logging
import os
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

if "sessions" not in sys.modules:  # run as a script by an isolated interpreter, which does not look here
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sessions.media.sandbox import limit, limits_apply, refuse_network, say, stand_aside

NO_LIBRARIES = 3
NO_MEMORY = 4
USUAL_FONT = "fonts/source-sans-3-latin-400-normal.woff2"

XMP = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
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
"""Declares PDF/UA-1, and describes that declaration, which PDF/A asks for."""


class Progress(logging.Handler):
    """Turns the steps of the renderer into percent. Page counts are known from the second pass on."""

    def __init__(self) -> None:
        super().__init__()
        self.passes = self.pages = self.expected = self.said = 0

    def emit(self, record: logging.LogRecord) -> None:
        step = record.getMessage()
        if found := re.search(r"Creating layout - Page (\d+)", step):
            page = int(found[1])
            if page == 1:
                self.passes, self.expected = self.passes + 1, self.pages
            self.pages = page
            if self.passes == 1:
                percent = 15 + 50 * (1 - 12 / (12 + page))
            else:
                percent = 65 + 15 * min(1, page / max(1, self.expected))
        else:
            steps = {"Step 1": 2, "Step 2": 4, "Step 3": 8, "Step 4": 12, "Step 6": 82, "Step 7": 92}
            percent = steps.get(step[:6], 0)
        if int(percent) > self.said:
            self.said = int(percent)
            say(f"percent {self.said}")


def declare(_document: object, pdf: Any) -> None:
    """Add our lines to the metadata, just before the file is written, and name each joined file once."""
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    metadata.stream[:] = [part.replace(b"</rdf:RDF>", XMP) for part in metadata.stream]
    if joined := pdf.catalog.get("AF"):
        joined[:] = dict.fromkeys(joined)
    settle(pdf)


def settle(pdf: Any) -> None:
    """Have every object as it will be written: the writer asks twice, and packs everything again each time."""
    import pydyf

    class Settled(pydyf.Object):  # type: ignore[misc]  # pydyf has no types
        data, compressible = b"", False

        def __init__(self, thing: Any) -> None:
            self.__dict__ |= {name: getattr(thing, name) for name in ("number", "generation", "offset", "free")}
            self.data, self.compressible = thing.data, thing.compressible

    pdf.objects[:] = [thing if thing.free == "f" else Settled(thing) for thing in pdf.objects]


def number_pages_once() -> None:
    """Let the writer find its pages without listing all of them each time: time must not grow as their square."""
    import pydyf

    def page_references(pdf: Any) -> Any:
        numbers = pdf.pages["Kids"]
        if 3 * len(getattr(pdf, "listed", ())) != len(numbers):
            pdf.listed = tuple(b"%d 0 R" % number for number in numbers[::3])
        return pdf.listed

    pydyf.PDF.page_references = property(page_references)


def set_words_in_figures() -> None:
    """Let a label be set as a whole: letter by letter, Hebrew runs the wrong way and vowels stand alone."""
    from weasyprint import svg

    class Whole(str):
        __slots__ = ()

        def __iter__(self) -> Any:  # the writer asks for the letters, to place each
            yield str(self)

    letter_by_letter = svg.text

    def text(figure: Any, node: Any, size: float) -> None:
        if node.text:
            node._etree_node.text = Whole(node.text)
        letter_by_letter(figure, node, size)

    svg.text = text
    svg.TAGS |= {tag: text for tag, draw in svg.TAGS.items() if draw is letter_by_letter}


@cache
def unpacked(font: Path) -> bytes:
    """A font as the renderer wants it; unpacking it at each page that asks would cost a second a book."""
    from fontTools.ttLib import TTFont

    plain = io.BytesIO()
    with TTFont(font) as packed:
        packed.flavor = None
        packed.save(plain)
    return plain.getvalue()


def forget_the_machines_fonts(workplace: Path, static: Path) -> None:
    """Let the libraries know one font of ours, without which they fail, and those that a page brings."""
    (workplace / "fonts").mkdir()
    (workplace / "fonts" / "usual.ttf").write_bytes(unpacked(static / USUAL_FONT))
    place = escape(f"{workplace}/fonts")
    known = f"<fontconfig><dir>{place}</dir><cachedir>{place}</cachedir></fontconfig>"
    (workplace / "fonts.conf").write_text(known)
    os.environ["FONTCONFIG_FILE"] = str(workplace / "fonts.conf")


def get_ready(weasyprint: Any, fetcher: object) -> None:
    """Have the libraries, the fonts and the stylesheet in memory before anybody waits for a book."""
    page = '<html lang="fr"><title>x</title><link rel="stylesheet" href="book:/css/proceedings.css"><p>x</p></html>'
    weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/a-3a")
    # Nearly everything that a book makes lives until its end: looking for garbage often finds none.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def goes_well(work: Callable[[], object], seconds: int, megabytes: int) -> bool:
    """Whether a copy of this process does it within these limits."""
    copy = os.fork()
    if copy:
        return os.waitpid(copy, 0)[1] == 0
    try:
        limit(megabytes, seconds)
        work()
        os._exit(0)
    finally:
        os._exit(1)


def attempt(weasyprint: Any, page: Path, fetcher: object) -> None:
    """All of what makes a PDF of a page, for nothing."""
    text = page.read_text(encoding="utf-8")
    weasyprint.HTML(string=text, url_fetcher=fetcher).write_pdf(finisher=declare, pdf_variant="pdf/a-3a")


def print_book(weasyprint: Any, workplace: Path, fetcher: object) -> None:
    logging.getLogger("weasyprint").addHandler(logging.StreamHandler(sys.stderr))
    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.addHandler(Progress())

    page = (workplace / "book.html").read_text(encoding="utf-8")
    attachments = []
    if (plan := workplace / "actions.csv").exists():
        name = (workplace / "actions.name").read_text(encoding="utf-8")
        attachments.append(
            weasyprint.Attachment(
                file_obj=plan.open("rb"), name=name, description=name, relationship="Data", url_fetcher=fetcher
            )
        )
    document = weasyprint.HTML(string=page, url_fetcher=fetcher).render(pdf_variant="pdf/a-3a")
    zoom = float((workplace / "zoom").read_text()) if (workplace / "zoom").exists() else 1
    document.write_pdf(
        workplace / "book.pdf", zoom=zoom, finisher=declare, pdf_variant="pdf/a-3a", attachments=attachments
    )
    say(f"pages {len(document.pages)}")


def main(workplace: Path, static: Path) -> int:
    forget_the_machines_fonts(workplace, static)
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError as missing:
        sys.stderr.write(f"{missing}\n")
        return NO_LIBRARIES

    class OurFilesOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        """Serves, under `book:/`, our stylesheets and fonts, and the images of this document; nothing else."""

        ALLOWED = re.compile(r"book:/(css/(?:documents|proceedings|printing)\.css|fonts/[a-z0-9-]+\.woff2?)")
        IMAGE = re.compile(r"book:/(images/[0-9a-f]{32}\.(png|jpg))")

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if image := self.IMAGE.fullmatch(url):
                kind = {"png": "image/png", "jpg": "image/jpeg"}[image[2]]
                return URLFetcherResponse(url, (workplace / image[1]).read_bytes(), {"Content-Type": kind})
            if not (found := self.ALLOWED.fullmatch(url)):
                raise ValueError(f"refused: {url[:200]}")
            if url.endswith(".css"):
                return URLFetcherResponse(url, (static / found[1]).read_bytes(), {"Content-Type": "text/css"})
            return URLFetcherResponse(url, unpacked(static / found[1]), {"Content-Type": "font/ttf"})

    number_pages_once()
    set_words_in_figures()
    fetcher = OurFilesOnly()
    get_ready(weasyprint, fetcher)
    order = sys.stdin.readline().split()
    sys.addaudithook(refuse_network)
    match order:
        case ["print"]:
            print_book(weasyprint, workplace, fetcher)
        case ["try", megabytes, *each] if limits_apply():
            for number, seconds in enumerate(each):
                page = workplace / f"{number}.html"
                if goes_well(partial(attempt, weasyprint, page, fetcher), int(seconds), int(megabytes)):
                    say(f"fine {number}")
    return 0  # when nothing was said, whoever started us has gone


if __name__ == "__main__":
    limit(int(sys.argv[3]), int(sys.argv[4]))
    stand_aside()
    try:
        code = main(Path(sys.argv[1]), Path(sys.argv[2]))
    except MemoryError:
        code = NO_MEMORY
    sys.stdout.flush()
    os._exit(code)  # nothing to tidy: the parent removes the workplace
