"""A document as text for a screen: lines of at most `WIDTH` letters, long cells wrapped, wide tables in parts.

Each part of a wide table repeats the columns that name a row. A figure is told in words, with its data where they are
few.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from planner.report.blocks import (
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
    spans,
)
from planner.report.layout import GAP_LETTERS, Cells, cells_of, split
from planner.report.mathematics import Plain

WIDTH = 80
GAP = " " * GAP_LETTERS
FEW_ROWS = 12
"""Data of a figure that are shown on a screen."""


@in_its_locale
def text(document: Document, *, width: int = WIDTH) -> str:
    """The document as lines of at most `width` letters."""
    parts = [_filled(document.title.upper(), width)]
    if document.subtitle:
        parts[0] += "\n" + _filled(document.subtitle, width)
    parts[0] += "\n" + "=" * width
    parts += [_block(anchor, block, width) for anchor, block in document.numbered()]
    if document.identity:
        parts.append("\n".join(_hanging(f"{label}: ", told, width) for label, told in document.identity.items()))
    return "\n\n".join(parts).replace("\u00a0", " ") + "\n"


def _block(anchor: str, block: Block, width: int) -> str:
    match block:
        case Heading(words, level):
            head = _filled(words, width)
            under = {1: "=", 2: "-"}.get(level)
            return head + "\n" + under * max(map(len, head.splitlines())) if under else head
        case Paragraph(words):
            return _filled(_plain(words), width)
        case Note(words):
            return _hanging("Note: ", _plain(words), width)
        case Equation(formula, _):
            return textwrap.indent(_filled(Plain().formula(formula), width - 4), "    ")
        case Table():
            return _table(numbered_title(anchor, block.title), block, width)
        case Figure():
            return _figure(anchor, block, width)


def _plain(words: str) -> str:
    return "".join(piece for piece, _ in spans(words))


def _figure(anchor: str, figure: Figure, width: int) -> str:
    head = _filled(numbered_title(anchor, figure.title), width)
    told = [head, _filled(figure.alt, width), _hanging("Beware: ", figure.caution, width) if figure.caution else ""]
    rows = len(figure.frame)
    if 0 < rows <= FEW_ROWS:
        told += ["", *_parts(figure.data, width)]
    elif rows:
        told.append(f"Its {rows} rows of data are in the page and in the workbook.")
    return "\n".join(line for i, line in enumerate(told) if line or i > 2)


def _table(title: str, table: Table, width: int) -> str:
    lines = [_filled(title, width), *_parts(table, width)]
    if table.note:
        lines.append(_filled(table.note, width))
    return "\n".join(lines)


def _parts(table: Table, width: int) -> list[str]:
    if table.frame.empty:
        return ["No rows."]
    parts = split(cells_of(table), table.keys, width)
    lines: list[str] = []
    for i, part in enumerate(parts):
        if len(parts) > 1:
            lines += [""] * bool(i) + [f"(part {i + 1} of {len(parts)})"]
        lines += _grid(part, table.totals)
    return lines


def _grid(columns: Sequence[Cells], totals: int) -> list[str]:
    rule = GAP.join("-" * column.width for column in columns)
    lines = [*_row([column.wrapped(column.heading) for column in columns], columns, bottom=True), rule]
    count = len(columns[0].cells)
    for i in range(count):
        if totals and i == count - totals:
            lines.append(rule)
        lines += _row([column.wrapped(column.cells[i]) for column in columns], columns, bottom=False)
    return lines


def _row(cells: Sequence[list[str]], columns: Sequence[Cells], *, bottom: bool) -> list[str]:
    """Lines of a row: cells side by side, headings on their last line, others from their first."""
    height = max(map(len, cells))
    filled = []
    for lines, column in zip(cells, columns, strict=True):
        blank = [" " * column.width] * (height - len(lines))
        filled.append(blank + lines if bottom else lines + blank)
    return [GAP.join(line).rstrip() for line in zip(*filled, strict=True)]


def _filled(words: str, width: int) -> str:
    return textwrap.fill(words, width, break_on_hyphens=False)


def _hanging(head: str, words: str, width: int) -> str:
    return textwrap.fill(
        words, width, initial_indent=head, subsequent_indent=" " * min(len(head), 12), break_on_hyphens=False
    )
