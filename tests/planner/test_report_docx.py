"""The Word file, read back: figures, styles, captions, repeated headings, equations, a ministry's own styles."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import docx as word
import pytest
from docx.oxml.ns import qn

from planner.report.to_docx import docx
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


def test_heading_rows_repeat_and_no_row_is_broken(file: Any) -> None:
    for table in file.tables:
        marks = [[mark.tag for mark in row._tr.trPr] for row in table.rows]
        assert all(qn("w:cantSplit") in mark for mark in marks)
        assert [qn("w:tblHeader") in mark for mark in marks] == [True] + [False] * (len(marks) - 1)


def test_pictures_have_words_and_equations_can_be_edited(file: Any) -> None:
    assert [shape._inline.docPr.get("descr") for shape in file.inline_shapes] == ["What it shows."] * 2
    equations = [element for element in file.element.iter() if element.tag.endswith("}oMath")]
    assert ["".join(equation.itertext()) for equation in equations] == ["price·buya,t≤budget"]


def test_a_wide_table_stands_on_a_page_on_its_side(file: Any) -> None:
    assert [section.page_width > section.page_height for section in file.sections] == [False, True, False]


def test_a_ministrys_styles_and_page_are_kept_and_its_words_left_out(tmp_path: Path) -> None:
    own = word.Document()
    own.add_paragraph("Confidential draft")
    own.styles["Heading 1"].font.name = "Garamond"
    own.sections[0].header.paragraphs[0].text = "Ministry of Plans"
    caption = own.styles["Caption"]
    caption.element.getparent().remove(caption.element)
    own.save(tmp_path / "ministry.docx")
    made = word.Document(BytesIO(docx(document(), template=tmp_path / "ministry.docx")))
    assert made.styles["Heading 1"].font.name == "Garamond"
    assert made.sections[0].header.paragraphs[0].text == "Ministry of Plans"
    words = [line.text for line in made.paragraphs]
    assert "Confidential draft" not in words
    assert "Table 1. Sites & costs" in words
