"""The PDF: the figures of the other formats, standards for archives and for readers who listen, words as they are."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from planner.report.blocks import Column, Document, Paragraph, Table
from planner.report.to_typst import pdf, source
from tests.planner.report_sample import ROWS, SHOWN, document, figures, table

DAY = date(2026, 11, 25)
MARKUP = '#panic("x") *a* $b$ \\ @c <d> // e'


def words_of(made: bytes, folder: Path) -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("no pdftotext on this machine: the PDF isn't read back")
    file = folder / "report.pdf"
    file.write_bytes(made)
    return subprocess.run([program, "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def test_the_pdf_has_the_figures_of_every_format(tmp_path: Path) -> None:
    lines = ["".join(line.split()) for line in words_of(pdf(document(), dated=DAY), tmp_path).splitlines()]
    for row in SHOWN:
        assert [line for line in lines if line.startswith("".join("".join(row).split()))]


def test_every_cell_is_in_the_source_as_a_string() -> None:
    text, _ = source(document(), dated=DAY)
    for row in SHOWN:
        assert all(f'text("{cell}")' in text or f'strong("{cell}")' in text for cell in row)


def test_it_holds_to_the_standards_for_archives_and_accessibility() -> None:
    made = pdf(document(tuple(figures().values())), dated=DAY)
    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in made and b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made


def test_the_same_document_gives_the_same_pages() -> None:
    assert pdf(document(), dated=DAY) == pdf(document(), dated=DAY)


def test_markup_in_names_and_prose_is_shown_as_it_is(tmp_path: Path) -> None:
    rows = ROWS.assign(site=[MARKUP, *ROWS["site"][1:]])
    odd = Document(MARKUP, MARKUP, (Paragraph(MARKUP), Table(MARKUP, rows, (Column("site", "Site", kind="text"),))))
    words = words_of(pdf(odd, dated=DAY), tmp_path)
    assert words.count('#panic("x") *a* $b$ \\ @c <d> // e') >= 4


def test_a_wide_table_is_turned_and_a_wider_one_is_in_parts() -> None:
    wide, _ = source(document(), dated=DAY)
    assert wide.count("#set page(flipped: true)") == wide.count("#set page(flipped: false)") == 1
    more = tuple(Column(f"mw{i}", f"Power of year {i}", "MW") for i in range(32))
    frame = ROWS.assign(**{column.name: 12345.6 for column in more})
    wider = replace(table(), frame=frame, columns=(*table().columns[:2], *more))
    text, _ = source(Document("T", "", (wider,)), dated=DAY)
    assert "(part 1 of 2)" in text and "(part 2 of 2)" in text
    assert text.count('strong("First power")') == 2
