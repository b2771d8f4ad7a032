"""A table of text, whatever spreadsheet it comes from: a file of any encoding, or cells pasted, with any separator."""

import csv
import io
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forum.text.one_line import one_line

SEPARATORS = ("\t", ";", ",")
LOOKED_AT = 30
"""Lines that tell which separator a table has."""
TALLEST = 8
"""Lines that one row may take, with line breaks inside quotes; past that, a quote was only a quote."""


def decoded(content: bytes) -> str:
    """The text of a file, whatever spreadsheet saved it. Raises ValidationError."""
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise ValidationError(_("This file is not text: save it as CSV in your spreadsheet, or paste its cells below."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the line where each begins."""
    lines = io.StringIO(_printable(text), newline=None).read().split("\n")
    separator = _separator(lines)
    try:
        found = list(_parsed(lines, separator, csv.QUOTE_MINIMAL))
    except csv.Error:
        found = []
    if not found or any(height > TALLEST for _number, height, _cells in found):
        found = list(_parsed(lines, separator, csv.QUOTE_NONE))
    for number, _height, said in found:
        cells = list(map(one_line, said))
        if any(cells):
            yield number, cells


def _parsed(lines: list[str], separator: str, quoting: int) -> Iterator[tuple[int, int, list[str]]]:
    """The line where each row begins, how many lines it takes, and its cells."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]  # csv has a type of its own for these numbers
    before = 0
    for cells in reader:
        yield before + 1, reader.line_num - before, cells
        before = reader.line_num


def _printable(text: str) -> str:
    """Without the signs that nobody typed, and that databases refuse."""
    return "".join(c for c in text if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def _separator(lines: list[str]) -> str:
    """The first of the separators that most of the first lines have."""
    looked_at = [line for line in lines if line.strip()][:LOOKED_AT]
    counts = {sign: sum(sign in line for line in looked_at) for sign in SEPARATORS}
    return next((sign for sign, count in counts.items() if 2 * count > len(looked_at)), "\t")
