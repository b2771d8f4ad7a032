"""QR codes: as SVG for screens and for print, as text for the terminal and for scripts."""

import io
from functools import lru_cache
from itertools import groupby

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

BORDER = 2
"""Width of the quiet zone on a screen, in modules; the ground is light already."""
PRINTED_BORDER = 4
"""Width of the quiet zone in print, in modules, as ISO/IEC 18004 asks for."""


def svg(url: str) -> SafeString:
    """Return an SVG for screens, without style attributes, which the content security policy would refuse."""
    size, path = _modules(url, BORDER, overlap="")
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#FDFAF2"/><path fill="#0F3D3C" d="{2}"/></svg>',
        size, _label(url), path,
    )  # fmt: skip


def print_svg(url: str) -> SafeString:
    """Return an SVG for documents: black on white, with a title element, which the PDF renderer reads."""
    # Rows overlap a little: PDF viewers draw a light seam between squares that only touch.
    size, path = _modules(url, PRINTED_BORDER, overlap=".04")
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}"><title>{1}</title>'
        '<rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{2}"/></svg>',
        size, _label(url), path,
    )  # fmt: skip


def _label(url: str) -> str:
    return _("QR code of the address {url}").format(url=url)


@lru_cache
def _modules(url: str, border: int, overlap: str) -> tuple[int, SafeString]:
    """Return the width in modules, and the path of the dark ones: one stroke for each run of a row."""
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


def hex_modules(url: str) -> str:
    """Return the modules for js/photos/qr.js as "size:hexadecimal", row by row without the quiet zone."""
    rows = list(segno.make(url, error="m").matrix)
    return f"{len(rows)}:{int(''.join(str(module & 1) for row in rows for module in row), 2):x}"


def terminal_text(url: str) -> str:
    output = io.StringIO()
    segno.make(url, error="m").terminal(out=output, compact=True)
    return output.getvalue()
