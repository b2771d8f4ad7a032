"""HTML to PDF, alone in a process of its own: no database, no settings, no network, and limits on all it takes.

Run as a script: `python -I render.py WORKPLACE STATIC MEGABYTES SECONDS`. WORKPLACE holds `book.html`, and may hold
`actions.csv` with its name in `actions.name`; `book.pdf` is left beside them. Says a line per step on its output:
`percent 42`, at last `pages 17`. Ends with 0; with 3 when system libraries are missing, 4 when memory ran out.
"""

import contextlib
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

try:
    import ctypes
    import resource
except ImportError:  # pragma: no cover - only where there is no such limit
    resource = None  # type: ignore[assignment]

NO_LIBRARIES = 3
NO_MEMORY = 4

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


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def limit(megabytes: int, seconds: int) -> None:
    """Bound memory and processor time, and die with the parent."""
    if resource is None:
        return
    for what, most in ((resource.RLIMIT_AS, megabytes * 1024 * 1024), (resource.RLIMIT_CPU, seconds)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL


def refuse_network(event: str, _arguments: object) -> None:
    """An audit hook, which nothing can take off again."""
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "os.posix_spawn")):
        raise PermissionError(f"not here: {event}")


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


def main(workplace: Path, static: Path) -> int:
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError as missing:
        sys.stderr.write(f"{missing}\n")
        return NO_LIBRARIES

    class OurFilesOnly(URLFetcher):  # type: ignore[misc]
        """Serves the stylesheet and the fonts of the book, under `book:/`, and refuses everything else."""

        ALLOWED = re.compile(r"book:/(css/proceedings\.css|fonts/[a-z0-9-]+\.woff2)")

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if not (found := self.ALLOWED.fullmatch(url)):
                raise ValueError(f"refused: {url[:200]}")
            kind = "text/css" if url.endswith(".css") else "font/woff2"
            return URLFetcherResponse(url, (static / found[1]).read_bytes(), {"Content-Type": kind})

    sys.addaudithook(refuse_network)
    logging.getLogger("weasyprint").addHandler(logging.StreamHandler(sys.stderr))
    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.addHandler(Progress())

    fetcher = OurFilesOnly()
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
    document.write_pdf(workplace / "book.pdf", finisher=declare, pdf_variant="pdf/a-3a", attachments=attachments)
    say(f"pages {len(document.pages)}")
    return 0


if __name__ == "__main__":
    limit(int(sys.argv[3]), int(sys.argv[4]))
    try:
        code = main(Path(sys.argv[1]), Path(sys.argv[2]))
    except MemoryError:
        code = NO_MEMORY
    sys.stdout.flush()
    os._exit(code)  # nothing to tidy: the parent removes the workplace
