"""Pieces of a Word document as WordprocessingML text: paragraphs, fields, pictures, tables, sections.

Put together as text and parsed once, since a document's tables have tens of thousands of cells.
Source: ECMA-376, part 1, 17 (WordprocessingML) and 20.4 (pictures).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from planner.report.blocks import spans
from planner.report.layout import WHOLE_ROWS, Cells

SPACES: Mapping[str, str] = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
TWIPS_A_POINT = 20
EMU_A_POINT = 12700
"""English metric units, in which pictures are measured."""


def held(text: str) -> str:
    """Text without the control characters that XML can't hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


def words(text: str) -> str:
    """Text for XML."""
    return escape(held(text))


def attribute(text: str) -> str:
    """Text as a quoted attribute."""
    return quoteattr(held(text))


def run(text: str, *, bold: bool = False) -> str:
    style = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{style}<w:t xml:space="preserve">{words(text)}</w:t></w:r>' if text else ""


def prose(text: str) -> str:
    """Runs of a text whose **so** is bold."""
    return "".join(run(piece, bold=bold) for piece, bold in spans(text))


def paragraph(style: str, inner: str, *, keep_next: bool = False) -> str:
    keep = "<w:keepNext/>" if keep_next else ""
    return f"<w:p><w:pPr><w:pStyle w:val={attribute(style)}/>{keep}</w:pPr>{inner}</w:p>"


def field(instruction: str, shown: str) -> str:
    """A field with what it shows until it is made anew; `shown` is runs."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {words(instruction)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{shown}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def marked(name: str, number: int, inner: str) -> str:
    """Runs under a bookmark, for links and for the table of contents."""
    return f'<w:bookmarkStart w:id="{number}" w:name={attribute(name)}/>{inner}<w:bookmarkEnd w:id="{number}"/>'


def contents(styles: Sequence[str], entries: Sequence[tuple[int, str, str]]) -> str:
    """A table of contents as Word makes it anew when asked; until then it links to the headings of `entries`: level,
    words and bookmark. Page numbers come when it is made anew: only a program that lays out pages knows them. It isn't
    marked to be made anew on opening (w:dirty, w:updateFields): Word then asks whether fields may be updated."""
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        r'<w:r><w:instrText xml:space="preserve"> TOC \o "1-2" \h \z \u </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    lines = [
        f'<w:hyperlink w:anchor={attribute(mark)} w:history="1">{run(text)}</w:hyperlink>' for _, text, mark in entries
    ]
    lines[0], lines[-1] = begin + lines[0], lines[-1] + end
    return "".join(paragraph(styles[level - 1], line) for (level, _, _), line in zip(entries, lines, strict=True))


def caption(style: str, kind: str, number: int, title: str, *, again: bool = False) -> str:
    """Table 1. Title, its number a field that counts; `again` for a part that goes on under the same number."""
    instruction = f"SEQ {kind} " + (r"\c \* ARABIC" if again else r"\* ARABIC")
    return paragraph(style, run(f"{kind} ") + field(instruction, run(str(number))) + run(f". {title}"), keep_next=True)


def picture(relation: str, number: int, title: str, alt: str, width_points: float, height_points: float) -> str:
    """A picture in the line; `relation` names its file in the document, `alt` tells it in words."""
    size = f'cx="{round(width_points * EMU_A_POINT)}" cy="{round(height_points * EMU_A_POINT)}"'
    name = f'id="{number}" name="Picture {number}"'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/>'
        f"<wp:docPr {name} descr={attribute(alt)} title={attribute(title)}/>"
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="{SPACES["pic"]}"><pic:pic><pic:nvPicPr><pic:cNvPr {name}/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def equation(style: str, inner: str) -> str:
    """A displayed equation that Word can edit; `inner` is OMML."""
    left = '<m:oMathParaPr><m:jc m:val="left"/></m:oMathParaPr>'
    return paragraph(style, f"<m:oMathPara>{left}<m:oMath>{inner}</m:oMath></m:oMathPara>")


def table(
    columns: Sequence[Cells],
    widths_points: Sequence[float],
    *,
    styles: tuple[str, str],
    points: float,
    title: str,
    totals: int,
    keep_next: bool,
) -> str:
    """A table whose first row repeats on each page and whose rows no page parts; short ones stand on one page.

    `styles`: of the table and of what is in its cells. `totals`: that many last rows are bold under a rule.
    `keep_next`: a note follows that belongs to it.
    """
    of_table, of_cells = styles
    twips = [round(width * TWIPS_A_POINT) for width in widths_points]
    count = len(columns[0].cells)
    size = f'<w:rPr><w:sz w:val="{round(2 * points)}"/><w:szCs w:val="{round(2 * points)}"/>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    parts = [
        f"<w:tbl><w:tblPr><w:tblStyle w:val={attribute(of_table)}/>"
        f'<w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0" '
        f'w:noVBand="1"/><w:tblCaption w:val={attribute(title)}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    ]

    def cell(text: str, place: int, *, keep: bool, bold: bool = False, rule: bool = False) -> str:
        side = "" if columns[place].column.is_words else '<w:jc w:val="right"/>'
        top = '<w:tcBorders><w:top w:val="single" w:sz="8" w:color="1B1F24"/></w:tcBorders>' if rule else ""
        letters = f"{size[:7]}{'<w:b/>' * bold}{size[7:]}</w:rPr>"
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{twips[place]}" w:type="dxa"/>{top}</w:tcPr>'
            f"<w:p><w:pPr><w:pStyle w:val={attribute(of_cells)}/>{'<w:keepNext/>' * keep}{side}</w:pPr>"
            f'<w:r>{letters}<w:t xml:space="preserve">{words(text)}</w:t></w:r></w:p></w:tc>'
        )

    heads = "".join(cell(column.heading, i, keep=True) for i, column in enumerate(columns))
    parts.append(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>")
    for i in range(count):
        keep = (count <= WHOLE_ROWS and i < count - 1) or (keep_next and i >= count - 2)
        bold, rule = i >= count - totals, bool(totals) and i == count - totals
        cells = (cell(column.cells[i], j, keep=keep, bold=bold, rule=rule) for j, column in enumerate(columns))
        parts.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    if not count:
        parts.append(
            f'<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:tcW w:w="{sum(twips)}" w:type="dxa"/>'
            f'<w:gridSpan w:val="{len(columns)}"/></w:tcPr>{paragraph(of_cells, run("No rows."), keep_next=keep_next)}'
            "</w:tc></w:tr>"
        )
    return "".join([*parts, "</w:tbl>"])


def body(parts: Iterable[str]) -> str:
    """All pieces under one element that knows their prefixes."""
    spaces = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in SPACES.items())
    return f"<w:body {spaces}>{''.join(parts)}</w:body>"
