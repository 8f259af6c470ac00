"""A document for Word: real styles, numbered captions, heading rows that repeat, equations that can be edited.

A ministry's own file gives its styles: a document is built on it, its words left out. Wide tables stand on pages turned
on their side, wider ones in parts that repeat the columns that name a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.report.blocks import (
    ENGLISH,
    Block,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Separators,
    Table,
    spans,
    texts,
)
from planner.report.blocks import Document as Blocks
from planner.report.mathematics import Omml
from planner.report.pictures import png
from planner.report.to_text import Cells, split

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph as Words

UPRIGHT, TURNED = 92, 145
"""Letters of a table's row that an A4 page takes at `TABLE_POINTS`, upright and on its side."""
TABLE_POINTS = 8
PAPERS_MM = {"a4": (210, 297), "us-letter": (216, 279)}
MARGIN_MM = 20
PIXELS_AN_INCH = 96 * 12 / 8.5
"""So that letters of 12 px are 8.5 x 0.75 points on paper."""
EPOCH = datetime(2000, 1, 1)
"""In place of the time of writing: when a document was made stands in its identity."""
MATHEMATICS = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def docx(
    document: Blocks, *, separators: Separators = ENGLISH, paper: str = "a4", template: Path | None = None
) -> bytes:
    """The Word file's bytes. `template`: a .docx whose styles and page furniture are used."""
    import docx as word

    file = word.Document(str(template) if template else None)
    _prepare(file, document, paper, own=template is None)
    _styled(file, document.title, "Title")
    if document.subtitle:
        _styled(file, document.subtitle, "Subtitle")
    _contents(file, document)
    counts = {"Table": 0, "Figure": 0}
    for block in document.blocks:
        _block(file, block, counts, separators)
    if document.identity:
        _styled(file, "Where this comes from", "Heading 1")
        for label, told in document.identity.items():
            line = file.add_paragraph()
            line.add_run(f"{label}: ").bold = True
            line.add_run(told)
    held = BytesIO()
    file.save(held)
    return held.getvalue()


def _prepare(file: Document, document: Blocks, paper: str, *, own: bool) -> None:
    from docx.shared import Mm, Pt, RGBColor

    body = file.element.body
    for child in list(body):
        if not child.tag.endswith("sectPr"):
            body.remove(child)
    properties = file.core_properties
    properties.title, properties.subject, properties.author = document.title, document.subtitle, ""
    properties.comments, properties.created, properties.modified = "", EPOCH, EPOCH
    if not own:
        return
    section = file.sections[-1]
    section.page_width, section.page_height = (Mm(side) for side in PAPERS_MM[paper])
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    _field(section.footer.paragraphs[0], "PAGE", "1")
    section.footer.paragraphs[0].alignment = 1
    for name, size in (("Normal", 10.5), ("Title", 24), ("Heading 1", 16), ("Heading 2", 13), ("Heading 3", 11)):
        style: Any = file.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        style.font.color.rgb = RGBColor(0x1B, 0x1F, 0x24)
        fonts = style.element.rPr.rFonts
        for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[theme]
    caption: Any = file.styles["Caption"]
    caption.font.name, caption.font.size, caption.font.color.rgb = "Arial", Pt(10), RGBColor(0x1B, 0x1F, 0x24)
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(10)
    caption.paragraph_format.space_after = Pt(4)


def _styled(file: Document, words: str, style: str) -> Words:
    """A paragraph in a style, or in the plain one where the file has no such style."""
    line = file.add_paragraph(words)
    names = {each.name for each in file.styles}
    if style in names:
        line.style = style
    return line


def _contents(file: Document, document: Blocks) -> None:
    """A table of contents that Word makes anew when it is asked to; until then it lists the headings."""
    headings = [block for block in document.blocks if isinstance(block, Heading) and block.level < 3]
    if headings:
        line = file.add_paragraph()
        line.add_run("Contents").bold = True
        told = "\n".join("    " * (block.level - 1) + block.text for block in headings)
        _field(file.add_paragraph(), r'TOC \o "1-2" \h \z \u', told)


def _field(line: Words, instruction: str, shown: str) -> None:
    """A field of Word with the words it shows until it is made anew."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "instruction", "separate", "words", "end"):
        run = line.add_run()
        if kind == "words":
            run.text = shown
        elif kind == "instruction":
            element: Any = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = f" {instruction} "
            run._r.append(element)
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


def _block(file: Document, block: Block, counts: dict[str, int], separators: Separators) -> None:
    match block:
        case Heading(text, level):
            _styled(file, text, f"Heading {level}")
        case Paragraph(text):
            _prose(file.add_paragraph(), text)
        case Note(text):
            line = _styled(file, "", "Intense Quote")
            _prose(line, text)
        case Equation(formula, _):
            from docx.oxml import parse_xml

            inner = Omml().formula(formula)
            line = file.add_paragraph()
            line._p.append(parse_xml(f'<m:oMathPara xmlns:m="{MATHEMATICS}"><m:oMath>{inner}</m:oMath></m:oMathPara>'))
        case Table():
            _table(file, block, counts, separators)
        case Figure():
            _figure(file, block, counts)


def _prose(line: Words, text: str) -> None:
    for piece, bold in spans(text):
        line.add_run(piece).bold = bold or None


def _caption(file: Document, kind: str, title: str, counts: dict[str, int]) -> None:
    counts[kind] += 1
    line = _styled(file, "", "Caption")
    line.add_run(f"{kind} ")
    _field(line, f"SEQ {kind} \\* ARABIC", str(counts[kind]))
    line.add_run(f". {title}")


def _remark(file: Document, text: str) -> None:
    from docx.shared import Pt

    line = file.add_paragraph()
    _prose(line, text)
    for run in line.runs:
        run.font.size = Pt(9)


def _figure(file: Document, figure: Figure, counts: dict[str, int]) -> None:
    from docx.image.image import Image
    from docx.shared import Inches

    _caption(file, "Figure", figure.title, counts)
    picture = png(figure, scale=2.0)
    width = min(_room(file), Inches(Image.from_blob(picture).px_width / 2 / PIXELS_AN_INCH))
    line = file.add_paragraph()
    line.paragraph_format.keep_with_next = bool(figure.caution)
    shape = line.add_run().add_picture(BytesIO(picture), width=width)
    properties = shape._inline.docPr
    properties.set("descr", figure.alt)
    properties.set("title", figure.title)
    if figure.caution:
        _remark(file, figure.caution)


def _table(file: Document, table: Table, counts: dict[str, int], separators: Separators) -> None:
    rows = texts(table, separators)
    columns = [Cells(column, column.heading, [row[i] for row in rows], 0) for i, column in enumerate(table.columns)]
    turned = len(split(columns, table.keys, UPRIGHT)) > 1
    parts = split(columns, table.keys, TURNED if turned else UPRIGHT)
    if turned:
        _turn(file)
    for i, part in enumerate(parts):
        title = table.title if len(parts) == 1 else f"{table.title} (part {i + 1} of {len(parts)})"
        _caption(file, "Table", title, counts)
        _grid(file, part, table.totals)
    _remark(file, table.note)
    if turned:
        _turn(file)


def _turn(file: Document) -> None:
    """A new page, on its side where the last was upright and the other way round."""
    last = file.sections[-1]
    width, height = last.page_height, last.page_width
    section = file.add_section()
    section.page_width, section.page_height = width, height
    section.orientation = 1 if (width or 0) > (height or 0) else 0


def _room(file: Document) -> int:
    """The width of the words on the page, in Word's units of length."""
    section = file.sections[-1]
    return (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)


def _grid(file: Document, columns: Sequence[Cells], totals: int) -> None:
    count = len(columns[0].cells)
    room = _room(file)
    whole = sum(column.width for column in columns)
    grid = file.add_table(rows=1 + max(count, 1), cols=len(columns))
    grid.autofit = False
    for place, column in enumerate(columns):
        width = round(room * column.width / whole)
        for i, words in enumerate([column.heading, *column.cells]):
            cell = grid.cell(i, place)
            cell.width = width
            bold = i == 0 or i > count - totals
            _cell(cell.paragraphs[0], words, bold=bold, right=not column.column.is_words)
    if not count:
        _cell(grid.cell(1, 0).merge(grid.cell(1, len(columns) - 1)).paragraphs[0], "No rows.", bold=False, right=False)
    for i, row in enumerate(grid.rows):
        _row(row, head=i == 0, ruled=i in (0, count, count - totals))


def _cell(line: Words, words: str, *, bold: bool, right: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    run = line.add_run(words)
    run.bold, run.font.size = bold or None, Pt(TABLE_POINTS)
    line.paragraph_format.space_after = line.paragraph_format.space_before = Pt(1)
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT


def _row(row: Any, *, head: bool, ruled: bool) -> None:
    """A row that no page breaks; the first repeats on each page; a rule below where told, a hairline elsewhere."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if head else [])):
        properties.append(OxmlElement(name))
    for cell in row._tr.tc_lst:
        borders = OxmlElement("w:tcBorders")
        below: Any = OxmlElement("w:bottom")
        values = {"val": "single", "sz": "8" if ruled else "2", "color": "1B1F24" if ruled else "C9CED6"}
        for name, value in values.items():
            below.set(qn(f"w:{name}"), value)
        borders.append(below)
        cell.get_or_add_tcPr().append(borders)
