"""The Word file, read back: figures, styles, captions, repeated headings, equations, a ministry's own styles."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import docx as word
import pandas as pd
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm

from planner.report.blocks import Column, Note, Paragraph, Table
from planner.report.blocks import Document as Blocks
from planner.report.to_docx import docx
from planner.wording import said_in
from tests.planner.report_sample import SHOWN, document, figures


@pytest.fixture(scope="module")
def file() -> Any:
    drawn = figures()
    return word.Document(BytesIO(docx(document((drawn["bars"], drawn["bridge"])))))


def test_the_file_has_the_figures_of_every_format(file: Any) -> None:
    rows = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    assert rows[0][:3] == ["Site", "First power", "Power (MW)"]
    assert [row[:-1] for row in rows[1:]] == SHOWN


def test_headings_captions_and_title_are_styles(file: Any) -> None:
    styles = [(line.style.name, line.text) for line in file.paragraphs if line.style.name != "Normal" and line.text]
    assert styles[:2] == [("Title", "A <plan>"), ("Subtitle", "For tests")]
    assert ("Heading 1", "Results") in styles and ("Heading 2", "Results") in styles
    captions = [text for style, text in styles if style == "Caption"]
    assert captions == ["Table 1. Sites & costs", "Table 2. Nothing", "Figure 1. Bars", "Figure 2. Bridge"]
    fields = [element.text.strip() for element in file.element.iter(qn("w:instrText"))]
    assert fields.count("SEQ Table \\* ARABIC") == fields.count("SEQ Figure \\* ARABIC") == 2
    assert {table.style.name for table in file.tables} == {"Report Table"}


def test_the_contents_list_the_headings_before_word_makes_them_anew_and_lead_to_them(file: Any) -> None:
    lines = [line for line in file.paragraphs if line.style.name.startswith("toc")]
    assert [(line.style.name, line._p.xpath("string(.//w:hyperlink)")) for line in lines] == [
        ("toc 1", "Results"),
        ("toc 2", "Results"),
        ("toc 1", "Where this comes from"),
    ]
    marks = [each.get(qn("w:name")) for each in file.element.iter(qn("w:bookmarkStart"))]
    assert [each.get(qn("w:anchor")) for each in file.element.iter(qn("w:hyperlink"))] == marks
    assert r'TOC \o "1-2" \h \z \u' in [each.text.strip() for each in file.element.iter(qn("w:instrText"))]


def test_fields_are_whole(file: Any) -> None:
    for part in (file.element, file.sections[0].footer._element):
        kinds = [each.get(qn("w:fldCharType")) for each in part.iter(qn("w:fldChar"))]
        assert len(kinds) >= 6 and kinds == ["begin", "separate", "end"] * (len(kinds) // 3)


def test_pages_are_numbered_and_headed_and_the_file_says_what_it_is(file: Any) -> None:
    section = file.sections[0]
    assert section.header.paragraphs[0].text == "A <plan>"
    numbers = [each.text.strip() for each in section.footer._element.iter(qn("w:instrText"))]
    assert numbers == ["PAGE", "NUMPAGES"]
    told = file.core_properties
    assert (told.title, told.subject, told.language, told.author) == ("A <plan>", "For tests", "en", "")


def test_heading_rows_repeat_and_no_row_is_broken(file: Any) -> None:
    for table in file.tables:
        marks = [[mark.tag for mark in row._tr.trPr] for row in table.rows]
        assert all(qn("w:cantSplit") in mark for mark in marks)
        assert [qn("w:tblHeader") in mark for mark in marks] == [True] + [False] * (len(marks) - 1)


def test_pictures_have_words_and_equations_can_be_edited(file: Any) -> None:
    assert [shape._inline.docPr.get("descr") for shape in file.inline_shapes] == ["What it shows."] * 2
    equations = [element for element in file.element.iter() if element.tag.endswith("}oMath")]
    normal = ["".join(run.itertext()) for run in file.element.iter(qn("m:r")) if list(run.iter(qn("m:nor")))]
    assert normal == ["price", "buy", "budget"]
    assert ["".join(equation.itertext()) for equation in equations] == ["price·buya,t≤budget"]


def test_a_wide_table_stands_on_a_page_on_its_side(file: Any) -> None:
    assert [section.page_width > section.page_height for section in file.sections] == [False, True, False]


def test_a_table_is_as_wide_as_what_is_in_it_and_no_wider_than_its_page(file: Any) -> None:
    wide, small = ([column.width.mm for column in table.columns] for table in file.tables)
    assert sum(small) < 80
    # A4 on its side less two margins of 20 mm.
    assert 170 < sum(wide) <= 297 - 2 * 20 + 0.1
    assert wide[0] > wide[2]


def test_parts_of_a_table_too_wide_for_a_page_have_one_number() -> None:
    more = {f"y{i}": [12345.6] * 3 for i in range(40)}
    frame = pd.DataFrame({"site": ["a", "b", "c"], **more})
    columns = (Column("site", "Site", kind="text"), *(Column(name, f"Year {name}", "MW") for name in more))
    made = word.Document(
        BytesIO(docx(Blocks("T", "", (Table("Wide", frame, columns), Table("Next", frame, columns[:2])))))
    )
    captions = [line.text for line in made.paragraphs if line.style.name == "Caption"]
    count = len(captions) - 1
    assert captions == [*(f"Table 1. Wide (part {i} of {count})" for i in range(1, count + 1)), "Table 2. Next"]
    assert [table.cell(1, 0).text for table in made.tables] == ["a"] * (count + 1)
    fields = [each.text.strip() for each in made.element.iter(qn("w:instrText"))]
    assert fields == ["SEQ Table \\* ARABIC", *["SEQ Table \\c \\* ARABIC"] * (count - 1), "SEQ Table \\* ARABIC"]


def test_paper_and_separators_are_those_asked_for() -> None:
    with said_in("de"):
        told = document()
    made = word.Document(BytesIO(docx(told, paper="letter")))
    assert (made.sections[0].page_width.inches, made.sections[0].page_height.inches) == (8.5, 11)
    assert made.tables[0].cell(3, 4).text == "41.200"
    with pytest.raises(ValueError, match="Paper 'a5': no such sheet; there are a4, letter"):
        docx(document(), paper="a5")


def test_words_that_xml_cannot_hold_are_left_out() -> None:
    made = word.Document(BytesIO(docx(Blocks("a\x00b & c", "", (Paragraph("d\x0be **f\x1b** <g>"),)))))
    assert [line.text for line in made.paragraphs] == ["ab & c", "de f <g>"]


def test_a_ministrys_styles_and_page_are_kept_and_its_words_left_out(tmp_path: Path) -> None:
    own = word.Document()
    own.add_paragraph("Confidential draft")
    own.styles["Heading 1"].font.name = "Garamond"
    own.styles.add_style("Report Table", WD_STYLE_TYPE.TABLE).element.set(qn("w:styleId"), "Theirs")
    own.sections[0].header.paragraphs[0].text = "Ministry of Plans"
    own.sections[0].page_width, own.sections[0].page_height = Mm(200), Mm(280)
    caption = own.styles["Caption"]
    caption.element.getparent().remove(caption.element)
    own.save(tmp_path / "ministry.docx")
    made = word.Document(BytesIO(docx(document(), style=tmp_path / "ministry.docx")))
    assert made.styles["Heading 1"].font.name == "Garamond"
    assert made.sections[0].header.paragraphs[0].text == "Ministry of Plans"
    assert [(round(each.page_width.mm), round(each.page_height.mm)) for each in made.sections] == [
        (200, 280), (280, 200), (200, 280),
    ]  # fmt: skip
    assert {table._tbl.tblPr.find(qn("w:tblStyle")).get(qn("w:val")) for table in made.tables} == {"Theirs"}
    words = [line.text for line in made.paragraphs]
    assert "Confidential draft" not in words
    assert "Table 1. Sites & costs" in words


def test_a_file_that_is_no_word_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_text("notes")
    with pytest.raises(ValueError, match=r"notes\.docx: no Word document to take styles from"):
        docx(document(), style=tmp_path / "notes.docx")


def test_the_same_document_gives_the_same_words() -> None:
    made = [zipfile.ZipFile(BytesIO(docx(document()))).read("word/document.xml") for _ in range(2)]
    assert made[0] == made[1]


def test_a_paragraph_stays_with_the_formula_that_it_leads_to() -> None:
    formula = document().blocks[3]
    made = word.Document(BytesIO(docx(Blocks("T", "", (Paragraph("alone"), Note("n"), Paragraph("so"), formula)))))
    assert [line.text for line in made.paragraphs if line.paragraph_format.keep_with_next] == ["so"]
