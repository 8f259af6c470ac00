"""A document for Word: real styles, numbered captions, heading rows that repeat, equations that can be edited.

A ministry's own file gives its styles, page and page furniture: a document is built on it, its words left out. Styles
are taken by name: Word's own (Title, Subtitle, Heading 1 to 3, Caption, TOC 1 and 2) and ours (Report Table, Cell,
Note, Remark, Equation, Figure), each added where the file lacks it. Wide tables are set in smaller type, wider ones
stand on pages turned on their side, the widest in parts that repeat the columns that name a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.report.blocks import (
    UNDATED,
    Block,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Table,
    in_its_locale,
    paper_mm,
)
from planner.report.blocks import Document as Blocks
from planner.report.layout import Setting, cells_of, on_paper, turned_pages, widths_points
from planner.report.mathematics import Omml
from planner.report.pictures import png, size_px
from planner.report.word import pieces
from planner.report.word.styles import TABLE_STYLE, describe, dress, styles_of

if TYPE_CHECKING:
    from docx.document import Document

LETTER_EM = 0.57
"""Width of a letter of a table as a share of its size, on average, in Arial."""
POINTS_A_PIXEL = 7.5 / 12
"""So that a figure's letters of 12 px are 7.5 points on paper, where it fits."""
CAPTION_POINTS = 80.0
"""Height kept beside a picture for its caption and remark."""
EMU_A_POINT = 12700
IDENTITY = "Where this comes from"


@dataclass
class Pages:
    """The file that is written: its page, upright, in points, and the identifiers of its styles by name."""

    file: Document
    width_points: float
    height_points: float
    across_points: float
    """Left and right margin together."""
    along_points: float
    """Top and bottom margin together."""
    styles: Mapping[str, str]
    counts: dict[str, int] = field(default_factory=lambda: {"Table": 0, "Figure": 0, "Heading": 0})

    def room_points(self, *, turned: bool) -> tuple[float, float]:
        """Width and height for words."""
        width, height = (self.height_points, self.width_points) if turned else (self.width_points, self.height_points)
        return width - self.across_points, height - self.along_points

    def letters(self, turned: bool, points: float) -> int:
        return int(self.room_points(turned=turned)[0] / (LETTER_EM * points))

    def style(self, name: str) -> str:
        """A style's identifier; built-in ones have small letters in some files."""
        return self.styles.get(name) or self.styles[name.lower()]

    def next(self, kind: str) -> int:
        self.counts[kind] += 1
        return self.counts[kind]


@in_its_locale
def docx(
    document: Blocks, *, paper: str = "a4", language: str = "en", style: Path | None = None, dated: date = UNDATED
) -> bytes:
    """The Word file's bytes.

    `paper`: a4 or letter. `language`: of the words. `style`: a .docx whose styles, page and page furniture are used;
    `paper` is then its own. `dated`: in the file's properties. Raises ValueError where `style` is no Word document.
    """
    from docx.oxml import parse_xml

    pages = _opened(document, paper, language, style, dated)
    settings = [
        on_paper(cells_of(block), block.keys, pages.letters) if isinstance(block, Table) else None
        for block in document.blocks
    ]
    turned = turned_pages(document.blocks, settings)
    last: Any = pages.file.element.body.sectPr
    sections = 0
    parts = [*_front(pages, document)]
    for i, block in enumerate(document.blocks):
        if turned[i] != (i > 0 and turned[i - 1]):
            parts.append(_break(last, turned=not turned[i], first=not sections))
            sections += 1
        before_formula = isinstance(block, Paragraph) and isinstance((*document.blocks, None)[i + 1], Equation)
        parts += _block(pages, block, settings[i], turned[i], keep_next=before_formula)
    on_side = bool(turned) and turned[-1]
    if on_side and document.identity:
        parts.append(_break(last, turned=True, first=not sections))
    parts += _identity(pages, document)
    for child in list(parse_xml(pieces.body(parts))):
        last.addprevious(child)
    if sections:
        _section(last, turned=on_side and not document.identity, first=False)
    held = BytesIO()
    pages.file.save(held)
    return held.getvalue()


def _opened(document: Blocks, paper: str, language: str, style: Path | None, dated: date) -> Pages:
    """The file without words, in its styles."""
    import docx as word
    from docx.opc.exceptions import PackageNotFoundError

    size = paper_mm(paper)
    try:
        file = word.Document(str(style) if style else None)
    except (PackageNotFoundError, KeyError, ValueError) as fault:
        raise ValueError(f"{style}: no Word document to take styles from; a .docx file would be right.") from fault
    inside: Any = file.element.body
    for child in list(inside):
        if child is not inside.sectPr:
            inside.remove(child)
    describe(file, document, language, dated)
    dress(file, document.title, size, language, own=style is None)
    section = file.sections[-1]
    sides = (section.page_width, section.page_height, section.left_margin, section.right_margin)
    width, height, left, right, top, bottom = (
        (side or 0) / EMU_A_POINT for side in (*sides, section.top_margin, section.bottom_margin)
    )
    return Pages(file, width, height, left + right, top + bottom, styles_of(file))


def _front(pages: Pages, document: Blocks) -> Iterator[str]:
    yield pieces.paragraph(pages.style("Title"), pieces.run(document.title))
    if document.subtitle:
        yield pieces.paragraph(pages.style("Subtitle"), pieces.run(document.subtitle))
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    entries = [(block.level, block.text, _mark(i)) for i, block in enumerate(headings, start=1) if block.level < 3]
    if document.identity:
        entries.append((1, IDENTITY, _mark(len(headings) + 1)))
    if entries:
        yield pieces.paragraph(pages.style("TOC Heading"), pieces.run("Contents"))
        yield pieces.contents((pages.style("toc 1"), pages.style("toc 2")), entries)


def _mark(number: int) -> str:
    """A heading's bookmark, named as Word names those of its own."""
    return f"_Toc{number:08d}"


def _identity(pages: Pages, document: Blocks) -> Iterator[str]:
    if document.identity:
        yield from _heading(pages, IDENTITY, 1)
        for label, told in document.identity.items():
            yield pieces.paragraph(pages.style("Normal"), pieces.run(f"{label}: ", bold=True) + pieces.run(told))


def _heading(pages: Pages, text: str, level: int) -> Iterator[str]:
    number = pages.next("Heading")
    inner = pieces.marked(_mark(number), number, pieces.run(text))
    yield pieces.paragraph(pages.style(f"Heading {level}"), inner)


def _block(pages: Pages, block: Block, setting: Setting | None, turned: bool, *, keep_next: bool) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield from _heading(pages, text, level)
        case Paragraph(text):
            yield pieces.paragraph(pages.style("Normal"), pieces.prose(text), keep_next=keep_next)
        case Note(text):
            yield pieces.paragraph(pages.style("Report Note"), pieces.prose(text))
        case Equation(formula, _):
            yield pieces.equation(pages.style("Report Equation"), Omml().formula(formula))
        case Table() if setting is not None:
            yield from _table(pages, block, setting)
        case Figure():
            yield from _figure(pages, block, turned)


def _figure(pages: Pages, figure: Figure, turned: bool) -> Iterator[str]:
    number = pages.next("Figure")
    relation, _ = pages.file.part.get_or_add_image(BytesIO(png(figure)))
    room = pages.room_points(turned=turned)
    px = size_px(figure)
    scale = min(POINTS_A_PIXEL, room[0] / px[0], (room[1] - CAPTION_POINTS) / px[1])
    drawn = pieces.picture(relation, number, figure.title, figure.alt, px[0] * scale, px[1] * scale)
    yield pieces.caption(pages.style("Caption"), "Figure", number, figure.title)
    yield pieces.paragraph(pages.style("Report Figure"), drawn, keep_next=bool(figure.caution))
    if figure.caution:
        yield pieces.paragraph(pages.style("Report Remark"), pieces.prose(figure.caution))


def _table(pages: Pages, table: Table, setting: Setting) -> Iterator[str]:
    number = pages.next("Table")
    room = pages.room_points(turned=setting.turned)[0]
    for i, part in enumerate(setting.parts):
        count = len(setting.parts)
        of = "" if count == 1 else f" (part {i + 1} of {count})"
        yield pieces.caption(pages.style("Caption"), "Table", number, table.title + of, again=i > 0)
        yield pieces.table(
            part,
            widths_points(part, setting.points, LETTER_EM, room),
            styles=(pages.style(TABLE_STYLE), pages.style("Report Cell")),
            points=setting.points,
            title=table.title,
            totals=table.totals,
            keep_next=bool(table.note) and i == count - 1,
        )
    # An empty line too where there is no note: without a line between them two tables are one.
    yield pieces.paragraph(pages.style("Report Remark"), pieces.prose(table.note))


def _break(of: Any, *, turned: bool, first: bool) -> str:
    """The end of a section of pages like those `of` tells, in a line too low to be seen."""
    from docx.oxml.xmlchemy import serialize_for_reading

    ended = deepcopy(of)
    _section(ended, turned=turned, first=first)
    low = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    return f"<w:p><w:pPr>{low}{serialize_for_reading(ended)}</w:pPr></w:p>"


def _section(properties: Any, *, turned: bool, first: bool) -> None:
    """Turns the pages of a section; all but the first take furniture and numbers from the one before."""
    from docx.oxml.ns import qn

    if turned:
        size = properties.find(qn("w:pgSz"))
        width, height = size.get(qn("w:w")), size.get(qn("w:h"))
        size.set(qn("w:w"), height)
        size.set(qn("w:h"), width)
        size.set(qn("w:orient"), "landscape")
    if not first:
        for name in ("w:headerReference", "w:footerReference", "w:titlePg", "w:pgNumType"):
            for each in properties.findall(qn(name)):
                properties.remove(each)
