"""QR codes, as SVG for screens and print and as blocks for the terminal."""

import io
from functools import lru_cache
from itertools import groupby

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

BORDER = 2
"""Light squares around the code on a screen, where the ground is light already."""
PRINTED_BORDER = 4
"""What the norm asks for, on paper that may hang on anything."""


def svg(url: str) -> SafeString:
    """A QR code drawn with attributes only, so that a strict content policy shows it. Dark on light always."""
    size, path = _squares(url, BORDER, overlap="")
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#FDFAF2"/><path fill="#0F3D3C" d="{2}"/></svg>',
        size, _name(url), path,
    )  # fmt: skip


def printed(url: str) -> SafeString:
    """The same for a document: black on white, with its words inside, as the PDF renderer looks for them there."""
    # Rows overlap by a hair: PDF viewers draw a light seam between squares that only touch.
    size, path = _squares(url, PRINTED_BORDER, overlap=".04")
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}"><title>{1}</title>'
        '<rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{2}"/></svg>',
        size, _name(url), path,
    )  # fmt: skip


def _name(url: str) -> str:
    return _("QR code of the address {url}").format(url=url)


@lru_cache
def _squares(url: str, border: int, overlap: str) -> tuple[int, SafeString]:
    """How many squares wide it is, and the dark ones as a path: one stroke for each run of a row."""
    rows = list(segno.make(url, error="m").matrix_iter(scale=1, border=border))
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                strokes.append(f"M{x} {y}h{length}v1{overlap}h-{length}z")
            x += length
    return len(rows), mark_safe("".join(strokes))  # noqa: S308 only numbers


def signs(url: str) -> str:
    """The squares of a code, row by row without its border, as js/photos/qr.js knows them: "size:hexadecimal"."""
    rows = list(segno.make(url, error="m").matrix)
    return f"{len(rows)}:{int(''.join(str(square & 1) for row in rows for square in row), 2):x}"


def terminal(url: str) -> str:
    out = io.StringIO()
    segno.make(url, error="m").terminal(out=out, compact=True)
    return out.getvalue()
