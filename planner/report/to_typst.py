"""A document as a Typst source and, compiled by it, a PDF that holds to PDF/A-2b and PDF/UA-1.

Only the fonts within Typst are used, so every machine makes the same pages. Wide tables are set in smaller type, wider
ones stand on pages turned on their side, the widest in parts that repeat the columns that name a row. All words are
passed as strings, never as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from planner.report.blocks import (
    UNDATED,
    Block,
    Document,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Table,
    in_its_locale,
    numbered_title,
    paper_mm,
    spans,
)
from planner.report.layout import NARROW, WHOLE_ROWS, Cells, Setting, cells_of, on_paper, turned_pages, widths_points
from planner.report.mathematics import Typst
from planner.report.pictures import size_px, svg

LETTER_EM = 0.52
"""Width of a letter of a table as a share of its size, on average, in Libertinus Serif."""
ACROSS_MM, ALONG_MM = 18.0, 20.0
"""Margins beside, above and below."""
POINTS_AN_MM = 72 / 25.4
POINTS_A_PIXEL = 8 / 12
"""So that a figure's letters of 12 px are 8 points on paper, where it fits."""
CAPTION_POINTS = 80.0
"""Height kept beside a picture for its caption and remark."""
NAMES: Mapping[str, str] = {"a4": "a4", "letter": "us-letter"}
"""What Typst calls the sheets."""
STANDARDS: tuple[Literal["a-2b", "ua-1"], ...] = ("a-2b", "ua-1")
PREAMBLE = """#set page(paper: {paper}, margin: (x: {across}mm, y: {along}mm), numbering: "1 / 1")
#set page(header: context if counter(page).get().first() > 1 {{
  align(right, text(size: 8pt, fill: luma(90), {title}))
}})
#set document(title: {title}, date: datetime(year: {date.year}, month: {date.month}, day: {date.day}))
#set text(font: "Libertinus Serif", size: 10.5pt, lang: {language}, hyphenate: false)
#set par(leading: 0.6em, spacing: 1em)
#set heading(numbering: none)
#show heading.where(level: 1, outlined: true): it => {{
  pagebreak(weak: true)
  it
}}
#show heading: set block(above: 1.6em, below: 0.8em, sticky: true)
#show title: set text(size: 24pt)
#show figure.where(kind: table): set block(breakable: true)
#set figure.caption(position: top)
#show figure: set align(left)
#show figure.caption: set text(weight: "bold", size: 10pt)
#show figure.caption: set align(left)
#show figure.caption: it => block(sticky: true, it)
#set figure(numbering: none, supplement: none)
#set figure.caption(separator: none)
#set table(stroke: none, inset: (x: 3pt, y: 2.5pt), fill: (_, y) => if y > 0 and calc.even(y) {{ luma(244) }})
#set table.cell(breakable: false)
#let remark(body) = align(left, block(text(size: 9pt, fill: luma(80), body), above: 0.6em, below: 1.4em))
#let note(body) = block(body, inset: (x: 9pt, y: 6pt), stroke: (left: 3pt + luma(120)), fill: luma(244), width: 100%)
"""


@in_its_locale
def source(
    document: Document, *, paper: str = "a4", language: str = "en", dated: date = UNDATED
) -> tuple[str, dict[str, str]]:
    """The Typst source, and the SVG pictures that it names.

    `paper`: a4 or letter. `language`: of the words. `dated`: in the file's properties.
    """
    rooms = [_room(paper, turned=turned) for turned in (False, True)]
    settings = [
        on_paper(cells_of(block), block.keys, lambda turned, points: int(rooms[turned][0] / LETTER_EM / points))
        if isinstance(block, Table)
        else None
        for block in document.blocks
    ]
    turned = turned_pages(document.blocks, settings)
    page = {"paper": _text(NAMES[paper]), "across": ACROSS_MM, "along": ALONG_MM}
    head = PREAMBLE.format(**page, title=_text(document.title), date=dated, language=_text(language))
    parts = [head, "#title()", f"#text(size: 13pt, {_text(document.subtitle)})"]
    parts.append(f"#outline(title: {_text('Contents')}, depth: 2)")
    pictures: dict[str, str] = {}
    for i, (anchor, block) in enumerate(document.numbered()):
        if turned[i] != (i > 0 and turned[i - 1]):
            parts.append(f"#set page(flipped: {str(turned[i]).lower()})")
        if isinstance(block, Figure):
            pictures[f"{anchor}.svg"] = svg(block)
            parts.append(_figure(anchor, block, size_px(block), rooms[turned[i]]))
        else:
            told = _block(anchor, block, settings[i], rooms[turned[i]][0])
            if isinstance(block, Paragraph) and isinstance((*document.blocks, None)[i + 1], Equation):
                told = f"#block(sticky: true)[{told}]"
            parts.append(told)
    if document.identity:
        parts += ["#set page(flipped: false)"] * bool(turned and turned[-1])
        parts.append(f"#heading(level: 1, {_text('Where this comes from')})")
        rows = ", ".join(
            f"strong({_text(label)}), text({_text(_broken(told))})" for label, told in document.identity.items()
        )
        parts.append(f"#grid(columns: (auto, 1fr), column-gutter: 12pt, row-gutter: 5pt, {rows})")
    return "\n\n".join(parts) + "\n", pictures


def pdf(document: Document, *, paper: str = "a4", language: str = "en", dated: date = UNDATED) -> bytes:
    """The PDF, tagged and fit for archives; raises typst.TypstError where Typst finds a fault."""
    import typst

    text, pictures = source(document, paper=paper, language=language, dated=dated)
    with TemporaryDirectory() as folder:
        for name, picture in pictures.items():
            (Path(folder) / name).write_text(picture, encoding="utf-8")
        compiler = typst.Compiler(root=folder, ignore_system_fonts=True)
        made = compiler.compile(input=text.encode(), format="pdf", pdf_standards=list(STANDARDS))
    if not isinstance(made, bytes):
        raise TypeError(f"Typst gave {type(made).__name__}, not one PDF.")
    return made


def _room(paper: str, *, turned: bool) -> tuple[float, float]:
    """Width and height for words, in points."""
    width, height = paper_mm(paper)
    if turned:
        width, height = height, width
    return (width - 2 * ACROSS_MM) * POINTS_AN_MM, (height - 2 * ALONG_MM) * POINTS_AN_MM


def _text(words: str) -> str:
    """Words as a string of Typst, whose escapes are those of JSON but for \\u."""
    quoted = json.dumps(words, ensure_ascii=False)
    return "".join(letter if letter >= " " else f"\\u{{{ord(letter):x}}}" for letter in quoted)


def _broken(words: str, longest: int = 40) -> str:
    """Words with a place to break after so many letters: hashes, paths, names in narrow columns."""
    return " ".join(
        "\u200b".join(word[i : i + longest] for i in range(0, len(word), longest)) for word in words.split(" ")
    )


def _prose(words: str) -> str:
    return " + ".join(f"strong({_text(piece)})" if bold else f"text({_text(piece)})" for piece, bold in spans(words))


def _block(anchor: str, block: Block, setting: Setting | None, room_points: float) -> str:
    match block:
        case Heading(text, level):
            return f"#heading(level: {level}, {_text(text)})"
        case Paragraph(text):
            return f"#par({_prose(text)})"
        case Note(text):
            return f"#note({_prose(text)})"
        case Equation(formula, alt):
            return f"#math.equation(block: true, alt: {_text(alt)}, $ {Typst().formula(formula)} $)"
        case Table() if setting is not None:
            return _table(numbered_title(anchor, block.title), block, setting, room_points)
    raise TypeError(f"A {type(block).__name__} is no block that is set here.")


def _figure(anchor: str, figure: Figure, px: tuple[float, float], room: tuple[float, float]) -> str:
    scale = min(POINTS_A_PIXEL, room[0] / px[0], (room[1] - CAPTION_POINTS) / px[1])
    picture = f'image("{anchor}.svg", alt: {_text(figure.alt)}, width: {px[0] * scale:.1f}pt)'
    remark = f" + remark({_prose(figure.caution)})" if figure.caution else ""
    return f"#figure({picture}{remark}, caption: {_text(numbered_title(anchor, figure.title))})"


def _table(title: str, table: Table, setting: Setting, room_points: float) -> str:
    told = []
    for i, part in enumerate(setting.parts):
        count = len(setting.parts)
        caption = title if count == 1 else f"{title} (part {i + 1} of {count})"
        grid = _grid(part, table.totals, setting.points, room_points)
        whole = len(part[0].cells) <= WHOLE_ROWS
        inner = f"#figure(kind: table, caption: {_text(caption)}, {grid})"
        told.append(f"#block(breakable: false)[{inner}]" if whole else inner)
    return "\n".join(told) + (f"\n#remark({_prose(table.note)})" if table.note else "")


def _grid(columns: Sequence[Cells], totals: int, points: float, room_points: float) -> str:
    count = len(columns[0].cells)
    widths = ", ".join(f"{width:.1f}pt" for width in widths_points(columns, points, LETTER_EM, room_points))
    sides = ", ".join("left" if column.column.is_words else "right" for column in columns)
    heads = ", ".join(f"strong({_text(column.heading)})" for column in columns)
    lines = [f"text(size: {points}pt, table(columns: ({widths},), align: ({sides},)"]
    lines.append(f"  table.header({heads}), table.hline(stroke: 0.8pt)")
    for i in range(count):
        if totals and i == count - totals:
            lines.append("  table.hline(stroke: 0.8pt)")
        style = "strong" if i >= count - totals else "text"
        lines.append(
            "  "
            + ", ".join(f"{style}({_text(_broken(column.cells[i], max(column.width, NARROW)))})" for column in columns)
        )
    if not count:
        lines.append(f"  table.cell(colspan: {len(columns)}, align: left, {_text('No rows.')})")
    return ",\n".join([*lines, "  table.hline(stroke: 0.8pt)"]) + "))"
