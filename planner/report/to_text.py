"""A document as text for a screen: lines of at most `WIDTH` letters, long cells wrapped, wide tables in parts.

Each part of a wide table repeats the columns that name a row. A figure is told in words, with its data where they are
few.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

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
from planner.report.mathematics import Plain

WIDTH = 80
GAP = "  "
NARROW = 10
"""Letters that a column of words keeps, whatever stands beside it."""
FEW_ROWS = 12
"""Data of a figure that are shown on a screen."""


@dataclass(frozen=True)
class Cells:
    """A column's heading and cells, and the letters it is given."""

    column: Column
    heading: str
    cells: list[str]
    width: int

    @property
    def widest(self) -> int:
        """Letters it takes with no cell wrapped; headings wrap at words in any case."""
        return max([_longest_word(self.heading), *map(len, self.cells)])

    @property
    def least(self) -> int:
        """Letters it must have: figures are never wrapped."""
        if not self.column.is_words:
            return self.widest
        return min(self.widest, max(NARROW, _longest_word(self.heading)))

    def at(self, width: int) -> Cells:
        return Cells(self.column, self.heading, self.cells, width)

    def wrapped(self, text: str) -> list[str]:
        lines = textwrap.wrap(text, self.width, break_on_hyphens=False) or [""]
        return [line.ljust(self.width) if self.column.is_words else line.rjust(self.width) for line in lines]


def text(document: Document, *, separators: Separators = ENGLISH, width: int = WIDTH) -> str:
    """The document as lines of at most `width` letters."""
    parts = [_filled(document.title.upper(), width)]
    if document.subtitle:
        parts[0] += "\n" + _filled(document.subtitle, width)
    parts[0] += "\n" + "=" * width
    parts += [_block(anchor, block, separators, width) for anchor, block in document.numbered()]
    if document.identity:
        parts.append("\n".join(_hanging(f"{label}: ", told, width) for label, told in document.identity.items()))
    return "\n\n".join(parts).replace("\u00a0", " ") + "\n"


def _block(anchor: str, block: Block, separators: Separators, width: int) -> str:
    match block:
        case Heading(words, level):
            head = _filled(words, width)
            under = {1: "=", 2: "-"}.get(level)
            return head + "\n" + under * max(map(len, head.splitlines())) if under else head
        case Paragraph(words):
            return _filled("".join(piece for piece, _ in spans(words)), width)
        case Note(words):
            return _hanging("Note: ", words, width)
        case Equation(formula, _):
            return textwrap.indent(_filled(Plain().formula(formula), width - 4), "    ")
        case Table():
            return _table(numbered_title(anchor, block.title), block, separators, width)
        case Figure():
            return _figure(anchor, block, separators, width)


def _figure(anchor: str, figure: Figure, separators: Separators, width: int) -> str:
    head = _filled(numbered_title(anchor, figure.title), width)
    told = [head, _filled(figure.alt, width), _hanging("Beware: ", figure.caution, width) if figure.caution else ""]
    rows = len(figure.frame)
    if 0 < rows <= FEW_ROWS:
        told += ["", *_parts(figure.data, separators, width)]
    elif rows:
        told.append(f"Its {rows} rows of data are in the page and in the workbook.")
    return "\n".join(line for i, line in enumerate(told) if line or i > 2)


def _table(title: str, table: Table, separators: Separators, width: int) -> str:
    lines = [_filled(title, width), *_parts(table, separators, width)]
    if table.note:
        lines.append(_filled(table.note, width))
    return "\n".join(lines)


def _parts(table: Table, separators: Separators, width: int) -> list[str]:
    if table.frame.empty:
        return ["No rows."]
    rows = texts(table, separators)
    columns = [Cells(column, column.heading, [row[i] for row in rows], 0) for i, column in enumerate(table.columns)]
    parts = split(columns, table.keys, width)
    lines: list[str] = []
    for i, part in enumerate(parts):
        if len(parts) > 1:
            lines += [""] * bool(i) + [f"(part {i + 1} of {len(parts)})"]
        lines += _grid(part, table.totals)
    return lines


def split(columns: Sequence[Cells], keys: int, width: int) -> list[list[Cells]]:
    """Columns in parts that fit, each with its width; parts but the first begin with the keys."""
    if _taken([column.least for column in columns]) <= width:
        return [_spread(columns, width)]
    names = list(columns[:keys])
    while len(names) > 1 and _taken([column.least for column in names]) > width // 2:
        names.pop()
    parts: list[list[Cells]] = []
    part = list(names)
    for column in columns[len(names) :]:
        if len(part) > len(names) and _taken([each.least for each in [*part, column]]) > width:
            parts.append(_spread(part, width))
            part = list(names)
        part.append(column)
    return [*parts, _spread(part, width)]


def _spread(columns: Sequence[Cells], width: int) -> list[Cells]:
    """Each column as wide as its cells; where they don't fit, the widest of words gives way first; where they do, room
    that is left goes to the headings of most lines."""
    widths = [column.widest for column in columns]
    while _taken(widths) > width:
        spare = [i for i, now in enumerate(widths) if now > columns[i].least]
        widths[max(spare or range(len(widths)), key=lambda i: widths[i])] -= 1
    wider = True
    while wider and _taken(widths) < width:
        heights = [len(column.at(now).wrapped(column.heading)) for column, now in zip(columns, widths, strict=True)]
        wider = max(heights) > 1
        widths[heights.index(max(heights))] += wider
    return [column.at(now) for column, now in zip(columns, widths, strict=True)]


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


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _longest_word(words: str) -> int:
    return max(map(len, words.split(" ")), default=0)


def _filled(words: str, width: int) -> str:
    return textwrap.fill(words, width, break_on_hyphens=False)


def _hanging(head: str, words: str, width: int) -> str:
    return textwrap.fill(
        words, width, initial_indent=head, subsequent_indent=" " * min(len(head), 12), break_on_hyphens=False
    )
