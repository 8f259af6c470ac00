"""Styles and page furniture of a Word document: a house style for our own file, and what a ministry's file lacks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from planner.report.blocks import Document as Blocks
from planner.report.word.pieces import SPACES, field, held, paragraph, run

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Arial"
INK = "1B1F24"
SOFT = "525A64"
RULE = "C9CED6"
STRIPE = "F5F6F8"
MARGIN_MM = 20
SIZES_POINTS: Mapping[str, float] = {
    "Normal": 10.5,
    "Title": 24,
    "Subtitle": 13,
    "Heading 1": 17,
    "Heading 2": 13,
    "Heading 3": 11,
    "Caption": 10,
}
SPACES_POINTS: Mapping[str, tuple[float, float]] = {
    "Normal": (0, 6),
    "Title": (0, 4),
    "Subtitle": (0, 14),
    "Heading 1": (0, 10),
    "Heading 2": (16, 6),
    "Heading 3": (12, 4),
    "Caption": (12, 4),
}
"""Before and after."""
ADDED: Mapping[str, str] = {
    "Title": '<w:pPr><w:spacing w:after="80"/></w:pPr><w:rPr><w:b/><w:sz w:val="48"/></w:rPr>',
    "Subtitle": '<w:pPr><w:spacing w:after="240"/></w:pPr><w:rPr><w:sz w:val="26"/></w:rPr>',
    "heading 1": '<w:pPr><w:keepNext/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="32"/></w:rPr>',
    "heading 2": '<w:pPr><w:keepNext/><w:outlineLvl w:val="1"/></w:pPr><w:rPr><w:b/><w:sz w:val="26"/></w:rPr>',
    "heading 3": '<w:pPr><w:keepNext/><w:outlineLvl w:val="2"/></w:pPr><w:rPr><w:b/><w:sz w:val="22"/></w:rPr>',
    "caption": '<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/></w:pPr><w:rPr><w:b/></w:rPr>',
    "toc 1": '<w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{tab}"/></w:tabs>'
    '<w:spacing w:before="60" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr><w:rPr><w:sz w:val="20"/></w:rPr>',
    "toc 2": '<w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{tab}"/></w:tabs>'
    '<w:spacing w:after="0" w:line="240" w:lineRule="auto"/><w:ind w:left="280"/></w:pPr>'
    '<w:rPr><w:sz w:val="18"/></w:rPr>',
    "TOC Heading": '<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="120"/></w:pPr>'
    '<w:rPr><w:b/><w:sz w:val="26"/></w:rPr>',
    "Report Note": "<w:pPr><w:keepLines/>"
    f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="{SOFT}"/></w:pBdr>'
    f'<w:shd w:val="clear" w:color="auto" w:fill="{STRIPE}"/><w:spacing w:before="120" w:after="160"/>'
    '<w:ind w:left="200"/></w:pPr>',
    "Report Remark": '<w:pPr><w:spacing w:before="60" w:after="200"/></w:pPr>'
    f'<w:rPr><w:color w:val="{SOFT}"/><w:sz w:val="18"/></w:rPr>',
    "Report Cell": '<w:pPr><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/></w:pPr>',
    "Report Equation": '<w:pPr><w:spacing w:before="60" w:after="120"/><w:ind w:left="280"/></w:pPr>',
    "Report Figure": '<w:pPr><w:spacing w:before="0" w:after="40"/></w:pPr>',
}
"""Styles of paragraphs that are added where a file has none of the name; the tab is where its page ends."""
TABLE_STYLE = "Report Table"
EDGE = f'w:val="single" w:sz="8" w:space="0" w:color="{INK}"'
TABLE_XML = (
    '<w:tblPr><w:tblStyleRowBandSize w:val="1"/><w:tblBorders>'
    f'<w:top {EDGE}/><w:bottom {EDGE}/><w:insideH w:val="single" w:sz="2" w:space="0" w:color="{RULE}"/></w:tblBorders>'
    '<w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders><w:bottom {EDGE}/></w:tcBorders>'
    '<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>'
    f'<w:tblStylePr w:type="band2Horz"><w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{STRIPE}"/></w:tcPr>'
    "</w:tblStylePr>"
)
LONGEST_PROPERTY = 255
"""Letters that a property of a file holds."""
WORD_2013 = "15"
"""The mode of current Word; an older one opens in compatibility mode."""


def describe(file: Document, document: Blocks, language: str, dated: date) -> None:
    """The file's properties, those of another's file left out."""
    told = file.core_properties
    when = datetime(dated.year, dated.month, dated.day)
    told.title, told.subject = (held(text)[:LONGEST_PROPERTY] for text in (document.title, document.subtitle))
    told.language = language
    told.created = told.modified = when
    told.author = told.last_modified_by = told.comments = told.keywords = told.category = ""
    told.revision = 1


def dress(file: Document, title: str, paper_mm: tuple[float, float], language: str, *, own: bool) -> None:
    """Page, furniture and styles: `own`, ours; else what the file has, and the styles that it lacks."""
    if own:
        _page(file, paper_mm)
        _furnish(file, title)
        _styles(file)
        _modern(file)
    section = file.sections[-1]
    room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    _add(file, round(room / 635))
    _language(file, language)


def _page(file: Document, paper_mm: tuple[float, float]) -> None:
    from docx.shared import Mm

    section = file.sections[-1]
    section.page_width, section.page_height = (Mm(side) for side in paper_mm)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(10)


def _furnish(file: Document, title: str) -> None:
    """The title above, the page's number of all below."""
    from docx.oxml import parse_xml
    from docx.shared import Pt

    section = file.sections[-1]
    spaces = f'xmlns:w="{SPACES["w"]}"'
    number = f"{field('PAGE', run('1'))}{run(' / ')}{field('NUMPAGES', run('1'))}"
    for place, inner in ((section.header, run(title)), (section.footer, number)):
        line = place.paragraphs[0]
        for child in parse_xml(paragraph("Header", inner).replace("<w:p>", f"<w:p {spaces}>", 1))[1:]:
            line._p.append(child)
        line.alignment = 2
        for each in line.runs:
            each.font.size = Pt(8)


def _styles(file: Document) -> None:
    from docx.shared import Pt, RGBColor

    for name, size in SIZES_POINTS.items():
        style: Any = file.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = RGBColor.from_string(SOFT if name == "Subtitle" else INK)
        style.font.italic = False
        fonts = style.element.rPr.rFonts
        for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[theme]
        layout = style.paragraph_format
        layout.space_before, layout.space_after = (Pt(each) for each in SPACES_POINTS[name])
        layout.line_spacing = 1.15 if name == "Normal" else 1.0
        if name != "Normal":
            layout.keep_with_next = True
        for ornament in style.element.xpath("w:pPr/w:pBdr | w:rPr/w:spacing | w:rPr/w:kern"):
            ornament.getparent().remove(ornament)
    starts: Any = file.styles["Heading 1"]
    starts.paragraph_format.page_break_before = True
    # It is based on Heading 1, and stands under the title.
    of_contents: Any = file.styles["TOC Heading"]
    of_contents.paragraph_format.page_break_before = False
    of_contents.font.size = Pt(13)


def _modern(file: Document) -> None:
    from docx.oxml.ns import qn

    for setting in file.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), WORD_2013)


def _add(file: Document, tab_twips: int) -> None:
    """The styles that the file lacks, based on its plain ones."""
    from docx.oxml import parse_xml

    names = styles_of(file)
    present = {name.casefold() for name in names}

    def add(kind: str, name: str, base: str, inner: str) -> None:
        custom = ' w:customStyle="1"' if name.startswith("Report") else ""
        based = f'<w:basedOn w:val="{names[base]}"/>' if base in names else ""
        head = f'<w:style xmlns:w="{SPACES["w"]}" w:type="{kind}"{custom} w:styleId="{name.replace(" ", "")}">'
        made = parse_xml(f'{head}<w:name w:val="{name}"/>{based}<w:qFormat/>{inner}</w:style>')
        file.styles.element.append(made)

    for name, inner in ADDED.items():
        if name.casefold() not in present:
            add("paragraph", name, "Normal", inner.format(tab=tab_twips))
    if TABLE_STYLE not in names:
        add("table", TABLE_STYLE, "Normal Table", TABLE_XML)


def _language(file: Document, language: str) -> None:
    """The language of the words, for spelling and for voices."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    root: Any = file.styles.element
    for defaults in root.iter(qn("w:rPrDefault")):
        for properties in defaults.iter(qn("w:rPr")):
            found = properties.find(qn("w:lang"))
            if found is None:
                found = OxmlElement("w:lang")
                properties.append(found)
            found.set(qn("w:val"), "en-GB" if language == "en" else language)


def styles_of(file: Document) -> dict[str, str]:
    """Identifiers of the file's styles by name, as it is written in the file."""
    from docx.oxml.ns import qn

    root: Any = file.styles.element
    return {
        style.find(qn("w:name")).get(qn("w:val")): style.get(qn("w:styleId"))
        for style in root.iter(qn("w:style"))
        if style.find(qn("w:name")) is not None
    }
