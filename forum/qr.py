"""QR codes, as SVG for screens and print and as blocks for the terminal."""

import io

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


def svg(url: str) -> SafeString:
    """A QR code drawn with attributes only, so that a strict content policy shows it. Dark on light always."""
    code = segno.make(url, error="m")
    rows = list(code.matrix_iter(scale=1, border=2))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#FDFAF2"/><path fill="#0F3D3C" d="{2}"/></svg>',
        len(rows), _("QR code of the address {url}").format(url=url), mark_safe(path),  # noqa: S308 only numbers
    )  # fmt: skip


def terminal(url: str) -> str:
    out = io.StringIO()
    segno.make(url, error="m").terminal(out=out, compact=True)
    return out.getvalue()
