"""Parse tables from spreadsheets: a file of any encoding, or pasted cells, with any separator."""

import csv
import io
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forum.text.one_line import one_line

SEPARATORS = ("\t", ";", ",")
SAMPLE_LINES = 30
"""Lines from which the separator is guessed."""
MAX_ROW_LINES = 8
"""Lines of one row with line breaks inside quotes. If a row has more, quotes are ordinary characters."""


def decode_table(content: bytes) -> str:
    """Decode a file of any spreadsheet. Raises ValidationError."""
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise ValidationError(_("This file is not text: save it as CSV in your spreadsheet, or paste its cells below."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def parse_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line and the cells of each row that is not blank."""
    lines = io.StringIO(_printable(text), newline=None).read().split("\n")
    separator = _separator(lines)
    try:
        rows = list(_parse(lines, separator, csv.QUOTE_MINIMAL))
    except csv.Error:
        rows = []
    if not rows or any(height > MAX_ROW_LINES for _number, height, _cells in rows):
        rows = list(_parse(lines, separator, csv.QUOTE_NONE))
    for number, _height, texts in rows:
        cells = list(map(one_line, texts))
        if any(cells):
            yield number, cells


def _parse(lines: list[str], separator: str, quoting: int) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the number of the first line, the number of lines, and the cells of each row."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]  # csv has a type of its own for these numbers
    before = 0
    for cells in reader:
        yield before + 1, reader.line_num - before, cells
        before = reader.line_num


def _printable(text: str) -> str:
    """Remove control characters, which nobody types and which databases refuse."""
    return "".join(c for c in text if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def _separator(lines: list[str]) -> str:
    """Return the first separator that most of the sampled lines have."""
    sample = [line for line in lines if line.strip()][:SAMPLE_LINES]
    counts = {separator: sum(separator in line for line in sample) for separator in SEPARATORS}
    return next((separator for separator, count in counts.items() if 2 * count > len(sample)), "\t")
