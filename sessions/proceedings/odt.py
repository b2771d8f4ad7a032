"""The book as an OpenDocument text with named styles, real headings, lists and tables."""

import io
from itertools import count
from typing import Any

import odfdo
from odfdo import Document, Element, Style

from forum.text.markup import without_markup
from sessions.media import images
from sessions.proceedings.book import Book
from sessions.proceedings.nodes import Heading, ItemList, Paragraph, Picture, Quote, Table
from sessions.proceedings.outline import outline

_TEXT_COLOUR = "#17302f"
_DEEP = "#0f3d3c"
_PALE = "#f6f3ec"
_INDENT = """<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">
<style:list-level-label-alignment text:label-followed-by="listtab" text:list-tab-stop-position="0.6cm"
 fo:text-indent="-0.6cm" fo:margin-left="0.6cm"/></style:list-level-properties>"""
_BULLETS = f"""<text:list-style style:name="Points"><text:list-level-style-bullet text:level="1" text:bullet-char="•">
{_INDENT}</text:list-level-style-bullet></text:list-style>"""
_NUMBERS = f"""<text:list-style style:name="Steps"><text:list-level-style-number text:level="1" style:num-suffix="."
 style:num-format="1">{_INDENT}</text:list-level-style-number></text:list-style>"""


def as_odt(book: Book) -> bytes:
    document = Document("text")
    document.meta.title = book.cover.question
    document.meta.subject = book.cover.title
    document.meta.initial_creator = document.meta.creator = book.cover.organisers or "Forum ouvert"
    document.set_language({"fr": "fr-FR"}.get(book.cover.language, "en-GB"))
    for style in _styles():
        document.insert_style(style, automatic=style.family in ("table-cell", "table-column", "table-row"))
    if numbering := document.get_style("outline", "Outline"):
        numbering.delete()  # headings of groups begin with the number of the group
    for list_style in (_BULLETS, _NUMBERS):
        document.insert_style(list_style, automatic=True)
    document.body.clear()
    table_numbers = count(1)
    for node in outline(book):
        elements = _picture(node, document) if isinstance(node, Picture) else _elements(node, table_numbers)
        for element in elements:
            document.body.append(element)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _styles() -> list[Style]:
    sizes = {1: ("24pt", "0cm"), 2: ("18pt", "1cm"), 3: ("14pt", "0.7cm"), 4: ("11pt", "0.3cm")}
    headings = [
        _paragraph_style(f"Heading {level}", "Heading", size=size, bold=True, color=_DEEP)
        for level, (size, _above) in sizes.items()
    ]
    for heading, (_size, above) in zip(headings, sizes.values(), strict=True):
        heading.set_properties({"fo:keep-with-next": "always", "fo:margin-top": above}, area="paragraph")
    row_style = Style("table-row", "Whole", area="table-row")
    row_style.set_properties({"fo:keep-together": "always"}, area="table-row")
    box: dict[str, Any] = {"border": "0.5pt solid #b9c4c0", "padding": "0.12cm"}
    columns = (
        Style("table-column", f"Column{size}", area="table-column", column_width=f"{size}cm") for size in range(1, 18)
    )
    return [
        *headings,
        *columns,
        row_style,
        _paragraph_style("Text body", "Standard", "0.2cm", size="10.5pt", font="Liberation Sans", color=_TEXT_COLOUR),
        _paragraph_style("Quotation", "Text_20_body", size="12pt", italic=True, color=_DEEP),
        _paragraph_style("Signature", "Text_20_body", size="9.5pt", color=_TEXT_COLOUR),
        _paragraph_style("Table Contents", "Text_20_body", "0cm", size="9pt", color=_TEXT_COLOUR),
        _paragraph_style("Table Heading", "Table_20_Contents", "0cm", size="9pt", bold=True, color=_DEEP),
        Style("table-cell", "Box", area="table-cell", **box),
        Style("table-cell", "Box_20_Heading", "Box Heading", area="table-cell", background_color=_PALE, **box),
    ]


def _paragraph_style(name: str, parent: str, below: str = "0.1cm", **properties: Any) -> Style:
    style = Style("paragraph", name.replace(" ", "_20_"), name, parent, area="text", **properties)
    style.set_properties(area="paragraph", margin_bottom=below)
    return style


def _elements(node: Heading | Paragraph | Quote | ItemList | Table, table_numbers: "count[int]") -> list[Element]:
    match node:
        case Heading(level, text):
            heading = odfdo.Header(level, text, formatted=False)
            heading.style = f"Heading_20_{level}"
            return [heading]
        case Paragraph(text):
            return [odfdo.Paragraph(without_markup(text), style="Text_20_body", formatted=False)]
        case Quote(text, author):
            lines = [(text, "Quotation"), (author, "Signature")]
            return [odfdo.Paragraph(line, style=style, formatted=False) for line, style in lines if line]
        case ItemList(lines, is_ordered, _first):
            return [_list(lines, "Steps" if is_ordered else "Points")]
        case Table():
            return [_table(node, f"Table{next(table_numbers)}")]


def _picture(node: Picture, document: Document) -> list[Element]:
    """Add an image to the document, on a line of its own, and its caption. At most 14 × 9.5 cm."""
    scale = min(14 / node.width, 9.5 / node.height)
    size = (f"{node.width * scale:.2f}cm", f"{node.height * scale:.2f}cm")
    uri = document.add_file(images.image_path(node.file))
    frame = odfdo.Frame.image_frame(uri, name=node.file, size=size, anchor_type="as-char")
    frame.svg_title = node.alt
    paragraph = odfdo.Paragraph(style="Text_20_body")
    paragraph.append(frame)
    caption = [odfdo.Paragraph(node.caption, style="Text_20_body", formatted=False)] if node.caption else []
    return [paragraph, *caption]


def _list(lines: tuple[str, ...], style: str) -> odfdo.List:
    item_list = odfdo.List(style=style)
    for line in lines:
        item = odfdo.ListItem()
        item.append(odfdo.Paragraph(without_markup(line), style="Text_20_body", formatted=False))
        item_list.append(item)
    return item_list


def _table(node: Table, name: str) -> odfdo.Table:
    """Make a table whose head is repeated on each page."""
    table = odfdo.Table(name)
    for width in node.widths:
        table.append(odfdo.Column(style=f"Column{width}"))
    header = Element.from_tag("table:table-header-rows")
    header.append(_row(node.head, "Table_20_Heading", "Box_20_Heading"))
    table.append(header)
    for row in node.rows:
        table.append(_row(row, "Table_20_Contents", "Box"))
    return table


def _row(cells: tuple[str, ...], paragraph_style: str, cell_style: str) -> odfdo.Row:
    row = odfdo.Row(style="Whole")
    for text in cells:
        cell = odfdo.Cell(style=cell_style)
        cell.append(odfdo.Paragraph(without_markup(text), style=paragraph_style, formatted=False))
        row.append(cell)
    return row
