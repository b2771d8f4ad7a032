"""The book as an OpenDocument text, for those who go on writing: named styles, real headings, lists and tables."""

import io
from itertools import count
from typing import Any

from odfdo import Cell, Column, Document, Element, Frame, Header, List, ListItem, Row, Style, Table
from odfdo import Paragraph as OdfParagraph

from forum.text.markup import unmarked
from sessions.media import images
from sessions.proceedings.book import Book
from sessions.proceedings.outline import Heading, Items, Paragraph, Picture, Quote, outline
from sessions.proceedings.outline import Table as Rows

_INK = "#17302f"
_DEEP = "#0f3d3c"
_PALE = "#f6f3ec"
_PLACE = """<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">
<style:list-level-label-alignment text:label-followed-by="listtab" text:list-tab-stop-position="0.6cm"
 fo:text-indent="-0.6cm" fo:margin-left="0.6cm"/></style:list-level-properties>"""
_POINTS = f"""<text:list-style style:name="Points"><text:list-level-style-bullet text:level="1" text:bullet-char="•">
{_PLACE}</text:list-level-style-bullet></text:list-style>"""
_STEPS = f"""<text:list-style style:name="Steps"><text:list-level-style-number text:level="1" style:num-suffix="."
 style:num-format="1">{_PLACE}</text:list-level-style-number></text:list-style>"""


def as_odt(book: Book) -> bytes:
    document = Document("text")
    document.meta.title = book.cover.question
    document.meta.subject = book.cover.title
    document.meta.initial_creator = document.meta.creator = book.cover.organisers or "Forum ouvert"
    document.set_language({"fr": "fr-FR"}.get(book.cover.language, "en-GB"))
    for style in _styles():
        document.insert_style(style, automatic=style.family in ("table-cell", "table-column", "table-row"))
    if numbering := document.get_style("outline", "Outline"):
        numbering.delete()  # groups have numbers of their own
    for points in (_POINTS, _STEPS):
        document.insert_style(points, automatic=True)
    document.body.clear()
    numbers = count(1)
    for node in outline(book):
        elements = _picture(node, document) if isinstance(node, Picture) else _elements(node, numbers)
        for element in elements:
            document.body.append(element)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _styles() -> list[Style]:
    sizes = {1: ("24pt", "0cm"), 2: ("18pt", "1cm"), 3: ("14pt", "0.7cm"), 4: ("11pt", "0.3cm")}
    headings = [
        _text(f"Heading {level}", "Heading", size=size, bold=True, color=_DEEP) for level, (size, _) in sizes.items()
    ]
    for heading, (_size, above) in zip(headings, sizes.values(), strict=True):
        heading.set_properties({"fo:keep-with-next": "always", "fo:margin-top": above}, area="paragraph")
    whole = Style("table-row", "Whole", area="table-row")
    whole.set_properties({"fo:keep-together": "always"}, area="table-row")
    line: dict[str, Any] = {"border": "0.5pt solid #b9c4c0", "padding": "0.12cm"}
    columns = (
        Style("table-column", f"Column{size}", area="table-column", column_width=f"{size}cm") for size in range(1, 18)
    )
    return [
        *headings,
        *columns,
        whole,
        _text("Text body", "Standard", "0.2cm", size="10.5pt", font="Liberation Sans", color=_INK),
        _text("Quotation", "Text_20_body", size="12pt", italic=True, color=_DEEP),
        _text("Signature", "Text_20_body", size="9.5pt", color=_INK),
        _text("Table Contents", "Text_20_body", "0cm", size="9pt", color=_INK),
        _text("Table Heading", "Table_20_Contents", "0cm", size="9pt", bold=True, color=_DEEP),
        Style("table-cell", "Box", area="table-cell", **line),
        Style("table-cell", "Box_20_Heading", "Box Heading", area="table-cell", background_color=_PALE, **line),
    ]


def _text(name: str, parent: str, below: str = "0.1cm", **looks: Any) -> Style:
    style = Style("paragraph", name.replace(" ", "_20_"), name, parent, area="text", **looks)
    style.set_properties(area="paragraph", margin_bottom=below)
    return style


def _elements(node: Heading | Paragraph | Quote | Items | Rows, numbers: "count[int]") -> list[Element]:
    match node:
        case Heading(level, text):
            heading = Header(level, text, formatted=False)
            heading.style = f"Heading_20_{level}"
            return [heading]
        case Paragraph(text):
            return [OdfParagraph(unmarked(text), style="Text_20_body", formatted=False)]
        case Quote(text, author):
            said = [(text, "Quotation"), (author, "Signature")]
            return [OdfParagraph(line, style=style, formatted=False) for line, style in said if line]
        case Items(lines, is_ordered, _first):
            return [_list(lines, "Steps" if is_ordered else "Points")]
        case Rows():
            return [_table(node, f"Table{next(numbers)}")]


def _picture(node: Picture, document: Document) -> list[Element]:
    """The image in a line of its own, at most as large as a postcard, and its caption."""
    scale = min(14 / node.width, 9.5 / node.height)
    size = (f"{node.width * scale:.2f}cm", f"{node.height * scale:.2f}cm")
    uri = document.add_file(images.path_of(node.file))
    frame = Frame.image_frame(uri, name=node.file, size=size, anchor_type="as-char")
    frame.svg_title = node.words
    paragraph = OdfParagraph(style="Text_20_body")
    paragraph.append(frame)
    caption = [OdfParagraph(node.caption, style="Text_20_body", formatted=False)] if node.caption else []
    return [paragraph, *caption]


def _list(lines: tuple[str, ...], style: str) -> List:
    found = List(style=style)
    for line in lines:
        item = ListItem()
        item.append(OdfParagraph(unmarked(line), style="Text_20_body", formatted=False))
        found.append(item)
    return found


def _table(rows: Rows, name: str) -> Table:
    """A table whose first row is repeated at the top of each page."""
    table = Table(name)
    for width in rows.widths:
        table.append(Column(style=f"Column{width}"))
    header = Element.from_tag("table:table-header-rows")
    header.append(_row(rows.head, "Table_20_Heading", "Box_20_Heading"))
    table.append(header)
    for row in rows.rows:
        table.append(_row(row, "Table_20_Contents", "Box"))
    return table


def _row(cells: tuple[str, ...], paragraph: str, box: str) -> Row:
    row = Row(style="Whole")
    for text in cells:
        cell = Cell(style=box)
        cell.append(OdfParagraph(unmarked(text), style=paragraph, formatted=False))
        row.append(cell)
    return row
