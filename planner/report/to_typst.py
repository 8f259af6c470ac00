"""A document as a Typst source and, compiled by it, a PDF that holds to PDF/A-2b and PDF/UA-1.

Only the fonts within Typst are used, so every machine makes the same pages. Wide tables stand on pages turned on their
side, wider ones in parts that repeat the columns that name a row. All words are passed as strings, never as markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from planner.report.blocks import (
    ENGLISH,
    Block,
    Column,
    Document,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Separators,
    Table,
    numbered_title,
    spans,
    texts,
)
from planner.report.mathematics import Typst
from planner.report.pictures import svg
from planner.report.to_text import Cells, split

UPRIGHT, TURNED = 104, 160
"""Letters of a table's row that an A4 page takes, upright and on its side."""
NO_BREAK = "\u00a0"
PAGE_POINTS = 490
"""Width of the words of an A4 page, about that of Letter."""
STANDARDS: tuple[Literal["a-2b", "ua-1"], ...] = ("a-2b", "ua-1")
PREAMBLE = """#set page(paper: {paper}, margin: (x: 18mm, y: 20mm), numbering: "1 / 1")
#set page(header: context if counter(page).get().first() > 1 {{
  align(right, text(size: 8pt, fill: luma(90), {title}))
}})
#set document(title: {title}, date: datetime(year: {date.year}, month: {date.month}, day: {date.day}))
#set text(font: "Libertinus Serif", size: 10.5pt, lang: {language}, hyphenate: false)
#set par(leading: 0.6em, spacing: 1em)
#set heading(numbering: none)
#show heading: set block(above: 1.6em, below: 0.8em, sticky: true)
#show title: set text(size: 24pt)
#show figure.where(kind: table): set block(breakable: true)
#set figure.caption(position: top)
#show figure: set align(left)
#show figure.caption: set text(weight: "bold", size: 10pt)
#show figure.caption: set align(left)
#set figure(numbering: none, supplement: none)
#set figure.caption(separator: none)
#set table(stroke: none, inset: (x: 3pt, y: 2.5pt), fill: (_, y) => if y > 0 and calc.even(y) {{ luma(244) }})
#set table.cell(breakable: false)
#let remark(body) = align(left, block(text(size: 9pt, fill: luma(80), body), above: 0.6em, below: 1.4em))
#let note(body) = block(body, inset: (x: 9pt, y: 6pt), stroke: (left: 3pt + luma(120)), fill: luma(244), width: 100%)
"""


def source(
    document: Document, *, dated: date, separators: Separators = ENGLISH, paper: str = "a4", language: str = "en"
) -> tuple[str, dict[str, str]]:
    """The Typst source, and the SVG pictures that it names. `paper`: a4 or us-letter."""
    pictures: dict[str, str] = {}
    settings = {"paper": _text(paper), "title": _text(document.title), "date": dated, "language": _text(language)}
    parts = [PREAMBLE.format(**settings), "#title()", f"#text(size: 13pt, {_text(document.subtitle)})"]
    parts.append(f"#outline(title: {_text('Contents')}, depth: 2)")
    for anchor, block in document.numbered():
        picture = svg(block) if isinstance(block, Figure) else ""
        if picture:
            pictures[f"{anchor}.svg"] = picture
        parts.append(_block(anchor, block, separators, picture))
    if document.identity:
        parts.append(f"#heading(level: 1, {_text('Where this comes from')})")
        rows = ", ".join(
            f"strong({_text(label)}), text({_text(_broken(told))})" for label, told in document.identity.items()
        )
        parts.append(f"#grid(columns: (auto, 1fr), column-gutter: 12pt, row-gutter: 5pt, {rows})")
    return "\n\n".join(parts) + "\n", pictures


def pdf(
    document: Document, *, dated: date, separators: Separators = ENGLISH, paper: str = "a4", language: str = "en"
) -> bytes:
    """The PDF, tagged and fit for archives; raises typst.TypstError where Typst finds a fault."""
    import typst

    text, pictures = source(document, dated=dated, separators=separators, paper=paper, language=language)
    with TemporaryDirectory() as folder:
        for name, picture in pictures.items():
            (Path(folder) / name).write_text(picture, encoding="utf-8")
        compiler = typst.Compiler(root=folder, ignore_system_fonts=True)
        made = compiler.compile(input=text.encode(), format="pdf", pdf_standards=list(STANDARDS))
    if not isinstance(made, bytes):
        raise TypeError(f"Typst gave {type(made).__name__}, not one PDF.")
    return made


def _text(words: str) -> str:
    """Words as a string of Typst, whose escapes are those of JSON but for \\u."""
    quoted = json.dumps(words, ensure_ascii=False)
    return "".join(letter if letter >= " " else f"\\u{{{ord(letter):x}}}" for letter in quoted)


def _broken(words: str) -> str:
    """Long words with places to break: hashes, paths."""
    return " ".join(
        "\u200b".join(word[i : i + 16] for i in range(0, len(word), 16)) if len(word) > 40 else word
        for word in words.split(" ")
    )


def _prose(words: str) -> str:
    return " + ".join(f"strong({_text(piece)})" if bold else f"text({_text(piece)})" for piece, bold in spans(words))


def _block(anchor: str, block: Block, separators: Separators, picture: str) -> str:
    match block:
        case Heading(text, level):
            return f"#heading(level: {level}, {_text(text)})"
        case Paragraph(text):
            return f"#par({_prose(text)})"
        case Note(text):
            return f"#note({_prose(text)})"
        case Equation(formula, alt):
            return f"#math.equation(block: true, alt: {_text(alt)}, $ {Typst().formula(formula)} $)"
        case Table():
            return _table(numbered_title(anchor, block.title), block, separators)
        case Figure():
            remark = f" + remark({_prose(block.caution)})" if block.caution else ""
            picture = f'image("{anchor}.svg", alt: {_text(block.alt)}, width: {_width(picture)})'
            return f"#figure({picture}{remark}, caption: {_text(numbered_title(anchor, block.title))})"


def _width(picture: str) -> str:
    """A picture's width: letters of 12 px as 8 pt, and no wider than the page."""
    px = re.search(r'<svg[^>]* width="([0-9.]+)"', picture)
    if px is None:
        raise ValueError(f"A picture without a width: {picture[:80]}")
    points = float(px[1]) * 8 / 12
    return f"{points:.1f}pt" if points < PAGE_POINTS else "100%"


def _table(title: str, table: Table, separators: Separators) -> str:
    rows = texts(table, separators)
    columns = [Cells(column, _heading(column), [row[i] for row in rows], 0) for i, column in enumerate(table.columns)]
    turned = len(split(columns, table.keys, UPRIGHT)) > 1
    parts = split(columns, table.keys, TURNED if turned else UPRIGHT)
    remark = f"\n#remark({_prose(table.note)})" if table.note else ""
    told = []
    for i, part in enumerate(parts):
        caption = title if len(parts) == 1 else f"{title} (part {i + 1} of {len(parts)})"
        told.append(f"#figure(kind: table, caption: {_text(caption)}, {_grid(part, table.totals)})")
    body = "\n".join(told) + remark
    return f"#page(flipped: true)[\n{body}\n]" if turned else body


def _heading(column: Column) -> str:
    """The heading, its unit kept in one line where it is short."""
    unit = column.shown_unit
    return f"{column.label} ({unit.replace(' ', NO_BREAK)})" if 0 < len(unit) <= 8 else column.heading


def _grid(columns: Sequence[Cells], totals: int) -> str:
    count = len(columns[0].cells)
    widths = ", ".join(f"{column.width}fr" for column in columns)
    sides = ", ".join("left" if column.column.is_words else "right" for column in columns)
    heads = ", ".join(f"strong({_text(column.heading)})" for column in columns)
    lines = [f"text(size: 8pt, table(columns: ({widths},), align: ({sides},)"]
    lines.append(f"  table.header({heads}), table.hline(stroke: 0.8pt)")
    for i in range(count):
        if totals and i == count - totals:
            lines.append("  table.hline(stroke: 0.8pt)")
        style = "strong" if i >= count - totals else "text"
        lines.append("  " + ", ".join(f"{style}({_text(_broken(column.cells[i]))})" for column in columns))
    if not count:
        lines.append(f"  table.cell(colspan: {len(columns)}, align: left, {_text('No rows.')})")
    return ",\n".join([*lines, "  table.hline(stroke: 0.8pt)"]) + "))"
